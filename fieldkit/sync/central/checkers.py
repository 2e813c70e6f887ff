"""Several processes that check files ahead (`checker`) while this one takes them in, in their order.

What is taken in, said and stored is what one process alone would: the files keep their turns, a file of which a checker
gives less than everything is read on here, and only this process knows the database and signs. A checker that is killed
costs its work: the file it was reading is given to a fresh one, once, and is refused (`check-killed`) when that ends
too, because a third might be this process. At most `AHEAD` files and their sessions wait for each checker.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from fieldkit.log.archive import BadArchive
from fieldkit.sync.central.ahead import Checked
from fieldkit.sync.central.checker import HEAD, End, Here, Job, Said, Setup, framed
from fieldkit.sync.central.held import Spooled
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.take import Outcome

AHEAD = 8
"""Files that wait for a checker, the one it reads among them."""
BUFFER = 4 << 20
"""Bytes of answers that wait here for their turn, twice that at most; a checker that is farther ahead waits too."""
WORTH = 1 << 20
"""Bytes of bundles for which another process is worth its start, some 0.2 s."""
BY_ITSELF = 4
"""Processes that work at it without being asked for: more than that wait for the one that writes."""
KILLED = "check-killed"
_said: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)


class Gone(Exception):
    """A checker ended before its work did."""


class _Checker:
    """One child and what it was given, in order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.files: list[_File] = []

    def give(self, file: _File, skip: int = 0) -> None:
        copy = file.copy
        assert copy is not None and self.process.stdin is not None
        job = Job(copy.raw, "" if copy.raw is not None else str(copy.path), skip)
        self.process.stdin.writelines(framed(job))
        self.files.append(file)
        file.checker = self

    def room(self, file: _File) -> bool:
        """Whether this file may be the next that it gets."""
        here = self.process.stdin is not None and not self.process.stdin.is_closing()
        return here and len(self.files) < AHEAD and (not self.files or self.files[-1].n < file.n)

    async def next(self) -> Said:
        """Raises Gone."""
        assert self.process.stdout is not None
        try:
            head = await self.process.stdout.readexactly(HEAD)
            return _said.decode(await self.process.stdout.readexactly(int.from_bytes(head, "big")))
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError) as wrong:
            raise Gone from wrong

    async def reach(self, file: _File) -> None:
        """Pass over what it still says of files before this one: somebody stopped listening, or they went away before
        their turn. Raises Gone."""
        while self.files[0] is not file:
            if isinstance(await self.next(), End):
                del self.files[0]

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()


class _File:
    """A file whose turn is to come. `copy` while it is with a checker; `wrong`: why it could not be copied."""

    def __init__(self, n: int, path: Path) -> None:
        self.n = n
        self.path = path
        self.held = contextlib.ExitStack()
        self.copy: Spooled | None = None
        self.wrong: OSError | None = None
        self.checker: _Checker | None = None


class Handed:
    """The sessions of one file as a checker gives them. `whole` in the end: there are no others."""

    def __init__(self, crew: Checkers, file: _File) -> None:
        self._crew = crew
        self._file = file
        self.whole = False

    async def __aiter__(self) -> AsyncIterator[Checked]:
        """Raises BadArchive `check-killed`."""
        given, strikes = 0, 0
        while self._file.checker is not None:
            checker = self._file.checker
            try:
                await checker.reach(self._file)
                said = await checker.next()
            except Gone:
                strikes += 1
                self._crew.lost(checker)
                if strikes > 1:
                    raise BadArchive(KILLED, "the process that checked it was ended, and so was the next one") from None
                fresh = await self._crew.fresh()
                if fresh is not None:
                    fresh.give(self._file, given)
                    self._crew.joined(fresh)
                continue
            if isinstance(said, Checked):
                given += 1
                self._crew.sessions += 1
                yield said
            elif isinstance(said, End):
                self.whole = said.whole
                del checker.files[0]
                self._file.checker = None


