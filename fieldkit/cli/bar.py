"""How far a command is: one line on standard error, for whoever sits there; nothing while it does not take long."""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from fieldkit.cli import talk
from fieldkit.clock import SystemClock

if TYPE_CHECKING:
    from fieldkit.clock import Clock
    from fieldkit.sync.copying import Progress

SOON_MS = 400
CELLS = 30
WORDS = {
    "look": "looking",
    "take": "taking in",
    "pack": "packing",
    "write": "writing",
    "check": "reading back",
    "records": "reading",
    "send": "sending",
    "fetch": "fetching",
}


class Bar:
    """The line; the next thing that is shown stands in its place."""

    def __init__(self, clock: Clock, write: Callable[[str], object]) -> None:
        self._clock, self._write = clock, write
        self._begun = clock.reading_ns()
        self._shown = ""

    def told(self, at: Progress) -> None:
        """So far it is."""
        if at.step == "wait":
            self._line(f"Trying again in {at.of - at.done} s, Ctrl-C stops: {at.why}")
        elif at.step == "ask":
            self._line("Asking head office…")
        elif at.step == "send" and at.done >= at.of:
            self._line("Sent; head office checks it…")
        else:
            self.at(at.step, at.done, at.of)

    def each(self, step: str) -> Callable[[int, int], None]:
        """The same for a layer that knows only numbers."""
        return lambda done, of: self.at(step, done, of)

    def at(self, step: str, done: int, of: int) -> None:
        full = CELLS * min(done, of) // of if of else 0
        self._line(f"{WORDS.get(step, step):<13}[{'#' * full}{'.' * (CELLS - full)}]")

    def _line(self, line: str) -> None:
        # A line that wraps could not be taken back.
        line = talk.plain(line)[: shutil.get_terminal_size().columns - 1]
        if line != self._shown and self._clock.reading_ns() - self._begun >= SOON_MS * 1_000_000:
            self._write(f"\r{line}" + ("\x1b[K" if len(line) < len(self._shown) else ""))
            self._shown = line

    def over(self) -> None:
        """The line is empty again."""
        if self._shown:
            self._write("\r\x1b[K")


@contextlib.contextmanager
def soon(words: str) -> Iterator[None]:
    """`words` while the block takes longer than a moment, also one that keeps its thread from everything else."""
    if not sys.stderr.isatty() or talk.tone.quiet:
        yield
        return
    shown = threading.Event()

    def tell() -> None:
        shown.set()
        sys.stderr.write(f"\r{talk.plain(words)}")
        sys.stderr.flush()

    timer = threading.Timer(SOON_MS / 1000, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if shown.is_set():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


@contextlib.contextmanager
def bar(json: bool = False) -> Iterator[Bar]:
    """A line for the work of the block; a silent one where no person looks on."""

    def write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()

    looked_at = sys.stderr.isatty() and not json and not talk.tone.quiet
    shown = Bar(SystemClock(), write if looked_at else lambda text: None)
    try:
        yield shown
    finally:
        shown.over()
