"""A worker at head office's page `/learn` in Chromium, on a phone and on the narrowest one: enters, answers with taps
and keys, goes back, reloads, leaves; every sort of question; axe in both themes."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fieldkit.sync.central.server import CentralServer, certificate
from tests.kit.browser import CHROMIUM
from tests.kit.central import Office
from tests.lan.test_office_pages import Sight, tab
from tests.sync.learning import code, later, trained
from tests.sync.served import new_certificate
from tests.sync.test_desk_log import with_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the page was not tried in a browser"),
    pytest.mark.asyncio(loop_scope="session"),
]


@contextlib.asynccontextmanager
async def learning_at(folder: Path, days: float) -> AsyncIterator[tuple[str, str]]:
    """Head office on TLS, so many days after a session; its address, and a code."""
    office = await Office.make(folder)
    with_desk(office)
    log = await trained(office)
    office.now = later(days)
    server = CentralServer(office.home, lambda: office.now)
    sock = socket.create_server(("127.0.0.1", 0))
    sock.setblocking(False)
    await server.start(sock, certificate(*new_certificate(folder)))
    try:
        yield f"https://127.0.0.1:{server.port}", code(log)
    finally:
        await server.stop()


async def come_in(at: Sight, url: str, receipt: str, badge: str = "E745738") -> None:
    await at.page.goto(f"{url}/learn?code={receipt}")
    await at.page.fill("input[name=badge]", badge)
    await at.page.click("main button")


async def test_three_days_later_on_a_phone(one_chromium: Any, tmp_path: Path) -> None:
    async with learning_at(tmp_path, 3.4) as (url, receipt):
        at = await tab(one_chromium, "learn", 360, 640, "light", "en-US")
        page = at.page
        await page.goto(f"{url}/learn?code={receipt}")
        await at.look("in")
        await come_in(at, url, receipt, "E2")
        assert "do not belong together" in await page.inner_text("[role=alert]")
        await come_in(at, url, receipt)
        await page.click("main a.go")
        await page.click("label:has-text('Nothing')")
        await page.click("label:has-text('I am sure') >> nth=0")
        await page.click("main button")
        assert "✕ Your answer is not right." in await page.inner_text("[role=status]")
        await at.look("told")
        told = page.url
        await page.reload()  # sends nothing again
        assert page.url == told and "You answered" in await page.inner_text("main")
        await page.go_back()
        await page.reload()
        assert "Question 2 of 2" in await page.inner_text("main"), "who goes back finds what is still to be answered"
        await page.goto(told)
        await page.click("main a.go")
        await page.focus("input[value=true]")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        assert "Saved." in await page.inner_text("[role=status]") and "right" not in await page.inner_text("main")
        await page.click("main a.go")
        assert "All 2 answers are saved" in await page.inner_text("[role=status]")
        await page.click("header button")
        assert await page.locator("input[name=badge]").count() == 1
        await page.go_back()
        assert "E745738" not in await page.content() and "Álvarez" not in await page.content()
        assert [one for one in at.wrong if "429" not in one] == []
        await page.context.close()


async def test_every_sort_of_question_on_the_narrowest_phone_in_spanish(one_chromium: Any, tmp_path: Path) -> None:
    async with learning_at(tmp_path, 15) as (url, receipt):
        at = await tab(one_chromium, "learn-narrow", 320, 640, "dark", "es-MX")
        page = at.page
        await come_in(at, url, receipt)
        assert "Responder 12 preguntas" in await page.inner_text("main")
        await at.look("open")
        s = (await page.get_attribute("main a.go", "href") or "").partition("s=")[2]
        for k, (a, control) in enumerate(
            (("lift", "Lo sé"), ("many", "Elija todas"), ("steps", "1."), ("own", "nombre"))
        ):
            await page.goto(f"{url}/learn?s={s}&a={a}")
            assert control in await page.inner_text("main")
            if k != 1:
                await at.look(a)
        await page.fill("textarea", "Candado")
        await page.click("main button")
        assert "Guardado." in await page.inner_text("[role=status]")
        assert await page.input_value("textarea") == "Candado", "it may be changed as long as it is open"
        assert at.wrong == []
        await page.context.close()
