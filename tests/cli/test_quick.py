"""Values of the command line that are taken without pydantic are what Typer would have made of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer._adapters import build_adapter
from typer.models import OptionInfo

from fieldkit.cli.quick import LEFT, as_typed, quick
from tests.cli.kit import fieldkit
from tests.stories.processes import environment

HOSTILE = ("", "-", "x" * 9000, "a/b", "/nowhere/at/all", "~", "\x1b[2J", "Ann [/] Lee", "\u202e", "0", "007", "-1",
           "80", "65536", "1e3", "\u0663", "1_000", " 7", "9" * 30, "1.0", "true")  # fmt: skip
INFOS = [
    OptionInfo(**more)
    for more in ({}, {"min": 0, "max": 65535}, {"min": 1}, {"exists": True}, {"parser": len}, {"resolve_path": True},
                 {"dir_okay": False}, {"file_okay": False}, {"writable": True})
]  # fmt: skip


@pytest.mark.parametrize("info", INFOS)
@pytest.mark.parametrize("wanted", [str, Path, int, float, bool])
def test_what_is_taken_is_what_typer_makes_of_it(wanted: Any, info: Any, tmp_path: Path) -> None:
    """Whatever Typer refuses is left to it."""
    here = tmp_path / "here.txt"
    here.write_text("x")
    typers = build_adapter(wanted, info)
    for value in (*HOSTILE, str(tmp_path), str(here), 80, tmp_path):
        if (taken := as_typed(wanted, info, value)) is not LEFT:
            made = typers.validate_python(value, context={})
            assert (taken, type(taken)) == (made, type(made)), value


def test_the_usual_ones_are_taken(tmp_path: Path) -> None:
    """Else the quick way would be there for nobody."""
    assert as_typed(str, OptionInfo(), "last") == "last"
    assert as_typed(Path, OptionInfo(), str(tmp_path)) == tmp_path
    assert as_typed(int, OptionInfo(min=0, max=65535), "8080") == 8080
    assert as_typed(int, OptionInfo(min=0, max=65535), "65536") is LEFT


def test_a_value_that_is_wrong_is_refused_in_the_usual_words(tmp_path: Path) -> None:
    """Also where others of the same command are taken."""
    done = fieldkit("host", "loto-basics", "--port", "eighty", "--data", str(tmp_path / "home"))
    assert done.code == 2 and "'--port'" in done.talk and "integer" in done.talk, done.talk


def test_no_order_to_a_running_session_waits_for_pydantic(tmp_path: Path) -> None:
    """A folder, flags and words are all that most commands are given; `ctl` is called for every key of a script."""
    say = (
        "import sys; from fieldkit.cli.app import run; code = run(sys.argv[1:]); print(code, 'pydantic' in sys.modules)"
    )
    args = ("ctl", "hands", "poll", "a=1", "b=2", "--json", "--data", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", say, *args], capture_output=True, text=True, env=environment())
    assert done.stdout.splitlines()[-1] == "3 False", done.stdout + done.stderr


def test_lists_come_as_lists_and_nothing_as_nothing() -> None:
    """What several words become, and none, as Typer hands them over."""

    def words(several: list[str] | None = None, paths: list[Path] | None = None, one: int | None = None) -> None:
        got.append((several, paths, one))

    usual: list[Any] = []
    for change in (lambda command: command, quick):
        got: list[Any] = []
        app = typer.Typer(add_completion=False)
        app.command()(words)
        command = change(typer.main.get_command(app))
        for args in ([], ["--several", "a", "--several", "b"], ["--paths", "x", "--one", "7"]):
            command.main(args=args, standalone_mode=False)
        usual = usual or got
    assert got == usual and len(got) == 3
