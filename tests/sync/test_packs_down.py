"""Packs on their way down: signed by a publisher, the bytes of head office's list, never over what is installed."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.errors import BadBytes, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.keys import Signer
from fieldkit.log.packs_note import Item, PacksNote, packs_note, parse_packs
from fieldkit.station import Station
from fieldkit.sync import packs as here
from fieldkit.sync.carry import pack_waiting, sync_folder_to
from fieldkit.sync.central import outgoing, packs
from fieldkit.sync.central.listing import with_revoked
from fieldkit.sync.copying import Progress, Watch
from tests.kit.central import NOON, ORG, Office
from tests.packs.kit import pack
from tests.sync.laptop import session
from tests.sync.sent import PUBLISHER, archive, give, installed, list_publisher, stick
from tests.sync.served import STRANGER, Served, get, serving
from tests.sync.trips import enrol, laptop, sync


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    list_publisher(office)
    return office


@pytest.fixture
async def served(office: Office) -> AsyncIterator[Served]:
    async with serving(office) as one:
        yield one


def known(office: Office, folder: Path, name: str = "laptop") -> Station:
    station = laptop(folder, name)
    enrol(office, station)
    return station


async def test_a_pack_comes_down_once_and_the_same_by_stick(served: Served, tmp_path: Path) -> None:
    ann, bo = known(served.office, tmp_path, "ann"), known(served.office, tmp_path, "bo")
    one = give(served.office)
    steps: list[Progress] = []
    trip = await sync(ann, served, watch=Watch(steps.append))
    assert trip.sent.packs == ["small 1.0.0"] and trip.not_taken == []
    assert ("fetch", one.item.size) in {(x.step, x.of) for x in steps}
    assert installed(ann) == {"small-1.0.0.fkpack": archive()}
    assert (await sync(ann, served)).sent.packs == []
    there = stick(tmp_path)
    outgoing.write(served.office.home, there, NOON)
    assert (await sync_folder_to(bo, there, plain=True)).sent.packs == ["small 1.0.0"]
    assert installed(bo) == installed(ann)
    assert here.packs_path(bo.home).read_bytes() == here.packs_path(ann.home).read_bytes()
    (ann.packs_dir / "small-1.0.0.fkpack").unlink()
    assert (await sync(ann, served)).sent.packs == ["small 1.0.0"], "what is missing comes again, with no new list"


async def test_what_is_installed_is_never_replaced(served: Served, tmp_path: Path) -> None:
    """The same pack under another name stays as it is; another one of this id and version is said, each time."""
    ann, bo = known(served.office, tmp_path, "ann"), known(served.office, tmp_path, "bo")
    (ann.packs_dir / "mine.fkpack").write_bytes(archive())
    (bo.packs_dir / "small-1.0.0.fkpack").write_bytes(archive(None, title="Mine"))
    give(served.office)
    assert (await sync(ann, served)).not_taken == [] and list(installed(ann)) == ["mine.fkpack"]
    for _ in range(2):
        trip = await sync(bo, served)
        assert trip.sent.packs == [] and trip.not_taken == [("small 1.0.0", here.OTHER)]
    assert installed(bo) == {"small-1.0.0.fkpack": archive(None, title="Mine")}
    give(served.office, version="1.1.0")
    assert (await sync(bo, served)).sent.packs == ["small 1.1.0"] and len(installed(bo)) == 2


async def test_only_laptops_on_the_list_get_a_pack(served: Served, tmp_path: Path) -> None:
    one = give(served.office)
    for what, sha256 in (("packs", "0" * 64), ("pack", one.item.sha256)):
        status, answer = await get(served, STRANGER.signer, what, sha256)
        assert (status, answer["reason"]) == (403, "unknown-device")
    station = known(served.office, tmp_path)
    status, answer = await get(served, station.signer, "pack", "0" * 64)
    assert (status, answer["reason"]) == (404, "not-given")
    packs.remove(served.office.home, "small")
    status, answer = await get(served, station.signer, "pack", one.item.sha256)
    assert (status, answer["reason"]) == (404, "not-given")
    assert (await sync(station, served)).sent.packs == [] and installed(station) == {}


async def test_a_publisher_who_counts_no_more_takes_the_packs_along(served: Served, tmp_path: Path) -> None:
    office = served.office
    give(office)
    trust = office.home.next_trust()
    line = trust.find(PUBLISHER.vkey)
    assert line is not None
    office.home.put_trust(with_revoked(trust, line, NOON - NOON % 86_400, NOON), NOON, office.root())
    station = known(office, tmp_path)
    assert (await sync(station, served)).sent.packs == [] and installed(station) == {}
    (one,) = packs.given(office.home)
    assert not packs.counts(office.home, one, NOON)


def note_of(office: Office, *items: Item, signer: Signer | None = None, as_of: int = NOON) -> bytes:
    return packs_note(PacksNote(ORG, as_of, items), signer or office.home.office())


def item(raw: bytes, id: str = "small", version: str = "1.0.0") -> Item:
    return Item(id, version, len(raw), hashlib.sha256(raw).hexdigest())


@pytest.mark.parametrize(
    ("raw", "named", "reason"),
    [
        (archive(None), None, "not-signed"),
        (archive(Signer(PUBLISHER.name, b"\x08" * 32)), None, "not-signed"),
        (archive(), item(archive(), "other"), "other-file"),
        (archive(), item(archive()[:-1] + b"x"), "other-file"),
        (b"PK\x05\x06" + b"\0" * 18, None, "no-pack-yaml"),
        (b"no archive", None, "not-an-archive"),
        (archive(segments=[]), None, "pack.yaml"),
    ],
)
async def test_a_pack_that_is_no_good_is_not_installed(
    office: Office, tmp_path: Path, raw: bytes, named: Item | None, reason: str
) -> None:
    """Head office itself would give none of these out: its key was taken, or the stick was changed."""
    station = known(office, tmp_path)
    one, there = named or item(raw), stick(tmp_path)
    (there / "packs").mkdir()
    (there / "packs" / one.file).write_bytes(raw)
    (there / "packs.note").write_bytes(note_of(office, one))
    trip = await sync_folder_to(station, there, plain=True)
    ((name, why),) = trip.not_taken
    assert name == f"{one.id} {one.version}" and why.startswith(reason)
    assert installed(station) == {} and trip.sent.packs == []


async def test_old_and_forged_lists_change_nothing(office: Office, tmp_path: Path) -> None:
    station, there = known(office, tmp_path), stick(tmp_path)
    trust = station.trust
    assert trust is not None
    newest = note_of(office, as_of=NOON + 1)
    here.take_list(station, trust, newest)
    raw = archive()
    for bad, reason in (
        (note_of(office, item(raw)), ""),
        (note_of(office, item(raw), signer=Signer.generate(f"{ORG}/office"), as_of=NOON + 2), "no-known-signature"),
        (note_of(office, item(raw), as_of=NOON + 2).replace(b"small", b"smell"), "bad-signature"),
        (b"rubbish", "not-a-note"),
    ):
        (there / "packs.note").write_bytes(bad)
        trip = await sync_folder_to(station, there, plain=True)
        assert trip.not_taken == ([("packs.note", reason)] if reason else [])
        assert here.packs_path(station.home).read_bytes() == newest


async def test_a_link_on_a_stick_is_no_pack(office: Office, tmp_path: Path) -> None:
    station, there = known(office, tmp_path), stick(tmp_path)
    raw = archive()
    outside = tmp_path / "outside.fkpack"
    outside.write_bytes(raw)
    (there / "packs").mkdir()
    (there / "packs" / "small-1.0.0.fkpack").symlink_to(outside)
    (there / "packs.note").write_bytes(note_of(office, item(raw)))
    trip = await sync_folder_to(station, there, plain=True)
    assert (trip.sent.packs, trip.not_taken, installed(station)) == ([], [], {})
    (there / "packs" / "small-1.0.0.fkpack").unlink()
    (there / "packs" / "small-1.0.0.fkpack").write_bytes(raw)
    assert (await sync_folder_to(station, there, plain=True)).sent.packs == ["small 1.0.0"]


class Nearly(Station):
    """On a disk with some bytes left."""

    def free_bytes(self) -> int:
        return here.FREE


async def test_a_disk_that_is_nearly_full_is_said_before_anything_is_fetched(served: Served, tmp_path: Path) -> None:
    station = known(served.office, tmp_path)
    give(served.office)
    full = Nearly.open(station.home, clock=station.clock)
    with pytest.raises(FieldkitError, match="nearly full"):
        await sync(full, served)
    assert installed(station) == {} and (await sync(station, served)).sent.packs == ["small 1.0.0"]


async def test_a_mule_brings_packs_to_a_laptop_without_a_network(served: Served, tmp_path: Path) -> None:
    ann, bo = known(served.office, tmp_path, "ann"), known(served.office, tmp_path, "bo")
    give(served.office)
    await session(ann, ("Ann Lee", "E1"))
    there = stick(tmp_path)
    pack_waiting(ann, there, plain=False)
    (there / "policy.note").write_bytes(b"of somebody else")
    trip = await sync(bo, served, folder=there)
    assert str(there / "packs" / "small-1.0.0.fkpack") in trip.laid and str(there / "packs.note") in trip.laid
    assert (there / "policy.note").read_bytes() == b"of somebody else"
    assert (await sync_folder_to(ann, there, plain=False)).sent.packs == ["small 1.0.0"]
    assert installed(ann) == installed(bo)
    assert (await sync(bo, served, folder=there)).laid == []


def test_head_office_gives_out_what_a_publisher_signed_and_nothing_else(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "x.fkpack"
    for raw, wrong, words in (
        (archive(None), WrongUsage, "not signed"),
        (archive(Signer(PUBLISHER.name, b"\x08" * 32)), WrongUsage, "not signed"),
        (archive(segments=[]), WrongUsage, "pack.yaml"),
        (b"no archive", BadBytes, "not-an-archive"),
    ):
        path.write_bytes(raw)
        with pytest.raises(wrong) as found:
            packs.add(office.home, path, NOON)
        assert words in str(found.value)
    one, new = give(office), packs.add(office.home, office.folder / "given.fkpack", NOON)[1]
    assert not new and packs.given(office.home) == [one]
    with pytest.raises(NotPossible, match="is given out already"):
        give(office, title="Other words")
    for gone in (tmp_path / "none.fkpack", tmp_path):
        with pytest.raises(WrongUsage, match="is no file"):
            packs.add(office.home, gone, NOON)
    with pytest.raises(NotPossible, match="no pack"):
        packs.remove(office.home, "../x")
    assert [x.item.version for x in packs.remove(office.home, "small")] == ["1.0.0"]
    note = packs.note_for(office.home, NOON)
    assert note is not None and b"pack small" not in note
    assert pack()["id"] == "small"


HEAD = f"fieldkit-packs/1\norg {ORG}\nas_of 2026-11-23T09:00:00Z\n"
LINE = f"pack small 1.0.0 100 {'0' * 64}\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LINE * 2, "bad-packs"),
        (LINE.replace("small", "../x"), "bad-packs"),
        (LINE.replace("1.0.0", "1.0.0/.."), "bad-packs"),
        (LINE.replace(" 100 ", f" {1 << 40} "), "too-large"),
        (LINE.replace(" 100 ", " 0 "), "too-large"),
        (LINE.replace(" 100 ", " -1 "), "bad-number"),
        (LINE.replace("000", "00G"), "bad-packs"),
        ("PACK\n", "bad-packs"),
    ],
)
def test_a_list_is_read_strictly(line: str, reason: str) -> None:
    with pytest.raises(BadBytes) as found:
        parse_packs(HEAD + line)
    assert found.value.reason == reason
    assert parse_packs(HEAD + LINE + "later line\n").items[0].file == "small-1.0.0.fkpack"
