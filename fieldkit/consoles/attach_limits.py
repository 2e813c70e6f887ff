"""How much one laptop may want: wishes of a console that was let in, and lines in the log about those that were not."""

from __future__ import annotations

import asyncio
import logging

RATE = 20.0
"""Wishes a second that a console may go on with; no pair of hands does as much."""
BURST = 60.0
"""So many at once: what was pressed while the line was away."""
EVERY_S = 60.0
"""Least time between two lines about connections that went wrong."""


class Bucket:
    """`RATE` a second, `BURST` at once. Times in seconds of any clock that only goes on."""

    def __init__(self, now: float, rate: float = RATE, burst: float = BURST) -> None:
        self._rate, self._burst = rate, burst
        self._held, self._at = burst, now

    def take(self, now: float) -> bool:
        """Whether there is one left; then it is gone."""
        self._held = min(self._burst, self._held + max(0.0, now - self._at) * self._rate)
        self._at = now
        if self._held < 1.0:
            return False
        self._held -= 1.0
        return True


class Seldom:
    """The first line at once, then at most one in `EVERY_S`, with how many there were: a stranger fills no disk and
    hides no other line. Everything runs on one loop."""

    def __init__(self, log: logging.Logger, every: float = EVERY_S) -> None:
        self._log, self._every = log, every
        self._n = 0
        self._last = ""
        self._due: asyncio.TimerHandle | None = None

    def warn(self, words: str) -> None:
        if self._due is None:
            self._log.warning("%s", words)
            self._due = asyncio.get_running_loop().call_later(self._every, self._over)
        else:
            self._n, self._last = self._n + 1, words

    def close(self) -> None:
        """What was not said yet is said now."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._tell()

    def _over(self) -> None:
        self._due = None
        if self._n:
            self._tell()
            self._due = asyncio.get_running_loop().call_later(self._every, self._over)

    def _tell(self) -> None:
        n, self._n = self._n, 0
        if n:
            self._log.warning("%s more connections of this kind; the last: %s", n, self._last)
