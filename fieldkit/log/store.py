"""The live session file: the one writer, and the law that nothing is told before it is on disk.

A commit, under the session's OS lock, in one piece on the database's own thread: BEGIN IMMEDIATE; the head is read
from the database, never from memory; records, openings and intents are inserted; the device signs the new root; the
checkpoint is inserted; COMMIT. Only when `append` returns may a byte about it leave.

When an append fails after BEGIN its outcome may be unknown: `AppendUnknown`. The store then refuses to go on until
`reopen()` has read from disk what really happened; the desk re-folds, and retries are harmless by their intent ids.
An open file that was moved or deleted can still be written to, and all of it would be lost: before and after every
commit the path must lead to the file that was opened.
Cancelling whoever waits for an append does not cancel the commit: its records may be on disk, so a cancelled append
is never "not done".
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite

from fieldkit.core.records import Record
from fieldkit.errors import BadBytes, DamagedData, DiskFull, FieldkitError, NotPossible
from fieldkit.log import commit, erasing, schema
from fieldkit.log.batch import Moment, Pending, declared, number
from fieldkit.log.bulk import leaf_hashes, parse_records
from fieldkit.log.commit import Head
from fieldkit.log.keys import Signer
from fieldkit.log.lock import Lock
from fieldkit.log.merkle import EMPTY_ROOT
from fieldkit.log.note import Checkpoint, add_signatures, sign_note
from fieldkit.log.place import Place

__all__ = ["AppendUnknown", "DiskFull", "Head", "Moment", "Pending", "Store", "StoreBusy"]

T = TypeVar("T")

FIXED = ("origin", "plan")  # keys of meta that are written when the session is made and never again


class AppendUnknown(FieldkitError):
    """Whether the last records reached the disk is not known; read the log again before going on."""


class StoreBusy(FieldkitError):
    """Another program is writing to the session file; nothing was saved, try again."""


class _Thread(aiosqlite.Connection):
    """aiosqlite's connection with whole functions run on its thread: one hop a commit instead of one a statement."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        done: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return done


