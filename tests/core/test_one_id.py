"""One person, one id: what tables and views call somebody, whoever was merged into whom, whatever was typed."""

from __future__ import annotations

import pytest

from fieldkit.core import intents as w
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import seat_view
from fieldkit.core.walkin import walkin_code
from tests.core.crew import DOOR, Crew
from tests.core.test_merges import begin, sheet

TABLED = ("attendance", "answers", "corrections", "discussion", "checklists")


def ids(room: Crew, p: str) -> set[str]:
    """What the tables, the trainer and the own phone call a person, in every place that names them."""
    found = {x["person_id"] for name in TABLED for x in sheet(room, name) if x["name"] == room.session.people[p].name}
    people = room_view(room.session, "en", 0).people
    bye = seat_view(room.session, p, "en", 0, 0).bye
    return found | {x.badge or x.p for x in people if x.p == p} | ({bye.badge or p} if bye else set())


def busy(room: Crew, p: str) -> None:
    room.must(w.PutAnswer(activity="quest", round=1, v=("b",)), room.phone(p))
    room.must(w.PutSay(activity="talk", text="why"), room.phone(p))
    room.must(w.MarkItem(who=p, activity="skill", item="lock"))
    room.must(w.Mark(who=p, status="late"))


@pytest.mark.parametrize("into", ["walk-in", "badge"])
@pytest.mark.parametrize("roster", [True, False])
def test_a_merged_person_has_one_id_in_every_table(into: str, roster: bool) -> None:
    """The badge, whichever of the two entries stands for the person."""
    room = begin()
    walk = room.come("Zoë")
    badge = room.come("Zoë", "E2" if roster else "E4")
    busy(room, walk)
    busy(room, badge)
    who, head = (badge, walk) if into == "walk-in" else (walk, badge)
    room.must(w.Merge(who=who, into=head))
    room.must(w.RenamePerson(who=head, name="Zoë Á"))
    assert ids(room, head) == {"E2" if roster else "E4"}


def test_of_several_badges_the_rosters_is_the_persons() -> None:
    """Also when another one, or a walk-in's code, was typed last."""
    room = begin()
    given, walk, listed = room.come("Zoë", "E4"), room.come("Zoë"), room.come("Li", "E2")
    room.must(w.Merge(who=given, into=walk))
    assert ids(room, walk) == {"E4"}
    room.must(w.Merge(who=walk, into=listed))
    for badge in ("E4", walkin_code(walk), "E2"):
        assert ids(room, listed) == {"E2"}
        room.must(w.Leave(), room.phone(listed))
        assert room.must(w.Join(name="", new_p=room.new_p(), badge=badge), DOOR)[0].p == listed
    assert ids(room, listed) == {"E2"}
    assert room.session.people[listed].badge == "E2"


def test_a_walk_in_who_comes_back_with_the_code_keeps_the_id() -> None:
    """The code finds the entry and is no badge; at another session it is one."""
    room = begin()
    walk = room.come("Zoë")
    code = walkin_code(walk)
    assert ids(room, walk) == {walk}
    room.must(w.Leave(), room.phone(walk))
    assert room.must(w.Join(name="Zoë", new_p=room.new_p(), badge=code), DOOR)[0].p == walk
    busy(room, walk)
    assert ids(room, walk) == {walk}
    assert f"code {code}" in next(x["note"] for x in sheet(room) if x["person_id"] == walk)
    other = begin()
    stranger = "strangr1"
    other.must(w.Join(name="Zoë", new_p=stranger, badge=code), DOOR)
    assert ids(other, stranger) == {code}
