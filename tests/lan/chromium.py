"""A phone's browser for tests: Chromium on a mapped insecure name, its mistakes collected.

127.0.0.1 is a secure context and hides what a phone lacks, so pages are opened as http://fieldkit.test.
Set FIELDKIT_TEST_SHOTS to a folder to keep a picture of every state.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.lan.conftest import CODE, Room

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the page was not tried in a browser"),
]
SHOTS = os.environ.get("FIELDKIT_TEST_SHOTS", "")
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
)
SECONDS = 8_000
"""Playwright's patience, in ms; this machine may be busy."""


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as play:
        args = ["--no-sandbox", "--disable-background-networking", "--host-resolver-rules=MAP fieldkit.test 127.0.0.1"]
        chromium = await play.chromium.launch(executable_path=CHROMIUM, args=args)
        yield chromium
        await chromium.close()


class Tab:
    """A page with its mistakes collected."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: self._said(said))
        page.set_default_timeout(SECONDS)

    def _said(self, said: Any) -> None:
        # A laptop that is away makes the browser complain; that is what these tests do to it.
        if said.type == "error" and "net::ERR" not in said.text and "401" not in said.text:
            self.wrong.append(said.text)

    async def shot(self, name: str) -> None:
        if SHOTS:
            await self.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


async def open_tab(browser: Any, *, script: bool = True, width: int = 360, **more: Any) -> Tab:
    context = await browser.new_context(
        viewport={"width": width, "height": 640}, java_script_enabled=script, user_agent=ANDROID, **more
    )
    return Tab(await context.new_page())


def at(room: Room, path: str = "/") -> str:
    return f"http://fieldkit.test:{room.lan.port}{path}"


async def come_in(tab: Tab, room: Room, name: str = "Maria López") -> None:
    await tab.page.goto(at(room, f"/{CODE.lower()}"))
    await tab.page.fill("input[name=name]", name)
    await tab.page.click("button.go")
    await tab.page.wait_for_selector("#b-wait")


async def until(true: Any, seconds: float = 8.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


async def until_text(page: Any, where: str, text: str) -> None:
    async with asyncio.timeout(8):
        while text not in await page.inner_text(where):
            await asyncio.sleep(0.05)
