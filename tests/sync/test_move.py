"""`central move`: the same rows in PostgreSQL, all or nothing; what was known before is known there."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from fieldkit.cli.central_trust import now
from fieldkit.log.note import utc_text
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.lrs.memory import LEASE_S, Turn
from fieldkit.sync.central.move import shapes
from tests.cli.kit import Done, fieldkit
from tests.kit import postgres
from tests.kit.central import Laptop, Office, bundle, results
from tests.sync.forwarded import head


async def test_every_column_of_every_table_is_moved(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    assert isinstance(office.home.place, Path)
    with closing(sqlite3.connect(office.home.place)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        there = {name: db.execute(f"PRAGMA table_info({name})").fetchall() for name in names}
    columns = {
        name: (tuple(row[1] for row in rows), {row[1] for row in rows if row[5]}) for name, rows in there.items()
    }
    assert {one.name: (one.columns, set(one.key)) for one in shapes()} == columns


async def run(office: Office, *args: str) -> Done:
    return await asyncio.to_thread(fieldkit, "central", *args, "--home", str(office.home.path))


async def test_everything_is_there_and_goes_on_there(tmp_path: Path) -> None:
    office, laptop, stranger = await Office.make(tmp_path), Laptop.named("7q2k"), Laptop.named("zzzz")
    office.enrol(laptop)
    logs, held = [laptop.whole(people=40), laptop.whole()], stranger.whole()
    await office.take(*map(bundle, logs), bundle(held))
    erased = await run(office, "erase", logs[0].origin, "--record", "2", "--why", "order")
    assert erased.code == 0, erased.talk
    before, findings = await office.picture(), await office.findings()
    url = postgres.address()
    done = await run(office, "move", "--to", url, "--json")
    assert done.code == 0 and done.document["sessions"] == 2, done.talk
    assert set(done.document["tables"]) == {one.name for one in shapes()}
    old = office.home.place
    office.home = Home.open(office.home.path)
    assert office.home.place == url != old and await office.picture() == before
    assert await office.findings() == findings
    assert results(await office.take(*map(bundle, logs))) == ["already", "already"]
    assert results(await office.take(bundle(laptop.whole()))) == ["stored"]
    office.enrol(stranger)
    assert results(await office.again()) == ["stored"], "what waited is found"


async def test_what_a_store_has_taken_is_known_there(tmp_path: Path) -> None:
    """Whoever is erased after the move is taken back at the store, and nothing is sent twice."""
    async with head(tmp_path, sessions=1) as it:
        assert (await it.forward()).sent == 6
        done = await run(it.office, "move", "--to", postgres.address(), "--json")
        assert done.code == 0 and done.document["tables"]["forwarded"] == 1, done.talk
        it.office.home = Home.open(it.office.home.path)
        assert (await it.forward()).sent == 0
        await it.erase("all", (gone := it.people()[0]))
        trip = await it.forward()
        assert (trip.sent, trip.voided, trip.refused) == (0, 2, []) and gone not in it.people()


async def test_nothing_is_moved_while_somebody_forwards(tmp_path: Path) -> None:
    office, soon = await Office.make(tmp_path), now() + LEASE_S
    url = postgres.address()
    db = await office.home.database()
    try:
        turn = Turn(db, office.home.org, "https://lrs.example/xAPI", "killed")
        await turn.take(now())
        for _ in range(2):
            done = await run(office, "move", "--to", url)
            assert done.code != 0 and "forwards" in done.talk and utc_text(soon)[:14] in done.talk, done.talk
        assert isinstance(Home.open(office.home.path).place, Path)
        await turn.give_back()
        await turn.take(1_000_000_000)  # one that was killed long ago is in nobody's way
    finally:
        await db.close()
    assert (await run(office, "move", "--to", url)).code == 0, "the database is as empty as before"


async def test_a_database_that_holds_something_is_not_touched(tmp_path: Path) -> None:
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(laptop)
    await office.take(bundle(laptop.whole()))
    url = postgres.address()
    assert (await run(office, "move", "--to", url)).code == 0
    other = await Office.make(tmp_path / "other")
    full = postgres.contents(url)
    for to, words in (
        (url, "already"),
        ("sqlite:///x", "no address"),
        ("postgresql://nobody@127.0.0.1:1/x", "reached"),
    ):
        done = await run(other, "move", "--to", to)
        assert done.code != 0 and words in done.talk, done.talk
    assert postgres.contents(url) == full
    assert isinstance(Home.open(other.home.path).place, Path), "the old one is used as before"
    assert "already" in (await run(office, "move", "--to", url)).talk
