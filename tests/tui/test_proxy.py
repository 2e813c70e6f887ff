"""Answers for people without a phone: every type that allows it, from a list, a scanner or a sheet of paper."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from fieldkit.core import intents as w
from fieldkit.core.state import Answer
from fieldkit.core.walkin import walkin_code
from fieldkit.tui.app import LiveApp
from fieldkit.tui.safe import Field
from fieldkit.tui.scan import REPEAT_S
from tests.tui.kinds import every_plan
from tests.tui.room import ROSTER, Room, live, text_of, until, until_text
from tests.tui.test_people import burst


def answer(room: Room, activity: str, badge: str, q: str = "") -> Answer:
    p = room.desk.session.person(badge).p
    return room.desk.session.round(activity).answers[(p, q)]


async def in_by_badge(room: Room, *badges: str) -> None:
    for badge in badges:
        await room.do(w.CheckIn(new_p=room.desk.new_p(), badge=badge))


@contextlib.asynccontextmanager
async def asked_for(
    folder: Path, activity: str, *badges: str, who: str = ""
) -> AsyncIterator[tuple[Room, LiveApp, Pilot[object]]]:
    """The question is open and the list of people is on the screen; with `who` the first one is chosen."""
    async with live(folder, made=every_plan()) as (room, app, pilot):
        await in_by_badge(room, *(badges or ("E1001",)))
        await room.do(w.OpenActivity(activity=activity))
        await until_text(pilot, " OPEN  ")
        await pilot.press("p")
        await until_text(pilot, "Answer for somebody: who?")
        if who:
            await pilot.press("enter")
            await until_text(pilot, f"Answer for {who}")
        yield room, app, pilot


async def write(pilot: Pilot[object], words: str) -> None:
    """The whole answer, into the line that `/` opens."""
    await pilot.press("slash")
    await until_text(pilot, "As it stands on the sheet")
    await until(pilot, lambda: isinstance(pilot.app.focused, Field))
    await pilot.press(*words, "enter")


STEPS = ["notify", "shut", "isolate", "lock", "prove"]
CASES: list[tuple[str, Sequence[str], list[str], str | None]] = [
    ("hurt", ["c"], ["c"], None),
    ("hurt", ["3"], ["c"], None),
    ("several", ["a", "c", "ctrl+s"], ["a", "c"], None),
    ("several", ["space", "down", "down", "space", "enter"], ["a", "c"], None),
    ("locks", [*"4,50", "enter"], ["4.5"], None),
    ("name", [*"try out", "enter"], [], "try out"),
    ("words", [*"gloves, noise", "enter"], [], "gloves, noise"),
    ("ticket", [*"Look first", "enter"], [], "Look first"),
    ("pairs", ["slash", "hasp=a cover=c plug=b"], ["hasp=e", "cover=p", "plug=c"], None),
    ("steps", ["slash", " ".join(STEPS)], STEPS, None),
    ("where", ["b"], ["m"], None),
]  # fmt: skip


@pytest.mark.parametrize(("activity", "keys", "v", "text"), CASES, ids=[f"{c[0]}-{c[1][0]}" for c in CASES])
async def test_an_answer_for_somebody_in_every_type(
    tmp_path: Path, activity: str, keys: Sequence[str], v: list[str], text: str | None
) -> None:
    """p, the person, the answer: it is in the record as given by hand."""
    async with asked_for(tmp_path, activity, who="Ana Ruiz") as (room, _app, pilot):
        if keys[0] == "slash":
            await write(pilot, keys[1])
        else:
            await pilot.press(*keys)
        await until_text(pilot, "✓ Saved for Ana Ruiz.")
        found = answer(room, activity, "E1001")
        assert (found.v, found.text, found.via) == (v, text, "proxy")


async def test_things_in_order_are_chosen_one_after_the_other(tmp_path: Path) -> None:
    """Each gets its number; backspace takes the last one back; the last one sends it."""
    async with asked_for(tmp_path, "steps", who="Ana Ruiz") as (room, _app, pilot):
        await until_text(pilot, "In which order?")
        await pilot.press("b", "a", "backspace", "c")
        screen = await until_text(pilot, "2.  C ▲")
        assert "1.  B ■" in screen and "    A ●" in screen
        await pilot.press("a", "d", "e")
        await until_text(pilot, "✓ Saved for Ana Ruiz.")
        shown = [b.id for b in room.desk.room_view().open[0].bars if b.count]
        assert len(shown) == 5 and len(set(answer(room, "steps", "E1001").v)) == 5


async def test_pairs_come_one_left_side_after_the_other(tmp_path: Path) -> None:
    """The first answer of each is kept until all have one; backspace goes back to the pair before."""
    async with asked_for(tmp_path, "pairs", who="Ana Ruiz") as (room, _app, pilot):
        await until_text(pilot, "1/3  Hasp")
        await pilot.press("a")
        await until_text(pilot, "2/3  Valve cover")
        await pilot.press("backspace")
        await until_text(pilot, "1/3  Hasp")
        await pilot.press("b")
        await until_text(pilot, "2/3  Valve cover")
        await pilot.pause(REPEAT_S)  # sooner, it would be a key that is held down
        await pilot.press("b")
        await until_text(pilot, "3/3  Plug box")
        await pilot.press("a")
        await until_text(pilot, "✓ Saved for Ana Ruiz.")
        pairs = dict(x.split("=") for x in answer(room, "pairs", "E1001").v)
        assert set(pairs) == {"hasp", "cover", "plug"} and pairs["hasp"] == pairs["cover"] != pairs["plug"]


async def test_a_quiz_is_answered_question_by_question(tmp_path: Path) -> None:
    """Each question is an answer of its own in the record."""
    async with asked_for(tmp_path, "quick", who="Ana Ruiz") as (room, _app, pilot):
        await until_text(pilot, "1/3  Who takes the lock off?")
        await pilot.press("a")
        await until_text(pilot, "2/3  A tag alone is enough.")
        await pilot.press("b")
        await until_text(pilot, "3/3  Which are energy?")
        await pilot.press("a", "b", "ctrl+s")
        await until_text(pilot, "✓ Saved for Ana Ruiz.")
        assert [answer(room, "quick", "E1001", q).v for q in ("q1", "q2", "q3")] == [["a"], ["false"], ["a", "b"]]
        await pilot.press("escape")
        await until_text(pilot, "answered 1 of 1 present")


async def test_how_sure_somebody_is_is_asked_where_the_pack_asks(tmp_path: Path) -> None:
    """After the answer; who did not say leaves nothing."""
    async with asked_for(tmp_path, "bold", "E1001", "E1002") as (room, _app, pilot):
        for name, key, sure in (("Ana Ruiz", "a", "sure"), ("Bo Tran", "c", None)):
            await pilot.press("enter")
            await until_text(pilot, f"Answer for {name}")
            await pilot.press("a")
            await until_text(pilot, "How sure?")
            await pilot.press(key)
            await until_text(pilot, f"✓ Saved for {name}.")
            assert answer(room, "bold", {n: b for b, n in ROSTER}[name]).sure == sure
        await pilot.press("escape")
        await room.do(w.CloseActivity(activity="bold"))
        await until_text(pilot, "sure and wrong: 1")
        await until_text(pilot, "· Ana Ruiz")


async def test_what_does_not_fit_is_said_and_can_be_typed_again(tmp_path: Path) -> None:
    """The rules answer; the person and what was chosen stay."""
    async with asked_for(tmp_path, "locks", who="Ana Ruiz") as (room, _app, pilot):
        await until_text(pilot, "ANSWER ▸")
        for typed in ("four", "", "4" * 40):
            await pilot.press(*typed, "enter")
            await until_text(pilot, "✕ ")
            assert "Answer for Ana Ruiz" in text_of(pilot.app)
        await pilot.press("4", "enter")
        await until_text(pilot, "✓ Saved for Ana Ruiz.")
        assert answer(room, "locks", "E1001").v == ["4"]


async def test_badge_answer_badge_answer(tmp_path: Path) -> None:
    """A scanner chooses the person and checks in whoever is not in; one key answers."""
    async with asked_for(tmp_path, "hurt") as (room, app, pilot):
        for badge, name in ROSTER[:3]:
            burst(app, f"{badge}\r")
            await until_text(pilot, f"Answer for {name}")
            await pilot.press("c")
            await until_text(pilot, f"✓ Saved for {name}.")
        assert room.desk.room_view().open[0].counts["c"] == 3
        assert room.desk.session.present == 3
        burst(app, "X99999\r")
        await until_text(pilot, "✕ Nobody here has this badge.")


async def test_a_badge_scanned_into_the_line_is_a_person_and_no_answer(tmp_path: Path) -> None:
    """Whoever is typed for changes; the record holds no badge as somebody's words."""
    async with asked_for(tmp_path, "name", "E1001", "E1002", who="Ana Ruiz") as (room, _app, pilot):
        await pilot.press(*"e1002", "enter")
        await until_text(pilot, "Answer for Bo Tran")
        assert not room.desk.session.round("name").answers


