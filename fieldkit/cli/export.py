"""`fieldkit export`: one table of a session to a file, with its signed note beside it. Also while the session runs.

Reads the session file beside its writer and never opens the live desk; imports neither the terminal app nor the web
server, so it stays quick on a slow laptop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.bar import bar
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, OutOpt, QuietOpt, SessionArg, found, home
from fieldkit.errors import BadBytes, DamagedData, WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.session import Session
    from fieldkit.log.keys import VKey
    from fieldkit.log.note import Checkpoint
    from fieldkit.station import SessionRef, Station

NOTE = ".note"
"""What the name of the signed note beside a file ends with."""

WhatOpt = Annotated[
    str,
    typer.Option(
        "--what",
        metavar="TABLE",
        help="attendance, answers, results, discussion, pacing, checklists, corrections; with --as json also all.",
    ),
]
AsOpt = Annotated[
    str | None, typer.Option("--as", metavar="FORMAT", help="csv or json; without it by the ending of FILE, else csv.")
]
ByOpt = Annotated[
    str, typer.Option("--by", metavar="place", help="Split attendance, answers or results by the place of --invite.")
]
SepOpt = Annotated[str, typer.Option("--sep", metavar="SIGN", help="What separates CSV cells: , or ; or | or tab.")]


def export(
    session: SessionArg,
    out: OutOpt,
    what: WhatOpt = "attendance",
    as_: AsOpt = None,
    sep: SepOpt = ",",
    by: ByOpt = "",
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Write one table of a session, and beside the file a signed note that says who made it and from which log.

    Works while the session runs: the table then stands for the last saved record. `-o -` is standard output, without
    a note. Without this laptop's key there is no note either, and the command says so.

    Example: fieldkit export last --what attendance -o attendance.csv
    """
    as_ = as_ or by_ending(out)
    check(what, as_, sep, by)
    station, ref = found(home(data), session)
    if str(out) == "-":
        talk.data(made(station, ref, what, as_, sep, by)[0])
        return None
    with bar(json) as line:
        export_file(station, ref, what, as_, out, sep, by, each=line.each("records"))
    note = None if station.keyless else beside(out)
    if json:
        raw = out.read_bytes()
        shown = {"file": str(out), "note": str(note) if note else None, "sha256": hashlib.sha256(raw).hexdigest()}
        talk.emit({**shown, "size": len(raw), "session": ref.origin})
    if note is not None:
        talk.say(f"{out} is written; {note.name} beside it says who made it.")
    elif station.keyless is not None:
        talk.say(f"{out} is written.")
        talk.warn(f"No note says who made it: {station.keyless.sentence}", station.keyless.hint)
    return None


def export_file(
    station: Station,
    ref: SessionRef,
    what: str,
    as_: str,
    out: Path,
    sep: str = ",",
    by: str = "",
    *,
    over: bool = True,
    each: Callable[[int, int], None] = lambda done, of: None,
) -> Path:
    """Write one table and its note, both or neither; → the file. Without the device key there is no note. Without
    `over` nothing that is there is replaced. `each` as in `made`: what it raises leaves no file.

    Raises WrongUsage, NotPossible, DamagedData, or FieldkitError when the disk refuses.
    """
    from fieldkit.log.files import write_together
    from fieldkit.log.receipt import file_note

    content, at = made(station, ref, what, as_, sep, by, each=each)
    if station.keyless is not None:
        write_together([(out, content)], over=over)
        return out
    try:
        note = file_note(station.signer, out.name, content, [at])
    except BadBytes as wrong:
        raise WrongUsage(
            f"A note cannot name a file like this ({wrong.reason}).", "Give the file a plain, shorter name."
        ) from wrong
    write_together([(beside(out), note), (out, content)], over=over)
    return out


def made(
    station: Station,
    ref: SessionRef,
    what: str,
    as_: str,
    sep: str = ",",
    by: str = "",
    *,
    each: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[bytes, Checkpoint]:
    """The bytes of one table, and the checkpoint of the records it was folded from: one snapshot of the file.

    `each(done, of)` records are folded; (0, 0) while the table is made and once it is, when nobody knows how far it is.
    """
    from fieldkit.formats.export import render
    from fieldkit.formats.signed import signatures

    session, note, at = folded(ref, each)
    each(0, 0)
    raw = render(session, session.plan, signatures(note, known_keys(station)), what, as_, sep, by=by)
    each(0, 0)
    return raw, at


def folded(
    ref: SessionRef, each: Callable[[int, int], None] = lambda done, of: None
) -> tuple[Session, bytes, Checkpoint]:
    """The fold of a session file, the signed note of its newest checkpoint, and what that says: one snapshot."""
    from fieldkit.log.note import parse_checkpoint, split_note
    from fieldkit.log.read import SessionFile

    with SessionFile.open(ref.path) as file:
        session, note = file.session(each), file.checkpoint()
    at = parse_checkpoint(split_note(note)[0])
    if at.size != session.saved + 1:
        raise DamagedData(
            f"{ref.path.name} holds {session.saved + 1} records and its checkpoint says {at.size}.",
            "`fieldkit fsck` says more; do not go on with this session.",
        )
    return session, note, at


def known_keys(station: Station) -> list[VKey]:
    """Keys whose signatures count here: this laptop's own, and those of the accepted trust list."""
    keys = [] if station.keyless else [station.signer.vkey]
    try:
        trust = station.trust
    except DamagedData as wrong:  # the sheet is still worth having; it shows this laptop's signature only
        talk.warn(wrong.sentence, wrong.hint)
        return keys
    if trust is not None:
        keys += [key for key in trust.vkeys("device", "facilitator", "central") if key not in keys]
    return keys


def check(what: str, as_: str, sep: str, by: str = "") -> None:
    """Refuse words that are none before anything is opened."""
    from fieldkit.formats import csv, export

    export.check(what, as_, by)
    csv.separator(sep)


def by_ending(out: Path) -> str:
    from fieldkit.formats.export import FORMATS

    ending = out.suffix.lower().removeprefix(".")
    return ending if ending in FORMATS else "csv"


def beside(out: Path) -> Path:
    return out.with_name(out.name + NOTE)


commands: dict[str, Callable[..., int | None]] = {"export": export}
