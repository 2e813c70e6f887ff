"""What the rules say to a trainer who does something for somebody: list, answers, hands, desk in a roll call."""

from __future__ import annotations

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core import records as r
from tests.core.test_rules import come_in, expect
from tests.kit.dry import DryRoom
from tests.kit.plans import PLAN, activity, options


@pytest.fixture
def room() -> DryRoom:
    return DryRoom()


def test_a_person_picked_from_the_list_keeps_their_own_badge(room: DryRoom) -> None:
    """The console names somebody without a badge by `p`: that is no badge, and none was shown."""
    bare = str(room.must(w.CheckIn(new_p=room.new_p(), name="No Badge"))[0].p)
    room.must(w.CheckIn(new_p="", badge=bare, out=True))
    back = room.must(w.CheckIn(new_p="x", badge=bare))[0]
    assert (back.k, back.p, back.private) == ("att.in", bare, {"name": "No Badge"})
    assert isinstance(back.fact, r.CameIn) and (back.fact.via, back.fact.ev) == ("proxy", ["fac"])
    assert room.session.people[bare].badge == "" and bare.upper() not in room.session.by_badge
    listed = expect(room, "B7", "Bea")
    came = room.must(w.CheckIn(new_p="x", badge=listed))[0]
    assert (came.k, came.p, came.private) == ("person.join", listed, {"badge": "B7", "name": "Bea"})
    assert "badge" not in room.session.people[listed].evs
    room.must(w.RemovePerson(who=bare))
    again = room.must(w.CheckIn(new_p=room.new_p(), badge=bare, name="Another"))[0]
    assert again.p != bare and again.private == {"name": "Another"}


def test_a_confidential_answer_of_ones_own_is_replaced_by_nobody_else() -> None:
    """Nobody sees it, so nobody could put it right; who has not answered, or only by the trainer, still can so."""
    quiet = msgspec.structs.replace(
        PLAN, activities=[activity("c9", "poll", options=options("a", "b"), mode="confidential")]
    )
    room = DryRoom(quiet)
    ann, bo = come_in(room, "Ann", "B1"), come_in(room, "Bo", "B2")
    room.must(w.OpenActivity(activity="c9"))
    room.must(w.PutAnswer(activity="c9", round=1, v=("a",)), ann)
    for via in ("proxy", "paper"):
        for who in ("B1", str(ann.p)):
            assert room.no(w.ProxyAnswer(who=who, activity="c9", v=("b",), via=via)) == "answered"
    assert room.session.runs["c9"][0].counts == {"a": 1}
    room.must(w.ProxyAnswer(who="B2", activity="c9", v=("a",)))
    room.must(w.ProxyAnswer(who="B2", activity="c9", v=("b",), via="paper"))
    room.must(w.PutAnswer(activity="c9", round=1, v=("b",)), ann)
    room.must(w.PutAnswer(activity="c9", round=1, v=("a",)), bo)
    assert room.no(w.ProxyAnswer(who="B2", activity="c9", v=("b",))) == "answered"
    room.must(w.CloseActivity(activity="c9"))
    assert room.no(w.ProxyAnswer(who="B1", activity="c9", v=("a",), via="paper")) == "answered"
    assert room.session.runs["c9"][0].counts == {"a": 1, "b": 1}


def test_nobody_signs_for_somebody_else(room: DryRoom) -> None:
    room.must(w.CheckIn(new_p=room.new_p(), badge="B9", name="No Phone"))
    for via in ("proxy", "paper"):  # not opened, open and closed: the paper keeps it
        assert room.no(w.ProxyAnswer(who="b9", activity="a1", v=("a",), via=via)) == "own-signature"
    room.must(w.OpenActivity(activity="a1"))
    assert room.no(w.ProxyAnswer(who="b9", activity="a1", v=("Ann",), ids=True)) == "own-signature"
    room.must(w.CloseActivity(activity="a1"))
    assert room.no(w.ProxyAnswer(who="b9", activity="a1", v=("a",))) == "own-signature"
    late = w.Correct(do="add", by="fac", why="other", who="b9", activity="a1", answer=("a",))
    room.must(w.End())
    assert room.no(late) == "own-signature"


def test_proxy_answers_hands_and_objection(room: DryRoom) -> None:
    """Somebody without a phone answers through the trainer; who objected is not recorded by anybody."""
    room.must(w.CheckIn(new_p=room.new_p(), badge="B9", name="No Phone"))
    room.must(w.OpenActivity(activity="c1"))
    put = room.must(w.ProxyAnswer(who="b9", activity="c1", v=("b",)))[0].fact
    assert isinstance(put, r.AnswerPut)
    assert put.via == "proxy"
    assert room.no(w.ProxyAnswer(who="nobody", activity="c1", v=("b",))) == "unknown-person"
    room.must(w.CountHands(activity="c1", counts={"a": 3, "b": 0}))
    assert room.no(w.CountHands(activity="c1", counts={"z": 3})) == "unknown-option"
    assert room.no(w.CountHands(activity="c1", counts={"a": -1})) == "wrong-value"
    noted = room.must(w.CountHands(activity="c1", counts={"A": 1, "3": 2}))[0].fact
    assert isinstance(noted, r.HandsCounted) and noted.counts == {"a": 1, "c": 2}
    assert room.no(w.CountHands(activity="c1", counts={"a": 1, "1": 2})) == "wrong-value"
    assert room.no(w.CountHands(activity="c1", counts={"A": 1}, ids=True)) == "unknown-option"
    assert room.no(w.CountHands(activity="c1", counts={})) == "unknown-option"
    ann = come_in(room, "Ann")
    room.must(w.Object(), ann)
    assert room.no(w.PutAnswer(activity="c1", round=1, v=("b",)), ann) == "objected"
    room.must(w.OpenActivity(activity="x1"))
    assert room.must(w.ProxyAnswer(who="B9", activity="x1", v=("two", "words")))[0].private == {"text": "two words"}


def test_who_comes_to_the_desk_during_a_roll_call_has_said_here(room: DryRoom) -> None:
    """A badge or the trainer's word: the arrival, then the answer, with the same evidence. A sheet of paper says
    nothing about now."""
    for badge, name in (("B1", "Bo"), ("B2", "Cy")):
        expect(room, badge, name)
    room.must(w.RollCall())
    done = room.must(w.CheckIn(new_p="n1", badge="B1"))
    assert [x.k for x in done] == ["person.join", "att.in"] and done[0].p == done[1].p
    room.must(w.CheckIn(new_p="n2", badge="B2", via="paper"))
    assert set(room.session.round("attendance").heard) == {done[0].p}
    assert room.session.people[str(done[0].p)].evs == {"fac", "badge", "roster"}
    assert len(room.session.people[str(done[0].p)].spans) == 1
