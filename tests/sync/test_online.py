"""`sync` over real TLS: what goes, what comes back, what comes down, and what goes along for others."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.errors import FieldkitError
from fieldkit.log.beside import policy_path
from fieldkit.sync.carry import pack_waiting, sync_folder_to
from fieldkit.sync.central import policy as rules
from fieldkit.sync.central.erase import erase
from fieldkit.sync.copying import Progress, Watch
from tests.kit.central import Office
from tests.sync.laptop import more, session
from tests.sync.served import Served, serving
from tests.sync.trips import enrol, laptop, stage, sync


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
async def served(office: Office) -> AsyncIterator[Served]:
    async with serving(office) as one:
        yield one


# ---- there and back ------------------------------------------------------------------------------------------


async def test_sessions_go_and_their_receipts_are_taken_in(served: Served, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(served.office, station)
    ref = await session(station, ("Ann [/] Lee", "E1"))
    trip = await sync(station, served)
    assert [(one.origin, one.result) for one in trip.sessions] == [(ref.origin, "stored")]
    assert trip.receipts == [ref.origin] and trip.not_taken == [] and len(trip.files) == 1
    assert stage(station, ref) == "receipted"
    assert (await served.office.stored())[ref.origin][0] == ref.size
    again = await sync(station, served)
    assert (again.files, again.sessions, again.receipts) == ([], [], [])
    await more(station, ref.path, Draft(r.NoteAdded()))
    assert stage(station, ref) != "receipted"
    assert [one.result for one in (await sync(station, served)).sessions] == ["stored"]
    assert stage(station, ref) == "receipted"


async def test_before_enrolment_it_is_kept_there_and_the_words_are_told_first(served: Served, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    ref = await session(station, ("Ann Lee", "E1"))
    told: list[str] = []
    with pytest.raises(FieldkitError):
        await sync(station, served, url="https://127.0.0.1:1", words=told.append)
    lost = told.pop()
    trip = await sync(station, served, words=told.append)
    assert told == [trip.words] and len(trip.words.split()) == 6
    assert lost != trip.words, "those of a trip that failed may have gone with a screen"
    assert [(one.result, one.reason) for one in trip.sessions] == [("refused", "needs-words")]
    assert stage(station, ref) == "carried"
    again = await sync(station, served, words=told.append)
    assert len(told) == 1 and again.files == trip.files, "the same file, and no new words"
    enrol(served.office, station)
    assert (await sync(station, served)).receipts == [ref.origin], "sealed to head office now, without words"
    assert stage(station, ref) == "receipted"


async def test_what_was_held_goes_again_once_the_laptop_is_known(served: Served, tmp_path: Path) -> None:
    """The list came over the line too: the laptop had accepted an older one that did not name it."""
    station = laptop(tmp_path)
    (station.home / "trust.note").write_bytes(served.office.home.trust_path.read_bytes())
    ref = await session(station, ("Ann Lee", "E1"))
    trip = await sync(station, served)
    assert [(one.result, one.reason) for one in trip.sessions] == [("held", "unknown-device")]
    assert stage(station, ref) == "carried" and trip.trust is None
    kept = Path(station.home / "trust.note").read_bytes()
    enrol(served.office, station)
    (station.home / "trust.note").write_bytes(kept)
    trip = await sync(station, served)
    assert trip.trust is not None and trip.receipts == [ref.origin]
    assert station.trust is not None and station.trust.version == trip.trust
    assert stage(station, ref) == "receipted"


async def test_what_a_stick_brought_is_not_sent_again(served: Served, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(served.office, station)
    ref = await session(station, ("Ann Lee", "E1"))
    stick = tmp_path / "stick"
    stick.mkdir()
    carried = await sync_folder_to(station, stick, plain=False)
    assert stage(station, ref) == "carried"
    await served.office.take(Path(carried.file).read_bytes())
    sent: list[Progress] = []
    trip = await sync(station, served, watch=Watch(sent.append))
    assert trip.receipts == [ref.origin] and served.lines == [], "asked for by its hash, not sent"


async def test_a_damaged_session_does_not_keep_the_others_at_home(served: Served, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(served.office, station)
    good, bad = await session(station, ("Ann Lee", "E1")), await session(station, ("Bo Ek", "E2"))
    bad.path.write_bytes(b"no database")
    trip = await sync(station, served)
    assert trip.receipts == [good.origin] and trip.left_out == [bad.origin]


# ---- what comes down -----------------------------------------------------------------------------------------


async def test_what_was_erased_goes_here_too_and_the_record_of_it_goes_up(served: Served, tmp_path: Path) -> None:
    station, bo = laptop(tmp_path), laptop(tmp_path, "bo")
    enrol(served.office, station)
    enrol(served.office, bo)
    ref = await session(station, ("Zoë Álvarez", "E745738"), ("Bo Ek", "B2"))
    await sync(station, served)
    await erase(served.office.home, "all", "E745738", [], "request", served.office.now)
    said: list[str] = []
    station.warn = lambda sentence, hint="": said.append(sentence)
    trip = await sync(station, served)
    assert any("erased names" in one for one in said), said
    assert trip.receipts == [ref.origin] and [one.result for one in trip.sessions] == ["stored"]
    for path in (station.home / "sessions").iterdir():
        assert b"E745738" not in path.read_bytes()
    said.clear()
    assert (await sync(station, served)).sessions == [] and said == [], "told once"
    assert (await sync(bo, served)).receipts == [] and not (bo.receipts_dir / "erased.notes").exists()


async def test_the_policy_comes_down_and_a_made_up_one_does_not(served: Served, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(served.office, station)
    assert (await sync(station, served)).policy is None
    rules.put(served.office.home, "keep_days 2", served.office.now)
    raw = rules.path_of(served.office.home).read_bytes()
    assert (await sync(station, served)).policy == 1
    assert policy_path(station.home).read_bytes() == raw
    assert (await sync(station, served)).policy is None
    (tmp_path / "other").mkdir()
    other = await Office.make(tmp_path / "other")
    enrol(other, station)
    (station.home / "trust.note").write_bytes(served.office.home.trust_path.read_bytes())
    for _ in range(2):
        rules.put(other.home, "keep_days 9", served.office.now)
    async with serving(other) as liar:
        trip = await sync(station, liar)
    assert trip.policy is None and {name for name, _ in trip.not_taken} == {"trust.note", "policy.note"}
    assert policy_path(station.home).read_bytes() == raw


# ---- a mule --------------------------------------------------------------------------------------------------


async def test_a_mule_carries_what_it_cannot_read_and_brings_the_receipts(served: Served, tmp_path: Path) -> None:
    ann, bo = laptop(tmp_path, "ann"), laptop(tmp_path, "bo")
    enrol(served.office, ann)
    enrol(served.office, bo)
    ref = await session(ann, ("Ann Lee", "E1"))
    stick = tmp_path / "stick"
    stick.mkdir()
    carried = await sync_folder_to(ann, stick, plain=False)
    assert b"Ann Lee" not in Path(carried.file).read_bytes()
    trip = await sync(bo, served, folder=stick)
    assert [(one.file, one.sessions[0].result) for one in trip.others] == [(Path(carried.file).name, "stored")]
    assert Path(trip.others[0].note).parent == stick and trip.sessions == []
    back = await sync_folder_to(ann, stick, plain=False)
    assert back.receipts == [ref.origin] and stage(ann, ref) == "receipted"
    assert len((await sync(bo, served, folder=stick)).others) == 1 and len(served.lines) == 1


async def test_what_lies_in_held_goes_along(served: Served, tmp_path: Path) -> None:
    ann, bo = laptop(tmp_path, "ann"), laptop(tmp_path, "bo")
    enrol(served.office, ann)
    enrol(served.office, bo)
    await session(ann, ("Ann Lee", "E1"))
    info, _ = pack_waiting(ann, bo.home / "held", plain=False)
    assert info is not None
    trip = await sync(bo, served)
    assert trip.others[0].sessions[0].result == "stored"
    assert Path(trip.others[0].note).parent == bo.home / "held" and Path(info.file).exists()


async def test_a_stick_cannot_make_a_mule_send_its_own_files(served: Served, tmp_path: Path) -> None:
    bo = laptop(tmp_path, "bo")
    enrol(served.office, bo)
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "key.fkb").symlink_to(bo.home / "keys" / "device.key")
    (stick / "text.fkb").write_text("no bundle at all")
    (stick / ".hidden.fkb").write_bytes(b"\x1f\x8b\x08")
    (stick / "empty.fkb").touch()
    (stick / "folder.fkb").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(stick / "pipe.fkb")
    (stick / "Ann [] Lee\u202e\x1b]0;x.fkb").write_bytes(b"\x1f\x8b\x08 and nothing more")
    trip = await sync(bo, served, folder=stick)
    assert [one.sessions[0].result for one in trip.others] == ["refused"] and len(served.lines) == 1
    with pytest.raises(FieldkitError, match="There is no folder"):
        await sync(bo, served, folder=tmp_path / "none")


async def test_receipts_that_nobody_known_signed_are_not_laid_anywhere(served: Served, tmp_path: Path) -> None:
    """The mule belongs to another head office: it says so and leaves its list and the stick alone."""
    (tmp_path / "other").mkdir()
    other = await Office.make(tmp_path / "other")
    ann, bo = laptop(tmp_path, "ann"), laptop(tmp_path, "bo")
    enrol(served.office, ann)
    enrol(other, bo)
    kept = (bo.home / "trust.note").read_bytes()
    await session(ann, ("Ann Lee", "E1"))
    stick = tmp_path / "stick"
    stick.mkdir()
    pack_waiting(ann, stick, plain=False)
    trip = await sync(bo, served, folder=stick)
    assert trip.others[0].sessions[0].result == "stored" and trip.others[0].note == ""
    assert trip.not_taken and list(stick.glob("*.note")) == []
    assert (bo.home / "trust.note").read_bytes() == kept
