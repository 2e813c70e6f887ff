"""The shared tablet in a real browser on a mapped insecure name, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.lan.chromium import NEEDS_CHROMIUM, browser, make_room
from tests.lan.conftest import Room

pytestmark = NEEDS_CHROMIUM
__all__ = ["browser", "make_room"]
ROSTER = [{"badge": "B-1", "name": "Ana Ruiz"}, {"badge": "B-2", "name": "Bo Tran"}]
SIZES = ((800, 1280), (1280, 800), (320, 640))


@pytest_asyncio.fixture(loop_scope="session")
async def listed(make_room: Callable[..., Awaitable[Room]]) -> Room:
    return await make_room(roster=ROSTER)


async def tablet(browser: Any, room: Room, script: bool) -> Any:
    context = await browser.new_context(
        viewport={"width": 800, "height": 1280}, java_script_enabled=script, reduced_motion="reduce"
    )
    page = await context.new_page()
    page.set_default_timeout(20_000)
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda said: page.wrong.append(said.text) if said.type == "error" else None)
    await page.goto(room.lan.kiosk_url.replace("127.0.0.1", "fieldkit.test"))
    return page


async def scan(page: Any, badge: str) -> None:
    """A keyboard-wedge scanner: it types into whatever has the focus, then Enter.

    A page that has come in gives its field the focus with its first frame; nobody scans that fast.
    """
    await page.wait_for_selector("#badge:focus")
    await page.keyboard.type(badge)
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_scan_answer_next_and_nothing_to_come_back_to(browser: Any, listed: Room, script: bool) -> None:
    await listed.open("x1")
    page = await tablet(browser, listed, script)
    await scan(page, "B-1")
    await page.wait_for_selector(".k-turn")
    assert "Ana Ruiz" in await page.inner_text("body")
    await page.fill("textarea[name=text] >> nth=0", "the words of Ana")
    await page.click("form[data-k] button.go")
    await page.wait_for_selector(".k-saved")
    assert listed.desk.session.runs["x1"][0].answered() == 1
    await page.wait_for_selector(".k-badge")
    for _ in range(4):
        await page.go_back()
        await page.wait_for_timeout(300)
        text = await page.inner_text("body")
        held = await page.input_value("textarea >> nth=0") if await page.query_selector("textarea") else ""
        assert "Ana" not in text + held
    assert page.wrong == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_a_scan_that_came_in_half_is_simply_done_again(browser: Any, listed: Room, script: bool) -> None:
    """Its first signs fell on a page that was not there yet; what is left of it stands in no scanner's way."""
    page = await tablet(browser, listed, script)
    await scan(page, "1")
    await page.wait_for_selector("input[name=badge][value='1']")
    await scan(page, "B-1")
    await page.wait_for_selector(".k-turn")
    assert "Ana Ruiz" in await page.inner_text("body")


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_the_next_one_scans_while_the_last_answer_is_still_on_the_screen(
    browser: Any, listed: Room, script: bool
) -> None:
    await listed.open("c1")
    page = await tablet(browser, listed, script)
    await scan(page, "B-1")
    await page.wait_for_selector(".k-turn")
    await page.click("button[name=v] >> nth=1")
    await page.wait_for_selector(".k-saved")
    await scan(page, "B-2")
    await page.wait_for_selector(".k-turn")
    assert "Bo Tran" in await page.inner_text("body")


async def test_no_size_scrolls_sideways_and_targets_are_large(browser: Any, listed: Room) -> None:
    await listed.open("c1")
    page = await tablet(browser, listed, True)
    for state, badge in (("k-badge", ""), ("k-turn", "B-2")):
        if badge:
            await scan(page, badge)
        await page.wait_for_selector(f".{state}")
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, (state, width)
            low = "[...document.querySelectorAll('button')].filter(b => b.offsetHeight && b.offsetHeight < 64).length"
            assert await page.evaluate(low) == 0, (state, width)


async def test_while_the_laptop_is_away_the_form_waits_and_goes_out_by_itself(browser: Any, listed: Room) -> None:
    await listed.open("c1")
    page = await tablet(browser, listed, True)
    await scan(page, "B-2")
    await page.wait_for_selector(".k-turn")
    await page.context.set_offline(True)
    await page.click("button[name=v] >> nth=1")
    await page.wait_for_selector("#bar:not([hidden])")
    assert not listed.desk.session.runs["c1"][0].answers
    await page.context.set_offline(False)
    await page.wait_for_selector(".k-saved")
    (answer,) = listed.desk.session.runs["c1"][0].answers.values()
    assert (answer.v, answer.via) == (["b"], "kiosk")


async def test_an_idle_turn_counts_down_and_leaves_by_itself(browser: Any, listed: Room) -> None:
    listed.lan.site.kiosk.turn_ms = 2_500  # type: ignore[union-attr]
    page = await tablet(browser, listed, True)
    await scan(page, "B-2")
    await page.wait_for_selector(".k-turn")
    await page.wait_for_selector("#ends:not([hidden])")
    assert "This turn ends in 0:0" in await page.inner_text("#ends")
    await page.wait_for_selector(".k-badge")
    assert "Bo Tran" not in await page.inner_text("body")


async def test_the_badge_screen_follows_the_room(browser: Any, listed: Room) -> None:
    page = await tablet(browser, listed, True)
    await listed.open("c1")
    await page.wait_for_selector("text=Now: c1?")
    await page.focus("#badge")
    await listed.lan.kiosk_off()
    await page.wait_for_selector("text=This device is not the kiosk")
