"""The trainer's phone in Chromium, on a mapped insecure name: 360×640, thumbs, reloads, and a network that lies."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fieldkit.core import intents as w
from tests.consoles.relay import Relay, with_body
from tests.consoles.remote_kit import Phone, Side, until
from tests.consoles.test_remote_wire import KEY, example
from tests.kit.browser import CHROMIUM, Tab, launch, open_tab, told

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the remote was not tried in a browser"),
]
SHOTS = os.environ.get("FIELDKIT_TEST_SHOTS", "")
NAMES = (
    *("Ana Ruiz Fernández", "Bo Tran", "Li Wei", "Olu Adeyemi", "María López Hernández de la Cruz", "Sam Neill"),
    *("Kim Lee", "Jo Park", "Zoë Quinn", "<b onmouseover=alert(1)>x</b>"),
)


@pytest.fixture
async def chromium() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as play:
        found = await launch(play)
        yield found
        await found.close()


async def address(side: Side) -> str:
    return (await side.remote.on()).replace("127.0.0.1", "fieldkit.test")


async def scanned(chromium: Any, side: Side, lang: str = "en", **more: Any) -> Tab:
    tab = await open_tab(chromium, lang, **{"width": 360, **more})
    await tab.page.goto(await address(side))
    await tab.page.wait_for_selector("#tabs:not([hidden])")
    return tab


async def until_said(page: Any, words: str) -> None:
    await until(page, "#said", words)


def saved(side: Side) -> str:
    return f"saved as #{side.desk.session.saved}"


async def test_scanned_pressed_and_saved_while_the_address_bar_forgets_the_key(chromium: Any, side: Side) -> None:
    tab = await scanned(chromium, side)
    page = tab.page
    assert await page.evaluate("[location.href.includes('#'), isSecureContext, !!(crypto && crypto.subtle)]") == [
        *(False, False, False)
    ]
    await page.click("#next")
    await until_said(page, "✓ Done, saved as #")
    assert saved(side) in await page.inner_text("#said")
    assert side.desk.session.step == 0 and side.remote.state == "on" and side.remote.url == ""
    assert tab.wrong == [] and side.remote.refused == {}


async def test_the_browser_computes_the_worked_example(chromium: Any, side: Side) -> None:
    tab = await scanned(chromium, side)
    (asked, body), (answered, answer) = example()
    program = """([key, text]) => noble.hex(noble.hmac(new Uint8Array(key), new TextEncoder().encode(text)))"""
    for of, mac, sealed in (("do", asked, body), ("do-answer 7", answered, answer)):
        text = f"fieldkit-remote/1 {of}\n{sealed.decode()}"
        assert await tab.page.evaluate(program, [list(KEY), text]) == mac


@pytest.mark.parametrize(
    ("lang", "scheme", "width"), [("en", "light", 360), ("es", "dark", 320)], ids=["en-light", "es-dark-320"]
)
async def test_every_view_is_large_clear_and_has_nothing_that_axe_finds(
    chromium: Any, side: Side, lang: str, scheme: str, width: int
) -> None:
    side.remote.lang = lang
    for k, name in enumerate(NAMES):
        await side.join(name, f"B-{k}")
    checklist = next(a for a in side.desk.plan.activities if a.type == "checklist")
    tab = await scanned(chromium, side, lang, width=width, color_scheme=scheme)
    page = tab.page

    async def seen(state: str) -> None:
        await page.wait_for_timeout(120)
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/{state}-{lang}-{scheme}.png")
        # The bar at the bottom lies over what scrolls below it: it is measured behind everything.
        await page.evaluate("document.getElementById('foot').style.position = 'static'")
        await tab.look(f"{state} {scheme}")
        await page.evaluate("document.getElementById('foot').style.position = ''")
        await tab.axe(state)

    await seen("before")
    await page.click("#next")
    await page.wait_for_selector("#said.ok")
    await side.lead(w.OpenActivity(activity="c1"))
    await page.wait_for_selector("#close")
    assert not await page.query_selector("#more-time")
    await seen("open")
    await side.lead(w.Extend(seconds=60))
    await page.wait_for_selector("#more-time")
    await seen("counting")
    await page.click("#more-time")
    await until(page, "[data-left]", "1:2")
    await page.click("#no-limit")
    await page.wait_for_selector("#no-limit", state="detached")
    assert side.desk.room_view().open[0].left_ms is None
    await page.click("#close")
    await page.wait_for_selector("#yes")
    assert await page.evaluate("document.activeElement.id") == "no"
    await seen("asked")
    await page.click("#yes")
    await page.wait_for_selector("#reveal")
    await seen("closed")
    await page.click("#reveal")
    await page.wait_for_selector("#hide")
    await seen("revealed")
    await page.click("#tab-people")
    await page.wait_for_selector("[id^=p-]")
    await seen("people")
    await page.fill("#find", "lópez")
    await page.wait_for_selector("text=Bo Tran", state="detached")
    await page.click("[id^=p-]")
    await page.click("#mark-late")
    await page.wait_for_selector("#mark-late[aria-pressed=true]")
    await seen("person")
    await page.click("#tab-notes")
    await seen("notes")
    await page.click("#tab-more")
    await seen("more")
    await page.click("#other")
    await seen("another")
    await side.lead(w.OpenActivity(activity=checklist.id))
    await page.click("#tab-now")
    await page.click(f"#check-{checklist.id}")
    await page.wait_for_selector("[id^=s-]")
    await seen("checklist")
    await page.click("[id^=s-] >> nth=1")
    await page.click("#y-0")
    await page.wait_for_selector("#y-0[aria-pressed=true]")
    await seen("skill")
    await page.click("#tab-more")
    await page.click("#alarm")
    await page.click("#yes")
    await page.wait_for_selector("[id^=tick-]")
    await page.click("[id^=tick-] >> nth=0")
    await seen("muster")
    async with page.expect_request("**/v1/see"):  # who asks at the moment of the end is told of it
        await side.join("Late", "B-99")
    await page.wait_for_timeout(300)
    await side.remote.off()
    await page.wait_for_selector("#tabs", state="hidden")
    await seen("off")
    assert not tab.wrong, told([tab])


async def test_nothing_ends_and_no_alarm_goes_off_before_it_was_asked(chromium: Any, side: Side) -> None:
    await side.join("Ana Ruiz", "B-1")
    await side.lead(w.OpenActivity(activity="c1"))
    page = (await scanned(chromium, side)).page
    await page.click("#close")
    await page.click("#no")
    await page.wait_for_selector("#close")
    await page.click("#tab-more")
    await page.click("#alarm")
    await page.click("#no")
    await page.click("#off")
    await page.click("#no")
    assert "c1" in side.desk.session.open_rounds and side.desk.session.state == "running"
    assert side.remote.state == "on"


async def test_after_an_alarm_the_record_says_who_was_not_ticked_off(chromium: Any, side: Side) -> None:
    for k, name in enumerate(("Ana Ruiz", "Bo Tran")):
        await side.join(name, f"B-{k}")
    tab = await scanned(chromium, side)
    page = tab.page
    await page.click("#tab-more")
    await page.click("#alarm")
    await page.click("#yes")
    await page.click("text=Ana Ruiz")
    await page.context.set_offline(True)  # the list stays where the Wi-Fi ends, and is ticked off there
    await page.wait_for_timeout(300)
    assert "Bo Tran" in await page.inner_text("main")
    await page.click("text=Sam Ortiz")
    await page.context.set_offline(False)
    await page.wait_for_selector("header b.ok")
    await page.click("#safe")
    assert "Bo Tran" in await page.inner_text("#asks") and "Ana Ruiz" not in await page.inner_text("#asks")
    await page.click("#yes")
    async with asyncio.timeout(40):
        while not any(
            "Muster: 2 of 3 ticked off. Not ticked off: Bo Tran" in n.text for n in side.desk.session.notices
        ):
            await asyncio.sleep(0.05)
    assert side.desk.session.state != "paused"


async def test_an_alarm_raised_elsewhere_comes_up_and_its_end_with_nobody_ticked_off_is_noted(
    chromium: Any, side: Side
) -> None:
    """On whatever page; another console's tick is seen; a no keeps it; both answers are in the record."""
    for k, name in enumerate(("Ana Ruiz", "Bo Tran")):
        await side.join(name, f"B-{k}")
    page = (await scanned(chromium, side)).page
    await page.click("#tab-notes")
    await side.lead(w.Pause(why="alarm"))
    await page.wait_for_selector("[id^=tick-]")
    assert "!! ALARM 0:" in await page.inner_text("#alarm-bar") and "3 not" in await page.inner_text("#alarm-bar")
    side.desk.tick("trainer")
    await page.wait_for_selector("#tick-trainer[aria-pressed=true]")
    side.desk.tick("trainer", False)
    await page.wait_for_selector("#tick-trainer[aria-pressed=false]")
    await page.click("#tab-more")
    await page.click("#muster")
    for answer in ("#no", "#yes"):
        noted = len(side.desk.session.notices)
        await page.click("#safe")
        await page.click(answer)
        async with asyncio.timeout(40):
            while len(side.desk.session.notices) == noted:
                await asyncio.sleep(0.05)
        assert "Muster: 0 of 3 ticked off. Not ticked off: Sam Ortiz" in side.desk.session.notices[-1].text
        assert (side.desk.session.alarm_m is None) == (answer == "#yes")
    await page.wait_for_selector("#alarm-bar", state="detached")


