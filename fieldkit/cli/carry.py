"""`bundle`, `sync`, `receipts`, `verify`: the way to head office and back.

Nothing here touches the live session: logs are read beside their writer, and central's signature is added to a log only
when no host has it open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.attest import attested_words
from fieldkit.cli.bar import Bar, bar
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, OutOpt, QuietOpt, home, open_station
from fieldkit.errors import BadBytes, DamagedData, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.bundle import BundleInfo
    from fieldkit.log.seal import Keys
    from fieldkit.station import SessionRef, Station
    from fieldkit.sync.verify import Known

PlainOpt = Annotated[
    bool, typer.Option("--plain", help="Do not seal: whoever finds the file can read the names in it.")
]
FSCK = "`fieldkit fsck` says what is wrong with them."
TO_LATER = "Sending to head office over the network is not available yet."


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
    if info is None:
        if left:  # nothing but damaged sessions: that is no "nothing to do"
            return _damaged(left)
        raise NotPossible("There is nothing to carry.", "Every session here has its receipt, or there is none.")
    if json:
        document = {"file": info.file, "sha256": info.sha256, "sessions": info.sessions, "sealed_to": info.sealed_to}
        talk.emit(document | ({"words": info.words} if info.words else {}))
    elif str(out) != "-":
        for one in info.sessions:
            talk.data(f"{one['origin']}  {one['size']} records")
        talk.data(info.file)
    _say_seal(info.sealed_to, info.words, talked=not json)
    return _damaged(left)


def sync(
    to: Annotated[
        str | None, typer.Option("--to", metavar="FOLDER", help="A folder on a stick, or one that both sides reach.")
    ] = None,
    plain: PlainOpt = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Carry to a folder what head office has not receipted, and take its receipts and trust list in from there.

    What is carried is sealed, as `fieldkit bundle` seals it.

    Example: fieldkit sync --to /media/stick
    """
    from fieldkit.sync.carry import sync_folder_to, waiting
    from fieldkit.sync.copying import Watch
    from fieldkit.sync.outbox import Outbox

    if to is None:
        raise WrongUsage("Where to?", "Name a folder: fieldkit sync --to /media/stick")
    if "://" in to:
        raise NotPossible(TO_LATER, "Carry it on a stick: fieldkit sync --to FOLDER")
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
                "sealed_to": trip.sealed_to,
            }
            | ({"words": trip.words} if trip.words else {})
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
        talk.say(f"Head office's trust list, version {trip.trust}, is taken in.")
    if trip.open:
        talk.say(f"{trip.open} of them not ended yet: carried as it is. Carry again when it has ended.")
    if trip.kept:
        talk.say(f"Not carried: {len(trip.kept)} in which nobody took part. It goes along once it has ended.")
    for name, reason in trip.not_taken:
        talk.warn(f"{name} was no use ({reason}).")
    if not trip.file and not trip.left_out:
        talk.say("There is nothing more to carry there.")
    return _damaged(trip.left_out)


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
    rows: list[dict[str, Any]] = []
    good, unread = True, False
    for file in files:
        try:
            taken = asyncio.run(take_receipts(station, talk.read(file, RECEIPTS_LIMIT, "receipts")))
        except BadBytes as error:
            talk.refuse(f"{file} was refused: {error.detail or 'its signatures are not good'} ({error.reason}).")
            good = False
            continue
        rows += [{"origin": one, "receipted": one in taken.whole} for one in taken.origins]
        for origin in taken.differs:
            talk.refuse(f"Head office holds another history of {origin} than this laptop.", "Call head office.")
            good = False
        for origin in taken.unread:
            talk.refuse(f"The file of {origin} is damaged or missing, so its receipt was not taken in.", FSCK)
            unread = True
        if taken.waiting:
            talk.say("A session is open in a host; central's time is added to it when you do this again.")
        if not taken.origins and not taken.differs and not taken.unread:
            talk.refuse(f"{file} holds no receipt for this laptop ({taken.foreign} for others).")
            good = False
    if json:
        talk.emit({"sessions": rows})
    else:
        for row in rows:
            talk.data(_receipted(row["origin"], row["receipted"]))
    return 4 if unread else 0 if good else 1


def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Bundle, receipt, export, pack, trust list.")],
    root: Annotated[
        str | None, typer.Option("--root", metavar="VKEY", help="A root key, as head office gave it to you.")
    ] = None,
    identity: Annotated[
        Path | None, typer.Option("--identity", metavar="FILE", help="An age identity, for sealed bundles.")
    ] = None,
    words: Annotated[
        str, typer.Option("--words", metavar="WORDS", help="The six words, for bundles that are sealed to words.")
    ] = "",
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Check files: whole, and by whom? Exit code 0 only when every one is verified, 4 when our own list is damaged.

    Keys come from the trust list this laptop has accepted, from a list among FILE… that --root has signed, and from
    this laptop itself; never from inside a bundle.

    Example: fieldkit verify attendance.csv
    """
    from fieldkit.sync.verify import judge_all

    known, whole = _known(data, root)
    known.unseal = _unseal(identity, words)
    found = judge_all(files, known)
    documents = [
        {"file": x.file, "kind": x.kind, "verdict": x.verdict, "reason": x.reason, "sessions": x.sessions}
        for x in found
    ]
    if json:
        talk.emit(documents[0] if len(documents) == 1 else documents)
    else:
        for x in found:
            why = ": ".join(part for part in (x.reason if x.reason != x.verdict else "", x.detail) if part)
            talk.data(f"{x.verdict}  {x.file}" + (f" ({why})" if why else ""))
            for one in x.sessions:
                who = ", ".join(one["signers"]) or "nobody known"
                talk.data(f"    {one['origin']}  {one['size']} records  signed by {who}")
                for mark in one.get("attested", ()):
                    talk.data(f"    {attested_words(mark)}")
    if not whole:
        return 4
    return 0 if all(x.verdict == "verified" for x in found) else 1


commands: dict[str, Callable[..., int | None]] = {
    "bundle": bundle,
    "sync": sync,
    "receipts": receipts,
    "verify": verify,
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
    return open_station(data)


def _known(data: Path | None, root: str | None) -> tuple[Known, bool]:
    """Whose signatures count here, and whether this laptop's own lists could be read."""
    from fieldkit.log.keys import VKey
    from fieldkit.station import Station
    from fieldkit.sync.verify import Known

    known = Known()
    if root is not None:
        try:
            key = VKey.parse(root.strip())
        except BadBytes as error:
            raise WrongUsage(
                f"That is not a root key ({error.reason}).", "It looks like name/root+c25c7880+Ae…"
            ) from error
        if key.role != "root":
            raise WrongUsage(f"{key.name} is not a root key.", "It looks like name/root+c25c7880+Ae…")
        known.roots.append(key)
    station = Station.look(home(data))
    if station is None:
        return known, True
    if station.keyless is None:
        known.keys.append(station.signer.vkey)
    else:
        talk.warn(station.keyless.sentence, station.keyless.hint)
    try:
        if (trust := station.trust) is not None:
            known.add_list(trust)
    except DamagedData as wrong:
        talk.warn(wrong.sentence, wrong.hint)
        return known, False
    return known, True


def _unseal(identity: Path | None, words: str) -> Keys:
    from fieldkit.log.seal import Keys, read_identities

    return Keys(read_identities(talk.read(identity, 1 << 16, "identities")) if identity is not None else (), words)


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


def _damaged(left: list[str]) -> int | None:
    if not left:
        return None
    talk.refuse(_left(left), FSCK)
    return 4
