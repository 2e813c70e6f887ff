"""One session, read out of the database: the fold, head office's corrections over it, what it says to programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fieldkit.core.erasing import erased
from fieldkit.core.led import leaders, led_by
from fieldkit.core.office import corrected, filed_under, ref_of
from fieldkit.core.plan import Plan
from fieldkit.core.questions import reply_of
from fieldkit.core.session import Session
from fieldkit.core.sets import Mine, of_set
from fieldkit.core.taught import Facts, Seen, Taught, facts
from fieldkit.errors import BadBytes, DamagedData, FieldkitError
from fieldkit.sync.central import findings
from fieldkit.sync.central.desk_said import PLAN_SHA256, records_about
from fieldkit.sync.central.digest import figures, parked
from fieldkit.sync.central.digest.force import Force
from fieldkit.sync.central.digest.parked import Parked
from fieldkit.sync.central.replay import plan_of, records_of
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.vouched import Pair, vouched

OK, FORKED, UNREAD, NONE, GONE = "ok", "forked", "unread", "none", "gone"
"""It counts; two histories wait for a decision; this release cannot fold it; it holds no training, or has not ended;
it is not stored."""
PLANS = 500
"""Plans that are kept decoded."""
_enc = msgspec.json.Encoder(order="deterministic")
_taught, _seen = msgspec.json.Decoder(Taught), msgspec.json.Decoder(tuple[Seen, ...])


class Digested(msgspec.Struct, frozen=True):
    """What is kept of one session. `about`: the sessions that an office's log speaks of, which are read again;
    `leaders`: keys of everybody who led it, also where it does not count."""

    origin: str
    state: str
    why: str = ""
    facts: Facts | None = None
    fac: str = ""
    figures: bytes = b""
    about: frozenset[str] = frozenset()
    leaders: tuple[str, ...] = ()
    parked: tuple[Parked, ...] = ()
    sets: tuple[Mine, ...] = ()
    """Of a log of pre-work or reinforcement: what each person answered."""


def encoded(value: Any) -> bytes:
    """The same bytes for the same value, in every process."""
    return _enc.encode(value)


def taught_of(raw: bytes) -> Taught:
    return _taught.decode(raw)


def seen_of(raw: bytes) -> tuple[Seen, ...]:
    """Each entry of one person in one session: one, but for who stands on the sheet twice."""
    return _seen.decode(raw)


def _figures(session: Session) -> tuple[bytes, str]:
    """The figures, and why there are none: what somebody learnt counts although nobody can say how it was taught."""
    try:
        return figures.taken(session), ""
    except Exception as wrong:  # noqa: BLE001 - as in `findings.Look`
        return b"", f"figures: {type(wrong).__name__}"


class Reader:
    """Reads sessions under one `Force`; remembers plans."""

    def __init__(self, force: Force) -> None:
        self.force = force
        self._plans: dict[str, Plan] = {}

    async def read(self, tx: Tx, origin: str) -> Digested:
        """What a session says now. Raises FieldkitError (database)."""
        stored = await tx.stored(origin)
        if stored is None:
            return Digested(origin, GONE)
        if stored.plan == PLAN_SHA256:
            refs = (ref_of(record) or filed_under(record) for record in await records_of(tx, origin))
            named = {ref.o for ref in refs if ref is not None and ref.o}
            named -= {one.origin for one in await tx.of_plan(PLAN_SHA256)}  # one that names itself would never be read
            return Digested(origin, NONE, about=frozenset(named))
        forked, led = bool(await tx.findings(origin, findings.FORK)), tuple[str, ...]()
        try:
            said = await records_about(tx, origin, self.force.pubs)
            session = await self.folded(tx, stored, said)
            led = leaders(session)
            if forked:
                return Digested(origin, FORKED, leaders=led)
            replies = [one for log, record in said if (one := reply_of(log, record)) is not None]
            asked = await parked.found(tx, session, replies)
            found = facts(session)
            info = session.info
            if found is None or info is None:
                return Digested(origin, NONE, leaders=led, parked=asked, sets=of_set(session))
            figured, why = _figures(session)
            return Digested(origin, OK, why, found, led_by(session), figured, leaders=led, parked=asked)
        except FieldkitError as wrong:
            if not isinstance(wrong, DamagedData):
                raise
            why = "plan"
        except Exception as wrong:  # noqa: BLE001 - as in `findings.Look`: it may break any rule of ours
            why = wrong.reason if isinstance(wrong, BadBytes) else type(wrong).__name__
        return Digested(origin, FORKED) if forked else Digested(origin, UNREAD, why, leaders=led)

    async def folded(self, tx: Tx, stored: Stored, said: Sequence[Pair]) -> Session:
        """With this of what head office said about it. Raises DamagedData for another release's plan."""
        plan = self._plans.get(stored.plan)
        if plan is None:
            if len(self._plans) >= PLANS:
                self._plans.clear()
            plan = self._plans[stored.plan] = await plan_of(tx, stored)
        session = Session(origin=stored.origin, plan=plan).fold(await records_of(tx, stored.origin))
        about = [(log, record) for log, record in said if ref_of(record) is not None]
        if about:
            corrected(session, await vouched(tx, stored, about, self.force.keys, self.force.revoked))
        gone = [i for _, i, _ in await tx.tombs(stored.origin)]
        if gone:
            erased(session, gone)
        return session
