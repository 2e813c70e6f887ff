"""Whoever filed the old sheet is told: what head office said about a session goes down as a note, without a name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fieldkit.cli.export import export_file, remember
from fieldkit.cli.export import made as made_here
from fieldkit.core.office import DESK
from fieldkit.errors import BadBytes
from fieldkit.log.amended_note import MOST, Amended, amended_note, parse_amended_note
from fieldkit.log.keys import Signer
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.note import fields_text, sign_note
from fieldkit.station import SessionRef, Station
from fieldkit.sync.amended import amended, old_sheets
from fieldkit.sync.carry import sync_folder_to
from fieldkit.sync.central import desk, desk_said
from fieldkit.sync.central.export import made
from tests.cli.kit import Done, fieldkit
from tests.kit.central import NOON, Laptop, Office, bundle, results
from tests.sync.erased import BADGE
from tests.sync.laptop import session
from tests.sync.served import serving
from tests.sync.test_desk_log import correct, sheet, with_desk
from tests.sync.trips import enrol, laptop, sync

WHO = ("Ann [/] Lee", BADGE)
OFFICE = Signer("ld.acme.example/office", b"o" * 32)
SAID = Amended("ld.acme.example/dev/7q2k/000017-k3m9w2p4", "ld.acme.example/dev/desk/000001-3c7d9w2p", (1, 5), NOON)


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    with_desk(office)
    return office


@pytest.fixture
def station(tmp_path: Path, office: Office) -> Station:
    station = laptop(tmp_path)
    enrol(office, station)
    return station


async def put_right(office: Office, ref: SessionRef, **wish: object) -> desk.Corrected:
    from fieldkit.core.intents import Correct

    said = Correct(**{"do": "correct", "by": "office", "why": "mistake", "who": BADGE, **wish})  # type: ignore[arg-type]
    db = await office.home.database()
    try:
        return await desk.correct(office.home, db, ref.origin, lambda session: said, office.now)
    finally:
        await db.close()


async def at_head_office(office: Office, ref: SessionRef, what: str = "attendance") -> bytes:
    db = await office.home.database()
    try:
        return (await made(db, office.home, ref.origin, what, "csv")).data
    finally:
        await db.close()


async def test_by_the_line_whoever_exported_is_told_once(office: Office, station: Station, tmp_path: Path) -> None:
    """Both write the same sheet until head office says something; then the laptop knows that its sheets are old."""
    ref = await session(station, WHO, ("Bo", "B1"))
    async with serving(office) as at:
        assert (await sync(station, at)).amended == []
        for what in ("attendance", "corrections", "checklists"):
            assert made_here(station, station.find(ref.origin), what, "csv")[0] == await at_head_office(
                office, ref, what
            )
        old = export_file(station, station.find(ref.origin), "attendance", "csv", tmp_path / "old.csv")
        remember(station, station.find(ref.origin), tmp_path / "ann.html", "receipts", b"")
        office.now += 3600
        await put_right(office, ref, status="excused", reason="Ann was at the doctor's")
        trip = await sync(station, at)
        (said,) = trip.amended
        assert (said.origin, said.refs, said.at) == (ref.origin, (1,), office.now)
        assert trip.erased is False and trip.not_taken == []
        assert [file.path for file in old_sheets(station, said)] == [str(old)]
        assert (await sync(station, at)).amended == []
        office.now += 60
        await put_right(office, ref, status="present")
        assert [one.refs for one in (await sync(station, at)).amended] == [(1, 2)]
    kept = b"".join(path.read_bytes() for path in station.receipts_dir.iterdir())
    assert b"doctor" not in kept and b"Ann" not in kept and BADGE.encode() not in kept


async def test_by_stick_the_same_and_the_commands_say_so(office: Office, station: Station, tmp_path: Path) -> None:
    """A stick of another laptop changes nothing; nor does the same stick twice, nor an older note later."""
    other = laptop(tmp_path, "other")
    enrol(office, other)
    ref, foreign = await session(station, WHO), await session(other, WHO)
    stick, home = tmp_path / "stick", str(office.home.path)
    stick.mkdir()
    await sync_folder_to(station, stick, plain=True)
    await sync_folder_to(other, stick, plain=True)
    await office.take(*(path.read_bytes() for path in sorted(stick.glob("*.fkb"))))
    file = tmp_path / "old.csv"
    export_file(station, ref, "attendance", "csv", file)
    office.now += 3600
    await put_right(office, ref, status="late")
    first = await outbound(home, stick)
    assert [path.name for path in first if path.name.startswith("amended")] == [f"amended-{_id(station)}.note"]
    note = stick / f"amended-{_id(station)}.note"
    before = note.read_bytes()
    await put_right(office, ref, status="excused")
    await put_right(office, foreign, status="late")
    await outbound(home, stick)

    def run(*args: str) -> Done:
        return fieldkit(*args, home=station.home)

    told = await asyncio.to_thread(run, "sync", "--to", str(stick), "--json")
    assert told.code == 0, told.talk
    (row,) = told.document["amended"]
    assert (row["origin"], row["records"]) == (ref.origin, 2)
    assert row["handed_out"] == [{"path": str(file), "what": "attendance csv"}]
    assert "Head office has corrected" in told.talk and str(file) in told.talk
    for raw in (before, note.read_bytes()):
        note.write_bytes(raw)
        again = await asyncio.to_thread(run, "receipts", str(note), "--json")
        assert "amended" not in again.document
    known = amended(station, ref)
    assert known is not None and known.refs == (1, 2)
    sheet_ = await asyncio.to_thread(run, "export", ref.origin, "-o", str(tmp_path / "new.csv"))
    assert sheet_.code == 0 and "this sheet shows what stood before" in sheet_.talk
    shown = await asyncio.to_thread(run, "show", ref.origin)
    assert "head office has corrected it" in shown.text
    judged = await asyncio.to_thread(run, "verify", str(note), "--json")
    assert (judged.code, judged.document["verdict"]) == (0, "verified")
    stranger = await asyncio.to_thread(fieldkit, "verify", str(note), "--json", home=tmp_path / "nobody")
    assert (stranger.code, stranger.document["verdict"]) == (1, "signer-unknown")


async def outbound(home: str, stick: Path) -> list[Path]:
    done = await asyncio.to_thread(fieldkit, "central", "outbound", str(stick), "--home", home, "--json")
    assert done.code == 0, done.talk
    return [Path(name) for name in done.document["files"]]


def _id(station: Station) -> str:
    return station.signer.name.rsplit("/", 1)[-1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ({"records": ""}, "bad-number"),
        ({"records": "5,1"}, "bad-note"),
        ({"records": "1,1"}, "bad-note"),
        ({"records": "1, 5"}, "bad-number"),
        ({"records": "9" * 30}, "bad-number"),
        ({"records": ",".join(map(str, range(MOST + 1)))}, "too-long"),
        ({"origin": "Ann [/] Lee"}, "bad-origin"),
        ({"log": ""}, "bad-origin"),
        ({"at": "yesterday"}, "bad-time"),
    ],
)
def test_a_note_that_says_nothing_is_refused(text: dict[str, str], reason: str) -> None:
    said = {"origin": SAID.origin, "log": SAID.log, "records": "1,5", "at": "2026-11-22T12:00:00Z"} | text
    note = sign_note(fields_text("amended", list(said.items())), OFFICE)
    with pytest.raises(BadBytes) as wrong:
        parse_amended_note(note, [OFFICE.vkey])
    assert wrong.value.reason == reason


def test_a_note_is_the_offices_own_or_nothing() -> None:
    note = amended_note(OFFICE, SAID)
    assert parse_amended_note(note, [OFFICE.vkey]) == SAID
    stranger = Signer("ld.acme.example/dev/7q2k", b"d" * 32)
    for raw, keys in (
        (note, []),
        (amended_note(stranger, SAID), [stranger.vkey]),
        (note.replace(b"1,5", b"1,6"), [OFFICE.vkey]),
        (note.replace(b"amended/1", b"erase/1"), [OFFICE.vkey]),
    ):
        with pytest.raises(BadBytes):
            parse_amended_note(raw, keys)
    many = parse_amended_note(amended_note(OFFICE, Amended(*_first(SAID), tuple(range(9000)), NOON)), [OFFICE.vkey])
    assert (len(many.refs), many.refs[-1]) == (MOST, 8999)


def _first(one: Amended) -> tuple[str, str]:
    return one.origin, one.log


async def test_what_a_laptop_writes_into_a_log_of_that_kind_nobody_believes(office: Office) -> None:
    """Its lines, tree and signatures are good, and it is taken in; it says nothing about other laptops' sessions."""
    honest, liar = Laptop.named("7q2k"), Laptop.named("9zzz")
    office.enrol(honest, liar)
    log = honest.whole()
    pack = {"files": "0" * 64, "id": DESK, "plan": desk_said.PLAN_SHA256, "signed": False, "version": "1.0.0"}
    forged = liar.session(pack=pack, kind=DESK)
    forged.blobs[desk_said.PLAN_SHA256] = desk_said.PLAN
    ref = {"i": 2, "leaf": leaf_hash(log.lines[2]).hex(), "o": log.origin}
    put = {"by": "office", "do": "correct", "ref": ref, "set": {"status": "absent"}, "why": "mistake"}
    forged = forged.add("amend", put, p="person00").add("credit.grant", {"ref": ref, "what": "tiny"}, p="person01")
    assert results(await office.take(bundle(log), bundle(forged))) == ["stored", "stored"]
    assert await sheet(office, log, "corrections") == []
    assert {row["attendance_status"] for row in await sheet(office, log)} == {"late"}
    await correct(office, log, who="person00", status="late")
    assert [row["new"] for row in await sheet(office, log, "corrections")] == ["late"]
