"""Reading head office's own logs (`sync.central.desk`): which there are, what they say about whom, what is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

import msgspec

from fieldkit.core.office import DESK, corrected, desk_plan, filed_under, ref_of
from fieldkit.core.records import Record
from fieldkit.core.session import Session
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical_plan
from fieldkit.log.trust import TrustList
from fieldkit.sync.central.home import Home, known_keys
from fieldkit.sync.central.replay import plan_of, records_of
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.vouched import Pair, vouched

KEY = "desk.key"
"""File of the key of the office's own device, in `keys/`."""
PLAN = canonical_plan(msgspec.to_builtins(desk_plan()))
PLAN_SHA256 = hashlib.sha256(PLAN).hexdigest()
"""By which an office's log is known among the sessions."""


async def desks(tx: Tx) -> list[Stored]:
    """Every office's log that is stored, by device and number."""
    return [one for one in await tx.sessions() if one.plan == PLAN_SHA256]


async def records_about(tx: Tx, origin: str) -> list[tuple[str, Record]]:
    """(office's log, record) of everything in offices' logs; `core.office` knows what is about `origin`, and `vouched`
    what of it may be believed."""
    out: list[tuple[str, Record]] = []
    for one in await desks(tx):
        if one.origin != origin:
            out += [(one.origin, record) for record in await records_of(tx, one.origin)]
    return out


async def halves_about(tx: Tx, origin: str, people: Collection[str] | None = None) -> dict[str, list[int]]:
    """Office's log → indexes of its records with a private half about a session, of these `p` or of everybody."""
    out: dict[str, list[int]] = {}
    for log, record in await records_about(tx, origin):
        ref = filed_under(record)
        mine = ref is not None and ref.o == origin
        if mine and record.private and (people is None or record.p in people):
            out.setdefault(log, []).append(record.i)
    return out


async def halves(tx: Tx) -> dict[str, dict[str, list[int]]]:
    """The same of everybody and of every session: session → office's log → indexes."""
    out: dict[str, dict[str, list[int]]] = {}
    for log, record in await records_about(tx, ""):
        ref = filed_under(record)
        if record.private and ref is not None and ref.o:
            out.setdefault(ref.o, {}).setdefault(log, []).append(record.i)
    return out


def devices(home: Home, trust: TrustList) -> set[str]:
    """Public keys (hex) of head office's own devices: the one whose key lies here, and those that the list calls so. A
    laptop can write a log of this kind too, and nobody believes it."""
    path = home.path / "keys" / KEY
    own = {Signer.load(path).vkey.pub.hex()} if path.exists() else set()
    return own | {line.vkey.pub.hex() for line in trust.of("device") if line.role == DESK}


async def logs_of(tx: Tx, pubs: Iterable[str]) -> list[Stored]:
    """The logs of these devices of head office, by device and number."""
    return [one for pub in sorted(pubs) for one in await tx.of_device(pub) if one.plan == PLAN_SHA256]


async def said_in(tx: Tx, logs: Iterable[Stored]) -> dict[str, list[Pair]]:
    """What these logs say about sessions, by session: (log, record), in the order in which it was said."""
    out: dict[str, list[Pair]] = {}
    for one in logs:
        for record in await records_of(tx, one.origin):
            ref = ref_of(record)
            if ref is not None and ref.o and ref.o != one.origin:
                out.setdefault(ref.o, []).append((one.origin, record))
    return out


async def believed(tx: Tx, home: Home, stored: Stored, now: int | None = None) -> list[tuple[str, Record]]:
    """(office's log, record) of what head office said about a stored session and what may be laid over it. `now` as in
    `sync.central.export.made`."""
    trust = home.trust()
    found = (await said_in(tx, await logs_of(tx, devices(home, trust)))).get(stored.origin, [])
    return await vouched(tx, stored, found, known_keys(trust, [home.central().vkey]), trust.revoked(now))


async def folded(tx: Tx, home: Home, stored: Stored) -> Session:
    """The fold of a stored session, with what head office said. Raises DamagedData for another release's plan."""
    plan = await plan_of(tx, stored)
    session = Session(origin=stored.origin, plan=plan).fold(await records_of(tx, stored.origin))
    return corrected(session, await believed(tx, home, stored))
