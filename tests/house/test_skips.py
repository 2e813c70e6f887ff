"""Nothing is left out in silence: a skipped test is named at the end, and fails the build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

SKIPPING = "import pytest\ndef test_a():\n    pytest.skip('Chromium is not here')\ndef test_b():\n    pass\n"


@pytest.mark.parametrize("how", [[], ["-n", "2", "--dist", "loadfile"]], ids=["alone", "together"])
@pytest.mark.parametrize(("in_ci", "code"), [("", 0), ("1", 9)])
def test_a_skipped_test_is_named_and_fails_the_build(in_ci: str, code: int, how: list[str], tmp_path: Path) -> None:
    """On a laptop a loud list; with FIELDKIT_CI=1 the run fails although every test that ran passed."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_sample.py").write_text(SKIPPING, "utf-8")
    env = {**os.environ, "FIELDKIT_CI": in_ci}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *how, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stdout
    assert "NOT RUN ON THIS MACHINE: 1" in done.stdout and "1  Chromium is not here" in done.stdout
    assert "Nothing was left out" not in done.stdout


def test_a_run_without_skips_says_that_nothing_was_left_out(tmp_path: Path) -> None:
    """Silence could also mean that nobody looked."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_sample.py").write_text("def test_b():\n    pass\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "Nothing was left out on this machine." in done.stdout


def test_the_build_forbids_skips_and_runs_checks_and_tests() -> None:
    """.ci/run is what decides; it must not become softer than `make check test`."""
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "FIELDKIT_CI=1" in script and "set -euo pipefail" in script
    assert "\nmake -j2 check compiled\nmake test\n" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


CROWD = "import os, pathlib\nimport pytest\n" + "".join(
    f"""
@pytest.mark.parametrize("k", range({{{name}}}))
def test_{name}(k):
    {body}
"""
    for name, body in (
        ("green", "pass"),
        ("crowded", "assert 'PYTEST_XDIST_WORKER' not in os.environ"),
        ("wrong", "assert False"),
        ("left", "pytest.skip('Chromium is not here')"),
    )
)
"""Tests that are green, red among others only, red always, or left out; so many of each."""


@pytest.mark.parametrize(
    ("crowd", "code", "looked"),
    [
        ({"crowded": 3}, 0, True),
        ({"crowded": 4}, 1, False),
        ({"crowded": 1, "wrong": 1}, 1, True),
        ({"crowded": 1, "left": 1}, 9, False),
    ],
    ids=str,
)
def test_up_to_three_that_are_red_in_the_crowd_are_looked_at_once_more(
    crowd: dict[str, int], code: int, looked: bool, tmp_path: Path
) -> None:
    """Alone, once, and said aloud with their names; nothing else is ever forgiven."""
    if "left" in crowd:
        shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    counts = {"green": 2, "crowded": 0, "wrong": 0, "left": 0, **crowd}
    (tmp_path / "test_sample.py").write_text(CROWD.format(**counts), "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nempty_parameter_set_mark = xfail\n", "utf-8")
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_XDIST")}
    command = [ROOT / ".ci" / "tests", sys.executable, "-m", "pytest", "-q", "-n", "1", "--dist", "loadfile"]
    env["FIELDKIT_CI"] = "1"
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == code, done.stdout
    assert ("RED IN THE CROWD" in done.stdout) == looked
    if looked:
        said = done.stdout.partition("RED IN THE CROWD")[2]
        assert sum(line.startswith("test_sample.py::") for line in said.partition("\n\n")[0].split("\n")) == sum(
            crowd.values()
        )