class Checkers:
    """Takes these files in, one after another. `jobs`: how many processes work at it, this one among them; None: as
    many as there are cores, up to `BY_ITSELF`, and fewer where the files are few."""

    PYTHON = sys.executable

    def __init__(self, intake: Intake, files: Sequence[Path], jobs: int | None = 1) -> None:
        self._intake = intake
        self._files = [_File(n, path) for n, path in enumerate(files)]
        self._most = _worth(files) if jobs is None else jobs - 1
        if intake.unseal.words:
            self._most = 0  # opening with words takes up to 2 GiB, once at a time
        self._ready: list[_Checker] = []
        self._every: list[_Checker] = []
        self._starting: list[asyncio.Task[None]] = []
        self.sessions = 0
        """How many sessions checkers have read ahead."""

    @staticmethod
    def processes(files: Sequence[Path]) -> int:
        """How many work at these files when nobody says how many, this one among them."""
        return 1 + _worth(files)

    async def __aenter__(self) -> Self:
        self._starting = [asyncio.create_task(self._start()) for _ in range(min(self._most, len(self._files)))]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, what: Any, at: TracebackType | None) -> None:
        """Every child is gone when this returns, however it is left."""
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        for checker in self._every:
            checker.kill()
        for file in self._files:
            file.held.close()
        await asyncio.shield(asyncio.gather(*(one.process.communicate() for one in self._every)))

    async def ready(self) -> int:
        """Wait for every checker that can be started; how many there are. Nobody has to: files are read here until one
        has said that it can begin."""
        await asyncio.gather(*self._starting)
        return len(self._ready)

    async def _start(self) -> None:
        checker = await self.fresh()
        if checker is not None:
            self.joined(checker)

    async def fresh(self) -> _Checker | None:
        """Another checker, that has said it can begin; None where none can be started."""
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        # A group of its own: Ctrl-C is for this process, which ends its children.
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        command = [self.PYTHON, "-P", "-m", "fieldkit.sync.central.checker"]
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # What one complains of goes where this process complains: for the operator, never into an answer.
                limit=BUFFER,
                env=env,
                creationflags=flags,
                start_new_session=not flags,
            )
        except OSError:
            return None
        checker = _Checker(process)
        self._every.append(checker)
        assert process.stdin is not None
        keys = [str(one) for one in self._intake.judge.keys]
        process.stdin.writelines(framed(Setup(keys, self._intake.unseal.identities)))
        try:
            said = await checker.next()
        except Gone:
            return None
        return checker if isinstance(said, Here) else None

    def joined(self, checker: _Checker) -> None:
        """It gets files from now on."""
        self._ready.append(checker)

    def lost(self, checker: _Checker) -> None:
        """What waited for it is given to others, or read here."""
        checker.kill()
        if checker in self._ready:
            self._ready.remove(checker)
        for file in checker.files:
            file.checker = None
        checker.files.clear()

    # -- files -----------------------------------------------------------------------------------------------

    async def take(self, n: int, now: int) -> list[Outcome]:
        """Take in the `n`-th file; they are asked for in their order. As `Intake.file`. Raises OSError."""
        file = self._files[n]
        await asyncio.sleep(0)  # what comes from checkers is read, and those that start get on
        self._give(n, now)
        try:
            if file.wrong is not None:
                raise file.wrong
            if file.copy is None:
                return await self._intake.file(file.path, now)
            return await self._intake.spooled(file.copy, now, Handed(self, file) if file.checker is not None else None)
        finally:
            file.held.close()

    def _give(self, n: int, now: int) -> None:
        """Give files from the `n`-th on to checkers that have room for them: each gets its own in their order, because
        it answers in that order. The `n`-th is read here at once if nobody has it yet."""
        for file in self._files[n + 1 : n + 1 + AHEAD * len(self._ready)]:
            if file.checker is None and file.wrong is None:
                free = [one for one in self._ready if one.room(file)]
                if not free:
                    return
                if self._copied(file, now):
                    min(free, key=lambda one: len(one.files)).give(file)

    def _copied(self, file: _File, now: int) -> bool:
        """Whether a copy of it is here. A pipe or a device is read when its turn comes."""
        if file.copy is None and file.path.is_file():
            try:
                with file.path.open("rb") as stream:
                    file.copy = file.held.enter_context(self._intake.copy(stream, file.path.name, now))
            except OSError as wrong:
                file.wrong = wrong
        return file.copy is not None


def _worth(files: Sequence[Path]) -> int:
    """How many checkers are worth their start."""
    size = 0
    for path in files:
        with contextlib.suppress(OSError):
            size += path.stat().st_size
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, BY_ITSELF, 1 + size // WORTH) - 1
