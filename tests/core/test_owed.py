"""What is owed and why, and where somebody counts as trained."""

from __future__ import annotations

import itertools

from fieldkit.core import records as r
from fieldkit.core.plan import Activity, Completion, Segment, Step
from fieldkit.core.register import Register
from fieldkit.core.session import Session
from fieldkit.core.standing import WRONG
from fieldkit.core.taught import AWAY, NOT_HELD, UNDONE, UNSIGNED, facts
from tests.core.classes import ALL, MIN, Class, origin, owed, plan, program, register, standing
from tests.core.test_programs import MISSED, make_up


def test_who_was_only_expected_somewhere_stays_with_those_who_trained_them() -> None:
    here = Class(1, 0, {"E1": "warm", "E2": ""})
    yard, none = Class(2, 5, {"E1": "", "E2": ""}, site="Yard"), Class(3, 7, {"E1": ALL, "E2": ""}, site="")
    other = Class(4, 9, {"E1": ""}, plan("something-else"), site="Hall 9")
    for sessions in itertools.permutations([here, yard, none, other]):
        found = register(program(), *sessions).people
        assert (found["E1", ""].site, found["E2", ""].site) == ("plant-2", "Yard"), "of E2 nothing else is known"
    there = Class(5, 11, {"E1": "warm"}, plan("something-else"), site="Yard")
    light = Register([program()])
    for one in (yard, there, here):
        met = facts(one.session, light.wanted)
        assert met is not None
        light.add(met)
    assert light.people["E1", ""].site == "Yard", "trained last there, whatever the program says of that session"


def test_wrong_answers_are_owed_beside_what_was_missed() -> None:
    first = Class(1, 0, None)
    first.people = {"E1": MISSED, "E2": ALL, "E3": "learn drill", "E4": "warm"}
    first.run(wrong="E1 E2")
    who = {badge: standing(program(), badge, first, on=1) for badge in first.people}
    assert {k: owed(x) for k, x in who.items()} == {
        "E1": [("basics", "learn drill")],
        "E2": [("basics", "learn")],
        "E3": [("basics", "warm")],
        "E4": [("basics", "learn drill")],
    }
    whys = {k: x.owes[0].whys for k, x in who.items() if x is not None}
    assert whys == {"E1": (WRONG, AWAY), "E2": (WRONG,), "E3": (AWAY,), "E4": (AWAY, AWAY)}


def test_questions_of_a_missed_segment_make_no_other_segment_owed() -> None:
    """Of four questions three were right: the two that were asked while they were away wait for the make-up."""
    ab = plan().activities[0].options
    asks = [Activity(id=f"q{k}", type="choice", text=["b?"], options=ab, graded=True, answer=["b"]) for k in range(6)]
    steps = [[Step(at=0, do="open", activity=f"q{k}") for k in some] for some in (range(4), range(4, 6))]
    segments = [Segment(id, "content", 10, [id], steps=its) for id, its in zip(("one", "two"), steps, strict=True)]
    of = plan(segments=segments, activities=asks, completion=Completion(score_min=60))
    course = Class(1, 0, None, of)
    for badge in ("E1", "E2"):
        course.expect(badge)
        course.add(r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=False), f"p-{badge}")
    for segment, some in (("one", range(4)), ("two", range(4, 6))):
        course.add(r.SegmentEntered(segment=segment))
        if segment == "two":
            for p in ("p-E1", "p-E2"):
                course.add(r.WentOut(ev=["lan"], via="phone", by="self"), p)
        course.m += MIN
        for k in some:
            course.add(r.ActivityOpened(activity=f"q{k}", round=1, mode="named"))
            for p, right in (("p-E1", 3), ("p-E2", 2)) if segment == "one" else ():
                v = "b" if k < right else "a"
                course.add(r.AnswerPut(activity=f"q{k}", round=1, v=[v], via="phone"), p)
            course.add(r.ActivityClosed(activity=f"q{k}", round=1))
        course.m += MIN
    course.add(r.SessionClosed(why="done"))
    one, two = (standing(program(), badge, course, on=1) for badge in ("E1", "E2"))
    assert (owed(one), owed(two)) == ([("basics", "two")], [("basics", "one two")])


def test_why_a_segment_is_owed_is_said() -> None:
    first = Class(1, 0, {"E1": ALL, "E2": "warm learn"})
    first.records = [x for x in first.records if x.p != "p-E1" or not isinstance(x.fact, r.Acknowledged)]
    first.session = Session(origin=first.session.origin, plan=first.plan).fold(first.records)
    one, two = (standing(program(), badge, first, on=1) for badge in ("E1", "E2"))
    assert one is not None and two is not None
    assert (one.owes[0].segments, one.owes[0].whys) == (("drill",), (UNSIGNED,))
    assert (two.owes[0].segments, two.owes[0].whys) == (("drill",), (AWAY,))
    away = Class(2, 3, {"E1": "", "E2": ""})
    again = [standing(program(), badge, first, away, on=4) for badge in ("E1", "E2")]
    assert [x.owes[0].whys for x in again if x is not None] == [(UNSIGNED,), (AWAY,)]
    skill = plan(completion=Completion(attendance_min=80, require=["q"]))
    away_from_q = Class(3, 0, {"E1": ALL, "E2": "warm drill"}, skill)
    away_from_q.records = [x for x in away_from_q.records if not isinstance(x.fact, r.AnswerPut)]
    away_from_q.session = Session(origin=origin(3), plan=skill).fold(away_from_q.records)
    said = [standing(program(), badge, away_from_q, on=1) for badge in ("E1", "E2")]
    assert [x.owes[0].whys for x in said if x is not None] == [(UNDONE,), (AWAY,)]
    made = make_up(4, 5, "E1", "drill")
    unknown = standing(program(), "E1", made, on=9)
    assert unknown is not None and unknown.owes[0].whys == (NOT_HELD, NOT_HELD)
    assert owed(unknown) == [("basics", "warm learn")]
