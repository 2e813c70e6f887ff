"""The countdown of an open question on a real desk: the laptop's own clock follows the trainer's wish, also after a
crash."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from fieldkit.core import intents as w
from tests.kit.plans import ALL
from tests.kit.room import DeskRoom, reason, saved

TIMED = [msgspec.structs.replace(a, seconds=60) if a.id == "c1" else a for a in ALL.activities]
PLAN = msgspec.structs.replace(ALL, activities=TIMED)


async def settled(room: DeskRoom, want: bool) -> bool:
    """Whether c1 is open; waits a moment for what the desk does by itself."""
    for _ in range(100 if want is False else 12):
        if ("c1" in room.desk.session.open_rounds) is not want:
            await asyncio.sleep(0.02)
    return "c1" in room.desk.session.open_rounds


async def test_the_question_closes_by_itself_at_its_new_end_and_no_earlier(tmp_path: Path) -> None:
    room = DeskRoom(tmp_path, PLAN)
    await room.begin()
    ann = await room.join("Ann")
    await room.lead(w.OpenActivity(activity="c1"))
    await room.lead(w.Extend(seconds=30))
    room.clock.advance(60_100)
    assert await settled(room, True)
    assert saved(await room.vote(ann, "a", id="one", activity="c1"))
    room.clock.advance(30_000)
    await room.lead(w.AddNote(text="the desk looks at its clock when it writes"))
    assert not await settled(room, False)
    assert reason(await room.vote(ann, "b", id="two", activity="c1")) == "closed"
    assert room.desk.session.runs["c1"][0].counts == {"a": 1}
    await room.check()
    await room.close()


async def test_a_crash_takes_back_no_second_that_was_given_and_no_stopped_clock(tmp_path: Path) -> None:
    room = DeskRoom(tmp_path, PLAN)
    await room.begin()
    await room.lead(w.OpenActivity(activity="c1"))
    await room.lead(w.Extend(seconds=9999))
    await room.store.close()  # nobody says goodbye
    room.clock.advance(70_000)
    await room.again()
    assert await settled(room, True) and room.desk.session.runs["c1"][0].until == 60_000 + 9_999_000
    await room.lead(w.Extend())
    await room.store.close()
    room.clock.advance(20_000_000)
    await room.again()
    assert await settled(room, True) and room.desk.room_view().open[0].left_ms is None
    await room.check()
    await room.close()


async def test_a_phone_that_has_the_answer_kept_sends_it_into_the_time_that_was_added(tmp_path: Path) -> None:
    """Its retry after the first end is the same answer, taken once."""
    room = DeskRoom(tmp_path, PLAN)
    await room.begin()
    ann = await room.join("Ann")
    await room.lead(w.OpenActivity(activity="c1"))
    first = saved(await room.vote(ann, "a", id="one", activity="c1"))
    await room.lead(w.Extend(seconds=30))
    room.clock.advance(75_000)
    assert saved(await room.vote(ann, "a", id="one", activity="c1")) == first
    assert saved(await room.vote(ann, "b", id="two", activity="c1")) > first
    assert room.desk.session.runs["c1"][0].counts == {"b": 1}
    await room.check()
    await room.close()
