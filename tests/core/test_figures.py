"""Figures of sessions: exact sums, the same by hand, and nothing of anybody in them."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.figures import NOTHING, Figures, figures_of, minus, plus, read, total
from fieldkit.core.figures.counts import Item, Sums
from fieldkit.core.intents import Actor
from fieldkit.core.office import DESK, corrected
from fieldkit.core.plan import Plan, Segment
from fieldkit.core.session import Session
from fieldkit.core.state import Check
from tests.core.classes import ALL, MIN, OFFICE, Class, origin
from tests.core.crew import CREW, Crew
from tests.core.figured import MEETINGS, TEST, Meeting, Somebody, by_hand, measured, rest_pairs, session


def figures(of: Meeting) -> Figures:
    found = figures_of(session(of).session)
    assert found is not None
    return found


@settings(max_examples=60, deadline=None)
@given(MEETINGS)
def test_every_figure_is_the_one_worked_out_by_hand(of: Meeting) -> None:
    got, want = figures(of), by_hand(of)
    for name in got.__struct_fields__:
        assert getattr(got, name) == getattr(want, name), name


@settings(max_examples=20, deadline=None)
@given(st.lists(MEETINGS, max_size=4), st.randoms())
def test_sums_are_exact_in_any_order_and_can_be_taken_away(many: list[Meeting], rng: random.Random) -> None:
    found = [figures(one) for one in many]
    whole = total(found)
    rng.shuffle(found)
    assert total(found) == whole
    for one in found:
        assert plus(one, NOTHING) == one == plus(NOTHING, one)
        assert minus(plus(whole, one), one) == whole
        assert plus(minus(whole, one), one) == whole
    for a, b in pairwise(found):
        assert plus(a, b) == plus(b, a)
        assert plus(plus(whole, a), b) == plus(whole, plus(a, b))
    left = whole
    for one in found:
        left = minus(left, one)
    assert left == NOTHING
    for codec in (msgspec.json, msgspec.msgpack):
        assert codec.decode(codec.encode(whole), type=Figures) == whole


@settings(max_examples=15, deadline=None)
@given(st.lists(MEETINGS, min_size=1, max_size=6))
def test_the_discrimination_is_the_correlation_with_the_rest(many: list[Meeting]) -> None:
    """As the module `statistics` works it out from everybody's points."""
    whole = total(figures(one) for one in many)
    for q in TEST:
        pairs = [pair for of in many for pair in (rest_pairs(_complete(of), q))]
        item = whole.items.get(q, Item())
        assert item.whole == len(pairs)
        judged = read.discrimination(item)
        if len(pairs) < read.FEW:
            assert judged.value is None
            continue
        xs, rs = zip(*pairs, strict=True)
        if len(set(xs)) == 1 or len(set(rs)) == 1:
            assert (judged.value, judged.note) == (None, read.ALIKE)
        else:
            assert judged.value is not None
            assert float(judged.value) == pytest.approx(statistics.correlation(xs, rs), abs=0.00501)


def _complete(of: Meeting) -> list[Somebody]:
    if {q.partition("/")[0] for q in TEST} & of.void:
        return []
    return [one for one in of.people if one.here and not one.taken_out and all(q in one.said for q in TEST)]


def leaves(one: Any) -> Iterator[Any]:
    if isinstance(one, Sums):
        yield from (leaf for name in one.__struct_fields__ for leaf in leaves(getattr(one, name)))
    elif isinstance(one, dict):
        yield from (leaf for key, value in one.items() for leaf in (key, *leaves(value)))
    else:
        yield one


@settings(max_examples=15, deadline=None)
@given(MEETINGS)
def test_figures_hold_numbers_and_ids_of_the_plan_and_nothing_else(of: Meeting) -> None:
    plan = measured()
    ids = {g.id for g in plan.segments} | {a.id for a in plan.activities} | {"1", "2", "a", "b", "c", "true", "false"}
    ids |= {"quiz/x", "quiz/y", "kit/lock", "kit/tag"}
    for leaf in leaves(figures(of)):
        assert type(leaf) is int or leaf in ids


# ---- odd sessions --------------------------------------------------------------------------------------------


def test_what_has_not_ended_or_is_no_training_has_no_figures() -> None:
    assert figures_of(Session(origin=origin(1), plan=measured())) is None
    assert figures_of(Class(1, 0).session) is None
    for kind in (DESK, "blended"):
        room = Class(1, 0, session_kind=kind)
        room.add(r.SessionClosed(why="done"))
        assert figures_of(room.session) is None


def test_an_empty_session_was_one_and_nothing_was_run() -> None:
    room = Class(1, 0, of=measured())
    room.add(r.SessionClosed(why="done"))
    found = figures_of(room.session)
    assert found is not None
    d = found.delivery
    assert (d.sessions, d.people, d.present, d.asked, d.pace.skipped, d.pace.timed) == (1, 0, 0, 0, 1, 0)
    assert (d.segments, d.segments_skipped, d.planned, d.run, d.skipped) == (4, 4, 11, 0, 11)
    assert not (found.items or found.spread or found.gain or found.moved or found.agreed)


