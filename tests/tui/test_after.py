"""The summary after the end, on a real room with real files: what it says, and that Enter mends each loose end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from fieldkit.cli.tools import RoomTools
from fieldkit.core import intents as w
from fieldkit.core.after_view import loose_ends
from fieldkit.core.attendance import attendance
from fieldkit.core.plan import Activity
from fieldkit.sync.outbox import Carried, Outbox
from fieldkit.tui.screens.help import HelpScreen
from fieldkit.tui.screens.summary import SummaryScreen
from tests.tui.afterkit import After, after, held, training
from tests.tui.room import ROSTER, text_of, until, until_text

TITLE = "Lockout/Tagout refresher"


def row_of(screen: str, words: str) -> str:
    """The line of the screen that has these words."""
    return next(line for line in screen.split("\n") if words in line)


def kinds(x: After) -> list[str]:
    return [end.kind for end in loose_ends(x.room.desk.session, "en")]


async def go_to(pilot, words: str) -> None:  # type: ignore[no-untyped-def]
    """Put the cursor on the row with these words."""
    await pilot.press("home")
    for _ in range(14):
        await pilot.pause()
        if words in row_of(text_of(pilot.app), "▸"):
            return
        await pilot.press("down")
    raise AssertionError(text_of(pilot.app))


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_summary_says_what_was_and_what_is_left(tmp_path: Path, size: tuple[int, int]) -> None:
    """Attendance as the table counts it, minutes by segment, right answers, every loose end, and the keys."""
    async with after(tmp_path, training(), title=TITLE, expected=ROSTER) as x:
        await held(x)
        async with x.app.run_test(size=size) as pilot:
            screen = await until_text(pilot, "STILL TO DO")
            rows = attendance(x.room.desk.session)
            n = {status: sum(row.status == status for row in rows) for status in ("present", "left_early", "absent")}
            assert f"present {n['present']}, left early {n['left_early']}, absent {n['absent']}" in screen
            assert "4 of 5 expected, and 2 more" in screen and "45:00 of 45:00" in screen
            assert re.search(r"What can hurt you +10 +12 ", screen)
            assert re.search(r"20 → 60 % +3 of 5", screen)
            assert "by nobody yet" in screen
            for words, what in (
                ("2 answers of people who were taken out", "make them void"),
                ("Show the lockout: 5 people", "judge them"),
                ("1 badge is on no list  Strange Badge", "who it is"),
                ("1 person came without a badge  No Badge", "who it is"),
                ("1 question waits for the expert", "take them along"),
                ("2 questions were not answered", "take them along"),
                ("1 result was not shown to the room", "look at them"),
                ("Nobody has signed this session yet", "sign it"),
                ("Everything is on this laptop and nowhere else", "carry it"),
            ):
                assert row_of(screen, words).rstrip(" ▁▂▃▄▅▆▇█").endswith(what), words
            assert all(len(line) <= size[0] for line in screen.split("\n"))
            assert "[esc] done" in screen and "[enter] see to it" in screen
            await pilot.press("end")
            screen = await until_text(pilot, "▸ 5 people were not checked out")
            assert row_of(screen, "5 people were not checked out").rstrip().endswith("when they left")
            assert screen.index("That can wait") < screen.index("NOTHING HAS TO BE DONE ABOUT")


async def test_answers_of_who_was_taken_out_are_made_void(tmp_path: Path) -> None:
    """Enter, yes: two amendments, the share changes, the row is gone."""
    async with after(tmp_path, training(), expected=ROSTER) as x:
        await held(x)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await go_to(pilot, "taken out")
            await pilot.press("enter")
            await until_text(pilot, "Make 2 answers void?")
            await pilot.press("y")
            await until(pilot, lambda: "removed-answers" not in kinds(x))
            await until(pilot, lambda: "taken out" not in text_of(x.app))
            assert re.search(r"25 → 75 % +3 of 4", text_of(x.app))
            assert [a.do for a in x.room.desk.session.amendments] == ["void", "void"]


async def test_who_was_not_checked_out_gets_a_time(tmp_path: Path) -> None:
    """Enter shows only them; o asks how many minutes before the end; letters are refused; the table follows."""
    async with after(tmp_path, training(), expected=ROSTER) as x:
        people = await held(x)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await go_to(pilot, "not checked out")
            await pilot.press("enter")
            screen = await until_text(pilot, "Who is here")
            assert "Ana Ruiz" in screen and "Bo Tran" not in screen and "Olu Adeyemi" not in screen
            await pilot.press("o")
            await until_text(pilot, "How many minutes before the end did Ana Ruiz leave?")
            await pilot.press("backspace", *"ten", "enter")
            screen = await until_text(pilot, "Whole minutes, please.")
            assert "How many minutes before the end did Ana Ruiz leave?" in screen, "what is refused stays in the box"
            await pilot.press(*["backspace"] * 3, *"25", "enter")
            await until_text(pilot, "✓ Ana Ruiz left 25 min before the end.")
            row = next(r for r in attendance(x.room.desk.session) if r.p == people["Ana Ruiz"])
            assert (row.status, row.out_m) == ("left_early", 20 * 60_000) and "amended" in row.flags
            await pilot.press("escape")
            await until_text(pilot, "4 people were not checked out")


async def test_a_checklist_is_judged_in_the_session_opened_again(tmp_path: Path) -> None:
    """Enter, yes: the session runs, and the checklist is on the screen."""
    async with after(tmp_path, training(), expected=ROSTER) as x:
        await held(x)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await go_to(pilot, "Show the lockout")
            await pilot.press("enter")
            await until_text(pilot, "Open the session again to judge it?")
            await pilot.press("y")
            await until_text(pilot, "Show the lockout")
            await until(pilot, lambda: x.room.desk.session.state == "running")
            await until(pilot, lambda: type(x.app.screen).__name__ == "SignOffScreen")
            assert "Li Wei" in text_of(x.app)


async def test_who_has_not_signed_is_asked_about_before_the_end_and_signs_after_it(tmp_path: Path) -> None:
    """The end's question counts what is open, unsigned and unseen; afterwards Enter opens the session and the text."""
    made = training()
    ack = Activity(id="ack", type="acknowledge", text=["I took part"], meaning="participation", sign="worker")
    made = replace(made, activities=[*made.activities, ack])
    async with after(tmp_path, made, expected=ROSTER) as x:
        people = await held(x, end=False)
        await x.do(w.OpenActivity(activity="ack"))
        for name in ("Ana Ruiz", "Li Wei"):
            await x.do(w.Sign(activity="ack", round=1, text=name), people[name])
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "OPEN")
            await pilot.press("E")
            await until_text(pilot, "End the session for everybody?")
            asked = " ".join(re.sub(r"[│\s]+", " ", text_of(x.app)).split())
            assert "people have not signed, 1 result was not shown to the room." in asked and "Not done yet:" in asked
            await pilot.press("y")
            await until_text(pilot, "STILL TO DO")
            screen = text_of(x.app)
            assert row_of(screen, "I took part:").rstrip().endswith("let them sign")
            await go_to(pilot, "I took part:")
            await pilot.press("enter")
            await until_text(pilot, "so that they can sign?")
            await pilot.press("y")
            await until(pilot, lambda: "ack" in x.room.desk.session.open_rounds)
            assert x.room.desk.session.state == "running"
            await x.do(w.Sign(activity="ack", round=1, text="Maria"), people[ROSTER[3][1]])


