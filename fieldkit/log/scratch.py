"""A folder to work in beside what is being made, which goes away whatever happens: at the end, after an exception, and
what a killed process left the next time somebody makes something of that kind there.

What lies in it may hold names, so it may not stay. Whether it is used, a lock of the operating system in it says: that
ends with its process, however it ends.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fieldkit.errors import FieldkitError
from fieldkit.log.lock import Lock

LOCK = "in-use.lock"


@contextlib.contextmanager
def scratch(parent: Path, kind: str) -> Iterator[Path]:
    """A new folder `.fieldkit-<kind>-…` in `parent`; what is to stay is moved out of it. Raises OSError."""
    clear(parent, prefix(kind))
    folder = Path(tempfile.mkdtemp(prefix=prefix(kind), dir=parent))
    try:
        lock = Lock(folder / LOCK)
        try:
            yield folder
        finally:
            lock.release()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prefix(kind: str) -> str:
    return f".fieldkit-{kind}-"


def clear(parent: Path, begins: str) -> list[Path]:
    """Delete those folders that nobody uses; which they were. One without a lock is just being made."""
    gone = []
    for folder in sorted(parent.glob(f"{begins}*")):
        if folder.is_symlink() or not (folder / LOCK).is_file():
            continue
        try:
            Lock(folder / LOCK).release()
        except FieldkitError:  # in use, or another user's
            continue
        shutil.rmtree(folder, ignore_errors=True)
        gone.append(folder)
    return gone
