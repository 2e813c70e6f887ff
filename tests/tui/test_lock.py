"""The lock: everything goes on and stays visible, keys do nothing, badges are taken, the alarm works."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from fieldkit.core import intents as w
from fieldkit.tui.screens import lock as lock_screen
from fieldkit.tui.screens.lock import LockScreen
from tests.tui.room import Room, live, text_of, until, until_text
from tests.tui.test_people import burst


async def typed(pilot: Pilot[object], code: str) -> None:
    """As a person types: slower than a scanner."""
    for sign in code:
        await pilot.press(sign)
        await pilot.pause(0.05)
    await pilot.press("enter")


async def locked(pilot: Pilot[object], code: str = "ab12") -> None:
    await pilot.press("ctrl+l")
    await until_text(pilot, "Lock this screen with a code")
    await pilot.press(*code, "enter", *code, "enter")
    await until_text(pilot, "LOCKED")


async def test_no_key_does_anything_until_the_code_is_typed(tmp_path: Path) -> None:
    """Neither the keys of the screen nor those of the program, the end and the way out among them."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await locked(pilot)
        before = room.desk.session.saved
        for press in ("n", "space", "E", "y", "escape", "ctrl+q", "ctrl+p", "ctrl+c", "ctrl+t", "w", "question_mark"):
            await pilot.press(press)
            await pilot.pause(0.05)
        assert room.desk.session.saved == before and app.is_running
        assert isinstance(app.screen, LockScreen) and len(app.screen_stack) == 2
        await pilot.press("escape")
        await typed(pilot, "ab13")
        await until_text(pilot, "Not the code.")
        await typed(pilot, "ab12")
        await until(pilot, lambda: not app.lock and len(app.screen_stack) == 1)
        await pilot.press("n")
        await until_text(pilot, "STEP 1/5")


async def test_the_room_goes_on_and_is_seen(tmp_path: Path) -> None:
    """Answers come in and are counted on the locked screen; a click on a key at the bottom is none."""
    async with live(tmp_path) as (room, app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await locked(pilot)
        await room.do(w.OpenActivity(activity="hurt"))
        await until_text(pilot, "answered 0 of 1 present")
        await room.answer(p, "hurt", "c")
        await until_text(pilot, "answered 1 of 1 present")
        saved = room.desk.session.saved
        for y in range(20, 23):
            await pilot.click(offset=(3, y))
        await pilot.pause(0.1)
        assert room.desk.session.saved == saved and isinstance(app.screen, LockScreen)


async def test_badges_are_taken(tmp_path: Path) -> None:
    """By their speed; the code that is being typed is not touched by them."""
    async with live(tmp_path) as (room, app, pilot):
        await locked(pilot)
        await pilot.press("a")
        await pilot.pause(0.1)
        await pilot.press("b")
        await pilot.pause(0.1)
        burst(app, "E1001\r")
        await until(pilot, lambda: room.desk.session.present == 1)
        await typed(pilot, "12")
        await until(pilot, lambda: not app.lock)


async def test_the_alarm_works_and_the_lock_holds_behind_it(tmp_path: Path) -> None:
    """The muster list takes its keys; it is no way out of the program or round the lock."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.NextStep())
        await locked(pilot)
        await pilot.press("exclamation_mark")
        await until_text(pilot, "NOT ACCOUNTED FOR")
        assert room.desk.session.state == "paused"
        for press in ("ctrl+q", "ctrl+p", "ctrl+c"):
            await pilot.press(press)
            await pilot.pause(0.05)
        assert "Muster list" in text_of(app)
        await pilot.press("space", "space")
        await until_text(pilot, "Everybody is accounted for.")
        await pilot.press("g")
        await until_text(pilot, "[y] yes")
        await pilot.press("y")
        await until(pilot, lambda: room.noticed == "Muster: 2 of 2 ticked off.")
        await until_text(pilot, "LOCKED")
        await pilot.press("w")
        await pilot.pause(0.1)
        assert isinstance(app.screen, LockScreen)


async def test_the_code_is_typed_twice_and_has_four_to_eight_signs(tmp_path: Path) -> None:
    """Anything else locks nothing, and Escape gives it up."""
    async with live(tmp_path) as (_room, app, pilot):
        await pilot.press("ctrl+l")
        await until_text(pilot, "Lock this screen with a code")
        await pilot.press(*"abc", "enter")
        await until_text(pilot, "4 to 8 letters or digits, please.")
        await pilot.press("d", "enter", *"abcx", "enter")
        screen = await until_text(pilot, "The two are not the same.")
        assert "abc" not in screen.replace("Lock", ""), "what is typed is not shown"
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.lock == ""


async def test_after_three_wrong_codes_one_waits(tmp_path: Path) -> None:
    """The right one is not taken meanwhile."""
    async with live(tmp_path) as (_room, app, pilot):
        await locked(pilot)
        for _ in range(lock_screen.TRIES):
            await typed(pilot, "wrong")
        await until_text(pilot, "Not the code. Wait ten seconds.")
        await typed(pilot, "ab12")
        await pilot.pause(0.1)
        assert app.lock


async def ended(room: Room) -> None:
    await room.do(w.NextStep())
    await room.do(w.End())


async def test_a_session_that_ends_elsewhere_leaves_the_lock_on_top(tmp_path: Path) -> None:
    """The trainer's phone may end it; the summary comes with the code, and so does an opening again."""
    async with live(tmp_path) as (room, app, pilot):
        await locked(pilot)
        await ended(room)
        await until(pilot, lambda: app.view.state == "ended")
        assert isinstance(app.screen, LockScreen)
        await room.do(w.Reopen(why="mistake"))
        await until(pilot, lambda: app.view.state != "ended")
        assert isinstance(app.screen, LockScreen)
        await room.do(w.End())
        await until(pilot, lambda: app.view.state == "ended")
        await typed(pilot, "ab12")
        await until(pilot, lambda: type(app.screen).__name__ == "SummaryScreen")
        assert len(app.screen_stack) == 2


async def test_the_lock_covers_names_and_what_is_right(tmp_path: Path) -> None:
    """Until the room sees the result; how many have answered stays. The muster list has the names."""
    async with live(tmp_path) as (room, app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="hurt"))
        await room.answer(p, "hurt", "c")
        await room.do(w.RaiseHand(up=True), p)
        await room.do(w.CloseActivity(activity="hurt"))
        await until_text(pilot, "✓ right")
        await until_text(pilot, "HANDS 1 Ana Ruiz")
        await locked(pilot)
        await until(pilot, lambda: "Ana Ruiz" not in text_of(app) and "✓ right" not in text_of(app))
        screen = text_of(app)
        assert "answered 1 of 1 present" in screen and "right 1 of 1" not in screen and "HANDS 1 person 1" in screen
        assert "C ▲ Gravity" in screen and "ram drift" not in screen
        await room.do(w.Reveal(activity="hurt"))
        await until_text(pilot, "✓ right")
        await pilot.press("exclamation_mark")
        await until_text(pilot, "NOT ACCOUNTED FOR")
        await until_text(pilot, "Ana Ruiz")
        await pilot.press("escape")
        await until(pilot, lambda: "LOCKED" in text_of(app) and "Ana Ruiz" not in text_of(app))
        await typed(pilot, "ab12")
        await until(pilot, lambda: not app.lock and not app.bridge.covered)
        assert app.view.people[0].name == "Ana Ruiz"
