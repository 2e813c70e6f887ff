"""An alarm in the fold and the rules: who is on its roll, what ends it, and that it never ends without a note."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core.intents import Actor, Intent
from fieldkit.core.muster import notes, roll
from fieldkit.core.notices import ALARM, standing
from fieldkit.core.refusals import Refusal
from fieldkit.core.room_view import room_view
from fieldkit.core.session import Session
from fieldkit.core.wall_view import wall_view
from tests.core.test_fold_properties import MOVES
from tests.core.test_rules import come_in
from tests.kit.dry import ORIGIN, DryRoom
from tests.kit.plans import PLAN


def names(room: DryRoom) -> list[str]:
    return [x.name for x in roll(room.session)]


def told(room: DryRoom) -> list[str]:
    """Notes that are no notices."""
    return [x.text for x in room.session.notices if not x.room]


def test_on_the_roll_are_phones_badges_walk_ins_and_staff() -> None:
    """Whoever expects them and however they came; a console is nobody, and who is named twice is called once."""
    room = DryRoom()
    room.must(w.Expect(new_p=room.new_p(), fields={"badge": "B1", "name": "Ann", "crew": "Late"}))
    room.must(w.Expect(new_p=room.new_p(), fields={"badge": "B2", "name": "Never came"}))
    room.must(w.CheckIn(new_p=room.new_p(), badge="B1"))
    come_in(room, "Walk In")
    come_in(room, "Ida Two")
    room.must(w.SetStaff(role="interpreter", name="Ina Lopez"))
    room.must(w.SetStaff(role="observer", name="Ida Two"))
    room.must(w.PairConsole(role="helper", name="A laptop", key="k"))
    room.must(w.Pause(why="alarm"))
    assert names(room) == ["Sam Ortiz", "Ina Lopez", "Ann", "Walk In", "Ida Two"]
    assert [x.role for x in roll(room.session)] == ["trainer", "interpreter", "", "", ""]
    assert roll(room.session)[2].crew == "Late" and roll(room.session)[3].badge


def test_who_says_goodbye_on_the_stairs_stays_on_the_roll_and_who_comes_is_added() -> None:
    room = DryRoom()
    gone, stays = come_in(room, "Gone Before"), come_in(room, "Ann")
    room.must(w.Leave(), gone)
    room.at += 60_000
    room.must(w.Pause(why="alarm"))
    room.at += 5_000
    room.must(w.Leave(), stays)
    come_in(room, "Late Lou")
    assert [(x.name, x.left) for x in roll(room.session)] == [
        ("Sam Ortiz", False), ("Ann", True), ("Late Lou", False),
    ]  # fmt: skip
    view = room_view(room.session, "en", room.at).alarm
    assert view is not None and (view.ms, view.present, view.ticked) == (5_000, 3, 0)


def test_only_a_yes_ends_it_and_both_answers_are_noted() -> None:
    """Not asked: refused, with who is missing. No: noted, and it goes on. Yes: noted, and its notice goes."""
    room = DryRoom()
    ann = str(come_in(room, "Ann").p)
    room.must(w.Pause(why="alarm"))
    for intent in (w.Resume(), w.End(), w.Announce(text="")):
        assert room.no(intent) == "alarm", intent
    refused = room.do(w.Resume(ticked=("trainer",)))
    assert isinstance(refused, Refusal) and refused.detail == "Ann"
    room.must(w.Resume(safe=False, ticked=(ann,)))
    assert told(room) == ["Muster: 1 of 2 ticked off. Not ticked off: Sam Ortiz"]
    assert room.session.state == "paused" and room.session.alarm_m == 0
    room.must(w.Resume(safe=True, ticked=(ann, "trainer"), words=("Recuento: {n} de {of}.", "Faltan: {names}")))
    assert told(room)[-1] == "Recuento: 2 de 2." and room.session.state == "running"
    assert room_view(room.session, "en", room.at).alarm is None and standing(room.session) == ""


def test_another_notice_is_told_in_an_alarm_and_taken_down_to_the_alarm_itself() -> None:
    room = DryRoom()
    room.must(w.Pause(why="alarm"))
    room.must(w.Announce(text="Gate B is shut"))
    assert wall_view(room.session, "en", room.at).notice == "Gate B is shut" and room.no(w.Resume()) == "alarm"
    room.must(w.Announce(text=""))
    assert standing(room.session) == ALARM
    room.must(w.Announce(text="Gate B is shut"))
    room.must(w.Pause(why="alarm"))
    assert standing(room.session) == ALARM and room.session.alarm_m == 0


def test_an_alarm_in_a_break_is_one_and_the_program_that_comes_back_ends_none() -> None:
    """Also when the pause was the program's own goodbye."""
    for why in ("break", "exit"):
        room = DryRoom()
        room.must(w.Pause(why=why))
        room.must(w.Pause(why="alarm"))
        room.must(w.Resume(why="start", gap=9, src="boot"))
        assert room.session.state == "paused" and room.no(w.Resume()) == "alarm", why
        folded = Session(origin=ORIGIN, plan=PLAN).fold(room.records)
        assert folded == room.session and folded.alarm_m is not None