def test_everybody_absent_and_one_person() -> None:
    away = figures(Meeting(people=(Somebody(here=False), Somebody(here=False))))
    assert (away.delivery.people, away.delivery.expected, away.delivery.present) == (2, 2, 0)
    assert (away.delivery.asked, away.delivery.answered) == (0, 0)
    said = {"q1": ("b",), "q2": ("a", "c"), "quiz/x": ("b",), "quiz/y": ("true",)}
    alone = figures(Meeting(people=(Somebody(said=said, sure="sure"),)))
    assert alone.items["q1"] == Item(n=1, right=1, sure_right=1, whole=1, x=1, r=2, xx=1, rr=4, xr=2)
    assert read.difficulty(alone.items["q1"]) is None
    assert read.discrimination(alone.items["q1"]).note == read.TOO_FEW


def test_a_marked_status_and_a_later_correction_count() -> None:
    """As on the sheet: who was marked excused is not present, and head office's word holds."""
    room = Class(1, 0, {"E1": ALL, "E2": ALL, "E3": ALL})
    ref = r.Ref(i=0, leaf="0" * 64, o=room.session.origin)
    said = r.Amended(do="correct", why="mistake", by="office", ref=ref, set={"status": "excused"})
    answer = {"activity": "q", "round": 1, "v": ["a"]}
    wrong = r.Amended(do="correct", why="mistake", by="office", ref=ref, set=answer)
    before = figures_of(room.session)
    late = room.t0 + room.m
    corrected(
        room.session,
        [(OFFICE, r.Record(1, 0, late, said, "p-E1")), (OFFICE, r.Record(2, 0, late, wrong, "p-E2"))],
    )
    after = figures_of(room.session)
    assert before is not None and after is not None
    assert (before.delivery.present, after.delivery.present, after.delivery.excused) == (3, 2, 1)
    assert (before.items["q"].right, after.items["q"].right) == (3, 2)
    assert after.spread["q"]["1"].counts == {"a": 1, "b": 2}


def test_a_withdrawn_answer_and_a_void_round_do_not_count() -> None:
    room = Class(1, 0, {"E1": ALL, "E2": ALL})
    at = next(one.i for one in room.records if isinstance(one.fact, r.AnswerPut))
    ref = r.Ref(i=at, leaf="0" * 64)
    room.add(r.Amended(do="void", why="mistake", by="fac", ref=ref))
    found = figures_of(room.session)
    assert found is not None and found.items["q"].n == found.spread["q"]["1"].n == 1
    assert (found.activities["q"].asked, found.activities["q"].answered) == (2, 1)
    room.add(r.ActivityVoided(activity="q", round=1))
    found = figures_of(room.session)
    assert found is not None and not found.items and not found.spread
    assert (found.activities["q"].run, found.activities["q"].void, found.activities["q"].asked) == (1, 1, 0)


def test_who_objected_is_not_asked_and_merged_entries_are_one_person() -> None:
    room = Class(1, 0, of=measured())
    for p in ("p1", "p2", "p3"):
        room.add(r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=True), p, {"name": p})
    room.add(r.PersonObjected(why="request"), "p3")
    room.add(r.ActivityOpened(activity="q1", round=1, mode="named"))
    for p, v in (("p1", "b"), ("p2", "a")):
        room.add(r.AnswerPut(activity="q1", round=1, v=[v], via="phone"), p)
    room.add(r.ActivityClosed(activity="q1", round=1))
    room.add(r.PersonMerged(from_="p2", why="double"), "p1")
    room.add(r.SessionClosed(why="done"))
    found = figures_of(room.session)
    assert found is not None
    assert (found.delivery.people, found.delivery.present, found.delivery.walkins) == (2, 2, 2)
    assert (found.activities["q1"].asked, found.activities["q1"].answered) == (1, 1)
    assert found.items["q1"].n == 1


def test_numbers_that_no_room_has_stay_numbers() -> None:
    """A laptop signs what it likes: its tally and its minutes."""
    odd = measured(segments=[Segment("warm", "content", 1 << 52, ["W"]), Segment("neg", "content", -5, ["N"])])
    room = Class(1, 0, of=odd)
    room.add(r.SegmentEntered(segment="warm"))
    room.add(r.ActivityOpened(activity="secret", round=1, mode="anonymous"))
    room.add(
        r.TallyPut(activity="secret", round=1, counts={"a": 1 << 52, "b": -3, "=x": 7}, n=1 << 52, suppressed=False)
    )
    room.add(r.ActivityClosed(activity="secret", round=1))
    room.m = 1 << 52
    room.add(r.SessionClosed(why="done"))
    found = figures_of(room.session)
    assert found is not None
    assert all(abs(leaf) < 1 << 40 for leaf in leaves(found) if isinstance(leaf, int))
    assert found.spread["secret"]["1"].counts == {"a": 1_000_000}  # what the plan does not offer is no code
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(total([found] * 50)), type=Figures) == total([found] * 50)


