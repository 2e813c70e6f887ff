"""A program in a terminal of its own: a pty of 80×24 whose output is read as it comes, each piece with its moment."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from types import TracebackType
from typing import Self

from bench.processes import ROOT

ASKED_SYNC, HAS_SYNC = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
FRAME = b"\x1b[?2026h"
"""Begins each picture where the terminal says that it shows one whole, which this one does."""
PATIENCE_S = 60.0


class Terminal:
    """`python ARGS` on a pty. Everything that came is in `out`."""

    def __init__(self, *args: str, env: dict[str, str] | None = None, pass_fds: tuple[int, ...] = ()) -> None:
        """`env` is the whole environment but for TERM; `pass_fds` stay open in the program."""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.out = bytearray()
        self._pieces: list[tuple[float, int]] = []
        self._more = threading.Condition()
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            start_new_session=True,
            pass_fds=pass_fds,
            env={**(env if env is not None else os.environ), "TERM": "xterm-256color", "ESCDELAY": "40"},
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            came = time.perf_counter()
            if ASKED_SYNC in data:
                os.write(self.master, HAS_SYNC)
            with self._more:
                self.out += data
                self._pieces.append((came, len(self.out)))
                self._more.notify_all()
            if not data:
                return

    def until(self, marker: bytes, since: int = 0) -> float:
        """The moment (perf_counter) when `marker` was there whole, looked for from byte `since` on."""
        end = time.perf_counter() + PATIENCE_S
        with self._more:
            while (at := self.out.find(marker, since)) < 0:
                if self.process.poll() is not None or time.perf_counter() > end:
                    raise RuntimeError(f"{marker!r} did not come: {bytes(self.out[-2000:])!r}")
                self._more.wait(0.5)
            return next(came for came, size in self._pieces if size >= at + len(marker))

    def press(self, key: str, marker: bytes) -> float:
        """Seconds from a key until `marker` came on the screen."""
        since, pressed = len(self.out), time.perf_counter()
        self.type(key)
        return self.until(marker, since) - pressed

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def frames(self, since: int = 0) -> int:
        """Pictures drawn from byte `since` on."""
        return self.out.count(FRAME, since)

    def close(self) -> None:
        """Ask it to go, as a closed window does, and wait."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()
        self._reader.join(2)
        os.close(self.master)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()
