"""Erasing while the session runs: name, badge and words leave the file and the memory, everything else goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.core import intents as w
from fieldkit.core.erasing import Erase
from fieldkit.core.intents import Actor
from fieldkit.core.tables import Signatures, table
from fieldkit.desk import Accepted
from fieldkit.log.read import SessionFile
from tests.kit.room import DeskRoom, reason, saved

NAME, BADGE = "Zoë [/] Álvarez", "E745738"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DeskRoom]:
    made = DeskRoom(tmp_path)
    await made.begin()
    yield made
    await made.close()


async def test_who_is_erased_stays_in_the_room_without_a_name(room: DeskRoom) -> None:
    zoe, bo = await room.join(NAME, BADGE), await room.join("Bo Lee", "B2")
    await room.lead(w.OpenActivity(activity="p1"))
    await room.vote(zoe, "a", id="v1", activity="p1")
    before = room.desk.session.round("p1")
    assert before is not None and NAME in repr(room.desk.room_view())
    counts = dict(before.counts)
    done = await room.lead(Erase(who=BADGE.lower(), why="request"))
    assert isinstance(done, Accepted)
    for shown in (room.desk.session, room.desk.room_view(), room.desk._newest):
        assert NAME not in repr(shown) and BADGE not in repr(shown)
    after = room.desk.session.round("p1")
    assert after is not None and dict(after.counts) == counts and room.desk.session.present == 2
    with SessionFile.open(room.path) as file:
        assert [i for i, _ in file.numbered_openings() if i in room.desk.session.erased] == []
        assert all(NAME.encode() not in line for line in file.openings())
    # Their phone goes on, and a retry of the join is still theirs.
    assert isinstance(await room.vote(zoe, "b", id="v2", activity="p1"), Accepted)
    assert isinstance(await room.vote(bo, "b", id="v3", activity="p1"), Accepted)
    made = table("attendance", room.desk.session, room.plan, Signatures())
    at = made.columns.index("name")
    assert [row[at] for row in made.rows] == ["(erased)", "Bo Lee"]
    await room.check()


async def test_who_may_not_and_what_is_no_reason_changes_nothing(room: DeskRoom) -> None:
    await room.join(NAME, BADGE)
    last = room.desk.session.saved
    by_phone = await room.desk.submit(Erase(who=BADGE, why="request"), Actor(by="self", via="phone", p="x"))
    by_office = await room.lead(Erase(who="nobody", why="request"))
    by_code = await room.lead(Erase(who=BADGE, why="because \u202e"))
    assert [reason(x) for x in (by_phone, by_office, by_code)] == ["not-allowed", "unknown-person", "wrong-value"]
    assert room.desk.session.saved == last and NAME in repr(room.desk.session)


async def test_also_after_the_end_and_after_the_power_went(room: DeskRoom) -> None:
    await room.join(NAME, BADGE)
    await room.lead(w.End())
    index = saved(await room.lead(Erase(who=BADGE, why="order")))
    await room.close()
    await room.again()
    assert room.desk.session.erased and NAME not in repr(room.desk.session) and room.desk.session.saved == index
    await room.check()