async def test_a_strange_badge_is_named_and_merged_in_the_session_opened_again(tmp_path: Path) -> None:
    """Enter shows the one; m says that the session has to be open, and goes to the people of the open one."""
    async with after(tmp_path, training(), expected=ROSTER) as x:
        await held(x)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await go_to(pilot, "1 badge is on no list")
            await pilot.press("enter")
            screen = await until_text(pilot, "Who is here")
            assert "Strange Badge" in screen and "Olu Adeyemi" in screen and "Ana Ruiz" not in screen
            await pilot.press("m")
            await until_text(pilot, "For that the session has to be open.")
            await pilot.press("n")
            await until(pilot, lambda: "For that" not in text_of(x.app))
            assert x.room.desk.session.state == "ended"
            await pilot.press("m")
            await until_text(pilot, "For that the session has to be open.")
            await pilot.press("y")
            await until_text(pilot, "Ana Ruiz")
            assert x.room.desk.session.state == "running" and "Who is here" in text_of(x.app)


async def test_open_questions_lead_to_the_table_that_takes_them_along(tmp_path: Path) -> None:
    """Enter on them: the discussion is chosen and shown."""
    async with after(tmp_path, training(), expected=ROSTER) as x:
        await held(x)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await go_to(pilot, "waits for the expert")
            await pilot.press("enter")
            screen = await until_text(pilot, "3 rows")
            assert "▸ discussion" in screen and "Export a table" in screen


