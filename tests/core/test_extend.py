"""More time for an open question: when its end moves, what it still takes, and what never comes back."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core.activities import kind_of
from fieldkit.core.intents import FACILITATOR, Actor
from fieldkit.core.records import ActivityExtended, Unknown
from fieldkit.core.refusals import Refusal
from fieldkit.core.room_view import room_view
from fieldkit.core.rulings.activities import MOST_MORE_S
from fieldkit.core.seat_view import seat_view, shared_view
from fieldkit.core.session import Session
from fieldkit.core.wall_view import wall_view
from fieldkit.log.line import parse_record
from tests.core.test_rules import come_in
from tests.kit.dry import ORIGIN, DryRoom
from tests.kit.plans import ALL

LIMIT_S = 60
IDS = ("c1", "z1", "p1")
"""Judged at once, a quiz with its grace, and one without a time limit."""
PLAN = msgspec.structs.replace(
    ALL,
    activities=[msgspec.structs.replace(a, seconds=LIMIT_S) if a.id in ("c1", "z1") else a for a in ALL.activities],
)
TYPES = {a.id: a.type for a in PLAN.activities}


def opened(id: str, **more: object) -> DryRoom:
    room = DryRoom(PLAN)
    come_in(room)
    room.must(w.OpenActivity(activity=id, **more))  # type: ignore[arg-type]
    return room


def answer(room: DryRoom, id: str, v: str, round: int = 1) -> list[object] | str:
    """What becomes of an answer of the one who is in: its records, or the reason why not."""
    (p,) = room.session.people
    q = "q1" if id == "z1" else None
    found = room.do(w.PutAnswer(activity=id, round=round, v=(v,), q=q), room.phone(p))
    return found.reason if isinstance(found, Refusal) else list(found)


def left(room: DryRoom, id: str) -> set[int | None]:
    """The countdown as every surface shows it."""
    s, at = room.session, room.at
    (p,) = s.people
    lines = [x.left_ms for x in room_view(s, "en", at).open if x.activity == id]
    seats = [x.left_ms for view in (shared_view(s, "en", at, 0), seat_view(s, p, "en", at, 0)) for x in view.open]
    return {*lines, *seats, wall_view(s, "en", at).left_ms}


def test_an_answer_is_taken_until_the_new_end_and_every_screen_counts_to_it() -> None:
    room = opened("c1")
    assert left(room, "c1") == {60_000}
    room.at = 50_000
    (record,) = room.must(w.Extend(seconds=30))
    assert (record.k, record.fact) == ("activity.extend", ActivityExtended(activity="c1", round=1, until=90_000))
    assert left(room, "c1") == {40_000}
    room.at = 89_999
    assert room.no(w.Expire()) == "nothing-open"
    assert not isinstance(answer(room, "c1", "a"), str)
    room.at = 90_000
    assert answer(room, "c1", "b") == "closed"
    assert [x.k for x in room.must(w.Expire())] == ["activity.close"]


def test_a_stopped_clock_leaves_it_open_and_can_be_set_going_again() -> None:
    room = opened("c1")
    (record,) = room.must(w.Extend(activity="c1"))
    assert b'"until"' not in room.lines[record.i] and left(room, "c1") == {None}
    assert room.must(w.Extend(activity="c1")) == []  # it has stopped already
    room.at = 3_600_000
    assert room.no(w.Expire()) == "nothing-open" and not isinstance(answer(room, "c1", "a"), str)
    room.must(w.Extend(seconds=5))
    assert left(room, "c1") == {5_000}


def test_one_without_a_time_limit_gets_one_from_now() -> None:
    room = opened("p1")
    room.at = 10_000
    assert left(room, "p1") == {None}
    room.must(w.Extend(seconds=45))
    assert left(room, "p1") == {45_000}


def test_in_its_grace_time_is_given_from_now_and_not_from_the_end_that_passed() -> None:
    """The trainer saw 0:00: thirty seconds more are thirty seconds."""
    room = opened("z1")
    room.at = 61_500
    assert left(room, "z1") == {0}
    room.must(w.Extend(seconds=30))
    assert left(room, "z1") == {30_000}


def test_while_people_read_time_is_added_to_what_they_will_have() -> None:
    plan = msgspec.structs.replace(
        PLAN, activities=[msgspec.structs.replace(a, reading=10) if a.id == "c1" else a for a in PLAN.activities]
    )
    room = DryRoom(plan)
    come_in(room)
    room.must(w.OpenActivity(activity="c1"))
    room.must(w.Extend(seconds=30))
    assert left(room, "c1") == {100_000} and room.session.runs["c1"][0].reading_ms(room.at) == 10_000


@pytest.mark.parametrize("how", ["close", "void", "time", "time not yet noted", "revote"])
def test_what_has_ended_gets_no_more_time(how: str) -> None:
    """A phone may have said "too late" already; opening it again is another wish."""
    room = opened("c1")
    room.at = 60_000 if how.startswith("time") else 1000
    wish = {"close": w.CloseActivity(), "void": w.Void(), "time": w.Expire(), "revote": w.Revote(activity="c1")}.get(
        how
    )
    if wish is not None:
        room.must(wish)
    if how == "revote":
        room.must(w.Extend(activity="c1", seconds=30))
        assert [x.until for x in room.session.runs["c1"]] == [60_000, 91_000]  # the round that is open, no other
        return
    for seconds in (30, None):
        assert room.no(w.Extend(activity="c1", seconds=seconds)) == "reopen-first"
    assert room.no(w.Extend(seconds=30)) == ("reopen-first" if how == "time not yet noted" else "nothing-open")
    assert answer(room, "c1", "a") == "closed"


def test_who_is_meant_is_what_has_a_time_limit_else_it_has_to_be_named() -> None:
    room = opened("d1")
    room.must(w.OpenActivity(activity="c1"))
    assert set(room.session.open_rounds) == {"d1", "c1"}
    assert room.must(w.Extend(seconds=30))[0].fact.activity == "c1"  # type: ignore[attr-defined]
    room.must(w.Extend())
    assert room.no(w.Extend(seconds=30)) == "ambiguous"
    assert room.no(w.Extend(activity="nope", seconds=30)) == "unknown-activity"
    assert room.no(w.Extend(activity="t1", seconds=30)) == "not-run"


@pytest.mark.parametrize("seconds", [0, -1, -(2**70), MOST_MORE_S + 1, 2**70])
def test_no_other_number_of_seconds_is_taken(seconds: int) -> None:
    """A negative one would bring the end before answers that were taken; a huge one is no number of a log line."""
    room = opened("c1")
    assert room.no(w.Extend(seconds=seconds)) == "wrong-value"
    assert room.session.runs["c1"][0].until == 60_000


def test_also_in_a_pause_and_never_after_the_end_or_by_a_worker() -> None:
    room = opened("c1")
    room.must(w.Pause())
    room.must(w.Extend(seconds=30))
    (p,) = room.session.people
    assert room.no(w.Extend(seconds=30), room.phone(p)) == "not-allowed"
    room.must(w.Resume())
    room.must(w.End())
    assert room.no(w.Extend(activity="c1", seconds=30)) == "ended"


@pytest.mark.parametrize(("role", "taken"), [("lead", True), ("remote", True), ("helper", False)])
def test_who_leads_from_a_second_console_may_and_a_helper_may_not(role: str, taken: bool) -> None:
    room = opened("c1")
    (paired,) = room.must(w.PairConsole(role=role, name="Kim Lee"))
    by = Actor(by="co", via="terminal", co=paired.i, role=role)
    found = room.do(w.Extend(seconds=30), by)
    if taken:
        assert not isinstance(found, Refusal) and found[0].fact.co == paired.i
    else:
        assert found == Refusal("not-your-role")


def test_a_reader_that_does_not_know_the_kind_has_the_same_answers() -> None:
    """It is stored and counted there as unknown; only the countdown is another."""
    room = opened("c1")
    room.must(w.Extend(seconds=30))
    room.at = 80_000
    assert not isinstance(answer(room, "c1", "a"), str)
    old = [
        msgspec.structs.replace(x, fact=Unknown(name=x.k, fields={})) if x.k == "activity.extend" else x
        for x in room.records
    ]
    read = Session(origin=ORIGIN, plan=PLAN).fold(old)
    mine, theirs = room.session.runs["c1"][0], read.runs["c1"][0]
    assert read.unknown == 1 and theirs.answers == mine.answers and theirs.counts == {"a": 1}


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 70_000)),
        st.tuples(st.just("answer"), st.sampled_from(["a", "b"])),
        st.tuples(st.just("extend"), st.sampled_from([None, 1, 30, 60, MOST_MORE_S])),
        st.tuples(st.just("close"), st.sampled_from(["close", "expire"])),
        st.tuples(st.just("again"), st.none()),
    ),
    max_size=25,
)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(IDS), MOVES)
@example("z1", [("wait", 61_000), ("extend", 1), ("wait", 2_999), ("answer", "a"), ("close", "expire")])
def test_the_end_only_moves_away_and_no_answer_that_was_taken_is_lost(id: str, moves: list[tuple[str, object]]) -> None:
    """Against a model that knows only: is it open, when does it end, which answer was acknowledged last."""
    room = opened(id)
    grace = kind_of("quiz").grace_ms if id == "z1" else 0
    is_open, end, last, no = True, (LIMIT_S * 1000 if id != "p1" else None), "", 1
    for what, how in moves:
        running = is_open and (end is None or room.at < end + grace)
        if what == "wait":
            room.at += int(how)  # type: ignore[call-overload]
        elif what == "answer":
            found = answer(room, id, str(how), no)
            assert (found == "closed") is not running
            last = str(how) if running else last
        elif what == "extend":
            seconds = how if isinstance(how, int) else None
            done = room.do(w.Extend(activity=id, seconds=seconds), FACILITATOR)
            assert isinstance(done, Refusal) is not running
            if running:
                before, end = end, (None if seconds is None else max(room.at, end or 0) + seconds * 1000)
                assert end is None or (end > room.at and (before is None or end > before))
        elif what == "close":
            expires = end is not None and room.at >= end + grace
            room.do(w.CloseActivity(activity=id) if how == "close" else w.Expire(), FACILITATOR)
            is_open = is_open and how != "close" and not expires
        elif not is_open:  # another round of a vote, the same round of anything else that is opened again
            room.must(w.Revote(activity=id) if kind_of(TYPES[id]).votes else w.OpenActivity(activity=id))
            if len(room.session.runs[id]) > no:
                no, last = no + 1, ""
            is_open, end = True, (room.at + LIMIT_S * 1000 if id != "p1" else None)
        one = room.session.runs[id][-1]
        assert (one.is_open, one.no) == (is_open, no) and (not is_open or one.until == end)
        assert [x.v for x in one.answers.values()] == ([[last]] if last else [])
    read = [parse_record(line, opening or None) for line, opening in zip(room.lines, room.openings, strict=True)]
    assert Session(origin=ORIGIN, plan=PLAN).fold(read) == room.session
