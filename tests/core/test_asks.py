"""Questions to the trainer with votes, the queue of hands, staff, and who takes part without being recorded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.intents import FACILITATOR, Intent
from fieldkit.core.records import Draft
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import seat_view, shared_view
from fieldkit.core.tables import Signatures, table
from tests.core.crew import CREW, Crew


def asked(room: Crew, p: str, text: str) -> int:
    return room.must(w.PutSay(text=text), room.phone(p))[0].i


def test_everybody_votes_once_for_open_questions_and_nobody_for_their_own() -> None:
    """Most votes first; no phone is told who asked."""
    room = Crew(3)
    a, b, c = room.ps
    first, second = asked(room, a, "Why?"), asked(room, b, "Ann [/] Lee =1+1")
    assert room.no(w.UpVote(ref=first), room.phone(a)) == "own-message"
    room.must(w.UpVote(ref=second), room.phone(a))
    room.must(w.UpVote(ref=second), room.phone(c))
    assert room.no(w.UpVote(ref=second), room.phone(c)) == "voted"
    view = shared_view(room.session, "en", 0, 2000)
    assert [(x.ref, x.ups, x.name) for x in view.asks] == [(second, 2, ""), (first, 0, "")]
    mine = seat_view(room.session, a, "en", 0, 2000).asks
    assert [(x.mine, x.voted) for x in mine] == [(False, True), (True, False)]
    trainer = room_view(room.session, "en", 0)
    assert [(x.ref, x.name) for x in trainer.asks] == [(second, "W1"), (first, "W0")]
    assert view.says == []


def test_answered_parked_and_hidden_questions_leave_the_list_and_their_author_still_sees_them() -> None:
    """Parked ones are the expert's; answered ones take no more votes; all of it can be taken back."""
    room = Crew(2)
    a, b = room.ps
    refs = [asked(room, a, text) for text in ("done", "park", "hide")]
    room.must(w.DoneSay(ref=refs[0]))
    room.must(w.ParkSay(ref=refs[1]))
    room.must(w.HideSay(ref=refs[2]))
    assert shared_view(room.session, "en", 0, 2000).asks == []
    assert [(x.text, x.done, x.parked, x.mine) for x in seat_view(room.session, a, "en", 0, 2000).asks] == [
        ("done", True, False, True),
        ("park", False, True, True),
    ]
    assert seat_view(room.session, b, "en", 0, 2000).asks == []
    assert [x.text for x in room_view(room.session, "en", 0).parked] == ["park"]
    assert room.no(w.UpVote(ref=refs[0]), room.phone(b)) == "closed"
    assert room.must(w.DoneSay(ref=refs[0])) == []
    room.must(w.DoneSay(ref=refs[0], off=True))
    room.must(w.ParkSay(ref=refs[1], off=True))
    assert [x.text for x in shared_view(room.session, "en", 0, 2000).asks] == ["done", "park"]
    for wish in (w.DoneSay(ref=-1), w.ParkSay(ref=10**12)):
        assert room.no(wish) == "unknown-message"
    room.must(w.DoneSay(ref=refs[0]))
    room.must(w.ParkSay(ref=refs[1]))
    said = table("discussion", room.session, CREW, Signatures())
    cells = [dict(zip(said.columns, row, strict=True)) for row in said.rows]
    assert [(x["hidden"], x["done"], x["parked"]) for x in cells] == [
        ("no", "yes", "no"),
        ("no", "no", "yes"),
        ("yes", "no", "no"),
    ]


@pytest.mark.parametrize("wish", [w.PinSay, w.HideSay])
def test_a_message_is_pinned_or_hidden_once(wish: type[w.PinSay | w.HideSay]) -> None:
    """The same again writes nothing, there as back."""
    room = Crew(1)
    ref = asked(room, room.ps[0], "why")
    assert room.must(wish(ref=ref, off=True)) == []
    for off in (False, True):
        assert len(room.must(wish(ref=ref, off=off))) == 1
        assert room.must(wish(ref=ref, off=off)) == []
    assert room.no(wish(ref=10**12)) == "unknown-message"


