"""Names leave the laptop once head office holds them for certain and their days are over; never anything else.

Real session files, a real central, real receipts; afterwards every byte of the data folder is searched.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.errors import NotPossible
from fieldkit.log import heads
from fieldkit.log.fsck import walk
from fieldkit.log.keys import Signer
from fieldkit.log.note import Checkpoint, parse_checkpoint, split_note
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import central_receipt, held_hash, join_notes, split_notes
from fieldkit.log.store import Store
from fieldkit.log.trust import trust_note
from fieldkit.station import SessionRef, Station
from fieldkit.sync.carry import sync_folder_to
from fieldkit.sync.purge import DAY, Kept, Purged, own_xs, purge, purge_due, purged_ms
from fieldkit.sync.receipts import take_receipts
from tests.cli.kit import fieldkit
from tests.kit.central import NOON, Laptop, Office
from tests.kit.clock import ManualClock
from tests.sync.laptop import more, session
from tests.sync.test_carry import ingest

NAMES = ("Zoë Álvarez", "Ann [/] Lee", "\u05d9\u05d5\u05e1\u05d9 Cohen")


class Bench:
    """A laptop, an office that knows it, a stick; the laptop's clock is the test's."""

    def __init__(self, folder: Path) -> None:
        self.ref: SessionRef
        self.clock = ManualClock(NOON * 1000)
        self.station = Station.open(folder / "laptop", clock=self.clock)
        self.stick = folder / "stick"
        self.stick.mkdir()

    async def begin(self, folder: Path) -> SessionRef:
        self.office = await Office.make(folder)
        self.office.enrol(Laptop(self.station.signer))
        (self.station.home / "trust.note").write_bytes(self.office.home.trust_path.read_bytes())
        return await session(self.station, *((name, f"E{k}") for k, name in enumerate(NAMES)))

    async def receipt(self) -> None:
        """There and back."""
        await sync_folder_to(self.station, self.stick, plain=True)
        _, notes = await ingest(self.office, self.stick)
        await take_receipts(self.station, notes)

    def days(self, n: float) -> None:
        self.clock.advance(int(n * DAY * 1000))

    def found(self) -> list[str]:
        """Files of the data folder in which a name of this session, or the trainer's, still stands."""
        words = [*NAMES, "Sam Ortiz"]
        every = [p for p in self.station.home.rglob("*") if p.is_file()]
        return sorted(p.name for p in every if any(word.encode() in p.read_bytes() for word in words))

    async def stays(self, code: str, due: int | None = None) -> None:
        """Nothing goes, for this reason; the names are where they were."""
        before = self.found()
        (ref,) = self.station.sessions()
        assert await purge(self.station) == ([], [Kept(ref.origin, code, due)])
        assert await purge_due(self.station) == []
        assert self.found() == before != []


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.ref = await made.begin(tmp_path)
    return made


def whole(station: Station, ref: SessionRef) -> bool:
    with SessionFile.open(ref.path) as file:
        return not list(walk(file, [station.signer.vkey], heads.read(station.heads)))


async def test_thirty_days_after_the_receipt_no_byte_of_a_name_is_left(bench: Bench) -> None:
    """Log, root, counts and proofs stay; head office has every name."""
    await bench.receipt()
    (ref,) = bench.station.sessions()
    with SessionFile.open(ref.path) as file:
        root, joined = file.head.root, file.session().joined
    bench.days(29.99)
    await bench.stays("early", bench.office.now + 30 * DAY)
    bench.days(0.02)
    assert bench.found() != [] and purged_ms(ref) is None
    assert await purge_due(bench.station) == [Purged(ref.origin, 4)]
    assert bench.found() == []
    assert whole(bench.station, ref) and purged_ms(ref) == bench.clock.wall_ms()
    with SessionFile.open(ref.path) as file:
        s = file.session()
        assert (file.head.root, s.joined, s.trainer) == (root, joined, "")
        assert {one.name for one in s.people.values()} == {""}
    assert await purge_due(bench.station) == [] and await purge(bench.station) == ([], [])
    picture = str(await bench.office.picture())
    assert all(str(name.encode())[2:-1] in picture for name in ("Sam Ortiz", *NAMES))


