"""A clock that a test sets: sleep, reboot, jumps of the wall clock."""

from __future__ import annotations


class ManualClock:
    """As `fieldkit.clock.Clock`; starts at 2026-11-20 08:00 UTC."""

    def __init__(self, wall_ms: int = 1_795_161_600_000) -> None:
        self._wall = wall_ms
        self._steady = 5_000_000_000
        self._boot = "boot-1"

    def wall_ms(self) -> int:
        return self._wall

    def reading_ns(self) -> int:
        return self._steady

    def boot(self) -> str:
        return self._boot

    def advance(self, ms: int) -> None:
        """Time passes, asleep or awake."""
        self._wall += ms
        self._steady += ms * 1_000_000

    def jump_wall(self, ms: int) -> None:
        """Somebody (or NTP) sets the wall clock."""
        self._wall += ms

    def reboot(self, ms: int) -> None:
        """The laptop is off for `ms`; the steady clock starts again."""
        self._wall += ms
        self._steady = 1_000_000_000
        self._boot += "x"
