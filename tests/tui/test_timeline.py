"""Looking back while it runs: the timeline, the newest records, rounds side by side, who was sure and wrong."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from fieldkit.core import intents as w
from tests.tui.room import ROSTER, Room, live, plan, text_of, until, until_text

MIN = 60_000


async def test_the_timeline_says_what_was_run_when_and_what_was_undone(tmp_path: Path) -> None:
    """Minutes passed of minutes planned; what was made void stays, and says so."""
    async with live(tmp_path) as (room, _app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.NextStep())
        await room.do(w.OpenActivity(activity="warm"))
        await room.answer(p, "warm", "a")
        room.clock.advance(2 * MIN)
        await room.do(w.CloseActivity(activity="warm"))
        await room.do(w.OpenActivity(activity="hurt"))
        room.clock.advance(11 * MIN)
        await until_text(pilot, "13:0")
        await pilot.press("V")
        screen = await until_text(pilot, "Void this round?")
        assert "What can still hurt you?" in screen and "choice" in screen and "answered 0 of" in screen
        await pilot.press("y")
        await until_text(pilot, "✓ Void.")
        await pilot.press("T")
        screen = await until_text(pilot, "Timeline")
        rows = screen.splitlines()
        segment = next(x for x in rows if "What can hurt you" in x)
        assert "13 of 10 min" in segment and "+3" in segment and "now" in segment
        assert any("How sure are you" in x and "1 answered" in x and "closed" in x and "2:00" in x for x in rows)
        assert any("✕ The breaker is open" in x and "void" in x for x in rows)
        assert any("Take it to the floor" in x and "not yet" in x and "35 min" in x for x in rows)


async def test_the_newest_records_come_as_they_are_saved(tmp_path: Path) -> None:
    """Number, who, what; the newest at the top, and what is undone is marked."""
    async with live(tmp_path) as (room, app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await pilot.press("L")
        await until_text(pilot, "Newest records")
        await until_text(pilot, "Ana Ruiz")
        await room.do(w.OpenActivity(activity="warm"))
        await room.answer(p, "warm", "a")
        screen = await until_text(pilot, "answered: How sure are you")
        rows = [x for x in screen.splitlines() if "How sure are you" in x]
        assert "Ana Ruiz" in rows[0] and "trainer" in rows[1] and "opened" in rows[1]
        await room.do(w.Void(activity="warm"))
        await until_text(pilot, "made void: How sure are you")
        await until(pilot, lambda: text_of(app).count("✕ void") >= 2)


async def answered(room: Room, phones: list[str], choices: str, round: int, sure: str = "") -> None:
    for p, choice in zip(phones, choices, strict=True):
        await room.do(w.PutAnswer(activity="hurt", round=round, v=(choice,), sure=sure or None), p)


async def test_rounds_of_a_question_stand_side_by_side(tmp_path: Path) -> None:
    """Bars, numbers and shares of both rounds, in a row for each choice; a void round is left out."""
    async with live(tmp_path, size=(100, 30)) as (room, _app, pilot):
        phones = [await room.join(name, badge) for badge, name in ROSTER[:4]]
        await room.do(w.OpenActivity(activity="hurt"))
        await answered(room, phones, "aabc", 1)
        await room.do(w.Revote(activity="hurt"))
        await room.do(w.Void(activity="hurt"))
        await room.do(w.Revote(activity="hurt"))
        await answered(room, phones, "bccc", 3)
        await room.do(w.CloseActivity(activity="hurt"))
        await pilot.press("t")
        await until_text(pilot, "Results")
        await pilot.press("enter")
        screen = await until_text(pilot, "round 1  4 of 4")
        assert "round 3  4 of 4" in screen and "round 2  " not in screen
        gravity = next(x for x in screen.splitlines() if "Gravity" in x)
        assert gravity.index("25 %") < gravity.index("75 %") and "✓ right" in gravity


async def test_a_question_before_the_teaching_stands_beside_the_one_after_it(tmp_path: Path) -> None:
    """The pack says which belongs to which."""
    made = plan()
    hurt = next(a for a in made.activities if a.id == "hurt")
    after = replace(hurt, id="after", text=["And now: what can still hurt you?"], pre="hurt")
    made = replace(made, activities=[*made.activities, after])
    async with live(tmp_path, made=made, size=(100, 30)) as (room, _app, pilot):
        phones = [await room.join(name, badge) for badge, name in ROSTER[:4]]
        await room.do(w.OpenActivity(activity="hurt"))
        await answered(room, phones, "aabc", 1)
        await room.do(w.OpenActivity(activity="after"))
        for p in phones:
            await room.do(w.PutAnswer(activity="after", round=1, v=("c",)), p)
        await room.do(w.CloseActivity(activity="after"))
        await pilot.press("t")
        screen = await until_text(pilot, "before  4 of 4")
        gravity = [x for x in screen.splitlines() if "Gravity" in x][-1]
        assert gravity.index("25 %") < gravity.index("100 %")


async def test_who_was_sure_and_wrong_is_listed_question_by_question(tmp_path: Path) -> None:
    """By name only where answers bear names."""
    made = plan()
    made = replace(made, activities=[replace(a, sure=True) if a.id == "hurt" else a for a in made.activities])
    async with live(tmp_path, made=made) as (room, _app, pilot):
        phones = [await room.join(name, badge) for badge, name in ROSTER[:3]]
        await room.do(w.OpenActivity(activity="hurt"))
        await answered(room, phones[:2], "ac", 1, sure="sure")
        await answered(room, phones[2:], "a", 1, sure="unsure")
        await room.do(w.CloseActivity(activity="hurt"))
        await pilot.press("t")
        await until_text(pilot, "Results")
        await pilot.press("w")
        screen = await until_text(pilot, "Sure and wrong")
        assert "Ana Ruiz" in screen and "Bo Tran" not in screen and "Li Wei" not in screen
        assert "1 of 3" in screen
