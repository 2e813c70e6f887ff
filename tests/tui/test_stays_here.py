"""What is typed goes where it is meant: refused entries stay in their dialog, scans ask for a name on the spot."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core import intents as w
from fieldkit.tui.safe import Field
from fieldkit.tui.screens.ask import AskBox
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.screens.live import LiveScreen
from fieldkit.tui.screens.people import PeopleScreen
from fieldkit.tui.screens.sheet import SheetScreen
from tests.tui.room import live, text_of, until, until_text


async def test_an_unknown_badge_scanned_among_the_people_asks_for_its_name_there(tmp_path: Path) -> None:
    """What is typed is the name and no key of the list; a scan meanwhile is a badge, asked about next; Esc gives up."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, PeopleScreen))
        app._scanned("4105")
        await until_text(pilot, "Nobody here has the badge 4105. Whose is it?")
        assert "[enter] check in" in text_of(pilot.app)
        app.screen.query_one(Field).value = "4106"
        await pilot.press("enter")
        await until(pilot, lambda: len(app.screen_stack[0].query_one("Door").unknown) == 2)  # type: ignore[attr-defined]
        assert app.screen.query_one(Field).value == ""
        await pilot.press(*"Paul", "enter")
        await until_text(pilot, "Nobody here has the badge 4106. Whose is it?")
        await pilot.press("escape")
        screen = await until_text(pilot, "Not checked in: nobody knows this badge.")
        assert "Paul" in screen
        people = {p.name: (p.badge, p.mark) for p in room.desk.room_view().people}
        assert people["Paul"] == ("4105", "") and people["Ana Ruiz"][1] == ""


async def test_what_the_rules_refuse_stays_in_the_dialog(tmp_path: Path) -> None:
    """An empty line, and a question with one choice: the reason stands in the dialog, and then it is taken."""
    async with live(tmp_path) as (room, app, pilot):
        await room.do(w.NextStep())
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, LineBox))
        await pilot.press("enter")
        screen = await until_text(pilot, "Type it, or press Esc.")
        assert "[enter] tell the room" in screen and "[esc] back" in screen
        await pilot.press(*"Hats on", "enter")
        await until(pilot, lambda: room.noticed == "Hats on")
        await until(pilot, lambda: isinstance(app.screen, LiveScreen))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, AskBox))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen.query_one("#missing").size.height > 0 and bool(app.focused))
        assert isinstance(app.screen, AskBox)
        await pilot.press(*"Ready?", "enter", *"Yes", "enter", "enter")
        await until_text(pilot, "One choice is none")
        await pilot.press(*"No", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, LiveScreen))
        assert [line.text for line in room.desk.room_view().open] == ["Ready?"]


async def test_typing_takes_the_place_of_what_stands_in_a_line_and_an_arrow_keeps_it(tmp_path: Path) -> None:
    async with live(tmp_path) as (_room, app, pilot):
        for keys, value in ((("1", "5"), "15"), (("right", "5"), "125")):
            app.push_screen(LineBox("How many?", value="12"))
            await until(pilot, lambda: isinstance(app.focused, Field) and not app.focused.selection.is_empty)
            await pilot.press(*keys)
            assert app.screen.query_one(Field).value == value
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, LiveScreen))


async def test_written_answers_are_in_the_discussion_and_messages_go_to_the_expert(tmp_path: Path) -> None:
    """`d` is offered when there is something; all stand there; a message is parked, an answer cannot be hidden."""
    async with live(tmp_path) as (room, _app, pilot):
        people = [await room.join(f"Worker {k}", f"W{k}") for k in range(14)]
        await room.do(w.OpenActivity(activity="ticket"))
        assert "[d]" not in text_of(pilot.app)
        for k, p in enumerate(people):
            await room.answer(p, "ticket", text=f"lock number {k}")
        await until_text(pilot, "more: press d")
        await pilot.press("d")
        screen = await until_text(pilot, "WRITTEN ANSWERS, round 1: What will you do")
        assert "14 answers" in screen and all(f"lock number {k}" in screen for k in range(14))
        await pilot.press("h")
        await until_text(pilot, "One answer cannot be hidden or pinned")
        await room.do(w.OpenActivity(activity="talk"))
        await room.do(w.PutSay(activity="talk", text="Who checks the gauge?"), people[0])
        await until_text(pilot, "1 message")
        await pilot.press("home", "x")
        await until_text(pilot, "✓ Kept for the expert.")
        assert "for the expert" in await until_text(pilot, "Who checks the gauge?")
        assert [s.text for s in room.desk.room_view().parked] == ["Who checks the gauge?"]


async def test_what_was_said_goes_when_it_is_over_or_with_escape(tmp_path: Path) -> None:
    """ "Open" goes when the time has closed the question; a refusal goes with Esc; going somewhere comes back."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, SheetScreen))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, LiveScreen))
        await until_text(pilot, " ✓ ")
        await until(pilot, lambda: bool(app.view.open))
        await pilot.pause(1.3)
        assert " ✓ " in text_of(pilot.app)
        await room.do(w.CloseActivity(activity=app.view.open[0].activity))
        await until(pilot, lambda: " ✓ " not in text_of(pilot.app))
        await pilot.press("p")
        await until_text(pilot, " ✕ ")
        await pilot.press("escape")
        await until(pilot, lambda: " ✕ " not in text_of(pilot.app))
