"""`fieldkit export`: one table of a session to a file, with its signed note beside it. Also while the session runs.

Reads the session file beside its writer and never opens the live desk; imports neither the terminal app nor the web
server, so it stays quick on a slow laptop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.amended import say_before_export
from fieldkit.cli.bar import bar
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, OutOpt, QuietOpt, SessionArg, found, home
from fieldkit.cli.printed import PrintLangOpt, PrintSizeOpt, printing_of, warn_unwritten
from fieldkit.errors import BadBytes, DamagedData, WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.session import Session
    from fieldkit.formats.columns import ColumnMap
    from fieldkit.formats.pdf import Printing
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
        help="attendance, answers, results, discussion, pacing, checklists, corrections, due; json, xlsx: also all.",
    ),
]
AsOpt = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="FORMAT",
        help="csv, xlsx, json or xapi, of attendance also pdf, of due ics; without it by the ending of FILE, else csv.",
    ),
]
ByOpt = Annotated[
    str, typer.Option("--by", metavar="place", help="Split attendance, answers or results by the place of --invite.")
]
SepOpt = Annotated[str, typer.Option("--sep", metavar="SIGN", help="What separates CSV cells: , or ; or | or tab.")]
ProfileOpt = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="roster (no scores, no answers), compliance (no answers) or full (what each answered, beside the name).",
    ),
]
MapOpt = Annotated[
    str, typer.Option("--map", metavar="NAME", help="Columns of a receiver: moodle, generic-completion or a FILE.toml.")
]


def _sample(name: str | None) -> None:
    if name is not None:
        from fieldkit.formats.columns import sample

        talk.data(sample(name))
        raise typer.Exit


SampleOpt = Annotated[
    str | None,
    typer.Option(
        "--map-sample",
        metavar="NAME",
        help="Print a column map of the program, to copy and change.",
        callback=_sample,
        is_eager=True,
    ),
]


def export(
    session: SessionArg,
    out: OutOpt,
    what: WhatOpt = "attendance",
    as_: AsOpt = None,
    sep: SepOpt = ",",
    by: ByOpt = "",
    profile: ProfileOpt = "",
    map: MapOpt = "",
    map_sample: SampleOpt = None,
    lang: PrintLangOpt = "",
    size: PrintSizeOpt = "",
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Write one table of a session, and beside the file a signed note that says who made it and from which log.

    Beside attendance there is also FILE.proofs: for everybody on it a receipt that can be checked without this laptop.
    Works while the session runs: the table then stands for the last saved record. `-o -` is standard output, without
    a note. Without this laptop's key there is no note either, and the command says so. `-o sheet.pdf` is the attendance
    sheet to print and file.

    Example: fieldkit export last --what attendance -o attendance.csv
    """
    as_ = as_ or by_ending(out)
    columns = map_of(map)
    printing = printing_of(as_, lang, size)
    check(what, as_, sep, by, profile, columns)
    station, ref = found(home(data), session)
    say_before_export(station, ref)
    if str(out) == "-":
        content = made(station, ref, what, as_, sep, by, profile, columns, printing=printing)[0]
        with remember(station, ref, None, f"{what} {as_}", b""):
            talk.data(content)
        warn_unwritten(printing)
        return None
    with bar(json) as line:
        each = line.each("records")
        export_file(station, ref, what, as_, out, sep, by, profile, columns, each=each, printing=printing)
    note = None if station.keyless else beside(out)
    if json:
        raw = out.read_bytes()
        shown = {"file": str(out), "note": str(note) if note else None, "sha256": hashlib.sha256(raw).hexdigest()}
        proved = proofs_of(out)
        shown |= {"proofs": str(proved) if note and proved.exists() else None}
        talk.emit({**shown, "size": len(raw), "session": ref.origin})
    if note is not None:
        talk.say(f"{out} is written; {note.name} beside it says who made it.")
    elif station.keyless is not None:
        talk.say(f"{out} is written.")
        talk.warn(f"No note says who made it: {station.keyless.sentence}", station.keyless.hint)
    warn_unwritten(printing)
    return None


