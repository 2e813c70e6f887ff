"""Every state of the phone's page, the wall and the kiosk, walked through in a real browser with real answers: with
script and without, in English, Arabic and Hindi. In each, axe-core finds nothing, nothing scrolls sideways at 320 px,
targets are large and apart, no text is cut off, and language and direction are right.

Set FIELDKIT_TEST_SHOTS to a folder to keep a picture of every state.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from fieldkit.core import intents as w
from fieldkit.core.plan import Activity
from fieldkit.lan.doors import Pace
from fieldkit.words import words_for
from tests.kit.browser import CHROMIUM, Tab, launch, open_tab, told
from tests.kit.plans import PICTURE
from tests.kit.worded import LANGS, WORDED
from tests.lan.conftest import CODE, Room, open_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the page's states were not looked at"),
]
SHOTS = os.environ.get("FIELDKIT_TEST_SHOTS", "")
PNG = (Path(__file__).parents[2] / "content_packs/loto-refresher/media/press4.png").read_bytes()
NAME = "Guadalupe López"
LATIN = r"Guadalupe|López|Sam Ortiz|Bo Tran|Bo|EN|AR|HI|[A-F] [●■▲◆★⬢]|\b[A-F]\b"
"""What may stand in the Latin alphabet in a page of another one."""
ONCE = ("prompt", "breakout", "checklist")
MARKED = ("scale", "choice", "poll", "truefalse")


@pytest.fixture
async def chromium() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as play:
        browser = await launch(play)
        yield browser
        await browser.close()


@pytest.fixture
async def worded(make_room: Callable[..., Awaitable[Room]]) -> Callable[[str], Awaitable[Room]]:
    async def make(lang: str, **more: Any) -> Room:
        room = await make_room(WORDED, lang=lang, **more)
        await room.desk.store.set_meta(f"blob/{PICTURE}", PNG)
        assert room.lan.site is not None
        room.lan.site.pace = Pace(10_000)  # nobody answers everything within a minute but a test
        return room

    return make


def at(room: Room, path: str = "/") -> str:
    return f"http://fieldkit.test:{room.lan.port}{path}"


class Walk:
    """One session, seen by a phone with script, one without, and the room's screen."""

    def __init__(self, room: Room, lang: str, phones: list[Tab], wall: Tab) -> None:
        self.room, self.lang, self.phones, self.wall = room, lang, phones, wall

    @property
    def tabs(self) -> list[Tab]:
        return [*self.phones, self.wall]

    async def each(self, do: Callable[[Tab], Awaitable[None]]) -> None:
        await asyncio.gather(*(do(tab) for tab in self.phones))

    async def shows(self, selector: str, gone: bool = False) -> None:
        """The phones show it now: one hears of it, the other asks again."""

        async def come(tab: Tab) -> None:
            if not tab.script:
                await tab.page.goto(at(self.room, self.path(tab)))
            await tab.page.wait_for_selector(selector, state="detached" if gone else "visible")

        await self.each(come)

    def path(self, tab: Tab) -> str:
        return "/"

    async def look(self, state: str, wall: bool = False, axe: bool = True) -> None:
        async def one(tab: Tab) -> None:
            await tab.look(state, SHOTS, latin=LATIN if self.lang != "en" else "")
            if axe:
                await tab.axe(state)

        await self.each(one)


async def test_everything_a_phone_shows_in_each_language(worded: Any, chromium: Any) -> None:
    import time
    lang = "en"
    room = await worded(lang)
    phones = [await open_tab(chromium, lang, script=script) for script in (True, False)]
    walk = Walk(room, lang, phones, phones[0])
    t = time.time()
    await walk.each(lambda tab: tab.page.goto(at(room)))
    await walk.look("door")
    print("door", time.time() - t)
    t = time.time()
    await walk.look("door")
    print("door again", time.time() - t)
    t = time.time()
    await walk.look("door", axe=False)
    print("door look", time.time() - t)
    assert not told(walk.tabs), told(walk.tabs)
