"""The wheel that a trainer installs holds everything the program reads, and the packs ride along."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fieldkit.errors import install
from tests.house.tree import ROOT, every_file, name_of


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the tree as it is."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = out.glob("fieldkit_live-*.whl")
    return found


def test_every_file_of_package_and_packs_is_in_the_wheel(wheel: Path) -> None:
    """Templates, words, styles and catalogues too; and nothing of tests or tools."""
    held = set(zipfile.ZipFile(wheel).namelist())
    ours = {name_of(path) for path in every_file() if name_of(path).startswith("fieldkit/")}
    packs = {"fieldkit/" + name_of(path) for path in every_file() if name_of(path).startswith("content_packs/")}
    script = "fieldkit/sync/central/audit/verify-by-hand.sh"  # of docs/: it lies in every audit pack
    assert packs and script not in ours
    assert sorted((ours | packs | {script}) - held) == []
    assert sorted(name for name in held - ours - packs - {script} if ".dist-info/" not in name) == []
    assert zipfile.ZipFile(wheel).read(script) == (ROOT / "docs/verify-by-hand.sh").read_bytes()


def test_the_unpacked_wheel_runs_and_finds_its_packs(wheel: Path, tmp_path: Path) -> None:
    """From another folder, without the checkout: `fieldkit pack list`."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("FIELDKIT_")},
        "PYTHONPATH": str(tmp_path / "site"),
    }
    program = "import fieldkit, sys; sys.stderr.write(fieldkit.__file__); from fieldkit.__main__ import main; main()"
    command = [sys.executable, "-c", program, "--json", "--data", str(tmp_path / "home"), "pack", "list"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(str(tmp_path)), "the checkout was imported instead"
    listed = json.dumps(json.loads(done.stdout))
    assert all(pack in listed for pack in ("loto-basics", "toolbox-heat-stress", "toolbox-blank"))


def test_extras_are_installed_from_the_release_and_never_by_a_name_of_an_index(wheel: Path) -> None:
    """Hints name this wheel and extras that it has. A bare name would fetch whatever an index has under it."""
    with zipfile.ZipFile(wheel) as held:
        (metadata,) = (name for name in held.namelist() if name.endswith(".dist-info/METADATA"))
        extras = re.findall(r"^Provides-Extra: (\S+)", held.read(metadata).decode(), re.M)
    text = {name_of(path): path.read_text("utf-8") for path in every_file() if path.suffix in (".py", ".md", ".po")}
    said = {extra for one in text.values() for extra in re.findall(r"""\binstall\(["'](\w+)["']\)""", one)}
    assert said == set(extras) and wheel.name in text["README.md"]
    assert [install(extra) for extra in extras] == [f"pip install './{wheel.name}[{extra}]'" for extra in extras]
    bare = re.compile(r"""pipx? install[^\n`]*[ '"]fieldkit""")
    assert [name for name, one in text.items() if bare.search(one)] == []
