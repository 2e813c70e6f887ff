"""Short codes at head office: an index that is written with the records, made again for an older database, and gone
with a history that somebody decided against."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from fieldkit.errors import DamagedData
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.receipt import short_code
from fieldkit.sync.central.codes import Found, find_code
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.resolve import resolve
from fieldkit.sync.central.schema import DERIVED, VERSION
from tests.kit.central import NOON, Laptop, Log, Office, bundle, results


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


def code(log: Log, i: int) -> str:
    return short_code(leaf_hash(log.lines[i]))


async def asked(office: Office, which: str, *, named: bool = False) -> list[Found]:
    db = await office.home.database()
    try:
        return await find_code(db, which, named=named)
    finally:
        await db.close()


LATER = ("code", "unsettled", "settled", "swept", "unlisted", "forwarded", "forwarding", *DERIVED)
"""Tables that the first release did not have."""


def as_version_1(office: Office) -> sqlite3.Connection:
    """The database as the first release left it."""
    db = sqlite3.connect(office.home.path / "central.db", isolation_level=None)
    for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if table in LATER:
            db.execute(f"DROP TABLE {table}")
    for index in ("finding_other", "arrival_result"):
        db.execute(f"DROP INDEX {index}")
    db.execute("PRAGMA user_version = 1")
    return db


@pytest.mark.of_the_file
async def test_an_older_database_gets_its_index_and_says_the_same(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    logs = [laptop.whole(people=3) for _ in range(3)]
    # A line that only looks like an arrival, and one of another kind.
    odd = laptop.session().add("note.add", {"k": "person.join"}).join("person09", "Ann [/] Lee", "B9").close()
    await office.take(*map(bundle, logs), bundle(odd))
    wanted = {code(log, i): (log.origin, i) for log in [*logs, odd] for i in range(log.size)}
    before = {one: await asked(office, one, named=True) for one in wanted}
    found = {one: [(x.origin, x.record) for x in said] for one, said in before.items()}
    assert found == {
        one: [at] if b'"k":"person.join","' in line_of(logs, odd, at) else [] for one, at in wanted.items()
    }
    assert sum(map(bool, found.values())) == 10
    as_version_1(office).close()
    after = {one: await asked(office, one, named=True) for one in wanted}
    assert after == before
    db = sqlite3.connect(office.home.path / "central.db")
    assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    plan = db.execute("EXPLAIN QUERY PLAN SELECT origin, i FROM code WHERE code = 'A'").fetchall()
    assert "USING" in plan[0][-1] and "code_code" in plan[0][-1], "looked up, not searched"
    db.close()


def line_of(logs: list[Log], odd: Log, at: tuple[str, int]) -> bytes:
    (log,) = [one for one in [*logs, odd] if one.origin == at[0]]
    return log.lines[at[1]]


@pytest.mark.of_the_file
async def test_a_database_whose_lines_cannot_be_read_stays_what_it_was(office: Office) -> None:
    """The step forward is all or nothing, and says that something is damaged."""
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    await office.take(bundle(laptop.whole()))
    db = as_version_1(office)
    ((line,),) = db.execute("SELECT line FROM record WHERE i = 1").fetchall()
    db.execute("UPDATE record SET line = ? WHERE i = 1", (b'{"k":"person.join"',))
    for _ in range(2):
        with pytest.raises(DamagedData, match="damaged"):
            await office.home.database()
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'code'").fetchone() == (0,)
    db.execute("UPDATE record SET line = ? WHERE i = 1", (line,))
    db.close()
    await (await office.home.database()).close()


async def test_the_codes_of_a_history_go_with_it_and_a_session_with_two_says_so(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    start = laptop.session().join("person00", "Ann", "A1")
    one, other = start.join("person01", "Zoë", "E1").close(), start.join("person02", "Bo", "B2").close()
    assert results(await office.take(bundle(one), bundle(other))) == ["stored", "fork fork"]
    (found,) = await asked(office, code(one, 2))
    assert found.disputed and found.received == office.now and found.record == 2 and found.name == ""
    assert await asked(office, code(other, 2)) == []
    async with await Intake.open(office.home) as intake:
        await resolve(intake, one.origin, other.root.hex(), "copied", NOON)
    assert await asked(office, code(one, 2)) == []
    for i, who in ((1, "Ann"), (2, "Bo")):
        (found,) = await asked(office, code(other, i), named=True)
        assert (found.name, found.disputed, found.erased) == (who, False, False)
