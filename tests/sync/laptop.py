"""A station with real session files, made in a moment: no desk, no network."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import msgspec

from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.log.line import canonical_plan
from fieldkit.log.names import make_origin
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.station import SessionRef, Station
from tests.kit.central import NOON
from tests.kit.plans import PLAN, session_opened

RAW = canonical_plan(msgspec.to_builtins(PLAN))


def minute(n: int) -> Moment:
    return Moment(60_000 * n, (NOON + 60 * n) * 1000)


async def session(
    station: Station, *people: tuple[str, str], close: bool = True, origin: str = "", legal: str = ""
) -> SessionRef:
    """A session of this laptop with these people (name, badge) in it."""
    seq = station.next_seq()
    origin = origin or make_origin(station.signer.name, seq, secrets.token_bytes(8))
    path = station.home / "sessions" / f"{origin.rsplit('/', 1)[1]}.db"
    store = await Store.create(path, origin, station.signer, RAW, {})
    pack = r.PackRef(PLAN.id, PLAN.version, "0" * 64, hashlib.sha256(RAW).hexdigest())
    rules = r.Policy(legal=legal)
    opened = session_opened(dev=station.signer.name, seq=seq, prev=station._before()[0], pack=pack, policy=rules)
    drafts = [Draft(opened, None, {"name": "Sam Ortiz"}), Draft(r.SegmentEntered(segment="open"))]
    for name, badge in people:
        d = r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=True)
        drafts.append(Draft(d, secrets.token_urlsafe(6), {"name": name, "badge": badge}))
    await store.append([Pending(tuple(drafts))], minute(0), secrets.token_bytes)
    await store.close()
    if close:
        await more(station, path, Draft(r.SessionClosed(why="request")))
    return station.find(origin)


async def more(station: Station, path: Path, *drafts: Draft) -> None:
    """Go on with a session for one commit."""
    store = await Store.open(path, station.signer)
    await store.append([Pending(drafts)], minute(30), secrets.token_bytes)
    await store.close()
