"""`bundle`, `sync`, `receipts`: the way to head office and back.

Nothing here touches the live session: logs are read beside their writer, and central's signature is added to a log only
when no host has it open.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.amended import rows, say_amended
from fieldkit.cli.bar import Bar, bar
from fieldkit.cli.letgo import let_go
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, OutOpt, QuietOpt, home, open_station
from fieldkit.cli.sent import as_rows, say_sent
from fieldkit.cli.trust import said_expired
from fieldkit.errors import BadBytes, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.amended_note import Amended
    from fieldkit.log.bundle import BundleInfo
    from fieldkit.station import SessionRef, Station

PlainOpt = Annotated[
    bool, typer.Option("--plain", help="Do not seal: whoever finds the file can read the names in it.")
]
FSCK = "`fieldkit fsck` says what is wrong with them."


def bundle(
    out: OutOpt,
    sessions: Annotated[
        list[str] | None, typer.Argument(metavar="SESSION…", help="Which; without any, all that have no receipt.")
    ] = None,
    plain: PlainOpt = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Pack whole sessions into one file for head office. `-o` is a file, a folder, or `-`.

    It is sealed to head office's key. Before the trust list is here it is sealed to six words, shown once: tell them
    to head office.

    Example: fieldkit bundle last -o /media/stick
    """
    station = _existing(data)
    refs = _unique([station.find(which) for which in sessions or []])
    left: list[str] = []
    if str(out) == "-":
        if json:
            raise WrongUsage("The bundle and the JSON cannot both go to standard output.", "Name a file with -o.")
        info, left = _to_stdout(station, refs, plain)
    else:
        with bar(json) as shown:
            info, left = _pack(station, refs, out, plain, shown)
    if not sessions:
        say_elsewhere(station)
    if info is None:
        if left:  # nothing but damaged sessions: that is no "nothing to do"
            return damaged(left)
        raise NotPossible("There is nothing to carry.", "What is here has its receipt, or nobody has taken part yet.")
    if json:
        document = {"file": info.file, "sha256": info.sha256, "sessions": info.sessions, "sealed_to": info.sealed_to}
        talk.emit(document | ({"words": info.words} if info.words else {}))
    elif str(out) != "-":
        for one in info.sessions:
            talk.data(f"{one['origin']}  {one['size']} records")
        talk.data(info.file)
    _say_seal(info.sealed_to, info.words, talked=not json)
    return damaged(left)


def sync(
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="URL|FOLDER", help="Head office's address, or a folder; else sync_url is it."),
    ] = None,
    others: Annotated[
        Path | None, typer.Option("--others", metavar="FOLDER", help="Send other laptops' bundles in FOLDER along.")
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option("--ca", metavar="FILE", help="Trust this certificate (PEM) only; else the setting sync_ca."),
    ] = None,
    plain: PlainOpt = False,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help="Send over http, knowing that others can see who sends.")
    ] = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Bring to head office what it has not receipted, over https or to a folder; take its receipts and trust list in.

    What is carried is sealed, as `fieldkit bundle` seals it. Over https also bundles of other laptops go along, those
    in the data folder's `held` and in --others; their receipts are laid beside them.

    Example: fieldkit sync --to /media/stick
    """
    from fieldkit.config import load
    from fieldkit.sync.carry import sync_folder_to, waiting
    from fieldkit.sync.copying import Watch
    from fieldkit.sync.outbox import Outbox

    settings = load(home(data), os.environ)
    to = to or settings.sync_url
    if not to:
        raise WrongUsage("Where to?", "Name a folder or an address: fieldkit sync --to /media/stick")
    if "://" in to:
        from fieldkit.cli.online import sync_to

        ca = ca or (Path(settings.sync_ca).expanduser() if settings.sync_ca else None)
        station = _existing(data) if others is None else open_station(data)
        code = sync_to(station, to, plain=plain, plain_http=plain_http, ca=ca, others=others, json=json)
        let_go(station)
        return code
    if others is not None or ca is not None or plain_http:
        raise WrongUsage("--others, --ca and --plain-http are for an address.", "Write it like https://…")
    station = _existing(data)
    with bar(json) as shown:
        trip = asyncio.run(sync_folder_to(station, Path(to).expanduser(), plain=plain, watch=Watch(shown.told)))
    if json:
        talk.emit(
            {
                "to": trip.to,
                "file": trip.file,
                "sha256": trip.sha256,
                "sessions": trip.sessions,
                "receipts": trip.receipts,
                "trust": trip.trust,
                "policy": trip.policy,
                "valid": trip.valid,
                "sealed_to": trip.sealed_to,
                **as_rows(trip.sent),
            }
            | ({"words": trip.words} if trip.words else {})
            | rows(station, trip.amended)
        )
    else:
        for one in trip.sessions:
            talk.data(f"carried    {one['origin']}  {one['size']} records")
        parts = {ref.origin for ref in waiting(station, Outbox(station.outbox))} if trip.receipts else set()
        for origin in trip.receipts:
            talk.data(_receipted(origin, origin not in parts))
    if trip.file:
        _say_seal(trip.sealed_to, trip.words, talked=not json)
    if trip.trust is not None:
        from fieldkit.cli.trust import say_taken

        talk.say(f"Head office's trust list, version {trip.trust}, is taken in.")
    if trip.policy is not None:
        talk.say(f"Head office's policy, version {trip.policy}, is taken in.")
        say_taken(station)
    if trip.valid is not None:
        talk.say("Head office's list of who may do what is taken in: fieldkit who --task TASK")
    say_sent(trip.sent)
    say_amended(station, trip.amended)
    if trip.open:
        talk.say(f"{trip.open} of them not ended yet: carried as it is. Carry again when it has ended.")
    if trip.kept:
        talk.say(f"Not carried: {len(trip.kept)} in which nobody took part. It goes along once it has ended.")
    for name, reason in trip.not_taken:
        talk.warn(f"{name} was no use ({reason}).")
    say_elsewhere(station)
    if not trip.file and not trip.left_out:
        talk.say("There is nothing more to carry there.")
    let_go(station)
    return damaged(trip.left_out)


def receipts(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Receipts from head office; `-` reads here.")],
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Take head office's receipts in. A session is receipted when the receipt covers its whole log.

    Example: fieldkit receipts /media/stick/receipts.note
    """
    from fieldkit.sync.receipts import RECEIPTS_LIMIT, take_receipts

    station = _existing(data)
    found: list[dict[str, Any]] = []
    amended: list[Amended] = []
    good, unread = True, False
    for file in files:
        try:
            taken = asyncio.run(take_receipts(station, talk.read(file, RECEIPTS_LIMIT, "receipts")))
        except BadBytes as error:
            talk.refuse(f"{file} was refused: {error.detail or 'its signatures are not good'} ({error.reason}).")
            good = False
            continue
        found += [{"origin": one, "receipted": one in taken.whole} for one in taken.origins]
        amended += taken.amended
        for origin in taken.differs:
            talk.refuse(f"Head office holds another history of {origin} than this laptop.", "Call head office.")
            good = False
        for origin in taken.older:
            talk.refuse(
                f"Head office holds more of {origin} than lies here: the file is an older copy.",
                "It stays readable. Put the newer file back, or begin a new session: fieldkit host --new.",
            )
            good = False
        for origin in taken.worse:
            talk.refuse(
                f"This receipt of {origin} is not for the names that lie here; the one before is, and was kept.",
                "Call head office.",
            )
            good = False
        for origin in taken.unread:
            talk.refuse(f"The file of {origin} is damaged or missing, so its receipt was not taken in.", FSCK)
            unread = True
        if taken.waiting:
            talk.say("A session is open in a host; central's time is added to it when you do this again.")
        if not (taken.origins or taken.differs or taken.older or taken.unread or taken.amended):
            talk.refuse(f"{file} holds no receipt for this laptop ({taken.foreign} for others).")
            good = False
    if json:
        talk.emit({"sessions": found} | rows(station, amended))
    else:
        for row in found:
            talk.data(_receipted(row["origin"], row["receipted"]))
    say_amended(station, amended)
    return 4 if unread else 0 if good else 1


