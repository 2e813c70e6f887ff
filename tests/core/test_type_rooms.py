"""Rooms with every activity type: laws over any sequence of wishes, and no key in any view before the reveal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core.activities import kind_of
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.plan import Activity, Feedback
from fieldkit.core.refusals import Refusal
from fieldkit.core.retry import same
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import seat_view, shared_view
from fieldkit.core.session import Session
from fieldkit.core.state import Round
from fieldkit.core.tables import Signatures, table
from fieldkit.core.wall_view import wall_view
from fieldkit.log.line import parse_record
from tests.core.test_rules import come_in
from tests.kit.dry import ORIGIN, DryRoom
from tests.kit.plans import ALL, STEPS

VOTES = [a.id for a in ALL.activities if kind_of(a.type).takes == "answer"]
VALUES: dict[str, st.SearchStrategy[tuple[tuple[str, ...], str | None, str | None]]] = {
    "number": st.sampled_from(["4", "4,0", "3.5", "12", "x", "1e9999"]).map(lambda v: ((v,), None, None)),
    "short": st.sampled_from(["Válvula", "VALVULA", "pump", ""]).map(lambda t: ((), t, None)),
    "wordcloud": st.lists(st.sampled_from(["Heat", "héat", "dark", "a, b"]), max_size=4).map(
        lambda v: (tuple(v), None, None)
    ),
    "order": st.permutations(STEPS).map(lambda v: (tuple(v), None, None)),
    "match": st.tuples(*[st.sampled_from("eph") for _ in range(3)]).map(
        lambda v: (tuple(f"{left}={x}" for left, x in zip(("hasp", "cover", "tag"), v, strict=True)), None, None)
    ),
    "hotspot": st.lists(st.sampled_from(["0.3,0.4", "0.8,0.8", "0.1,.1", "left", "middle"]), max_size=3).map(
        lambda v: (tuple(v), None, None)
    ),
    "quiz": st.tuples(
        st.lists(st.sampled_from(["a", "b", "c", "true", "false"]), min_size=1, max_size=2),
        st.sampled_from(["q1", "q2", "q3", "q9", None]),
    ).map(lambda x: (tuple(x[0]), None, x[1])),
}
PLAIN = st.sampled_from([("a",), ("b",), ("a", "b"), ("l1",), ("true",), ("zz",), ()]).map(lambda v: (v, None, None))


@st.composite
def answers(draw: st.DrawFn, id: str | None = None) -> w.PutAnswer:
    id = id or draw(st.sampled_from(VOTES))
    a = ALL.activity(id)
    assert a is not None
    v, text, q = draw(VALUES.get(a.type, PLAIN))
    sure = draw(st.sampled_from([None, "sure", "unsure", "maybe"])) if a.sure else None
    return w.PutAnswer(activity=id, round=draw(st.integers(1, 2)), v=v, text=text, q=q, sure=sure)


THEIRS = st.one_of(
    st.builds(w.OpenActivity, activity=st.sampled_from(VOTES), live=st.booleans()),
    st.builds(w.CloseActivity, activity=st.none() | st.sampled_from(VOTES)),
    st.builds(w.Reveal, activity=st.none() | st.sampled_from(VOTES)),
    st.builds(w.Hide, activity=st.none() | st.sampled_from(VOTES)),
    st.builds(w.Revote, activity=st.none() | st.sampled_from(VOTES)),
    st.builds(w.Void, activity=st.none() | st.sampled_from(VOTES)),
    st.builds(
        w.ProxyAnswer,
        who=st.sampled_from(["p0000001", "p0000002"]),
        activity=st.sampled_from(VOTES),
        v=st.sampled_from(["b", "4,5", "1 2 3 4", "q1=b q2=a,c q3=b", "hasp=p cover=e tag=h", "valve", "0.3,0.4"]).map(
            lambda line: tuple(line.split())
        ),
        via=st.sampled_from(["proxy", "paper", "pigeon"]),
    ),
    st.builds(
        w.Correct,
        do=st.just("add"),
        by=st.just("fac"),
        why=st.just("other"),
        who=st.sampled_from(["p0000001", "p0000002"]),
        activity=st.sampled_from(VOTES),
        answer=st.sampled_from([("b",), ("4",), ("pump",), ("q2=a", "q1=b"), ("shut", "lock", "notify", "verify")]),
    ),
    st.builds(w.Correct, do=st.just("void"), by=st.just("fac"), why=st.just("other"), ref=st.integers(0, 30),
              leaf=st.just("0" * 64)),
    st.just(w.Expire()),
)  # fmt: skip
MOVES = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 2), answers()),
        st.tuples(st.just(-1), THEIRS),
        st.tuples(st.just(-2), st.integers(0, 90_000)),
        # Opening and answering the same thing, again and again: else most answers would find nothing open.
        st.sampled_from(VOTES).flatmap(
            lambda id: st.tuples(
                st.just(-3), st.lists(st.tuples(st.integers(0, 2), answers(id)), min_size=4, max_size=8)
            )
        ),
    ),
    min_size=2,
    max_size=16,
)


def play(moves: list[tuple[int, Any]]) -> DryRoom:
    room = DryRoom(ALL)
    people = [come_in(room, name) for name in ("Ann [/] Lee", "Bo", "Cy")]
    for who, what in moves:
        if who == -2:
            room.at += what
        elif who == -1:
            room.do(what, FACILITATOR)
        elif who == -3:
            id = what[0][1].activity
            room.do(w.OpenActivity(activity=id), FACILITATOR)
            newest = room.session.round(id)
            for each, d in what:
                answered(room, msgspec.structs.replace(d, round=newest.no if newest else 1), people[each])
        else:
            answered(room, what, people[who])
    return room


def answered(room: DryRoom, d: w.PutAnswer, by: Actor) -> None:
    """An answer given twice: the repeat is known as the same, and another value is not."""
    found = room.do(d, by)
    if isinstance(found, Refusal):
        return
    a = room.session.activity(d.activity)
    assert same(d, found[0], by.p, a)
    assert not same(msgspec.structs.replace(d, v=("zz",), text=None), found[0], by.p, a)


def every_round(s: Session) -> Iterator[Round]:
    for rounds in s.runs.values():
        yield from rounds


@settings(max_examples=150, deadline=None)
@given(MOVES)
def test_counts_are_the_answers_in_force_and_the_fold_is_the_log(moves: list[tuple[int, Any]]) -> None:
    """The last answer of each person to each question counts; nothing is unknown; the bytes say the same."""
    room = play(moves)
    s = room.session
    assert s.unknown == 0
    for one in every_round(s):
        kind, a = kind_of(one.activity.type), one.activity
        recount = Counter(k for (_, q), x in one.answers.items() for k in kind.keys(a, x.v, x.text, q))
        assert one.counts == dict(recount)
        for (p, q), x in one.answers.items():
            made = room.records[x.i]
            assert made.p == p and q in kind.asked(a)
            # The newest record about it that is not void is the one in force.
            later = [
                r.i
                for r in room.records[x.i + 1 :]
                if r.k == "answer.put" and (r.p, r.fact.activity, r.fact.round, r.fact.q or "") == (p, a.id, one.no, q)  # type: ignore[attr-defined]
            ]
            struck = {x.ref for x in s.amendments if x.do == "void"}
            assert set(later) <= struck
    read = [parse_record(line, opening or None) for line, opening in zip(room.lines, room.openings, strict=True)]
    assert Session(origin=ORIGIN, plan=ALL).fold(read) == s
    for cut in (0, len(read) // 2):
        assert Session(origin=ORIGIN, plan=ALL).fold(read[:cut]).fold(read[cut:]) == s


@settings(max_examples=80, deadline=None)
@given(MOVES)
def test_views_of_any_room_can_be_drawn_and_add_up(moves: list[tuple[int, Any]]) -> None:
    """Counts on the trainer's screen are those of the fold; phones and wall get none that the key can be read from."""
    room = play(moves)
    s = room.session
    view = room_view(s, "es", room.at)
    for line in view.rounds:
        one = s.runs[line.activity][line.round - 1]
        assert line.answered == one.answered() <= 3
        assert {k: n for k, n in (line.counts or {}).items() if n} == one.counts
        assert line.right is None or line.right <= line.answered or line.type == "quiz"
    for seen in [shared_view(s, "en", room.at, 0), *(seat_view(s, p, "en", room.at, 0) for p in s.people)]:
        for x in seen.open:
            live = kind_of(x.type).live(s.runs[x.activity][x.round - 1].activity)
            assert x.counts is None or live
            assert not any(q.correct or q.counts is not None or q.explain for q in x.questions)
    msgspec.json.encode(wall_view(s, "en", room.at))