def export_file(
    station: Station,
    ref: SessionRef,
    what: str,
    as_: str,
    out: Path,
    sep: str = ",",
    by: str = "",
    profile: str = "",
    columns: ColumnMap | None = None,
    *,
    over: bool = True,
    each: Callable[[int, int], None] = lambda done, of: None,
    printing: Printing | None = None,
) -> Path:
    """Write one table, its note and, of attendance, its proofs, all or nothing; → the file. Without the device key
    there is the table alone. Without `over` nothing that is there is replaced. `each` as in `made`: what it raises
    leaves no file.

    Raises WrongUsage, NotPossible, DamagedData, or FieldkitError when the disk refuses.
    """
    from fieldkit.formats.export import provable
    from fieldkit.log.files import write_together
    from fieldkit.log.receipt import file_note

    session, head, at, earlier = folded(ref, each)
    leaf = leaves_of(ref, as_)
    content = rendered(station, session, head, earlier, what, as_, sep, by, profile, columns, each, leaf, printing)
    if station.keyless is not None:
        with remember(station, ref, out, f"{what} {as_}", content):
            write_together([(out, content)], over=over)
        return out
    try:
        note = file_note(station.signer, out.name, content, [at])
    except BadBytes as wrong:
        raise WrongUsage(
            f"A note cannot name a file like this ({wrong.reason}).", "Give the file a plain, shorter name."
        ) from wrong
    proved = proofs_for(ref, session, head) if provable(what, as_, columns) else b""
    written = [(beside(out), note), *([(proofs_of(out), proved)] if proved else []), (out, content)]
    with remember(station, ref, out, f"{what} {as_}", content):
        write_together(written, over=over)
    if not proved:
        forget_proofs(out)
    return out


def remember(
    station: Station, ref: SessionRef, out: Path | None, what: str, content: bytes
) -> AbstractContextManager[None]:
    """Around the writing of a file: whoever is erased later is told where their name went. A data folder that cannot be
    written keeps no list."""
    import os

    from fieldkit.log import handed

    where = "-" if out is None else os.path.realpath(out)
    digest = hashlib.sha256(content).hexdigest() if out is not None else ""
    if not os.access(station.home, os.W_OK):
        return nullcontext()
    now = station.clock.wall_ms()
    return handed.noted(station.home, handed.Handed(now, handed.EXPORT, where, what, digest, [ref.origin]))


def proofs_for(ref: SessionRef, session: Session, note: bytes) -> bytes:
    """A receipt for everybody on the attendance sheet, under the checkpoint `note` that it was folded from."""
    from fieldkit.core.attendance import groups
    from fieldkit.log.proven import Prover, join_proofs
    from fieldkit.log.read import SessionFile

    with SessionFile.open(ref.path) as file:
        prover = Prover(file.lines(), file.opening, note)
        return join_proofs(prover.receipts([{x.p for x in one} for one in groups(session).values()]))


def forget_proofs(out: Path) -> None:
    """Take away the proofs of the sheet that had this name before: they prove nothing about the new one."""
    from fieldkit.log.receipt import HEADER

    old = proofs_of(out)
    if old.is_file():
        with old.open("rb") as file:
            ours = file.read(len(HEADER)) == HEADER.encode()
        if ours:
            old.unlink()


def made(
    station: Station,
    ref: SessionRef,
    what: str,
    as_: str,
    sep: str = ",",
    by: str = "",
    profile: str = "",
    columns: ColumnMap | None = None,
    *,
    each: Callable[[int, int], None] = lambda done, of: None,
    printing: Printing | None = None,
) -> tuple[bytes, Checkpoint]:
    """The bytes of one table, and the checkpoint of the records it was folded from: one snapshot of the file.

    `each(done, of)` records are folded; (0, 0) while the table is made and once it is, when nobody knows how far it is.
    """
    session, note, at, earlier = folded(ref, each)
    leaf = leaves_of(ref, as_)
    content = rendered(station, session, note, earlier, what, as_, sep, by, profile, columns, each, leaf, printing)
    return content, at


