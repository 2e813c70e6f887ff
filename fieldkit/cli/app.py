"""The command line: names → modules, errors → sentences and exit codes.

A command's module is imported only when that command runs, so that `fieldkit --help` stays quick and `fieldkit
export` never loads the terminal app or the web server. A module offers `commands: dict[str, Callable]`, one function
a command, or `group: typer.Typer` when its name has commands of its own; `COMMANDS` below is the only list.

Exit codes: 0 done · 1 the answer is no · 2 wrong usage · 3 environment · 4 our own stored data is damaged ·
130 interrupted. A command returns its code, or None for 0.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from types import ModuleType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from fieldkit import __version__
from fieldkit.cli import talk
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt
from fieldkit.cli.quick import quick
from fieldkit.errors import BadBytes, FieldkitError

COMMANDS: dict[str, tuple[str, str]] = {
    "host": ("fieldkit.cli.host", "Run a live session: terminal, phones and wall."),
    "plan": ("fieldkit.cli.plan", "Lay out a session for later."),
    "demo": ("fieldkit.cli.demo", "Show a whole session with simulated workers."),
    "ctl": ("fieldkit.cli.ctl", "Drive the session that runs on this data folder."),
    "attach": ("fieldkit.cli.attach", "Help to run a session from another laptop."),
    "discover": ("fieldkit.cli.join", "List the sessions on this network."),
    "join": ("fieldkit.cli.join", "Take part from a terminal."),
    "keymap": ("fieldkit.cli.keymap", "Write the file of keys, to give actions other ones."),
    "doctor": ("fieldkit.cli.doctor", "Say whether this laptop is ready, and what keeps phones out."),
    "card": ("fieldkit.cli.card", "Make a card to print that says how to come in."),
    "paper": ("fieldkit.cli.paper", "Print sign-in and answer sheets, and enter them afterwards."),
    "sessions": ("fieldkit.cli.records", "List the sessions on this laptop."),
    "show": ("fieldkit.cli.records", "Sum up one session."),
    "export": ("fieldkit.cli.export", "Write attendance, answers and the other tables."),
    "who": ("fieldkit.cli.who", "Say who may do a task now, as head office knew it last."),
    "attest": ("fieldkit.cli.attest", "Sign an ended session with your own key."),
    "erase": ("fieldkit.cli.erase", "Erase a person from a session."),
    "bundle": ("fieldkit.cli.carry", "Pack whole sessions into one file for head office."),
    "sync": ("fieldkit.cli.carry", "Carry what head office has not receipted yet."),
    "receipt": ("fieldkit.cli.receipt", "Write what a participant takes home."),
    "receipts": ("fieldkit.cli.carry", "Take head office's receipts in."),
    "verify": ("fieldkit.cli.verify", "Check a bundle, receipt, export, pack or trust list."),
    "fsck": ("fieldkit.cli.records", "Walk the logs and say in words what is wrong."),
    "backup": ("fieldkit.cli.records", "Put the whole data folder into one file."),
    "restore": ("fieldkit.cli.records", "Make a data folder from a backup."),
    "pack": ("fieldkit.cli.packs", "Write, check, build and install content packs."),
    "key": ("fieldkit.cli.keys", "Show this laptop's keys, make a facilitator's."),
    "enrol": ("fieldkit.cli.keys", "Ask head office to trust this laptop."),
    "trust": ("fieldkit.cli.trust", "Show or accept head office's trust list."),
    "policy": ("fieldkit.cli.privacy", "Show or accept head office's rules about people's data."),
    "privacy": ("fieldkit.cli.privacy", "Say what is recorded of people, who sees it, how long."),
    "purge": ("fieldkit.cli.privacy", "Let go of names that head office holds for certain."),
    "witness": ("fieldkit.cli.witness", "Cosign head office's hashes, and see no name."),
    "central": ("fieldkit.cli.central", "Run head office: take bundles in, write receipts."),
}

WRONG_USAGE = 2
INTERRUPTED = 130
PIPE_CLOSED = 141


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and imports the module of the one that runs."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return load(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = get_close_matches(name[:40], COMMANDS, n=1)
            ctx.fail(f"There is no command {name[:40]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)


def new_group(words: str) -> typer.Typer:
    """A Typer for a family of sub-commands (`pack`, `central`, `key`, `trust`), set up like the rest of the house."""
    return typer.Typer(
        help=words, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, no_args_is_help=True
    )


def load(name: str) -> Any:
    """The click command behind a name: the module's `commands[name]`, `groups[name]` or `group`."""
    return _built(importlib.import_module(COMMANDS[name][0]), name)


