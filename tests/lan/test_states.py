"""Every state of the phone's page, the wall and the kiosk, walked through in a real browser with real answers: with
script and without, in English, Arabic and Hindi. In each, axe-core finds nothing, nothing scrolls sideways at 320 px,
targets are large and apart, no text is cut off, and language and direction are right.

Set FIELDKIT_TEST_SHOTS to a folder to keep a picture of every state.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fieldkit.core import intents as w
from fieldkit.lan.doors import Pace
from tests.kit.browser import SPACED, UNSPACED, Tab, open_tab, told
from tests.kit.plans import PICTURE
from tests.kit.worded import LANGS, WORDED
from tests.lan.chromium import NEEDS_CHROMIUM, browser, make_room
from tests.lan.conftest import CODE, Room
from tests.lan.walk import LATIN, LIVE, MATE, NAME, SAID, SHOTS, Walk, at

pytestmark = NEEDS_CHROMIUM
__all__ = ["browser", "make_room"]
PNG = (Path(__file__).parents[2] / "content_packs/loto-refresher/media/press4.png").read_bytes()


@pytest_asyncio.fixture(loop_scope="session")
async def worded(make_room: Callable[..., Awaitable[Room]]) -> Callable[[str], Awaitable[Room]]:
    async def make(lang: str, **more: Any) -> Room:
        room = await make_room(WORDED, lang=lang, **more)
        await room.desk.store.set_meta(f"blob/{PICTURE}", PNG)
        assert room.lan.site is not None
        room.lan.site.pace = Pace(10_000)  # nobody answers everything within a minute but a test
        return room

    return make


@pytest.mark.parametrize("lang", LANGS)
async def test_a_phone_and_the_wall_through_a_whole_session(worded: Any, browser: Any, lang: str) -> None:
    room = await worded(lang)
    phones = [await open_tab(browser, lang, script=script) for script in (True, False)]
    wall = await open_tab(browser, lang, viewport={"width": 1280, "height": 720})
    walk = Walk(room, lang, phones, wall)
    await wall.page.goto(room.lan.wall_url.replace("127.0.0.1", "fieldkit.test"))
    await walk.see_wall("welcome", ".w-welcome")
    await walk.come_in()
    await walk.said()
    for a in WORDED.activities:
        await walk.activity(a)
    await walk.roll_call()
    await walk.two_on_a_phone()
    await walk.goodbye()
    assert not told([*phones, wall]), told([*phones, wall])
    assert phones[0].looked > 60 and phones[1].looked > 60


READERS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("dark", {}, {"color_scheme": "dark"}),
    ("contrast", {}, {"contrast": "more"}),
    ("dark contrast", {}, {"color_scheme": "dark", "contrast": "more"}),
    ("forced colours", {}, {"forced_colors": "active"}),
    ("zoom of 200 %", {"width": 180, "height": 320}, {}),
    ("wide", {"width": 1280, "height": 800}, {}),
]
SEEN = ("p1", "sure", "z1", "h1", "o1", "k1", "ends", "self")


@pytest.mark.parametrize("lang", ["en", "ar"])
async def test_dark_high_contrast_zoomed_and_spaced_out(worded: Any, browser: Any, lang: str) -> None:
    room = await worded(lang)
    tab = await open_tab(browser, lang)
    walk = Walk(room, lang, [tab], tab)
    await tab.page.goto(at(room))
    await every_reader(tab, "door", live=0)
    await tab.page.fill("input[name=code]", CODE)
    await tab.page.fill("input[name=name]", NAME)
    await tab.page.click("button.go")
    await tab.page.wait_for_selector("#b-wait")
    for id in SEEN:
        a = WORDED.activity(id)
        assert a is not None
        await room.do(w.OpenActivity(activity=id, live=a.type in LIVE))
        await walk.shows(f"[id=q-{id}-1]")
        await walk.answer(a)
        await every_reader(tab, f"{id} answered")
        await room.do(w.CloseActivity(activity=id))
        if a.type not in SAID:
            await room.do(w.Reveal(activity=id))
            await walk.shows(f"[id=r-{id}-1]")
            await every_reader(tab, f"{id} result")
    await tab.page.click("a#more")
    await tab.page.wait_for_selector("section#more")
    await every_reader(tab, "more")
    await room.do(w.End())
    await tab.page.wait_for_selector("#b-bye dl")
    await every_reader(tab, "goodbye")
    assert not told([tab]), told([tab])


async def every_reader(tab: Tab, state: str, live: int = 1) -> None:
    """One state as all of READERS have it, and with text spaced out."""
    page, size = tab.page, tab.page.viewport_size
    usual = {"color_scheme": "light", "contrast": "no-preference", "forced_colors": "none"}
    for name, view, media in READERS:
        if media:
            await page.emulate_media(**{**usual, **media})
            await tab.look(f"{state}, {name}", SHOTS, live=live)
            if "forced_colors" not in media:  # axe reads the colours that the system has replaced
                await tab.axe(f"{state}, {name}", ["color-contrast"])
            await page.emulate_media(**usual)
        else:
            await page.set_viewport_size(view)
            await tab.look(f"{state}, {name}", SHOTS, live=live)
            await page.set_viewport_size(size)
    await page.evaluate(SPACED)
    await tab.look(f"{state}, spaced out", SHOTS, live=live)
    await page.evaluate(UNSPACED)


@pytest.mark.parametrize(("lang", "script"), [("en", True), ("ar", True), ("hi", False)])
async def test_the_kiosk_is_clean_in_every_state(worded: Any, browser: Any, lang: str, script: bool) -> None:
    room = await worded(lang, roster=[{"badge": "B-1", "name": NAME}, {"badge": "B-2", "name": MATE}])
    tab = await open_tab(browser, lang, script=script)
    page = tab.page
    latin = LATIN if lang != "en" else ""

    async def see(state: str, selector: str) -> None:
        await page.wait_for_selector(selector)
        await tab.look(f"kiosk {state}", SHOTS, latin=latin, live=0)
        await tab.axe(f"kiosk {state}")

    async def come(badge: str) -> None:
        await page.fill("#badge", badge)
        await page.click(".come .go")

    await page.goto(room.lan.kiosk_url.replace("127.0.0.1", "fieldkit.test"))
    await see("badge", ".k-badge")
    await come("B-9")
    await see("unknown badge", ".bad")
    for id in ("c1", "p1", "z1", "h1", "n1", "o1", "k1", "a1", "d1", "self", "l1", "read"):
        await room.do(w.OpenActivity(activity=id))
        await page.goto(at(room, "/kiosk"))
        await see(f"badge, {id}", ".k-badge")
        await come("B-1")
        await see(f"turn, {id}", ".k-turn")
        await page.locator("form:has([name=do][value=next]) button").click()
        await page.wait_for_selector(".k-badge")
        await room.do(w.CloseActivity(activity=id))
    await come("B-1")
    await page.wait_for_selector(".k-turn")
    await page.locator("footer button:visible").last.click()
    await see("goodbye", ".k-saved")
    await room.do(w.OpenActivity(activity="t1"))
    await page.locator("form:has([name=do][value=next]) button").click()
    await page.wait_for_selector(".k-badge")
    await come("B-2")
    await page.locator(".q button.o").first.click()
    await see("saved", ".k-saved")
    await room.do(w.End())
    await page.goto(at(room, "/kiosk"))
    await see("end", ".k-end")
    assert not told([tab]), told([tab])
