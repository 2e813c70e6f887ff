"""Who is who: merges in any order, names put right, walk-in codes. People count once, and nothing runs in circles."""

from __future__ import annotations

from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.attendance import attendance, overlap, running, union
from fieldkit.core.intents import FACILITATOR, Intent
from fieldkit.core.records import Draft
from fieldkit.core.refusals import Refusal
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import seat_view
from fieldkit.core.session import Session
from fieldkit.core.state import Person
from fieldkit.core.tables import Signatures, Table, table
from fieldkit.core.wall_view import wall_view
from fieldkit.log.line import parse_record
from fieldkit.seats import Seats, seat_hash
from tests.core.crew import CREW, DOOR, Crew
from tests.kit.dry import ORIGIN

NAMES = ["E1", "E2", *(f"p000000{k}" for k in range(1, 8)), "nobody"]
WHO = st.sampled_from(NAMES)
PHONE = st.one_of(
    st.builds(w.PutAnswer, activity=st.just("quest"), round=st.integers(1, 2), v=st.sampled_from([("a",), ("b",)])),
    st.builds(w.Sign, activity=st.just("ack"), round=st.just(1), text=st.just("me")),
    st.builds(w.PutSay, text=st.just("why"), activity=st.sampled_from([None, "talk"])),
    st.builds(w.UpVote, ref=st.integers(0, 30)),
    st.sampled_from([w.Leave(), w.Here(), w.RaiseHand(up=True), w.Object()]),
)
DESK = st.one_of(
    st.builds(w.Merge, who=WHO, into=WHO),
    st.builds(w.Merge, who=WHO, into=WHO),
    st.builds(w.RemovePerson, who=WHO),
    st.builds(w.Release, who=WHO),
    st.builds(w.RenamePerson, who=WHO, name=st.sampled_from(["", "Ann [/] Lee", "=1"])),
    st.builds(w.MarkItem, who=WHO, activity=st.just("skill"), item=st.sampled_from(["lock", "tag"]), ok=st.booleans()),
    st.sampled_from([w.RollCall(), w.Revote(activity="quest"), w.CloseActivity(activity="three")]),
)
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.sampled_from([None, "E1", "E2", "E3"])),
        st.tuples(st.just("phone"), st.tuples(st.integers(0, 6), PHONE)),
        st.tuples(st.just("desk"), DESK),
        st.tuples(st.just("wait"), st.integers(1, 90_000)),
    ),
    max_size=35,
)
Moves = list[tuple[str, object]]


def begin() -> Crew:
    room = Crew()
    room.expect("E1", "Ann")
    room.expect("E2", "Ann")
    for id in ("talk", "three", "skill", "quest"):
        room.open(id)
    return room


def play(moves: Moves) -> Crew:
    room = begin()
    inside: list[str] = []
    for what, how in moves:
        if what == "wait":
            assert isinstance(how, int)
            room.at += how
        elif what == "join":
            found = room.do(w.Join(name="Ann", new_p=room.new_p(), badge=str(how) if how else None), DOOR)
            if not isinstance(found, Refusal):
                inside.append(str(found[0].p))
        elif what == "desk":
            assert isinstance(how, Intent)
            room.do(how, FACILITATOR)
        elif inside:
            assert isinstance(how, tuple)
            if isinstance(how[1], w.Sign) and room.session.round("ack") is None:
                room.open("ack")
            room.do(how[1], room.phone(room.session.head(inside[how[0] % len(inside)])))
        laws(room.session)
    return room


def head(s: Session, p: str) -> Person:
    """Walked by hand: as many steps as there are entries are enough, or there is a circle."""
    one = s.people[p]
    for _ in s.people:
        if one.merged_to is None:
            return one
        one = s.people[one.merged_to]
    raise AssertionError("a circle")


def laws(s: Session) -> None:
    heads = {p: head(s, p) for p in s.people}
    people = {one.p: one for one in heads.values()}
    assert s.merged == sum(one.merged_to is not None for one in s.people.values())
    assert all(s.person(p) is heads[p] for p in s.people)
    assert s.present == sum(one.present for one in people.values())
    assert not any(one.present or one.seated for p, one in s.people.items() if p not in people)
    expected = {heads[p].p for p, one in s.people.items() if one.expected}
    assert s.expected == len(expected)
    assert s.joined == len({heads[p].p for p, one in s.people.items() if one.joined_i is not None})
    assert s.present_expected == sum(people[p].present for p in expected)
    for rounds in s.runs.values():
        for one in rounds:
            keys = [*one.acks, *one.heard, *one.checks, *(p for p, _ in one.answers)]
            assert all(p in people for p in keys), "what an entry did counts for the person it is part of"
            assert one.counts == dict(Counter(v for a in one.answers.values() for v in a.v))