async def test_a_purged_session_is_the_same_session_to_head_office(bench: Bench) -> None:
    """Carried again it is `already`; a later correction travels, is receipted, and goes in its time too."""
    await bench.receipt()
    bench.days(31)
    await purge_due(bench.station)
    (ref,) = bench.station.sessions()
    amended = Draft(r.Amended(do="correct", why="mistake", by="fac"), None, {"reason": "Zoë Álvarez was late"})
    await more(bench.station, ref.path, amended)
    (ref,) = bench.station.sessions()
    await bench.stays("grew")
    for path in bench.stick.iterdir():
        path.unlink()
    bench.office.now += 31 * DAY
    await sync_folder_to(bench.station, bench.stick, plain=True)
    answers, notes = await ingest(bench.office, bench.stick)
    assert answers == ["stored"]
    taken = await take_receipts(bench.station, notes)
    assert taken.whole == [ref.origin]
    await bench.stays("early", bench.office.now + 30 * DAY)
    bench.days(31)
    assert await purge_due(bench.station) == [Purged(ref.origin, 1)] and bench.found() == []


async def test_nothing_goes_without_a_receipt_for_all_of_it(bench: Bench) -> None:
    bench.days(400)
    await bench.stays("no-receipt")


async def test_nothing_goes_of_a_session_that_is_open_or_opened_again(bench: Bench) -> None:
    await bench.receipt()
    await more(bench.station, bench.ref.path, Draft(r.SessionReopened(why="other")))
    bench.days(400)
    await bench.stays("open")


async def test_a_session_in_a_host_is_left_alone(bench: Bench) -> None:
    await bench.receipt()
    bench.days(31)
    (ref,) = bench.station.sessions()
    store = await Store.open(ref.path, bench.station.signer)
    try:
        await bench.stays("busy")
    finally:
        await store.close()
    assert await purge_due(bench.station) == [Purged(ref.origin, 4)]


def receipt_of(bench: Bench) -> Path:
    (path,) = bench.station.receipts_dir.glob("*.note")
    return path


async def test_a_receipt_that_does_not_fit_lets_nothing_go(bench: Bench) -> None:
    """Other openings, another root, two receipts, a torn file, a stranger's signature."""
    await bench.receipt()
    bench.days(31)
    path = receipt_of(bench)
    good = path.read_bytes()
    checkpoint, note = split_notes(good)
    at = parse_checkpoint(split_note(checkpoint)[0])
    office = bench.office.home.office()
    with SessionFile.open(bench.station.sessions()[0].path) as file:
        xs = own_xs(file)
    fewer = central_receipt(office, at, held_hash(xs[:-1]))
    stranger = Signer.generate(f"{bench.office.home.org}/office")
    elsewhere = central_receipt(office, Checkpoint(at.origin, at.size, b"\0" * 32), held_hash(xs))
    for code, raw in (
        ("other-openings", join_notes([checkpoint, fewer])),
        ("bad-receipt", join_notes([checkpoint, elsewhere])),
        ("bad-receipt", join_notes([checkpoint, central_receipt(stranger, at, held_hash(xs))])),
        ("bad-receipt", join_notes([checkpoint, note, note])),
        ("bad-receipt", good[:-20]),
        ("bad-receipt", b""),
    ):
        path.write_bytes(raw)
        await bench.stays(code)
    path.write_bytes(good)
    assert len(await purge_due(bench.station)) == 1


