"""A laptop's clock that is a year wrong, forth and back while a session runs: order and durations are as they were, it
is flagged, and head office judges by its own clock."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core.attendance import attendance
from fieldkit.core.session import Session
from fieldkit.log.line import canonical_plan
from fieldkit.packs.compile import Compiled
from fieldkit.station import Setup
from fieldkit.sync.carry import sync_folder_to, take_in
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipts_file
from tests.kit.central import NOON, Office
from tests.kit.plans import PLAN
from tests.kit.room import DeskRoom
from tests.sync.laptop import session
from tests.sync.trips import enrol, laptop, stage

MINUTE = 60_000
YEAR = 365 * 86_400_000


async def test_a_year_forth_and_back_harms_neither_order_nor_durations_nor_the_way_home(tmp_path: Path) -> None:
    """Ten minutes in all, said as ten minutes; three jumps in the log; stored by head office and not put off as a key
    that is over or not yet in force, which the laptop's clock would have said."""
    office, station, room = await Office.make(tmp_path), laptop(tmp_path), DeskRoom(tmp_path)
    enrol(office, station)
    raw = canonical_plan(msgspec.to_builtins(PLAN))
    pack = Compiled(PLAN, raw, hashlib.sha256(raw).hexdigest(), "0" * 64, {}, False)
    begun = await station.start(Setup(pack=pack, facilitator="Sam Ortiz"))
    room.clock, room.store = station.clock, begun.store  # type: ignore[assignment]
    await room._desk()
    ann = await room.join("Ann", "E1")
    await room.lead(w.EnterSegment(segment="learn"))
    for jump in (YEAR, -2 * YEAR, YEAR):
        room.clock.advance(2 * MINUTE)
        room.clock.jump_wall(jump)
        await room.send(ann, w.RaiseHand(up=jump > 0), f"h{room.desk.session.saved}")
        await room.join(f"Somebody after {jump}", f"E{room.desk.session.saved}")
    room.clock.advance(4 * MINUTE)
    await room.lead(w.End())
    fold = Session(origin=room.store.origin, plan=PLAN).fold(await room.store.records())
    assert fold == room.desk.session
    records = await room.store.records()
    assert [x.m for x in records] == sorted(x.m for x in records)
    assert room.desk.session.jumps == [(2 * MINUTE, YEAR), (4 * MINUTE, -2 * YEAR), (6 * MINUTE, YEAR)]
    sheet = attendance(room.desk.session)
    assert [one.ms // MINUTE for one in sheet] == [10, 8, 6, 4]
    assert all("clock_suspect" in one.flags for one in sheet)
    await room.close()

    (tmp_path / "stick").mkdir()
    await sync_folder_to(station, tmp_path / "stick", plain=False)
    (bundle,) = (tmp_path / "stick").glob("*.fkb")
    assert [one.result for one in await office.take(bundle.read_bytes())] == ["stored"]
    assert "overlap" not in await office.findings()


@pytest.mark.parametrize("wrong", [YEAR, -YEAR], ids=["a year on", "a year back"])
async def test_a_laptop_with_a_wrong_clock_carries_and_is_receipted(tmp_path: Path, wrong: int) -> None:
    """By its clock the trust list has run out, or head office's keys are not in force yet. Neither stops what is signed
    from getting home, nor the receipt from counting."""
    office = await Office.make(tmp_path)
    station = laptop(tmp_path, at=NOON + wrong // 1000)
    enrol(office, station)
    ref = await session(station, ("Ann", "E1"))
    stick = tmp_path / "stick"
    stick.mkdir()
    await sync_folder_to(station, stick, plain=False)
    (bundle,) = stick.glob("*.fkb")
    assert [one.result for one in await office.take(bundle.read_bytes())] == ["stored"]
    async with await Intake.open(office.home) as intake:
        (stick / "in.receipts.note").write_bytes(await receipts_file(intake.db, [ref.origin], intake.office))
    got = await take_in(station, stick)
    assert got.origins == [ref.origin] and got.not_taken == []
    assert stage(station, ref) == "receipted"