async def test_a_reload_keeps_the_remote_and_a_new_page_does_not_get_it(chromium: Any, side: Side) -> None:
    tab = await scanned(chromium, side)
    page = tab.page
    await page.click("#next")
    await until_said(page, "saved as")
    await page.reload()
    await page.wait_for_selector("#tabs:not([hidden])")
    await page.click("#next")
    await until_said(page, "saved as")
    assert side.desk.session.step == 1 and side.remote.refused == {}
    other = await page.context.new_page()
    await other.goto(page.url)
    assert "Scan the code" in await other.inner_text("main")
    assert tab.wrong == []


async def test_a_second_phone_with_the_code_is_told_that_it_is_not_the_one(chromium: Any, side: Side) -> None:
    url = await address(side)
    await scanned_at(chromium, url)
    other = await open_tab(chromium, "en", width=360)
    await other.page.goto(url)
    await until(other.page, "main", "Another phone is the remote")
    assert side.remote.refused["phone"] >= 1


async def scanned_at(chromium: Any, url: str) -> Tab:
    tab = await open_tab(chromium, "en", width=360)
    await tab.page.goto(url)
    await tab.page.wait_for_selector("#tabs:not([hidden])")
    return tab


async def test_a_lost_connection_is_said_and_no_press_is_kept_for_later(chromium: Any, side: Side) -> None:
    tab = await scanned(chromium, side)
    page = tab.page
    await page.context.set_offline(True)
    await page.click("#next")
    await page.wait_for_selector("header b.warn")
    await until_said(page, "No answer")
    await page.context.set_offline(False)
    await page.wait_for_selector("header b.ok")
    await page.wait_for_timeout(1500)
    assert side.desk.session.step is None
    await page.click("#next")
    await until_said(page, saved(side)[:8])
    assert side.desk.session.step == 0


