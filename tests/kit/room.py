"""A real desk on a real session file, with a clock and a store that a test can bend; `check` ends a story."""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec

from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.plan import Plan
from fieldkit.core.records import Draft
from fieldkit.core.session import Session
from fieldkit.desk import Accepted, Already, Answer, Desk, Refused
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical_plan
from fieldkit.log.store import Moment, Pending
from fieldkit.seats import new_participant
from tests.kit.clock import ManualClock
from tests.kit.faulty import FaultyStore
from tests.kit.plans import PLAN, session_opened

DEVICE = "ld.acme.example/dev/7q2k"
ORIGIN = f"{DEVICE}/000001-k3m9w2p4"
DOOR = Actor(by="self", via="phone")


class Seat:
    """A participant at a phone, as the desk knows them."""

    def __init__(self, p: str, token: str) -> None:
        self.p, self.token = p, token

    @property
    def actor(self) -> Actor:
        return Actor(by="self", via="phone", p=self.p)


class DeskRoom:
    """One desk; `crash()` forgets it without closing anything, `again()` opens the same file."""

    def __init__(self, folder: Path, plan: Plan = PLAN) -> None:
        self.path = folder / "000001-k3m9w2p4.db"
        self.plan = plan
        self.clock = ManualClock()
        self.signer = Signer.generate(DEVICE)
        self.secret = secrets.token_bytes(32)
        self.desk: Desk
        self.store: FaultyStore

    async def begin(self) -> Desk:
        plan = canonical_plan(msgspec.to_builtins(self.plan))
        self.store = await FaultyStore.create(self.path, ORIGIN, self.signer, plan, {})
        now = Moment(0, self.clock.wall_ms(), self.clock.boot(), self.clock.reading_ns())
        drafts = (Draft(session_opened(), None, {"name": "Sam Ortiz"}),)
        await self.store.append([Pending(drafts)], now, secrets.token_bytes)
        return await self._desk()

    async def again(self) -> Desk:
        self.store = await FaultyStore.open(self.path, self.signer)
        desk = await self._desk()
        await desk.resumed()
        return desk

    async def _desk(self) -> Desk:
        self.desk = Desk(self.store, self.plan, self.clock, self.secret, "K7M4")
        await self.desk.start()
        return self.desk

    async def lead(self, intent: Intent) -> Answer:
        return await self.desk.submit(intent, FACILITATOR)

    async def join(self, name: str, badge: str | None = None, id: str = "") -> Seat:
        found = await self.try_join(name, badge, id or secrets.token_urlsafe(16))
        assert isinstance(found, Accepted | Already), found
        assert found.p is not None
        assert found.seat is not None
        return Seat(found.p, found.seat)

    async def try_join(self, name: str, badge: str | None, id: str) -> Answer:
        return await self.desk.submit(w.Join(name=name, new_p=new_participant(), badge=badge), DOOR, id=id)

    async def send(self, seat: Seat, intent: Intent, id: str) -> Answer:
        return await self.desk.submit(intent, seat.actor, id=id, scope=seat.token)

    async def vote(self, seat: Seat, *v: str, id: str, activity: str = "p1", round: int = 1) -> Answer:
        return await self.send(seat, w.PutAnswer(activity=activity, round=round, v=v), id)

    async def check(self) -> None:
        """The fold from disk is the fold in memory, byte for byte what was signed."""
        on_disk = Session(origin=ORIGIN, plan=self.plan).fold(await self.store.records())
        assert on_disk == self.desk.session
        assert self.store.head.size == on_disk.saved + 1

    async def close(self) -> None:
        await self.desk.close()


def saved(answer: Answer) -> int:
    assert isinstance(answer, Accepted | Already), answer
    return answer.saved


def reason(answer: Answer) -> str:
    assert isinstance(answer, Refused), answer
    return answer.refusal.reason