@settings(max_examples=200, deadline=None)
@given(MOVES)
@example(
    [
        ("join", None),
        ("join", None),
        ("desk", w.Merge(who="p0000003", into="p0000004")),
        ("desk", w.Merge(who="p0000004", into="p0000003")),
    ]
)
@example(
    [
        ("join", None),
        ("desk", w.Merge(who="p0000003", into="E1")),
        ("desk", w.Merge(who="p0000003", into="E2")),
        ("desk", w.Merge(who="E2", into="E1")),
    ]
)
def test_any_merges_end_without_circles_and_count_each_person_once(moves: Moves) -> None:
    """Also on the sheet, on the screens, and from the bytes of the log."""
    room = play(moves)
    s = room.session
    assert s.unknown == 0
    read = [parse_record(line, opening or None) for line, opening in zip(room.lines, room.openings, strict=True)]
    assert Session(origin=ORIGIN, plan=CREW).fold(read) == s
    rows = attendance(s)
    on_sheet = [p for row in rows for p in row.all_p]
    assert len(on_sheet) == len(set(on_sheet))
    people = {head(s, p).p for p in s.people if not head(s, p).voided}
    assert {row.p for row in rows} == people
    assert {x.p for x in room_view(s, "en", room.at).people} == {head(s, p).p for p in s.people}
    newest: dict[tuple[str, int, str], int] = {}
    for record in room.records:
        if isinstance(record.fact, r.AnswerPut) and record.p:
            newest[record.fact.activity, record.fact.round, head(s, record.p).p] = record.i
    in_force = {(a, one.no, p): x.i for a in s.runs for one in s.runs[a] for (p, _), x in one.answers.items()}
    assert in_force == newest, "of all that a person answered under any entry the newest"
    wall_view(s, "en", room.at)
    for p in s.people:
        view = seat_view(s, p, "en", room.at, 2000)
        assert view.me is None or view.me.p == head(s, p).p


def own_intervals(room: Crew) -> tuple[dict[str, list[list[int]]], dict[str, str]]:
    """From the records alone: entry → its own [in, out] (out -1: still here), and entry → what it was merged into."""
    own: dict[str, list[list[int]]] = {}
    into: dict[str, str] = {}

    def top(p: str) -> str:
        while p in into:
            p = into[p]
        return p

    def open_of(p: str) -> list[list[int]]:
        return [x for q, found in own.items() if top(q) == top(p) for x in found if x[1] == -1]

    for record in room.records:
        fact, p = record.fact, record.p or ""
        if isinstance(fact, r.PersonJoined | r.CameIn) and not open_of(p):
            own.setdefault(p, []).append([record.m, -1])
        elif isinstance(fact, r.WentOut | r.PersonVoided):
            for x in open_of(p):
                x[1] = record.m
        elif isinstance(fact, r.PersonMerged):
            into[fact.from_] = top(p)
    return own, {p: top(p) for p in room.session.people}


CHAIN: Moves = [
    *[("join", None)] * 3,
    ("wait", 60_000),
    ("desk", w.Merge(who="p0000003", into="p0000004")),
    ("wait", 60_000),
    ("phone", (0, w.Leave())),
    ("wait", 60_000),
    ("join", None),
    ("desk", w.Merge(who="p0000004", into="p0000005")),
    ("wait", 60_000),
    ("desk", w.Merge(who="p0000003", into="E1")),
]


@settings(max_examples=150, deadline=None)
@given(MOVES)
@example(CHAIN)
def test_the_intervals_of_an_entry_count_for_exactly_the_person_it_is_part_of(moves: Moves) -> None:
    """Whatever the merges and in whatever order, as the merges in force say at the end."""
    room = play(moves)
    own, head_of = own_intervals(room)
    s, run = room.session, running(room.session)
    for row in attendance(s):
        spans = [x for p, found in own.items() if head_of[p] == row.p for x in found]
        here = union((a, run.end if b == -1 else b) for a, b in spans)
        assert row.ms == overlap(here, run.spans), (row.p, spans)
        if all(a != b for a, b in spans):  # nobody comes and goes in one millisecond; here they do, and it is no visit
            assert row.in_m == min((a for a, _ in spans), default=None)
        assert s.people[row.p].present is any(b == -1 for _, b in spans)
        view = seat_view(s, row.p, "en", room.at, 2000)
        assert (view.bye is None) is (not spans)
        assert (view.state == "bye") is (bool(spans) and not s.people[row.p].present)


