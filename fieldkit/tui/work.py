"""Long work: how far it is, told from the thread that works, and the wish to stop it.

`Work` is all that the two sides share: the thread writes `told`, the screen reads it ten times a second and sets
`stop`. Neither waits for the other, so a room that runs beside it is never held up.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from fieldkit.tui.safe import Content, fit, join, plain, wrap
from fieldkit.tui.say import _, size_of, told
from fieldkit.tui.tools import At

SOON_S = 0.4
"""Work that ends within this time shows nothing: a box that flashes up is only unrest."""
LOOK_S = 0.1
WIDEST = 40
"""Cells of a bar at most."""
PIECE = 8
"""Cells of the piece that moves where nobody knows how much there is to do."""
CELLS_S = 10
"""Cells that it moves in a second."""


class Work:
    """One piece of work that takes a while. Made on the loop; `told` and `stopped` may be called on any thread."""

    def __init__(self, words: str) -> None:
        """`words`: what is being done, a heading."""
        self.words = words
        self.at: At | None = None
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._asked = asyncio.Event()
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._begun = self._clock()

    def told(self, at: At) -> None:
        """So far it is."""
        self.at = at

    def stopped(self) -> bool:
        """Whether the work should end now, leaving nothing half-done."""
        return self._stop.is_set()

    def stop(self) -> None:
        """On the loop's thread."""
        self._stop.set()
        self._asked.set()

    def hurried(self) -> bool:
        """Whether somebody wants the next try at once; a wish holds for one try."""
        hurried = self._hurry.is_set()
        self._hurry.clear()
        return hurried

    def hurry(self) -> None:
        """On the loop's thread."""
        self._hurry.set()

    @property
    def waits(self) -> bool:
        """It waits for its next try."""
        return self.at is not None and self.at.step == "wait"

    async def asked(self) -> None:
        """Return once somebody wants it to stop."""
        await self._asked.wait()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return self._clock() - self._begun


def work_lines(work: Work, width: int) -> list[Content]:
    """Bar and share, then what is done just now and for how long: two lines of at most `width` cells, more where the
    words need them."""
    at, seconds = work.at, int(work.seconds)
    # Nobody knows how long head office takes to answer.
    known = at is not None and at.of > 0 and at.step != "ask" and not (at.step == "send" and at.done >= at.of)
    room = max(4, min(WIDEST, width - 7))
    if at is not None and known:
        share = max(0, min(at.done, at.of)) * 100 // at.of
        bar, tail = filled(room, share), f"{share:>4} %"
    else:
        bar, tail = moving(room, work.seconds), ""
    if work.waits and at is not None and not work.stopped():
        tried = _("Trying again in {n} s.", n=at.of - at.done)
        return [fit(bar, width), *wrap(told(at.why), width, 3), *wrap(tried, width, 1, "bold")]
    words = [x for x in (step_words(at), _("{n} s", n=seconds)) if x]
    said = _("Stopping…") if work.stopped() else " · ".join(words)
    return [fit(join(bar, plain(tail, "bold")), width), *wrap(said, width, 2, "$muted")]


def filled(room: int, share: int) -> Content:
    """A bar of `room` cells of which `share` percent are done."""
    full = room * share // 100
    return join(plain("█" * full, "$accent"), plain("░" * (room - full), "$muted"))


def moving(room: int, seconds: float) -> Content:
    """A piece that goes to and fro: it works, and nobody knows for how long."""
    piece = min(PIECE, room // 2)
    way = room - piece
    at = int(seconds * CELLS_S) % max(1, 2 * way)
    at = at if at <= way else 2 * way - at
    return join(plain("░" * at, "$muted"), plain("█" * piece, "$accent"), plain("░" * (way - at), "$muted"))


def step_words(at: At | None) -> str:
    """What is done just now, with its numbers."""
    if at is None:
        return ""
    return {
        "look": _("looking what is there, {n} of {of}", n=size_of(at.done), of=size_of(at.of)),
        "take": _("taking in, {n} of {of}", n=at.done, of=at.of),
        "pack": _("sealing, {n} of {of} sessions", n=at.done, of=at.of),
        "write": _("writing, {n} of {of}", n=size_of(at.done), of=size_of(at.of)),
        "check": _("reading back, {n} of {of}", n=size_of(at.done), of=size_of(at.of)),
        "read": _("reading, {n} of {of}", n=size_of(at.done), of=size_of(at.of)),
        "records": _("reading records, {n} of {of}", n=at.done, of=at.of),
        "table": _("making the table"),
        "who": _("reading the session"),
        "erase": _("taking out names and words"),
        "copies": _("deleting the copies"),
        "ask": _("asking head office"),
        "fetch": _("fetching a pack, {n} of {of}", n=size_of(at.done), of=size_of(at.of)),
        "send": _("sending, {n} of {of}", n=size_of(at.done), of=size_of(at.of))
        if at.done < at.of
        else _("sent; head office checks it"),
    }.get(at.step, "")
