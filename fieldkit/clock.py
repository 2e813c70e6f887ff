"""The only file that reads a clock. Everybody else is told the time (docs/architecture.md, law 6).

Durations come from a clock that counts sleep: CLOCK_BOOTTIME on Linux, the continuous clock on macOS
(CLOCK_MONOTONIC_RAW there stops in sleep, CLOCK_MONOTONIC does not), elsewhere the best there is. A boot id says
whether two readings may be compared.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

MAX_GAP_MS = 12 * 3600 * 1000
"""A wall-clock difference over a reboot is believed from 0 to 12 h."""


class Clock(Protocol):
    """What a desk needs of time."""

    def wall_ms(self) -> int:
        """Unix ms, as the laptop believes it."""
        ...

    def reading_ns(self) -> int:
        """ns of a clock that never goes back and counts sleep; comparable within one boot."""
        ...

    def boot(self) -> str:
        """An id of this boot; empty when the system tells none."""
        ...


class SystemClock:
    """This machine's clocks."""

    def __init__(self) -> None:
        self._boot = _boot_id()
        self._id: int = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", -1))

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def reading_ns(self) -> int:
        if self._id >= 0 and hasattr(time, "clock_gettime_ns"):
            return time.clock_gettime_ns(self._id)
        return time.monotonic_ns()

    def boot(self) -> str:
        return self._boot


class ShiftedClock(SystemClock):
    """This machine's clocks with an offset that can be moved on: a demonstration runs its 45 minutes in seconds."""

    def __init__(self, behind_ms: int = 0) -> None:
        super().__init__()
        self._shift_ms = 0
        self._behind_ms = behind_ms

    def advance(self, ms: int) -> None:
        self._shift_ms += ms

    def wall_ms(self) -> int:
        return super().wall_ms() - self._behind_ms + self._shift_ms

    def reading_ns(self) -> int:
        return super().reading_ns() + self._shift_ms * 1_000_000


def _boot_id() -> str:
    try:  # Linux; other systems tell none, and then the wall clock bridges a restart
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def gap_since(clock: Clock, boot: str, reading_ns: int, wall_ms: int) -> tuple[int, str]:
    """ms that passed since a stored moment, and how that is known: `boot`, `wall` or `none`."""
    if boot and boot == clock.boot() and clock.reading_ns() >= reading_ns:
        return (clock.reading_ns() - reading_ns) // 1_000_000, "boot"
    gap = clock.wall_ms() - wall_ms
    if gap < 0:
        return 0, "none"
    return min(gap, MAX_GAP_MS), "wall"


def local_zone() -> str:
    """The IANA name of this laptop's zone: TZ, else what the system links to, else UTC. Never raises."""
    named = os.environ.get("TZ", "").lstrip(":")
    if _is_zone(named):
        return named
    try:
        target = str(Path("/etc/localtime").resolve())
        if "zoneinfo/" in target and _is_zone(found := target.split("zoneinfo/", 1)[1]):
            return found
        written = Path("/etc/timezone").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return "UTC"
    return written if _is_zone(written) else "UTC"


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and bool(ZoneInfo(name).key)
    except (KeyError, ValueError, OSError):
        return False
