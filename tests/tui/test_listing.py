"""What the screens that are lists have in common."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core import intents as w
from fieldkit.tui.safe import Pick
from tests.tui.room import ROSTER, live, text_of, until, until_text


async def test_a_click_on_a_row_does_what_enter_does(tmp_path: Path) -> None:
    """Here it takes the second hand down; in the muster list, whose key is space, it ticks off."""
    async with live(tmp_path) as (room, _app, pilot):
        people = [await room.join(name, badge) for badge, name in ROSTER[:3]]
        for p in people:
            await room.do(w.RaiseHand(up=True), p)
        await pilot.press("H")
        await until_text(pilot, "3 hands are up")
        await pilot.click(Pick, offset=(5, 2))
        await until(pilot, lambda: list(room.desk.session.hands) == [people[0], people[2]])
        await pilot.press("escape", "exclamation_mark")
        await until_text(pilot, "0 of 4 ticked off")
        await pilot.press("enter")
        assert "[x] Ana Ruiz" in await until_text(pilot, "1 of 4 ticked off")


async def test_a_list_in_a_narrow_terminal_is_still_a_list(tmp_path: Path) -> None:
    """Cut on the right; every screen that is one."""
    async with live(tmp_path, size=(40, 20)) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("w")
        await until_text(pilot, "▸ Ana")
        for key in ("S", "escape", "escape", "s", "escape", "t", "escape", "Q", "escape", "d", "escape", "q", "j"):
            await pilot.press(key)
            await pilot.pause(0.1)
            assert all(len(line) <= 40 for line in text_of(app).split("\n")), key
