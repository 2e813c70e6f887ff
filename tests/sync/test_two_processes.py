"""Several commands on one file: what one has committed is there for all, whoever opens and closes it meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fieldkit.sync.central.database import Database
from fieldkit.sync.central.front.book import Access, Book
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.rows import Finding
from tests.kit.central import NOON, Office

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
