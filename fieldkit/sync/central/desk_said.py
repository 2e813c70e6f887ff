"""Reading head office's own logs (`sync.central.desk`): which there are, what they say about whom, what is believed."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fieldkit.core.office import DESK, corrected, filed_under, ref_of
from fieldkit.core.records import Record
from fieldkit.core.session import Session
from fieldkit.log.bulk import parse_records
from fieldkit.log.keys import Signer
from fieldkit.log.trust import TrustList
from fieldkit.sync.central.home import Home, known_keys
from fieldkit.sync.central.replay import plan_of, records_of
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_said import PLAN as PLAN
from fieldkit.sync.central.tx_said import PLAN_SHA256 as PLAN_SHA256
from fieldkit.sync.central.vouched import Pair, vouched

KEY = "desk.key"
"""File of the key of the office's own device, in `keys/`."""


async def desks(tx: Tx) -> list[Stored]:
    """Every office's log that is stored, by device and number."""
    return await tx.of_plan(PLAN_SHA256)


async def every_record(tx: Tx) -> list[Pair]:
    """(office's log, record) of everything in offices' logs."""
    return [(one.origin, record) for one in await desks(tx) for record in await records_of(tx, one.origin)]


async def records_about(tx: Tx, origin: str, pubs: Iterable[str] | None = None) -> list[Pair]:
    """(office's log, record) of what offices' logs, or those of these devices (public keys, hex), say about a session
    or file under it, by device, number and index; `vouched` knows what of it may be believed. Only these records are
    read. Raises BadBytes for lines that cannot be read."""
    found = await tx.spoken(origin, None if pubs is None else sorted(set(pubs)))
    by: dict[str, list[tuple[bytes, bytes | None]]] = {log: [] for log in found.logs}
    for log, line, opening in found.lines:
        by[log].append((line, opening))
    out: list[Pair] = []
    for log, rows in by.items():
        some = await records_of(tx, log) if log in found.unread else parse_records(rows)
        out += [(log, one) for one in some if (ref := filed_under(one)) is not None and ref.o == origin]
    return out


async def halves_about(tx: Tx, origin: str, people: Collection[str] | None = None) -> dict[str, list[int]]:
    """Office's log → indexes of its records with a private half about a session, of these `p` or of everybody."""
    out: dict[str, list[int]] = {}
    for log, record in await records_about(tx, origin):
        if record.private and (people is None or record.p in people):
            out.setdefault(log, []).append(record.i)
    return out


async def halves(tx: Tx) -> dict[str, dict[str, list[int]]]:
    """The same of everybody and of every session: session → office's log → indexes."""
    out: dict[str, dict[str, list[int]]] = {}
    for log, record in await every_record(tx):
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


async def said_about(tx: Tx, origin: str, pubs: Iterable[str]) -> list[Pair]:
    """(log, record) of what the logs of these devices of head office say about a session and lay over it, in the order
    in which it was said."""
    return [(log, one) for log, one in await records_about(tx, origin, pubs) if ref_of(one) is not None]


async def believed(tx: Tx, home: Home, stored: Stored, now: int | None = None) -> list[tuple[str, Record]]:
    """(office's log, record) of what head office said about a stored session and what may be laid over it. `now` as in
    `sync.central.export.made`."""
    trust = home.trust()
    found = await said_about(tx, stored.origin, devices(home, trust))
    return await vouched(tx, stored, found, known_keys(trust, [home.central().vkey]), trust.revoked(now))


async def folded(tx: Tx, home: Home, stored: Stored) -> Session:
    """The fold of a stored session, with what head office said. Raises DamagedData for another release's plan."""
    plan = await plan_of(tx, stored)
    session = Session(origin=stored.origin, plan=plan).fold(await records_of(tx, stored.origin))
    return corrected(session, await believed(tx, home, stored))
