"""Telling a badge scanner from a person: a scanner types as if it were a keyboard, only faster than anybody.

Keys have meanings on the live screen, and a badge like `E745738` begins with one of them. So a key is held for a
moment nobody notices; when at least four come in a burst, they are a badge and not four commands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual import events

HOLD_S = 0.03
"""Scanners leave 1–20 ms between keys; the fastest typists about 60."""
LEAST = 4
"""Shortest badge that is recognised without opening the field first."""
MOST = 200
"""Longer than any badge: a text that was pasted where nothing is typed."""
REPEAT_S = 0.06
"""A key that is held down comes again sooner than this; nobody presses the same one twice as fast."""


class Burst:
    """`forward` gets keys that were pressed by a person, in order; `scanned` gets a badge."""

    def __init__(self, forward: Callable[[events.Key], Awaitable[None]], scanned: Callable[[str], None]) -> None:
        self._forward = forward
        self._scanned = scanned
        self._held: list[events.Key] = []
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Future[None]] = set()
        self._last = ("", 0.0)
        """The key that came last, and when."""
        self._turn = asyncio.Lock()

    def take(self, event: events.Key) -> bool:
        """True when the key is held here; it comes back through `forward` or as part of a badge."""
        if not (event.is_printable or (event.key == "enter" and self._held)):
            return False
        if self._timer is not None:
            self._timer.cancel()
        if self._held and event.time - self._held[-1].time > HOLD_S:
            self._flush()  # a busy laptop gets to keys late and several at once: what counts is when they were pressed
        self._held.append(event)
        if event.key == "enter":
            self._flush()
        else:
            self._timer = asyncio.get_running_loop().call_later(HOLD_S, self._flush)
        return True

    def _flush(self) -> None:
        held, self._held, self._timer = self._held, [], None
        text = "".join(e.character or "" for e in held if e.is_printable)
        if len(text) >= LEAST and (len(set(text)) > 1 or held[-1].key == "enter"):
            if len(text) <= MOST:
                self._scanned(text)
            return
        pressed = [event for event in held if not self._repeats(event)]
        if not pressed:
            return
        task = asyncio.ensure_future(self._forward_all(pressed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _repeats(self, event: events.Key) -> bool:
        """Whether it comes because the key before it is still down."""
        was, self._last = self._last, (event.key, event.time)
        return event.key == was[0] and event.time - was[1] < REPEAT_S

    async def _forward_all(self, held: list[events.Key]) -> None:
        async with self._turn:
            for event in held:
                await self._forward(event)
