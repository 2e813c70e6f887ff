"""Moments between two pictures: a screen that was closed and is asked to draw, a list that was not laid out yet."""

from __future__ import annotations

from pathlib import Path

from textual.command import CommandList

from fieldkit.tui.palette import Palette
from fieldkit.tui.screens.people import PeopleScreen
from tests.tui.room import live, until


async def test_a_closed_screen_draws_nothing(tmp_path: Path) -> None:
    """Its parts go before itself; a redraw that was asked for comes in between."""
    async with live(tmp_path) as (_room, app, pilot):
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, PeopleScreen))
        screen = app.screen
        assert isinstance(screen, PeopleScreen)
        await screen.query("*").remove()
        app.pop_screen()
        screen.redraw()
        await pilot.pause()
        assert app.mistake is None


async def test_a_page_key_before_the_list_of_commands_is_laid_out(tmp_path: Path) -> None:
    async with live(tmp_path) as (_room, app, pilot):
        app.push_screen(Palette())
        await until(pilot, lambda: bool(app.screen.query(CommandList)))
        found = app.screen.query_one(CommandList)
        found.add_option("one")
        found._index_to_line.clear()
        assert isinstance(app.screen, Palette)
        app.screen._action_command_list("page_down")
        assert app.mistake is None
