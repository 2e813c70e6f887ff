"""Corrections as a trainer types them: both values stand, and what is void no longer counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.core import intents as w
from fieldkit.core.tables import Signatures, table
from fieldkit.desk import Accepted
from fieldkit.verbs import wish_of
from tests.kit.room import DeskRoom, reason, saved


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DeskRoom]:
    made = DeskRoom(tmp_path)
    await made.begin()
    yield made
    await made.close()


async def say(room: DeskRoom, *words: str) -> object:
    return await room.lead(wish_of(words[0], words[1:]))


def struck(room: DeskRoom) -> dict[str, str]:
    """The newest row of the corrections."""
    made = table("corrections", room.desk.session, room.plan, Signatures())
    return dict(zip(made.columns, made.rows[-1], strict=True))


async def test_a_struck_answer_or_message_is_somebodys_unless_the_round_names_nobody(room: DeskRoom) -> None:
    """The row says whose it was; of a confidential round it says no more than before."""
    ann = await room.join("Ann", "B1")
    for activity, who in (("p1", "Ann"), ("s1", "")):
        await room.lead(w.OpenActivity(activity=activity))
        index = saved(await room.vote(ann, "a" if who else "l1", id=f"v{activity}", activity=activity))
        assert isinstance(await say(room, "strike", str(index), "mistaken"), Accepted)
        row = struck(room)
        assert (row["what"], row["name"], row["person_id"]) == ("void", who, "B1" if who else "")
    await room.lead(w.OpenActivity(activity="d1"))
    index = saved(await room.send(ann, w.PutSay(text="rude", activity="d1"), "say1"))
    await say(room, "strike", str(index), "rude")
    assert struck(room)["name"] == "Ann"
    await room.check()


async def test_attendance_amended_after_the_end_shows_both_values(room: DeskRoom) -> None:
    """`ctl amend`: the sheet has the new one, the corrections table has both, with who and why."""
    await room.join("Ann", "B1")
    await room.lead(w.EnterSegment(segment="open"))
    await room.lead(w.End())
    assert isinstance(await say(room, "amend", "B1", "excused", "called", "away"), Accepted)
    signed = Signatures(str(room.signer.vkey), None, None, True)
    sheet = table("attendance", room.desk.session, room.plan, signed)
    row = dict(zip(sheet.columns, sheet.rows[0], strict=True))
    assert row["attendance_status"] == "excused"
    assert "amended" in row["flags"]
    corrections = table("corrections", room.desk.session, room.plan, signed)
    found = dict(zip(corrections.columns, corrections.rows[-1], strict=True))
    assert (found["new"], found["who"], found["reason"]) == ("excused", "fac", "called away")
    await room.check()


async def test_a_late_answer_is_added_and_a_wrong_one_struck(room: DeskRoom) -> None:
    """`ctl add` and `ctl strike`; the leaf of the record that is meant goes into the correction."""
    ann, bo = await room.join("Ann", "B1"), await room.join("Bo", "B2")
    await room.lead(w.OpenActivity(activity="c1"))
    index = saved(await room.vote(ann, "b", id="v1", activity="c1"))
    await room.lead(w.CloseActivity())
    assert reason(await room.vote(bo, "b", id="v2", activity="c1")) == "closed"
    assert isinstance(await say(room, "add", "B2", "c1", "a"), Accepted)
    one = room.desk.session.runs["c1"][0]
    assert one.counts == {"a": 1, "b": 1}
    assert isinstance(await say(room, "strike", str(index), "wrong person"), Accepted)
    assert one.counts == {"a": 1}
    assert struck(room)["name"] == "Ann"
    assert reason(await say(room, "strike", "99999", "nothing")) == "no-such-record"  # type: ignore[arg-type]
    assert reason(await say(room, "add", "B2", "c1", "zz")) == "unknown-option"  # type: ignore[arg-type]
    await room.check()
