"""Bytes on their way to the terminal. Nobody ever waits for it: not the room, and not for long the way out.

Textual's writer is a thread with a short queue. A terminal that is frozen (its window stopped, the line to it hanging)
takes no bytes; the queue would fill up, and the next write would stop the event loop, and with it every phone, until
the terminal goes on. One that is gone would end the thread with an error, to the same end.
"""

from __future__ import annotations

import contextlib
import os
import select
from typing import Any

from fieldkit.tui.marks import spelled

LOOK_S = 0.2
"""So often a frozen terminal is tried again."""
PIECE = 4096


class Output:
    """A stream for the writer's thread: it swallows what cannot be written any more, and can be told to give up."""

    def __init__(self, file: Any, level: str = "all") -> None:
        """`level`: how much of Unicode the terminal shows (`fieldkit.tui.marks`)."""
        self._file = file
        self._level = level
        self._line = own_line(file)
        self.given_up = False
        """True: what is not written at once is let go."""

    def write(self, text: str) -> int:
        shown = spelled(text, self._level)
        with contextlib.suppress(OSError, ValueError):
            if self._line < 0:
                self._file.write(shown)
            else:
                self._push(shown.encode("utf-8", "backslashreplace"))
        return len(text)

    def _push(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._line, rest[:PIECE]) :]
            except BlockingIOError:
                if self.given_up:
                    return
                select.select([], [self._line], [], LOOK_S)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()

    def close_line(self) -> None:
        """After the thread has ended."""
        if self._line >= 0:
            os.close(self._line)
            self._line = -1

    def open_line(self) -> None:
        """Before a thread begins; a suspended app begins again."""
        self.given_up = False
        if self._line < 0:
            self._line = own_line(self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def own_line(file: Any) -> int:
    """A descriptor of our own for the same terminal that never blocks; -1 where there is none.

    The one we were given is shared with the shell, which must not find it changed.
    """
    flags = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        return os.open(os.ttyname(file.fileno()), flags) if hasattr(os, "ttyname") else -1
    except (OSError, ValueError, AttributeError):
        return -1


def takes_bytes(fd: int, seconds: float = 0.5) -> bool:
    """Whether something written there would be taken soon; a frozen terminal takes nothing."""
    if os.name == "nt":
        return True
    try:
        return bool(select.select([], [fd], [], seconds)[1])
    except (OSError, ValueError):
        return False


def hung_up(fd: int) -> bool:
    """Whether the terminal at the other end of this descriptor is gone. Not every system says so."""
    if fd < 0 or not hasattr(select, "poll"):
        return False
    looks = select.poll()
    looks.register(fd, 0)
    try:
        return any(what & (select.POLLHUP | select.POLLNVAL) for _, what in looks.poll(0))
    except OSError:
        return True
