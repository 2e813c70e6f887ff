"""Central's database on SQLite: one file, one connection, a thread of its own, unless the loop has nothing else to do.

A transaction that writes begins with BEGIN IMMEDIATE: read-then-write in a deferred transaction fails at once with
BUSY_SNAPSHOT, whatever the timeout says.
"""

from __future__ import annotations

import asyncio
import functools
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from fieldkit.errors import BadBytes, DamagedData, FieldkitError
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.schema import VERSION, bring_up
from fieldkit.sync.central.tx import ADD_OPENING, ADD_PRESENCE, ADD_RECORD
from fieldkit.sync.central.tx_base import PATIENT_S, Busy, Lost, Question, Step, Values
from fieldkit.sync.central.tx_codes import ADD_CODE

T = TypeVar("T")
APPLICATION_ID = 0x464B4954
_BEGIN = {"write": "BEGIN IMMEDIATE", "read": "BEGIN"}
_SETTINGS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "fullfsync = 1")


_TOGETHER = (100, 10)
"""Rows of one statement: a third cheaper than a statement a row. SQLite before 3.32 takes 999 values in one."""
_SETTLED = "SELECT 1 FROM erased WHERE origin = column1 AND i = column2"
_MANY = {
    ADD_RECORD: ("INSERT OR FAIL INTO record (origin, i, x, line) VALUES {}", 4),
    ADD_CODE: ("INSERT OR FAIL INTO code (origin, i, code) VALUES {}", 3),
    ADD_OPENING: (
        "INSERT OR FAIL INTO opening (origin, i, line) SELECT column1, column2, column3 FROM (VALUES {})"
        f" WHERE NOT EXISTS ({_SETTLED}) ON CONFLICT DO NOTHING",
        3,
    ),
    ADD_PRESENCE: (
        "INSERT OR FAIL INTO presence (origin, p, badge, issuer, from_ms, until_ms) VALUES {} ON CONFLICT DO NOTHING",
        6,
    ),
}
"""A statement for one row → the same for many, and how many values a row has."""


@functools.cache
def _together(sql: str, n: int) -> str:
    many, values = _MANY[sql]
    return many.format(", ".join(["(" + ", ".join("?" * values) + ")"] * n))


def _many(db: sqlite3.Connection, sql: str, rows: Sequence[Values]) -> Sequence[Values]:
    """Write as many of these rows as go together; the rest."""
    at = 0
    for n in _TOGETHER:
        while at + n <= len(rows):
            db.execute(_together(sql, n), list(chain.from_iterable(rows[at : at + n])))
            at += n
    return rows[at:]


