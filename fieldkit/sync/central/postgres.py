"""Central's database on PostgreSQL: one connection, for `postgresql://…` in central.toml. Needs the extra `postgres`.

The same tables and statements as on SQLite, said in PostgreSQL's tongue. Who writes holds the one row of `central`:
one transaction writes at a time, of however many processes and machines, and under READ COMMITTED each of its questions
sees everything that was committed before. There are no serials, triggers, LISTEN or advisory locks. Many rows go in one
journey: records by COPY, the rest as arrays, and neighbours together (`journeys`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible, install
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.journeys import grouped, joined
from fieldkit.sync.central.schema import VERSION, bring_up
from fieldkit.sync.central.tx import ADD_OPENING, ADD_PRESENCE, ADD_RECORD
from fieldkit.sync.central.tx_base import PATIENT_S, Again, Busy, Lost, Question, Step, Values
from fieldkit.sync.central.tx_codes import ADD_CODE

T = TypeVar("T")
CONNECT_S = 15.0
QUIET_S = 300.0
"""Seconds after which a statement without an answer means that the database is gone."""
SETTINGS = {
    "application_name": "fieldkit central",
    "synchronous_commit": "on",  # whatever the server says: nothing is told before it is on disk
    "idle_in_transaction_session_timeout": "10min",  # a machine that vanished must not keep its turn
    "jit": "off",
}
TURN = "CREATE TABLE central (one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1), version BIGINT NOT NULL)"
_BEGIN = {
    "write": "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT version FROM central WHERE one = 1 FOR UPDATE",
    "read": "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "make": "BEGIN",
}
_TYPES = {"i": "bigint", "line": "bytea", "from_ms": "bigint", "until_ms": "bigint"}
"""Columns of `_MANY` that are no text."""
_SHARDED = "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')"
"""Whether each statement has to go alone: Citus takes none that changes several of its tables."""
_COPY = 100
"""Records from which on COPY is the cheaper way: it takes three journeys."""
PRIVATE = "opening, presence, finding, blob, did, learnt, touched, person, standing"
"""Tables out of which an erasure takes something."""


def _many(table: str, columns: str, which: str = "") -> str:
    named = columns.split(", ")
    arrays = ", ".join(f"${n}::{_TYPES.get(one, 'text')}[]" for n, one in enumerate(named, 1))
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM unnest({arrays}) AS new ({columns}) {which}"


_SETTLED = "SELECT 1 FROM erased e WHERE e.origin = new.origin AND e.i = new.i"
_MANY = {
    ADD_RECORD: _many("record", "origin, i, x, line"),
    ADD_CODE: _many("code", "origin, i, code"),
    ADD_OPENING: _many("opening", "origin, i, line", f"WHERE NOT EXISTS ({_SETTLED}) ON CONFLICT DO NOTHING"),
    ADD_PRESENCE: _many("presence", "origin, p, badge, issuer, from_ms, until_ms", "ON CONFLICT DO NOTHING"),
}
"""A statement for one row → the same for columns of many."""


class Postgres:
    """The engine."""

    def __init__(self, url: str, wait_s: float = PATIENT_S) -> None:
        self._library = _library()
        self._wait = f"{int(wait_s * 1000)}ms"
        self._url = url
        self._db: Any = None
        self._together = True
        self.where = shown(url)

    async def connect(self) -> None:
        """Raises FieldkitError."""

        async def connected() -> Any:
            settings = SETTINGS | {"lock_timeout": self._wait}
            db = await self._library.connect(
                self._url, timeout=CONNECT_S, command_timeout=QUIET_S, server_settings=settings
            )
            self._together = not await db.fetchval(_SHARDED)
            return db

        self._db = await self._told(connected)

    async def _told(self, do: Callable[[], Awaitable[T]]) -> T:
        """What this comes to, in our errors."""
        try:
            return await do()
        except (self._library.PostgresError, self._library.InterfaceError, OSError, TimeoutError, ValueError) as wrong:
            raise _wrong(self._library, wrong, self.where) from wrong

    async def work(
        self, begin: str, steps: Sequence[Step], questions: Sequence[Question], commit: bool
    ) -> list[list[Values]]:
        if begin and self._db.is_closed():
            await self.connect()
        return await self._told(lambda: self._work(begin, steps, questions, commit))

    async def _work(
        self, begin: str, steps: Sequence[Step], questions: Sequence[Question], commit: bool
    ) -> list[list[Values]]:
        if begin:
            await self._db.execute(_BEGIN[begin])
        for group in grouped(steps, _fits) if self._together else ([step] for step in steps):
            await self._steps(group)
        found = [[tuple(row) for row in await self._db.fetch(said(sql), *values)] for sql, values in questions]
        if commit:
            await self._db.execute("COMMIT")
        return found

    async def _steps(self, group: Sequence[Step]) -> None:
        sql, rows, must = group[0]
        if len(group) > 1:
            await self._db.execute(*joined([_one_statement(step) for step in group]))
        elif _copied(group[0]):
            await self._db.copy_records_to_table("record", records=rows, columns=("origin", "i", "x", "line"))
        elif _fits(group[0]):
            done = await self._db.execute(*_one_statement(group[0]))
            if must and not done.endswith(" 1"):
                raise Lost
        else:
            await self._db.executemany(said(sql), rows)

    async def rollback(self) -> None:
        if not self._db.is_closed() and self._db.is_in_transaction():
            try:
                await self._told(lambda: self._db.execute("ROLLBACK"))
            except FieldkitError:
                self._db.terminate()  # a connection that is lost has taken everything back

    def alone(self) -> None:
        """It waits for the server on its loop anyway."""

    async def settle(self) -> None:
        """What can be read is on disk: `synchronous_commit` shows nothing before."""

    async def forget_pages(self) -> bool:
        """The tables are written anew, and PostgreSQL deletes the old files. Its own journal and copies of it are the
        database's operator's (docs/central.md)."""
        if self._db.is_closed():
            await self.connect()
        try:
            await self._told(lambda: self._db.execute("SET lock_timeout = '2s'"))
            await self._told(lambda: self._db.execute(f"VACUUM (FULL) {PRIVATE}", timeout=3600))
            await self._told(lambda: self._db.execute(f"SET lock_timeout = '{self._wait}'"))
        except FieldkitError as wrong:
            if isinstance(wrong.__cause__, self._library.PostgresError) and not self._db.is_closed():
                return False  # somebody reads, or this database has no such command: it stays to be done
            raise
        return True

    async def close(self) -> None:
        if self._db is not None and not self._db.is_closed():
            try:
                await self._told(lambda: self._db.close(timeout=5))
            except FieldkitError:
                self._db.terminate()

    # -- versions ----------------------------------------------------------------------------------------------

    async def version(self) -> int | None:
        """The version of the tables that are here, None where there are none. Raises DamagedData."""
        if await self._told(lambda: self._db.fetchval("SELECT to_regclass('central') IS NULL")):
            return None
        try:
            version = await self._told(lambda: self._db.fetchval("SELECT version FROM central WHERE one = 1"))
        except FieldkitError as wrong:
            if not isinstance(wrong.__cause__, self._library.UndefinedColumnError):
                raise
            version = None
        if version is None:
            raise DamagedData(f"{self.where} is not central's database.", "Look at central.toml.")
        if version > VERSION:
            raise DamagedData(
                f"Central's database {self.where} was written by a newer release.",
                "Use that release, or restore a backup.",
            )
        return int(version)


def _copied(step: Step) -> bool:
    return step.sql == ADD_RECORD and len(step.rows) >= _COPY


def _fits(step: Step) -> bool:
    """Whether all of its rows go as one statement."""
    return not _copied(step) and (step.sql in _MANY or len(step.rows) == 1)


def _one_statement(step: Step) -> tuple[str, *tuple[Values, ...]]:
    """The statement and its values."""
    if step.sql in _MANY:
        return _MANY[step.sql], *(list(column) for column in zip(*step.rows, strict=True))
    return said(step.sql), *step.rows[0]


async def open_postgres(url: str, *, create: bool = False, wait_s: float = PATIENT_S) -> Database:
    """The database at this address, its tables those of this release: with `create` made, else brought up from those of
    an older one, all or nothing. Raises FieldkitError, DamagedData; NotPossible for making one where one is."""
    engine = Postgres(url, wait_s)
    await engine.connect()
    db = Database(engine)
    try:
        version = await engine.version()
        if create and version is None:
            await _made(db, engine)
        elif create:
            raise NotPossible(
                f"There is a central in the database {engine.where} already.", "Name another, or an empty one."
            )
        elif version is None:
            raise FieldkitError(
                f"Central's database {engine.where} is missing.", "Restore it from a backup with this folder."
            )
        elif version != VERSION:
            await _migrate(db, engine)
    except BaseException:
        await db.close()
        raise
    return db


async def vacant(url: str) -> None:
    """Raises FieldkitError when the database cannot be reached, NotPossible when there is a central in it."""
    engine = Postgres(url)
    await engine.connect()
    try:
        if await engine.version() is not None:
            raise NotPossible(
                f"There is a central in the database {engine.where} already.", "Name another, or an empty one."
            )
    finally:
        await engine.close()


async def _made(db: Database, engine: Postgres) -> None:
    steps = [Step(TURN, [()]), Step("INSERT INTO central (one, version) VALUES (1, 0)", [()])]
    try:
        await engine.work("make", steps, (), commit=True)
    finally:
        await engine.rollback()
    await _migrate(db, engine)


async def _migrate(db: Database, engine: Postgres) -> None:
    try:
        async with db.transaction() as tx:
            await tx.begin()  # another command may have done it while this one waited
            await bring_up(tx, await engine.version() or 0, _tongue)
            await tx.change(f"UPDATE central SET version = {VERSION} WHERE one = 1")
    except BadBytes as wrong:
        raise DamagedData(f"Central's database {engine.where} is damaged.", "Restore it from a backup.") from wrong


def _tongue(statement: str) -> str:
    """A statement of `schema` for PostgreSQL. Text is compared by its bytes, as on SQLite and whatever the server's
    locale: the tables are read by ranges of origins."""
    for here, there in (
        (r"\bINTEGER\b", "BIGINT"),
        (r"\bBLOB\b", "BYTEA"),
        (r"\bTEXT\b", 'TEXT COLLATE "C"'),
        (r"\) STRICT(, WITHOUT ROWID)?", ")"),
    ):
        statement = re.sub(here, there, statement)
    return statement


@functools.cache
def said(sql: str) -> str:
    """A statement with numbered marks for PostgreSQL."""
    sql = re.sub(r"instr\((\w+), (\?\d+)\)", r"position(\2 IN \1)", sql)
    return re.sub(r"\?(\d+)", r"$\1", sql)


def shown(url: str) -> str:
    """An address as it may be shown: without a password."""
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        return "postgresql://…"
    return f"postgresql://{host}{parts.path}"


def _library() -> Any:
    try:
        import asyncpg  # type: ignore[import-untyped]
    except ImportError as wrong:
        raise FieldkitError(
            "The part of fieldkit that speaks to PostgreSQL is not installed.",
            f"Run, with the file of this release: {install('postgres')}",
        ) from wrong
    return asyncpg


def _wrong(library: Any, wrong: Exception, where: str) -> FieldkitError:
    """The sentence for what PostgreSQL or the way to it says."""
    if isinstance(wrong, library.SerializationError | library.DeadlockDetectedError):
        return Again("Another command changed the same thing at the same moment.", "Try again.")
    if isinstance(wrong, library.LockNotAvailableError):
        return Busy()
    gone = (library.PostgresConnectionError, library.AdminShutdownError, library.CrashShutdownError)
    away = (*gone, library.CannotConnectNowError, library.ConnectionDoesNotExistError, library.TooManyConnectionsError)
    if isinstance(wrong, (*away, OSError, TimeoutError)) or "connection" in str(wrong):
        return FieldkitError(
            f"Central's database {where} cannot be reached.",
            "Nothing was half stored. When PostgreSQL runs again, do the same once more.",
        )
    what = str(wrong).partition("\n")[0][:200]
    return FieldkitError(
        f"Central's database {where} did not do what was asked ({what}).",
        "Look at the address in central.toml, at who may do what there, and at its disk; nothing was half stored.",
    )
