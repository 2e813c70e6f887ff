"""A phone's browser for tests: Chromium on a mapped insecure name, its mistakes collected.

127.0.0.1 is a secure context and hides what a phone lacks, so pages are opened as http://fieldkit.test.
Set FIELDKIT_TEST_SHOTS to a folder to keep a picture of every state.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.kit.browser import ANDROID, CHROMIUM
from tests.lan.conftest import CODE, Room, rooms_in

NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the page was not tried in a browser"),
    pytest.mark.asyncio(loop_scope="session"),
]
"""Of a module that takes `browser`: it runs in the loop of the one Chromium, with `make_room` and `room` from here."""
SHOTS = os.environ.get("FIELDKIT_TEST_SHOTS", "")
SECONDS = 20_000
"""Playwright's patience, in ms; this machine may be busy."""


@pytest_asyncio.fixture(loop_scope="session")
async def make_room(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Room]]]:
    async with rooms_in(tmp_path) as make:
        yield make


@pytest_asyncio.fixture(loop_scope="session")
async def room(make_room: Callable[..., Awaitable[Room]]) -> Room:
    return await make_room()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(one_chromium: Any) -> AsyncIterator[Any]:
    """Chromium without anything of an earlier test: every context a test opens is closed after it."""
    yield one_chromium
    for context in one_chromium.contexts:
        await context.close()


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


async def until(true: Any, seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


async def until_text(page: Any, where: str, text: str) -> None:
    async with asyncio.timeout(20):
        while text not in await page.inner_text(where):
            await asyncio.sleep(0.05)
