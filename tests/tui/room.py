"""A real desk on a real session file for the terminal's tests, and eyes for its screen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import msgspec
from textual.app import App
from textual.pilot import Pilot

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.plan import Activity, Option, Plan, Segment, Slide, Step
from fieldkit.core.records import Draft
from fieldkit.desk import Accepted, Desk
from fieldkit.errors import FieldkitError
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical_plan
from fieldkit.log.names import make_origin
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.tui.answerline import AnswerLine
from fieldkit.tui.app import LiveApp
from fieldkit.tui.erasetools import EraseTools
from fieldkit.tui.tools import (
    Carried,
    ConsoleTools,
    Invite,
    JoiningState,
    KeyLine,
    Preview,
    RoutedWay,
    SaidLine,
    Sent,
    SheetLink,
    StickLine,
    Stop,
    Told,
    WayLine,
    Words,
)
from tests.kit.clock import ManualClock
from tests.kit.plans import session_opened

ROSTER = (
    ("E1001", "Ana Ruiz"),
    ("E1002", "Bo Tran"),
    ("E1003", "Li Wei"),
    ("E1004", "Maria Lopez Hernandez de la Torre"),
    ("E1005", "Olu Adeyemi"),
)


def plan() -> Plan:
    """Two segments: a welcome with a roll call, a poll, a choice, a discussion and a text question."""
    return Plan(
        v=1,
        id="loto-test",
        version="1.0.0",
        title=["Lockout/Tagout refresher"],
        language="en",
        langs=["en"],
        minutes=45,
        segments=[
            Segment(
                id="start",
                phase="activation",
                minutes=10,
                title=["What can hurt you"],
                notes=["Ask who has seen the ram drift. Do not read the slide."],
                slides=[Slide(text=["# Energy\n\nThe breaker is open. What is left in the machine?"])],
                steps=[
                    Step(at=0, do="say", text=["Welcome everybody"]),
                    Step(at=60, do="open", activity="warm"),
                    Step(at=240, do="open", activity="hurt"),
                    Step(at=420, do="open", activity="talk"),
                ],
            ),
            Segment(
                id="close",
                phase="synthesis",
                minutes=35,
                title=["Take it to the floor"],
                steps=[Step(at=0, do="open", activity="ticket")],
            ),
        ],
        activities=[
            Activity(
                id="warm",
                type="poll",
                text=["How sure are you with the lockout steps?"],
                options=[Option(id="a", text=["Very"]), Option(id="b", text=["So so"]), Option(id="c", text=["Not"])],
            ),
            Activity(
                id="hurt",
                type="choice",
                text=["The breaker is open and locked. What can still hurt you?"],
                graded=True,
                answer=["c"],
                options=[
                    Option(id="a", text=["Nothing"]),
                    Option(id="b", text=["Air in the cylinder"]),
                    Option(id="c", text=["Gravity"]),
                    Option(id="d", text=["A second feed"]),
                ],
            ),
            Activity(id="talk", type="prompt", text=["What would you check first?"], upvote=True),
            Activity(id="ticket", type="text", text=["What will you do differently tomorrow?"], max_chars=200),
        ],
    )


class FakeTools:
    """Tools without a network or files: what they were asked for is in `asked`."""

    consoles: ConsoleTools | None = None
    erasing: EraseTools | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.trouble: FieldkitError | None = None

    def invite(self) -> Invite:
        return Invite(
            url="http://10.42.0.1",
            code="K7M4",
            fresh="417",
            urls=("http://192.168.43.17:8080", "http://fk-3fa9c1d2.local"),
            wall_url="http://10.42.0.1/wall?t=abcdefghijkl",
            qr_text="HTTP://10.42.0.1/K7M4",
            wifi_name=self.wifi_name,
            wifi_qr=f"WIFI:T:WPA;S:{self.wifi_name};P:lock and tag;;" if self.wifi_name else "",
            routed=self.routed,
            moved=self.moved,
        )

    wifi_name = ""
    routed: tuple[RoutedWay, ...] = ()
    moved = False
    state = JoiningState(near=2, seen=1)

    def joining(self) -> JoiningState:
        return self.state

    def show_address(self, ip: str) -> None:
        self.asked.append(f"address {ip}")
        if self.trouble is not None:
            raise self.trouble

    kiosk_is = "off"

    def kiosk_state(self) -> str:
        return self.kiosk_is

    def kiosk_url(self) -> str:
        return "http://10.42.0.1/kiosk?t=once-and-never-again" if self.kiosk_is == "offered" else ""

    async def kiosk(self) -> str:
        if self.trouble is not None:
            raise self.trouble
        self.kiosk_is = "offered"
        return self.kiosk_url()

    async def kiosk_off(self) -> bool:
        was, self.kiosk_is = self.kiosk_is, "off"
        return was != "off"

    link = SheetLink()

    def sheet(self) -> SheetLink:
        return self.link

    async def hand(self, what: str, as_: str) -> None:
        self.asked.append(f"hand {what} {as_}")
        if self.trouble is not None:
            raise self.trouble
        self.link = SheetLink(state="offered", url="http://10.42.0.1/sheet?t=once-and-never-again", left=600)

    def hand_off(self) -> bool:
        was, self.link = self.link, SheetLink()
        return was.state == "offered"

    def seen_moved(self) -> None:
        self.moved = False
        self.asked.append("seen")

    def formats(self, what: str) -> tuple[str, ...]:
        return ("csv", "json", "pdf") if what == "attendance" else ("csv", "json")

    async def preview(self, what: str, as_: str, told: Told | None = None, stop: Stop | None = None) -> Preview:
        lines = (f"{what},name", "1,Ana Ruiz", "2,'=Bo")
        return Preview(
            what=what, as_=as_, lines=lines, rows=2, columns=2, people=("Ana Ruiz",), path=self.folder / f"{what}.{as_}"
        )

    async def export(self, what: str, as_: str, path: Path, told: Told | None = None, stop: Stop | None = None) -> Path:
        self.asked.append(f"export {what} {as_}")
        if self.trouble is not None:
            raise self.trouble
        return path

    async def sticks(self) -> list[StickLine]:
        return [StickLine(path="/media/sam/STICK", name="STICK", free=3_000_000_000)]

    async def way(self) -> list[WayLine]:
        return [WayLine(seq=1, title="Lockout/Tagout refresher", at="2026-11-22 09:00", stage="kept", records=42)]

    async def keys(self) -> list[KeyLine]:
        return []

    async def make_key(self, id: str, passphrase: str, stop: Stop | None = None) -> KeyLine:
        return KeyLine(id=id, name=f"laptop.fieldkit/fac/{id}", words="six words that nobody says aloud")

    async def attest(self, key: str, passphrase: str, meaning: str, name: str, stop: Stop | None = None) -> int:
        self.asked.append(f"attest {key} {meaning}")
        return 0

    async def hand_over(
        self, key: str, passphrase: str, name: str, to_name: str, to: str, stop: Stop | None = None
    ) -> int:
        self.asked.append(f"hand over {key} {to_name} {to}")
        return 0

    async def carry(self, folder: Path, told: Told | None = None, stop: Stop | None = None) -> Carried:
        self.asked.append(f"carry {folder}")
        if self.trouble is not None:
            raise self.trouble
        return Carried(folder=folder, sessions=1)

    async def office(self) -> str:
        return "https://fieldkit.acme.example"

    def check_office(self, address: str) -> None:
        if not address.startswith("https://"):
            raise FieldkitError("That is not an address of head office.", "It looks like https://fieldkit.acme.example")

    async def send(
        self,
        address: str,
        told: Told | None = None,
        stop: Stop | None = None,
        now: Stop | None = None,
        words: Words | None = None,
    ) -> Sent:
        self.asked.append(f"send {address}")
        if self.trouble is not None:
            raise self.trouble
        said = SaidLine(seq=1, title="Lockout/Tagout refresher", result="stored")
        return Sent(to="fieldkit.acme.example", said=(said,), receipted=1)

    async def stage(self) -> str:
        return self.far

    async def answers(self) -> list[AnswerLine]:
        return self.replies

    far = ""
    replies: list[AnswerLine] = []


class Room:
    """A desk that runs, with shorthands for what phones do."""

    def __init__(self, desk: Desk, clock: ManualClock) -> None:
        self.desk = desk
        self.clock = clock

    async def do(self, intent: Intent, p: str | None = None) -> Accepted:
        by = FACILITATOR if p is None else Actor(by="self", via="phone", p=p)
        result = await self.desk.submit(intent, by)
        assert isinstance(result, Accepted), result
        return result

    async def join(self, name: str, badge: str | None = None, *, live: bool = True) -> str:
        intent = w.Join(name=name, new_p=self.desk.new_p(), badge=badge)
        result = await self.desk.submit(intent, Actor(by="self", via="phone"), id=f"join-{name}-{badge}")
        assert isinstance(result, Accepted) and result.p is not None, result
        if live:
            self.desk.pulse.connected(result.p)
            self.desk.pulse_changed()
        return result.p

    async def answer(self, p: str, activity: str, *v: str, text: str | None = None, round: int = 1) -> None:
        await self.do(w.PutAnswer(activity=activity, round=round, v=v, text=text), p)

    @property
    def noticed(self) -> str:
        """The newest notice; empty before the first."""
        return next((x.text for x in reversed(self.desk.session.notices)), "")

    def person(self, name: str) -> str:
        return next(p.p for p in self.desk.room_view().people if p.name == name)


@contextlib.asynccontextmanager
async def open_room(
    folder: Path,
    roster: Sequence[tuple[str, str]] = ROSTER,
    *,
    title: str = "Lockout/Tagout refresher",
    made: Plan | None = None,
) -> AsyncIterator[Room]:
    """A session that has just been opened, with its roster, on disk in `folder`."""
    made = made or plan()
    signer = Signer.generate("laptop.fieldkit/dev/0123456789ab")
    origin = make_origin(signer.name, 1, bytes(8))
    store = await Store.create(folder / "room.db", origin, signer, canonical_plan(msgspec.to_builtins(made)), {})
    clock = ManualClock()
    pack = r.PackRef(id=made.id, version=made.version, files="0" * 64, plan="0" * 64)
    opened = session_opened(dev=signer.name, pack=pack, title=title, site="L4 night", langs=list(made.langs))
    now = Moment(0, clock.wall_ms(), clock.boot(), clock.reading_ns())
    await store.append([Pending((Draft(opened, None, {"name": "Sam Ortiz"}),))], now, lambda n: bytes(n))
    desk = Desk(store, made, clock, bytes(32), "K7M4")
    await desk.start()
    try:
        for badge, name in roster:
            await desk.submit(w.Expect(new_p=desk.new_p(), fields={"badge": badge, "name": name}), FACILITATOR)
        yield Room(desk, clock)
    finally:
        await desk.close()


def text_of(app: App[object]) -> str:
    """The screen as lines of text, trailing spaces cut: what a person would read."""
    width, height = app.size
    lines = []
    for strip in app.screen._compositor.render_strips()[:height]:
        lines.append("".join(segment.text for segment in strip)[:width].rstrip())
    return "\n".join(lines)


async def until(pilot: Pilot[object], true: Callable[[], bool], what: str = "") -> None:
    """Wait, long at most, until `true()`; the screen is in the message when it does not come."""
    loop = asyncio.get_running_loop()
    end = loop.time() + 20
    while loop.time() < end:
        await pilot.pause()
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{what or 'it did not come'}\n{text_of(pilot.app)}")


async def until_text(pilot: Pilot[object], words: str) -> str:
    """Wait for words on the screen; the screen's text."""
    await until(pilot, lambda: words in text_of(pilot.app), f"no {words!r} on the screen:")
    return text_of(pilot.app)


@contextlib.asynccontextmanager
async def live(
    folder: Path,
    *,
    size: tuple[int, int] = (80, 24),
    roster: Sequence[tuple[str, str]] = ROSTER,
    made: Plan | None = None,
) -> AsyncIterator[tuple[Room, LiveApp, Pilot[object]]]:
    """The live app on a real desk, driven by Textual's pilot."""
    async with open_room(folder, roster, made=made) as room:
        app = LiveApp(room.desk, FakeTools(folder), "")
        async with app.run_test(size=size) as pilot:
            await until_text(pilot, "10.42.0.1")
            yield room, app, pilot
