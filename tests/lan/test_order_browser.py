"""Steps to put in order: on the phone each stands behind the letter and shape that it has on the wall and on paper."""

from __future__ import annotations

from typing import Any

from fieldkit.core.plan import Option
from fieldkit.core.spelled import sign
from tests.kit.plans import ALL
from tests.lan.chromium import NEEDS_CHROMIUM, browser, come_in, make_room, open_tab
from tests.lan.conftest import Room

pytestmark = NEEDS_CHROMIUM
__all__ = ["browser", "make_room"]
STEPS: list[Option] = next(a.options for a in ALL.activities if a.id == "o1")


async def test_who_looks_from_the_wall_to_the_phone_finds_the_same_letter_and_shape(
    make_room: Any, browser: Any
) -> None:
    room: Room = await make_room(ALL)
    tab = await open_tab(browser)
    await come_in(tab, room)
    await room.open("o1")
    await tab.page.wait_for_selector("button.tap")
    keys = tab.page.locator("button.tap")
    await keys.nth(2).click()
    await tab.shot("order")
    shown = [(await keys.nth(k).locator("i").inner_text(), await keys.nth(k).locator("span").inner_text())
             for k in range(len(STEPS))]  # fmt: skip
    wall = room.desk.wall_view("en").options
    assert shown == [(sign(k), x.text) for k, x in enumerate(wall)] and len(wall) == len(STEPS)
    assert await keys.nth(2).locator("b").inner_text() == "1"
    colours = {await keys.nth(k).locator("i").evaluate("x => getComputedStyle(x).backgroundColor") for k in range(4)}
    assert len(colours) == 4
    assert await tab.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert not tab.wrong


async def test_the_plain_form_names_them_too(make_room: Any, browser: Any) -> None:
    room: Room = await make_room(ALL)
    tab = await open_tab(browser, script=False)
    await come_in(tab, room)
    await room.open("o1")
    await tab.page.reload()
    offered = await tab.page.locator("select").first.locator("option").all_inner_texts()
    wall = room.desk.wall_view("en").options
    assert offered[1:] == [f"{sign(k)} {x.text}" for k, x in enumerate(wall)] and len(wall) == len(STEPS)
