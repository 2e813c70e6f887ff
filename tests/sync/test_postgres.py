"""What is PostgreSQL's own: its address, a server that goes away, processes side by side, versions, erased rows."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldkit.errors import DamagedData, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.line import canonical
from fieldkit.log.names import b64
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.databases import open_database
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.home import Home, init
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.postgres import Postgres, shown
from fieldkit.sync.central.rows import Finding
from fieldkit.sync.central.schema import DERIVED, VERSION
from fieldkit.sync.central.tx_base import Again, Engine, Lost, Question, Step, Values
from tests.cli.kit import fieldkit
from tests.kit import postgres
from tests.kit.central import NOON, ORG, Laptop, Office, bundle, results
from tests.sync.erased import BADGE, OTHERS, WHO

COSIGNED = re.compile(rb",20[0-9T:-]+\+00:00,\r\n").subn


@pytest.fixture
def laptop() -> Laptop:
    return Laptop.named("7q2k")


@pytest.fixture
async def office(tmp_path: Path, laptop: Laptop) -> Office:
    return await made(tmp_path, postgres.address(), laptop)


async def made(folder: Path, url: str, *laptops: Laptop) -> Office:
    await init(folder / "central", ORG, None, NOON - 10 * 86_400, url)
    office = Office(Home.open(folder / "central"), folder)
    office.enrol(*laptops)
    return office


def run(*args: str) -> Any:
    return asyncio.to_thread(fieldkit, *args)


# ---- the address ---------------------------------------------------------------------------------------------


async def test_the_commands_do_on_it_what_they_do_on_a_file(tmp_path: Path, laptop: Laptop) -> None:
    """Made, fed, asked and exported by the commands: the same words and the same bytes as with SQLite."""
    logs = [laptop.whole(people=3) for _ in range(3)]
    said = []
    for name, more in (("file", ()), ("pg", ("--database", postgres.address()))):
        home = tmp_path / name
        done = await run("central", "init", "--home", str(home), "--org", ORG, "--no-passphrase", *more)
        assert done.code == 0, done.talk
        office = Office(Home.open(home), tmp_path)
        office.enrol(laptop)
        folder = tmp_path / f"{name}-stick"
        folder.mkdir()
        for n, log in enumerate(logs[:1] + logs[2:]):
            (folder / f"{n}.fkb").write_bytes(bundle(log))
        at = ("--home", str(home))
        told = [await run("central", "ingest", *at, str(folder), "--json"), await run("central", "findings", *at)]
        sheet = tmp_path / f"{name}.csv"
        told.append(
            await run("central", "export", *at, "last", "--what", "attendance", "--as", "csv", "-o", str(sheet))
        )
        raw, n = COSIGNED(b",WHEN,\r\n", sheet.read_bytes())  # the minute in which this one was taken in
        assert n == 3
        said.append(([(one.code, one.text) for one in told[:2]], told[2].code, raw))
        assert (home / "central.db").exists() == (name == "file")
    assert said[0] == said[1] and said[0][1] == 0 and b"Person 2" in said[0][2]


async def test_a_database_with_a_central_in_it_is_not_made_again(office: Office, tmp_path: Path) -> None:
    assert isinstance(office.home.place, str)
    with pytest.raises(NotPossible, match="already"):
        await init(tmp_path / "other", ORG, None, NOON, office.home.place)
    assert not (tmp_path / "other").exists(), "nothing was begun"


@pytest.mark.parametrize(
    "address",
    ["x", "mysql://h/d", "postgresql://h/\n[x]", "sqlite:///x", "postgresql://" + "h" * 3000, "postgresql://\u202eh/d"],
)
async def test_what_is_no_address_is_refused_before_anything_is_made(tmp_path: Path, address: str) -> None:
    with pytest.raises(WrongUsage):
        await init(tmp_path / "c", ORG, None, NOON, address)
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ann:s3cret@127.0.0.1:1/x",
        "postgresql://ann:s3cret@127.0.0.1:99999/x",
        "postgresql://ann:s3cret@[/x",
        'postgresql://ann:s3cret@/x?host=/nowhere"',
        "postgresql://ann:s3cret@127.0.0.1:1/x?sslmode=perhaps",
    ],
)
async def test_an_address_where_nobody_answers_is_said_without_its_password(tmp_path: Path, address: str) -> None:
    with pytest.raises(FieldkitError) as no:
        await init(tmp_path / "c", ORG, None, NOON, address)
    assert no.value.hint and "s3cret" not in f"{no.value.sentence} {no.value.hint}"
    assert not (tmp_path / "c").exists()


def test_an_address_is_shown_without_who_and_how() -> None:
    assert shown("postgresql://ann:s3cret@db.acme.example:5433/fieldkit?sslmode=verify-full") == (
        "postgresql://db.acme.example:5433/fieldkit"
    )


def test_without_the_extra_it_says_which(tmp_path: Path) -> None:
    """A Python in which the library cannot be imported."""
    code = "import sys; sys.modules['asyncpg'] = None; from fieldkit.__main__ import main; main()"
    args = ["central", "init", "--home", str(tmp_path / "c"), "--org", ORG, "--no-passphrase"]
    done = subprocess.run(
        [sys.executable, "-c", code, *args, "--database", "postgresql:///x"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3 and "py3-none-any.whl[postgres]'" in done.stderr and "Traceback" not in done.stderr


async def test_what_a_laptop_writes_is_never_too_long_for_a_key(office: Office, laptop: Laptop) -> None:
    """Names that no key of PostgreSQL could hold, and that do not compress: stored, and told of."""
    long = "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(47))
    first = laptop.whole()
    prev = {"n": 1, "o": long, "root": b64(first.root)}
    log = laptop.session(fac=long, site=long[:500], title=long[:500])
    head = json.loads(log.lines[0])
    head["d"]["prev"] = prev
    log = replace(log, lines=[canonical(head)]).join("person01", long, long).close()
    path = office.folder / os.fsdecode(b"odd \xff name.fkb")
    path.write_bytes(bundle(log))
    async with await Intake.open(office.home) as intake:
        assert results(await intake.file(path, office.now)) == ["stored"]
        path.write_bytes(b"no bundle")
        assert results(await intake.file(path, office.now))[0].startswith("refused")
    assert "unknown-facilitator" in await office.findings()


# ---- transactions --------------------------------------------------------------------------------------------


async def test_who_writes_waits_for_who_writes_and_readers_for_nobody(office: Office) -> None:
    one, two = await office.home.database(), await office.home.database()
    order: list[str] = []

    async def second() -> None:
        async with two.transaction() as tx:
            order.append(f"second sees {len(await tx.findings())}")

    try:
        async with one.transaction() as tx:
            await tx.put_finding(Finding("o", "gap", "", {}, 1))
            await tx.begin()
            waiting = asyncio.create_task(second())
            await asyncio.sleep(0.2)
            assert not order, "the second one waits for its turn"
            order.append("first")
        await waiting
        async with two.reading() as before, one.transaction() as tx:
            assert len(await before.findings()) == 1
            await tx.drop_finding("o", "gap", "")
            await tx.begin()
            assert len(await before.findings()) == 1
        assert order == ["first", "second sees 1"]
        with pytest.raises(FieldkitError):
            async with one.reading() as tx:
                await tx.put_finding(Finding("o", "gap", "x", {}, 1))
                await tx.begin()
        async with two.reading() as tx:
            assert await tx.findings() == []
    finally:
        await one.close()
        await two.close()


async def test_a_head_that_moved_takes_everything_back(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    await office.take(bundle(log))
    db = await office.home.database()
    try:
        async with db.reading() as tx:
            stored = await tx.stored(log.origin)
        assert stored is not None
        for step in ("add", "move"):
            with pytest.raises(Lost):
                async with db.transaction() as tx:
                    await tx.put_finding(Finding("o", "gap", "", {}, 1))
                    if step == "add":
                        await tx.add_session(stored)
                    else:
                        await tx.move_head(stored, stored.size - 1, stored.root)
        async with db.reading() as tx:
            assert await tx.findings() == [] and await tx.stored(log.origin) == stored
    finally:
        await db.close()


class TakenBack:
    """An engine whose commits are taken back by the database, the first `times` of them after some that are good."""

    def __init__(self, real: Engine, good: int, times: int) -> None:
        self.real, self.good, self.times = real, good, times

    async def work(
        self, begin: str, steps: Sequence[Step], questions: Sequence[Question], commit: bool
    ) -> list[list[Values]]:
        if commit and self.good <= 0 and self.times > 0:
            self.times -= 1
            await self.real.rollback()
            raise Again("taken back", "")
        self.good -= commit
        return await self.real.work(begin, steps, questions, commit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@pytest.mark.parametrize("times", [1, 3, 9])
async def test_a_transaction_that_was_taken_back_is_tried_again(office: Office, laptop: Laptop, times: int) -> None:
    """Two sessions in one file; the second commit fails so often. What the first became is told as it became."""
    logs = [laptop.whole(), laptop.whole()]
    path = office.folder / "a.fkb"
    path.write_bytes(bundle(*logs))
    async with await Intake.open(office.home) as intake:
        intake.db = Database(TakenBack(intake.db.engine, 1, times))
        if times < 9:
            assert results(await intake.file(path, office.now)) == ["stored", "stored"]
        else:
            with pytest.raises(Again):
                await intake.file(path, office.now)
    assert results(await office.take(bundle(*logs))) == ["already", "already" if times < 9 else "stored"]
    assert list(office.home.spool.iterdir()) == []


async def test_origins_are_compared_by_their_bytes_whatever_the_servers_locale(office: Office) -> None:
    """The server of these tests sorts like English: `#` and `-` count for little there, and capitals for nothing."""
    names = ["a/1#x", "a/1", "a-b/1", "A/1", "a/1$", "ab/1", "a/1#"]
    db = await office.home.database()
    try:
        async with db.transaction() as tx:
            for name in names:
                await tx.erase(name, [1], "request", 1)
            assert [o for o, _, _ in await tx.tombs()] == sorted(names)
            assert await tx.tombs_under("a/1") == {1} and await tx.tombs_under("a") == set()
    finally:
        await db.close()


# ---- a server that goes away ---------------------------------------------------------------------------------


@pytest.fixture
async def server() -> AsyncIterator[postgres.Server]:
    one = postgres.another()
    one.start()
    yield one
    one.remove()


async def test_a_server_that_goes_away_in_the_middle_loses_nothing_and_doubles_nothing(
    tmp_path: Path, laptop: Laptop, server: postgres.Server
) -> None:
    """Its power is cut inside a transaction and while nobody is connected; then the same again."""
    office = await made(tmp_path, server.url, laptop)
    logs = [laptop.whole() for _ in range(3)]
    path = tmp_path / "a.fkb"
    path.write_bytes(bundle(*logs))

    class Cut(TakenBack):
        async def work(
            self, begin: str, steps: Sequence[Step], questions: Sequence[Question], commit: bool
        ) -> list[list[Values]]:
            if commit and self.good == 0:
                server.stop()
            self.good -= commit
            return await self.real.work(begin, steps, questions, commit)

    async with await Intake.open(office.home) as intake:
        intake.db = Database(Cut(intake.db.engine, 1, 0))
        with pytest.raises(FieldkitError, match="cannot be reached") as no:
            await intake.file(path, office.now)
        assert "half stored" in no.value.hint
        with pytest.raises(FieldkitError, match="cannot be reached"):
            await intake.file(path, office.now)
        server.start()
        assert results(await intake.file(path, office.now)) == ["already", "stored", "stored"], "it connects again"
    server.stop()
    with pytest.raises(FieldkitError, match="cannot be reached"):
        await office.take(bundle(*logs))
    server.start()
    assert results(await office.take(bundle(*logs))) == ["already"] * 3
    assert await office.findings() == [] and len(await office.stored()) == 3


async def test_what_was_erased_is_in_no_file_of_its_tables(
    tmp_path: Path, laptop: Laptop, server: postgres.Server
) -> None:
    """Rows that were only deleted would still lie in them."""
    office = await made(tmp_path, server.url, laptop)
    await office.take(bundle(laptop.session().join("person01", *WHO).join("person02", *OTHERS[0]).close()))
    server.stop()
    server.start()
    assert [name for name in (WHO[0], OTHERS[0][0]) if lies(server, name)] == [WHO[0], OTHERS[0][0]]
    done = await erase(office.home, "all", BADGE, [], "request", office.now)
    assert done.gone == 1 and done.pending == []
    server.stop()
    server.start()
    until = time.monotonic() + 10
    while lies(server, WHO[0]) and time.monotonic() < until:
        await asyncio.sleep(0.1)  # files that a transaction dropped are emptied at once and unlinked a moment later
    assert not lies(server, WHO[0]) and not lies(server, BADGE) and lies(server, OTHERS[0][0])


def lies(server: postgres.Server, text: str) -> bool:
    return any(text.encode() in path.read_bytes() for path in (server.data / "base").rglob("*") if path.is_file())


async def test_an_erasure_waits_for_who_reads_and_says_so(office: Office, laptop: Laptop) -> None:
    await office.take(bundle(laptop.session().join("person01", *WHO).close()))
    db = await office.home.database()
    try:
        async with db.reading() as tx:
            await tx.openings("nobody's")
            assert not await (await office.home.database()).forget_pages()
        assert await db.forget_pages()
    finally:
        await db.close()


# ---- versions ------------------------------------------------------------------------------------------------


async def test_tables_of_an_older_release_are_brought_up_and_of_a_newer_one_refused(
    office: Office, laptop: Laptop
) -> None:
    assert isinstance(office.home.place, str)
    await office.take(bundle(laptop.whole(people=2)))
    codes = (await office.picture(), b"".join(sorted(office.raw().split(b"\n"))))
    engine = Postgres(office.home.place)
    await engine.connect()
    try:
        for old in ("code", "unsettled", "settled", "swept", "unlisted", "forwarded", "forwarding", *DERIVED):
            await engine._db.execute(f"DROP TABLE {old}")
        await engine._db.execute("DROP INDEX finding_other, arrival_result; UPDATE central SET version = 1")
        await asyncio.gather(*[closed(office.home.place) for _ in range(3)])
        assert await engine.version() == VERSION
        assert results(await office.take(bundle(laptop.last or laptop.whole()))) == ["already"]
        assert (await office.picture()) == codes[0]
        async with (db := Database(engine)).reading() as tx:
            assert len(await tx._all("SELECT * FROM code")) == 2
        await engine._db.execute(f"UPDATE central SET version = {VERSION + 1}")
        with pytest.raises(DamagedData, match="newer release"):
            await open_database(office.home.place)
        await engine._db.execute("DROP TABLE central; CREATE TABLE central (x bigint)")
        with pytest.raises(DamagedData, match="not central's"):
            await open_database(office.home.place)
        await engine._db.execute("DROP TABLE central")
        with pytest.raises(FieldkitError, match="missing"):
            await open_database(office.home.place)
    finally:
        await db.close()


async def closed(place: str) -> None:
    await (await open_database(place)).close()