def test_a_room_full_of_questions_still_fits_a_phone() -> None:
    """The ten with most votes, and one's own."""
    room = Crew(2)
    for k in range(30):
        asked(room, room.ps[0], f"question {k}")
    last = asked(room, room.ps[1], "mine")
    assert len(shared_view(room.session, "en", 0, 2000).asks) == 10
    assert [x.ref for x in seat_view(room.session, room.ps[1], "en", 0, 2000).asks][-1] == last


QUESTIONS = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 2), st.builds(w.PutSay, text=st.sampled_from(["q", "", "\u202ex"]))),
        st.tuples(st.integers(0, 2), st.builds(w.UpVote, ref=st.integers(0, 15))),
        st.tuples(st.integers(0, 2), st.builds(w.RaiseHand, up=st.booleans())),
        st.tuples(st.integers(0, 2), st.sampled_from([w.Leave(), w.Here()])),
        st.tuples(st.none(), st.builds(w.DoneSay, ref=st.integers(0, 15), off=st.booleans())),
        st.tuples(st.none(), st.builds(w.ParkSay, ref=st.integers(0, 15), off=st.booleans())),
        st.tuples(st.none(), st.builds(w.HideSay, ref=st.integers(0, 15), off=st.booleans())),
        st.tuples(st.none(), st.builds(w.LowerHand, who=st.sampled_from([None, "p0000001", "nobody"]))),
        st.tuples(
            st.none(), st.builds(w.Merge, who=st.just("p0000001"), into=st.sampled_from(["p0000002", "p0000003"]))
        ),
    ),
    max_size=30,
)


@settings(max_examples=100, deadline=None)
@given(QUESTIONS)
def test_votes_hands_and_lists_keep_their_laws(moves: list[tuple[int | None, Intent]]) -> None:
    """Nobody votes twice or for themselves; hands up are of people here; every question is in exactly one place."""
    room = Crew(3)
    for who, wish in moves:
        room.do(wish, FACILITATOR if who is None else room.phone(room.session.head(room.ps[who])))
    s = room.session
    assert s.unknown == 0
    for say in s.says.values():
        assert all(s.people[p].merged_to is None for p in say.ups)
    assert all(s.people[p].present and s.people[p].hand_m == m for p, m in s.hands.items())
    assert [x.p for x in room_view(s, "en", 0).hand_lines] == sorted(s.hands, key=lambda p: list(s.hands).index(p))
    trainer = room_view(s, "en", 0)
    listed = [x.ref for x in (*trainer.asks, *trainer.parked)]
    assert len(listed) == len(set(listed))
    assert set(listed) == {x.ref for x in s.says.values() if not x.hidden and not x.done}
    assert [x.ups for x in trainer.asks] == sorted((x.ups for x in trainer.asks), reverse=True)


def test_hands_are_a_queue_and_the_trainer_takes_the_first_down() -> None:
    """The record names the person; how long it has been up is shown."""
    room = Crew(3)
    for k, p in enumerate(room.ps):
        room.at = k * 1000
        room.must(w.RaiseHand(up=True), room.phone(p))
    lines = room_view(room.session, "en", 5000).hand_lines
    assert [(x.name, x.ms) for x in lines] == [("W0", 5000), ("W1", 4000), ("W2", 3000)]
    made = room.must(w.LowerHand())[0]
    assert (made.k, made.p) == ("hand.down", room.ps[0])
    room.must(w.LowerHand(who=room.ps[2]))
    assert list(room.session.hands) == [room.ps[1]]
    assert room.no(w.LowerHand(who=room.ps[2])) == "no-hand"
    room.must(w.LowerHand())
    assert room.no(w.LowerHand()) == "no-hand"
    assert room.no(w.LowerHand(who="ghost")) == "unknown-person"


