"""The laptop's half: pack, carry to a folder, take receipts and trust lists in, say what a file is."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible
from fieldkit.formats.export import render
from fieldkit.formats.signed import signatures
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.note import sign_note
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import join_notes, split_notes
from fieldkit.log.seal import Keys
from fieldkit.station import Station
from fieldkit.sync.carry import pack, pack_waiting, sync_folder_to, waiting
from fieldkit.sync.central.export import export
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipts_file
from fieldkit.sync.judged import Known
from fieldkit.sync.outbox import Outbox
from fieldkit.sync.receipts import take_receipts
from fieldkit.sync.verify import judge_all
from tests.kit.central import NOON, Laptop, Office, results
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


async def ingest(office: Office, folder: Path) -> tuple[list[str], bytes]:
    """Central takes a folder; (answers, receipts file)."""
    async with await Intake.open(office.home) as intake:
        out = [one for path in sorted(folder.glob("*.fkb")) for one in await intake.file(path, office.now)]
        origins = [one.origin for one in out if one.taken and one.origin]
        return results(out), await receipts_file(intake.db, origins, intake.office)


def known(station: Station | None = None, root: str = "") -> Known:
    out = Known()
    if root:
        out.roots.append(VKey.parse(root))
    if station is not None:
        out.keys.append(station.signer.vkey)
        if station.trust is not None:
            out.add_list(station.trust)
    return out


def verdicts(files: list[Path], known: Known) -> list[str]:
    return [f"{one.kind} {one.verdict} {one.reason}".strip() for one in judge_all(files, known)]


def stages(station: Station) -> list[str]:
    outbox = Outbox(station.outbox)
    return [outbox.facts(ref.origin).stage(ref.size) for ref in station.sessions()]


async def test_the_four_stages_are_facts_on_disk(office: Office, station: Station, stick: Path) -> None:
    await session(station, ("Ann Lee", "E1"), ("Zoë", "E2"))
    await session(station, ("Ann Lee", "E1"))
    assert stages(station) == ["kept", "kept"]
    pack_waiting(station, station.outbox, plain=True)
    assert stages(station) == ["packed", "packed"]
    trip = await sync_folder_to(station, stick, plain=True)
    assert stages(station) == ["carried", "carried"]
    assert [one["size"] for one in trip.sessions] == [5, 4] and Path(trip.file).parent == stick
    answers, notes = await ingest(office, stick)
    assert answers == ["stored", "stored"]
    (stick / "receipts.note").write_bytes(notes)
    trip = await sync_folder_to(station, stick, plain=True)
    assert stages(station) == ["receipted", "receipted"]
    assert (trip.file, len(trip.receipts)) == ("", 2)
    assert waiting(station, Outbox(station.outbox)) == []
    with pytest.raises(NotPossible):
        pack(station, [], stick, plain=True)


async def test_what_lies_there_already_is_not_carried_again(office: Office, station: Station, stick: Path) -> None:
    ref = await session(station, ("Ann", "E1"), close=False)
    first = await sync_folder_to(station, stick, plain=True)
    assert (await sync_folder_to(station, stick, plain=True)).file == ""
    Path(first.file).write_bytes(b"the stick was damaged")
    again = await sync_folder_to(station, stick, plain=True)
    assert again.file and stages(station) == ["carried"]
    await more(station, ref.path, Draft(r.SessionClosed(why="request")))
    assert stages(station) == ["kept"]
    assert (await sync_folder_to(station, stick, plain=True)).sessions[0]["size"] == 4


async def test_a_session_begun_by_mistake_goes_once_it_is_ended_and_leaves_no_gap(
    office: Office, station: Station, stick: Path
) -> None:
    """Running and nobody came: it stays, and is told of. Ended, it goes, so that head office finds every number. With
    one person in it, a running session goes as it is."""
    empty = await session(station, close=False)
    real = await session(station, ("Ann", "E1"), close=False)
    trip = await sync_folder_to(station, stick, plain=True)
    assert [one["origin"] for one in trip.sessions] == [real.origin]
    assert (trip.open, trip.kept) == (1, [empty.origin])
    again = await sync_folder_to(station, stick, plain=True)
    assert (again.file, again.open, again.kept) == ("", 0, [empty.origin])
    await more(station, empty.path, Draft(r.SessionClosed(why="request")))
    await more(station, real.path, Draft(r.SessionClosed(why="request")))
    trip = await sync_folder_to(station, stick, plain=True)
    assert ([one["origin"] for one in trip.sessions], trip.open) == ([empty.origin, real.origin], 0)
    asked = await session(station, close=False)
    await more(station, asked.path, Draft(r.ActivityOpened(activity="q1", round=1, mode="named")))
    trip = await sync_folder_to(station, stick, plain=True)
    assert (trip.sessions[-1]["origin"], trip.open, trip.kept) == (asked.origin, 1, [])


async def test_nothing_readable_leaves_unless_it_is_asked_for(
    station: Station, office: Office, stick: Path, tmp_path: Path
) -> None:
    """Sealed to head office, which takes it in as if it were plain; this laptop cannot read what it wrote."""
    await session(station)
    trip = await sync_folder_to(station, stick, plain=False)
    (made,) = stick.glob("*.fkb")
    assert trip.sealed_to == list(office.home.trust().recipients) and trip.words == ""
    assert made.read_bytes().startswith(b"age-encryption.org/v1\n") and stages(station) == ["carried"]
    assert verdicts([made], known(station)) == ["bundle sealed sealed"]
    assert (await sync_folder_to(station, stick, plain=False)).file == ""
    answers, notes = await ingest(office, stick)
    assert answers == ["stored"] and await ingest(office, stick) == (["already"], notes)
    assert list((office.home.path / "spool").iterdir()) == list((office.home.path / "held").iterdir()) == []
    (stick / "receipts.note").write_bytes(notes)
    assert len((await sync_folder_to(station, stick, plain=False)).receipts) == 1
    assert stages(station) == ["receipted"]
    key = known(station)
    key.unseal = Keys(office.home.identities())
    assert verdicts([made], key) == ["bundle verified"]


async def test_before_enrolment_six_words_open_it(station: Station, stick: Path, tmp_path: Path) -> None:
    """Central keeps the file until it knows the words, and then until it knows the laptop."""
    office = await Office.make(tmp_path)
    await session(station)
    trip = await sync_folder_to(station, stick, plain=False)
    assert len(trip.words.split()) == 6 and trip.sealed_to == [] and stages(station) == ["carried"]
    assert trip.words not in "".join(p.read_text("utf-8", "ignore") for p in station.home.rglob("*") if p.is_file())
    assert (await ingest(office, stick))[0] == ["refused needs-words"]
    async with await Intake.open(office.home, "no such words at all ever") as intake:
        assert results(await intake.again(office.now)) == ["refused wrong-words"]
    async with await Intake.open(office.home, trip.words) as intake:
        assert results(await intake.again(office.now)) == ["held unknown-device"]
    office.enrol(Laptop(station.signer))
    async with await Intake.open(office.home, trip.words.upper()) as intake:
        assert results(await intake.again(office.now)) == ["stored"]
    assert list((office.home.path / "held").iterdir()) == []


async def test_a_damaged_session_never_keeps_the_others_at_home(station: Station, stick: Path) -> None:
    good = await session(station, ("Ann", "E1"))
    bad = await session(station, ("Bea", "E2"))
    raw = bad.path.read_bytes()
    bad.path.write_bytes(raw.replace(b'"segment":"open"', b'"segment":"opem"'))
    trip = await sync_folder_to(station, stick, plain=True)
    assert [one["origin"] for one in trip.sessions] == [good.origin]
    assert trip.left_out == [bad.origin]
    with pytest.raises(DamagedData):
        pack(station, [bad], stick, plain=True)


async def test_an_older_copy_of_a_session_file_does_not_speak_for_it(station: Station, stick: Path) -> None:
    ref = await session(station, ("Ann", "E1"), close=False)
    before = ref.path.read_bytes()
    await more(station, ref.path, Draft(r.SessionClosed(why="request")))
    pack(station, station.sessions(), stick, plain=True)
    ref.path.write_bytes(before)
    for tail in ("-wal", "-shm"):
        ref.path.with_name(ref.path.name + tail).unlink(missing_ok=True)
    with pytest.raises(DamagedData, match="older copy"):
        pack(station, station.sessions(), stick, plain=True)


# ---- receipts ------------------------------------------------------------------------------------------------


async def carried(office: Office, station: Station, stick: Path) -> bytes:
    await sync_folder_to(station, stick, plain=True)
    return (await ingest(office, stick))[1]


async def test_receipts_make_it_receipted_and_put_centrals_time_on_the_log(
    office: Office, station: Station, stick: Path
) -> None:
    ref = await session(station, ("Ann", "E1"))
    notes = await carried(office, station, stick)
    taken = await take_receipts(station, notes)
    assert (taken.origins, taken.whole, taken.differs, taken.waiting) == ([ref.origin], [ref.origin], [], [])
    with SessionFile.open(ref.path) as file:
        told = signatures(file.checkpoint(), [station.signer.vkey, office.home.central().vkey])
    assert (told.status, told.central_time) == ("device+central", NOON)
    assert len(list(station.receipts_dir.iterdir())) == 1
    assert (await take_receipts(station, notes)).whole == [ref.origin]


async def test_a_receipt_for_a_file_that_is_gone_stops_no_other(office: Office, station: Station, stick: Path) -> None:
    good, lost = await session(station, ("Ann", "E1")), await session(station, ("Bea", "E2"))
    notes = await carried(office, station, stick)
    lost.path.unlink()
    taken = await take_receipts(station, notes)
    assert (taken.whole, taken.unread, taken.foreign) == ([good.origin], [lost.origin], 0)
    assert stages(station) == ["receipted", "carried"]


async def test_a_session_that_grew_is_receipted_in_part(office: Office, station: Station, stick: Path) -> None:
    ref = await session(station, ("Ann", "E1"), close=False)
    notes = await carried(office, station, stick)
    await more(station, ref.path, Draft(r.SessionClosed(why="request")))
    taken = await take_receipts(station, notes)
    assert (taken.origins, taken.whole) == ([ref.origin], []) and stages(station) == ["kept"]


async def test_receipts_are_believed_for_their_signatures_alone(
    office: Office, station: Station, stick: Path, tmp_path: Path
) -> None:
    await session(station, ("Ann", "E1"))
    checkpoint, receipt = split_notes(await carried(office, station, stick))
    evil = Signer("ld.acme.example/office", hashlib.sha256(b"evil").digest())
    text = receipt.split(b"\n\n")[0].decode() + "\n"
    for bad, reason in (
        (join_notes([checkpoint]), "no-receipt"),
        (join_notes([receipt]), "no-receipt"),
        (join_notes([checkpoint, sign_note(text, evil)]), "no-known-signature"),
        (join_notes([checkpoint, receipt.replace(b"size 4", b"size 3")]), "bad-signature"),
        (join_notes([checkpoint.rsplit("— ".encode(), 1)[0], receipt]), "no-cosignature"),
        (b"", "no-receipt"),
        (b"hello\n", "not-a-note"),
    ):
        with pytest.raises(BadBytes) as wrong:
            await take_receipts(station, bad)
        assert wrong.value.reason == reason
    assert stages(station) == ["carried"] and list(station.receipts_dir.iterdir()) == []
    (station.home / "trust.note").unlink()
    with pytest.raises(NotPossible, match="no trust list"):
        await take_receipts(station, join_notes([checkpoint, receipt]))


async def test_receipts_of_others_are_passed_over_and_other_histories_told(
    office: Office, station: Station, stick: Path, tmp_path: Path
) -> None:
    other = Laptop.named("8r3m")
    office.enrol(other)
    from tests.kit.central import bundle

    (stick / "other.fkb").write_bytes(bundle(other.whole()))
    ref = await session(station, ("Ann", "E1"), close=False)
    notes = await carried(office, station, stick)
    (station.home / "trust.note").write_bytes(office.home.trust_path.read_bytes())
    taken = await take_receipts(station, notes)
    assert (taken.origins, taken.foreign) == ([ref.origin], 1)
    # A disk image restored elsewhere went on under the same key: head office has the other half.
    image = Station.open(tmp_path / "image")
    image.signer = station.signer
    (image.home / "trust.note").write_bytes(office.home.trust_path.read_bytes())
    await session(image, ("Eve", "E9"), close=False, origin=ref.origin)
    taken = await take_receipts(image, notes)
    assert (taken.origins, taken.differs, taken.foreign) == ([], [ref.origin], 1)
    assert stages(image) == ["kept"] and list(image.receipts_dir.iterdir()) == []


async def test_a_newer_trust_list_is_taken_in_and_an_older_one_is_not(
    office: Office, station: Station, stick: Path
) -> None:
    held = station.trust
    assert held is not None
    old = office.home.trust_path.read_bytes()
    office.enrol(Laptop.named("8r3m"))
    (stick / "trust.note").write_bytes(office.home.trust_path.read_bytes())
    trip = await sync_folder_to(station, stick, plain=True)
    assert trip.trust == held.version + 1
    (stick / "trust.note").write_bytes(old)
    evil = Signer("ld.acme.example/root", hashlib.sha256(b"evil").digest())
    text = office.home.trust().text().replace("version 3", "version 9")
    (stick / "evil.note").write_bytes(sign_note(text, evil))
    (stick / "odd.note").write_bytes(b"\xff\xfe")
    trip = await sync_folder_to(station, stick, plain=True)
    assert trip.trust is None and trip.not_taken == [("evil.note", "no-known-signature")]
    assert station.trust is not None and station.trust.version == held.version + 1


# ---- the same bytes ------------------------------------------------------------------------------------------


async def test_a_bundle_of_which_no_line_can_be_kept_does_not_leave(station: Station, stick: Path) -> None:
    """Else an erasure would not know where the names went."""
    ref = await session(station, ("Ann [/] Lee", "E1"))
    (station.home / "handed.jsonl").mkdir()
    with pytest.raises(FieldkitError):
        pack(station, [ref], stick, plain=True)
    assert list(stick.iterdir()) == []


async def test_what_is_no_file_on_a_stick_is_not_waited_for(office: Office, station: Station, stick: Path) -> None:
    """Pipes that nobody writes to, links to devices and to themselves."""
    await session(station, ("Ann [/] Lee", "E1"))
    os.mkfifo(stick / "trust.note")
    (stick / "policy.note").symlink_to("policy.note")
    (stick / "receipts.note").symlink_to("/dev/zero")
    command = [sys.executable, "-m", "fieldkit", "--data", str(station.home), "sync", "--to", str(stick)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    assert stages(station) == ["carried"]


async def test_laptop_and_central_write_the_same_attendance(office: Office, station: Station, stick: Path) -> None:
    ref = await session(station, ("Ann Lee", "E1"), ("=cmd()", "E2"), ("Zoë Álvarez", ""))
    notes = await carried(office, station, stick)
    await take_receipts(station, notes)
    import msgspec

    from fieldkit.core.plan import Plan
    from fieldkit.core.session import Session

    trust = station.trust
    assert trust is not None
    with SessionFile.open(ref.path) as file:
        plan = msgspec.json.decode(file.plan, type=Plan)
        told = signatures(file.checkpoint(), [station.signer.vkey, *trust.vkeys("central")])
        ours = render(Session(origin=ref.origin, plan=plan).fold(file.records()), plan, told, "attendance", "csv")
    db = await office.home.database()
    for which in (ref.origin, ref.suffix, str(ref.seq), "last"):
        theirs, at = await export(db, office.home, which, "attendance", "csv")
        assert theirs == ours and at.origin == ref.origin
    await db.close()
    assert b"device+central" in ours and "Zoë".encode() in ours