@settings(max_examples=60, deadline=None)
@given(MOVES)
def test_a_closed_or_void_round_takes_no_answer_from_a_phone(moves: list[tuple[int, Any]]) -> None:
    """Whatever was run: the rules say closed, or that it was never open."""
    room = play(moves)
    by = room.phone("p0000001")
    for one in list(every_round(room.session)):
        newest = room.session.round(one.activity.id) is one
        if one.is_open and newest and (one.ends is None or room.at < one.ends):
            continue
        assert room.no(w.PutAnswer(activity=one.activity.id, round=one.no, v=("a",)), by) == "closed"


# ---- the key stays on the laptop ----------------------------------------------------------------------------------

MARK = "KEYWORD"
"""Stands in every text that may only be read after the reveal."""
WRONG: dict[str, list[w.PutAnswer]] = {
    "c1": [w.PutAnswer(activity="c1", round=1, v=("a",))],
    "n1": [w.PutAnswer(activity="n1", round=1, v=("77",), sure="sure")],
    "w1": [w.PutAnswer(activity="w1", round=1, text="pump")],
    "o1": [w.PutAnswer(activity="o1", round=1, v=("verify", "shut", "lock", "notify"))],
    "m1": [w.PutAnswer(activity="m1", round=1, v=("hasp=e", "cover=h", "tag=p"))],
    "h1": [w.PutAnswer(activity="h1", round=1, v=("0.01,0.01", "0.02,0.02"))],
    "z1": [w.PutAnswer(activity="z1", round=1, q="q1", v=("a",)), w.PutAnswer(activity="z1", round=1, q="q2", v=("b",)),
           w.PutAnswer(activity="z1", round=1, q="q3", v=("true",))],
}  # fmt: skip


