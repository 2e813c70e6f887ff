"""More time for the open question, by the terminal's keys and its palette."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core import intents as w
from tests.tui.room import live, text_of, until, until_text


async def test_more_time_and_none_at_all_for_the_open_question(tmp_path: Path) -> None:
    """m, M, and the palette by what people call it; who does not need it does not see it below."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        for key in ("m", "M"):
            await pilot.press(key)
            await until_text(pilot, "✕ Nothing is open.")
            await pilot.press("q")
            await pilot.press("escape")
        await room.do(w.OpenActivity(activity="hurt"))
        assert "[m]" not in await until_text(pilot, "OPEN  The breaker")
        await pilot.press("m")
        await until_text(pilot, "✓ It closes in 30 seconds.")
        await until(pilot, lambda: "[m] more time" in text_of(app) and "choice  round 1  0:30" in text_of(app))
        await pilot.press("m")
        await until_text(pilot, "✓ 30 seconds more.")
        await until_text(pilot, "choice  round 1  1:00")
        await pilot.press("M")
        await until_text(pilot, "It stays open until you close it.")
        await until(pilot, lambda: "1:00" not in text_of(app) and "[m]" not in text_of(app))
        await pilot.press("ctrl+p")
        await pilot.press(*"countdown")
        await until_text(pilot, "more time  [m]")
        await pilot.press("escape")
        assert room.desk.session.runs["hurt"][0].until is None
        await pilot.press("f")
        await until_text(pilot, "closed  The breaker")
        await pilot.press("m")
        await until_text(pilot, "✕ Nothing is open.")
        assert [x.k for x in await room.desk.store.records()].count("activity.extend") == 3