def test_a_merge_keeps_the_tick() -> None:
    room = DryRoom()
    one, two = (str(come_in(room, x).p) for x in ("Ann", "Anne Twice"))
    room.must(w.Pause(why="alarm"))
    room.must(w.Merge(who=one, into=two))
    assert [(x.name, x.ticked) for x in roll(room.session, frozenset({one}))] == [
        ("Sam Ortiz", False), ("Anne Twice", True),
    ]  # fmt: skip


def test_notes_are_cut_between_names_and_namesakes_have_their_badges() -> None:
    room = DryRoom()
    for k in range(40):
        come_in(room, f"Worker With Name {k:02}")
    for badge in ("B7", "B8"):
        come_in(room, "Kim Lee", badge)
    found = notes(roll(room.session))
    assert len(found) > 1 and all(len(x) <= 500 and x.startswith("Muster: 0 of 43") for x in found)
    assert all(f"Name {k:02}" in " ".join(found) for k in range(40))
    assert "Kim Lee (B7), Kim Lee (B8)" in " ".join(found)


@settings(max_examples=120, deadline=None)
@given(st.lists(MOVES, max_size=30), st.lists(MOVES, max_size=20))
def test_no_sequence_of_wishes_leaves_an_alarm_without_a_note(
    before: list[tuple[str, object]], after: list[tuple[str, object]]
) -> None:
    """Whatever is done before and in it: it is on until a record goes on, and a note of the roll is in that commit."""
    room = DryRoom()
    inside: list[str] = []

    def step(what: str, how: object) -> None:
        was, noted = room.session.alarm_m, len(told(room))
        if what == "wait":
            assert isinstance(how, int)
            room.at += how
        elif what == "join":
            assert isinstance(how, tuple)
            found = room.do(w.Join(name=how[1], new_p=room.new_p(), badge=how[0]), Actor(by="self", via="phone"))
            if not isinstance(found, Refusal):
                inside.append(str(found[0].p))
        elif what == "phone":
            assert isinstance(how, tuple)
            room.do(how[1], room.phone(inside[how[0] % len(inside)] if inside else "stranger"))
        else:
            assert isinstance(how, Intent)
            room.do(how)
        if was is not None:
            over = room.session.alarm_m is None
            assert over == (room.session.state != "paused")
            assert not over or any(x.startswith("Muster: ") for x in told(room)[noted:])

    for what, how in before:
        step(what, how)
    raised = room.do(w.Pause(why="alarm"))
    assert isinstance(raised, list) or room.session.alarm_m is not None or room.session.state == "ended"
    for what, how in after:
        step(what, how)
