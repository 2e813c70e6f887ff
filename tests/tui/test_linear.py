"""The live session as lines of text: what is told, what may be typed, and that it is the same room."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from fieldkit.cli.linear import wants_lines
from fieldkit.core import intents as w
from fieldkit.core.plan import Plan
from fieldkit.tui.linear import SLOW_S, Linear
from fieldkit.tui.linear_news import ASKED, MOST
from fieldkit.tui.linear_typed import SHORT, possible, thing_now
from fieldkit.tui.screens.live import LiveScreen
from fieldkit.verbs import VERBS
from tests.tui.hostile import MARK
from tests.tui.kinds import every_plan
from tests.tui.room import FakeTools, Room, live, open_room, until

ROOT = Path(__file__).parents[2]


class Reader:
    """Whoever has the lines read out, and types."""

    def __init__(self, room: Room, linear: Linear, lines: list[str]) -> None:
        self.room, self.linear, self.lines = room, linear, lines
        self.typed: asyncio.Queue[str | None] = asyncio.Queue()

    async def type(self, line: str, answer: str = "") -> list[str]:
        """The lines that came after it; waits until one holds `answer`."""
        before = len(self.lines)
        await self.typed.put(line)
        await self.until(lambda: any(answer in x for x in self.lines[before:]), answer)
        return self.lines[before:]

    async def hear(self, words: str) -> None:
        await self.until(lambda: any(words in x for x in self.lines), words)

    async def until(self, true: Callable[[], bool], what: str) -> None:
        for _ in range(1500):
            await asyncio.sleep(0.01)
            if true():
                return
        raise AssertionError(f"{what!r} never came:\n" + "\n".join(self.lines))


@contextlib.asynccontextmanager
async def reading(folder: Path, made: Plan | None = None) -> AsyncIterator[Reader]:
    async with open_room(folder, made=made) as room:
        lines: list[str] = []
        linear = Linear(room.desk, FakeTools(folder), "", lines.append)
        reader = Reader(room, linear, lines)
        running = asyncio.ensure_future(linear.run(reader.typed))
        try:
            await reader.hear("Type ?")
            yield reader
        finally:
            await reader.typed.put(None)
            await asyncio.wait_for(running, 10)


async def test_a_whole_session_in_lines(tmp_path: Path) -> None:
    """Join, steps, a question, its result, notes, an alarm, the end: by words and by the screen's short keys."""
    async with reading(tmp_path) as r:
        assert any("JOIN" in x and "K7M4" in x for x in r.lines)
        await r.type("n", "Welcome everybody")
        ana = await r.room.join("Ana Ruiz", "E1001")
        await r.hear("Ana Ruiz: in")
        await r.type("checkin E1003", "✓ Li Wei is in.")
        asked = await r.type("open hurt", "OPEN")
        assert any("A ● Nothing" in x and "C ▲ Gravity" in x for x in asked)
        await r.room.answer(ana, "hurt", "c")
        await r.hear("answered 1 of 2 present")
        assert any("Li Wei (no phone)" in x for x in await r.type("missing", "Li Wei"))
        await r.type("proxy E1003 hurt b", "✓ SAVED")
        await r.type(".", "✓ SAVED")
        await r.type("reveal", "revealed")
        result = await r.type("results", "✓ right")
        assert "B ■ Air in the cylinder: 1" in result and "C ▲ Gravity: 1  ✓ right" in result
        assert any("ram drift" in x for x in await r.type("k", "ram drift"))
        assert any("Take it to the floor" in x for x in await r.type("s", "Take it"))
        await r.type("!", "Paused for an alarm")
        await r.hear("Ana Ruiz  (tick E1001)")
        await r.type("tick E1003", "Li Wei. 1 of 3 ticked off.")
        await r.type("tick Sam", "Sam Ortiz. 2 of 3 ticked off.")
        await r.type("g", "1 person is not ticked off: Ana Ruiz. All safe?")
        await r.type("n", "The alarm goes on.")
        assert r.room.desk.session.state == "paused"
        assert r.room.noticed == "Muster: 2 of 3 ticked off. Not ticked off: Ana Ruiz"
        await r.type(" ", "NOT ACCOUNTED FOR: 1")
        await r.type("g", "All safe?")
        await r.type("y", "Going on.")
        assert r.room.desk.session.state == "running"
        assert r.room.desk.session.notices[-1].text.endswith("Not ticked off: Ana Ruiz")
        assert any(x.startswith("n: next.") for x in await r.type("?", "verbs"))
        await r.type("E", "End the session for everybody?")
        assert r.room.desk.session.state == "running"
        await r.type("y", "ended")
        assert r.room.desk.session.state == "ended"


async def test_what_cannot_be_undone_asks_and_anything_but_yes_is_no(tmp_path: Path) -> None:
    async with reading(tmp_path) as r:
        await r.type("n", "✓ SAVED")
        await r.type("end", "[y] yes")
        await r.type("status", "STEP")
        await r.type("y", "Write:")  # the yes came too late: it is `y TEXT`, tell the room
        assert r.room.desk.session.state == "running"
        await r.type("quit", "Leave now?")
        await r.typed.put("yes")
        await r.until(lambda: r.room.desk.session.state == "paused", "paused")


