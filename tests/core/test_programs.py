"""Programs: parts, make-ups by segment, credit, order, validity, who needs what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fieldkit.core import records as r
from fieldkit.core.plan import Completion
from fieldkit.core.program import MakeUp, Need, PackAtLeast, Part, Validity, version_key
from fieldkit.core.register import Register
from fieldkit.core.standing import CREDIT, DUE, GAP, MADE_UP, READY, SEGMENTS, WHOLE
from fieldkit.core.taught import Ref, facts
from tests.core.classes import ALL, DAY_0, OFFICE, Class, origin, owed, plan, program, register, standing

MISSED = "warm learn"


def part(id: str, pack: str, *after: str, **over: object) -> Part:
    return Part(id=id, title={"en": id}, packs=(PackAtLeast(id=pack),), after=after, **over)  # type: ignore[arg-type]


def test_who_was_in_all_of_it_is_ready_for_a_year_and_the_record_is_named() -> None:
    course = Class(1, 0, {"E1": ALL})
    one = standing(program(), "E1", course)
    assert one is not None
    assert (one.state, one.completed_on, one.expires_on) == (READY, date(2026, 1, 5), date(2027, 1, 5))
    (done,) = one.done
    (ref,) = done.by
    assert (done.how, ref.o) == (WHOLE, origin(1))
    assert isinstance(course.records[ref.i].fact, r.PersonJoined) and course.records[ref.i].p == "p-E1"
    assert (one.name, one.crew, one.role, one.site, one.needed) == ("Name E1", "B", "operator", "plant-2", True)


@pytest.mark.parametrize(
    ("day", "state", "why"),
    [
        (date(2026, 12, 5), READY, "complete"),
        (date(2026, 12, 6), DUE, "expires-soon"),
        (date(2027, 1, 5), DUE, "expires-soon"),
        (date(2027, 1, 6), GAP, "expired"),
        (date(2026, 1, 4), GAP, "never-begun"),
    ],
)
def test_the_last_day_counts_and_thirty_days_before_it_somebody_is_due(day: date, state: str, why: str) -> None:
    one = standing(program(), "E1", Class(1, 0, {"E1": ALL}), on=day)
    assert one is not None
    assert (one.state, one.why) == (state, why)


def test_months_are_of_the_calendar() -> None:
    leap = program(validity=Validity(months=1))
    one = standing(leap, "E1", Class(1, 26, {"E1": ALL}), on=26)  # 31 January
    assert one is not None
    assert one.expires_on == date(2026, 2, 28)


def test_without_a_validity_of_its_own_the_packs_say_how_long() -> None:
    both = program(part("a", "one"), part("b", "two"), validity=None)
    sessions = [
        Class(k, k, {"E1": ALL}, plan(id, valid_months=n)) for k, (id, n) in enumerate([("one", 3), ("two", 9)])
    ]
    one = standing(both, "E1", *sessions, on=10)
    assert one is not None
    assert (one.completed_on, one.expires_on) == (date(2026, 1, 6), date(2026, 4, 5))
    never = standing(program(validity=None), "E1", Class(1, 0, {"E1": ALL}), on=90_000)
    assert never is not None
    assert (never.state, never.expires_on) == (READY, None)


# ---- make-ups ----------------------------------------------------------------------------------------------------


def make_up(n: int, day: int, badge: str, *segments: str, of: str | None = None) -> Class:
    """A session of these segments alone, in which this person is."""
    one = Class(n, day, None, session_kind="makeup", makes_up=of or origin(1))
    one.people = {badge: " ".join(segments)}
    one.run(segments)
    return one


def test_who_missed_a_segment_owes_that_segment_alone() -> None:
    first = Class(1, 0, {"E1": MISSED, "E2": ALL, "E3": ""})
    assert owed(standing(program(), "E1", first, on=1)) == [("basics", "drill")]
    assert owed(standing(program(), "E2", first, on=1)) == []
    assert owed(standing(program(), "E3", first, on=1)) == [("basics", ALL)]
    one = standing(program(), "E1", first, make_up(2, 5, "E1", "drill"), on=9)
    assert one is not None
    assert (one.state, one.completed_on, one.owes) == (READY, date(2026, 1, 10), ())
    assert (one.done[0].how, [ref.o for ref in one.done[0].by]) == (MADE_UP, [origin(1), origin(2)])


def test_another_sites_session_makes_up_the_segment_too() -> None:
    first, second = Class(1, 0, {"E1": MISSED}), Class(2, 3, {"E1": "drill"}, site="plant-9")
    one = standing(program(), "E1", second, first, on=9)
    assert one is not None
    assert (one.state, one.done[0].how, one.site) == (READY, SEGMENTS, "plant-9")


def test_a_make_up_of_one_segment_alone_makes_nobody_ready() -> None:
    """Its own sheet says completed: everybody was there all the time."""
    free = plan(completion=Completion())
    alone = Class(2, 5, None, free, session_kind="makeup", makes_up=origin(1))
    alone.people = {"E1": "drill"}
    alone.run(("drill",))
    assert owed(standing(program(), "E1", alone, on=9)) == [("basics", "warm learn")]
    missed = Class(1, 0, {"E2": ALL}, free)
    assert owed(standing(program(), "E1", alone, missed, on=9)) == [("basics", "warm learn")]


def test_a_make_up_counts_for_the_part_of_the_session_that_it_makes_up() -> None:
    two = program(part("a", "press-basics"), part("b", "other"))
    first = Class(1, 0, {"E1": MISSED}, program="press4", part="b")
    one = standing(two, "E1", first, make_up(2, 5, "E1", "drill"), on=9)
    assert one is not None
    assert ([x.part for x in one.done], owed(one)) == (["b"], [("a", "")])
    lost = standing(two, "E1", first, make_up(2, 5, "E1", "drill", of=origin(99)), on=9)
    assert owed(lost) == [("a", "warm learn"), ("b", "drill")]


def test_segments_that_lie_too_far_apart_do_not_add_up() -> None:
    first = Class(1, 0, {"E1": MISSED})
    near = program(make_up=MakeUp(days=10))
    late = standing(near, "E1", first, make_up(2, 11, "E1", "drill"), on=12)
    assert owed(late) == [("basics", "warm learn")]
    assert owed(standing(near, "E1", first, on=11)) == [("basics", "")]
    kept = standing(near, "E1", first, make_up(2, 10, "E1", "drill"), on=12)
    assert kept is not None
    assert kept.state == READY


def test_a_program_that_wants_the_whole_session_again_adds_nothing_up() -> None:
    strict = program(make_up=MakeUp(by="session"))
    first, second = Class(1, 0, {"E1": MISSED}), Class(2, 3, {"E1": "drill"})
    assert owed(standing(strict, "E1", first, second, on=9)) == [("basics", "")]
    assert owed(standing(strict, "E1", first, make_up(2, 5, "E1", "drill"), on=9)) == [("basics", "")]
    again = standing(strict, "E1", first, make_up(2, 5, "E1", "warm", "learn", "drill"), on=9)
    assert again is not None
    assert again.state == READY


def test_a_wrong_answer_owes_the_segment_and_the_newest_answer_counts() -> None:
    first = Class(1, 0, None)
    first.people = {"E1": MISSED}
    first.run(wrong="E1")
    drilled = make_up(2, 5, "E1", "drill")
    assert owed(standing(program(), "E1", first, drilled, on=9)) == [("basics", "learn")]
    one = standing(program(), "E1", first, drilled, make_up(3, 6, "E1", "learn"), on=9)
    assert one is not None
    assert one.state == READY


# ---- credit ------------------------------------------------------------------------------------------------------


def test_a_credit_replaces_exactly_what_it_names() -> None:
    def with_credit(*whats: str) -> list[tuple[str, str]]:
        return owed(standing(program(), "E1", Class(1, 0, {"E1": "warm", "E2": MISSED}).credit("E1", *whats), on=1))

    assert with_credit() == with_credit("nothing") == [("basics", "learn drill")]
    assert with_credit("learn") == [("basics", "drill")]
    assert with_credit("ack") == [("basics", "learn drill")]  # the signature, not the minutes
    assert with_credit("learn", "drill") == with_credit("press-basics") == []
    other = Class(1, 0, {"E1": "warm", "E2": MISSED}).credit("E1", "drill")
    assert owed(standing(program(), "E2", other, on=1)) == [("basics", "drill")]


def test_a_credit_for_the_pack_counts_for_who_was_away_and_names_the_offices_record() -> None:
    away = Class(1, 0, {"E1": ""}).credit("E1", "press-basics")
    one = standing(program(), "E1", away, on=1)
    assert one is not None
    assert (one.state, one.done[0].how) == (READY, CREDIT)
    assert Ref(OFFICE, 1) in one.done[0].by
    none = program(Part(id="basics", title={"en": "B"}, packs=(PackAtLeast(id="press-basics"),), credit=False))
    assert owed(standing(none, "E1", away, on=1)) == [("basics", ALL)]


# ---- parts, order, window ----------------------------------------------------------------------------------------

TWO = program(part("a", "one"), part("b", "two", "a"))


def taught(n: int, day: int, pack: str, badge: str = "E1", **opened: str) -> Class:
    return Class(n, day, {badge: ALL}, plan(pack), **opened)


def test_a_part_counts_only_after_those_it_comes_after() -> None:
    early = [taught(1, 0, "two"), taught(2, 1, "one")]
    one = standing(TWO, "E1", *early, on=9)
    assert one is not None
    assert (one.state, owed(one), one.owes[0].early) == (GAP, [("b", "")], True)
    done = standing(TWO, "E1", *early, taught(3, 2, "two"), on=9)
    assert done is not None
    assert (done.state, done.completed_on) == (READY, date(2026, 1, 7))


def test_all_of_it_has_to_happen_within_its_days() -> None:
    quick = program(part("a", "one"), part("b", "two"), within_days=14)
    assert owed(standing(quick, "E1", taught(1, 0, "one"), taught(2, 15, "two"), on=16)) == [("a", "")]
    assert owed(standing(quick, "E1", taught(1, 0, "one"), taught(2, 14, "two"), on=16)) == []


def test_each_completion_takes_its_parts_anew_but_for_those_done_once() -> None:
    again = [taught(1, 0, "one"), taught(2, 1, "two"), taught(3, 200, "two")]
    pair = program(part("a", "one"), part("b", "two"))
    one = standing(pair, "E1", *again, on=250)
    assert one is not None
    assert (one.completed_on, [x.part for x in one.done]) == (date(2026, 1, 6), ["a", "b"])
    once = standing(program(part("a", "one", once=True), part("b", "two", "a")), "E1", *again, on=250)
    assert once is not None
    assert once.completed_on == DAY_0 + timedelta(days=200)


def test_a_session_that_names_a_part_is_for_that_part_and_an_old_pack_is_for_none() -> None:
    two = program(part("a", "one"), part("b", "one"))
    named = taught(1, 0, "one", program="press4", part="b")
    assert owed(standing(two, "E1", named, on=1)) == [("a", "")]
    assert owed(standing(two, "E1", taught(1, 0, "one"), on=1)) == [("b", "")]
    unknown = taught(1, 0, "one", program="press4", part="zz")
    assert owed(standing(two, "E1", unknown, on=1)) == [("a", ""), ("b", "")]
    newer = program(Part(id="a", title={"en": "A"}, packs=(PackAtLeast(id="one", version="2.0.0"),)))
    assert owed(standing(newer, "E1", taught(1, 0, "one"), on=1)) == [("a", "")]


def test_versions_are_ordered_as_semver_says() -> None:
    ordered = ["rubbish", "0.9.9", "1.0.0-alpha", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-beta", "1.0.0", "1.10.0"]
    assert sorted({*ordered}, key=version_key) == ordered
    assert version_key("1.0.0+build") == version_key("1.0.0")


# ---- people ------------------------------------------------------------------------------------------------------


def test_nobody_is_matched_by_name_and_two_issuers_are_two_people() -> None:
    first = Class(1, 0, None)
    first.expect("E1", name="Ann [/] Lee", crew="B")
    second = Class(2, 1, None)
    second.expect("E2", name="Ann [/] Lee", crew="B")
    third = Class(3, 2, None)
    third.expect(" e1 ", name="=Ann", id_issuer="acme", crew="B")
    for one in (first, second, third):
        one.people = {}
        one.run()
    found = register(program(), first, second, third)
    assert sorted(found.people) == [("E1", ""), ("E1", "ACME"), ("E2", "")]


def test_who_has_no_badge_is_counted_and_in_no_list() -> None:
    one = Class(1, 0, None)
    one.add(r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=True), "w", {"name": "Walk In"})
    one.people = {"E1": ALL}
    one.run()
    found = register(program(), one)
    assert (found.unknown, list(found.people)) == (1, [("E1", "")])


def test_taken_out_merged_objecting_and_erased() -> None:
    def after(change: r.Fact, p: str, x: dict[str, str] | None = None) -> Class:
        course = Class(1, 0, {"E1": ALL, "E2": MISSED})
        course.add(change, p, x)
        return course

    gone = after(r.PersonVoided(why="mistake"), "p-E1")
    assert standing(program(), "E1", gone) is None
    merged = after(r.PersonMerged(from_="p-E2", why="mistake"), "p-E1")
    assert register(program(), merged).people.keys() == {("E1", "")}
    objected = after(r.PersonObjected(why="request"), "p-E1")
    took_part = standing(program(), "E1", objected, on=1)
    assert took_part is not None
    assert took_part.state == READY  # as the sheet says: answers are not to be recorded, and the person was there
    erased = Class(1, 0, None)
    erased.add(r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=False), "p-E1")  # nothing private is left
    erased.people = {}
    erased.run()
    assert (register(program(), erased).people, register(program(), erased).unknown) == ({}, 1)


def test_a_session_that_has_not_ended_or_is_the_offices_says_nothing() -> None:
    running = Class(1, 0, None)
    running.expect("E1", crew="B")
    assert facts(running.session) is None
    assert facts(Class(1, 0, {"E1": ALL}, session_kind="desk").session) is None


def test_in_a_session_in_which_nothing_ran_nobody_did_everything() -> None:
    empty = Class(1, 0, None, plan(completion=Completion(attendance_min=80), activities=[]))
    empty.expect("E1", crew="B")
    empty.add(r.SessionClosed(why="done"))
    assert owed(standing(program(), "E1", empty, on=1)) == [("basics", ALL)]


@pytest.mark.parametrize(
    ("need", "needed"),
    [
        (Need(), True),
        (Need(crew=(" b ", "C")), True),
        (Need(crew=("B",), role=("OPERATOR",), site=("plant-2",)), True),
        (Need(crew=("B",), role=("fitter",)), False),
        (Need(site=("plant-3",)), False),
        (Need(employer=("",)), True),
    ],
)
def test_who_needs_it_is_said_by_crew_role_site_and_employer(need: Need, needed: bool) -> None:
    one = standing(program(needs=(need,)), "E1", Class(1, 0, {"E1": MISSED}), on=1)
    assert one is not None
    assert one.needed is needed


def test_who_needs_it_and_never_was_there_is_a_gap() -> None:
    one = standing(program(), "E1", Class(1, 0, {"E1": ALL}, plan("something-else")), on=1)
    assert one is not None
    assert (one.state, one.why, owed(one)) == (GAP, "never-begun", [("basics", "")])
    nobody = program(needs=())
    assert standing(nobody, "E1", Class(1, 0, {"E1": ALL}, plan("something-else")), on=1) is None


def test_the_newest_words_of_the_roster_and_the_newest_cohort_hold() -> None:
    old, new = Class(1, 0, {"E1": ALL}, cohort="autumn"), Class(2, 5, None, site="plant-7", cohort="winter")
    new.expect("E1", name="Ann", crew="C")
    new.people = {}
    new.run()
    for sessions in ([old, new], [new, old]):
        one = standing(program(), "E1", *sessions, on=9)
        assert one is not None
        assert (one.name, one.crew, one.role, one.site, one.cohort) == ("Ann", "C", "operator", "plant-2", "winter")


def test_of_sessions_of_other_packs_only_that_they_were_is_kept() -> None:
    found = Register([program()])
    found.add(Class(1, 0, {"E1": ALL}, plan("something-else")).facts)
    assert (list(found.sessions), found.people["E1", ""].rows) == ([origin(1)], [])


def test_what_a_make_up_session_makes_up_is_known_whatever_programs_are_asked_about() -> None:
    """Nobody's program lists the pack; the make-up alone says what it is for."""
    other, mine = plan("something-else"), program()
    missed = Class(1, 0, {"E1": "warm learn"}, other)
    made_up = Class(2, 1, {"E1": "drill"}, other, makes_up=origin(1), program="press4", part="basics")
    lists_it = program(id="other", parts=(Part("all", {"en": "All"}, (PackAtLeast("something-else"),)),))
    answers = []
    for some in ([mine], [mine, lists_it]):
        register = Register(some)
        for one in (made_up, missed):
            register.add(one.facts)
        answers.append(register.standing(mine, ("E1", ""), DAY_0 + timedelta(days=2)))
    assert answers[0] == answers[1] and answers[0] is not None
    assert [(x.of, x.segments) for x in answers[0].owes] == [(origin(1), ("warm", "learn"))]


def test_of_a_session_that_matters_to_no_program_only_who_was_there_is_looked_at() -> None:
    course = Class(1, 0, {"E1": ALL, "E2": ""}, plan("something-else"))
    whole, met = facts(course.session), facts(course.session, Register([program()]).wanted)
    assert whole is not None and met is not None
    assert [(x.who, x.name, x.crew) for x in met.seen] == [(x.who, x.name, x.crew) for x in whole.seen]
    assert not any(x.did or x.whole for x in met.seen) and any(x.whole for x in whole.seen)
