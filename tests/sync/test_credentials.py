"""Certificates at head office: recorded once, made again as they were, revoked for ever, erased with the person."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from fieldkit.errors import NotPossible
from fieldkit.log.credential import credential, read_credential, to_bytes
from fieldkit.log.revoked import open_revoked, revoked_path
from fieldkit.sync.central import down
from fieldkit.sync.central.credentials_said import issued
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.revoked import fresh
from tests.core.classes import ALL
from tests.kit.central import NOON, Laptop, Log, Office, bundle
from tests.sync.certified import DAY, NAME, excuse, give, held, issuing, listed, records, states, take_back, using
from tests.sync.courses import course


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await issuing(tmp_path)


@pytest.fixture
async def log(office: Office) -> Log:
    return await held(office)


async def test_who_completed_it_gets_one_and_asking_again_records_nothing(office: Office, log: Log) -> None:
    made = await give(office)
    assert sorted((one.badge, one.name) for one in made.given) == [("E1", "Name E1"), ("E2", "Name E2")]
    assert len(made.new) == 2 and made.left == []
    before = await records(office)
    assert (await give(office)).given == []
    again = await give(office, "e1 ")
    (first,) = [one for one in made.given if one.badge == "E1"]
    assert (again.given, again.new) == ([first], []) and await records(office) == before == 3
    office.now += 40 * DAY
    later = await give(office, "E1")
    key = office.home.office()
    assert to_bytes(credential(later.given[0], key)) == to_bytes(credential(first, key))


async def test_what_it_says_rests_on_records(office: Office, log: Log) -> None:
    """Origin, index and leaf of the record by which the person came; the last day is the standing's."""
    from fieldkit.log.merkle import leaf_hash

    (one,) = (await give(office, "E1")).given
    assert [part.id for part in one.parts] == ["basics"]
    (by,) = one.parts[0].by
    assert by.origin == log.origin and by.leaf == leaf_hash(log.lines[by.i]).hex()
    line = json.loads(log.lines[by.i])
    assert line["k"] == "person.join" and one.until == date(2027, 11, 22)
    found = read_credential(to_bytes(credential(one, office.home.office())))
    assert (found.org, found.name, found.until) == ("ld.acme.example", NAME, 1_826_927_999)


async def test_the_next_completion_has_a_certificate_of_its_own(office: Office, log: Log) -> None:
    """And the first one still stands for what was true then."""
    (first,) = (await give(office, "E1")).given
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    await office.take(bundle(moved(course(laptop, {"E1": ALL}), 200 * DAY * 1000)))
    office.now = NOON + 200 * DAY
    made = await give(office)
    assert sorted(one.badge for one in made.given) == ["E1", "E2"]
    (second,) = [one for one in made.given if one.badge == "E1"]
    assert second.id != first.id and second.until == date(2028, 6, 10)
    assert [one.state for one in await listed(office)] == ["valid"] * 3


def moved(log: Log, by: int) -> Log:
    """The log as if it had been held so many ms later."""
    from dataclasses import replace

    from fieldkit.log.line import canonical

    lines = [json.loads(line) for line in log.lines]
    return replace(log, lines=[canonical(line | {"t": line["t"] + by}) for line in lines])


async def test_one_whose_completion_was_corrected_away_needs_a_person(office: Office, log: Log) -> None:
    made = await give(office)
    await excuse(office, log, "E1")
    assert await states(office) == {"E1": "unfounded", "E2": "valid"}
    assert await office.findings() == ["credential-unfounded"]
    with pytest.raises(NotPossible, match="has not completed"):
        await give(office, "E1")
    assert len(await listed(office)) == 2 and await office.findings() == ["credential-unfounded"]
    (one,) = [one.id for one in made.given if one.badge == "E1"]
    assert await take_back(office, one)
    assert await states(office) == {"E1": "revoked", "E2": "valid"} and await office.findings() == []


