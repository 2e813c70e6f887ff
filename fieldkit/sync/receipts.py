"""Taking central's receipts in on the laptop: verify, keep, put central's time on the log, note it as receipted.

Two notes a session, both needed: the checkpoint with central's cosignature, under a central key of the accepted list,
and `fieldkit-receipt/1`, under an office key of it. The receipt must name the root that *this* log has at that size; if
it names another, head office holds another history of the session, and that is said aloud.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from fieldkit.errors import BadBytes, DamagedData, NotPossible
from fieldkit.log import heads
from fieldkit.log.amended_note import Amended, parse_amended_note
from fieldkit.log.erase_note import Erasure, parse_erase_note
from fieldkit.log.files import write_durable
from fieldkit.log.keys import VKey
from fieldkit.log.line import read_line
from fieldkit.log.listing import UNREADABLE
from fieldkit.log.lock import AnotherHost
from fieldkit.log.merkle import Frontier, leaf_hash
from fieldkit.log.names import b64
from fieldkit.log.note import Checkpoint, open_checkpoint, parse_checkpoint, read_fields, split_note
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import CentralReceipt, held_hash, join_notes, kind_of, parse_central_receipt, split_notes
from fieldkit.log.store import Store
from fieldkit.log.trust import TrustList
from fieldkit.station import SessionRef, Station
from fieldkit.sync.amended import take_amended
from fieldkit.sync.erasing import take_erasures
from fieldkit.sync.outbox import Outbox, Receipted

RECEIPTS_LIMIT = 16 << 20
OLDER = "head office holds more of it, so the file here is an older copy"
WORSE = "its receipt is not for the names that lie here; the one before is, and was kept"


class Taken(msgspec.Struct, frozen=True):
    """What a receipts file brought. Roots and sizes were compared with this laptop's own logs."""

    origins: list[str]
    """Sessions of this laptop that now have a receipt."""
    whole: list[str]
    """Those whose receipt covers the whole log."""
    foreign: int
    """Receipts for other laptops, also where a copy of their session lies here; passed over."""
    differs: list[str]
    """Sessions of which head office holds another history than this laptop."""
    waiting: list[str]
    """Receipted, but the running host has the file open: central's time is added the next time."""
    unread: list[str] = []
    """Sessions of this laptop whose file is damaged or missing, so that nothing could be compared or kept."""
    amended: list[Amended] = []
    """What head office has said about sessions of this laptop and had not said here before."""
    older: list[str] = []
    """Sessions of which head office holds more than lies here, signed by this laptop: the files are older copies."""
    worse: list[str] = []
    """Sessions for which another receipt lies here that vouches for the same names as this laptop has; it was kept."""


