"""An erased person is taken off the rosters of planned sessions, by badge, and nobody else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.log.read import SessionFile
from fieldkit.planned import Planned, PlannedFolder
from fieldkit.roster import Row
from fieldkit.station import Station
from fieldkit.sync.erasing import erase, obey
from tests.sync.erased import BADGE, NAME, OTHERS, WHO, at_laptop
from tests.sync.laptop import session
from tests.sync.trips import laptop


def plan(station: Station, *badges: str) -> str:
    rows = tuple(
        Row(k + 2, {"name": NAME, "badge": badge} if badge else {"name": NAME}) for k, badge in enumerate(badges)
    )
    return PlannedFolder(station.home).add(Planned(1, "loto-basics", "2026-12-01 22:00", expected=rows))


async def test_rows_with_the_badge_go_and_all_others_stay(tmp_path: Path) -> None:
    station = laptop(tmp_path)
    told: list[str] = []
    station.warn = lambda sentence, hint="": told.append(sentence)
    ids = [plan(station, BADGE, "B2"), plan(station, "B2", "", f"{BADGE}9"), plan(station, BADGE.lower())]
    broken = station.home / "planned" / "20261201-2300.json"
    broken.write_text('{"v": 1, "E745738": "\x1b[2J')
    (station.home / "held").mkdir(exist_ok=True)
    (station.home / "held" / "other.fkb").write_bytes(b"age-encryption.org/v1\n")
    ref = await session(station, WHO, OTHERS[0])
    done = await erase(station, ref, BADGE, "request")
    assert (done.planned, done.sealed) == (sorted([ids[0], ids[2]]), ["other.fkb"])
    folder = PlannedFolder(station.home)
    left = {one.id: one.plan for one in folder.entries() if one.plan is not None}
    assert [[row.fields.get("badge", "") for row in left[id].expected] for id in ids] == [
        ["B2"],
        ["B2", "", f"{BADGE}9"],
        [],
    ]
    assert [row.line for row in left[ids[0]].expected] == [3]
    assert len(told) == 1 and "20261201-2300" in told[0] and "\x1b" not in told[0]
    assert {line.split(":")[0] for line in at_laptop(station)} <= {
        f"planned/{ids[1]}.json",
        f"planned/{ids[0]}.json",
        f"planned/{broken.name}",
    }


async def test_somebody_without_a_badge_takes_nobody_off(tmp_path: Path) -> None:
    station = laptop(tmp_path)
    id = plan(station, "", "B2")
    ref = await session(station, (NAME, ""), OTHERS[0])
    p = next(iter(people(ref.path)))
    assert (await erase(station, ref, p, "mistake")).planned == []
    found = PlannedFolder(station.home).find(id).plan
    assert found is not None and len(found.expected) == 2


def people(path: Path) -> list[str]:
    from fieldkit.log.read import SessionFile

    with SessionFile.open(path) as file:
        return [one.p for one in file.session().people.values() if one.name == NAME]


@pytest.mark.parametrize(("why", "left"), [("request", 1), ("order", 1), ("retention", 2)])
async def test_what_head_office_erases_is_not_expected_either(tmp_path: Path, why: str, left: int) -> None:
    """Of a note there are only records and a reason; the badge is still on the laptop when it comes."""
    station = laptop(tmp_path)
    id = plan(station, BADGE, "B2")
    ref = await session(station, WHO, OTHERS[0])
    with SessionFile.open(ref.path) as file:
        mine = [one.i for one in file.records() if (one.private or {}).get("badge") == BADGE]
    done = await obey(station, ref, mine, why)
    assert done is not None and done.planned == ([id] if left == 1 else [])
    entry = PlannedFolder(station.home).find(id)
    assert entry.plan is not None and len(entry.plan.expected) == left


async def test_a_part_of_a_person_takes_nobody_off_a_roster(tmp_path: Path) -> None:
    """Head office erased a remark; the person is still who they were."""
    station = laptop(tmp_path)
    id = plan(station, BADGE)
    ref = await session(station, WHO)
    with SessionFile.open(ref.path) as file:
        (i,) = [one.i for one in file.records() if (one.private or {}).get("badge") == BADGE]
    done = await obey(station, ref, [i + 1], "request")
    assert done is None or done.planned == []
    entry = PlannedFolder(station.home).find(id)
    assert entry.plan is not None and len(entry.plan.expected) == 1