@functools.cache
def _built(module: ModuleType, name: str) -> Any:
    """Once in a process: reading the options of all of a family's commands takes longer than most of them do."""
    functions: dict[str, Callable[..., Any]] = getattr(module, "commands", {})
    if name in functions:
        one = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
        one.command(name)(functions[name])
        return quick(typer.main.get_command(one))
    group: typer.Typer = getattr(module, "groups", {}).get(name) or module.group
    command = typer.main.get_command(group)
    command.name = name
    return quick(command)


app = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(value: bool) -> None:
    if value:
        talk.data(f"fieldkit {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
    version: bool = typer.Option(False, "--version", help="Say which release it is.", callback=_version, is_eager=True),
    linear: bool = typer.Option(False, "--linear", help="Lines of text instead of the terminal app."),
) -> int | None:
    """Live training where there is no internet.

    Without a command: the terminal app, to start or resume a session.

    Example: fieldkit host toolbox-heat-stress --roster crew.csv
    """
    if ctx.invoked_subcommand is not None:
        return None
    from fieldkit.cli import console

    return console.console(data=data, linear=linear)


def run(args: Sequence[str]) -> int:
    """Run one command line and return its exit code; nothing but --debug ever prints a traceback."""
    talk.tone.reset()
    talk.tone.debug = "--debug" in args[: list(args).index("--") if "--" in args else len(args)]
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        # What is not UTF-8 arrives as lone surrogates, which no file, record or reply can carry.
        if any("\ud800" <= char <= "\udfff" for arg in args for char in arg):
            talk.refuse("What was typed is not valid UTF-8.", "Rename the file, or type the words again.")
            return WRONG_USAGE
        code = _run(list(args))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _pipe_closed()
    except SystemExit as leaving:  # typer leaves this way when the reader of a pipe has gone
        return _pipe_closed() if leaving.code == 1 else int(leaving.code or 0)


def _run(args: list[str]) -> int:
    try:
        command = quick(typer.main.get_command(app))
        result = command.main(args=args, prog_name="fieldkit", standalone_mode=False)
        return int(result) if isinstance(result, int) else 0
    except FieldkitError as error:
        _trace()
        talk.refuse(error.sentence, error.hint)
        return error.exit_code
    except BadBytes as error:
        _trace()
        talk.refuse(f"Refused: {error.detail or 'these bytes are not what they claim to be'} ({error.reason}).")
        return 1
    except TyperException as error:
        _trace()
        ctx = getattr(error, "ctx", None)
        name = ctx.command_path if ctx is not None else "fieldkit"
        words = error.format_message().strip()
        if type(error).__name__ == "NoArgsIsHelpError":
            talk.refuse(words)
        else:
            talk.refuse(words, f"Try `{name} --help`.")
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except MemoryError:
        talk.refuse("This laptop has run out of memory.", "Close other programs and try again; nothing saved is lost.")
        return 3
    except OSError as error:
        _trace()
        where = f"{error.filename}: " if error.filename else ""
        talk.refuse(f"{where}{talk.reason(error)}.", "Check the path, its permissions and the free space.")
        return 3
    except RuntimeError as error:
        _trace()
        if "home directory" not in str(error):  # what `Path.expanduser` raises for a user whom nobody knows
            return _mistake(error)
        talk.refuse("A path begins with ~ and a name that is no user here.", "Write the path without ~.")
        return WRONG_USAGE
    except Exception as error:  # noqa: BLE001 - the last door: a bug becomes one sentence, never a traceback
        _trace()
        return _mistake(error)


def _mistake(error: Exception) -> int:
    talk.refuse(
        f"This is a mistake in fieldkit ({type(error).__name__}); saved records are not touched by it.",
        "Run it again with --debug and send us what it prints.",
    )
    return 3


def _trace() -> None:
    if talk.tone.debug:
        sys.stderr.write(talk.plain(traceback.format_exc()))


def _pipe_closed() -> int:
    """The reader of our output has gone: stop quietly, and let the interpreter's own flush at exit go nowhere."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED
