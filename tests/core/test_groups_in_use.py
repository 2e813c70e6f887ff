"""Groups while they are used: how many fit into one that people choose, who writes, and what stays once it is over."""

from __future__ import annotations

import msgspec

from fieldkit.core import intents as w
from fieldkit.core.records import Record
from fieldkit.core.refusals import Refusal
from fieldkit.core.seat_view import seat_view
from fieldkit.core.tables import Signatures, table
from tests.core.crew import CREW, DOOR, Crew
from tests.kit.dry import DryRoom


def test_groups_by_number_that_people_choose_take_an_even_share_each() -> None:
    """Of those who were here when it opened, rounded up; who comes later finds a place too, and who goes frees one."""
    many = [msgspec.structs.replace(a, group_size=None) if a.id == "own" else a for a in CREW.activities]
    room = DryRoom(msgspec.structs.replace(CREW, activities=many))

    def come() -> str:
        return str(room.must(w.Join(name="W", new_p=room.new_p()), DOOR)[0].p)

    def choose(p: str, v: str) -> list[Record] | Refusal:
        return room.do(w.PutAnswer(activity="own", round=1, v=(v,)), room.phone(p))

    ps = [come() for _ in range(5)]
    room.must(w.OpenActivity(activity="own"))
    for p in ps[:2]:
        assert not isinstance(choose(p, "g1"), Refusal)
    assert choose(ps[2], "g1") == Refusal("group-full", "1")  # five people in three groups: two each
    assert not isinstance(choose(ps[0], "g1"), Refusal)  # who is in it may say so again
    for p in (*ps[2:], come()):
        assert not isinstance(choose(p, "g2" if p in ps[2:4] else "g3"), Refusal)
    late = come()
    assert not isinstance(choose(late, "g1"), Refusal)  # seven now, so three each: nobody stays outside
    room.must(w.Leave(), room.phone(ps[0]))
    assert not isinstance(choose(ps[2], "g1"), Refusal)


def test_the_groups_of_a_breakout_that_is_over_stay_as_they_were() -> None:
    room = Crew(4)
    room.open("three")
    room.must(w.MakeGroups(activity="three", number=2, places=("Press", "Dock")))
    room.must(w.CloseActivity(activity="three"))
    wishes = (
        w.RotateGroups(activity="three"),
        w.MakeGroups(activity="three"),
        w.MoveToGroup(activity="three", who=room.ps[0], no=1),
    )
    assert [room.no(wish) for wish in wishes] == ["reopen-first"] * 3
    room.open("three")
    room.must(wishes[0])


def test_one_writes_for_the_group() -> None:
    """Until somebody has, anybody may, also who is not the one suggested; then that one alone; released, the next."""
    room = Crew(4)
    room.must(w.CheckIn(new_p=room.new_p(), name="No Phone"))
    room.open("three")
    group = next(g for g in room.groups("three") if len(g) == 3)
    seated = [p for p in group if room.session.people[p].seated]
    first, second = seated[:2]
    suggested = next(g for g in seat_view(room.session, second, "en", 0, 2000).open[0].groups if g.mine)
    assert (suggested.scribe, suggested.writes) == (room.session.people[first].name, False)
    first, second = second, first
    said = room.must(w.PutSay(activity="three", text="we"), room.phone(first))[0]
    own = next(g for g in seat_view(room.session, first, "en", 0, 2000).open[0].groups if g.mine)
    assert (own.scribe, own.writes) == (room.session.people[first].name, True)
    found = room.do(w.PutSay(activity="three", text="we"), room.phone(second))
    assert found == Refusal("not-scribe", room.session.people[first].name)
    one = room.session.runs["three"][0]
    no = one.group_of[first] + 1
    assert room.session.says[said.i].group == no
    assert set(one.heard) == set(group)  # all of them have reported
    room.must(w.Release(who=first))
    room.must(w.PutSay(activity="three", text="more"), room.phone(second))
    assert one.groups[no - 1].scribe == second
    room.must(w.PutSay(text="a question", activity=None), room.phone(second))
    made = table("discussion", room.session, CREW, Signatures())
    cells = [dict(zip(made.columns, row, strict=True)) for row in made.rows]
    assert {(x["text"], x["group"]) for x in cells} == {("we", str(no)), ("more", str(no)), ("a question", "")}
    room.come("back")
    room.must(w.MoveToGroup(activity="three", who=second, no=no % len(one.groups) + 1))
    assert one.groups[no - 1].scribe == ""


def test_who_objected_never_writes_for_the_group() -> None:
    """Their words may not be recorded, so the next one writes."""
    room = Crew(2)
    room.open("pairs")
    first, second = room.groups()[0]
    room.must(w.Object(), room.phone(first))
    assert room.no(w.PutSay(activity="pairs", text="x"), room.phone(first)) == "objected"
    room.must(w.PutSay(activity="pairs", text="x"), room.phone(second))
