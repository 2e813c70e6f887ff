"""A file from the network: its body into the spool within limits, then the same ingest as from a stick, in a thread.

The ingest opens trust list, keys and database anew each time, so that a list that was signed a moment ago counts. One
file is read once however many send it at the same moment, and a file of which every session was taken is answered out
of what was written down then: the same again gives the same. A client that goes away ends nothing.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import secrets
import shutil
from concurrent.futures import Executor
from pathlib import Path
from typing import BinaryIO

import msgspec
from aiohttp import StreamReader

from fieldkit.log.note import parse_checkpoint, split_note
from fieldkit.sync.central import down, held
from fieldkit.sync.central.door import Caller, Limits, No, held_limit
from fieldkit.sync.central.findings import root_at
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.ingest import SWEEP_AFTER, Intake
from fieldkit.sync.central.receipts import receipts_file
from fieldkit.sync.central.rows import Arrival
from fieldkit.sync.central.spool import claim, in_use
from fieldkit.sync.central.take import TAKEN, Outcome
from fieldkit.sync.central.tx import Tx

PIECE = 1 << 18
WAITS = ("held", "fork", "refused")


class Said(msgspec.Struct, frozen=True):
    """What head office says of one session: as `central ingest --json` does."""

    origin: str | None
    size: int | None
    result: str
    reason: str


class Answer(msgspec.Struct, frozen=True):
    """What became of a file: each session, and receipts (notes split by lines `=====`) for those that are taken."""

    sessions: list[Said]
    receipts: str
    plans: dict[str, str] = {}
    """For the laptops of these sessions, whoever carries it to them: name of a file → what is planned for one of them,
    sealed to its key, in base64."""


class Arrivals:
    """Files on their way in over one listener."""

    def __init__(self, home: Home, limits: Limits, threads: Executor) -> None:
        self._home = home
        self._limits = limits
        self._threads = threads
        self._turns = asyncio.Semaphore(2)
        self._running: dict[str, asyncio.Task[Answer]] = {}
        self._reading: set[StreamReader] = set()
        self.stopping = False

    async def stop(self) -> None:
        """Read no further; wait for every ingest that has begun."""
        self.stopping = True
        for content in list(self._reading):
            content.set_exception(ConnectionAbortedError())  # wakes who waits for its next piece
        while self._running:
            await asyncio.wait(list(self._running.values()))

    # -- the body --------------------------------------------------------------------------------------------

    async def body(self, content: StreamReader, announced: int | None, most: int, path: Path) -> tuple[str, int]:
        """Write a body to `path`, a new file, and sync it; (SHA-256 in hex, size). Raises No."""
        self._has_space(announced or 0)
        digest, size, loop = hashlib.sha256(), 0, asyncio.get_running_loop()
        try:
            with await asyncio.to_thread(_new, path) as file:
                claim(file)
                kept = bytearray()
                window, so_far = loop.time(), 0
                while piece := await self._next(content):
                    size += len(piece)
                    if size > most:
                        raise too_large(most)
                    kept += piece
                    if len(kept) >= PIECE:
                        digest.update(kept)
                        await asyncio.to_thread(file.write, bytes(kept))
                        kept = bytearray()
                        self._has_space(PIECE)
                    if loop.time() - window > self._limits.slow_s:
                        if size - so_far < self._limits.slow_bytes:
                            raise _too_slow()
                        window, so_far = loop.time(), size
                digest.update(kept)
                await asyncio.to_thread(_finish, file, bytes(kept))
        except OSError as wrong:
            if wrong.errno in (errno.ENOSPC, errno.EDQUOT):
                raise disk_full() from wrong
            raise
        return digest.hexdigest(), size

    async def _next(self, content: StreamReader) -> bytes:
        """The next piece, empty at the end. Raises No when it does not come."""
        if self.stopping:
            raise stopping()
        self._reading.add(content)
        try:
            async with asyncio.timeout(self._limits.quiet_s):
                return await content.readany()
        except TimeoutError:
            raise _too_slow() from None
        except Exception as wrong:  # aiohttp's own kinds, for a body that was cut or is no chunked one
            if self.stopping:
                raise stopping() from None
            raise No(400, "cut-off", "The file did not arrive whole.") from wrong
        finally:
            self._reading.discard(content)

    def _has_space(self, size: int) -> None:
        if shutil.disk_usage(self._home.spool).free - size < self._limits.free:
            raise disk_full()

    # -- ingest ----------------------------------------------------------------------------------------------

    def spool_path(self) -> Path:
        return self._home.spool / f"{secrets.token_hex(8)}.part"

    async def take(self, path: Path, sha256: str, caller: Caller, now: int) -> Answer:
        """Ingest the file at `path`, which is gone afterwards. Raises ShelfFull and other FieldkitErrors."""
        running = self._running.get(sha256)
        if running is not None:
            path.unlink(missing_ok=True)
        else:
            running = asyncio.create_task(self._take(path, sha256, caller, now), name=f"ingest {sha256[:12]}")
            self._running[sha256] = running
            running.add_done_callback(lambda done: self._running.pop(sha256, None))
        return await asyncio.shield(running)

    async def _take(self, path: Path, sha256: str, caller: Caller, now: int) -> Answer:
        try:
            with in_use(path):
                async with self._turns:
                    return await asyncio.get_running_loop().run_in_executor(
                        self._threads, lambda: asyncio.run(self._ingest(path, sha256, caller, now))
                    )
        finally:
            path.unlink(missing_ok=True)

    async def _ingest(self, path: Path, sha256: str, caller: Caller, now: int) -> Answer:
        async with await Intake.open(Home.open(self._home.path)) as intake:
            known = await _written(intake, sha256)
            if not known or any(one.result not in TAKEN for one in known):
                name = held.shelf_path(self._home.held, sha256).name
                copy = held.Spooled(path, sha256, name)
                held.sweep(self._home.spool, now - SWEEP_AFTER)
                known = _said(await intake.copied(copy, now, lambda size: self._room(size, caller)))
            return await _answer(intake, known)

    def _room(self, size: int, caller: Caller) -> bool:
        """Whether the shelf has room; strangers fill half of it at most, so that the laptops on the list have some."""
        limit = held_limit(self._home)
        return held.weight(self._home.held) + size <= (limit if caller.known else limit // 2)

    async def known(self, sha256: str) -> Answer | None:
        """What became of a file that came before, by whatever way; None if it never did."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: asyncio.run(self._look(sha256)))

    async def down(self, what: str, held: str, device: str, now: int) -> bytes | None:
        """What is asked for by the hash of what the laptop has (`fieldkit.sync.central.down`). `now`: Unix seconds."""

        def made() -> bytes | None:
            home = Home.open(self._home.path)
            if what == "trust":
                return down.trust(home, held)
            if what == "policy":
                return down.rules(home, held)
            if what == "valid":
                return down.valid(home, held)
            if what == "revoked":
                return asyncio.run(down.revoked(home, held, now))
            return asyncio.run(down.notes(home, device, held))

        return await asyncio.get_running_loop().run_in_executor(self._threads, made)

    async def _look(self, sha256: str) -> Answer | None:
        async with await Intake.open(Home.open(self._home.path)) as intake:
            found = await _written(intake, sha256)
            return await _answer(intake, found) if found else None


