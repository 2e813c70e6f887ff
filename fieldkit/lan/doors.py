"""The doors: who may speak to this listener at all, how much, and how often. aiohttp gives none of this by itself.

Nothing here judges an intent's meaning. Times are seconds of a steady clock and are arguments, so every limit can
be tested without waiting. What is counted here lives in memory: after a restart everybody starts afresh.
"""

from __future__ import annotations

import re
from collections import deque

from fieldkit.core.clean import western

CODE = re.compile(r"^[23456789ABCDEFGHJKMNPQRSTVWXYZ]{4}\Z")
"""The shape of a room code, after upper-casing."""

INTENTS_A_MINUTE = 20
WRONG_CODES_A_MINUTE = 60
LOBBY_TIMES = 3
LOBBY_LEAST = 100
BODY_SECONDS = 5.0
HEADER_SECONDS = 10.0
IDLE_SECONDS = 30.0
SOCKETS_A_SEAT = 4
SOCKETS_WITHOUT_SEAT = 512


class Pace:
    """At most `limit` in any window of `seconds`, for each key."""

    def __init__(self, limit: int, seconds: float = 60.0) -> None:
        self.limit = limit
        self.seconds = seconds
        self._times: dict[str, list[float]] = {}

    def take(self, key: str, now: float) -> bool:
        """True if this one is within the limit (and counts); a refused one does not count."""
        times = self._times.get(key)
        if times is None:
            self._times[key] = [now]
            return True
        if times[0] <= now - self.seconds:
            times[:] = [t for t in times if t > now - self.seconds]
        if len(times) >= self.limit:
            return False
        times.append(now)
        return True

    def sweep(self, now: float) -> None:
        """Forget keys that have been quiet for a whole window."""
        for key in [k for k, times in self._times.items() if not times or times[-1] <= now - self.seconds]:
            del self._times[key]

    def __len__(self) -> int:
        return len(self._times)


class RoomDoor:
    """The room code, and when it alone is not enough any more."""

    def __init__(self, code: str) -> None:
        self.code = code.upper()
        self._wrong: deque[float] = deque(maxlen=WRONG_CODES_A_MINUTE + 1)

    def opens(self, code: str) -> bool:
        return western(code.strip()).upper() == self.code

    def wrong(self, now: float) -> None:
        """Somebody tried a wrong code (or, while asked for it, a wrong fresh code)."""
        self._wrong.append(now)

    def asks_fresh(self, now: float) -> bool:
        """Guessing is going on: above 60 wrong ones within a minute the screen in the room must be read as well."""
        return len(self._wrong) > WRONG_CODES_A_MINUTE and self._wrong[0] > now - 60.0

    def full(self, joined: int, expected: int, audience: int) -> bool:
        """Three times the expected joins are in; further ones need a place that the trainer gives (`Pulse.admitted`).

        `expected` is the roster's size (0 without a roster), `audience` the pack's largest group.
        """
        base = expected if expected > 0 else max(audience, LOBBY_LEAST)
        return joined >= LOBBY_TIMES * base
