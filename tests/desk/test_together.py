"""People together on a real desk: the tempo kept as sums only, the last place in a group, merges and their phones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.tables import Signatures, table
from fieldkit.desk import Accepted, Already, Refused
from fieldkit.errors import FieldkitError
from fieldkit.log.receipt import parse_receipt
from tests.core.crew import CREW
from tests.kit.faulty import Fault
from tests.kit.room import DeskRoom, Seat, saved


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DeskRoom]:
    made = DeskRoom(tmp_path, CREW)
    await made.begin()
    yield made
    await made.close()


def tallies(room: DeskRoom, records: list[r.Record]) -> list[tuple[str, int, int, int]]:
    found = [x.fact for x in records if isinstance(x.fact, r.TempoTallied)]
    return [(x.segment, x.lost, x.ok, x.faster) for x in found]


async def test_the_tempo_is_kept_as_sums_when_a_segment_is_left(room: DeskRoom) -> None:
    """In front of what leaves it; nothing when nobody tapped; a segment visited twice adds up."""
    ann, bo = await room.join("Ann"), await room.join("Bo")
    await room.lead(w.EnterSegment(segment="talk"))
    room.desk.pulse.tap(ann.p, "lost")
    room.desk.pulse.tap(bo.p, "lost")
    room.desk.pulse.tap(ann.p, "ok")
    await room.lead(w.EnterSegment(segment="show"))
    await room.lead(w.EnterSegment(segment="talk"))
    room.desk.pulse.tap(bo.p, "faster")
    await room.lead(w.End())
    await room.lead(w.Reopen())
    await room.lead(w.End())
    records = await room.store.records()
    assert tallies(room, records) == [("talk", 1, 1, 0), ("talk", 0, 0, 1)]
    kinds = [x.k for x in records]
    assert [kinds[k + 1] for k, kind in enumerate(kinds) if kind == "tempo.tally"] == ["segment.enter", "session.close"]
    assert room.desk.session.tempos == {"talk": [1, 1, 1]}
    pacing = table("pacing", room.desk.session, CREW, Signatures())
    rows = [dict(zip(pacing.columns, row, strict=True)) for row in pacing.rows]
    assert [(x["segment"], x["lost"], x["ok"], x["faster"]) for x in rows if x["segment"]] == [
        ("talk", "1", "1", "1"),
        ("show", "", "", ""),
    ]
    await room.check()


async def test_no_tap_is_in_any_file(tmp_path: Path) -> None:
    """Two meetings with the same sums, tapped by others in another order, leave records of the same kinds and bytes.

    The next step (one record more than entering) counts as leaving too.
    """
    told = []
    for k, taps in enumerate([("lost", "ok", "ok"), ("ok", "lost", "ok")]):
        folder = tmp_path / str(k)
        folder.mkdir()
        room = DeskRoom(folder, CREW)
        await room.begin()
        seats = [await room.join(name) for name in ("Ann", "Bo", "Cy")]
        await room.lead(w.EnterSegment(segment="show"))
        before = room.desk.session.saved
        files = {x.name: x.stat().st_size for x in folder.rglob("*") if x.is_file()}
        for seat, tap in zip(seats, taps, strict=True):
            room.desk.pulse.tap(seat.p, "faster")
            room.desk.pulse.tap(seat.p, tap)
        assert room.desk.session.saved == before
        assert {x.name: x.stat().st_size for x in folder.rglob("*") if x.is_file()} == files
        await room.lead(w.EnterSegment(segment="talk"))
        records = await room.store.records()
        told.append([(x.k, x.p is None, x.fact) for x in records[before + 1 :]])
        assert all(x.private is None and x.p is None for x in records[before + 1 :])
        await room.close()
    assert told[0] == told[1]
    assert isinstance(told[0][0][2], r.TempoTallied)


@pytest.mark.parametrize("fault", ["lost", "kept", "full"])
async def test_taps_are_counted_once_whatever_the_disk_does(room: DeskRoom, fault: Fault) -> None:
    """Lost, full, or on disk although it said it failed; they are counted when leaving the segment works at last."""
    ann = await room.join("Ann")
    await room.lead(w.EnterSegment(segment="talk"))
    room.desk.pulse.tap(ann.p, "lost")
    room.store.fail(fault)
    with pytest.raises(FieldkitError):
        await room.lead(w.EnterSegment(segment="show"))
    await room.lead(w.EnterSegment(segment="show"))
    assert tallies(room, await room.store.records()) == [("talk", 1, 0, 0)]


async def test_the_last_place_in_a_group_goes_to_one(room: DeskRoom) -> None:
    """Ten phones at once, groups of two: nobody is told *saved* for a place that was gone."""
    seats = [await room.join(f"W{k}") for k in range(10)]
    await room.lead(w.OpenActivity(activity="own"))

    async def choose(k: int, seat: Seat) -> bool:
        found = await room.send(seat, w.PutAnswer(activity="own", round=1, v=(f"g{k % 2 + 1}",)), f"id-{k}")
        assert isinstance(found, Accepted) or (isinstance(found, Refused) and found.refusal.reason == "group-full")
        return isinstance(found, Accepted)

    won = await asyncio.gather(*(choose(k, seat) for k, seat in enumerate(seats)))
    assert sum(won) == 4
    assert [len(g.members) for g in room.desk.session.runs["own"][0].groups] == [2, 2, 0]
    await room.check()


async def test_a_merged_phone_goes_on_as_the_other_person(room: DeskRoom) -> None:
    """Its seat, its retries, its receipt and its code at the goodbye."""
    await room.lead(w.Expect(new_p="expected", fields={"badge": "E1", "name": "Ann Lee"}))
    walk = await room.join("Anne")
    await room.lead(w.OpenActivity(activity="vote"))
    first = await room.vote(walk, "a", id="v1", activity="vote")
    proof = parse_receipt(await room.desk.receipt(walk.p))
    await room.lead(w.Merge(who=walk.p, into="E1"))
    assert room.desk.seat_of(walk.token) == ["expected"]
    merged = Seat("expected", walk.token)
    again = await room.send(merged, w.PutAnswer(activity="vote", round=1, v=("a",)), "v1")
    assert isinstance(again, Already)
    assert again.saved == saved(first)
    assert isinstance(await room.vote(merged, "b", id="v2", activity="vote"), Accepted)
    assert room.desk.session.runs["vote"][0].counts == {"b": 1}
    assert parse_receipt(await room.desk.receipt("expected")).index == proof.index
    room.desk.pulse.connected(walk.p)
    assert not any(x.away for x in room.desk.room_view().people)
    await room.lead(w.End())
    bye = room.desk.seat_view("expected", "en").bye
    assert bye is not None
    assert (bye.badge, bool(bye.code)) == ("E1", True)
    await room.check()
