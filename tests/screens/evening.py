"""The session of the evening: the pack as it is shipped, twelve people of the night shift, a real desk and file."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from textual.pilot import Pilot

from fieldkit.cli.compiled import compile_for
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.plan import Plan
from fieldkit.desk import Accepted, Desk
from fieldkit.packs.compile import Compiled
from fieldkit.station import Setup, Station
from fieldkit.tui.app import LiveApp
from fieldkit.tui.tools import AddressLine, ConsoleState, FindingLine, JoiningState, RemoteState
from tests.kit.clock import ManualClock
from tests.screens.laptop import EVENING, SITE, SIZE, TITLE, TRAINER, counted, station_at
from tests.tui.afterkit import compiled
from tests.tui.room import FakeTools, until_text

CREW = (
    ("E1001", "Ana Ruiz"),
    ("E1002", "Bo Tran"),
    ("E1003", "Li Wei"),
    ("E1004", "Maria Lopez Hernandez de la Torre"),
    ("E1005", "Olu Adeyemi"),
    ("E1006", "Priya Nair"),
    ("E1007", "Tomasz Kowalski"),
    ("E1008", "Fatima Zahra"),
    ("E1009", "Jo Smith"),
    ("E1010", "Jo Smith"),
    ("E1011", "Sven Aalto"),
    ("E1012", "Grace Kim"),
)
NAMES = [name for _badge, name in CREW]
MIN = 60_000


def p_of(name: str) -> str:
    """An id for somebody: as random ones look, and always the same."""
    return base64.b32encode(hashlib.sha256(name.encode()).digest())[:8].decode().lower()


class NoConsoles:
    """Second consoles and remote as a state that a scene sets."""

    def __init__(self) -> None:
        self.now = ConsoleState()
        self.phone = RemoteState()

    def state(self) -> ConsoleState:
        return self.now

    def remote(self) -> RemoteState:
        return self.phone


class BookTools(FakeTools):
    """Network and files of the evening: addresses that are always the same."""

    wifi_name = "FIELDKIT-L4"
    state = JoiningState(
        near=13,
        seen=12,
        page=11,
        joined=10,
        live=9,
        answered=7,
        addresses=(
            AddressLine(ip="10.42.0.1", interface="wlan0", kind="lan", shown=True),
            AddressLine(ip="192.168.43.17", interface="eth0", kind="lan"),
        ),
        findings=(
            FindingLine(
                code="https",
                sentence="A phone types https:// in front of the address.",
                hint="The address begins with http, without the s.",
                params={"url": "http://10.42.0.1"},
            ),
        ),
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.consoles = NoConsoles()  # type: ignore[assignment]


class Evening:
    """The desk with shorthands for what people do."""

    def __init__(self, desk: Desk, clock: ManualClock) -> None:
        self.desk, self.clock = desk, clock
        self.tools: BookTools
        self.app: LiveApp

    async def do(self, intent: Intent, p: str | None = None) -> Accepted:
        by = FACILITATOR if p is None else Actor(by="self", via="phone", p=p)
        done = await self.desk.submit(intent, by)
        assert isinstance(done, Accepted), done
        return done

    async def join(self, name: str, badge: str | None = None, *, live: bool = True, ev: tuple[str, ...] = ()) -> str:
        """A phone of somebody comes in; `live`: it stays connected."""
        wish = w.Join(name=name, new_p=p_of(f"{name} {badge}"), badge=badge, ev=ev)
        done = await self.desk.submit(wish, Actor(by="self", via="phone"), id=f"join-{name}-{badge}")
        assert isinstance(done, Accepted) and done.p is not None, done
        if live:
            self.desk.pulse.connected(done.p)
        self.desk.pulse_changed()
        return done.p

    async def crew(self, n: int = len(CREW), *, silent: int = 0, cards: int = 0) -> list[str]:
        """The first `n` come: the last `cards` of them with a badge and no phone, the `silent` before them with a phone
        that has gone silent."""
        phones = n - cards
        came = [await self.join(name, badge, live=k < phones - silent) for k, (badge, name) in enumerate(CREW[:phones])]
        for badge, _name in CREW[phones:n]:
            done = await self.do(w.CheckIn(new_p="", badge=badge))
            came.append(done.p or "")
        return came

    async def answers(
        self, phones: Sequence[str], activity: str, choices: str, *, round: int = 1, sure: str = ""
    ) -> None:
        """One sign of `choices` for each of them, `.` for none; `sure`: `s` or `u` for each."""
        for k, (p, choice) in enumerate(zip(phones, choices, strict=False)):
            if choice != ".":
                said = {"s": "sure", "u": "unsure"}.get(sure[k : k + 1])
                await self.do(w.PutAnswer(activity=activity, round=round, v=(choice,), sure=said), p)

    async def steps_to(self, activity: str) -> None:
        """Go on, half a minute a step, until the question is open."""
        for _ in range(40):
            await self.do(w.NextStep(small=True))
            self.clock.advance(30_000)
            if any(one.activity == activity for one in self.desk.room_view().open):
                return
        raise AssertionError(f"no step opens {activity}")

    def pass_(self, minutes: float) -> None:
        self.clock.advance(int(minutes * MIN))


def pack_of(station: Station, pack: str = "loto-refresher") -> Compiled:
    return compile_for(station, pack, "")


@contextlib.asynccontextmanager
async def desk_for(folder: Path, made: Plan | None = None, *, expected: bool = True) -> AsyncIterator[Evening]:
    """The session just begun, the crew expected."""
    clock = ManualClock(EVENING + 30 * MIN)
    station = station_at(folder, clock)
    pack = pack_of(station) if made is None else compiled(made)
    roster = [w.Expect(new_p=p_of(b), fields={"badge": b, "name": n}) for b, n in CREW] if expected else []
    setup = Setup(pack=pack, title=TITLE, site=SITE, facilitator=TRAINER, roster=roster)
    begun = await station.start(setup)
    desk = Desk(begun.store, begun.plan, clock, bytes(32), "K7M4", entropy=counted())
    await desk.start()
    try:
        yield Evening(desk, clock)
    finally:
        await desk.close()


@contextlib.asynccontextmanager
async def live(
    folder: Path, made: Plan | None = None, *, expected: bool = True, label: str = "", hint: str = ""
) -> AsyncIterator[tuple[Evening, Pilot[object]]]:
    """The live screen on it."""
    async with desk_for(folder, made, expected=expected) as x:
        x.tools = BookTools(folder)
        x.app = LiveApp(x.desk, x.tools, "", label=label, hint=hint)
        async with x.app.run_test(size=SIZE) as pilot:
            await until_text(pilot, "10.42.0.1")
            try:
                yield x, pilot
            finally:
                x.app.bridge.stop()  # a change that comes while Textual takes the screen apart finds half of it
