"""Letting names go: a laptop deletes the private halves of a session once head office holds them for certain.

All of this must be true, and is looked at again each time: the session has ended; head office's receipt lies here, both
its notes good under keys of the trust list that are not revoked; it names the whole log as it is here, size and root;
the hash over the openings that head office holds is the one over this laptop's own; and the days of the policy that the
session recorded have passed since head office signed. Then the openings go (docs/log-format.md, Opening line), the file
is written anew without them and its -wal emptied. The records, the proofs and the counts stay.
"""

from __future__ import annotations

import contextlib

import msgspec

from fieldkit.core import records as r
from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible
from fieldkit.log.files import said
from fieldkit.log.listing import UNREADABLE
from fieldkit.log.lock import AnotherHost
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import CentralReceipt, held_hash, parse_central_receipt, split_notes
from fieldkit.log.store import Store
from fieldkit.station import SessionRef, Station
from fieldkit.sync.answered import tidy
from fieldkit.sync.outbox import Outbox
from fieldkit.sync.receipts import own_xs, read_receipts, receipt_keys

DAY = 86_400
PURGED = "purged"
"""Key of meta: when the names went, in Unix ms; 0 while they are on their way out, so that a power cut can be made up
for."""


class Purged(msgspec.Struct, frozen=True):
    """`n` private halves went. `whole` False: a reader kept their pages; purge again."""

    origin: str
    n: int
    whole: bool = True


class Kept(msgspec.Struct, frozen=True):
    """Why the names of a session stay: `code` of WHY. `due`: Unix s from when they may go, where that is known."""

    origin: str
    code: str
    due: int | None = None


WHY = {
    "open": "it has not ended",
    "older": "it is an older copy of what this laptop signed",
    "no-receipt": "head office has not signed for it",
    "grew": "records came after head office's receipt",
    "other-log": "head office's receipt names another log than this one",
    "other-openings": "head office does not hold the same names as this laptop",
    "bad-receipt": "head office's receipt could not be verified",
    "early": "its days are not over",
    "busy": "it is open in a host",
    "unreadable": "its file cannot be read",
}
"""Code → why names stay."""


async def purge(station: Station, only: SessionRef | None = None) -> tuple[list[Purged], list[Kept]]:
    """Let go of what may go, in one session or in all. (what went, what stays and why); sessions without a private half
    that is still here are in neither. One session never stops another. Raises DamagedData (trust list), NotPossible
    (there is none).
    """
    if station.trust is None:
        raise NotPossible(
            "This laptop has no trust list, so it cannot tell who signed its receipts.",
            "Take head office's list in first: fieldkit trust accept trust.note --root VKEY",
        )
    gone: list[Purged] = []
    kept: list[Kept] = []
    for ref in [only] if only is not None else station.sessions():
        try:
            done = await _one(station, ref)
        except AnotherHost:
            done = Kept(ref.origin, "busy")
        except (FieldkitError, BadBytes):
            done = Kept(ref.origin, "unreadable")
        if isinstance(done, Purged):
            gone.append(done)
        elif done is not None:
            kept.append(done)
    tidy(station)  # answers go with the questions that they are to
    Outbox(station.outbox).tidy()  # also when nothing went: the power may have gone before this the last time
    return gone, kept


async def purge_due(station: Station) -> list[Purged]:
    """As `purge`, for whoever begins or carries: quick where nothing is due, and silent about what stays.

    Never raises for the sessions' or the laptop's own state: letting go can wait, a session cannot.
    """
    gone: list[Purged] = []
    with contextlib.suppress(FieldkitError):
        outbox = Outbox(station.outbox)
        now = station.clock.wall_ms() // 1000
        for ref in station.sessions():
            fact = outbox.facts(ref.origin).receipted
            if fact is not None and fact.size >= ref.size and fact.time <= now and not _settled(ref):
                gone += (await purge(station, ref))[0]
    return gone


def purged_ms(ref: SessionRef) -> int | None:
    """When the names of a session went from here, in Unix ms; None: they are here, or nobody knows."""
    if ref.state in UNREADABLE:
        return None
    try:
        with SessionFile.open(ref.path) as file:
            kept = file.meta(PURGED)
    except FieldkitError:
        return None
    return int(kept) or None if kept and kept.isdigit() else None


# ---- one session ---------------------------------------------------------------------------------------------


def _settled(ref: SessionRef) -> bool:
    try:
        with SessionFile.open(ref.path) as file:
            return file.meta(PURGED) not in (None, b"0") and not _openings(file)
    except FieldkitError:
        return True


def _openings(file: SessionFile) -> list[int]:
    return [i for i, _ in file.numbered_openings()]


async def _one(station: Station, ref: SessionRef) -> Purged | Kept | None:
    if ref.state in UNREADABLE:
        return Kept(ref.origin, "unreadable")
    with SessionFile.open(ref.path) as file:
        mine = _openings(file)
        if not mine and file.meta(PURGED) != b"0":
            return None
        why = _stays(station, ref, file)
    if why is not None:
        return why
    store = await Store.open(ref.path, station.signer)
    try:
        if store.head.size != ref.size:
            return Kept(ref.origin, "grew")
        await store.set_meta(PURGED, b"0")
        await store.erase(mine)
        for copy in sorted(ref.path.parent.glob(f"{ref.path.name}.v*")):  # made before a migration, names and all
            with said(copy):
                copy.unlink(missing_ok=True)
        whole = await store.forget()
        if whole:  # the last: until then it is gone through again
            await store.set_meta(PURGED, str(station.clock.wall_ms()).encode())
    finally:
        await store.close()
    return Purged(ref.origin, len(mine), whole)


def _stays(station: Station, ref: SessionRef, file: SessionFile) -> Kept | None:
    """Why the names stay; None when they may go."""
    if ref.state != "ended":
        return Kept(ref.origin, "older" if ref.state == "older" else "open")
    try:
        raw = (station.receipts_dir / f"{ref.path.stem}.note").read_bytes()
    except OSError:
        return Kept(ref.origin, "no-receipt")
    try:
        said, time = _receipt(station, raw)
    except BadBytes:
        return Kept(ref.origin, "bad-receipt")
    head = file.head
    if said.origin != ref.origin:
        return Kept(ref.origin, "other-log")
    if said.size < head.size:
        return Kept(ref.origin, "grew")
    if (said.size, said.root) != (head.size, head.root):
        return Kept(ref.origin, "other-log")
    if said.held != held_hash(own_xs(file)):
        return Kept(ref.origin, "other-openings")
    due = time + _keep_days(file) * DAY
    return Kept(ref.origin, "early", due) if station.clock.wall_ms() // 1000 < due else None


def _receipt(station: Station, raw: bytes) -> tuple[CentralReceipt, int]:
    """What head office signed for, and when (Unix s). Raises BadBytes, DamagedData."""
    trust = station.trust
    keys = receipt_keys(trust, station.clock.wall_ms() // 1000) if trust is not None else []
    pairs = read_receipts(raw, keys, [station.signer.vkey])
    if len(pairs) != 1 or len(split_notes(raw)) != 2:
        raise BadBytes("no-receipt", "the file of a session's receipt holds another number of them")
    _at, time, _checkpoint, note = pairs[0]
    return parse_central_receipt(note, keys), time


def _keep_days(file: SessionFile) -> int:
    """The days that the session's own policy says. Raises DamagedData."""
    first = file.record(0).fact
    if not isinstance(first, r.SessionOpened):
        raise DamagedData(f"{file.path.name} does not begin with session.open.", "`fieldkit fsck` says more.")
    return first.policy.keep_days
