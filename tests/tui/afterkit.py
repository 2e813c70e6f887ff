"""A real room with real files for the screens after the end: station, desk, phones' server, the real tools."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from fieldkit.cli.net import Net
from fieldkit.cli.room import Room
from fieldkit.cli.tools import RoomTools
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.plan import Activity, Item, Plan, Step
from fieldkit.desk import Accepted
from fieldkit.log.line import canonical_plan
from fieldkit.packs.compile import Compiled
from fieldkit.seats import new_participant
from fieldkit.station import Setup, Station
from fieldkit.tui.app import LiveApp
from tests.kit.clock import ManualClock
from tests.tui.room import ROSTER, plan

SECRET = "correct horse battery"
NET = Net(port=0, bind="127.0.0.1", announce=False)


def compiled(plan: Plan) -> Compiled:
    """A plan of a test as a pack that can be begun."""
    raw = canonical_plan(msgspec.to_builtins(plan))
    return Compiled(plan, raw, hashlib.sha256(raw).hexdigest(), "0" * 64, {}, False)


class After:
    """A room, its app, and shorthands."""

    def __init__(self, room: Room, clock: ManualClock, tools: RoomTools) -> None:
        self.room, self.clock, self.tools = room, clock, tools
        self.app = LiveApp(room.desk, tools, "")

    async def do(self, intent: Intent, p: str | None = None) -> Accepted:
        by = FACILITATOR if p is None else Actor(by="self", via="phone", p=p)
        done = await self.room.desk.submit(intent, by)
        assert isinstance(done, Accepted), done
        return done

    async def join(self, name: str, badge: str | None = None) -> str:
        wish = w.Join(name=name, new_p=new_participant(), badge=badge)
        done = await self.room.desk.submit(wish, Actor(by="self", via="phone"), id=f"join-{name}-{badge}")
        assert isinstance(done, Accepted) and done.p is not None
        return done.p


@contextlib.asynccontextmanager
async def after(
    folder: Path, made: Plan, *, title: str = "", expected: tuple[tuple[str, str], ...] = ()
) -> AsyncIterator[After]:
    """A session of this plan in `folder`/laptop, running."""
    clock = ManualClock()
    station = Station.open(folder / "laptop", clock=clock)
    rows = [w.Expect(new_p=new_participant(), fields={"badge": b, "name": n}) for b, n in expected]
    setup = Setup(pack=compiled(made), title=title, facilitator="Sam Ortiz", roster=rows)
    room = await Room.open(station, setup, NET)
    try:
        yield After(room, clock, RoomTools(room, documents=False))
    finally:
        await room.close(None)


def training() -> Plan:
    """The plan of the terminal's tests, with a checklist in its second segment."""
    made = plan()
    lock = Activity(
        id="kit",
        type="checklist",
        text=["Show the lockout"],
        per="person",
        by="facilitator",
        items=[Item(id="lock", text=["Lock"], critical=True), Item(id="tag", text=["Tag"])],
    )
    step = Step(at=60, do="open", activity="kit")
    last = msgspec.structs.replace(made.segments[1], steps=[*made.segments[1].steps, step])
    return msgspec.structs.replace(made, segments=[made.segments[0], last], activities=[*made.activities, lock])


async def held(x: After, *, end: bool = True) -> dict[str, str]:
    """A whole training: four of five expected people, one walk-in with a strange badge, one without any, one taken out
    again; a question asked twice; a checklist half done; questions left open. → name → p."""
    people = {name: await x.join(name, badge) for badge, name in ROSTER[:4]}
    people["Strange Badge"] = await x.join("Strange Badge", "X77")
    people["No Badge"] = await x.join("No Badge")
    people["Twice Here"] = await x.join("Twice Here", "X78")
    await x.do(w.EnterSegment(segment="start"))
    names = [name for _, name in ROSTER[:4]]
    for no, right in ((1, 1), (2, 3)):
        await x.do(w.OpenActivity(activity="hurt") if no == 1 else w.Revote(activity="hurt"))
        for k, name in enumerate([*names, "Twice Here"]):
            v = "c" if k < right else "b"
            await x.do(w.PutAnswer(activity="hurt", round=no, v=(v,)), people[name])
        await x.do(w.CloseActivity(activity="hurt"))
    x.clock.advance(12 * 60_000)
    await x.do(w.RemovePerson(who=people["Twice Here"]))
    for k, name in enumerate(names[:3]):
        done = await x.do(w.PutSay(text=f"Question {k}?"), people[name])
        if not k:
            await x.do(w.ParkSay(ref=done.saved))
    await x.do(w.EnterSegment(segment="close"))
    await x.do(w.OpenActivity(activity="kit"))
    for item in ("lock", "tag"):
        await x.do(w.MarkItem(activity="kit", item=item, who=people["Ana Ruiz"], ok=True))
    x.clock.advance(20 * 60_000)
    await x.do(w.CheckIn(new_p="", badge=people["Bo Tran"], out=True))
    x.clock.advance(13 * 60_000)
    if end:
        await x.do(w.End())
    return people
