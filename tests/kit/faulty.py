"""A store whose commits can fail in the ways that real disks fail: nothing is replaced, only COMMIT is told to.

store = await FaultyStore.create(...)
store.fail("lost")      # the next commit fails and nothing of it is on disk
store.fail("kept")      # the next commit fails after its bytes are on disk ("persisted anyway")
store.fail("full")      # the disk is full
store.slow = 0.5        # every commit takes half a second longer, on the database's thread
store.broken = True     # commits fail, and so does opening the file again, until it is set to False
gate = store.hold()     # commits wait until gate.set(): for tests that look at what is shown meanwhile
"""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import Literal

from fieldkit.log import schema
from fieldkit.log.store import Store

Fault = Literal["lost", "kept", "full", "ok"]


class FaultyStore(Store):
    """Behaves like Store until told otherwise. Faults are used up one a commit, in the order they were asked for."""

    def fail(self, *faults: Fault) -> None:
        """The next commits fail like this, one after another; `ok` lets one through."""
        self._faults = [*self.faults, *faults]

    @property
    def faults(self) -> list[Fault]:
        """What is still to come."""
        return getattr(self, "_faults", [])

    @property
    def slow(self) -> float:
        """Seconds added to each commit."""
        return getattr(self, "_slow", 0.0)

    @slow.setter
    def slow(self, seconds: float) -> None:
        self._slow = seconds

    @property
    def broken(self) -> bool:
        """The disk does not answer at all."""
        return getattr(self, "_broken", False)

    @broken.setter
    def broken(self, broken: bool) -> None:
        self._broken = broken

    async def _connect(self) -> None:
        if self.broken:
            raise schema.unreadable(self.path, sqlite3.OperationalError("disk I/O error"))
        await super()._connect()

    def hold(self) -> threading.Event:
        """Commits from now on wait for the returned gate."""
        self._gate = threading.Event()
        return self._gate

    @property
    def commits(self) -> int:
        """How many commits were tried."""
        return getattr(self, "_commits", 0)

    def _seal(self, db: sqlite3.Connection) -> None:
        self._commits = self.commits + 1
        gate: threading.Event | None = getattr(self, "_gate", None)
        if gate is not None:
            gate.wait(30)
        if self.slow:
            time.sleep(self.slow)
        fault: Fault = "ok"
        if self.faults:
            fault, *self._faults = self.faults
        if fault == "lost" or self.broken:
            raise sqlite3.OperationalError("disk I/O error")
        if fault == "full":
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise full
        super()._seal(db)
        if fault == "kept":
            raise sqlite3.OperationalError("disk I/O error")
