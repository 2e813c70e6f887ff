"""Several commands on one file: what one has committed is there for all, whoever opens and closes it meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.sync.central.database import Database
from fieldkit.sync.central.databases import open_database
from fieldkit.sync.central.front.book import Access, Book
from fieldkit.sync.central.front.site import twice
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.rows import Finding
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_base import HURRIED_S, PATIENT_S, Busy
from tests.kit.central import NOON, Office
from tests.sync.fronted import Browser, account
from tests.sync.served import serving

LOOK = """
import asyncio, sys
from pathlib import Path
from fieldkit.sync.central.home import Home

async def look():
    db = await Home.open(Path(sys.argv[1])).database()
    async with db.reading() as tx:
        print(len(await tx.findings()))
    await db.close()

asyncio.run(look())
"""


def elsewhere(office: Office) -> int:
    """How many findings another process sees, which opens the database and closes it again."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(office.home.path)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


async def find(db: Database, k: int) -> None:
    async with db.transaction() as tx:
        await tx.put_finding(Finding("o", "gap", str(k), {}, NOON))


async def test_who_opens_it_beside_a_writer_takes_nothing_from_it(tmp_path: Path) -> None:
    """Closing any handle of the file takes the process's locks; the next one who closes it elsewhere then takes the
    write-ahead log away under the writer, and what the writer commits is on no disk."""
    office = await Office.make(tmp_path)
    writer = await office.home.database()
    await find(writer, 1)
    await (await Home.open(office.home.path).database()).close()  # as the next request to the same server does
    assert elsewhere(office) == 1
    await find(writer, 2)
    assert elsewhere(office) == 2
    await writer.close()
    assert elsewhere(office) == 2


HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process writes, and does not end."""
    run = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as one:
        assert one.stdout is not None and one.stdout.readline().strip() == b"held"
        yield
        one.communicate()


async def test_who_is_in_a_hurry_waits_once_for_somebody_who_writes(tmp_path: Path) -> None:
    office, asked = await Office.make(tmp_path), 0

    async def write(tx: Tx) -> None:
        nonlocal asked
        asked += 1
        await tx.put_finding(Finding("o", "gap", "1", {}, NOON))

    assert HURRIED_S <= 5 < PATIENT_S
    db = await open_database(office.home.place, wait_s=0.1)
    with held(office.home.path / "central.db"), pytest.raises(Busy, match="Another command is writing"):
        await twice(db, write)
    assert asked == 1, "a second try would double what a page takes to say so"
    await twice(db, write)
    await db.close()


@pytest.mark.slow
async def test_the_first_page_of_a_listener_says_soon_that_somebody_writes(tmp_path: Path) -> None:
    """It writes, too: what the list of sessions is found by."""
    office = await Office.make(tmp_path)
    account(office, "op")
    async with serving(office) as served:
        browser = Browser(served).as_("op")
        with held(office.home.path / "central.db"):
            got = await asyncio.wait_for(browser.get("/sessions"), 10)
            assert (got.status, got.headers["retry-after"]) == (503, "10") and "Try again later" in got.text
        assert (await browser.get("/sessions")).status == 200


COUNT = """
import sys
from pathlib import Path
from fieldkit.sync.central.front.book import Book

book = Book(Path(sys.argv[1]))
print(len(book.accesses(1 << 62, "", "", 10)))
book.close()
"""


def test_the_access_log_is_one_for_all_processes(tmp_path: Path) -> None:
    def seen() -> int:
        command = [sys.executable, "-c", COUNT, str(tmp_path)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    book = Book(tmp_path)
    book.note(Access(NOON, "op", "::1", "in"))
    Book(tmp_path).close()
    assert seen() == 1
    book.note(Access(NOON, "op", "::1", "out"))
    assert seen() == 2
    book.close()
