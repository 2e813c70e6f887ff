"""Plans at head office while others change them, erase somebody on them, or are killed in the middle."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import msgspec
import pytest

from fieldkit.errors import DamagedData, NotPossible
from fieldkit.log.note import split_note
from fieldkit.log.planned_note import CANCELLED, PLANNED_LIMIT
from fieldkit.station import Station
from fieldkit.sync.central import forgotten, planned
from fieldkit.sync.central.digest.keeping import Keeper
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.planned import Kept
from tests.kit.central import Laptop, Office, bundle
from tests.sync.digested import waiting
from tests.sync.sent import ROWS, change, plan
from tests.sync.test_planned_down import known


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


def says(office: Office, station: Station, badge: str = "E1") -> bool:
    """Whether this laptop's note names that badge."""
    raw = planned.note_for(office.home, station.signer.name, office.now)
    return raw is not None and f'"{badge}"' in split_note(raw, PLANNED_LIMIT)[0]


def rooms(office: Office) -> dict[str, list[str]]:
    """Laptop → plans that lie in its folder."""
    return {
        x.name: sorted(y.stem for y in x.glob("h-*")) for x in planned.folder_of(office.home).iterdir() if x.is_dir()
    }


def holding(office: Office, text: str) -> list[str]:
    every = [path for path in office.home.path.rglob("*") if path.is_file()]
    return [str(path) for path in every if text.encode() in path.read_bytes()]


async def test_who_was_erased_meanwhile_is_not_put_back(office: Office, tmp_path: Path) -> None:
    """`plan change` has read the plan, and with --gaps it folds for seconds."""
    station = known(office, tmp_path)
    kept = plan(office, station)
    await erase(office.home, "all", "E1", [], "request", office.now)
    assert holding(office, '"E1"') == []
    with pytest.raises(NotPossible, match="changed a moment ago"):
        change(office, kept, title="Other")
    assert holding(office, '"E1"') == [] and not says(office, station)
    now = change(office, planned.find(office.home, kept.id), expected=ROWS)
    assert [row.fields["badge"] for row in now.plan.expected] == ["E2"]
    again = plan(office, station, "2026-12-01 06:00", expected=(ROWS[0], ROWS[1]))
    assert [row.fields["badge"] for row in again.plan.expected] == ["E2"] and holding(office, '"E1"') == []


async def test_whose_time_of_keeping_was_over_is_expected_again(office: Office, tmp_path: Path) -> None:
    station, laptop = known(office, tmp_path), Laptop.named("zz2k")
    office.enrol(laptop)
    await office.take(bundle(laptop.session().join("person01", "Ann", "E1").close()))
    await erase(office.home, "all", "E1", [], "retention", office.now)
    assert forgotten.knows(office.home, ["E1"]) and len(plan(office, station).plan.expected) == 2


async def test_a_session_that_was_called_off_meanwhile_stays_so(office: Office, tmp_path: Path) -> None:
    kept = plan(office, known(office, tmp_path))
    planned.cancel(office.home, kept, office.now)
    with pytest.raises(NotPossible, match="called off"):
        change(office, kept, title="Third")
    assert planned.find(office.home, kept.id).state == CANCELLED
    other = plan(office, known(office, tmp_path / "other"), "2026-12-02 06:00")
    change(office, other, title="Newer")
    off = planned.cancel(office.home, other, office.now)  # whoever calls off wants it off, whatever it says by now
    assert (off.turn, off.plan.title, off.plan.expected) == (2, "Newer", ())


@pytest.mark.parametrize("then", ["list", "note", "again", "remove", "erase"])
async def test_who_moves_a_plan_and_is_killed_leaves_it_on_one_laptop(
    office: Office, tmp_path: Path, then: str
) -> None:
    """Killed before the file in the old folder was gone."""
    old, new = known(office, tmp_path), known(office, tmp_path / "other")
    kept = plan(office, old)
    before = planned.folder_of(office.home) / old.signer.name.replace("/", "+") / f"{kept.id}.json"
    shutil.copy(before, tmp_path / "left")
    assert says(office, old)
    moved = change(office, kept, device=new.signer.name)
    shutil.copy(tmp_path / "left", before)
    assert planned.every(office.home) == [moved] == planned.every(office.home, new.signer.name)
    assert planned.every(office.home, old.signer.name) == []
    if then == "list":
        return
    if then == "again":
        moved = change(office, planned.find(office.home, kept.id), device=new.signer.name)
        assert planned.every(office.home) == [moved]
    elif then == "remove":
        planned.cancel(office.home, planned.find(office.home, kept.id), office.now)
        assert [one.state for one in planned.every(office.home)] == [CANCELLED]
    elif then == "erase":
        await erase(office.home, "all", "E1", [], "request", office.now)
        assert holding(office, '"E1"') == []
    assert not says(office, old) and says(office, new) == (then in ("note", "again"))
    assert [ids for name, ids in sorted(rooms(office).items()) if ids] == [[kept.id]]