async def test_a_revoked_one_is_for_ever_and_the_next_has_another_number(office: Office, log: Log) -> None:
    (one,) = (await give(office, "E1")).given
    assert await take_back(office, one.id[:8], date(2026, 11, 30))
    assert not await take_back(office, one.id.upper(), date(2026, 12, 24))
    assert await take_back(office, f"urn:uuid:{one.id}", date(2026, 11, 25))
    found = {seen.issued.id: seen for seen in await listed(office)}[one.id]
    assert (found.issued.revoked, found.state) == (date(2026, 11, 25), "valid")
    office.now = NOON + 3 * DAY
    assert (await states(office))["E1"] == "revoked"
    assert {given.badge for given in (await give(office)).given} == {"E2"}
    (other,) = (await give(office, "E1")).given
    assert other.id != one.id and [seen.state for seen in await listed(office)].count("valid") == 2


async def test_the_list_goes_down_of_today_and_forgets_nothing(office: Office, log: Log) -> None:
    """Signed anew when it is a day old; a line stays when the database was put back from a backup."""
    assert await down.revoked(office.home, "", office.now) is None
    made = await give(office)
    trust = office.home.trust()
    raw = await down.revoked(office.home, "", office.now)
    assert raw is not None and open_revoked(raw, trust, office.now).gone == {}
    (id, other) = (one.id for one in made.given)
    await take_back(office, id)
    raw = await down.revoked(office.home, "", office.now)
    found = open_revoked(raw or b"", trust, office.now)
    assert found.since(id) == date(2026, 11, 22) and found.since(other) is None and found.as_of > office.now
    assert id.encode() not in (raw or b"") and b"press4" not in (raw or b"")
    office.now += 2 * DAY
    newer = open_revoked(await down.revoked(office.home, "", office.now) or b"", trust, office.now)
    assert newer.as_of == office.now and newer.gone == found.gone
    empty = await Office.make(office.folder / "other")
    revoked_path(empty.home.path).write_bytes(revoked_path(office.home.path).read_bytes())
    again = await using(empty, lambda db: fresh(empty.home, db, office.now + 5 * DAY))
    assert again is not None and open_revoked(again, empty.home.trust(), office.now).gone == found.gone


async def test_revoking_needs_no_session_any_more(office: Office, log: Log) -> None:
    """Of a session with two histories nothing can be corrected, and a certificate can be revoked all the same."""
    made = await give(office, "E1")
    fork = log.upto(log.size - 1).add("note.add", {}).close()
    await office.take(bundle(fork))
    assert "fork" in await office.findings()
    assert await take_back(office, made.given[0].id)
    assert [one.state for one in await listed(office)] == ["revoked"]


@pytest.mark.parametrize("which", ["all", "one"])
async def test_an_erased_person_is_named_in_no_certificate_any_more(office: Office, log: Log, which: str) -> None:
    (one,) = (await give(office, "E1")).given
    await take_back(office, one.id, date(2026, 12, 24))
    await erase(office.home, "all" if which == "all" else log.origin, "E1", [], "request", office.now)
    (seen,) = await listed(office)
    assert (seen.state, seen.issued.badge, seen.issued.name) == ("erased", "", "")
    assert b"of E1, wrongly" not in office.raw() and NAME.encode() not in office.raw()
    assert seen.issued.id == one.id and seen.issued.revoked == date(2026, 12, 24)
    assert await office.findings() == []
    with pytest.raises(NotPossible, match="has not completed"):
        await give(office, "E1")


async def test_head_offices_log_holds_no_name_outside_the_openings(office: Office, log: Log) -> None:
    """Codes and days alone; the record is cosigned like every other."""
    await give(office)

    async def look(db: Database) -> list[bytes]:
        async with db.reading() as tx:
            every = await issued(tx, office.home)
            origin = next(iter(every.values())).log.partition("#")[0]
            assert await tx.cosigned(origin)
            return [line async for batch in tx.lines(origin) for line in batch]

    lines = await using(office, look)
    assert b"credential.issued" in lines[1] and not any(b'"E1"' in line or b"Name" in line for line in lines)
