"""Hands, questions, reports of groups, and the yes before an anonymous question to few."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core import intents as w
from fieldkit.tui.scan import REPEAT_S
from tests.tui.kinds import every_plan
from tests.tui.room import ROSTER, live, text_of, until, until_text


async def test_hands_are_a_queue_that_is_taken_down(tmp_path: Path) -> None:
    """H: who, in which order, for how long; enter takes the chosen one down, f the first."""
    async with live(tmp_path) as (room, _app, pilot):
        people = [await room.join(name, badge) for badge, name in ROSTER[:3]]
        await pilot.press("H")
        await until_text(pilot, "No hand is up.")
        for p in reversed(people):
            await room.do(w.RaiseHand(up=True), p)
            room.clock.advance(20_000)
        screen = await until_text(pilot, "3 hands are up")
        assert screen.index("1  Li Wei") < screen.index("2  Bo Tran") < screen.index("3  Ana Ruiz")
        assert "1:00" in screen and "0:20" in screen
        await pilot.press("down", "enter")
        await until_text(pilot, "✓ Bo Tran's hand is down.")
        assert list(room.desk.session.hands) == [people[2], people[0]]
        await pilot.press("f")
        await until_text(pilot, "✓ The first hand is down.")
        await until(pilot, lambda: list(room.desk.session.hands) == [people[0]])
        await pilot.press("f")
        await until(pilot, lambda: not room.desk.session.hands)
        await pilot.pause(REPEAT_S)  # sooner, it would be a key that is held down
        await pilot.press("f")
        await until_text(pilot, "✕ ")
        assert not room.desk.session.hands
        await pilot.press("escape")
        await until_text(pilot, "HANDS 0")


async def test_questions_are_answered_parked_pinned_and_hidden(tmp_path: Path) -> None:
    """Q: most votes first; each key turns what the row says into its opposite, and back."""
    async with live(tmp_path) as (room, app, pilot):
        ana, bo = [await room.join(name, badge) for badge, name in ROSTER[:2]]
        await room.do(w.PutSay(text="May I use chain?"), ana)
        await room.do(w.PutSay(text="Who pays for the lock?"), bo)
        asked = {s.text: s.ref for s in room.desk.room_view().asks}
        await room.do(w.UpVote(ref=asked["Who pays for the lock?"]), ana)
        await until_text(pilot, "QUESTIONS 2 new")
        await pilot.press("Q")
        screen = await until_text(pilot, "2 open, 0 for the expert")
        assert "▸ ▲1 Bo Tran: Who pays" in screen and screen.index("Who pays") < screen.index("May I use")
        await pilot.press("x")
        await until_text(pilot, "✓ Kept for the expert.")
        screen = await until_text(pilot, "1 open, 1 for the expert")
        assert screen.index("May I use") < screen.index("FOR THE EXPERT") < screen.index("Who pays")
        assert room.desk.session.says[asked["Who pays for the lock?"]].parked
        await pilot.press("home", "enter")
        await until_text(pilot, "✓ Answered.")
        await until_text(pilot, "ANSWERED OR HIDDEN")
        assert room.desk.session.says[asked["May I use chain?"]].done
        await pilot.press("end", "enter")
        await until_text(pilot, "✓ Open again.")
        assert not room.desk.session.says[asked["May I use chain?"]].done
        await until_text(pilot, "1 open, 1 for the expert")
        await pilot.press("home", "p")
        await until_text(pilot, "pinned Ana Ruiz: May I use")
        await pilot.press("h")
        await until_text(pilot, "hidden Ana Ruiz: May I use")
        await pilot.press("escape")
        await until_text(pilot, "QUESTIONS 0 new")
        assert "MESSAGES" not in text_of(app), "a question is not a message of a discussion too"


async def test_reports_of_groups_are_in_the_discussion_with_their_number(tmp_path: Path) -> None:
    """Who writes for a group is named with it, on the live screen and in the discussion."""
    async with live(tmp_path, made=every_plan()) as (room, _app, pilot):
        for badge, name in ROSTER[:4]:
            await room.join(name, badge)
        await room.do(w.OpenActivity(activity="teams"))
        screen = await until_text(pilot, "Find three hazards")
        (line,) = room.desk.room_view().open
        group = line.groups[1]
        writer = next(p.p for p in room.desk.room_view().people if p.name == group.scribe)
        await room.do(w.PutSay(text="Gravity and air", activity="teams"), writer)
        screen = await until_text(pilot, "REPORTS")
        assert f"group 2 {group.scribe}: Gravity and air" in screen and f"{group.scribe} (writes)" in screen
        await pilot.press("d")
        await until_text(pilot, f"group 2 {group.scribe}: Gravity and air")


async def test_an_anonymous_question_to_few_waits_for_a_yes(tmp_path: Path) -> None:
    """n leaves it closed, y opens it all the same; enough people are not asked about."""
    async with live(tmp_path, made=every_plan()) as (room, app, pilot):
        for badge, name in ROSTER[:3]:
            await room.join(name, badge)
        for answer, opened in (("n", False), ("y", True)):
            app.screen.wish_open(w.OpenActivity(activity="quiet"), "Open.")  # type: ignore[attr-defined]
            screen = " ".join((await until_text(pilot, "Open all the same?")).replace("│", " ").split())
            assert "Only 3 are here; fewer than 5 answers will not be kept. Open all the same?" in screen
            await pilot.press(answer)
            await until(pilot, lambda: "all the same?" not in text_of(pilot.app))
            if opened:
                await until_text(pilot, "anonymous: while it is open only")
            assert ("quiet" in room.desk.session.open_rounds) is opened


async def test_enough_people_are_not_asked_about(tmp_path: Path) -> None:
    async with live(tmp_path, made=every_plan()) as (room, app, pilot):
        for badge, name in ROSTER:
            await room.join(name, badge)
        app.screen.wish_open(w.OpenActivity(activity="quiet"), "Open.")  # type: ignore[attr-defined]
        await until_text(pilot, "✓ Open.")
        assert "quiet" in room.desk.session.open_rounds