def marked(a: Activity) -> Activity:
    """The same with words that name the key in everything that is told after the reveal."""
    told = Feedback([f"{MARK} right"], [f"{MARK} wrong"])
    return msgspec.structs.replace(
        a,
        feedback=told,
        explain=[f"{MARK} why"],
        spellings=[f"{MARK} {x}" for x in a.spellings] + a.spellings,
        questions=[msgspec.structs.replace(q, feedback=told) for q in a.questions],
    )


KEYED = msgspec.structs.replace(ALL, activities=[marked(a) for a in ALL.activities])


def secrets(a: Activity) -> set[str]:
    """Strings that nobody may read before the reveal."""
    found = {MARK, *a.spellings}
    if a.number is not None:
        found |= {x for x in (a.number.exact, a.number.min, a.number.max) if x}
    found |= {f'"{x}"' for t in a.targets for x in t.at} | {f'"{t.id}"' for t in a.targets}
    found |= {f'"{pair}"' for pair in a.answer if "=" in pair}
    if a.type == "order":
        found |= {f'"{k}={id}"' for k, id in enumerate(a.answer, 1)}
        found.add(",".join(f'"{id}"' for id in a.answer))
    if len(a.answer) > 1 and a.type in ("choice", "order", "hotspot"):
        found.add(msgspec.json.encode(a.answer).decode())
    return found


