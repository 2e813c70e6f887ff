"""Who is using a copy in the spool, so that what a crash left there can be told from what is being read.

A copy holds names. Whoever makes or reads one holds a shared lock of the operating system on it, let go of by it when
the process ends, however it ends; an erasure deletes every copy that it can lock for itself. Where files cannot be
locked that is done by age (`held.sweep`).
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from io import BufferedRandom
from pathlib import Path
from typing import IO

if sys.platform == "win32":  # pragma: no cover - there an open file can be neither moved nor deleted
    LOCKS = False

    def _share(file: IO[bytes]) -> None: ...

    def _alone(file: IO[bytes]) -> None: ...

else:
    import fcntl

    LOCKS = True

    def _share(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_SH)

    def _alone(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def copies(spool: Path) -> list[Path]:
    """What lies in the spool, halves of files too."""
    return sorted([*spool.glob("*.part"), *spool.glob(".*.tmp")])


def claim(file: IO[bytes]) -> None:
    """Until `file` is closed `clear` leaves it alone."""
    with contextlib.suppress(OSError):  # a network drive without locks: there `clear` finds it cannot lock either
        _share(file)


@contextlib.contextmanager
def in_use(path: Path) -> Iterator[None]:
    """While this lasts `clear` leaves the file alone, in this process and in others. Raises OSError."""
    if not LOCKS:
        yield
        return
    with path.open("rb") as file:
        claim(file)
        yield


@contextlib.contextmanager
def made(path: Path) -> Iterator[BufferedRandom]:
    """A new file to write to and read again, in use, and on the disk when the block ends. Raises OSError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "w+b") as file:
        claim(file)
        yield file
        file.flush()
        os.fsync(file.fileno())


def clear(spool: Path) -> None:
    """Delete what a crash left and nobody uses; the sources of all of it still exist."""
    for path in copies(spool) if LOCKS else []:
        with contextlib.suppress(OSError), path.open("rb") as file:
            _alone(file)
            path.unlink()
