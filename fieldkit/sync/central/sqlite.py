"""Central's database on SQLite: what is stored, told in plain verbs; no rule of the log is decided here.

Every unique key begins with the session's origin and there are no serials and no triggers, so that the same tables
run on a database that is spread over machines by origin. One `Tx` is one transaction (BEGIN IMMEDIATE: read-then-write
in a deferred transaction fails at once with BUSY_SNAPSHOT, whatever the timeout says); nobody else writes while it
is open, and leaving it by an exception takes everything back.

Times are Unix ms (`ms`) or s (`s`) as central's clock gave them; roots and hashes are raw bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

import aiosqlite
import msgspec

from fieldkit.errors import DamagedData, FieldkitError
from fieldkit.sync.central.rows import Arrival, Finding, Presence, Stored
from fieldkit.sync.central.sqlite_history import as_json
from fieldkit.sync.central.sqlite_schema import migrate
from fieldkit.sync.central.sqlite_tombs import TombTx

BATCH = 2000
"""Rows fetched or inserted at a time: bounds memory without paying a thread hop a row."""

_STORED = ", ".join(Stored.__struct_fields__)
_ARRIVAL = ", ".join(Arrival.__struct_fields__)


class Tx(TombTx):
    """One transaction. Only `Database.transaction` makes these."""

    _db: aiosqlite.Connection

    # -- sessions --------------------------------------------------------------------------------------------

    async def stored(self, origin: str) -> Stored | None:
        rows = await self._all(f"SELECT {_STORED} FROM session WHERE origin = ?", origin)
        return Stored(*rows[0]) if rows else None

    async def sessions(self) -> list[Stored]:
        return [Stored(*row) for row in await self._all(f"SELECT {_STORED} FROM session ORDER BY device, seq, origin")]

    async def of_device(self, device: str) -> list[Stored]:
        """All sessions signed by one public key, by sequence number."""
        sql = f"SELECT {_STORED} FROM session WHERE device = ? ORDER BY seq, origin"
        return [Stored(*row) for row in await self._all(sql, device)]

    async def add_session(self, new: Stored) -> bool:
        """False if somebody else made it first: the compare half of compare-and-set from nothing."""
        marks = ", ".join("?" for _ in Stored.__struct_fields__)
        done = await self._db.execute(
            f"INSERT INTO session ({_STORED}) VALUES ({marks}) ON CONFLICT DO NOTHING", msgspec.structs.astuple(new)
        )
        return done.rowcount == 1

    async def move_head(self, new: Stored, size: int, root: bytes) -> bool:
        """Compare-and-set: put `new`'s head in place of exactly (size, root); False if it is not there any more."""
        done = await self._db.execute(
            "UPDATE session SET size = ?, root = ?, frontier = ?, checkpoint = ?, ms = ?"
            " WHERE origin = ? AND size = ? AND root = ?",
            (new.size, new.root, new.frontier, new.checkpoint, new.ms, new.origin, size, root),
        )
        return done.rowcount == 1

    async def set_checkpoint(self, origin: str, note: bytes) -> None:
        await self._db.execute("UPDATE session SET checkpoint = ? WHERE origin = ?", (note, origin))

    async def add_cosigned(self, origin: str, size: int, root: bytes, s: int) -> None:
        await self._db.execute(
            "INSERT INTO cosigned (origin, size, root, s) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (origin, size, root, s),
        )

    async def cosigned_before(self, origin: str, s: int) -> int:
        """The largest size of this session that central cosigned before the given second; 0 if none."""
        rows = await self._all("SELECT max(size) FROM cosigned WHERE origin = ? AND s < ?", origin, s)
        return int(rows[0][0] or 0)

    # -- records and what belongs to them --------------------------------------------------------------------

    async def add_records(self, origin: str, rows: Sequence[tuple[int, str | None, bytes]]) -> None:
        """(index, x, line) each; an index that is there already is a bug and raises."""
        await self._db.executemany(
            "INSERT INTO record (origin, i, x, line) VALUES (?, ?, ?, ?)", [(origin, *row) for row in rows]
        )
        await self.add_codes(origin, [(i, line) for i, _, line in rows])

    async def lines(self, origin: str, upto: int | None = None) -> AsyncIterator[list[bytes]]:
        """The record lines in order, in batches."""
        at = 0
        stop = (1 << 53) if upto is None else upto
        while at < stop:
            rows = await self._all(
                "SELECT line FROM record WHERE origin = ? AND i >= ? AND i < ? ORDER BY i",
                origin,
                at,
                min(stop, at + BATCH),
            )
            if not rows:
                return
            yield [row[0] for row in rows]
            at += len(rows)

    async def xs_settled(self, origin: str) -> list[str]:
        """The x values, by index, whose opening central holds or has erased: what a receipt vouches for."""
        sql = (
            "SELECT r.x FROM record r WHERE r.origin = ? AND r.x IS NOT NULL AND ("
            " EXISTS (SELECT 1 FROM opening o WHERE o.origin = r.origin AND o.i = r.i)"
            " OR EXISTS (SELECT 1 FROM erased e WHERE e.origin = r.origin AND e.i = r.i)) ORDER BY r.i"
        )
        return [row[0] for row in await self._all(sql, origin)]

    async def add_openings(self, origin: str, rows: Sequence[tuple[int, bytes]]) -> int:
        """Merge (index, line); those held already or erased stay as they are. Returns how many were new."""
        done = await self._db.executemany(
            "INSERT INTO opening (origin, i, line) SELECT ?1, ?2, ?3"
            " WHERE NOT EXISTS (SELECT 1 FROM erased WHERE origin = ?1 AND i = ?2) ON CONFLICT DO NOTHING",
            [(origin, i, line) for i, line in rows],
        )
        return max(0, done.rowcount)

    async def openings(self, origin: str, first: int = 0, stop: int = 1 << 53) -> dict[int, bytes]:
        """Index → line of the openings that are there, from `first` to before `stop`."""
        sql = "SELECT i, line FROM opening WHERE origin = ? AND i >= ? AND i < ?"
        return dict(await self._all(sql, origin, first, stop))

    async def xs(self, origin: str) -> dict[int, str]:
        """Index → x of the stored records that have a private half."""
        return dict(await self._all("SELECT i, x FROM record WHERE origin = ? AND x IS NOT NULL", origin))

    async def add_blob(self, origin: str, sha256: str, data: bytes) -> None:
        await self._db.execute(
            "INSERT INTO blob (origin, sha256, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (origin, sha256, data)
        )

    async def blob(self, origin: str, sha256: str) -> bytes | None:
        rows = await self._all("SELECT bytes FROM blob WHERE origin = ? AND sha256 = ?", origin, sha256)
        return rows[0][0] if rows else None

    async def add_signed(self, origin: str, size: int, note: bytes) -> None:
        await self._db.execute(
            "INSERT INTO signed (origin, size, note) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (origin, size, note)
        )

    async def signed(self, origin: str) -> list[bytes]:
        return [row[0] for row in await self._all("SELECT note FROM signed WHERE origin = ? ORDER BY size", origin)]

    # -- what happened, and what needs a person --------------------------------------------------------------

    async def put_arrival(self, new: Arrival) -> None:
        marks = ", ".join("?" for _ in Arrival.__struct_fields__)
        await self._db.execute(
            f"INSERT INTO arrival ({_ARRIVAL}) VALUES ({marks}) ON CONFLICT (origin, sha256) DO UPDATE SET"
            " name = excluded.name, size = excluded.size, checkpoint = excluded.checkpoint,"
            " result = excluded.result, reason = excluded.reason, ms = excluded.ms",
            msgspec.structs.astuple(new),
        )

    async def drop_arrivals(self, sha256: str, keep: Iterable[str]) -> None:
        """Forget older verdicts on a file that its newest reading did not repeat."""
        kept = set(keep)
        for (origin,) in await self._all("SELECT origin FROM arrival WHERE sha256 = ?", sha256):
            if origin not in kept:
                await self._db.execute("DELETE FROM arrival WHERE origin = ? AND sha256 = ?", (origin, sha256))

    async def arrivals(self, sha256: str | None = None) -> list[Arrival]:
        """By file, or all that were not taken."""
        if sha256 is not None:
            rows = await self._all(f"SELECT {_ARRIVAL} FROM arrival WHERE sha256 = ? ORDER BY origin", sha256)
        else:
            rows = await self._all(
                f"SELECT {_ARRIVAL} FROM arrival WHERE result IN ('held', 'fork', 'refused')"
                " ORDER BY ms, origin, sha256"
            )
        return [Arrival(*row) for row in rows]

    async def arrived_with(self, piece: str) -> list[tuple[str, bytes]]:
        """(origin, checkpoint as it came) of every file in whose checkpoint `piece` stands."""
        sql = "SELECT origin, checkpoint FROM arrival WHERE instr(checkpoint, ?) > 0 ORDER BY ms, origin, sha256"
        return [(origin, note) for origin, note in await self._all(sql, piece.encode())]

    async def put_finding(self, new: Finding) -> None:
        """A finding that is known already keeps the time at which it was first seen."""
        await self._db.execute(
            "INSERT INTO finding (origin, code, other, detail, ms) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (origin, code, other) DO UPDATE SET detail = excluded.detail",
            (new.origin, new.code, new.other, as_json(new.detail), new.ms),
        )

    async def drop_finding(self, origin: str, code: str, other: str) -> None:
        await self._db.execute("DELETE FROM finding WHERE origin = ? AND code = ? AND other = ?", (origin, code, other))

    async def findings(self, origin: str | None = None, code: str | None = None) -> list[Finding]:
        rows = await self._all(
            "SELECT origin, code, other, detail, ms FROM finding"
            " WHERE (?1 IS NULL OR origin = ?1) AND (?2 IS NULL OR code = ?2) ORDER BY ms, origin, code, other",
            origin,
            code,
        )
        return [Finding(o, c, other, msgspec.json.decode(detail), ms) for o, c, other, detail, ms in rows]

    async def set_presence(self, origin: str, rows: Iterable[Presence]) -> None:
        await self._db.execute("DELETE FROM presence WHERE origin = ?", (origin,))
        await self._db.executemany(
            "INSERT INTO presence (origin, p, badge, issuer, from_ms, until_ms) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [msgspec.structs.astuple(row) for row in rows],
        )

    async def overlaps(self, origin: str) -> list[tuple[Presence, Presence]]:
        """(stay in this session, stay of the same badge in another one that shares a moment with it), all of them: one
        question, because a hop to the database's thread for each stay would cost more than everything else here."""
        sql = (
            "SELECT a.origin, a.p, a.badge, a.issuer, a.from_ms, a.until_ms,"
            " b.origin, b.p, b.badge, b.issuer, b.from_ms, b.until_ms"
            " FROM presence a CROSS JOIN presence b ON b.badge = a.badge AND b.origin <> a.origin"
            " AND b.from_ms < a.until_ms AND b.until_ms > a.from_ms"
            " AND (b.issuer = a.issuer OR b.issuer = '' OR a.issuer = '')"
            " WHERE a.origin = ? ORDER BY a.p, a.from_ms, b.origin, b.p, b.from_ms"
        )
        return [(Presence(*row[:6]), Presence(*row[6:])) for row in await self._all(sql, origin)]


