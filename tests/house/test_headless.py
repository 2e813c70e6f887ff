"""Headless stays headless, also for imports the static graph cannot see: look in sys.modules of a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

PROGRAM = """
import json, sys
from fieldkit.cli.app import run
code = run(sys.argv[1:])
sys.stdout.flush()
heavy = ("aiohttp", "textual", "rich", "zeroconf", "asyncio", "msgspec", "typer")
sys.stderr.write("\\n@" + json.dumps([code, [name for name in heavy if name in sys.modules]]))
"""


def loaded(*args: str, home: Path) -> tuple[int, set[str], str]:
    """(exit code, heavy libraries loaded, standard error) of one command line."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--data", str(home), *args],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    talk, _, report = done.stderr.rpartition("\n@")
    code, names = json.loads(report)
    return code, set(names), talk


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--help"], 0),
        (["export", "--help"], 0),
        (["export", "last", "--what", "attendance", "--as", "csv", "-o", "-"], 1),
        (["verify", "no-such-file.fkb"], None),
        (["receipt", "last", "-o", "a.html"], 1),
        (["pack", "check", "content_packs/toolbox-blank"], 0),
        (["sessions"], None),
        (["bundle", "--help"], 0),
        (["key", "--help"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_commands_that_need_no_screen_load_neither_textual_nor_aiohttp(
    args: list[str], code: int | None, tmp_path: Path
) -> None:
    """`export`, `verify` and `pack` are used in scripts: they must start fast and run without a terminal."""
    got, names, talk = loaded(*args, home=tmp_path / "home")
    assert not names & {"textual", "rich", "aiohttp", "zeroconf"}, names
    assert "Traceback" not in talk and "mistake in fieldkit" not in talk, talk
    assert code is None or got == code, talk


def test_help_loads_hardly_anything(tmp_path: Path) -> None:
    """The list of commands is printed without importing any of them."""
    _, names, _ = loaded("--help", home=tmp_path)
    assert names <= {"typer"}
