"""The session's own time: `m`, ms since it opened, sleep and downtime counted; it never goes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fieldkit.clock import Clock, gap_since
from fieldkit.log.batch import Moment

JUMP_MS = 5000
"""A wall clock that moves more than this against the steady one is recorded."""


class SessionClock:
    """Counts on from the newest moment of a log."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._m = 0
        self._ns, self._t = clock.reading_ns(), clock.wall_ms()

    def go_on(self, last: Moment, m: int) -> None:
        """A log ends at `last`; its fold is at `m`. Whatever passed since then counts."""
        gap, _ = gap_since(self._clock, last.boot, last.reading, last.t)
        self._m = max(last.m + gap, m)
        # The wall clock as it should be now: if somebody set it meanwhile, the next commit records the jump.
        self._ns, self._t = self._clock.reading_ns(), last.t + gap

    def now(self) -> int:
        return self._m + (self._clock.reading_ns() - self._ns) // 1_000_000

    def moment(self) -> tuple[Moment, int]:
        """Now, and by how many ms the wall clock jumped (0 if it did not)."""
        m, t = self.now(), self._clock.wall_ms()
        jump = t - self._t - (m - self._m)
        return Moment(m, t, self._clock.boot(), self._clock.reading_ns()), jump if abs(jump) > JUMP_MS else 0

    def jumped(self, ms: int) -> None:
        """The jump is in the log; it is not found again."""
        self._t += ms


class Alarm:
    """Rings once, on the loop; setting it again forgets what it was set to."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._handle: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """A laptop that slept wakes late: at most a second passes before whoever rings looks at the clock again."""
        self.stop()
        self._handle = asyncio.get_running_loop().call_later(min(seconds, 1.0), self._ring)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