def test_a_plan_without_anything_and_ids_that_come_twice() -> None:
    bare = Plan(1, "bare", "1.0.0", ["B"], "en", ["en"], 0, [], [])
    room = Class(1, 0, of=bare)
    room.add(r.SessionClosed(why="done"))
    assert figures_of(room.session) is not None
    twice = measured(segments=[*measured().segments, *measured().segments], activities=measured().activities * 2)
    room = Class(1, 0, of=twice)
    room.add(r.SegmentEntered(segment="warm"))
    room.m += 10 * MIN
    room.add(r.SessionClosed(why="done"))
    found = figures_of(room.session)
    assert found is not None and found.segments["warm"].n == 2


def test_what_is_made_on_the_spot_is_counted_and_never_by_its_id() -> None:
    room = Class(1, 0, of=measured())
    room.add(r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=True), "p1", {"name": "N"})
    for k in (1, 2):
        spot = r.SpotDef(type="poll", options=["a", "b"])
        opened = r.ActivityOpened(activity=f"spot-{k}", round=1, mode="named", def_=spot)
        room.add(opened, None, {"text": "Lunch?", "options": ["A", "B"]})
        room.add(r.AnswerPut(activity=f"spot-{k}", round=1, v=["a"], via="phone"), "p1")
        room.add(r.ActivityClosed(activity=f"spot-{k}", round=1))
    room.add(r.SessionClosed(why="done"))
    found = figures_of(room.session)
    assert found is not None and found.delivery.spots == 2 and not found.spread
    assert (found.activities["spot-"].run, found.activities["spot-"].asked) == (2, 2)


# ---- two evaluators ------------------------------------------------------------------------------------------


def test_a_second_evaluators_verdict_is_kept_beside_the_first() -> None:
    """By the rules and the log, from two consoles: also where both say the same. Who judges again only changes their
    own verdict."""
    room = Crew(1)
    room.open("skill")
    cos = []
    for name in ("Eve", "Fay"):
        made = room.must(w.PairConsole(role="helper", key=None, name=name))
        cos.append(Actor(by="co", via="terminal", co=made[0].i, role="helper"))
    p = room.ps[0]

    def said() -> list[bool]:
        check: Check = room.session.runs["skill"][0].checks[p]["lock"]
        return [ok for _, ok in check.said]

    def judge(by: Actor, ok: bool) -> int:
        return len(room.must(w.MarkItem(who=p, activity="skill", item="lock", ok=ok), by))

    assert (judge(cos[0], True), said()) == (1, [True])
    assert (judge(cos[1], True), said()) == (1, [True, True])
    assert (judge(cos[1], True), said()) == (0, [True, True])
    assert (judge(cos[1], False), said()) == (1, [True, False])
    assert (judge(cos[0], False), said()) == (1, [False, False])
    assert (judge(Actor(by="fac", via="terminal"), False), len(said())) == (1, 3)
    again = room.must(w.PairConsole(role="helper", key=None, name="Eve"))[0].i  # let in anew: nobody new
    assert judge(Actor(by="co", via="terminal", co=again, role="helper"), False) == 0
    room.must(w.CloseActivity(activity="skill"))
    room.must(w.End())
    found = figures_of(room.session)
    assert found is not None and found.agreed["skill/lock"].no_no == 1
    assert list(found.agreed) == ["skill/lock"]


def test_a_list_for_a_whole_group_says_nothing_of_agreement() -> None:
    room = Crew(2)
    room.open("both")
    made = room.must(w.PairConsole(role="helper", key=None, name="Eve"))
    for by in (Actor(by="fac", via="terminal"), Actor(by="co", via="terminal", co=made[0].i, role="helper")):
        room.must(w.MarkItem(who=room.ps[0], activity="both", item="lift"), by)
    room.must(w.CloseActivity(activity="both"))
    room.must(w.End())
    found = figures_of(room.session)
    assert found is not None and not found.agreed and CREW.activity("both") is not None


def test_a_verdict_put_right_afterwards_is_nobodys_second_one() -> None:
    of = Meeting(people=(Somebody(judged={"lock": (True, False)}),))
    room = session(of)
    assert figures_of(room.session) == by_hand(of)
    put = {"activity": "kit", "round": 1, "item": "lock", "ok": True}
    ref = r.Ref(i=0, leaf="0" * 64, o=room.session.origin)
    late = r.Record(
        1, 0, room.t0, r.Amended(do="correct", why="mistake", by="office", ref=ref, set=put), "p0", None, {}
    )
    corrected(room.session, [(OFFICE, late)])
    found = figures_of(room.session)
    assert found is not None and not found.agreed