def test_staff_are_named_once_and_taken_off_again() -> None:
    """Several interpreters share a cell; trainers beside the one who opened; a qualification may come later."""
    room = Crew(1)
    for name in ("Bo", "Li; Wei"):
        room.must(w.SetStaff(role="interpreter", name=name))
    assert room.no(w.SetStaff(role="interpreter", name="Bo")) == "already-staff"
    room.must(w.SetStaff(role="trainer", name="Kim"))
    room.must(w.SetStaff(role="trainer", name="Kim", qualification="L3"))
    room.must(w.SetStaff(role="observer", name="Wrong"))
    made = room.must(w.SetStaff(role="observer", name="Wrong", off=True))
    assert b'"off":true' in room.lines[made[0].i]
    assert b"off" not in room.lines[made[0].i - 1]
    assert room.no(w.SetStaff(role="observer", name="Wrong", off=True)) == "no-staff"
    assert [(x.role, x.name) for x in room_view(room.session, "en", 0).staff] == [
        ("interpreter", "Bo"),
        ("interpreter", "Li; Wei"),
        ("trainer", "Kim"),
    ]
    made_table = table("attendance", room.session, CREW, Signatures())
    row = dict(zip(made_table.columns, made_table.rows[0], strict=True))
    assert (row["interpreter"], row["trainer_name"]) == ("Bo; Li; Wei", "Sam Ortiz; Kim")
    assert row["trainer_qualification"] == "L3"


def test_erasing_the_name_of_one_interpreter_takes_no_role_from_another() -> None:
    """The opening of the removal is gone: it says nothing about anybody."""
    room = Crew(0)
    room.must(w.SetStaff(role="interpreter", name="Bo"))
    room.write([Draft(r.StaffSet(role="interpreter", off=True))])
    assert [x.name for x in room.session.staff] == ["Bo"]


def test_who_objects_takes_part_and_leaves_no_answer() -> None:
    """Hand, roll call, acknowledgement and coming and going stay; answers, messages and votes are not recorded."""
    room = Crew(2)
    p, other = room.ps
    ref = asked(room, other, "Why?")
    room.open("talk")
    theirs = room.must(w.PutSay(activity="talk", text="see"), room.phone(other))[0].i
    room.must(w.Object(), room.phone(p))
    assert seat_view(room.session, p, "en", 0, 2000).me.objected  # type: ignore[union-attr]
    room.open("vote")
    refused: list[Intent] = [
        w.PutAnswer(activity="vote", round=1, v=("a",)),
        w.PutSay(text="mine"),
        w.PutSay(activity="talk", text="mine"),
        w.UpVote(ref=ref),
        w.UpVote(ref=theirs),
        w.Object(),
    ]
    for wish in refused:
        assert room.no(wish, room.phone(p)) == "objected", wish
    assert room.no(w.ProxyAnswer(who=p, activity="vote", v=("a",))) == "objected"
    assert room.no(w.ProxyAnswer(who=p, activity="vote", v=("a",), via="paper")) == "objected"
    late = w.Correct(do="add", by="fac", why="other", who=p, activity="vote", answer=("a",))
    assert room.no(late) == "objected"
    room.must(w.RaiseHand(up=True), room.phone(p))
    room.must(w.RollCall())
    room.must(w.Here(), room.phone(p))
    room.open("ack")
    room.must(w.Sign(activity="ack", round=1, text="W0"), room.phone(p))
    room.at = 60_000
    room.must(w.End())
    made = table("attendance", room.session, CREW, Signatures())
    row = dict(zip(made.columns, made.rows[0], strict=True))
    assert "objected" in row["flags"].split()
    assert row["proofs"] == "3/3"  # arrival, roll call, acknowledgement: nothing else was asked of them
    assert row["attendance_status"] == "present"