async def take_receipts(
    station: Station, raw: bytes, each: Callable[[int, int], None] = lambda done, of: None
) -> Taken:
    """Verify a receipts file and keep what is ours. `each(done, of)` is told before every receipt; what it raises ends
    it, and those before stay taken in.

    Raises BadBytes for foreign damage, NotPossible without a trust list, DamagedData when it or the known heads cannot
    be read.
    """
    trust = station.trust
    if trust is None:
        raise NotPossible(
            "This laptop has no trust list, so it cannot tell who signed these receipts.",
            "Take head office's list in first: fieldkit trust accept trust.note --root VKEY",
        )
    keys = receipt_keys(trust, station.clock.wall_ms() // 1000)
    pairs = read_receipts(raw, keys, [station.signer.vkey])
    heads.read(station.heads)
    sessions = {ref.origin: ref for ref in station.sessions()}
    origins, whole, differs, waiting, unread, older, worse = [], [], [], [], [], [], []
    longer = {at.origin for at, *_ in pairs if at.origin in sessions and at.size > sessions[at.origin].size}
    foreign = 0
    for k, (at, time, checkpoint, receipt) in enumerate(pairs):
        each(k, len(pairs))
        ref = sessions.get(at.origin)
        if ref is None or not station.is_mine(ref):
            foreign += 1
        elif ref.state in UNREADABLE:
            unread.append(at.origin)
        elif at.size > ref.size and _signed_here(station, checkpoint):
            heads.remember(station.heads, at.origin, at.size, at.root)
            Outbox(station.outbox).ahead(at.origin, at.size)
            older.append(at.origin)
        elif not _is_ours(ref, at):
            differs.append(at.origin)
        else:
            try:
                kept, added = await _keep(station, ref, at, time, checkpoint, receipt)
            except DamagedData:  # one file that nothing can be added to stops none of the others
                unread.append(at.origin)
                continue
            if not added:
                waiting.append(at.origin)
            if not kept:
                worse.append(at.origin)
            origins.append(at.origin)
            if at.size >= ref.size:
                whole.append(at.origin)
    await take_erasures(station, read_erasures(raw, keys), longer)
    said = [(parse_amended_note(note, keys), note) for note in split_notes(raw, RECEIPTS_LIMIT) if _is_amended(note)]
    return Taken(origins, whole, foreign, differs, waiting, unread, take_amended(station, said), older, worse)


def _is_amended(note: bytes) -> bool:
    return kind_of(note) == "amended"


def read_erasures(raw: bytes, keys: list[VKey]) -> list[Erasure]:
    """What a receipts file says was erased, verified. Raises BadBytes."""
    return [parse_erase_note(note, keys) for note in split_notes(raw, RECEIPTS_LIMIT) if kind_of(note) == "erase"]


def heeded(station: Station, kept: Path) -> bool:
    """Whether nothing is left here of what the notes in the file `kept`, as it was taken in once, say is erased."""
    trust = station.trust
    try:
        told = read_erasures(kept.read_bytes(), receipt_keys(trust, station.clock.wall_ms() // 1000) if trust else [])
    except FileNotFoundError:
        return True
    except (OSError, BadBytes):
        return False
    sessions = {ref.origin: ref for ref in station.sessions() if ref.state not in UNREADABLE}
    for one in told:
        ref, gone = sessions.get(one.origin), set(one.refs)
        if ref is None or not station.is_mine(ref):
            continue
        with SessionFile.open(ref.path) as file:
            if any(i in gone for i, _ in file.numbered_openings()):
                return False
    return True


def receipt_keys(trust: TrustList, now: int) -> list[VKey]:
    """Central, office and witness keys that count now; a revoked one vouches for nothing."""
    return [key.vkey for key in trust.of("central", "office", "witness") if key.state(now) != "revoked"]


def read_receipts(raw: bytes, keys: list[VKey], own: list[VKey]) -> list[tuple[Checkpoint, int, bytes, bytes]]:
    """(what is receipted, central's time in Unix s, checkpoint note, receipt note) each, verified. Raises BadBytes.

    Notes of what was erased (`read_erasures`) and of what was corrected may stand among them.
    `no-receipt`: a checkpoint without its receipt or the reverse; `no-cosignature`: central has not signed it.
    """
    checkpoints: dict[Checkpoint, tuple[int, bytes]] = {}
    receipts: list[tuple[CentralReceipt, bytes]] = []
    erased: list[Erasure] = []
    amended: list[Amended] = []
    for note in split_notes(raw, RECEIPTS_LIMIT):
        kind = kind_of(note)
        if kind == "checkpoint":
            at, opened = open_checkpoint(note, [*keys, *own])
            time = opened.time_of("central")
            if time is None:
                raise BadBytes("no-cosignature", "central has not signed this checkpoint")
            checkpoints[at] = (time, note)
        elif kind == "receipt":
            receipts.append((parse_central_receipt(note, keys), note))
        elif kind == "erase":
            erased.append(parse_erase_note(note, keys))
        elif kind == "amended":
            amended.append(parse_amended_note(note, keys))
        else:
            raise BadBytes("wrong-note-type", "a receipts file holds checkpoints, receipts and what was erased")
    out = []
    for said, note in receipts:
        at = Checkpoint(said.origin, said.size, said.root)
        if at not in checkpoints:
            raise BadBytes("no-receipt", "a receipt stands there without its checkpoint")
        out.append((at, *checkpoints[at], note))
    if len(out) != len(checkpoints) or not (out or erased or amended):
        raise BadBytes("no-receipt", "a checkpoint stands there without its receipt")
    return out


def _signed_here(station: Station, checkpoint: bytes) -> bool:
    """Whether this laptop's own key has signed this checkpoint: whatever head office says, that was here once."""
    try:
        open_checkpoint(checkpoint, [station.signer.vkey])
    except BadBytes:
        return False
    return True


def _is_ours(ref: SessionRef, at: Checkpoint) -> bool:
    """Whether this laptop's log had this root at this size."""
    if at.size > ref.size:
        return False
    frontier = Frontier()
    with SessionFile.open(ref.path) as file:
        for line in file.lines():
            if frontier.size == at.size:
                break
            frontier.append(leaf_hash(line))
    return frontier.size == at.size and frontier.root() == at.root


async def _keep(
    station: Station, ref: SessionRef, at: Checkpoint, time: int, checkpoint: bytes, receipt: bytes
) -> tuple[bool, bool]:
    """Receipt to disk, cosignature to the log, fact to the outbox. (False if the receipt that lies here vouches for
    this laptop's names and this one does not, False if the log is in use just now). Raises DamagedData.
    """
    path = station.receipts_dir / f"{ref.path.stem}.note"
    worse = _is_worse(ref, at, path, receipt)
    if at.size >= _kept_size(path) and not worse:
        write_durable(path, join_notes([checkpoint, receipt]))
    trust = station.trust
    known = {(key.name, key.keyid) for key in receipt_keys(trust, station.clock.wall_ms() // 1000)} if trust else set()
    lines = [one.line for one in split_note(checkpoint)[1] if (one.name, one.keyid) in known]
    added = await _anchor(station, ref, at, lines)
    Outbox(station.outbox).receipted(at.origin, Receipted(at.size, b64(at.root), time))
    return not worse, added


def _is_worse(ref: SessionRef, at: Checkpoint, path: Path, receipt: bytes) -> bool:
    """Whether the receipt that lies at `path` is of the same records, and its `held` is this laptop's as this one's is
    not: names go by it one day, and head office has no fewer of them than it once signed for."""
    before = _held(path, at)
    if before is None or (now := _held_in(receipt)) == before:
        return False
    with SessionFile.open(ref.path) as file:
        return before == held_hash(own_xs(file, at.size)) != now


def _held(path: Path, at: Checkpoint) -> str | None:
    """`held` of the receipt that lies here, if it is of these records."""
    try:
        checkpoint, receipt = split_notes(path.read_bytes())
        return _held_in(receipt) if parse_checkpoint(split_note(checkpoint)[0]) == at else None
    except (OSError, BadBytes, ValueError):
        return None


def _held_in(receipt: bytes) -> str:
    return read_fields(split_note(receipt)[0], "receipt", ("origin", "size", "root", "held"))[3]


def own_xs(file: SessionFile, upto: int | None = None) -> list[str]:
    """The `x` of every record (below `upto`) whose private half is here or went by erasure, by index: what a receipt
    must vouch for. Raises BadBytes for a line that is none.
    """
    settled = set(file.erased()) | {i for i, _ in file.numbered_openings()}
    wanted = {i for i in settled if upto is None or i < upto}
    lines = ((i, read_line(raw).x) for i, raw in file.numbered() if i in wanted)
    return [x for _, x in lines if x is not None]


def _kept_size(path: Path) -> int:
    """How far the receipt that lies here reaches; 0 without one."""
    try:
        return parse_checkpoint(split_note(split_notes(path.read_bytes())[0])[0]).size
    except (OSError, BadBytes, IndexError):
        return 0


async def _anchor(station: Station, ref: SessionRef, at: Checkpoint, lines: list[str]) -> bool:
    """Add the verified lines of central and of witnesses to the log's own checkpoint of that size.

    Only those: a checkpoint never loses a line again, and one bad line under a name that becomes known later would
    make every reader refuse the whole log.
    """
    try:
        store = await Store.open(ref.path, station.signer)
    except AnotherHost:
        return False
    try:
        for line in lines:
            await store.add_signature(at.size, line)
    except NotPossible:
        return False  # no checkpoint was committed at exactly this size; the receipt itself is kept
    finally:
        await store.close()
    return True
