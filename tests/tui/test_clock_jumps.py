"""The wall clock is set while a session is live, the laptop sleeps and wakes: the screen says what is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from fieldkit.core import intents as w
from fieldkit.core.plan import Plan
from tests.tui.room import live, plan, text_of, until, until_text

MIN = 60_000
YEAR = 365 * 24 * 60 * MIN


def timed() -> Plan:
    """Its question closes by itself after a minute and a half."""
    made = plan()
    return replace(made, activities=[replace(x, seconds=90) if x.id == "hurt" else x for x in made.activities])


@pytest.mark.parametrize("jump", [YEAR, -YEAR], ids=["a year on", "a year back"])
async def test_a_wall_clock_that_is_set_changes_nothing_on_the_screen(tmp_path: Path, jump: int) -> None:
    """No minute passes, no timer runs out, nobody is said to be idle; what is done afterwards is recorded."""
    async with live(tmp_path, made=timed()) as (room, app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.NextStep())
        await room.do(w.OpenActivity(activity="hurt"))
        room.clock.advance(2 * MIN // 4)
        await until_text(pilot, "1:00")
        before = text_of(app).splitlines()
        room.clock.jump_wall(jump)
        await pilot.pause(1.3)  # its clock has ticked
        after = text_of(app).splitlines()
        assert after[0] == before[0], "the minutes of the session"
        assert app.view.nudges == [] and app.view.open[0].left_ms == 60_000
        assert app.view.people[0].status == "in"
        await room.answer(p, "hurt", "c")
        await until_text(pilot, "answered 1 of 1 present")
        await pilot.press("f")
        await until(pilot, lambda: not room.desk.room_view().open)


async def test_after_a_sleep_the_screen_says_how_late_it_is(tmp_path: Path) -> None:
    """An hour asleep is an hour of the session: a timer that ran out has closed, the plan is behind, and it is said."""
    async with live(tmp_path, made=timed()) as (room, app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.NextStep())
        await room.do(w.OpenActivity(activity="hurt"))
        await until_text(pilot, "1:30")
        room.clock.advance(60 * MIN)
        room.desk.pulse_changed()
        await until(pilot, lambda: "1:00:0" in text_of(app).splitlines()[0], "the minutes of the session")
        assert "behind" in text_of(app).splitlines()[0]
        assert not app.view.open or app.view.open[0].left_ms == 0
        await pilot.press("a")
        await until_text(pilot, "Ask")
        await pilot.press("escape")
        await room.do(w.RaiseHand(up=True), p)
        await until_text(pilot, "HANDS 1")
