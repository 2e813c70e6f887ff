"""What a terminal that is used for hours keeps in memory."""

from __future__ import annotations

import gc
from pathlib import Path

from textual._styles_cache import StylesCache

from tests.tui.room import live, until_text


def drawn() -> int:
    """Caches of drawn lines that somebody still holds."""
    gc.collect()
    return sum(type(x) is StylesCache for x in gc.get_objects())


async def test_the_lines_of_closed_screens_are_let_go(tmp_path: Path) -> None:
    """Going through the screens for eight hours would hold the lines of a thousand widgets that nobody sees."""
    async with live(tmp_path) as (_, app, pilot):
        held = []
        for _turn in range(5):
            await pilot.press("question_mark")
            await until_text(pilot, "All keys here")
            await pilot.press("escape")
            await until_text(pilot, "NOTES")
            await pilot.pause()
            held.append(drawn())
        assert len(app.screen_stack) == 1
        assert held[-1] - held[1] <= 3, held
