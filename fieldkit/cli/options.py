"""The options that every command takes, spelled once.

Usage in a command module::

    def show(session: SessionArg, data: DataOpt = None, json: JsonOpt = False,
             quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
        folder = home(data)

All four are also accepted before the command's name (`fieldkit --json sessions`); a command always receives the
merged value.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli.talk import is_terminal, tone, warn
from fieldkit.errors import DamagedData, FieldkitError, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.station import SessionRef, Station


def _data(value: Path | None) -> Path | None:
    if value is not None:
        if not str(value).strip() or str(value) == "-":
            raise typer.BadParameter("name a folder")
        tone.data = value
    return tone.data


def _flag(name: str) -> Any:
    def keep(value: bool) -> bool:
        if value:
            setattr(tone, name, True)
        return bool(getattr(tone, name))

    return keep


DataOpt = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Data folder; else FIELDKIT_HOME, else your user folder.", callback=_data
    ),
]
JsonOpt = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.", callback=_flag("json"))]
QuietOpt = Annotated[bool, typer.Option("--quiet", "-q", help="No talk, only errors.", callback=_flag("quiet"))]
DebugOpt = Annotated[bool, typer.Option("--debug", help="Show tracebacks.", callback=_flag("debug"))]

SessionArg = Annotated[
    str, typer.Argument(metavar="SESSION", help="An origin, its suffix, a sequence number, or `last`.")
]
MaybeSessionArg = Annotated[
    str | None, typer.Argument(metavar="[SESSION]", help="One session; without it every one on this laptop.")
]
PENDING = "erasing.json"
"""In the data folder while an erasure is pending (`fieldkit.sync.erasing`)."""

OutOpt = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write; `-` is standard output.")]

PassphraseFileOpt = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help="Read the passphrase from the first line of FILE."),
]
NoPassphraseOpt = Annotated[bool, typer.Option("--no-passphrase", help="Go without a passphrase, knowingly.")]


def home(data: Path | None) -> Path:
    """The data folder: --data, else FIELDKIT_HOME, else the platform's user data folder. Nothing is created."""
    if data is not None:
        return data.expanduser()
    from fieldkit.config import default_home

    return default_home(os.environ)


def open_station(data: Path | None) -> Station:
    """This laptop's station, made at first use: its key is born under the organisation that the settings name."""
    from fieldkit.config import load
    from fieldkit.station import Station

    folder = home(data)
    station = Station.open(folder, org=load(folder, os.environ).org or None)
    go_on_erasing(station, warn)
    return station


def go_on_erasing(station: Station, tell: Callable[[str, str], None]) -> None:
    """Do what an earlier erasure could not: `tell`, with sentence and hint, what is still pending."""
    if (station.home / PENDING).exists():
        from fieldkit.cli.erase import goes_on

        goes_on(station, tell)


def found(folder: Path, which: str, *, gone: bool = False) -> tuple[Station, SessionRef]:
    """The session SESSION, for reading: makes no folder and needs no key.

    Raises NotPossible when there is none, DamagedData when its file is gone, unless `gone` asks for that one too.
    """
    from fieldkit.station import Station

    station = Station.look(folder)
    if station is None:
        raise NotPossible("There is no session on this laptop yet.", "Start one: `fieldkit host`.")
    ref = station.find(which)
    if ref.state == "missing" and not gone:
        raise DamagedData(
            f"The file of session {ref.path.stem} is missing: this laptop has signed {ref.size} records of it.",
            f"Put sessions/{ref.path.name} back from a backup.",
        )
    return station, ref


def passphrase(file: Path | None, none: bool, asking: str, *, again: bool = False) -> str | None:
    """The passphrase for a key file: --passphrase-file, FIELDKIT_PASSPHRASE, or asked for on a terminal.

    `none` (--no-passphrase) gives None. `again` asks twice, for a passphrase that is being made. Raises WrongUsage
    when there is neither a terminal nor a file, so that nothing is ever left unlocked by accident.
    """
    if none:
        if file is not None:
            raise WrongUsage("--no-passphrase and --passphrase-file exclude each other.", "Give one of the two.")
        return None
    if file is not None:
        return first_line(file)
    if os.environ.get("FIELDKIT_PASSPHRASE"):
        return os.environ["FIELDKIT_PASSPHRASE"]
    if not is_terminal():
        raise WrongUsage(
            f"A passphrase is needed ({asking}) and there is no terminal to ask on.",
            "Use --passphrase-file FILE, set FIELDKIT_PASSPHRASE, or say --no-passphrase.",
        )
    return str(typer.prompt(asking, hide_input=True, confirmation_prompt=again, err=True))


def first_line(file: Path, what: str = "passphrase") -> str:
    """The first line of a small file that holds one word. Raises WrongUsage or FieldkitError, naming the file only."""
    try:
        with file.open("rb") as source:
            raw = source.read(4097)  # never more: a device has no size and no end
        if len(raw) > 4096:
            raise WrongUsage(f"{file} is too large for a {what}.", f"Put the {what} on its first line.")
        line = raw.decode("utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise FieldkitError(f"Cannot read the {what} file {file}.", "Check its path and permissions.") from error
    if not line:
        raise WrongUsage(f"{file} is empty.", f"Put the {what} on its first line.")
    return line