async def test_who_is_only_on_a_roster_is_remembered_before_they_are_taken_off(office: Office, tmp_path: Path) -> None:
    """An erasure that ends in the middle, here over a note that cannot be read, is finished by doing it again."""
    station, laptop = known(office, tmp_path), Laptop.named("zz2k")
    kept = plan(office, station)
    assert says(office, station)
    note = planned.folder_of(office.home) / station.signer.name.replace("/", "+") / planned.NOTE
    good = note.read_bytes()
    note.write_bytes(b"damaged")
    with pytest.raises(DamagedData):
        await erase(office.home, "all", "E1", [], "request", office.now + 60)
    assert forgotten.knows(office.home, ["E1"])
    note.write_bytes(good)
    with pytest.raises(NotPossible, match="erased already"):
        await erase(office.home, "all", "E1", [], "request", office.now + 60)
    assert holding(office, '"E1"') == [] and len(planned.find(office.home, kept.id).plan.expected) == 1
    office.enrol(laptop)
    await office.take(bundle(laptop.session().join("person01", "Ann", "E1").close()))
    assert b"Ann" not in office.raw(), "what began before and comes later is erased when it comes"


async def test_plans_of_two_laptops_that_cannot_be_read_are_named(office: Office, tmp_path: Path) -> None:
    one, two = known(office, tmp_path), known(office, tmp_path / "other")
    kept = plan(office, one)
    assert isinstance(change(office, kept, device=two.signer.name), Kept)
    for hostile in (b"", b"{}", msgspec.json.encode({"id": kept.id, "turn": 9**9})):
        (planned.folder_of(office.home) / one.signer.name.replace("/", "+") / f"{kept.id}.json").write_bytes(hostile)
        with pytest.raises(DamagedData, match="cannot be read any more"):
            planned.every(office.home)


async def test_a_roster_goes_after_its_time_whether_its_laptop_ever_asks_again_or_not(
    office: Office, tmp_path: Path
) -> None:
    """Head office deletes it while it serves: the laptop may be lost, or its key revoked."""
    station = known(office, tmp_path)
    kept, later = plan(office, station), plan(office, station, "2026-12-30 06:00", expected=ROWS[:1])
    assert says(office, station, "E1")
    over = planned.begins(kept.plan) + planned.KEPT_DAYS * planned.DAY
    planned.tidy(office.home, over)
    assert {one.id for one in planned.every(office.home)} == {kept.id, later.id}
    keeper = Keeper(office.home, lambda: over + 1, lambda line: None, every_s=0.02)
    keeper.start()
    async with asyncio.timeout(20):
        while holding(office, '"E2"'):
            await asyncio.sleep(0.02)
    await asyncio.to_thread(keeper.stop)
    assert planned.every(office.home) == [later] and holding(office, kept.id) == []


async def test_a_plan_that_cannot_be_read_is_told_once_and_the_lists_of_people_are_kept_up(
    office: Office, tmp_path: Path
) -> None:
    station, other = known(office, tmp_path), known(office, tmp_path / "other")
    kept, gone, said = plan(office, station), plan(office, other), list[str]()
    over = planned.begins(gone.plan) + planned.KEPT_DAYS * planned.DAY + 1
    path = planned.folder_of(office.home) / station.signer.name.replace("/", "+") / f"{kept.id}.json"
    path.write_bytes(b"{")
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    await office.take(bundle(laptop.session().join("person01", "Ann", "E1").close()))
    assert await waiting(office)
    keeper = Keeper(office.home, lambda: over, said.append, every_s=0.02, again_s=0.02)
    keeper.start()
    try:
        async with asyncio.timeout(20):
            while await waiting(office):
                await asyncio.sleep(0.02)
    finally:
        await asyncio.to_thread(keeper.stop)
    assert len(said) == 1 and said[0].startswith("Plans whose time is over were not deleted: ") and kept.id in said[0]
    assert holding(office, '"E2"') == [], "the rosters of all other laptops are gone"
