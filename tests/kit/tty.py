"""A program in a real terminal of its own, read as a person reads it: a pty that it is born in, and a small screen.

The screen understands what the terminal app sends: text, the cursor's moves, erasing; colours and modes are passed
over. A test may stop reading (a frozen window), hang up (a closed one) and change the size.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.cells import cell_len

PATIENCE_S = 60.0
"""Of a test on a busy machine; nothing waits as long where all is well."""
LAST_S = 10.0
"""So long something may still come of a program that has ended."""
REST_S = 0.06
ESCAPE_S = 0.2
"""After escape: it and the next key, read together, would be one."""
_PARTS = re.compile(
    r"\x1b\[([?><=]?)([0-9;:]*)[$ ]?([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_=>78]|[^\x1b]+|\x1b"
)


class Screen:
    """What stands on a terminal, cell by cell."""

    def __init__(self, width: int = 80, height: int = 24) -> None:
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Empty: the program draws all of it again."""
        self.width, self.height = width, height
        self.cells = [[" "] * width for _ in range(height)]
        self.x = self.y = 0

    def feed(self, text: str) -> None:
        for found in _PARTS.finditer(text):
            if found[3]:
                self._obey(found[1], [int(n) if n.isdigit() else 0 for n in found[2].split(";")], found[3])
            elif not found[0].startswith("\x1b"):
                self._put(found[0])

    def _obey(self, private: str, n: list[int], what: str) -> None:
        if what == "H":
            self.y, self.x = max(n[0], 1) - 1, max(n[1] if len(n) > 1 else 1, 1) - 1
        elif what in "ABCD" and not private:
            step = max(n[0], 1)
            self.y += {"A": -step, "B": step}.get(what, 0)
            self.x += {"C": step, "D": -step}.get(what, 0)
        elif (what == "J" and not private) or (private == "?" and 1049 in n and what in "hl"):
            self.cells = [[" "] * self.width for _ in range(self.height)]
        elif what == "K" and self.y < self.height:
            self.cells[self.y][self.x :] = [" "] * (self.width - self.x)

    def _put(self, text: str) -> None:
        for c in text:
            if c == "\r":
                self.x = 0
            elif c == "\n":
                self.y += 1
            elif (wide := cell_len(c)) and 0 <= self.y < self.height:
                if 0 <= self.x < self.width:
                    self.cells[self.y][self.x] = c
                if wide == 2 and self.x + 1 < self.width:
                    self.cells[self.y][self.x + 1] = ""
                self.x += wide

    def text(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self.cells)


class Tty:
    """`python ARGS` in a terminal; everything that came is in `out`, what a person sees is `text()`."""

    def __init__(self, *args: str, env: Mapping[str, str], cwd: Path, size: tuple[int, int] = (80, 24)) -> None:
        self.pid, self.master = pty.fork()
        if not self.pid:
            time.sleep(0.05)  # until the window has its size
            os.chdir(cwd)
            os.execve(sys.executable, [sys.executable, *args], {"ESCDELAY": "40", **env})
        self.out = bytearray()
        self.code: int | None = None
        self._screen = Screen(*size)
        self._drawn = 0
        self._size(size)
        self.before = termios.tcgetattr(self.master)
        self._reads = threading.Event()
        self._reads.set()
        self._done = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _size(self, size: tuple[int, int]) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def _read(self) -> None:
        while not self._done:
            self._reads.wait(0.1)
            if not self._reads.is_set():
                continue
            with contextlib.suppress(OSError, ValueError):
                if select.select([self.master], [], [], 0.05)[0]:
                    self.out += os.read(self.master, 65536)
                continue
            time.sleep(0.05)

    # ---- what a person does

    def press(self, *keys: str, rest: float = REST_S) -> None:
        for key in keys:
            self.send(key)
            time.sleep(ESCAPE_S if key == "\x1b" else rest)

    def send(self, text: str | bytes) -> None:
        """All of it, however slowly it is taken."""
        data = memoryview(text.encode() if isinstance(text, str) else text)
        while data:
            data = data[os.write(self.master, data[:1024]) :]

    def resize(self, width: int, height: int) -> None:
        self._screen.resize(width, height)
        self._size((width, height))

    def freeze(self) -> None:
        """Read no more: the window is stopped, or the line to it hangs."""
        self._reads.clear()
        time.sleep(0.15)

    def thaw(self) -> None:
        self._reads.set()

    def hang_up(self) -> None:
        """Close the window."""
        self._done = True
        self._reader.join(5)
        os.close(self.master)
        self.master = -1

    # ---- what a person sees

    def text(self) -> str:
        end = len(self.out)
        with contextlib.suppress(UnicodeDecodeError):  # in the middle of a letter: the next look has it
            self._screen.feed(bytes(self.out[self._drawn : end]).decode())
            self._drawn = end
        return self._screen.text()

    def until(self, *words: str, gone: bool = False, seconds: float = PATIENCE_S) -> str:
        """The screen as soon as all these words stand on it (`gone`: none of them)."""
        self.wait_for(lambda: (any if gone else all)(w in self.text() for w in words) is not gone, seconds, words)
        return self.text()

    def wait_for(self, true: Callable[[], bool], seconds: float = PATIENCE_S, what: object = "") -> None:
        end = time.monotonic() + seconds
        while not true():
            if self.ended():  # what it wrote last is read within this time, and no more comes
                end = min(end, time.monotonic() + LAST_S)
            assert time.monotonic() < end, f"{what} did not come, code {self.code}:\n{self.text()}"
            time.sleep(0.03)

    def rests(self, seconds: float = 0.5) -> None:
        """Until nothing came for so long."""
        size, since = len(self.out), time.monotonic()
        end = since + PATIENCE_S
        while time.monotonic() < since + seconds:
            time.sleep(0.05)
            if len(self.out) != size:
                size, since = len(self.out), time.monotonic()
            assert time.monotonic() < end

    # ---- its end

    def ended(self) -> bool:
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def wait(self, seconds: float = PATIENCE_S) -> int:
        self.wait_for(self.ended, seconds, "its end")
        time.sleep(0.1)
        assert self.code is not None
        return self.code

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def close(self) -> None:
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
            self.code = os.waitstatus_to_exitcode(status)
        if self.master >= 0:
            self.hang_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()
