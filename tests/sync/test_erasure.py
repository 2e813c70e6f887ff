"""Erased is erased: after it no file of laptop or head office holds the name, whatever old copy comes back, and every
record, count and proof is what it was."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from fieldkit.cli.backup import back_up, restore
from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.errors import NotPossible
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Store
from fieldkit.station import Station
from fieldkit.sync import erasing
from fieldkit.sync.carry import sync_folder_to
from fieldkit.sync.central.erase import erase as at_head_office
from fieldkit.sync.central.erase import outbound
from fieldkit.sync.judged import Known
from fieldkit.sync.verify import judge_all
from tests.kit.central import Laptop, Office, bundle, results
from tests.kit.grep import found
from tests.sync.erased import (
    BADGE,
    NAME,
    OTHERS,
    WHO,
    at_laptop,
    at_office,
    everybody_elses,
    ingest,
    names_in,
    proved,
    receipt_of,
    whole,
)
from tests.sync.laptop import more, session


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station.open(tmp_path / "laptop")


@pytest.fixture
async def office(tmp_path: Path, station: Station) -> Office:
    """A central that knows this laptop, whose list the laptop holds."""
    office = await Office.make(tmp_path)
    office.enrol(Laptop(station.signer))
    (station.home / "trust.note").write_bytes(office.home.trust_path.read_bytes())
    return office


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


# ---- the whole of it -----------------------------------------------------------------------------------------


async def test_erased_on_the_laptop_the_name_is_nowhere_and_no_old_copy_brings_it_back(
    office: Office, station: Station, stick: Path, tmp_path: Path
) -> None:
    ref = await session(station, WHO, *OTHERS)
    paper = receipt_of(ref, NAME)
    await sync_folder_to(station, stick, plain=False)
    old_stick = tmp_path / "old stick"
    shutil.copytree(stick, old_stick)
    assert (await ingest(office, stick))[0] == ["stored"]
    old_central = tmp_path / "old central"
    shutil.copytree(office.home.path, old_central)
    back_up(station.home, tmp_path / "laptop.backup")
    shutil.copy(tmp_path / "laptop.backup", tmp_path / "a copy of it")
    assert any(one.startswith("outbox/") for one in at_laptop(station, office)) and at_office(office)
    assert found(old_stick, WHO, office.home.identities())

    done = await erasing.erase(station, ref, BADGE, "request")
    assert (done.left, done.also) == ([], []) and len(done.refs) == 1 and done.record == 6
    assert at_laptop(station, office) == [] and not (tmp_path / "laptop.backup").exists()
    assert whole(station) and proved(station, paper)
    assert names_in(station.find("last"))[0] == ("(erased)", "walk_in erased")
    assert [row[0] for row in names_in(station.find("last"))[1:]] == [name for name, _ in OTHERS]

    await sync_folder_to(station, stick, plain=False)
    assert at_laptop(station, office) == [] and list(station.outbox.glob("*.fkb"))
    answers, notes = await ingest(office, stick)
    assert answers[-1] == "stored" and b"fieldkit-erase/1" in notes
    assert at_office(office) == [] and everybody_elses(office)
    assert (await ingest(office, old_stick))[0] == ["older"]
    assert at_office(office) == []

    # A database from before the erasure is put back, and after it the old stick comes once more.
    for name in ("central.db", "central.db-wal", "central.db-shm"):
        (office.home.path / name).unlink(missing_ok=True)
        if (old_central / name).exists():
            shutil.copy(old_central / name, office.home.path / name)
    assert any("central.db" in one for one in at_office(office))
    assert (await ingest(office, old_stick))[0] == ["already"]
    assert at_office(office) == [] and everybody_elses(office)

    # So does a laptop that is put back from the copy of its backup: head office tells it again.
    restore(tmp_path / "restored", tmp_path / "a copy of it")
    again = Station.open(tmp_path / "restored")
    assert at_laptop(again)
    (stick / "receipts.note").write_bytes(notes)
    await sync_folder_to(again, stick, plain=False)
    assert at_laptop(again, office) == [] and whole(again, of_its_own=True)
    assert [ref.state for ref in again.sessions()] == ["older"], "head office holds what came after the backup"
    assert (await ingest(office, stick))[0] and await office.findings() == []
    (good,) = judge_all(
        [Path((await sync_folder_to(station, old_stick, plain=True)).file)], Known(keys=[station.signer.vkey])
    )
    assert good.verdict == "verified"


async def test_erased_at_head_office_the_laptop_obeys_and_proofs_stay(
    office: Office, station: Station, stick: Path, tmp_path: Path
) -> None:
    first, second = await session(station, WHO, *OTHERS), await session(station, OTHERS[0], WHO)
    paper = receipt_of(second, NAME)
    await sync_folder_to(station, stick, plain=False)
    await ingest(office, stick)
    stranger = Laptop.named("zzzz")
    log = stranger.session().join("person01", *WHO).join("person02", *OTHERS[0]).close()
    assert results(await office.take(bundle(log))) == ["held unknown-device"]
    assert results(await office.take(bundle(log.upto(3)))) == ["held unknown-device"]

    done = await at_head_office(office.home, "all", BADGE.lower(), [], "order", office.now)
    assert sorted(one.origin for one in done.sessions) == sorted([first.origin, second.origin])
    assert (done.gone, done.pending) == (2, [])
    assert all(one.startswith("held/") for one in at_office(office))
    done = await at_head_office(office.home, log.origin, "", [1], "order", office.now)
    assert done.pending == [] and at_office(office) == [] and everybody_elses(office)
    assert len(list(office.home.held.glob("*.fkb"))) == 2

    office.enrol(stranger)
    assert results(await office.again()) in (["stored", "older"], ["older", "stored"], ["stored", "stored"])
    assert list(office.home.held.iterdir()) == []
    assert results(await office.take(bundle(log))) == ["already"]
    assert at_office(office) == [] and everybody_elses(office)

    db = await office.home.database()
    notes = await outbound(db, office.home.office())
    await db.close()
    own = station.signer.name.rsplit("/", 1)[-1]
    (stick / "receipts-own.note").write_bytes(notes[own])
    said: list[str] = []
    station.warn = lambda sentence, hint: said.append(sentence)
    await sync_folder_to(station, stick, plain=False)
    assert at_laptop(station) == [] and whole(station) and proved(station, paper)
    assert [("erased" in sentence) for sentence in said] == [True, True]
    assert [row[0] for row in names_in(station.find(second.origin))] == [OTHERS[0][0], "(erased)"]
    # What the laptop wrote down about it comes up again, and all is quiet.
    answers, _ = await ingest(office, stick)
    assert answers.count("stored") == 2 and set(await office.findings()) <= {"overlap"}  # all on the same morning
    said.clear()
    await sync_folder_to(station, stick, plain=False)
    assert said == [] and (await ingest(office, stick))[0].count("stored") == 0


# ---- what keeps it pending -----------------------------------------------------------------------------------


async def test_a_reader_and_a_stick_out_of_reach_keep_it_pending_until_the_next_start(
    station: Station, tmp_path: Path
) -> None:
    ref = await session(station, WHO, *OTHERS)
    stick = tmp_path / "stick"
    stick.mkdir()
    back_up(station.home, stick / "laptop.backup")
    stick.rename(tmp_path / "pulled out")
    with SessionFile.open(ref.path) as reader:
        done = await erasing.erase(station, ref, BADGE, "request")
        assert [one.sentence for one in done.left] == ["Another program is reading the session."]
        assert any(NAME.encode() in line for line in reader.openings())
    assert (station.home / erasing.FILE).exists() and at_laptop(station)
    _, left = await erasing.go_on(station)
    assert "laptop.backup is not within reach" in left[0].sentence and at_laptop(station) == []
    (tmp_path / "pulled out").rename(stick)
    assert (await erasing.go_on(station))[1] == []
    assert not (stick / "laptop.backup").exists() and not (station.home / erasing.FILE).exists()
    assert await erasing.go_on(station) == ([], [])


async def test_a_crash_between_the_word_and_the_deed_is_made_up_for(station: Station) -> None:
    """Whatever was written down before the power went is done at the next start: once, and with one record."""
    ref = await session(station, WHO, *OTHERS)
    erasing.begin(station, ref.origin, [2], "mistake")
    assert at_laptop(station)
    for _ in range(2):
        assert (await erasing.go_on(station))[1] == []
        assert at_laptop(station) == [] and whole(station)
        assert station.find("last").size == 7
    with SessionFile.open(ref.path) as file:
        fact = file.record(6).fact
    assert isinstance(fact, r.Erased) and (fact.refs, fact.why) == ([2], "mistake")


async def test_who_is_not_here_is_refused_and_further_records_go_along(station: Station) -> None:
    ref = await session(station, WHO)
    for who in ("", "nobody", "E74573", "[red]", "\u202eE745738", "x" * 5000):
        with pytest.raises(NotPossible):
            await erasing.erase(station, ref, who, "request")
    assert not (station.home / erasing.FILE).exists() and at_laptop(station)
    done = await erasing.erase(station, ref, BADGE, "request", [0, 99, -1])
    assert done.refs == [0, 2] and station.find("last").size == 5
    with pytest.raises(NotPossible):  # the badge is nobody's any more
        await erasing.erase(station, ref, BADGE, "request")


async def test_what_the_law_keeps_is_a_request_to_head_office(station: Station) -> None:
    """The refusal brings what to send there: indexes and no name."""
    ref = await session(station, WHO, legal="osh-act-27")
    with pytest.raises(NotPossible) as wrong:
        await erasing.erase(station, ref, BADGE, "request")
    assert wrong.value.hint.endswith(f"central erase {ref.origin} --record 2 --why request")
    assert at_laptop(station) and not (station.home / erasing.FILE).exists()
    done = await erasing.obey(station, ref, [2], "request")  # head office says so
    assert done is not None and at_laptop(station) == [] and whole(station)


async def test_a_name_in_what_belongs_to_others_is_told_and_goes_if_asked_for(station: Station) -> None:
    ref = await session(station, WHO, close=False)
    with SessionFile.open(ref.path) as file:
        p = file.record(2).p
    said = Draft(r.Said(activity=None, ref=None), "other000", {"text": f"ask {NAME.upper()} about it"})
    roster = Draft(r.PersonExpected(), "other001", {"name": "Bo", "supervisor": BADGE})
    own = Draft(r.Said(activity=None, ref=None), p, {"text": "the platform is still up"})
    await more(station, ref.path, said, roster, own, Draft(r.SessionClosed(why="request")))
    done = await erasing.erase(station, station.find("last"), BADGE, "request")
    assert done.also == [3, 4] and done.refs == [2, 5] and at_laptop(station)
    done = await erasing.erase(station, station.find("last"), p or "", "request", done.also)
    assert done.refs == [3, 4] and at_laptop(station) == []


async def test_an_older_copy_loses_the_name_and_does_not_grow(station: Station, tmp_path: Path) -> None:
    """A session file from another day is put back: a record more would be a second history."""
    ref = await session(station, WHO, *OTHERS)
    copy = tmp_path / "copy.db"
    with sqlite3.connect(ref.path) as db, sqlite3.connect(copy) as to:
        db.backup(to)
    await erasing.erase(station, ref, BADGE, "request")
    shutil.copy(copy, ref.path)
    ref = station.find("last")
    assert ref.state == "older" and at_laptop(station)
    done = await erasing.erase(station, ref, BADGE, "request")
    assert done.record is None and done.left == [] and at_laptop(station) == []
    assert station.find("last").size == ref.size


async def test_a_session_that_runs_is_erased_by_its_host_alone(station: Station) -> None:
    from fieldkit.log.lock import AnotherHost

    ref = await session(station, WHO, close=False)
    store = await Store.open(ref.path, station.signer)
    try:
        with pytest.raises(AnotherHost):
            await erasing.erase(station, ref, BADGE, "request")
        assert not (station.home / erasing.FILE).exists()
    finally:
        await store.close()
