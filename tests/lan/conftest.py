"""A running desk and a real listener on the loopback."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from fieldkit.clock import SystemClock
from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.intents import FACILITATOR
from fieldkit.core.plan import Plan
from fieldkit.core.records import Draft
from fieldkit.core.state import Person
from fieldkit.desk import Desk
from fieldkit.lan.server import LanServer
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical_plan
from fieldkit.log.store import Moment, Pending, Store
from tests.kit.browser import launch
from tests.kit.kiosk import Tablet
from tests.kit.plans import ALL, PICTURE, PLAN, session_opened

CODE = "K7M4"
SECRET = hashlib.sha256(b"fieldkit test secret").digest()
ROSTER = [
    {"badge": "B-1", "name": "Ana Ruiz", "lang": "es"},
    {"badge": "B-2", "name": "Bo Tran"},
    {"badge": "B-3", "name": "Cyd"},
]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
"""What a picture begins with."""
DEVICE = "laptop.fieldkit/dev/7q2k"


async def open_desk(
    folder: Path, plan: Plan = PLAN, roster: list[dict[str, str]] | None = None, rules: r.Policy | None = None
) -> Desk:
    """A desk on a fresh session file, trained by Sam Ortiz, under the policy `rules`."""
    folder.mkdir(parents=True, exist_ok=True)
    signer = Signer(DEVICE, hashlib.sha256(b"fieldkit test key dev").digest())
    origin = f"{DEVICE}/000001-k3m9w2p4"
    clock = SystemClock()
    plan_bytes = canonical_plan(msgspec.to_builtins(plan))
    store = await Store.create(
        folder / "live.db", origin, signer, plan_bytes, {"code": CODE.encode(), "secret": SECRET}
    )
    drafts = [
        Draft(session_opened(dev=DEVICE, title=plan.title[0], policy=rules or r.Policy()), None, {"name": "Sam Ortiz"}),
        Draft(r.StaffSet(role="trainer"), None, {"name": "Sam Ortiz"}),
    ]
    for n, row in enumerate(roster or []):
        drafts.append(Draft(r.PersonExpected(), f"exp{n:05d}", row))
    at = Moment(0, clock.wall_ms(), clock.boot(), clock.reading_ns())
    await store.append([Pending(tuple(drafts))], at, secrets.token_bytes)
    desk = Desk(store, plan, clock, SECRET, CODE)
    await desk.start()
    return desk


class Room:
    """A desk with its listener, driven as a trainer would."""

    def __init__(self, desk: Desk, lan: LanServer) -> None:
        self.desk = desk
        self.lan = lan

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.lan.port}"

    async def do(self, intent: w.Intent) -> Any:
        return await self.desk.submit(intent, FACILITATOR)

    async def open(self, activity: str, live: bool = False) -> None:
        answer = await self.do(w.OpenActivity(activity=activity, live=live))
        assert hasattr(answer, "saved"), answer


@contextlib.asynccontextmanager
async def rooms_in(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Room]]]:
    """Makes rooms, and closes them all in the end."""
    rooms: list[Room] = []

    async def make(
        plan: Plan = PLAN, roster: list[dict[str, str]] | None = None, rules: r.Policy | None = None, **more: Any
    ) -> Room:
        desk = await open_desk(tmp_path / str(len(rooms)), plan, roster, rules)
        lan = LanServer(desk)
        await lan.start(bind="127.0.0.1", port=0, allow_hosts=["fieldkit.test"], **more)
        rooms.append(Room(desk, lan))
        return rooms[-1]

    yield make
    for room in rooms:
        await room.lan.stop()
        await room.desk.close()


@pytest.fixture
async def make_room(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Room]]]:
    async with rooms_in(tmp_path) as make:
        yield make


@pytest.fixture
async def room(make_room: Callable[..., Awaitable[Room]]) -> Room:
    return await make_room()


@pytest.fixture
async def every(make_room: Callable[..., Awaitable[Room]]) -> Room:
    """A room with an activity of every type, its picture with it."""
    made = await make_room(ALL)
    await made.desk.store.set_meta(f"blob/{PICTURE}", PNG)
    return made


@pytest.fixture
async def listed(make_room: Callable[..., Awaitable[Room]]) -> Room:
    """A room that expects three people by badge."""
    return await make_room(roster=ROSTER)


@pytest.fixture
async def tablet(listed: Room) -> AsyncIterator[Tablet]:
    """That room's kiosk, at the badge screen."""
    async with Tablet(listed.url) as one:
        screen = await one.open(listed.lan.kiosk_url)
        assert screen.state == "badge", screen.words
        yield one


def person(room: Room, name: str) -> Person:
    """The first one of this name."""
    return next(x for x in room.desk.session.people.values() if x.name == name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_chromium() -> AsyncIterator[Any]:
    """Chromium, started once: starting costs more than most tests do with it. Tests take `browser`."""
    from playwright.async_api import async_playwright

    async with async_playwright() as play:
        browser = await launch(play)
        yield browser
        await browser.close()