async def test_a_tidy_session_has_nothing_left_and_enter_leaves(tmp_path: Path) -> None:
    """Nobody came, it was signed and carried: the one row says so, and Enter on it ends the program."""
    async with after(tmp_path, training(), expected=()) as x:
        await x.do(w.End())
        await x.tools.make_key("9k3m", "right words")
        await x.tools.attest("9k3m", "right words", "held", "Sam Ortiz")
        stick = tmp_path / "stick"
        stick.mkdir()
        await x.tools.carry(stick)
        async with x.app.run_test(size=(80, 24)) as pilot:
            screen = await until_text(pilot, "STILL TO DO")
            assert "▸ Nothing is left to do" in screen and "✓ Sam Ortiz  “I led this session" in screen
            await pilot.press("enter")
        assert x.app.return_value == "ended"


async def test_every_action_of_the_summary_is_in_help_and_palette(tmp_path: Path) -> None:
    """All keys on the help screen; typed words of one find it in the palette, and it is done."""
    async with after(tmp_path, training(), expected=()) as x:
        await x.do(w.End())
        async with x.app.run_test(size=(120, 36)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(x.app.screen, HelpScreen))
            await pilot.pause()
            for binding in SummaryScreen.BINDINGS:
                assert binding.description in text_of(x.app), binding  # type: ignore[union-attr]
            await pilot.press("escape")
            await pilot.press("ctrl+p")
            await pilot.press(*"on the way to head", "down", "enter")
            await until_text(pilot, "1 without a receipt")


async def test_the_mouse_does_what_enter_does(tmp_path: Path) -> None:
    """A click on the row of the signature opens it."""
    async with after(tmp_path, training(), expected=()) as x:
        await x.do(w.End())
        async with x.app.run_test(size=(80, 24)) as pilot:
            screen = await until_text(pilot, "Nobody has signed this session yet")
            y = next(k for k, line in enumerate(screen.split("\n")) if "Nobody has signed" in line)
            await pilot.click(offset=(10, y))
            await until_text(pilot, "Sign the session: whose key?")


@pytest.mark.parametrize("size", [(40, 12), (60, 18), (220, 60)])
async def test_no_size_of_the_window_breaks_it(tmp_path: Path, size: tuple[int, int]) -> None:
    """Tiny and huge: the last row can be reached, nothing is wider than the window."""
    async with after(tmp_path, training(), title="x" * 300, expected=ROSTER) as x:
        await held(x)
        async with x.app.run_test(size=size) as pilot:
            await until_text(pilot, "fieldkit")
            await pilot.press("end")
            await until_text(pilot, "That can")
            for key in ("x", "y", "v"):
                await pilot.press(key)
                await pilot.pause(0.2)
                assert all(len(line) <= size[0] for line in text_of(x.app).split("\n"))
                await pilot.press("escape")


async def test_how_far_it_is_is_read_off_the_loop_and_never_guessed(tmp_path: Path) -> None:
    """While the outbox cannot be read the screen says so, and not that nothing was carried; every record reads anew,
    and drawing reads nothing."""
    async with after(tmp_path, training()) as x:
        await held(x)
        looked: list[str] = []

        class Looking(RoomTools):
            async def stage(self) -> str:
                looked.append("")
                return await super().stage()

        x.app.tools = Looking(x.room, documents=False)
        broken = x.room.station.outbox / f"{x.room.desk.store.origin.rsplit('/', 1)[-1]}.json"
        broken.mkdir(parents=True)
        async with x.app.run_test(size=(80, 36)) as pilot:
            screen = await until_text(pilot, "How far it is on its way cannot be read: Is a directory.")
            assert "nowhere else" not in screen and "carry it" in screen
            broken.rmdir()
            n = len(looked)
            for _ in range(5):
                x.app.screen.redraw()  # type: ignore[attr-defined]
                await pilot.pause(0.05)
            assert len(looked) == n
            await x.do(w.Correct(do="correct", by="fac", why="mistake", who="E1001", status="late"))
            await until_text(pilot, "Everything is on this laptop and nowhere else")
            assert len(looked) > n
            copy = Carried(x.room.desk.session.saved + 1, "/media/stick", "a.fkb", "00")
            Outbox(x.room.station.outbox).carried(x.room.desk.store.origin, copy)
            await x.do(w.Correct(do="correct", by="fac", why="mistake", who="E1001", status="excused"))
            screen = await until_text(pilot, "Part of it has left this laptop; what is newest has not")
            assert "nowhere else" not in screen and "○ sealed → ○ carried" in screen
