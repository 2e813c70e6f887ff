"""Head office's own log when the same is said again, and where it names somebody beside those it is about."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.cli.kit import fieldkit
from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync.test_desk_log import correct, sheet, with_desk


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    with_desk(office)
    return office


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


async def test_where_the_office_names_somebody_beside_is_told(office: Office, laptop: Laptop) -> None:
    """What stands in the words about a colleague is theirs, and goes with --record."""
    from fieldkit.sync.central.erase import erase

    badge, name, logs = "E745738X", "Zoe Alvarez", list[Log]()
    for who in ((name, badge), ("Cy Other", "C3")):
        logs.append(laptop.session().join("person00", *who).join("person01", "Bo", "B1").close())
        laptop.last = logs[-1]
    await office.take(*map(bundle, logs))
    first = await correct(office, logs[0], who="person01", status="late", reason=f"saw {name.upper()} at the gate")
    await correct(office, logs[1], who="person01", status="late", reason=f"with {badge.lower()} [/]")
    await correct(office, logs[0], who=badge, status="excused", reason="theirs")
    await correct(office, logs[0], who="person01", status="excused", reason="of nobody else")
    home = str(office.home.path)
    done = await asyncio.to_thread(
        fieldkit, "central", "erase", "all", "--person", badge, "--why", "request", "--home", home, "--json"
    )
    found = {x["origin"]: (x["erased"], x["also"]) for x in done.document["sessions"]}
    assert found[first.log] == ([3], [1, 2]) and "records 1, 2" in done.talk and first.log in done.talk
    assert name.encode().upper() in office.raw().upper(), "told, and not touched"
    await erase(office.home, first.log, "", [1, 2], "request", office.now)
    raw = office.raw().upper()
    assert b"AT THE GATE" not in raw and badge.encode().upper() not in raw and b"OF NOBODY ELSE" in raw


async def test_the_same_once_more_adds_nothing_while_it_is_in_force(office: Office, laptop: Laptop) -> None:
    """Somebody was killed after the commit and does it again."""
    log = laptop.whole()
    await office.take(bundle(log))
    wish: dict[str, object] = {"who": "person00", "status": "excused", "reason": "[/] dentist"}
    first = await correct(office, log, **wish)
    office.now += 60
    again = await correct(office, log, **wish)
    assert (again.log, again.index, again.records) == (first.log, first.index, 0) != (first.log, first.index, 1)
    others: list[dict[str, object]] = [
        {"reason": "dentist"},
        {"who": "person01"},
        {"status": "late"},
        {},
        {"why": "order"},
    ]
    others += [{"in_m": 5}, {"status": None, "in_m": 5}]
    other = [await correct(office, log, **{**wish, **more}) for more in others]
    assert [one.records for one in other] == [1, 1, 1, 1, 1, 1, 1], "another reason, another person, taken back"
    assert [(await correct(office, log, **{**wish, "status": None, "in_m": 5})).records for _ in "ab"] == [0, 0]
    assert len(await sheet(office, log, "corrections")) == 9
