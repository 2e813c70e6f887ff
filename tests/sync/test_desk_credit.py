"""Credit for earlier training in head office's own log: what it stands for, both values, and how its words go."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from fieldkit.errors import NotPossible
from tests.kit.central import NOON, Laptop, Office, bundle
from tests.kit.plans import PLAN
from tests.sync.test_desk_afterwards import DAY, ZOE, course, grant, listed, sign
from tests.sync.test_desk_log import sheet, with_desk


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    with_desk(office)
    listed(office, (ZOE, "supervisor"))
    return office


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


async def test_credit_counts_for_completion_and_both_values_are_shown(office: Office, laptop: Laptop) -> None:
    log = course(laptop)
    await office.take(bundle(log))
    assert [row["completed"] for row in await sheet(office, log)] == ["no", "no"]
    done = await grant(office, log, "A1", "p1", "card 4711, Ann [/] Lee\x1b[2J")
    again = await grant(office, log, "person00", "p1", "another card")
    assert (done.index, again.index, again.records) == (1, 1, 0)
    rows = await sheet(office, log)
    assert [row["completed"] for row in rows] == ["yes", "no"]
    assert "credit for p1 granted by office, completed was no" in rows[0]["note"] and not rows[1]["note"]
    first, second = await sheet(office, log, "corrections")
    assert (first["what"], first["field"], first["new"]) == ("credit", "p1", "credited")
    assert first["reason"] == "card 4711, Ann [/] Lee[2J"
    assert (second["field"], second["old"], second["new"]) == ("completed", "no", "yes")


@pytest.mark.parametrize(
    ("who", "what", "why"),
    [
        ("nobody", "p1", "Nobody in this session"),
        ("A1", "p9", "There is no"),
        ("A1", "", "There is no"),
        ("A1", "\x1b[2J" * 5000, "There is no"),
        ("", "p1", "Nobody in this session"),
        ("Ann [/] Lee", "p1", "Nobody in this session"),
    ],
)
async def test_credit_for_nobody_or_for_nothing_is_refused(
    office: Office, laptop: Laptop, who: str, what: str, why: str
) -> None:
    log = course(laptop)
    await office.take(bundle(log))
    before = await office.picture()
    with pytest.raises(NotPossible, match=why):
        await grant(office, log, who, what)
    assert await office.picture() == before


async def test_an_id_that_means_two_things_is_refused(office: Office, laptop: Laptop) -> None:
    segments = [msgspec.structs.replace(PLAN.segments[0], id="p1"), *PLAN.segments[1:]]
    log = course(laptop, segments=segments)
    await office.take(bundle(log))
    with pytest.raises(NotPossible, match="segment and activity at once"):
        await grant(office, log, "A1", "p1")


async def test_what_was_shown_for_a_credit_goes_with_the_person(office: Office, laptop: Laptop) -> None:
    from fieldkit.sync.central.erase import erase

    log = course(laptop)
    await office.take(bundle(log))
    await grant(office, log, "A1", "p1", "card of Ann Lee")
    await sign(office, log, ZOE)
    await erase(office.home, log.origin, "A1", [], "request", office.now)
    raw = office.raw()
    assert b"card of Ann" not in raw
    found = await sheet(office, log, "corrections")
    assert [(row["what"], row["reason"]) for row in found] == [("credit", ""), ("credit", ""), ("sign", "")]
    assert found[-1]["name"] == "Zoë Á"


async def test_printed_names_go_with_the_names_of_the_session(office: Office, laptop: Laptop) -> None:
    from fieldkit.sync.central import policy

    log = course(laptop)
    await office.take(bundle(log))
    await sign(office, log, ZOE)
    policy.put(office.home, f"keep_days 2\nretention {PLAN.id} 10 duty 29 CFR 1910.147\n", office.now)
    db = await office.home.database()
    try:
        (due,) = await policy.retire(office.home, db, NOON + 11 * DAY)
    finally:
        await db.close()
    assert [len(refs) for refs in due.office.values()] == [1]
    (row,) = await sheet(office, log, "corrections")
    assert (row["name"], row["who"], row["new"]) == ("", ZOE.name, "checked")