def leaks(view: object, a: Activity) -> set[str]:
    """What of the key the encoded view holds: as a string, as a field, or as counts of right things."""
    raw = msgspec.json.encode(view).decode()
    found = {x for x in secrets(a) if x in raw}
    for path, value in walk(msgspec.to_builtins(view)):
        name = path.rsplit(".", 1)[-1]
        if name in ("correct", "explain", "targets", "mine_right", "hits") and value:
            found.add(path)
        if name == "counts" and value and not kind_of(a.type).live(a):
            found.add(path)
    ids = [x["id"] for path, x in walk(msgspec.to_builtins(view)) if path.endswith("options[]") and isinstance(x, dict)]
    if a.type == "order" and ids == a.answer:
        found.add("options in the right order")
    return found


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, one in value.items():
            yield from walk(one, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for one in value:
            yield from walk(one, f"{path}[]")


def screens(room: DryRoom) -> list[object]:
    s = room.session
    seats: list[object] = [seat_view(s, p, "es", room.at, 2000) for p in s.people]
    return [shared_view(s, "en", room.at, 2000), *seats, wall_view(s, "en", room.at)]


def test_a_result_says_how_many_people_stand_behind_its_counts() -> None:
    """Of a quiz also those who did not finish it: no count is above the number beside it."""
    room = DryRoom(ALL)
    ann, bo = come_in(room, "Ann"), come_in(room, "Bo")
    room.must(w.OpenActivity(activity="z1"))
    room.must(w.PutAnswer(activity="z1", round=1, v=("b",), q="q1"), ann)
    room.must(w.PutAnswer(activity="z1", round=1, v=("a",), q="q2"), bo)
    room.must(w.PutAnswer(activity="z1", round=1, v=("a",), q="q1"), bo)
    room.must(w.CloseActivity())
    room.must(w.Reveal())
    (seen,) = shared_view(room.session, "en", room.at, 2000).results
    wall = wall_view(room.session, "en", room.at)
    assert (seen.n, wall.n) == (2, 2) and seen.counts["q1=b"] == 1
    assert [q.n for q in seen.questions] == [2, 1, 0]


def test_the_right_number_stands_where_the_trainer_looks_and_nowhere_else() -> None:
    """`reveal: never`: in the trainer's view and in the export, on no phone and not on the wall."""
    never = msgspec.structs.replace(ALL.activities[[a.id for a in ALL.activities].index("n1")], reveal="never")
    room = DryRoom(msgspec.structs.replace(ALL, activities=[never]))
    ann = come_in(room, "Ann")
    room.must(w.OpenActivity(activity="n1"))
    room.must(w.PutAnswer(activity="n1", round=1, v=("12",)), ann)
    room.must(w.CloseActivity())
    assert room.no(w.Reveal()) == "never-revealed"
    assert not any(leaks(view, never) for view in screens(room))
    room.must(w.End())
    assert not any(leaks(view, never) for view in screens(room))
    assert room_view(room.session, "en", room.at).rounds[-1].key == "3.5 – 4.5"
    made = table("results", room.session, room.plan, Signatures())
    assert {row[made.columns.index("right_answer")] for row in made.rows} == {"3.5 – 4.5"}


@pytest.mark.parametrize("id", WRONG)
@pytest.mark.parametrize("live", [False, True])
def test_no_screen_holds_the_key_before_the_reveal(id: str, live: bool) -> None:
    """Open, answered, closed, hidden again and voted on again: only while it is revealed."""
    room = DryRoom(KEYED)
    a = KEYED.activity(id)
    assert a is not None
    ann = come_in(room, "Ann")
    come_in(room, "Bo")
    steps: list[tuple[Intent, Actor]] = [(w.OpenActivity(activity=id, live=live), FACILITATOR)]
    steps += [(x, ann) for x in WRONG[id]]
    steps += [(w.CloseActivity(), FACILITATOR)]
    for intent, by in steps:
        room.must(intent, by)
        assert [leaks(x, a) for x in screens(room)] == [set()] * 4, intent
    room.must(w.Reveal())
    assert all(leaks(x, a) for x in screens(room)), "the walk would not find a key that is there"
    for intent in (w.Hide(), w.Revote()):
        room.must(intent)
        assert [leaks(x, a) for x in screens(room)] == [set()] * 4, intent


def test_a_type_with_a_key_is_in_the_list_above() -> None:
    """A new one is not forgotten; `t1` is never revealed."""
    keyed = {a.id for a in KEYED.activities if kind_of(a.type).keyed(a) and a.type != "poll"}
    assert keyed == {*WRONG, "t1"}
