"""The tablet for everybody without a phone: made, watched and taken back from the terminal."""

from __future__ import annotations

from pathlib import Path

from fieldkit.errors import FieldkitError
from tests.tui.room import FakeTools, live, text_of, until, until_text


async def test_the_kiosk_is_offered_once_and_taken_back_after_a_question(tmp_path: Path) -> None:
    """q, k, n: the address with its code; when the tablet has opened it, it is gone from the screen."""
    async with live(tmp_path) as (_room, app, pilot):
        tools = app.tools
        assert isinstance(tools, FakeTools)
        await pilot.press("q", "k")
        await until_text(pilot, "There is no kiosk.")
        tools.trouble = FieldkitError("The disk is full.", "Free 200 MB.")
        await pilot.press("n")
        await until_text(pilot, "✕ The disk is full.")
        tools.trouble = None
        await pilot.press("n")
        screen = await until_text(pilot, "This address works once.")
        assert "http://10.42.0.1/kiosk?t=once" in screen and "▀▀▀▀▀▀▀" in screen
        tools.kiosk_is = "on"
        await until_text(pilot, "The kiosk is connected.")
        assert "kiosk?t=" not in text_of(app), "an address that was used is no address"
        tools.kiosk_is = "away"
        await until_text(pilot, "The kiosk is silent")
        await pilot.press("D")
        await until_text(pilot, "Take the kiosk back?")
        await pilot.press("n")
        await until(pilot, lambda: "Take the kiosk back?" not in text_of(app))
        assert tools.kiosk_is == "away"
        await pilot.press("D")
        await until_text(pilot, "Take the kiosk back?")
        await pilot.press("y")
        await until_text(pilot, "✓ The kiosk is taken back.")
        await pilot.press("D")
        await until_text(pilot, "Take the kiosk back?")
        await pilot.press("y")
        await until_text(pilot, "✕ There was no kiosk.")


async def test_an_address_that_waits_is_shown_at_once_and_the_walls_on_one_line(tmp_path: Path) -> None:
    """Whoever made it, here or by `fieldkit ctl`; both begin at the first cell, so that a mouse takes them."""
    async with live(tmp_path) as (_room, app, pilot):
        assert isinstance(app.tools, FakeTools)
        app.tools.kiosk_is = "offered"
        await pilot.press("q")
        screen = await until_text(pilot, "Projector")
        assert "http://10.42.0.1/wall?t=abcdefghijkl" in screen.splitlines()
        await pilot.press("k")
        screen = await until_text(pilot, "The address waits for a tablet.")
        assert "http://10.42.0.1/kiosk?t=once-and-never-again" in screen.splitlines() and "▀▀▀▀▀▀▀" in screen