async def test_a_sheet_of_paper_goes_into_a_closed_question(tmp_path: Path) -> None:
    """P: the answer is marked as from paper, and counts."""
    async with live(tmp_path, made=every_plan()) as (room, _app, pilot):
        await pilot.press("P")
        await until_text(pilot, "✕ It has not been run yet.")
        await in_by_badge(room, "E1001")
        await room.do(w.OpenActivity(activity="hurt"))
        await room.do(w.CloseActivity(activity="hurt"))
        await until_text(pilot, " closed  The breaker")
        await pilot.press("P")
        await until_text(pilot, "FROM PAPER")
        await pilot.press("enter", "c")
        await until_text(pilot, "✓ Saved for Ana Ruiz.")
        assert answer(room, "hurt", "E1001").via == "paper"
        await pilot.press("P", "enter", "a")
        await until_text(pilot, "✕ This question is closed.")
        assert answer(room, "hurt", "E1001").v == ["c"]


@pytest.mark.parametrize(
    ("activity", "words"),
    [
        ("skills", "1. Tells the operators"),
        ("teams", "A digit puts the person under the cursor"),
        ("talk", "✕ Messages are written on phones."),
    ],
)
async def test_what_cannot_be_answered_for_others_is_said_or_shown_where_it_is_done(
    tmp_path: Path, activity: str, words: str
) -> None:
    """p on a checklist signs off, on groups moves people, on a discussion says why not."""
    async with live(tmp_path, made=every_plan()) as (room, _app, pilot):
        await in_by_badge(room, "E1001")
        await room.do(w.OpenActivity(activity=activity))
        await until_text(pilot, " OPEN  ")
        await pilot.press("p")
        await until_text(pilot, words)


async def test_namesakes_are_apart_by_badge_or_number(tmp_path: Path) -> None:
    """Two of one name: the list says which is which."""
    async with asked_for(tmp_path, "hurt") as (room, app, pilot):
        p = await room.join("Ana Ruiz")
        await until(pilot, lambda: walkin_code(p) in text_of(app) and "E1001" in text_of(app))
