"""One host a session: a lock of the operating system, let go by it when the process ends, however it ends.

A lock file that merely exists would outlive a power cut and keep the trainer out; so what counts is the lock on the
open file (flock, on Windows msvcrt.locking), never the file itself, which therefore stays where it is: unlinking it
while another process waits on it would give both of them a lock.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from fieldkit.errors import FieldkitError

if sys.platform == "win32":  # pragma: no cover - the other half of the pair
    import msvcrt

    def _take(handle: int) -> None:
        os.lseek(handle, 1 << 30, os.SEEK_SET)  # beyond the text, which others may read meanwhile
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        # flock and not lockf: a POSIX lock is lost as soon as this process closes any handle of the file.
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_TRIES, _PAUSE_S = 2_000, 0.005


class AnotherHost(FieldkitError):
    """Another host is running here; two of them would sign two histories."""


class Lock:
    """A held lock. `release` may be called twice."""

    def __init__(self, path: Path) -> None:
        """Take the lock at once or raise AnotherHost; `path` is created with mode 0600 and never removed."""
        self.path = path
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as wrong:
            raise FieldkitError(
                f"The lock file {path.name} could not be opened: {wrong.strerror}.",
                "Check that the folder exists and belongs to you.",
            ) from wrong
        try:
            _take(self._handle)
        except OSError as wrong:
            holder = _text(self._handle)
            os.close(self._handle)
            self._handle = -1
            whose = f" (process {holder})" if holder.isdigit() else ""
            raise AnotherHost(
                f"Another host is running{whose}.",
                "Go to the window where it runs, or end it there before you start again.",
            ) from wrong
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, str(os.getpid()).encode())

    def release(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


@contextlib.contextmanager
def turn(path: Path) -> Iterator[None]:
    """One process at a time within this, for a small file at `path` that is read, changed and written again: else what
    another one wrote meanwhile would be lost. Some milliseconds are waited, and ten seconds at the most.

    Raises FieldkitError where no lock can be had."""
    beside = path.with_name(f".{path.name}.lock")
    for left in range(_TRIES, -1, -1):
        try:
            lock = Lock(beside)
            break
        except AnotherHost as wrong:
            if not left:
                raise FieldkitError(
                    f"{path.name} could not be written: another program is changing it.", "Try again in a moment."
                ) from wrong
            time.sleep(_PAUSE_S)
    try:
        yield
    finally:
        lock.release()


def _text(handle: int) -> str:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        return os.read(handle, 20).decode("ascii", "replace").strip()
    except OSError:
        return ""
