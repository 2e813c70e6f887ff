"""Coming in at the shared tablet: who is found by what is shown there, and what is asked before a name counts."""

from __future__ import annotations

import pytest

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.intents import Actor
from fieldkit.core.walkin import walkin_code
from tests.core.crew import DOOR, Crew

KIOSK = Actor(by="kiosk", via="kiosk")


@pytest.fixture
def room() -> Crew:
    return Crew()


def arrive(room: Crew, name: str = "", badge: str | None = None, **more: bool) -> list[r.Record]:
    return room.must(w.Arrive(new_p=room.new_p(), name=name, badge=badge, ev=("lan",), **more), KIOSK)


def refused(room: Crew, name: str = "", badge: str | None = None) -> str:
    return room.no(w.Arrive(new_p=room.new_p(), name=name, badge=badge), KIOSK)


def test_a_badge_of_the_roster_needs_no_name(room: Crew) -> None:
    p = room.expect("B1", "Bo")
    (made,) = arrive(room, badge="b1")
    assert (made.k, made.p, made.private) == ("person.join", p, {"badge": "B1", "name": "Bo"})
    assert isinstance(made.fact, r.PersonJoined)
    assert (made.fact.device, made.fact.via, made.fact.ev, made.fact.walkin) == (
        "kiosk",
        "kiosk",
        ["roster", "lan"],
        False,
    )
    assert not room.session.people[p].seated


def test_who_sits_at_a_phone_keeps_it_and_the_name(room: Crew) -> None:
    """The tablet says nothing new of them but that they are there; the second time not even that."""
    p = room.come("Ann", "E1")
    floor = room.session.people[p].seat_floor
    (made,) = arrive(room, "Somebody Else", "E1")
    one = room.session.people[p]
    assert (made.k, made.p, made.private) == ("att.in", p, None)
    assert (one.name, one.seated, one.seat_floor, one.vias) == ("Ann", True, floor, ["phone", "kiosk"])
    assert room.do(w.Arrive(new_p=room.new_p(), badge="E1"), KIOSK) == []


def test_a_walk_in_is_found_by_the_code_and_never_by_the_name(room: Crew) -> None:
    """Whoever says that it is another one is taken by their word: names prove nothing."""
    dee = arrive(room, "Dée Ruiz")[0].p or ""
    assert refused(room, "dée ruiz") == "same-name"
    assert room.do(w.Arrive(new_p=room.new_p(), badge=walkin_code(dee).lower()), KIOSK) == []
    other = arrive(room, "DÉE RUIZ", other=True)[0].p
    assert other not in (dee, None)
    assert refused(room, "Dée Ruiz") == "same-name"


def test_only_names_of_walk_ins_from_the_kiosk_are_asked_about(room: Crew) -> None:
    """A code was given to them alone: the others could not answer."""
    room.come("Ann")
    room.expect("B1", "Bo")
    arrive(room, "Cy", "C-9")
    for name in ("Ann", "Bo", "Cy"):
        assert arrive(room, name)[0].k == "person.join"


def test_what_names_nobody_asks_for_a_name(room: Crew) -> None:
    p = room.come("Ann")
    for badge in (None, "B-99", p):
        assert refused(room, badge=badge) == "name-missing"
    assert refused(room, "Ann", "9" * 200) == "too-long"
    gone = arrive(room, "Eve")[0].p or ""
    room.must(w.RemovePerson(who=gone))
    assert refused(room, badge=walkin_code(gone)) == "name-missing"
    assert arrive(room, "Eve")[0].p != gone


def test_a_participant_id_is_no_badge_at_a_phone_either(room: Crew) -> None:
    """It stands in bundles and receipts; it must not open anybody's place."""
    p = room.expect("B1", "Bo")
    assert room.must(w.Join(name="Mal", new_p=room.new_p(), badge=p), DOOR)[0].p != p


@pytest.mark.parametrize("by", [DOOR, Actor(by="fac", via="terminal")])
def test_only_the_kiosk_arrives_so(room: Crew, by: Actor) -> None:
    assert room.no(w.Arrive(new_p=room.new_p(), name="Ann"), by) == "not-allowed"