class Store:
    """One session's log, open for writing. Make it with `create` or `open`; `close` it in a `finally`."""

    def __init__(self, path: Path, signer: Signer, lock: Lock) -> None:
        self.path = path
        self.origin = ""
        self.plan = b""
        self.head = Head(0, EMPTY_ROOT)
        self._signer = signer
        self._lock = lock
        self._thread: _Thread | None = None
        self._trusted = False  # False: an append's outcome is unknown, or the file is not open
        self._closed = False
        self._place = Place(path)

    # ---- opening and closing ---------------------------------------------------------------------------------

    @classmethod
    async def create(cls, path: Path, origin: str, signer: Signer, plan: bytes, meta: dict[str, bytes]) -> Self:
        """A new session file with its plan and no record yet, locked, durable, mode 0600. Raises if `path` exists."""
        lock = Lock(schema.lock_path(path))
        try:
            await asyncio.to_thread(schema.create, path, {**meta, "origin": origin.encode(), "plan": plan})
            return await cls._opened(path, signer, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    async def open(cls, path: Path, signer: Signer) -> Self:
        """Open an existing session and check that it is whole: as many records as its newest checkpoint says, under
        its root, signed by this device. Raises AnotherHost, NotPossible, DamagedData; nothing is ever repaired."""
        if not path.is_file():
            raise NotPossible(f"There is no session file {path.name}.", "`fieldkit sessions` lists those there are.")
        lock = Lock(schema.lock_path(path))
        try:
            return await cls._opened(path, signer, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    async def _opened(cls, path: Path, signer: Signer, lock: Lock) -> Self:
        store = cls(path, signer, lock)
        await store._connect()
        return store

    @property
    def sure(self) -> bool:
        """Whether the file is open and nothing about it is unknown; else `reopen`."""
        return self._trusted

    async def reopen(self) -> None:
        """After AppendUnknown: read from disk what is there. The lock is kept, so nobody comes in between.

        May fail (FieldkitError) and be tried again, as often as it takes until the disk is back. Raises DamagedData
        when the file was moved, or holds less than what was told to be saved."""
        self._place.check()  # when it was moved the connection stays: it is the only way to what was written last
        if self._thread is not None and not self._place.has_wal():
            with contextlib.suppress(sqlite3.Error):  # the newest records may be in a -wal that has no name any more
                await self._thread.run(lambda db: db.execute("PRAGMA wal_checkpoint(FULL)").fetchone())
        await self._disconnect()
        await self._connect()

    async def close(self) -> None:
        """Wait for a running commit, close the file, let the lock go. May be called twice."""
        self._closed = True
        try:
            await self._disconnect()
        finally:
            self._lock.release()

    async def _connect(self) -> None:
        path = self.path
        self._place.take()
        thread = _Thread(lambda: schema.connect(path), 64)
        thread._thread.daemon = True  # a program that dies without `close` ends; what it acknowledged is on disk
        try:
            await thread
        except BaseException as wrong:
            await _ended(thread)
            if isinstance(wrong, (OSError, *schema.FAILED)):
                raise schema.unreadable(path, wrong) from wrong
            raise
        self._thread = thread
        try:
            if self.origin:
                await thread.run(lambda db: schema.settle(db, path))
            found = await thread.run(lambda db: commit.audit(db, path, self._signer.vkey))
            self._place.check()
            told = self.head
            if found.head.size < told.size or (found.head.size == told.size and found.head.root != told.root):
                raise DamagedData(
                    f"{path.name} holds {found.head.size} records where {told.size} were saved.",
                    "Keep the file as it is; `fieldkit fsck` says how far it can be read.",
                )
            self.origin, self.plan, self.head = found.origin, found.plan, found.head
        except BaseException:
            with schema.untouched(path):
                await self._disconnect()
            raise
        self._place.take_wal()
        self._trusted = True

    async def _disconnect(self) -> None:
        self._trusted = False
        thread, self._thread = self._thread, None
        if thread is not None:
            try:
                with contextlib.suppress(sqlite3.Error):  # a file that fails now has nothing more to lose
                    await thread.close()
            finally:
                await _ended(thread)

    def _in_place(self) -> None:
        """Raise when the paths do not lead to the open files any more."""
        self._place.check()
        if not self._place.has_wal():
            self._trusted = False
            raise AppendUnknown("The newest part of the session file (-wal) was moved or deleted.", _REOPEN)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the database's thread; it goes on even when whoever waits for it is cancelled."""
        if self._thread is None:
            if self._closed:
                raise FieldkitError("The session is closed.", "Open it again.")
            raise AppendUnknown("The session file could not be opened again yet.", _REOPEN)
        job = asyncio.ensure_future(self._thread.run(work))
        job.add_done_callback(lambda done: done.cancelled() or done.exception())  # else it is reported as forgotten
        return await asyncio.shield(job)

    async def _read(self, sql: str, *args: Any) -> list[Any]:
        try:
            return await self._run(lambda db: db.execute(sql, args).fetchall())
        except sqlite3.Error as wrong:
            raise schema.unreadable(self.path, wrong) from wrong

    # ---- the commit ------------------------------------------------------------------------------------------

    async def append(
        self, batch: Sequence[Pending], at: Moment, entropy: Callable[[int], bytes], also: Sequence[Signer] = ()
    ) -> list[list[Record]]:
        """Write a batch in one commit; the numbered records, one list for each Pending. They are on disk and signed,
        by the device and by those of `also` in the same checkpoint.

        `entropy(n)` gives n random bytes for the salts of openings.
        Raises AppendUnknown (call `reopen`), DiskFull and StoreBusy (nothing was written, the store goes on),
        DamagedData (also when the file was moved away), and BadBytes or ValueError when a draft cannot be written at
        all (nothing was written)."""
        return await self._run(lambda db: self._commit(db, batch, at, entropy, also))

    def _commit(
        self,
        db: sqlite3.Connection,
        batch: Sequence[Pending],
        at: Moment,
        entropy: Callable[[int], bytes],
        also: Sequence[Signer],
    ) -> list[list[Record]]:
        if not self._trusted:
            raise AppendUnknown("The session file has to be read again before anything is added.", _REOPEN)
        declared(batch)
        self._begin(db)
        try:
            size, tree, clocks = commit.read_head(db, self.path)
            numbered, now = number(batch, size, clocks, at, entropy)
        except sqlite3.Error as wrong:
            self._trusted = False
            schema.rollback(db)
            raise AppendUnknown("The session file could not be read while saving.", _REOPEN) from wrong
        except BaseException:
            schema.rollback(db)  # nothing was inserted yet
            raise
        try:
            commit.insert(db, size, numbered)
            erasing.obey(db, numbered.records)
            if numbered.lines:
                tree.extend(leaf_hashes(numbered.lines))
                root = tree.root()
                note = sign_note(Checkpoint(self.origin, tree.size, root).text(), self._signer, *also)
                commit.insert_checkpoint(db, note, size, tree, now, at, bool(also))
            self._seal(db)
            self._in_place()
        except BaseException as wrong:  # noqa: BLE001 - whatever it was, `_failed` raises
            self._failed(db, size, wrong)
        if numbered.lines:
            self.head = Head(tree.size, root)
        return numbered.records

    def _begin(self, db: sqlite3.Connection) -> None:
        self._in_place()
        # IMMEDIATE: a deferred transaction that reads first and writes later fails at once when another wrote between.
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as wrong:
            if getattr(wrong, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                raise StoreBusy(
                    "Another program is writing to the session file, so this is not saved yet.",
                    "Close the program that has the file open; a copy of it is made with `fieldkit backup`.",
                ) from wrong
            self._trusted = False
            raise AppendUnknown("The session file could not be written.", _REOPEN) from wrong

    def _seal(self, db: sqlite3.Connection) -> None:
        """The one COMMIT; its own method so that a test can make it fail in both ways."""
        db.execute("COMMIT")

    def _failed(self, db: sqlite3.Connection, size: int, wrong: BaseException) -> None:
        """Say what is known after a failure between the first insert and the end of COMMIT. Always raises."""
        self._trusted = False
        schema.rollback(db)
        full = isinstance(wrong, sqlite3.Error) and getattr(wrong, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
        if full:
            with contextlib.suppress(sqlite3.Error, DamagedData):
                self._trusted = commit.read_head(db, self.path)[0] == size  # the disk says so: not written
        if full and self._trusted:
            raise schema.disk_full() from wrong
        raise AppendUnknown("It is not known whether the last answers were saved.", _REOPEN) from wrong

    # ---- reading what is there -------------------------------------------------------------------------------

    async def records(self) -> list[Record]:
        """All records in order, with their private halves where those are still there."""

        def work(db: sqlite3.Connection) -> list[Record]:
            rows = db.execute(
                "SELECT records.line, openings.line FROM records LEFT JOIN openings USING (i) ORDER BY records.i"
            )
            out: list[Record] = []
            while some := rows.fetchmany(512):
                out += parse_records(list(schema.cells(some, null=True)))
            return out

        try:
            return await self._run(work)
        except BadBytes as wrong:
            raise DamagedData(
                f"A record of {self.path.name} cannot be read ({wrong}).", "`fieldkit fsck` says which one."
            ) from wrong
        except sqlite3.Error as wrong:
            raise schema.unreadable(self.path, wrong) from wrong

    async def intents(self) -> dict[bytes, int]:
        """SHA-256 of every scoped intent id taken so far → the index it ended in."""
        return dict(await self._read("SELECT key, i FROM intents ORDER BY n"))

    async def seats(self) -> list[tuple[bytes, int]]:
        """(SHA-256 of a seat's token, index of the record it was given with), in order of the log."""
        return await self._read("SELECT token, i FROM seats ORDER BY i")

    async def line(self, i: int) -> tuple[bytes, bytes | None]:
        """Record line and opening line (None: there is none, or it was erased). Raises NotPossible."""
        rows = await self._read("SELECT r.line, o.line FROM records r LEFT JOIN openings o USING (i) WHERE r.i = ?", i)
        if not rows:
            raise NotPossible(f"There is no record {i}.")
        return rows[0][0], rows[0][1]

    async def leaves(self, upto: int | None = None, start: int = 0) -> list[bytes]:
        """The leaf hashes of the records from `start` on, up to the first `upto` or all."""
        return await self._run(lambda db: commit.leaves(db, upto, start))

    async def last_moment(self) -> Moment:
        """When the newest commit happened; all zero when there is none."""
        rows = await self._read(f"SELECT m, t, boot, reading {commit.NEWEST}")
        return Moment(*rows[0]) if rows else Moment(0, 0)

    async def checkpoint(self, size: int | None = None) -> bytes:
        """The signed note of the newest checkpoint, or of the commit that ended at `size`. Raises NotPossible."""
        if size is None:
            rows = await self._read(f"SELECT note {commit.NEWEST}")
        else:
            rows = await self._read("SELECT note FROM checkpoints WHERE size = ?", size)
        if not rows:
            raise NotPossible("There is no checkpoint there." if size else "Nothing is saved in this session yet.")
        note: bytes = rows[0][0]
        return note

    async def add_signature(self, size: int, line: str) -> None:
        """Add a signature line (a facilitator's, a witness's, central's) to the checkpoint at `size`, durably."""

        def work(db: sqlite3.Connection) -> None:
            row = db.execute("SELECT note FROM checkpoints WHERE size = ?", (size,)).fetchone()
            if row is None:
                raise NotPossible(f"There is no checkpoint of {size} records.")
            sql = "UPDATE checkpoints SET note = ?, human = 1 WHERE size = ?"
            db.execute(sql, (add_signatures(row[0], [line]), size))

        await self._write(work)

    async def erase(self, refs: Sequence[int]) -> None:
        """Take openings out without a record: purged ones, and those of an older copy, which must not grow."""
        await self._write(lambda db: erasing.lay(db, refs))

    async def forget(self) -> bool:
        """After `erase`: leave no copy in the file or its -wal. False: somebody is reading; try again."""
        return await self._run(lambda db: erasing.forget(db, self.path))

    async def meta(self, key: str) -> bytes | None:
        rows = await self._read("SELECT value FROM meta WHERE key = ?", key)
        return rows[0][0] if rows else None

    async def set_meta(self, key: str, value: bytes) -> None:
        """Keep a setting of this session (room code, port…); never part of the log. Keys `blob/<sha256>` travel."""
        if key in FIXED:
            raise ValueError(f"{key} is fixed when the session is made")
        await self._write(lambda db: db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value)))

    async def probe(self) -> None:
        """Can this file be written to? Raises FieldkitError when not. Nothing is kept of what it writes."""

        def work(db: sqlite3.Connection) -> None:  # as much as a small commit, else a disk with a page left looks well
            db.execute("INSERT INTO meta VALUES ('probe', zeroblob(65536))")
            db.execute("DELETE FROM meta WHERE key = 'probe'")

        await self._write(work)

    async def _write(self, work: Callable[[sqlite3.Connection], object]) -> None:
        def whole(db: sqlite3.Connection) -> None:
            self._begin(db)
            try:
                work(db)
                db.execute("COMMIT")
            except BaseException:
                schema.rollback(db)
                raise

        try:
            await self._run(whole)
        except sqlite3.Error as wrong:
            raise schema.unreadable(self.path, wrong) from wrong


_REOPEN = "Nothing needs to be done: the log is read again, and phones repeat what was not confirmed."


async def _ended(thread: _Thread) -> None:
    """Wait until the database's thread is gone: one that outlived the event loop would complain on the terminal."""
    await asyncio.to_thread(thread._thread.join, 5.0)
