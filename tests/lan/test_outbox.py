"""An answer on a phone that loses the laptop: kept, saved, or too late; never none of them, and never twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest_asyncio

from fieldkit.core import intents as w
from tests.lan.chromium import NEEDS_CHROMIUM, Tab, at, browser, come_in, make_room, open_tab, room, until, until_text
from tests.lan.conftest import Room

pytestmark = NEEDS_CHROMIUM
__all__ = ["browser", "make_room", "room"]


@pytest_asyncio.fixture(loop_scope="session")
async def tab(room: Room, browser: Any) -> Tab:
    """A phone that has come in."""
    made = await open_tab(browser)
    await come_in(made, room)
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def asked(room: Room, tab: Tab) -> Tab:
    """The same, with a question open on it."""
    await room.open("c1")
    await tab.page.wait_for_selector(".q")
    return tab


async def test_an_answer_given_while_the_laptop_is_away_is_kept_and_sent_when_it_is_back(
    room: Room, asked: Tab
) -> None:
    page = asked.page
    port = room.lan.port
    await room.lan.stop()
    await page.locator(".q button.o").nth(0).click()
    await page.wait_for_selector(".mark.kept")
    assert "◷ kept on this phone" in await page.inner_text(".q .mark")
    await page.wait_for_selector("#bar:not([hidden])")
    await asked.shot("away")
    await page.locator(".q button.o").nth(1).click()
    await room.lan.start(bind="127.0.0.1", port=port, allow_hosts=["fieldkit.test"])
    await page.wait_for_selector(".mark.saved")
    await until(lambda: room.desk.session.runs["c1"][0].counts == {"b": 1})
    await page.wait_for_selector("#bar", state="hidden")
    assert not asked.wrong


async def test_an_answer_kept_past_the_closing_says_so_and_survives_a_reload(room: Room, asked: Tab) -> None:
    page = asked.page
    port = room.lan.port
    await room.lan.stop()
    await page.locator(".q button.o").nth(0).click()
    await page.wait_for_selector(".mark.kept")
    await room.do(w.CloseActivity())
    await room.do(w.Revote(activity="c1"))
    await room.do(w.CloseActivity())
    await room.lan.start(bind="127.0.0.1", port=port, allow_hosts=["fieldkit.test"])
    await until_text(page, "#tell", "✕ too late, not counted")
    assert room.desk.session.runs["c1"][0].counts == {}
    await page.reload()
    kept = await page.evaluate("Object.values(localStorage).join()")
    assert "too late" in kept
    assert not asked.wrong


async def test_two_tabs_of_one_seat_do_not_fight_over_the_stream(room: Room, tab: Tab) -> None:
    second = await tab.page.context.new_page()
    await second.goto(at(room))
    await until_text(tab.page, "#bar", "another window")
    assert room.lan.site is not None
    sent = len(room.lan.site.phones)
    await asyncio.sleep(1.5)
    assert sent == len(room.lan.site.phones) == 1


async def test_two_tabs_share_one_outbox_and_every_answer_goes_out_once_in_order(room: Room, tab: Tab) -> None:
    for activity in ("c1", "d1"):
        await room.open(activity)
    second = await tab.page.context.new_page()
    await second.goto(at(room))
    for page in (tab.page, second):
        await page.wait_for_selector("[id=q-c1-1]")
    port = room.lan.port
    await room.lan.stop()
    await tab.page.locator("[id=q-c1-1] button.o").nth(0).click()
    await second.locator("[id=q-c1-1] button.o").nth(2).click()
    await tab.page.fill("[id=q-d1-1] textarea", "From the first tab")
    await tab.page.click("[id=q-d1-1] .go")
    kept = "Object.keys(localStorage).filter(function (k) { return localStorage[k].indexOf('\"b\"') > 0; }).length"
    assert await second.evaluate(kept) in (2, 3)
    await tab.page.close()  # whatever it had not sent yet is the other one's to send
    await second.bring_to_front()
    await room.lan.start(bind="127.0.0.1", port=port, allow_hosts=["fieldkit.test"])
    await until(lambda: room.desk.session.runs["c1"][0].counts == {"c": 1}, 15)
    await until(lambda: len(room.desk.session.says) == 1, 15)
    await second.wait_for_selector("[id=q-c1-1] .mark.saved")
    assert await second.evaluate(kept) == 0


async def test_a_reload_before_it_was_sent_loses_nothing(room: Room, asked: Tab) -> None:
    page = asked.page
    await page.route("**/v1/intents", lambda route: route.abort())
    await page.locator(".q button.o").nth(1).click()
    await page.wait_for_selector(".mark.kept")
    await page.reload()
    assert "◷ kept on this phone" in await page.inner_text(".q .mark")
    assert await page.get_attribute(".q button[value=b]", "aria-pressed") == "true"
    await page.unroute("**/v1/intents")
    await page.wait_for_selector(".mark.saved")
    assert room.desk.session.runs["c1"][0].counts == {"b": 1}


async def test_an_answer_that_was_too_late_stands_on_the_page_with_its_question(room: Room, asked: Tab) -> None:
    page = asked.page
    await page.route("**/v1/intents", lambda route: route.abort())
    await page.locator(".q button.o").nth(1).click()
    await page.wait_for_selector(".mark.kept")
    await room.do(w.CloseActivity())
    await page.wait_for_selector("#b-wait")
    await page.reload()
    await until_text(page, "#rest", "◷ kept on this phone: c1?")
    await page.unroute("**/v1/intents")
    await until_text(page, "#rest", "✕ too late, not counted: c1?")
    await page.reload()
    await until_text(page, "#rest", "✕ too late, not counted: c1?")
    assert room.desk.session.runs["c1"][0].counts == {}


async def test_without_streams_the_page_polls(room: Room, browser: Any) -> None:
    tab = await open_tab(browser)
    await tab.page.add_init_script("delete window.EventSource")
    await come_in(tab, room)
    await room.open("c1")
    await tab.page.wait_for_selector(".q", timeout=15_000)
    await tab.page.locator(".q button.o").nth(1).click()
    await tab.page.wait_for_selector(".mark.saved")
    await room.do(w.End())
    await tab.page.wait_for_selector("#b-bye")
    assert "Goodbye, Maria López." in await tab.page.inner_text("main")
    assert not tab.wrong


async def test_the_goodbye_and_its_receipt_stay_when_the_laptop_is_gone(room: Room, tab: Tab) -> None:
    page = tab.page
    await room.do(w.End())
    await page.wait_for_selector("#b-bye")
    await until_text(page, "dl", "Receipt")
    await asyncio.sleep(3.0)  # it is fetched within the window that spreads a room's requests
    await room.lan.stop()
    await page.click("text=Open the receipt")
    assert room.desk.session.origin in await page.inner_text("pre")
    assert await page.is_hidden("#bar")
    assert "as badge" in await page.inner_text("main")
    await tab.shot("bye-alone")


async def test_a_mate_joins_on_the_same_phone_and_each_has_their_own_marks(room: Room, tab: Tab) -> None:
    page = tab.page
    await page.click("text=More")
    await page.click("text=Add my mate")
    await page.fill("#more form[data-k=join] input[name=name]", "Bo [/] Lee")
    await page.click("#more form[data-k=join] .go")
    await page.wait_for_selector("nav b:has-text('Bo [/] Lee')")
    await room.open("c1")
    await page.locator(".q button.o").nth(1).click()
    await page.wait_for_selector(".mark.saved")
    await page.click("nav a:has-text('Maria')")
    await page.wait_for_selector("nav b:has-text('Maria')")
    assert not await page.locator(".q .mark.saved").count()
    await page.locator(".q button.o").nth(0).click()
    await page.wait_for_selector(".mark.saved")
    assert room.desk.session.runs["c1"][0].counts == {"a": 1, "b": 1}
    assert set(room.desk.pulse.live) == set(room.desk.session.people)
    await tab.shot("shared")
    assert not tab.wrong


async def test_a_captive_portal_is_not_taken_for_the_laptop(room: Room, asked: Tab) -> None:
    page = asked.page
    fake = {"status": 200, "content_type": "text/html", "body": "<h1 id=more>Pay for the internet</h1>"}
    await page.route("**/v1/*", lambda route: route.fulfill(**fake))
    await page.locator(".q button.o").nth(1).click()
    await page.wait_for_selector("#bar:not([hidden])")
    assert await page.locator(".q .mark.kept").count() == 1
    await page.click("text=Raise my hand")
    await page.unroute("**/v1/*")
    await page.wait_for_selector(".q .mark.saved")
    assert "Pay" not in await page.inner_text("body")


async def test_storage_that_is_forbidden_stops_nobody(room: Room, browser: Any) -> None:
    tab = await open_tab(browser)
    await tab.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get: function () { throw new Error('no'); }})"
    )
    await come_in(tab, room)
    await room.open("c1")
    await tab.page.locator(".q button.o").nth(1).click()
    await tab.page.wait_for_selector(".mark.saved")
    assert not tab.wrong


async def test_a_phone_that_lost_its_seat_comes_to_the_door(room: Room, tab: Tab) -> None:
    p = next(iter(room.desk.session.people))
    await room.do(w.RemovePerson(who=p))
    await tab.page.wait_for_selector("input[name=code]")
