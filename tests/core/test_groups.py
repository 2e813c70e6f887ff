"""Breakout groups: everybody who is here in one, nobody alone, one who writes."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.groups import deal, how_many
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.records import Record
from fieldkit.core.refusals import Refusal
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import seat_view, shared_view
from fieldkit.core.session import Session
from fieldkit.core.wall_view import wall_view
from fieldkit.log.line import parse_record
from tests.core.crew import CREW, DOOR, Crew
from tests.kit.dry import ORIGIN

# ---- sizes -------------------------------------------------------------------------------------------------------


@given(st.integers(2, 600), st.integers(2, 100))
def test_groups_by_size_are_even_and_nobody_is_alone(people: int, size: int) -> None:
    """At most `size` people, but for one group of three where pairs leave somebody over."""
    dealt = deal([f"p{k}" for k in range(people)], how_many(people, size, None), "seed")
    sizes = sorted(map(len, dealt))
    assert sum(sizes) == people
    assert sizes[-1] - sizes[0] <= 1
    assert sizes[0] >= 2
    assert sizes[-1] <= size + (size == 2)
    if size == 2:
        assert sizes.count(3) == people % 2


@given(st.integers(2, 600), st.integers(1, 50))
def test_groups_by_number_are_that_many_unless_somebody_would_be_alone(people: int, number: int) -> None:
    """Fewer groups then, and still even."""
    sizes = sorted(map(len, deal([f"p{k}" for k in range(people)], how_many(people, None, number), "x")))
    assert len(sizes) == min(number, people // 2)
    assert sizes[0] >= 2
    assert sizes[-1] - sizes[0] <= 1


@pytest.mark.parametrize(
    ("people", "size", "number", "n"), [(1, 2, None, 1), (0, 2, None, 1), (0, None, 3, 3), (1, None, 9, 1)]
)
def test_one_person_or_none_is_no_reason_to_fail(people: int, size: int | None, number: int | None, n: int) -> None:
    """A lone worker is a group of one; an empty room waits for people."""
    assert how_many(people, size, number) == n


def test_who_is_with_whom_changes_with_the_seed_and_not_with_the_order_of_arrival() -> None:
    """Made anew the groups are others."""
    people = [f"p{k}" for k in range(12)]
    assert deal(people, 4, "a") == deal(list(reversed(people)), 4, "a")
    assert deal(people, 4, "a") != deal(people, 4, "b")


# ---- the laws ----------------------------------------------------------------------------------------------------

PLACES = st.sampled_from([(), ("Press", "Dock", "=1")])
LISTS = st.sampled_from([(("B1", "B2"), ("B3",)), (("B1",), ("B1",)), ((), ())])
CHOICES = st.sampled_from([("g1",), ("g2",), ("g3",), ("g9",), ("g",), ()])
IDS = st.sampled_from(["pairs", "three", "own", "crews", "quiet"])
BADGES = st.sampled_from(["B1", "B2", "B3", "p0000004", "p0000005", "p0000006", "nobody", ""])
DESK = st.one_of(
    st.builds(w.OpenActivity, activity=IDS),
    st.builds(w.CloseActivity, activity=IDS),
    st.builds(w.Void, activity=IDS),
    st.builds(w.MakeGroups, activity=IDS),
    st.builds(w.MakeGroups, activity=IDS, size=st.integers(-1, 4)),
    st.builds(w.MakeGroups, activity=IDS, number=st.integers(0, 5), places=PLACES),
    st.builds(w.MakeGroups, activity=IDS, lists=LISTS),
    st.builds(w.MoveToGroup, activity=IDS, who=BADGES, no=st.integers(-1, 4)),
    st.builds(w.RotateGroups, activity=IDS),
    st.builds(w.Release, who=BADGES),
    st.builds(w.RemovePerson, who=BADGES),
    st.builds(w.Merge, who=BADGES, into=BADGES),
    st.builds(w.CheckIn, new_p=st.just("cnewcnew"), badge=st.just("B2"), name=st.just("Cy"), out=st.booleans()),
)  # fmt: skip
MINE = st.one_of(
    st.builds(w.PutAnswer, activity=IDS, round=st.just(1), v=CHOICES),
    st.builds(w.PutSay, activity=IDS, text=st.sampled_from(["found it", "Ann [/] Lee", ""])),
    st.just(w.Leave()),
    st.just(w.Object()),
)  # fmt: skip
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.sampled_from([None, "B1", "B2", "B3", "B4"])),
        st.tuples(st.just("phone"), st.tuples(st.integers(0, 9), MINE)),
        st.tuples(st.just("desk"), DESK),
    ),
    max_size=30,
)


def play(moves: list[tuple[str, object]]) -> Crew:
    room = Crew()
    for k, crew in ((1, "Red"), (2, "red"), (3, "Blue")):
        room.expect(f"B{k}", f"N{k}", crew=crew)
    inside: list[str] = []
    for what, how in moves:
        if what == "join":
            found = room.do(w.Join(name="New", new_p=room.new_p(), badge=str(how) if how else None), DOOR)
            if not isinstance(found, Refusal):
                inside.append(str(found[0].p))
        elif what == "desk":
            assert isinstance(how, Intent)
            room.do(how, FACILITATOR)
        elif inside:
            assert isinstance(how, tuple)
            room.do(how[1], room.phone(room.session.head(inside[how[0] % len(inside)])))
        laws(room)
    return room


def laws(room: Crew) -> None:
    s = room.session
    here = {p for p, who in s.people.items() if who.present}
    for one in s.open_rounds.values():
        if one.activity.type != "breakout":
            continue
        assert one.groups
        members = [p for g in one.groups for p in g.members]
        assert len(members) == len(set(members))
        assert set(members) <= here
        if one.activity.assign != "self":
            assert set(members) == here
        for k, g in enumerate(one.groups):
            assert all(one.group_of[p] == k for p in g.members)


@settings(max_examples=150, deadline=None)
@given(MOVES)
@example(
    [
        ("join", "B1"),
        ("desk", w.OpenActivity(activity="three")),
        ("join", None),
        ("desk", w.Merge(who="p0000004", into="B1")),
    ]
)
def test_everybody_here_is_in_exactly_one_group_whatever_happens(moves: list[tuple[str, object]]) -> None:
    """Coming, leaving, moving, rotating, merging; nothing is unknown; the log read from its bytes says the same."""
    room = play(moves)
    s = room.session
    assert s.unknown == 0
    assert s.present == sum(x.present for x in s.people.values())
    read = [parse_record(line, opening or None) for line, opening in zip(room.lines, room.openings, strict=True)]
    assert Session(origin=ORIGIN, plan=CREW).fold(read) == s


@settings(max_examples=60, deadline=None)
@given(MOVES, st.data())
def test_folding_groups_in_two_goes_is_folding_them_in_one(
    moves: list[tuple[str, object]], data: st.DataObject
) -> None:
    """fold(a + b) == fold(b, fold(a))."""
    room = play(moves)
    cut = data.draw(st.integers(0, len(room.records)))
    first = Session(origin=ORIGIN, plan=CREW).fold(room.records[:cut])
    assert first.fold(room.records[cut:]) == room.session


@settings(max_examples=60, deadline=None)
@given(MOVES)
def test_no_phone_reads_a_name_of_another_group(moves: list[tuple[str, object]]) -> None:
    """The shared part names nobody; a phone sees its own group; a confidential one names nobody."""
    room = play(moves)
    s = room.session
    for view in (shared_view(s, "en", room.at, 2000), seat_view(s, None, "en", room.at, 2000)):
        assert not any(g.names or g.scribe or g.mine for one in view.open for g in one.groups)
    for p, who in s.people.items():
        for one in seat_view(s, p, "en", room.at, 2000).open:
            for g in one.groups:
                assert g.mine == bool(g.names)
                assert not g.mine or who.name in g.names or s.people[s.head(p)].name in g.names
    for groups in (wall_view(s, "en", room.at).groups, *(x.groups for x in room_view(s, "en", room.at).rounds)):
        assert all(g.size >= len(g.names) for g in groups)
    for line in room_view(s, "en", room.at).rounds:
        if line.mode == "confidential":
            assert not any(g.names or g.scribe for g in line.groups)
            assert not any(x.name or x.at_m for x in line.texts)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20), st.integers(0, 20), IDS.filter(lambda x: x not in ("own", "crews")))
def test_latecomers_keep_the_groups_even(first: int, later: int, id: str) -> None:
    """They go to the smallest."""
    room = Crew(first)
    room.open(id)
    for _ in range(later):
        room.come()
    sizes = room.sizes(id)
    assert sum(sizes) == first + later
    assert sizes[-1] - sizes[0] <= 1


# ---- one journey a test ------------------------------------------------------------------------------------------


def test_pairs_are_made_when_it_opens_and_the_record_is_as_promised() -> None:
    """`groups.set` beside `activity.open`, ids only, five minutes on the clock."""
    room = Crew(7)
    room.at = 1000
    made = room.must(w.OpenActivity(activity="pairs"))
    assert [x.k for x in made] == ["segment.enter", "activity.open", "groups.set"]
    opened, grouped = made[1].fact, made[2]
    assert isinstance(opened, r.ActivityOpened)
    assert isinstance(grouped.fact, r.GroupsSet)
    assert opened.until == 301_000
    assert grouped.private is None
    assert sorted(p for g in grouped.fact.groups for p in g) == sorted(room.ps)
    assert room.sizes() == [2, 2, 3]


def test_who_leaves_is_in_no_group_and_comes_back_to_the_same() -> None:
    """Also after others were placed."""
    room = Crew(6)
    room.open("three")
    gone = room.groups("three")[1][0]
    room.must(w.Leave(), room.phone(gone))
    assert all(gone not in g for g in room.groups("three"))
    late = room.come("Late")
    assert late in room.groups("three")[1]
    room.must(w.Here(), room.phone(gone))
    assert gone in room.groups("three")[1]


def test_people_choose_until_a_group_is_full() -> None:
    """And may change as long as there is a place; who has chosen nothing is in none."""
    room = Crew(4)
    room.open("own")
    assert room.groups("own") == [[], [], []]
    a, b, c, d = room.ps

    def choose(p: str, v: str) -> Refusal | list[Record]:
        return room.do(w.PutAnswer(activity="own", round=1, v=(v,)), room.phone(p))

    view = seat_view(room.session, a, "en", 0, 2000).open[0]
    assert ([x.id for x in view.options], view.mine) == (["g1", "g2", "g3"], None)
    assert not isinstance(choose(a, "g2"), Refusal)
    assert not isinstance(choose(b, "g2"), Refusal)
    assert choose(c, "g2") == Refusal("group-full", "2")
    assert not isinstance(choose(b, "g2"), Refusal)
    assert not isinstance(choose(b, "g1"), Refusal)
    assert not isinstance(choose(c, "g2"), Refusal)
    assert room.groups("own") == [[b], [a, c], []]
    assert seat_view(room.session, c, "en", 0, 2000).open[0].mine == ["g2"]
    for wrong in ("g0", "g4", "g", "2", "g²", "g1 ", "G1", "g" + "9" * 190):
        assert choose(d, wrong) == Refusal("unknown-option", "own"), wrong
    assert room.no(w.PutAnswer(activity="own", round=1, v=("g1", "g2")), room.phone(d)) == "wrong-value"
    assert room.no(w.PutSay(activity="own", text="hi"), room.phone(d)) == "no-group"
    room.must(w.MoveToGroup(activity="own", who=d, no=2))  # the trainer may
    assert room.groups("own")[1] == [a, c, d]
    room.must(w.ProxyAnswer(who=d, activity="own", v=("g3",)))
    assert room.groups("own")[2] == [d]


def test_choosing_is_refused_where_the_pack_decides() -> None:
    """Auto groups take no answers."""
    room = Crew(2)
    room.open("pairs")
    assert room.no(w.PutAnswer(activity="pairs", round=1, v=("g1",)), room.phone(room.ps[0])) == "wrong-value"


def test_groups_by_list_follow_the_roster_whatever_the_case() -> None:
    """Column `group` before crew, notes too; who is on no list goes to the smallest; latecomers go to their own."""
    room = Crew()
    red = [room.expect(f"R{k}", f"R{k}", crew=crew) for k, crew in enumerate(("Red", "RED ", "red"))]
    blue = room.expect("B1", "Bo", crew="Red", group="Blue")
    room.must(w.Expect(new_p="noted000", fields={"badge": "N1", "name": "No"}, notes=(("Group", "Blue"),)))
    for badge in ("R0", "R1", "B1", "N1"):
        room.come("x", badge)
    nobody = room.come("Nobody")
    room.open("crews")
    one = room.session.runs["crews"][0]
    assert [g.label for g in one.groups] == ["Blue", "Red"]
    assert [set(g.members) for g in one.groups] == [{blue, "noted000", nobody}, set(red[:2])]
    room.come("late", "R2")
    assert red[2] in one.groups[1].members
    assert "Red" not in b"".join(room.lines).decode()  # labels are in the opening


def test_a_roster_without_lists_makes_plain_groups() -> None:
    """Four people a group where the pack says nothing."""
    room = Crew(10)
    room.open("crews")
    assert room.sizes("crews") == [3, 3, 4]


def test_the_trainer_makes_moves_and_rotates() -> None:
    """Places shift by one and come round; people stay."""
    room = Crew(6)
    room.open("three")
    assert room.no(w.RotateGroups(activity="three")) == "no-places"
    made = room.must(w.MakeGroups(activity="three", number=3, places=("Press", "Dock", "Yard"), labels=("A", "B", "C")))
    assert made[0].private == {"labels": ["A", "B", "C"], "places": ["Press", "Dock", "Yard"]}
    before = room.groups("three")
    room.must(w.RotateGroups(activity="three"))
    one = room.session.runs["three"][0]
    assert [(g.label, g.place) for g in one.groups] == [("A", "Dock"), ("B", "Yard"), ("C", "Press")]
    assert room.groups("three") == before
    room.must(w.MakeGroups(activity="three", size=2))
    assert [g.place for g in one.groups] == ["Dock", "Yard", "Press"]
    who = before[0][0]
    room.must(w.MoveToGroup(activity="three", who=who, no=3))
    assert who in room.groups("three")[2]
    saved = room.session.saved
    room.must(w.MoveToGroup(activity="three", who=who, no=3))
    assert room.session.saved == saved  # there already


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (w.MakeGroups(activity="pairs", size=2, number=2), "wrong-value"),
        (w.MakeGroups(activity="pairs", size=0), "wrong-value"),
        (w.MakeGroups(activity="pairs", number=10**9), "wrong-value"),
        (w.MakeGroups(activity="pairs", places=("x" * 80,) * 50), "too-long"),
        (w.MakeGroups(activity="pairs", lists=(("ghost",),)), "unknown-person"),
        (w.MakeGroups(activity="pairs", lists=(("p0000001",), ("p0000001",))), "twice"),
        (w.MakeGroups(activity="pairs", lists=(("AWAY",),)), "not-in"),
        (w.MakeGroups(activity="vote"), "not-groups"),
        (w.MakeGroups(activity="nope"), "unknown-activity"),
        (w.MakeGroups(activity="three"), "not-run"),
        (w.MoveToGroup(activity="pairs", who="p0000001", no=99), "unknown-group"),
        (w.MoveToGroup(activity="pairs", who="p0000001", no=0), "unknown-group"),
        (w.MoveToGroup(activity="pairs", who="AWAY", no=1), "not-in"),
        (w.RotateGroups(activity="own"), "not-run"),
    ],
)
def test_what_cannot_be_grouped_is_refused(wish: Intent, reason: str) -> None:
    """Each with its own sentence."""
    room = Crew(3)
    room.expect("AWAY", "Not Here")
    room.open("pairs")
    assert room.no(wish) == reason


def test_participants_cannot_make_groups() -> None:
    """Only the trainer."""
    room = Crew(2)
    room.open("pairs")
    for wish in (w.MakeGroups(activity="pairs"), w.MoveToGroup(activity="pairs", who=room.ps[0], no=1)):
        assert room.no(wish, Actor(by="self", via="phone", p=room.ps[0])) == "not-allowed"


def test_six_hundred_people_fit_one_line_of_the_log() -> None:
    """And one more is told so."""
    room = Crew(600)
    room.open("pairs")
    assert max(len(line) for line in room.lines) <= 8192
    room.must(w.CloseActivity(activity="pairs"))
    room.come()
    assert room.no(w.OpenActivity(activity="three")) == "too-many-people"


def test_groups_without_their_opening_keep_their_people() -> None:
    """Erased, labels and places are empty; who was with whom stays."""
    room = Crew(4)
    room.open("three")
    room.must(w.MakeGroups(activity="three", number=2, labels=("A", "B"), places=("X", "Y")))
    bare = [Record(x.i, x.m, x.t, x.fact, x.p, x.x, None) for x in room.records]
    one = Session(origin=ORIGIN, plan=CREW).fold(bare).runs["three"][0]
    assert [(g.label, g.place) for g in one.groups] == [("", "")] * 2
    assert [g.members for g in one.groups] == room.groups("three")


def test_a_breakout_that_goes_on_keeps_its_groups() -> None:
    """Closed and opened again: the same groups, without who left, with who came."""
    room = Crew(4)
    room.open("three")
    before = room.groups("three")
    room.must(w.CloseActivity(activity="three"))
    room.must(w.Leave(), room.phone(before[0][0]))
    assert room.groups("three") == before  # what was is not rewritten
    late = room.come()
    room.open("three")
    assert room.groups("three") == [[before[0][1], late], before[1]]