commands: dict[str, Callable[..., int | None]] = {
    "bundle": bundle,
    "sync": sync,
    "receipts": receipts,
}


def _say_seal(sealed_to: list[str], words: str, *, talked: bool) -> None:
    """Who can read what was written. The six words go to standard output: they are data, told once."""
    if words:
        if talked:
            talk.data(f"words: {words}")
        talk.say(
            "It is sealed to these six words. Write them down now and tell them to head office; nothing keeps them."
        )
    elif sealed_to:
        talk.say("It is sealed: only head office can read it.")
    else:
        talk.say("It is not sealed: whoever finds it can read the names in it.")


# ---- helpers -------------------------------------------------------------------------------------------------


def _existing(data: Path | None) -> Station:
    """The station, unless there never was one: looking makes no folder and no key. Raises DamagedData without a key."""
    from fieldkit.station import Station

    if Station.look(home(data)) is None:
        raise NotPossible("There is no session on this laptop yet.", "Start one: `fieldkit host`.")
    return said_expired(open_station(data))


def _unique(refs: list[SessionRef]) -> list[SessionRef]:
    return list({ref.origin: ref for ref in refs}.values())


def _pack(
    station: Station, refs: list[SessionRef], out: Path, plain: bool, shown: Bar | None = None
) -> tuple[BundleInfo | None, list[str]]:
    from fieldkit.sync.carry import pack, pack_waiting
    from fieldkit.sync.copying import Watch

    watch = Watch(shown.told) if shown is not None else None
    if refs:
        return pack(station, refs, out, plain=plain, watch=watch), []
    return pack_waiting(station, out, plain=plain, watch=watch)


def _to_stdout(station: Station, refs: list[SessionRef], plain: bool) -> tuple[BundleInfo | None, list[str]]:
    """Packed and checked in the outbox first, so that half a bundle never leaves."""
    from fieldkit.sync.outbox import Outbox

    info, left = _pack(station, refs, station.outbox, plain)
    if info is not None:
        talk.data(Path(info.file).read_bytes())
        Outbox(station.outbox).tidy()
    return info, left


def _receipted(origin: str, whole: bool) -> str:
    """The line of a session with a receipt; in part when it has grown beyond what the receipt covers."""
    return f"{'receipted' if whole else 'receipted in part'}  {origin}"


def _left(left: list[str]) -> str:
    return f"Left out, because damaged or missing: {', '.join(origin.rsplit('/', 1)[-1] for origin in left)}."


def say_elsewhere(station: Station) -> None:
    """Name what lies here and is another laptop's to carry."""
    found = [ref.origin for ref in station.sessions() if not station.is_mine(ref)]
    if found:
        named = ", ".join(found[:3]) + ("…" if len(found) > 3 else "")
        talk.warn(
            f"Sessions of another laptop are not carried from here: {named}.", "Sync on the laptop that made them."
        )


def damaged(left: list[str]) -> int | None:
    if not left:
        return None
    talk.refuse(_left(left), FSCK)
    return 4
