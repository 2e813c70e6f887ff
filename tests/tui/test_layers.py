"""Screens lie upon each other: each goes once, takes nothing else with it, and keys find it whole or not at all."""

from __future__ import annotations

from pathlib import Path

from textual import events

from fieldkit.core import intents as w
from fieldkit.tui.panels.door import Door
from fieldkit.tui.screens.carry import SixWords
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.live import LiveScreen
from fieldkit.tui.screens.muster import MusterScreen
from fieldkit.tui.screens.people import PeopleScreen
from tests.tui.room import live, until, until_text

WORDS = "logo sari soft inn outside educate"


async def test_a_dialog_that_is_closed_twice_takes_nothing_else_with_it(tmp_path: Path) -> None:
    """As a double click does."""
    async with live(tmp_path) as (_room, app, pilot):
        box, answers = Confirm("Sure?"), list[bool | None]()
        app.push_screen(PeopleScreen())
        app.push_screen(box, answers.append)
        await until(pilot, lambda: app.screen is box and box.is_mounted)
        box.dismiss(True)
        box.dismiss(True)
        await pilot.pause()
        assert answers == [True]
        assert [type(x) for x in app.screen_stack] == [LiveScreen, PeopleScreen]


async def test_what_ends_below_another_goes_when_that_one_has_gone(tmp_path: Path) -> None:
    async with live(tmp_path) as (_room, app, pilot):
        box, answers = Confirm("Sure?"), list[bool | None]()
        app.push_screen(box, answers.append)
        app.push_screen(PeopleScreen())
        await until(pilot, lambda: isinstance(app.screen, PeopleScreen) and app.screen.is_mounted)
        box.dismiss(False)
        await pilot.pause()
        assert isinstance(app.screen, PeopleScreen) and not answers
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert answers == [False]


async def test_keys_come_before_and_after_what_they_are_for(tmp_path: Path) -> None:
    """A screen that is pushed and closed in one breath, keys in between: nothing ends, nothing is left."""
    async with live(tmp_path) as (_room, app, pilot):
        for opens in ("w", "question_mark", "ctrl+p", "b", "x", "k"):
            for key in (opens, "slash", "enter", "escape", "escape", "escape"):
                app.post_message(events.Key(key, None))
            for key in ("escape", "escape", "escape"):
                await pilot.press(key)
            await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.is_running and app._exception is None


async def test_back_clears_the_search_and_then_goes(tmp_path: Path) -> None:
    """Two presses, however fast."""
    async with live(tmp_path) as (_room, app, pilot):
        app.push_screen(PeopleScreen(search="nobody"))
        await until_text(pilot, "SEARCH")
        for _press in range(2):
            app.post_message(events.Key("escape", None))
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_a_search_that_comes_back_late_lies_on_nothing(tmp_path: Path) -> None:
    """Something else was opened while the door asked whether it is a badge."""
    async with live(tmp_path) as (_room, app, pilot):
        await pilot.press("b", *"Ann")
        await pilot.press("enter")
        app.push_screen(Confirm("Sure?"))
        await pilot.pause(0.3)
        assert isinstance(app.screen, Confirm)


async def test_an_alarm_does_not_lose_the_six_words(tmp_path: Path) -> None:
    """They are shown once: neither a second alarm key nor the all-safe of somebody else takes them away."""
    async with live(tmp_path) as (room, app, pilot):
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, MusterScreen) and room.desk.room_view().alarm is not None)
        app.push_screen(SixWords(WORDS))
        await until_text(pilot, "educate")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, MusterScreen))
        assert any(isinstance(x, SixWords) for x in app.screen_stack)
        await room.do(w.Resume(safe=True))
        await until(pilot, lambda: isinstance(app.screen, SixWords))
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_a_door_that_is_shut_as_it_opens_takes_no_keys(tmp_path: Path) -> None:
    """Both keys are taken up at once on a busy laptop: the field that is not shown does not get what is typed."""
    async with live(tmp_path) as (room, app, pilot):
        door = app.screen.query_one(Door)
        for _turn in range(5):
            door.open()
            door.shut()
            await pilot.pause(0.1)
            assert app.focused is None
        await pilot.press("n")
        await until(pilot, lambda: room.desk.session.segment is not None)


async def test_what_misses_its_parts_while_the_program_ends_keeps_it_from_nothing(tmp_path: Path) -> None:
    """Home was left with a wish while a form was still reading: it reads on, and its widgets have gone by then."""
    async with live(tmp_path) as (_room, app, pilot):
        box = Confirm("Sure?")
        app.push_screen(box)
        await until(pilot, lambda: box.is_mounted)

        async def late() -> None:
            app.exit("left")
            box.query_one("#nothing")

        box.run_worker(late())
        await until(pilot, lambda: app.leaving)
        await pilot.pause(0.1)
        assert app._exception is None and app.return_value == "left"