@pytest.fixture
async def relay(side: Side) -> AsyncIterator[Relay]:
    await side.remote.on()
    made = Relay(side.remote.port)
    await made.start()
    yield made
    await made.stop()


async def behind(chromium: Any, side: Side, relay: Relay) -> Any:
    """The phone's page, everything of which goes through the relay."""
    url = (await address(side)).replace(f":{side.remote.port}/", f":{relay.port}/")
    return (await scanned_at(chromium, url)).page


async def test_the_key_never_crosses_the_network(chromium: Any, side: Side, relay: Relay) -> None:
    key = (await side.remote.on()).partition("#")[2].encode()
    page = await behind(chromium, side, relay)
    await page.click("#next")
    await until_said(page, "saved as")
    raw = base64.urlsafe_b64decode(key + b"=")
    whole = b"".join(relay.passed)
    assert b"/v1/do" in whole and all(x not in whole for x in (key, raw, raw.hex().encode()))


async def test_an_answer_that_somebody_rewrote_is_not_believed(chromium: Any, side: Side, relay: Relay) -> None:
    """The laptop refuses (nothing is open); somebody on the way makes it "saved"."""
    page = await behind(chromium, side, relay)
    relay.lie = lambda asked, answer: (
        with_body(answer, b'{"result":"accepted","saved":99,"at":1}') if b" /v1/do " in asked else answer
    )
    await page.click("#next")
    await until_said(page, "changes what is sent")
    assert "99" not in await page.inner_text("body")


