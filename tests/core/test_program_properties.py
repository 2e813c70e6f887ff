"""Programs over any sessions: the order in which they arrive says nothing, and each fact changes what it is about."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core import records as r
from fieldkit.core.plan import Completion
from fieldkit.core.program import MakeUp, PackAtLeast, Part, Program
from fieldkit.core.standing import GAP, Standing
from tests.core.classes import ALL, DAY_0, SEGMENTS, Class, origin, owed, plan, program, register, standing

THERE = st.sets(st.sampled_from(SEGMENTS)).map(lambda some: " ".join(x for x in SEGMENTS if x in some))
PACKS = ("press-basics", "other")
TWO = program(
    Part(id="a", title={"en": "A"}, packs=(PackAtLeast(id=PACKS[0]),)),
    Part(id="b", title={"en": "B"}, packs=(PackAtLeast(id=PACKS[1]),), after=("a",), once=True),
    make_up=MakeUp(days=30),
    within_days=60,
)
ONE = st.tuples(
    st.integers(0, 90),
    st.sampled_from(PACKS),
    THERE,
    THERE,
    st.one_of(st.none(), st.integers(0, 5)),
    st.sampled_from([None, "a", "b"]),
)


def classes(drawn: list[tuple[int, str, str, str, int | None, str | None]]) -> list[Class]:
    out = []
    for n, (day, pack, first, second, makes_up, part) in enumerate(drawn):
        more = {"makes_up": origin(makes_up), "session_kind": "makeup"} if makes_up is not None else {}
        named = {"program": "press4", "part": part} if part is not None else {}
        out.append(Class(n, day, {"E1": first, "E2": second}, plan(pack), **more, **named))
    return out


def all_of(of: Program, sessions: list[Class]) -> list[Standing]:
    return register(of, *sessions).standings(of, DAY_0 + timedelta(days=95))


@settings(deadline=None, max_examples=60)
@given(st.lists(ONE, max_size=6), st.integers())
def test_the_order_in_which_sessions_arrive_says_nothing(
    drawn: list[tuple[int, str, str, str, int | None, str | None]], seed: int
) -> None:
    sessions = classes(drawn)
    mixed = list(sessions)
    Random(seed).shuffle(mixed)
    assert all_of(TWO, mixed) == all_of(TWO, sessions)


@settings(deadline=None, max_examples=60)
@given(st.lists(ONE, max_size=5))
def test_every_part_that_is_done_names_records_of_that_person_and_the_rest_is_owed(
    drawn: list[tuple[int, str, str, str, int | None, str | None]],
) -> None:
    sessions = classes(drawn)
    at = {one.session.origin: one for one in sessions}
    for found in all_of(TWO, sessions):
        for done in found.done:
            assert done.by
            assert {at[ref.o].records[ref.i].p for ref in done.by} <= {f"p-{found.who[0]}", None}
        assert (found.completed_on is None) <= (found.state == GAP)
        if found.state == GAP:
            assert {x.part for x in found.done} | {x.part for x in found.owes} == {"a", "b"}


@settings(deadline=None, max_examples=40)
@given(THERE, st.sets(st.sampled_from(SEGMENTS)))
def test_a_credited_segment_is_owed_no_more_and_no_other_is_touched(there: str, credited: set[str]) -> None:
    free = plan(completion=Completion(attendance_min=80, require=["ack"]))
    before = owed(standing(program(), "E1", Class(1, 0, {"E1": there, "E2": ALL}, free), on=1))
    course = Class(1, 0, {"E1": there, "E2": ALL}, free).credit("E1", *sorted(credited))
    after = owed(standing(program(), "E1", course, on=1))
    left = [(part, " ".join(x for x in segments.split() if x not in credited)) for part, segments in before]
    assert after == [(part, segments) for part, segments in left if segments]


@settings(deadline=None, max_examples=30)
@given(THERE, THERE)
def test_who_was_taken_out_was_never_there_and_a_merge_adds_up(first: str, second: str) -> None:
    both = Class(1, 0, {"E1": first, "E2": second})
    both.add(r.PersonVoided(why="mistake"), "p-E2")
    alone = Class(1, 0, {"E1": first, "E2": second})
    assert standing(program(), "E2", both) is None
    assert standing(program(), "E1", both, on=1) == standing(program(), "E1", alone, on=1)
    merged = Class(1, 0, {"E1": first, "E2": second})
    merged.add(r.PersonMerged(from_="p-E2", why="mistake"), "p-E1")
    union = " ".join(x for x in SEGMENTS if x in f"{first} {second}".split())
    one = standing(program(), "E1", merged, on=1)
    whole = standing(program(), "E1", Class(1, 0, {"E1": union}), on=1)
    assert one is not None and whole is not None
    assert (one.state, owed(one)) == (whole.state, owed(whole))


@given(st.lists(ONE, min_size=1, max_size=5), st.integers(0, 60))
@settings(max_examples=30, deadline=None)
def test_until_the_day_to_look_again_nobody_stands_elsewhere(
    drawn: list[tuple[int, str, str, str, int | None, str | None]], within: int
) -> None:
    found = register(TWO, *classes(drawn))
    for who in found.people:
        day, last = DAY_0 - timedelta(days=3), DAY_0 + timedelta(days=600)
        while day < last:
            known = found.standing(TWO, who, day, within)
            again = found.again(TWO, who, day, known, within) or last
            assert again > day
            between = {day + timedelta(days=(again - day).days * k // 7) for k in range(7)}
            for at in between | {again - timedelta(days=1)}:
                assert found.standing(TWO, who, at, within) == known
            day = again