class Sqlite:
    """The engine. Every call runs in its one thread, in the order in which it was asked for; once it is `alone`, at
    once in the caller's, where nothing of it runs in the other."""

    def __init__(self, path: Path, db: sqlite3.Connection, thread: ThreadPoolExecutor, wait_s: float) -> None:
        self.path = path
        self._busy_ms = int(wait_s * 1000)
        self._db = db
        self._thread = thread
        self._alone = False
        self._last: Future[Any] | None = None

    @classmethod
    async def open(cls, path: Path, *, create: bool = False, wait_s: float = PATIENT_S) -> Sqlite:
        """Open the database, or make it. `wait_s`: how long for others that write. Raises FieldkitError if it is
        missing, DamagedData if it is not ours."""
        if not create and not path.exists():
            raise FieldkitError(f"Central's database {path} is missing.", "Restore it from a backup of this folder.")
        if create:
            born(path)
        thread = ThreadPoolExecutor(1, "central-db")

        def connect() -> sqlite3.Connection:
            # Asked and closed in this thread alone; another one may let go of what a crash left open.
            db = sqlite3.connect(path, isolation_level=None, timeout=wait_s, check_same_thread=False)
            try:
                for setting in _SETTINGS:
                    db.execute(f"PRAGMA {setting}")
            except BaseException:
                db.close()
                raise
            return db

        try:
            db = await asyncio.get_running_loop().run_in_executor(thread, connect)
        except sqlite3.Error as error:
            thread.shutdown(wait=False)
            raise _wrong(error, path) from error
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(path, db, thread, wait_s)

    async def hop(self, do: Callable[[], T]) -> T:
        """Run this in the database's thread. Raises FieldkitError."""
        self._last = last = self._thread.submit(do)
        try:
            return await asyncio.wrap_future(last)
        except sqlite3.Error as error:
            raise _wrong(error, self.path) from error

    def alone(self) -> None:
        """The loop of whoever calls this waits for nothing else while a session is taken in: two changes of thread a
        question cost more than most questions."""
        self._alone = True

    async def work(
        self, begin: str, steps: Sequence[Step], questions: Sequence[Question], commit: bool
    ) -> list[list[Values]]:
        if not self._here():
            return await self.hop(lambda: self._work(begin, steps, questions, commit))
        try:
            if begin == "write":
                begin = "" if self._at_once() else await self._in_turn()
            return self._work(begin, steps, questions, commit)
        except sqlite3.Error as error:
            raise _wrong(error, self.path) from error

    def _here(self) -> bool:
        """Whether to ask in this thread. What somebody gave up waiting for may still run in the other."""
        return self._alone and (self._last is None or self._last.done())

    def _at_once(self) -> bool:
        """Begin to write if nobody else does. Raises sqlite3.Error."""
        self._db.execute("PRAGMA busy_timeout = 0").fetchall()
        try:
            self._db.execute(_BEGIN["write"])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {self._busy_ms}").fetchall()
        return True

    async def _in_turn(self) -> str:
        """Begin to write when the others are through; Ctrl-C and everything else on this loop does not wait for it."""
        await self.hop(lambda: self._db.execute(_BEGIN["write"]))
        return ""

    def _work(
        self, begin: str, steps: Sequence[Step], questions: Sequence[Question], commit: bool
    ) -> list[list[Values]]:
        db = self._db
        if begin:
            db.execute(_BEGIN[begin])
        for sql, rows, must in steps:
            if sql in _MANY:
                rows = _many(db, sql, rows)
            done = db.execute(sql, rows[0]) if len(rows) == 1 else db.executemany(sql, rows)
            if must and done.rowcount != len(rows):
                raise Lost
        found = [db.execute(sql, values).fetchall() for sql, values in questions]
        if commit:
            db.execute("COMMIT")
        return found

    async def rollback(self) -> None:
        if self._db.in_transaction:  # SQLITE_FULL rolls back by itself; a blind ROLLBACK would then raise
            await self.hop(lambda: self._db.execute("ROLLBACK") if self._db.in_transaction else None)

    async def settle(self) -> None:
        """A commit whose sync failed may be there to read, on no disk (`fieldkit.log.schema.settle`), and whoever made
        it may be gone."""
        await self.hop(lambda: self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall())

    async def forget_pages(self) -> bool:
        """Nothing is left in the file or its write-ahead log, as `fieldkit.log.erasing` says."""

        def forget() -> bool:
            self._db.execute("VACUUM")
            ((busy, _, _),) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return not busy

        return await self.hop(forget)

    async def close(self) -> None:
        try:
            await self.hop(self._db.close)
        finally:
            self._thread.shutdown(wait=False)

    # -- versions ----------------------------------------------------------------------------------------------

    async def version(self) -> int:
        """The version of the tables that are here, 0 for an empty file. Raises DamagedData."""
        return await self.hop(self._version)

    def _version(self) -> int:
        ((version,),) = self._db.execute("PRAGMA user_version").fetchall()
        if version > VERSION:
            raise DamagedData(
                f"Central's database {self.path} was written by a newer release.",
                "Use that release, or restore a backup.",
            )
        ((ours,),) = self._db.execute("PRAGMA application_id").fetchall()
        ((tables,),) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchall()
        if ours != APPLICATION_ID if version else tables:
            raise DamagedData(f"{self.path} is not central's database.", "Check --home.")
        return int(version)


async def open_sqlite(path: Path, *, create: bool = False, wait_s: float = PATIENT_S) -> Database:
    """The database in this file, its tables those of this release: made, or brought up from those of an older one, all
    or nothing. Raises FieldkitError, DamagedData."""
    engine = await Sqlite.open(path, create=create, wait_s=wait_s)
    db = Database(engine)
    try:
        if await engine.version() != VERSION:
            await _migrate(db, engine)
    except BaseException:
        await db.close()
        raise
    return db


async def _migrate(db: Database, engine: Sqlite) -> None:
    try:
        async with db.transaction() as tx:
            await tx.begin()  # another command may have done it while this one waited
            await bring_up(tx, await engine.version())
            await tx.change(f"PRAGMA application_id = {APPLICATION_ID}")
            await tx.change(f"PRAGMA user_version = {VERSION}")
    except BadBytes as wrong:
        raise DamagedData(
            f"Central's database {engine.path} is damaged.", "Restore it from a backup of this folder."
        ) from wrong


def born(path: Path) -> None:
    """An empty file of mode 0600: SQLite would give birth to it as 0644. One that is there is not touched: closing any
    handle of it takes the locks of every connection that this process has, and whoever then closes theirs elsewhere
    takes the write-ahead log away under them, with what was committed (sqlite.org/howtocorrupt.html, 2.2)."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return


def _wrong(error: sqlite3.Error, path: Path) -> FieldkitError:
    """The sentence for what SQLite says: damaged, busy for too long, or a disk that refuses."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedData(f"Central's database {path} is damaged.", "Restore it from a backup of this folder.")
    if code == sqlite3.SQLITE_BUSY:
        return Busy()
    return FieldkitError(
        f"Central's database {path} could not be read or written ({error}).",
        "Check that the disk has space and the folder belongs to you; nothing was half stored.",
    )