async def test_refusals_and_wrong_words_are_one_line_with_a_next_step(tmp_path: Path) -> None:
    """The rules' own sentences; a verb of no such name; quotes that do not close; a novel."""
    async with reading(tmp_path) as r:
        assert any(x.startswith("✕ ") for x in await r.type("close", "✕"))
        assert any("There is no verb" in x for x in await r.type("fly", "no verb"))
        await r.type('say "never closed', "✓ SAVED")
        await r.type("checkin", "Write: checkin BADGE")
        long = await r.type("say " + "word " * 20_000, "✕")
        assert all(len(x) < 500 for x in long)


async def test_few_people_and_an_anonymous_question_ask_first(tmp_path: Path) -> None:
    """As the screen does: a yes opens it."""
    async with reading(tmp_path) as r:
        await r.room.join("Ana Ruiz", "E1001")
        await r.type('ask "Safe?" Yes No', "✓")
        assert r.room.desk.room_view().open


async def test_changes_that_come_all_the_time_are_told_seldom(tmp_path: Path) -> None:
    """Sixty arrivals and answers in a moment are told after a while, once each, as they are then."""
    async with reading(tmp_path) as r:
        await r.room.do(w.OpenActivity(activity="hurt"))
        await r.hear("OPEN")
        for k in range(40):
            p = await r.room.join(f"Worker {k}")
            await r.room.answer(p, "hurt", "c")
        counts = [x for x in r.lines if x.startswith("answered")]
        assert len(counts) <= 2 + 40 * 0.2 / SLOW_S + 1
        await r.hear("answered 40 of 40 present")


async def test_more_time_is_given_to_what_is_open(tmp_path: Path) -> None:
    """`m` as on the screen, with other seconds behind it, and `M` for none."""
    async with reading(tmp_path) as r:

        def left() -> int | None:
            return r.room.desk.room_view().open[0].left_ms

        await r.type("m", "✕ Nothing is open.")
        await r.room.do(w.OpenActivity(activity="hurt"))
        await r.hear("OPEN")
        assert not any(x.startswith("m ") for x in possible(r.room.desk.room_view()))
        await r.type("m", "SAVED")
        assert left() == 30_000
        assert "m SECONDS|off: more time." in possible(r.room.desk.room_view())
        await r.type("m 60", "SAVED")
        assert left() == 90_000
        await r.type("m hurt 10", "SAVED")
        assert left() == 100_000
        await r.type("m soon", "no number")
        await r.type("M", "SAVED")
        assert left() is None


async def test_foreign_text_steers_no_terminal(tmp_path: Path) -> None:
    """Names and messages arrive without control characters; nothing is ever more than one line."""
    async with reading(tmp_path) as r:
        p = await r.room.join(f"Zed \x1b[2J\x1b]52;c;{MARK}\x07\nSecond", "E1001")
        await r.room.do(w.OpenActivity(activity="talk"))
        await r.room.do(w.PutSay(text="one\ntwo\x1b[31m", activity="talk"), p)
        await r.type("people", "Zed")
        await r.type("d", "one two")
        assert all(x.isprintable() for x in r.lines)


def test_every_short_word_is_a_verb_or_a_question() -> None:
    own = {"status", "alarm", "quit", "go", "unsay", "no-limit"}
    assert set(SHORT.values()) <= set(VERBS) | set(ASKED) | own


async def test_the_next_sensible_thing_is_the_screens_own(tmp_path: Path) -> None:
    """Through a session with a question of every type: what a space does in lines is what the space bar does."""
    made = every_plan()
    async with live(tmp_path, made=made) as (room, app, pilot):
        screen = app.screen
        assert isinstance(screen, LiveScreen)
        seen = set()

        async def same() -> None:
            await until(pilot, lambda: app.view.saved == room.desk.room_view().saved)
            assert thing_now(room.desk.room_view()) == screen.next_thing()
            seen.add(screen.next_thing())

        await same()
        for a in made.activities:
            await room.do(w.OpenActivity(activity=a.id, small=True))
            await same()
            await room.do(w.CloseActivity(activity=a.id))
            await same()
        await room.do(w.Pause())
        await same()
        assert {None, "f", "n", "g"} <= seen


async def test_spaces_alone_go_through_the_plan_one_thing_a_line(tmp_path: Path) -> None:
    """Begin, open, close, reveal; Enter alone changes nothing."""
    async with reading(tmp_path) as r:
        await r.room.join("Ana Ruiz", "E1001")
        await r.type(" ", "Welcome everybody")
        await r.type("", "A space and Enter: next.")
        assert not r.room.desk.room_view().open
        await r.type(" ", "OPEN")
        await r.type("space", "closed:")
        assert not r.room.desk.room_view().open
        await r.type("?", "A space and Enter: reveal.")
        await r.type(" ", "revealed:")
        assert any("Nothing was done." in x for x in [*await r.type("E", "[y]"), *await r.type("n", "Nothing")])
        assert r.room.desk.room_view().step == 2, "a no is no next step"


