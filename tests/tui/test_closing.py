"""Moments between two pictures: a screen that was closed and is asked to draw, a list that was not laid out yet."""

from __future__ import annotations

from pathlib import Path

from textual.command import CommandList

from fieldkit.tui.palette import Palette
from fieldkit.tui.screens.confirm import Confirm
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


async def test_escape_for_a_covered_box_closes_nothing(tmp_path: Path) -> None:
    """The key was pressed before an alarm's list came up over the box."""
    async with live(tmp_path) as (_room, app, pilot):
        below, above = Confirm("Below?"), Confirm("Above?")
        app.push_screen(below)
        app.push_screen(above)
        await until(pilot, lambda: above.is_mounted)
        below.action_cancel()
        await pilot.pause()
        assert app.screen is above and below in app.screen_stack


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


async def test_commands_are_searched_for_and_not_after_the_search_is_closed(tmp_path: Path) -> None:
    async with live(tmp_path) as (_room, app, pilot):
        await pilot.press("ctrl+p", *"alarm")
        await until(pilot, lambda: app.screen.query_one(CommandList).option_count > 0)
        palette = app.screen
        assert isinstance(palette, Palette)
        await palette.query(CommandList).remove()
        palette._gather_commands("x")
        await pilot.pause(0.1)
        assert app.mistake is None