def test_what_a_chain_of_merges_lent_goes_with_the_entry_that_lent_it() -> None:
    """a became b, b became c, then a turned out to be d: b and c were never here."""
    room = Crew()
    walk = room.come("Ann")
    b, c, d = (room.expect(badge, "Ann") for badge in ("E1", "E2", "E3"))
    room.open("quest")
    room.must(w.PutAnswer(activity="quest", round=1, v=("b",)), room.phone(walk))
    for who, into in ((walk, "E1"), ("E1", "E2")):
        room.at += 60_000
        room.must(w.Merge(who=who, into=into))
    assert (room.session.head(walk), room.session.people[c].present, room.session.people[c].seated) == (c, True, True)
    room.at += 60_000
    room.must(w.Merge(who=walk, into="E3"))
    s = room.session
    assert [(s.people[p].present, s.people[p].seated) for p in (b, c, d)] == [
        (False, False),
        (False, False),
        (True, True),
    ]
    assert [p for p, _ in s.runs["quest"][0].answers] == [d]
    room.at += 60_000
    room.must(w.End())
    found = {x["person_id"]: (x["attendance_status"], x["minutes_present"]) for x in sheet(room)}
    assert found == {"E2": ("absent", "0"), "E3": ("present", "4")}
    given = {x["person_id"]: x["value"] for x in sheet(room, "answers")}
    assert given == {"E3": "b"}


@settings(max_examples=60, deadline=None)
@given(MOVES, st.data())
def test_folding_merges_in_two_goes_is_folding_them_in_one(moves: Moves, data: st.DataObject) -> None:
    """fold(a + b) == fold(b, fold(a))."""
    room = play(moves)
    cut = data.draw(st.integers(0, len(room.records)))
    first = Session(origin=ORIGIN, plan=CREW).fold(room.records[:cut])
    assert first.fold(room.records[cut:]) == room.session


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_a_foreign_log_with_circles_folds_to_people_all_the_same(pairs: list[tuple[int, int]]) -> None:
    """What would close a circle says nothing and is counted; of two merges of one entry the later holds."""
    room = Crew(6)
    last: dict[str, str] = {}
    for a, b in pairs:
        was, into = room.ps[a], room.ps[b]
        before = room.session.unknown
        target = room.session.head(into)
        room.write([Draft(r.PersonMerged(from_=was, why="mistake"), into)])
        if room.session.unknown == before:
            last[was] = target
        laws(room.session)
    assert {p: one.merged_to for p, one in room.session.people.items() if one.merged_to} == last


def rows(made: Table) -> list[dict[str, str]]:
    return [dict(zip(made.columns, row, strict=True)) for row in made.rows]


def sheet(room: Crew, name: str = "attendance") -> list[dict[str, str]]:
    return rows(table(name, room.session, CREW, Signatures()))


def test_a_walk_in_becomes_the_person_on_the_roster() -> None:
    """Answers, presence, hand, checks and the phone go along; the sheet has one row under the badge."""
    room = Crew()
    ann = room.expect("E1", "Ann Lee", crew="Night")
    walk = room.come("Anne")
    room.open("quest")
    room.open("skill")
    room.must(w.PutAnswer(activity="quest", round=1, v=("b",)), room.phone(walk))
    room.must(w.MarkItem(who=walk, activity="skill", item="lock"))
    room.must(w.RaiseHand(up=True), room.phone(walk))
    seats = Seats()
    seats.bind(seat_hash("token"), room.session.people[walk].joined_i or 0)
    room.at = 60_000
    made = room.must(w.Merge(who=walk, into="e1"))[0]
    assert (made.k, made.p) == ("person.merge", ann)
    s = room.session
    assert (s.present, s.present_expected, s.joined, s.expected) == (1, 1, 1, 1)
    assert seats.who(s, "token") == [ann]
    assert list(s.hands) == [ann]
    room.must(w.PutAnswer(activity="quest", round=1, v=("a",)), room.phone(ann))
    one = s.runs["quest"][0]
    assert (one.answered(), one.counts) == (1, {"a": 1})
    assert seat_view(s, ann, "en", room.at, 2000).open[0].mine == ["a"]
    line = room_view(s, "en", room.at, {walk}).people
    assert [(x.p, x.status, x.phone, x.away, x.walkin, x.badge) for x in line] == [
        (ann, "in", True, False, False, "E1")
    ]
    room.at = 120_000
    room.must(w.End())
    row = sheet(room)[0]
    assert (row["person_id"], row["minutes_present"], row["flags"]) == ("E1", "2", "merged")
    assert [x["item"] for x in sheet(room, "checklists")] == ["lock", "tag", "try"]
    assert sheet(room, "corrections")[0]["what"] == "merge"


