"""What can be made void: answers and messages, and nothing else that stands in the log."""

from __future__ import annotations

from fieldkit.core import intents as w
from tests.kit.dry import DryRoom
from tests.kit.plans import ALL


def test_only_what_counts_can_be_struck() -> None:
    room = DryRoom(ALL)
    came = room.must(w.CheckIn(new_p=room.new_p(), name="Ann [/] Lee"))[0]
    opened = room.must(w.OpenActivity(activity="p1"))[-1]
    mine = w.PutAnswer(activity="p1", round=1, v=("a",))
    put = room.must(mine, room.phone(came.p or ""))[0]
    said = room.must(w.PutSay(text="Which lock?"), room.phone(came.p or ""))[0]

    def strike(i: int) -> w.Correct:
        return w.Correct(do="void", by="fac", why="mistake", ref=i, leaf="00", reason="typed twice")

    assert {room.no(strike(i)) for i in (0, came.i, opened.i, 999)} == {"no-such-record"}
    for i in (put.i, said.i):
        room.must(strike(i))
    assert room.no(strike(put.i)) == "no-such-record"
    assert room.session.runs["p1"][0].counts == {} and room.session.says[said.i].void