async def _written(intake: Intake, sha256: str) -> list[Said]:
    """What was written down of a file, if it still holds: a session that was taken may have been decided against
    meanwhile, and a file that was let go counts as one that never came."""
    async with intake.db.reading() as tx:
        rows = await tx.arrivals(sha256)
        for row in rows:
            if row.result not in (*TAKEN, *WAITS) or (row.result in TAKEN and not await _holds(tx, row)):
                return []
    return [Said(row.origin or None, row.size, row.result, row.reason) for row in rows]


async def _holds(tx: Tx, row: Arrival) -> bool:
    """Whether what came then is what is stored now, or its beginning."""
    stored = await tx.stored(row.origin)
    if stored is None or row.checkpoint is None:
        return False
    at = parse_checkpoint(split_note(row.checkpoint)[0])
    if at.size > stored.size:
        return False
    return (at.size, at.root) in await tx.cosigned(row.origin) or await root_at(tx, stored, at.size) == at.root


async def _answer(intake: Intake, known: list[Said]) -> Answer:
    taken = [one.origin for one in known if one.result in TAKEN and one.origin is not None]
    notes = await receipts_file(intake.db, taken, intake.office)
    return Answer(known, notes.decode())


def _said(outcomes: list[Outcome]) -> list[Said]:
    return [Said(one.origin, one.size, one.result, one.reason) for one in outcomes]


def _new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb")


def _finish(file: BinaryIO, rest: bytes) -> None:
    file.write(rest)
    file.flush()
    os.fsync(file.fileno())


def too_large(most: int) -> No:
    return No(413, "too-large", f"A file from this laptop may have {most >> 20} MiB here.")


def disk_full() -> No:
    return No(507, "disk-full", "Head office's disk is nearly full.", after=600)


def stopping() -> No:
    return No(503, "stopping", "Head office is being restarted.", after=10)


def _too_slow() -> No:
    return No(408, "too-slow", "The file comes too slowly.")