class Database:
    """Central's database file. One connection; transactions of one process wait for each other here."""

    def __init__(self, db: aiosqlite.Connection, path: Path) -> None:
        self._db = db
        self._turn = asyncio.Lock()
        self.path = path

    @classmethod
    async def open(cls, path: Path, *, create: bool = False) -> Database:
        """Open the database, or make it. Raises FieldkitError if it is missing, DamagedData if it is not ours."""
        if not create and not path.exists():
            raise FieldkitError(f"Central's database {path} is missing.", "Restore it from a backup of this folder.")
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite would give birth to it as 0644
        db = await aiosqlite.connect(path, isolation_level=None, timeout=60.0)
        try:
            for setting in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "secure_delete = ON",
                "recursive_triggers = ON",
                "fullfsync = 1",
            ):
                await db.execute(f"PRAGMA {setting}")
            await migrate(db, path)
        except sqlite3.Error as error:
            await db.close()
            raise _wrong(error, path) from error
        except BaseException:
            await db.close()
            raise
        return cls(db, path)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """All or nothing; the commit is on disk when the block has been left without an exception."""
        async with self._turn:
            try:
                await self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield Tx(self._db)
                    # Cancelling an await on aiosqlite does not cancel the SQL: a commit, once begun, is waited for.
                    await asyncio.shield(self._db.execute("COMMIT"))
                finally:
                    if self._db.in_transaction:  # SQLITE_FULL rolls back by itself; a blind ROLLBACK would then raise
                        await asyncio.shield(self._db.execute("ROLLBACK"))
            except sqlite3.Error as error:
                raise _wrong(error, self.path) from error

    async def settle(self) -> None:
        """Before anything that is found here is cosigned, receipted or called *already*: write it where it is sure to
        be. A commit whose sync failed may be there to read, on no disk (`fieldkit.log.schema.settle`), and whoever
        made it may be gone. Waits for nobody. Raises FieldkitError."""
        async with self._turn:
            try:
                await self._db.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")
            except sqlite3.Error as error:
                raise _wrong(error, self.path) from error

    async def forget_pages(self) -> bool:
        """After an erasure: leave no copy of it in the file or its write-ahead log, as `fieldkit.log.erasing` says.
        False while somebody reads; then it is to be done again. Raises FieldkitError."""
        async with self._turn:
            try:
                await self._db.execute("VACUUM")
                ((busy, _, _),) = await self._db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                raise _wrong(error, self.path) from error
        return not busy

    async def close(self) -> None:
        await self._db.close()


def _wrong(error: sqlite3.Error, path: Path) -> FieldkitError:
    """The sentence for what SQLite says: damaged, busy for a minute, or a disk that refuses."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedData(f"Central's database {path} is damaged.", "Restore it from a backup of this folder.")
    if code == sqlite3.SQLITE_BUSY:
        return FieldkitError("Another command has been writing to central's database for a minute.", "Try again.")
    return FieldkitError(
        f"Central's database {path} could not be read or written ({error}).",
        "Check that the disk has space and the folder belongs to you; nothing was half stored.",
    )
