"""The command line as a whole: exit codes, sentences, no traceback, whatever is typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from fieldkit.cli import app, talk
from fieldkit.cli.app import COMMANDS, run
from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible, WrongUsage
from tests.cli.kit import fieldkit
from tests.house.tree import ROOT

HOSTILE = [
    "",
    " ",
    "-",
    "--",
    "---",
    "-x",
    "--no-such-option",
    "../../../../etc/passwd",
    "/dev/null/x",
    "\x1b]52;c;aGk=\x07",
    "\x1b[2J",
    "\u202eevil",
    "a" * 5000,
    "🦺" * 500,
    "%s%n{0}{x}",
    "'; DROP TABLE records; --",
    "NaN",
    "-1",
    "999999999999999999999999",
    "\udcff\udcfe",
    "\n\n",
    "@nothing",
    "$(id)",
]


def clean(done_talk: str) -> bool:
    """No traceback, no bug sentence, nothing a terminal would obey."""
    return (
        "Traceback" not in done_talk
        and "mistake in fieldkit" not in done_talk
        and not any((ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0 for c in done_talk)
    )


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_command_name_is_wrong_usage(what: str, tmp_path: Path) -> None:
    """Exit 2 and a sentence, or the help; never a traceback, never an escape sequence back to the terminal."""
    done = fieldkit(what, home=tmp_path / "home")
    assert done.code == 2, done
    assert clean(done.talk) and done.out == b""
    assert not (tmp_path / "home").exists()


QUICK = ["sessions", "show", "export", "bundle", "sync", "receipts", "verify", "fsck", "backup", "restore", "ctl"]
FAMILIES = ["pack check", "pack show", "trust accept", "trust show", "key show", "central ingest", "central enrol"]


@pytest.mark.parametrize("name", [*QUICK, *FAMILIES])
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_argument_gets_a_sentence_and_an_exit_code(name: str, what: str, tmp_path: Path) -> None:
    """Every command that takes an argument, with every hostile one: exit 0–4, and clean words."""
    done = fieldkit(*name.split(), what, home=tmp_path / "home")
    assert done.code in (0, 1, 2, 3, 4), done
    assert clean(done.talk), done.talk
    assert done.code == 0 or done.talk or done.out, "a refusal without a word"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_of_every_command_goes_to_standard_output(name: str) -> None:
    """--help is what was asked for, so it is data; exit 0."""
    done = fieldkit(name, "--help")
    assert done.code == 0 and done.text.startswith("Usage: ") and done.talk == ""


def test_an_unknown_command_names_the_nearest() -> None:
    """`hots` → did you mean `host`?"""
    done = fieldkit("hots")
    assert (done.code, done.out) == (2, b"")
    assert "Did you mean 'host'" in done.talk and "hint: " in done.talk


def test_without_a_terminal_the_bare_command_says_what_to_do(tmp_path: Path) -> None:
    """A script that calls `fieldkit` must not hang in a screen."""
    done = fieldkit(home=tmp_path)
    assert done.code == 2 and "needs a terminal" in done.talk


def test_version_is_one_line_of_data() -> None:
    """`fieldkit --version`."""
    done = fieldkit("--version")
    assert done.code == 0 and done.text.startswith("fieldkit ") and done.text.count("\n") == 1


class Stage:
    """A command that does as it is told, put among the real ones for one test."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.result: int | None = None

    def command(
        self,
        data: app.DataOpt = None,
        json: app.JsonOpt = False,
        quiet: app.QuietOpt = False,
        debug: app.DebugOpt = False,
    ) -> int | None:
        """Play. Example: fieldkit stage"""
        talk.say("talk")
        if json:
            talk.emit({"data": str(data), "quiet": quiet})
        if self.error:
            raise self.error
        return self.result


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    one = Stage()
    module = type(sys)("fieldkit_stage")
    module.commands = {"stage": one.command}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "fieldkit_stage", module)
    monkeypatch.setitem(COMMANDS, "stage", ("fieldkit_stage", "Play."))
    return one


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FieldkitError("The port is taken.", "Use another."), 3),
        (NotPossible("Nothing found."), 1),
        (WrongUsage("No."), 2),
        (DamagedData("Damaged."), 4),
        (BadBytes("bad-signature", "nobody signed this"), 1),
        (PermissionError(13, "Permission denied", "/x"), 3),
        (MemoryError(), 3),
        (KeyboardInterrupt(), 130),
        (typer.Abort(), 130),
        (typer.Exit(1), 1),
        (typer.BadParameter("three"), 2),
        (RecursionError("deep"), 3),
        (ZeroDivisionError("\x1b[2J"), 3),
        (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "no"), 3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_becomes_a_sentence_and_its_code(stage: Stage, error: BaseException, code: int) -> None:
    """The table of exit codes; a bug is 3 and says that nothing saved is touched."""
    stage.error = error
    done = fieldkit("stage")
    assert done.code == code
    assert "Traceback" not in done.talk and "\x1b" not in done.talk
    debugged = fieldkit("stage", "--debug")
    assert debugged.code == code
    if isinstance(error, ZeroDivisionError | FieldkitError):
        assert "Traceback" in debugged.talk and "\x1b" not in debugged.talk