def rendered(
    station: Station,
    session: Session,
    note: bytes,
    earlier: list[bytes],
    what: str,
    as_: str,
    sep: str,
    by: str,
    profile: str,
    columns: ColumnMap | None,
    each: Callable[[int, int], None],
    leaf: Callable[[int], str] = lambda i: "",
    printing: Printing | None = None,
) -> bytes:
    """The bytes of one table of a fold whose newest checkpoint is `note`; `earlier` ones that bear more signatures."""
    from fieldkit.formats.export import render
    from fieldkit.formats.signed import signatures

    each(0, 0)
    signed = signatures(note, known_keys(station), revoked_keys(station), earlier, session.said)
    plan, more = session.plan, (by, profile, columns, leaf, note, printing)
    raw = render(session, plan, signed, what, as_, sep, None, *more)
    each(0, 0)
    return raw


def leaves_of(ref: SessionRef, as_: str) -> Callable[[int], str]:
    """The hashes of a session's records, for the one format that names them."""
    if as_ != "xapi":
        return lambda i: ""
    from fieldkit.log.merkle import leaf_hash
    from fieldkit.log.names import b64
    from fieldkit.log.read import SessionFile

    with SessionFile.open(ref.path) as file:
        leaves = [b64(leaf_hash(line)) for line in file.lines()]
    return leaves.__getitem__


def folded(
    ref: SessionRef, each: Callable[[int, int], None] = lambda done, of: None
) -> tuple[Session, bytes, Checkpoint, list[bytes]]:
    """The fold of a session file, the signed note of its newest checkpoint, what that says, and the earlier ones that
    bear more than the device's signature: one snapshot."""
    from fieldkit.log.note import parse_checkpoint, split_note
    from fieldkit.log.read import SessionFile

    with SessionFile.open(ref.path) as file:
        session, note, earlier = file.session(each), file.checkpoint(), file.signed()
    at = parse_checkpoint(split_note(note)[0])
    if at.size != session.saved + 1:
        raise DamagedData(
            f"{ref.path.name} holds {session.saved + 1} records and its checkpoint says {at.size}.",
            "`fieldkit fsck` says more; do not go on with this session.",
        )
    return session, note, at, earlier


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


def revoked_keys(station: Station) -> dict[VKey, int]:
    """Keys that head office has revoked, and from when; none while its list cannot be read (`known_keys` says so)."""
    try:
        return station.trust.revoked(station.clock.wall_ms() // 1000) if station.trust is not None else {}
    except DamagedData:
        return {}


def check(what: str, as_: str, sep: str, by: str = "", profile: str = "", columns: ColumnMap | None = None) -> None:
    """Refuse words that are none before anything is opened."""
    from fieldkit.formats import csv, export

    export.check(what, as_, by, profile, columns)
    csv.separator(sep)


def map_of(name: str) -> ColumnMap | None:
    """The column map that --map names: one of the program, else a file; None where it names none. Raises WrongUsage."""
    if not name:
        return None
    from fieldkit.formats.columns import LIMIT, SHIPPED, parse, sample

    if name in SHIPPED:
        return parse(sample(name), name)
    path = Path(name)
    if str(path) != "-" and not path.is_file():
        raise WrongUsage(
            f"There is no column map {talk.plain(name[:80])}.", f"--map takes {', '.join(SHIPPED)}, or a FILE.toml."
        )
    return parse(talk.read(path, LIMIT, "a column map"), talk.plain(path.name))


def by_ending(out: Path) -> str:
    from fieldkit.formats.export import FORMATS

    ending = out.suffix.lower().removeprefix(".")
    return ending if ending in FORMATS else "csv"


def beside(out: Path) -> Path:
    return out.with_name(out.name + NOTE)


def proofs_of(out: Path) -> Path:
    """The file of receipts that lies beside an attendance sheet."""
    from fieldkit.log.proven import PROOFS

    return out.with_name(out.name + PROOFS)


commands: dict[str, Callable[..., int | None]] = {"export": export}