def test_of_two_answers_of_one_person_the_newest_counts_until_they_are_two_again() -> None:
    """Merged, then merged into somebody else: everybody has their own answer back."""
    room = Crew(3)
    a, b, c = room.ps
    room.open("quest")
    for p, v in ((a, "a"), (b, "b")):
        room.must(w.PutAnswer(activity="quest", round=1, v=(v,)), room.phone(p))
    room.must(w.Merge(who=a, into=b))
    one = room.session.runs["quest"][0]
    assert (one.counts, one.answered()) == ({"b": 1}, 1)
    room.must(w.Merge(who=a, into=c))
    assert {p: x.v for (p, _), x in one.answers.items()} == {b: ["b"], c: ["a"]}
    assert one.counts == {"a": 1, "b": 1}
    assert (room.session.present, room.session.people[b].present) == (2, True)


def test_an_answer_made_void_stays_void_when_the_merge_was_a_mistake() -> None:
    room = Crew(3)
    a, b, c = room.ps
    room.open("quest")
    put = room.must(w.PutAnswer(activity="quest", round=1, v=("a",)), room.phone(a))[0]
    room.must(w.Merge(who=a, into=b))
    room.must(w.Correct(do="void", by="fac", why="mistake", ref=put.i, leaf="0" * 64))
    room.must(w.Merge(who=a, into=c))
    assert room.session.runs["quest"][0].answers == {} and room.session.runs["quest"][0].counts == {}


def test_presence_lent_by_a_wrong_merge_is_given_back() -> None:
    """Whoever never came is absent again."""
    room = Crew()
    wrong, right = room.expect("E1", "Ann"), room.expect("E2", "Ann")
    walk = room.come("Ann")
    room.open("vote")
    room.at = 60_000
    room.must(w.Merge(who=walk, into="E1"))
    assert room.session.people[wrong].present
    room.at = 120_000
    room.must(w.Merge(who=walk, into="E2"))
    s = room.session
    assert (s.people[wrong].present, s.people[wrong].seated) == (False, False)
    assert (s.people[right].present, s.people[right].seated) == (True, True)
    room.at = 180_000
    room.must(w.End())
    found = {x["person_id"]: (x["attendance_status"], x["minutes_present"]) for x in sheet(room)}
    assert found == {"E1": ("absent", "0"), "E2": ("present", "3")}


def test_what_cannot_be_merged_is_refused() -> None:
    """Oneself, the same person again, a circle, somebody taken out, nobody."""
    room = Crew(4)
    a, b, c, d = room.ps
    room.must(w.Merge(who=a, into=b))
    room.must(w.Merge(who=b, into=c))
    for who, into in ((a, a), (a, b), (a, c), (b, a), (c, a), (c, c)):
        assert room.no(w.Merge(who=who, into=into)) == "merge-cycle", (who, into)
    room.must(w.RemovePerson(who=d))
    assert room.no(w.Merge(who=d, into=a)) == "removed"
    assert room.no(w.Merge(who=a, into=d)) == "removed"
    assert room.no(w.Merge(who="ghost", into=a)) == "unknown-person"
    assert room.no(w.Merge(who=a, into="")) == "unknown-person"
    assert room.no(w.Merge(who=a, into=b), room.phone(a)) == "not-allowed"
    assert room.no(w.PutSay(text="x"), room.phone(a)) == "merged"


def test_the_badge_of_a_merged_entry_leads_to_the_person() -> None:
    """At the door and for the trainer; released or removed, all the person's phones and badges are free."""
    room = Crew()
    first, second = room.come("Ann", "B1"), room.come("Ann", "B2")
    room.must(w.Merge(who="B2", into="B1"))
    assert room.no(w.Join(name="Ann", new_p="x", badge="B2"), DOOR) == "badge-in-use"
    joined = room.session.people[second].joined_i or 0
    seats = Seats()
    seats.bind(seat_hash("two"), joined)
    assert seats.who(room.session, "two") == [first]
    room.must(w.Release(who="b2"))
    assert seats.who(room.session, "two") == []
    assert seats.lost(room.session, "two") == "released"
    assert room.must(w.Join(name="Ann", new_p="x", badge="B2"), DOOR)[0].p == first
    room.must(w.RemovePerson(who="B2"))
    assert seats.lost(room.session, "two") == "removed"
    anew = room.must(w.Join(name="Ann", new_p="newnewnw", badge="B2"), DOOR)[0].p
    assert anew == "newnewnw"
    assert room.must(w.Leave(), room.phone("newnewnw"))
    assert room.must(w.Join(name="Ann", new_p="x", badge="b2"), DOOR)[0].p == "newnewnw"
