"""Erased is erased: after it no file of laptop or head office holds the name, whatever old copy comes back, and every
record, count and proof is what it was."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.cli.backup import back_up, restore
from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.core.tables import Signatures, table
from fieldkit.errors import DamagedData, NotPossible
from fieldkit.log.files import write_durable
from fieldkit.log.fsck import walk
from fieldkit.log.heads import read as known_heads
from fieldkit.log.merkle import Tree, leaf_hash
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import make_receipt, parse_receipt, verify_receipt
from fieldkit.log.seal import Lock, sealing
from fieldkit.log.store import Store
from fieldkit.station import SessionRef, Station
from fieldkit.sync import erasing
from fieldkit.sync.carry import sync_folder_to
from fieldkit.sync.central import tombs
from fieldkit.sync.central.erase import erase as at_head_office
from fieldkit.sync.central.erase import outbound
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipts_file
from fieldkit.sync.judged import Known
from fieldkit.sync.verify import judge_all
from tests.kit.central import Laptop, Office, bundle, results
from tests.kit.grep import found
from tests.sync.laptop import more, session

NAME, BADGE = "Zoë Álvarez-Quisbert", "E745738"
WHO = (NAME, BADGE)
OTHERS = (("Bo [/] Lee", "B2"), ("Ann O'Neil", "C3"))


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


async def ingest(office: Office, folder: Path) -> tuple[list[str], bytes]:
    """Central takes a folder; (answers, receipts file)."""
    async with await Intake.open(office.home) as intake:
        out = [one for path in sorted(folder.glob("*.fkb")) for one in await intake.file(path, office.now)]
        origins = [one.origin for one in out if one.taken and one.origin]
        return results(out), await receipts_file(intake.db, origins, intake.office)


def at_laptop(station: Station, office: Office | None = None) -> list[str]:
    return found(station.home, WHO, office.home.identities() if office is not None else ())


def at_office(office: Office) -> list[str]:
    return found(office.home.path, WHO, office.home.identities())


def everybody_elses(office: Office) -> list[str]:
    """That the search itself finds what is there."""
    return found(office.home.path, [OTHERS[0][0]], office.home.identities())


def whole(station: Station) -> bool:
    """fsck is green for every session here."""
    heads = known_heads(station.heads)
    for ref in station.sessions():
        with SessionFile.open(ref.path) as file:
            if walk(file, [station.signer.vkey], heads):
                return False
    return True


def receipt_of(ref: SessionRef, name: str) -> bytes:
    """What a participant took home."""
    with SessionFile.open(ref.path) as file:
        lines, note = list(file.lines()), file.checkpoint()
        tree = Tree()
        for line in lines:
            tree.append(leaf_hash(line))
        index, opening = next((i, one) for i, one in file.numbered_openings() if name.encode() in one)
        return make_receipt(lines[index], opening, index, tree.inclusion(index, len(lines)), note)


def proved(station: Station, receipt: bytes) -> bool:
    return verify_receipt(parse_receipt(receipt), [station.signer.vkey]).record.p is not None


def names_in(ref: SessionRef) -> list[tuple[str, str]]:
    """(name, flags) of each row of the attendance sheet."""
    with SessionFile.open(ref.path) as file:
        s = file.session()
    made = table("attendance", s, s.plan, Signatures())
    at = {column: k for k, column in enumerate(made.columns)}
    return [(row[at["name"]], row[at["flags"]]) for row in made.rows]


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
    assert at_laptop(again, office) == [] and whole(again)
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


async def test_who_is_not_here_and_what_the_law_keeps_is_refused(station: Station) -> None:
    ref = await session(station, WHO)
    for who in ("", "nobody", "E74573", "[red]", "\u202eE745738", "x" * 5000):
        with pytest.raises(NotPossible):
            await erasing.erase(station, ref, who, "request")
    assert not (station.home / erasing.FILE).exists() and at_laptop(station)
    done = await erasing.erase(station, ref, BADGE, "request", [0, 99, -1])
    assert done.refs == [0, 2] and station.find("last").size == 5
    with pytest.raises(NotPossible):  # the badge is nobody's any more
        await erasing.erase(station, ref, BADGE, "request")


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


# ---- tombstones beside the database --------------------------------------------------------------------------


@pytest.fixture
def settled(office: Office) -> Iterator[Path]:
    yield office.home.path / tombs.FILE


async def test_the_file_of_what_was_erased_is_read_whole_or_nothing_is_read(office: Office, settled: Path) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.whole()
    for i in (1, 2, 3):
        await at_head_office(office.home, log.origin, "", [i], "request", office.now)
    good = settled.read_bytes()
    assert good.count(b"fieldkit-erase/1") == 3
    for cut in range(1, 60, 7):  # a crash in the middle of the last note
        settled.write_bytes(good[:-cut])
        (office.home.path / "central.db").unlink()
        await new_database(office)
        await (await office.home.database()).close()
        assert settled.read_bytes().count(b"fieldkit-erase/1") == 2
        assert len((await office.picture())[4]) == 2
    for bad in (
        good.replace(b"request", b"mistake", 1),
        good[40:],
        b"x" + good,
        good.replace(b"\nrecords", b"\nrecord"),
    ):
        settled.write_bytes(bad)
        with pytest.raises(DamagedData):
            await office.home.database()
    settled.write_bytes(good)
    await (await office.home.database()).close()
    assert len((await office.picture())[4]) == 3


async def new_database(office: Office) -> None:
    from fieldkit.sync.central.sqlite import Database

    for side in ("-wal", "-shm"):
        office.home.path.joinpath(f"central.db{side}").unlink(missing_ok=True)
    await (await Database.open(office.home.path / "central.db", create=True)).close()


async def test_a_held_file_that_is_damaged_and_names_the_session_goes(office: Office) -> None:
    """It cannot be written again without the name, and it can never be taken in."""
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session().join("person01", *WHO).join("person02", *OTHERS[0]).close()
    raw = bundle(log)
    answers = results(await office.take(raw, raw[:-9], b"\x1f\x8b" + raw[5:], b"PK" + raw))
    assert answers[0] == "stored" and all(one.startswith("refused") for one in answers[1:])
    done = await at_head_office(office.home, "last", BADGE, [], "request", office.now)
    assert done.gone == 1 and done.pending == [] and len(done.unreadable) == 2
    assert at_office(office) == [] or all(name in done.unreadable for name in map(file_name, at_office(office)))
    again = results(await office.take(raw[:-9]))
    assert again[0].startswith("refused") and at_office(office) == []


def file_name(line: str) -> str:
    return line.split(":")[0].removeprefix("held/")


async def test_an_erasure_that_was_cut_short_goes_on_with_the_next_command(office: Office) -> None:
    """The notes are on disk and nothing else is: the next opening does the rest before anything is read."""
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session().join("person01", *WHO).close()
    await office.take(bundle(log))
    from fieldkit.log.erase_note import erase_notes

    tombs.append(office.home.path / tombs.FILE, erase_notes(office.home.office(), log.origin, [1], "request"))
    assert at_office(office)
    write_durable(office.home.path / tombs.MARK, b"")
    await (await office.home.database()).close()
    assert at_office(office) == [] and not (office.home.path / tombs.MARK).exists()


async def test_a_sealed_file_on_the_shelf_is_opened_written_again_and_still_taken(
    office: Office, tmp_path: Path
) -> None:
    laptop = Laptop.named("zzzz")
    log = laptop.session().join("person01", *WHO).join("person02", *OTHERS[0]).close()
    sealed = tmp_path / "sealed"
    with sealed.open("wb") as file, sealing(file, Lock(office.home.trust().recipients)) as into:
        into.write(bundle(log))
    assert results(await office.take(sealed.read_bytes())) == ["held unknown-device"]
    assert at_office(office) and everybody_elses(office)
    await at_head_office(office.home, log.origin, "", [1], "request", office.now)
    assert at_office(office) == [] and everybody_elses(office)
    assert results(await office.take(sealed.read_bytes())) == ["held unknown-device"]  # the old stick once more
    assert at_office(office) == [] and len(list(office.home.held.iterdir())) == 1
    office.enrol(laptop)
    assert results(await office.again()) == ["stored"] and list(office.home.held.iterdir()) == []
    assert at_office(office) == [] and everybody_elses(office)
