"""One phone, one key: who may speak, and which requests are refused. Kept in memory only; switched off, it is gone.

Times are ms of a clock that never goes back and are arguments, so that nothing has to be waited for in a test.
"""

from __future__ import annotations

import enum
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from fieldkit.consoles.remote_wire import DO, KEY_BYTES, LANES, Do, See, read, right

LATE_MS = 15_000
"""A press that arrives so long after it was made was held back by somebody, or by a bad Wi-Fi: it is not done."""
MOST_ANSWERS = 64
"""Answers that are kept for presses that are sent again."""

T = TypeVar("T")


class Deny(enum.Enum):
    """Why the door did not even ask the desk: what `Pairing.refused` counts."""

    HOST = "host"
    """Another name leads here."""
    ORIGIN = "origin"
    """Another page sent it."""
    SHAPE = "shape"
    """Too large, of another type, or no request at all."""
    MAC = "mac"
    """Altered, or made without the key."""
    PHONE = "phone"
    """Another phone that knows the key."""
    COUNTER = "counter"
    """Sent before, or overtaken by a later one."""
    LATE = "late"
    """Too old to be what the trainer means now."""


class Pairing(Generic[T]):
    """`T` is what a press is answered with, kept so that the same press sent again is not done again."""

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self.key = entropy(KEY_BYTES)
        self.phone = ""
        """The id of the one phone; empty until the first request with the right code."""
        self.refused: Counter[Deny] = Counter()
        self._last = dict.fromkeys(LANES, 0)
        self._answers: OrderedDict[str, tuple[object, T]] = OrderedDict()

    def deny(self, why: Deny) -> Deny:
        """Count it."""
        self.refused[why] += 1
        return why

    def judge(self, lane: str, body: bytes, sent: str, now: int) -> See | Do | Deny:
        """The request, or why not. A request that gets past the counter has used it, whatever comes of it.

        The first phone with the key is the one. `late` comes last: it is the only one that a phone may be told in a
        way it can believe, as nobody but itself has asked with this counter.
        """
        if not self.key or not right(self.key, lane, body, sent):
            return self.deny(Deny.MAC)
        asked = read(lane, body)
        if asked is None:
            return self.deny(Deny.SHAPE)
        if self.phone and asked.phone != self.phone:
            return self.deny(Deny.PHONE)
        if asked.n <= self._last[lane]:
            return self.deny(Deny.COUNTER)
        if not self.phone and lane == DO:
            return self.deny(Deny.SHAPE)  # a phone looks before it wishes
        self.phone, self._last[lane] = asked.phone, asked.n
        if isinstance(asked, Do) and not -LATE_MS <= now - asked.at <= LATE_MS:
            return self.deny(Deny.LATE)
        return asked

    def once(self, id: str, wish: object, make: Callable[[], T]) -> T | None:
        """The answer to this press: the one from before when it was sent again, None when its id came with another
        wish."""
        kept = self._answers.get(id)
        if kept is not None:
            return kept[1] if kept[0] == wish else None
        made = make()
        self._answers[id] = (wish, made)
        if len(self._answers) > MOST_ANSWERS:
            self._answers.popitem(last=False)
        return made

    def forget(self) -> None:
        """The key is gone: whatever comes now is refused."""
        self.key = b""
        self._answers.clear()
