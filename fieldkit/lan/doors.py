"""The doors: who may speak to this listener at all, how much, and how often. aiohttp gives none of this by itself.

Nothing here judges an intent's meaning. Times are seconds of a steady clock and are arguments, so every limit can
be tested without waiting. What is counted here lives in memory: after a restart everybody starts afresh.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

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


class Hosts:
    """The allow-list of Host, and what belongs to it: the Origin guard."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {"localhost", "127.0.0.1", "::1"}
        self._known: set[str] = set()
        """Spellings of Host that were found to be ours; there are few, and every request brings one."""
        self.allow(names)

    def allow(self, names: Iterable[str]) -> None:
        """Own addresses, own `.local` name, `--allow-host`; ports do not matter."""
        self._names.update(host_name(n) for n in names if n)

    def knows(self, host: str | None) -> bool:
        """False is answered with 421: another name leading here is DNS rebinding, or somebody's typing."""
        if host in self._known:
            return True
        name = host_name(host or "")
        # All of 127/8 is this machine: nobody else can be reached by it.
        ours = name in self._names or bool(_LOOPBACK.match(name))
        if ours and host is not None and len(self._known) < 256:
            self._known.add(host)
        return ours

    @staticmethod
    def same_origin(origin: str | None, host: str | None) -> bool:
        """An Origin, when there is one, must be the Host itself over http; `null` is not."""
        return origin is None or (host is not None and origin.lower() == "http://" + host.lower())


_LOOPBACK = re.compile(r"^127\.\d{1,3}\.\d{1,3}\.\d{1,3}\Z")


def host_name(host: str) -> str:
    """`192.168.43.17` of `192.168.43.17:8080`; lower case, no trailing dot, no brackets."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    if host.count(":") == 1:
        host = host.partition(":")[0]
    return host.removesuffix(".")


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
        return code.strip().upper() == self.code

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
