"""What is another laptop's, what is an older copy, what nobody asked for: told, and the rest goes on."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.station import SessionRef, Station
from fieldkit.sync.carry import sync_folder_to, waiting
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipts_file
from fieldkit.sync.erasing import erase as erase_here
from fieldkit.sync.online import sync_online
from fieldkit.sync.outbox import Outbox
from fieldkit.sync.reach import Rest, address
from fieldkit.sync.receipts import take_receipts
from tests.cli.kit import Done, fieldkit
from tests.kit.central import Office
from tests.sync.erased import BADGE, OTHERS, WHO
from tests.sync.laptop import more, session
from tests.sync.served import Served, serving
from tests.sync.test_online_line import impostor, said
from tests.sync.trips import enrol, laptop, stage, sync


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(await Office.make(tmp_path)) as one:
        yield one


def copied(ref: SessionRef, to: Path) -> bytes:
    """A session file alone, whole, as somebody copies it; its bytes."""
    db = sqlite3.connect(ref.path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    shutil.copy(ref.path, to)
    return ref.path.read_bytes()


async def run(*argv: str, home: Path) -> Done:
    """A command in a thread of its own: it begins a loop, and head office may be served in this one."""
    return await asyncio.to_thread(lambda: fieldkit(*argv, home=home))


async def receipts(office: Office) -> bytes:
    async with await Intake.open(office.home) as intake:
        async with intake.db.transaction() as tx:
            every = [one.origin for one in await tx.sessions()]
        return await receipts_file(intake.db, every, intake.office)


async def test_a_session_of_another_laptop_is_left_alone_and_named(served: Served, tmp_path: Path) -> None:
    station, other = laptop(tmp_path), laptop(tmp_path, "other")
    enrol(served.office, station)
    enrol(served.office, other)
    await session(other, OTHERS[0])
    theirs = await session(other, WHO)
    await sync(other, served)
    raw = copied(theirs, station.home / "sessions" / theirs.path.name)
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "receipts.note").write_bytes(await receipts(served.office))
    mine = await session(station, OTHERS[0])
    trip = await sync_folder_to(station, stick, plain=False)
    assert [one["origin"] for one in trip.sessions] == [mine.origin] and not trip.left_out and not trip.not_taken
    online = await sync(station, served)
    assert [one.origin for one in online.sessions] == online.receipts == [mine.origin] and online.left_out == []
    (stick / "receipts.note").write_bytes(await receipts(served.office))
    taken = await take_receipts(station, (stick / "receipts.note").read_bytes())
    assert taken.origins == [mine.origin] and taken.foreign == 2 and taken.unread == []
    for argv in (("sync", "--to", str(stick)), ("sync", "--to", served.url, "--ca", str(served.cert)), ("fsck",)):
        done = await run(*argv, home=station.home)
        assert done.code == 0 and theirs.origin in done.talk + done.text and "another laptop" in done.talk + done.text
    assert (await run("receipts", str(stick / "receipts.note"), home=station.home)).code == 0
    assert (station.home / "sessions" / theirs.path.name).read_bytes() == raw
    told: list[str] = []

    def warn(sentence: str, hint: str = "") -> None:
        told.append(sentence)

    station.warn = warn
    await erase(served.office.home, "all", BADGE, [], "request", served.office.now)
    await take_receipts(station, await receipts(served.office))
    assert any(theirs.origin in one and "still holds them" in one for one in told)


async def test_a_file_of_which_head_office_holds_more_is_an_older_copy(served: Served, tmp_path: Path) -> None:
    """Read-only from then on; still carried, because only head office can tell a beginning from another history."""
    station = laptop(tmp_path)
    enrol(served.office, station)
    ref = await session(station, WHO, close=False)
    backup = tmp_path / "backup.db"
    copied(ref, backup)
    await more(station, ref.path, Draft(r.SessionClosed(why="request")))
    await sync(station, served)
    (station.home / "keys" / "heads").unlink()
    shutil.rmtree(station.outbox)
    shutil.rmtree(station.receipts_dir)
    for side in ("-wal", "-shm"):
        ref.path.with_name(ref.path.name + side).unlink(missing_ok=True)
    shutil.copy(backup, ref.path)
    station = Station.open(station.home, clock=station.clock)
    assert station.find(ref.origin).state == "running"
    note = tmp_path / "r.note"
    note.write_bytes(await receipts(served.office))
    done = await run("receipts", str(note), home=station.home)
    assert done.code == 1 and "holds more of" in done.talk and "begin a new session" in done.talk
    assert station.find(ref.origin).state == "older" and station.waiting() == []
    shown = (await run("sessions", home=station.home)).text
    assert "older" in shown and "holds more" in shown and "running" not in shown
    with pytest.raises(FieldkitError, match="older copy"):
        await station.resume(station.find(ref.origin))
    stick = tmp_path / "stick"
    stick.mkdir()
    trip = await sync_folder_to(station, stick, plain=False)
    assert [one["origin"] for one in trip.sessions] == [ref.origin] and trip.left_out == []
    assert [one.result for one in await served.office.take(Path(trip.file).read_bytes())] == ["older"]


@pytest.mark.parametrize("named", [[], ["laptop.fieldkit/dev/zzzz/000001-00000000"]])
async def test_an_answer_that_names_another_session_carries_nothing(
    served: Served, tmp_path: Path, named: list[str]
) -> None:
    station = laptop(tmp_path)
    enrol(served.office, station)
    ref = await session(station, WHO)
    rows = [{"origin": one, "size": 3, "result": "stored", "reason": ""} for one in named]
    body = msgspec.json.encode({"sessions": rows, "receipts": ""})
    (tmp_path / "x").mkdir()
    async with impostor(
        tmp_path / "x", lambda head: said(200, body) if b"/bundles/" in head else said(204, b"")
    ) as url:
        for _ in range(2):
            with pytest.raises(FieldkitError, match="does not name every session") as no:
                await sync_online(
                    station, address(url), ca=tmp_path / "x" / "head.pem", rest=Rest(tries=2, first_s=0.01)
                )
    assert no.value.hint and stage(station, ref) == "sealed" and waiting(station, Outbox(station.outbox))
    assert (await sync(station, served)).receipts == [ref.origin]


async def test_who_is_erased_already_is_said_to_be_found_no_more(tmp_path: Path) -> None:
    station = laptop(tmp_path)
    ref = await session(station, WHO, OTHERS[0])
    with pytest.raises(NotPossible, match="Nobody") as no:
        await erase_here(station, ref, "NOPE", "request")
    assert "already" not in no.value.hint
    await erase_here(station, ref, BADGE, "request")
    with pytest.raises(NotPossible, match="Nobody") as no:
        await erase_here(station, ref, BADGE, "request")
    assert "erased already" in no.value.hint