async def test_a_question_needs_no_name_and_an_item_has_a_number(tmp_path: Path) -> None:
    """Answers for somebody, hands and checklists are about what is open."""
    async with reading(tmp_path) as r:
        await r.type("b E1001", "Ana Ruiz is in.")
        await r.room.do(w.OpenActivity(activity="hurt"))
        await r.type("p E1001 c", "✓ SAVED")
        await r.type("c a=3 c=1", "✓ SAVED")
        line = r.room.desk.room_view().open[0]
        assert line.answered == 1 and sum(line.hands.values()) == 4
        await r.room.do(w.RaiseHand(up=True), r.room.desk.session.person("E1001").p)
        assert any("1. Ana Ruiz, 0:00  (hand-down E1001)" in x for x in await r.type("H", "hand-down"))
        await r.type("Q", "Nobody has written yet.")
        await r.type("x", "There is no verb x.")


async def test_a_checklist_is_signed_off_by_numbers(tmp_path: Path) -> None:
    async with reading(tmp_path, every_plan()) as r:
        await r.room.join("Ana Ruiz", "E1001")
        found = next(a for a in every_plan().activities if a.type == "checklist")
        await r.room.do(w.OpenActivity(activity=found.id))
        told = await r.type("l", "not judged")
        assert any(x.startswith("2. ") for x in told)
        await r.type("l E1001 2", "✓ SAVED")
        await r.type("l E1001 1 no", "✓ SAVED")
        line = r.room.desk.room_view().open[0]
        assert line.checks[0].items == {line.items[0].id: False, line.items[1].id: True}
        assert any("not ok: 1" in x for x in await r.type("l", "not ok"))


async def test_a_long_muster_list_is_told_in_parts_and_nobody_is_lost(tmp_path: Path) -> None:
    """Seventy people: the list goes on at `more`; all who are missing are in the notes; a tick needs one person."""
    async with reading(tmp_path) as r:
        for k in range(70):
            await r.room.join(f"Worker Number {k:02}")
        await r.type("n", "STEP 1")
        first = await r.type("!", "type more")
        assert len(first) <= MOST + 5
        rest = await r.type("more", "Number 69")
        assert all(any(f"Worker Number {k:02}  (tick" in x for x in [*first, *rest]) for k in range(70))
        await r.type("tick Number", "Who of these?")
        await r.type("tick Nobody", "Nobody who is in is called that.")
        await r.type("tick number 07", "Worker Number 07. 1 of 71 ticked off.")
        asked = await r.type("g", "70 people are not ticked off")
        assert "Number 69" in " ".join(asked)
        await r.type("y", "Going on.")
        kept = [x.text for x in r.room.desk.session.notices if x.text.startswith("Muster:")]
        assert len(kept) > 1 and all(len(x) <= 500 and x.startswith("Muster: 1 of 71 ticked off.") for x in kept)
        named = " ".join(kept)
        assert all((f"Worker Number {k:02}" in named) is (k != 7) for k in range(70))


async def test_what_is_possible_follows_the_session(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        assert possible(room.desk.room_view())[:2] == ["A space and Enter: begin.", "n: begin."]
        await room.do(w.OpenActivity(activity="hurt"))
        assert possible(room.desk.room_view())[:2] == ["A space and Enter: close.", ".: close."]
        await room.do(w.Pause())
        now = possible(room.desk.room_view())
        assert now[:2] == ["A space and Enter: go on.", "g: go on after a pause."]
        assert not any(x.startswith(("n:", "z:", "u:")) for x in now)
        await room.do(w.End())
        ways = ["sync: carry to head office.", "way: on the way to head office."]
        assert possible(room.desk.room_view()) == [*ways, "q: leave."]


@pytest.mark.parametrize(
    ("chosen", "setting", "term", "lines"),
    [(False, False, "xterm", False), (True, False, "xterm", True), (False, True, "xterm", True),
     (False, False, "dumb", True), (False, False, "", False)],
)  # fmt: skip
def test_lines_are_for_who_asks_and_for_terminals_that_have_no_screen(
    chosen: bool, setting: bool, term: str, lines: bool
) -> None:
    assert wants_lines(chosen, setting, {"TERM": term}) is lines


def test_the_command_runs_a_session_through_pipes_in_ascii(tmp_path: Path) -> None:
    """No escape sequence, no sign that LANG=C does not have; the end of the input pauses and leaves."""
    done = subprocess.run(
        [sys.executable, "-m", "fieldkit", "host", "toolbox-blank", "--linear", "--data", str(tmp_path),
         "--no-announce", "--port", "0", "--bind", "127.0.0.1"],
        input="?\nask \"Ready?\" Yes No\n.\nresults\n", capture_output=True, text=True, timeout=120, cwd=ROOT,
        env={**os.environ, "LANG": "C", "LC_ALL": "C", "FIELDKIT_LANG": "en"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout and done.stdout.isascii()
    assert "A @ Yes" in done.stdout and "+ SAVED" in done.stdout and "Type ?" in done.stdout
    assert "paused" in done.stderr