async def test_a_revoked_office_key_vouches_for_nothing(bench: Bench) -> None:
    """Also of what it signed before: the names can wait for another receipt."""
    import msgspec

    await bench.receipt()
    bench.days(31)
    trust = bench.station.trust
    assert trust is not None
    keys = tuple(msgspec.structs.replace(k, revoked=k.from_) if k.kind == "office" else k for k in trust.keys)
    (bench.station.home / "trust.note").write_bytes(
        trust_note(msgspec.structs.replace(trust, keys=keys, void=(), others=()), bench.office.root())
    )
    await bench.stays("bad-receipt")


async def test_a_power_cut_between_erasing_and_rewriting_is_made_up_for(bench: Bench) -> None:
    """The rows are gone, their pages are not: the next purge writes the file anew."""
    await bench.receipt()
    bench.days(31)
    (ref,) = bench.station.sessions()
    with SessionFile.open(ref.path) as file:
        mine = [i for i, _ in file.numbered_openings()]
    store = await Store.open(ref.path, bench.station.signer)
    await store.set_meta("purged", b"0")
    await store.erase(mine)
    await store.close()
    assert purged_ms(ref) is None
    assert await purge_due(bench.station) == [Purged(ref.origin, 0)]
    assert purged_ms(ref) is not None and bench.found() == []


async def test_while_somebody_reads_the_file_it_is_said_and_done_again(bench: Bench) -> None:
    await bench.receipt()
    bench.days(31)
    (ref,) = bench.station.sessions()
    with SessionFile.open(ref.path):
        gone, _ = await purge(bench.station)
        assert gone == [Purged(ref.origin, 4, whole=False)] and purged_ms(ref) is None
    assert await purge_due(bench.station) == [Purged(ref.origin, 0)] and bench.found() == []


async def test_a_copy_from_before_a_migration_goes_too(bench: Bench) -> None:
    await bench.receipt()
    bench.days(31)
    (ref,) = bench.station.sessions()
    copy = ref.path.with_name(f"{ref.path.name}.v1")
    copy.write_bytes(ref.path.read_bytes())
    await purge_due(bench.station)
    assert bench.found() == [] and not copy.exists()


async def test_without_a_trust_list_nobody_can_have_signed(tmp_path: Path) -> None:
    station = Station.open(tmp_path / "laptop")
    await session(station, ("Ann", "E1"))
    with pytest.raises(NotPossible):
        await purge(station)
    assert await purge_due(station) == []


async def test_one_damaged_session_never_keeps_the_names_of_another(bench: Bench) -> None:
    await bench.receipt()
    bad = await session(bench.station, ("Bea", "E9"))
    bad.path.write_bytes(b"not a session file")
    bench.days(31)
    gone, kept = await purge(bench.station)
    assert len(gone) == 1 and [one.code for one in kept] == ["unreadable"]


def test_the_command_says_what_stays_and_why(tmp_path: Path) -> None:
    """No folder is made by looking."""
    done = fieldkit("purge", "--json", home=tmp_path / "none")
    assert done.code == 1 and "no session" in done.talk and not (tmp_path / "none").exists()


async def test_a_purge_that_a_crash_cut_off_before_its_last_step_is_finished(bench: Bench) -> None:
    """The names are out of the file; the copy from before a migration and the bundle in the outbox still hold them."""
    await bench.receipt()
    copy = bench.ref.path.with_name(f"{bench.ref.path.name}.v0")
    bench.days(31)
    await purge(bench.station)
    store = await Store.open(bench.ref.path, bench.station.signer)
    await store.set_meta("purged", b"0")
    await store.close()
    copy.write_bytes(NAMES[0].encode())
    (bench.station.outbox / "of-before.fkb").write_bytes(NAMES[0].encode())
    assert (await purge(bench.station))[0] == [Purged(bench.ref.origin, 0)]
    assert bench.found() == []
    (bench.station.outbox / "of-before.fkb").write_bytes(NAMES[0].encode())
    assert await purge(bench.station) == ([], [])
    assert bench.found() == []
