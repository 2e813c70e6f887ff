"""Head office's answers on the screen after the end: a row, Enter, question and answer; whatever stands in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.cli.tools import RoomTools
from fieldkit.errors import FieldkitError
from fieldkit.tui.answerline import AnswerLine
from fieldkit.tui.panels.sent import answered_words
from fieldkit.tui.screens.answers import AnswersScreen
from tests.tui.afterkit import after, held, training
from tests.tui.hostile import PAYLOADS
from tests.tui.room import text_of, until, until_text
from tests.tui.test_after import go_to, row_of

ONE = AnswerLine(
    question="Who pays for the lock?", text="Head office.", by="Dr. Ö", at="2026-11-29 09:00", office="acme.example"
)
LONG = AnswerLine(
    question="q" * 4000, text="Two locks. " * 180, closed=True, office="acme.example", at="2026-11-29 09:00"
)


class Told(RoomTools):
    found: list[AnswerLine] = []
    wrong = False

    async def answers(self) -> list[AnswerLine]:
        if self.wrong:
            raise FieldkitError("It cannot be read.", "")
        return self.found


@pytest.mark.parametrize("size", [(80, 24), (60, 18)])
async def test_a_row_says_that_they_came_and_enter_shows_them(tmp_path: Path, size: tuple[int, int]) -> None:
    async with after(tmp_path, training()) as x:
        await held(x)
        x.app.tools = tools = Told(x.room, documents=False)
        tools.found = [ONE, LONG]
        async with x.app.run_test(size=size) as pilot:
            screen = await until_text(pilot, "2 questions were answered by head office")
            assert row_of(screen, "answered by head office").rstrip(" ▁▂▃▄▅▆▇█").endswith("read them")
            await go_to(pilot, "answered by head office")
            await pilot.press("enter")
            screen = await until_text(pilot, "Answers of head office")
            assert "Who pays for the lock?" in screen and "Head office." in screen
            assert "Dr. Ö, head office acme.example, 2026-11-29 09:00" in screen
            assert all(len(line) <= size[0] for line in screen.split("\n"))
            await pilot.press("end")
            await pilot.pause()
            assert all(len(line) <= size[0] for line in text_of(x.app).split("\n"))
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(x.app.screen, AnswersScreen))


async def test_hostile_words_are_text_and_what_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    async with after(tmp_path, training()) as x:
        await held(x)
        x.app.tools = tools = Told(x.room, documents=False)
        tools.found = [AnswerLine(question=p, text=p, by=p, at=p, office=p) for p in PAYLOADS]
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "answered by head office")
            await go_to(pilot, "answered by head office")
            await pilot.press("enter")
            screen = await until_text(pilot, "Answers of head office")
            assert not any(sign in screen for sign in ("\x1b", "\x07", "\u202e", "\x9b"))
            for _ in range(len(PAYLOADS)):
                await pilot.press("down")
            await pilot.press("escape")
            await until_text(pilot, "STILL TO DO")
            tools.wrong = True
            x.app.screen._look_again()  # type: ignore[attr-defined]
            await until(pilot, lambda: "answered by head office" not in text_of(x.app))
            assert "STILL TO DO" in text_of(x.app)


def test_a_trip_says_how_many_came() -> None:
    assert answered_words(0) == []
    assert answered_words(1) == ["1 question of your sessions was answered. Open the session to read it."]
    assert "2 questions of your sessions were answered." in answered_words(2)[0]