def test_a_command_may_return_its_code(stage: Stage) -> None:
    """`return 1` is the answer no."""
    stage.result = 1
    assert fieldkit("stage").code == 1


@pytest.mark.parametrize("order", ["before", "after"])
def test_the_common_options_stand_before_or_after_the_name(stage: Stage, order: str, tmp_path: Path) -> None:
    """`fieldkit --json --data X stage` and `fieldkit stage --json --data X` are the same."""
    options = ["--json", "--quiet", "--data", str(tmp_path)]
    done = fieldkit(*options, "stage") if order == "before" else fieldkit("stage", *options)
    assert done.document == {"data": str(tmp_path), "quiet": True}
    assert done.talk == ""


def test_nothing_of_one_command_line_sticks_to_the_next(stage: Stage) -> None:
    """--quiet is for this run only."""
    assert fieldkit("stage", "--quiet").talk == ""
    assert fieldkit("stage").talk == "talk\n"


def test_talk_and_data_never_carry_an_escape_sequence(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """A worker called ESC]52 lists as a worker with odd signs; JSON escapes; bytes leave as they are."""
    evil = "Ann\x1b]52;c;eA==\x07\u202e\x9b2J\u2028é🦺"
    talk.tone.reset()
    talk.say(evil)
    talk.warn(evil)
    talk.refuse(evil, evil)
    talk.data(evil)
    talk.table(["name"], [[evil + "\nx"]])
    talk.emit({"name": evil, "lone": "\udcff"})
    out, err = capsysbinary.readouterr()
    for stream in (out.decode(), err.decode()):
        assert not {"\x1b", "\x07", "\u202e", "\x9b", "\u2028"} & set(stream)
        assert "é🦺" in stream
    assert json.loads(out.splitlines()[-1])["name"] == evil
    talk.data(b"\x1b\x00raw")
    assert capsysbinary.readouterr().out == b"\x1b\x00raw"


def _process(*args: str, **kw: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "fieldkit", *args], cwd=ROOT, **kw)  # type: ignore[call-overload]


def test_a_closed_pipe_ends_quietly() -> None:
    """`fieldkit --help | head -0`: no message, no traceback at exit."""
    read, write = os.pipe()
    os.close(read)
    process = _process("--help", stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, b"")


def test_colours_are_never_sent() -> None:
    """With FORCE_COLOR or without NO_COLOR: plain text, so that logs and old terminals stay readable."""
    for colour in ({"FORCE_COLOR": "1"}, {"NO_COLOR": "1"}):
        process = _process("--help", stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **colour})
        out, err = process.communicate(timeout=60)
        assert b"\x1b" not in out + err


def test_an_interrupt_leaves_with_130(tmp_path: Path) -> None:
    """Ctrl-C while a command reads standard input: quiet, 130."""
    program = "import signal, sys\nfrom fieldkit.cli.app import run, COMMANDS\nsys.modules['s']=m=type(sys)('s')\n"
    # A shell's background job is born deaf to Ctrl-C, and so would be every child of these tests.
    program += "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program += "def s() -> None:\n    print('ready', flush=True)\n    sys.stdin.read()\n"
    program += "m.commands={'s': s}\nCOMMANDS['s']=('s','')\nsys.exit(run(['s']))\n"
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"")


def test_running_in_process_returns_a_code() -> None:
    """`run` never leaves the process itself."""
    assert run(["--version"]) == 0


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["no-such-pack"], 1),
        (["../../../../etc"], 1),
        (["\x1b[2J"], 1),
        (["toolbox-blank", "--port", "99999"], 2),
        (["toolbox-blank", "--port", "eighty"], 2),
        (["toolbox-blank", "--bind", "nowhere"], 2),
        (["toolbox-blank", "--roster", "/no/such/file.csv"], 2),
        (["toolbox-blank", "--policy", "/no/such/file.toml"], 2),
        (["toolbox-blank", "--tz", "No/Where"], 2),
        (["toolbox-blank", "--allow-host", "a b"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_host_that_cannot_begin_says_why_and_begins_nothing(args: list[str], code: int, tmp_path: Path) -> None:
    """What is wrong with pack, port, roster, policy or zone is said before a session number is used."""
    done = fieldkit("host", *args, "--headless", home=tmp_path / "home")
    assert done.code == code and clean(done.talk), done
    assert not list((tmp_path / "home").glob("sessions/*.db"))


@pytest.mark.parametrize(
    "args",
    [["--data", "~no-such-user-here/x", "key", "show"], ["central", "findings", "--home", "~no-such-user-here/x"]],
)
def test_a_home_folder_of_nobody_is_wrong_usage(
    args: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDKIT_HOME", str(tmp_path))
    done = fieldkit(*args)
    assert (done.code, done.out) == (2, b"") and "mistake" not in done.talk and "hint:" in done.talk
