"""The remote at the console: its code, a phone that takes it, what was refused, and off."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from textual.pilot import Pilot

from fieldkit.cli.console_tools import ConsoleTools
from fieldkit.cli.consoles import Consoles
from fieldkit.lan.server import LanServer
from fieldkit.tui import say
from fieldkit.tui.app import LiveApp
from tests.consoles.remote_kit import Phone
from tests.tui.room import FakeTools, open_room, text_of, until, until_text


@contextlib.asynccontextmanager
async def trainer(
    folder: Path, lang: str = "", first: str = "Your phone can be"
) -> AsyncIterator[tuple[Consoles, Pilot[str]]]:
    """The trainer's terminal on the remote's screen; the remote is off."""
    async with open_room(folder) as room:
        consoles = Consoles(room.desk, LanServer(room.desk), "127.0.0.1")
        tools = FakeTools(folder)
        tools.consoles = ConsoleTools(consoles)
        app = LiveApp(room.desk, tools, lang)
        say.use(lang or "en")
        try:
            async with app.run_test(size=(80, 24)) as pilot:
                await until_text(pilot, "10.42.0.1")
                await pilot.press("C", "r")
                await until_text(pilot, first)
                yield consoles, pilot
        finally:
            await consoles.close()
            say.use("en")


async def paired(consoles: Consoles) -> Phone:
    url = str(consoles.remote()["url"])
    phone = Phone(url, int(url.partition("#")[0].rstrip("/").rpartition(":")[2]))
    await phone.see()
    return phone


async def test_a_code_a_phone_and_off(tmp_path: Path) -> None:
    """n shows the code with what it does not stop; the phone takes it off the screen; D ends it without a question."""
    async with trainer(tmp_path) as (consoles, pilot):
        await pilot.press("n")
        screen = await until_text(pilot, "Scan this with your phone")
        assert "▀▀▀▀▀▀▀" in screen and "open Wi-Fi" in " ".join(screen.split())
        assert consoles.remote()["url"].partition("#")[2] not in screen  # a key is scanned, never read
        phone = await paired(consoles)
        screen = await until_text(pilot, "Your phone is the remote: 127.0.0.1")
        assert "▀▀▀▀▀▀▀" not in screen
        await phone.press("next")
        stranger = Phone("#" + "A" * 43, phone.port)
        for _ in range(2):
            await stranger.send("see", {"n": stranger.next(), "phone": phone.id})
        await until_text(pilot, "2 requests were refused: without the key 2")
        await pilot.press("D")
        await until_text(pilot, "✓ The remote is off.")
        assert consoles.remote()["state"] == "off" and "Your phone can be the remote" in text_of(pilot.app)


async def test_a_new_code_asks_before_the_phone_is_out(tmp_path: Path) -> None:
    async with trainer(tmp_path) as (consoles, pilot):
        await pilot.press("n")
        await until_text(pilot, "Scan this with your phone")
        await paired(consoles)
        await until_text(pilot, "Your phone is the remote")
        await pilot.press("n")
        await until_text(pilot, "Show a new code?")
        await pilot.press("n")
        await until(pilot, lambda: "Show a new code?" not in text_of(pilot.app))
        assert consoles.remote()["state"] == "on"
        await pilot.press("n")
        await until_text(pilot, "Show a new code?")
        await pilot.press("y")
        await until_text(pilot, "Scan this with your phone")


async def test_the_screen_speaks_spanish(tmp_path: Path) -> None:
    async with trainer(tmp_path, "es", "Su teléfono puede ser el mando") as (_consoles, pilot):
        await pilot.press("n")
        await until_text(pilot, "Escanéelo con su teléfono")
