"""What head office erased reaches a laptop over the network whenever it syncs, whichever session it was, and once."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.core import records as r
from fieldkit.core.records import Erased
from fieldkit.log.read import SessionFile
from fieldkit.station import SessionRef, Station
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.rotate import rotate
from tests.kit.central import Office
from tests.sync.erased import BADGE, OTHERS, WHO, at_laptop, whole
from tests.sync.laptop import session
from tests.sync.served import Served, serving
from tests.sync.trips import enrol, laptop, stage, sync


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(await Office.make(tmp_path)) as one:
        yield one


def said(station: Station) -> list[str]:
    told: list[str] = []
    station.warn = lambda sentence, hint="": told.append(sentence)
    return told


def records(station: Station, ref: SessionRef) -> list[Erased]:
    with SessionFile.open(station.find(ref.origin).path) as file:
        return [one.fact for one in file.records() if isinstance(one.fact, r.Erased)]


async def test_every_session_hears_of_it_and_the_answer_comes_up(served: Served, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(served.office, station)
    old = await session(station, WHO, OTHERS[0])
    await sync(station, served)
    middle = await session(station, WHO)
    await sync(station, served)
    assert stage(station, old) == stage(station, middle) == "receipted"
    await erase(served.office.home, "all", BADGE, [], "request", served.office.now)
    told = said(station)
    trip = await sync(station, served)  # nothing waits to be sent: both were receipted long ago
    assert len([one for one in told if "erased names" in one]) == 2 and at_laptop(station) == []
    assert {one.origin for one in trip.sessions} == {old.origin, middle.origin}
    assert [one.result for one in trip.sessions] == ["stored", "stored"], "the erase records are at head office"
    sizes = await served.office.stored()
    assert all(sizes[ref.origin][0] == station.find(ref.origin).size for ref in (old, middle))
    told.clear()
    assert (await sync(station, served)).receipts == sorted([old.origin, middle.origin]), "they are longer now"
    again = await sync(station, served)
    assert (again.sessions, again.receipts, told) == ([], [], []), "once"
    assert [len(records(station, ref)) for ref in (old, middle)] == [1, 1] and whole(station)


async def test_a_session_file_that_was_put_back_loses_the_names_again(served: Served, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(served.office, station)
    ref = await session(station, WHO, OTHERS[0])
    await sync(station, served)
    db = sqlite3.connect(ref.path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    backup = tmp_path / "backup.db"
    shutil.copy(ref.path, backup)
    await erase(served.office.home, "all", BADGE, [], "request", served.office.now)
    await sync(station, served)
    assert at_laptop(station) == []
    for side in ("-wal", "-shm"):
        ref.path.with_name(ref.path.name + side).unlink(missing_ok=True)
    shutil.copy(backup, ref.path)
    assert at_laptop(station)
    told = said(station)
    await sync(station, served)
    assert at_laptop(station) == [] and any("erased names" in one for one in told)
    told.clear()
    await sync(station, served)
    assert told == [] and records(station, ref) == [], "an older copy signs no second history"


async def test_a_key_of_head_office_that_counts_no_more_keeps_no_erasure_back(served: Served, tmp_path: Path) -> None:
    """Its receipts are worth nothing; what the office says is erased goes all the same."""
    station = laptop(tmp_path)
    enrol(served.office, station)
    ref = await session(station, WHO)
    await sync(station, served)
    rotate(served.office.home, "central", served.office.now, served.office.root(), compromised=True)
    await erase(served.office.home, "all", BADGE, [], "request", served.office.now)
    trip = await sync(station, served)
    assert at_laptop(station) == [] and len(records(station, ref)) == 1
    assert [one.result for one in trip.sessions] == ["stored"] and trip.not_taken == []