async def test_a_state_of_before_shown_again_is_not_believed(chromium: Any, side: Side, relay: Relay) -> None:
    page, kept = await behind(chromium, side, relay), []

    def first(asked: bytes, answer: bytes) -> bytes:
        if b" /v1/see " in asked:
            kept.append(answer)
        return kept[0] if kept else answer

    relay.lie = first
    await side.lead(w.OpenActivity(activity="c1"))
    await page.wait_for_selector("#close")
    await side.lead(w.CloseActivity())
    await until_said(page, "changes what is sent")
    assert await page.locator("#close").count() == 1 and "✓ saved" not in await page.inner_text("#head")
    relay.lie = None
    await page.wait_for_selector("#reveal")


async def test_a_press_that_is_played_again_is_done_once(chromium: Any, side: Side, relay: Relay) -> None:
    page = await behind(chromium, side, relay)
    await page.click("#next")
    await until_said(page, "saved as")
    saved, pressed = side.desk.session.saved, [x for x in relay.passed if b" /v1/do " in x]
    reader, writer = await asyncio.open_connection("127.0.0.1", side.remote.port)
    writer.write(pressed[0])
    assert (await reader.readline()).startswith(b"HTTP/1.1 409")
    writer.close()
    assert side.desk.session.saved == saved and side.remote.refused == {"counter": 1}


async def test_a_door_that_says_no_without_a_code_does_not_cost_the_key(
    chromium: Any, side: Side, relay: Relay
) -> None:
    """Whoever can answer in the laptop's place could otherwise end the remote for good."""
    page = await behind(chromium, side, relay)
    relay.lie = lambda asked, answer: with_body(answer, b'{"reason":"mac"}', b"HTTP/1.1 403 Forbidden")
    await side.lead(w.NextStep())
    await until(page, "main", "does not know this phone")
    relay.lie = None
    await page.wait_for_selector("#tabs:not([hidden])")


async def test_names_are_text_and_nothing_else(chromium: Any, side: Side) -> None:
    await side.join("<img src=x onerror=alert(1)>", "<script>")
    tab = await scanned(chromium, side)
    page = tab.page
    await page.click("#tab-people")
    await page.wait_for_selector("[id^=p-]")
    assert "<img src=x onerror=alert(1)>" in await page.inner_text("main")
    assert await page.evaluate("document.querySelectorAll('main img, main script').length") == 0 and tab.wrong == []


async def test_a_button_stays_under_the_finger_while_answers_come_in(chromium: Any, side: Side) -> None:
    await side.lead(w.OpenActivity(activity="c1"))
    page = (await scanned(chromium, side)).page
    box = await page.locator("#close").bounding_box()
    await page.mouse.move(box["x"] + 20, box["y"] + 20)
    await page.mouse.down()
    await side.lead(w.CloseActivity())  # by the clock, say: the button becomes "Reveal"
    await page.wait_for_timeout(1200)
    assert await page.locator("#close").count() == 1
    await page.mouse.up()
    await page.wait_for_selector("#reveal")
    # What was pressed was "Close", and that is what was asked for: never the other thing.
    assert not side.desk.session.runs["c1"][0].revealed


async def test_off_at_the_console_ends_it_at_once(chromium: Any, side: Side) -> None:
    tab = await scanned(chromium, side)
    page = tab.page
    await side.remote.off()
    await until(page, "main", "The remote is off", 15)
    assert await page.evaluate("sessionStorage.length") == 0
    new = Phone(await side.remote.on(), side.remote.port)
    await new.see()
