"""Whether a path still leads to the file that was opened.

An open file that was moved or deleted can be written to as if nothing had happened, and all of it is lost with the
last handle; so the store asks here around every commit.
"""

from __future__ import annotations

from pathlib import Path

from fieldkit.errors import DamagedData
from fieldkit.log.schema import wal_path

_Identity = tuple[int, int]


class Place:
    """The session file as it was first opened, and the -wal of the present connection."""

    def __init__(self, path: Path) -> None:
        self._path, self._wal_path = path, wal_path(path)
        self._file: _Identity | None = None
        self._wal: _Identity | None = None

    def take(self) -> None:
        """Before connecting: this is the file. Raises DamagedData when there was another one before."""
        self._file = self._file or identity(self._path)
        self.check()

    def take_wal(self) -> None:
        """Once connected and read: SQLite has made its -wal, and deletes it only with the last connection."""
        self._wal = identity(self._wal_path)

    def check(self) -> None:
        """Raises DamagedData when the path leads elsewhere, or nowhere. One look at the folder, a few µs."""
        if identity(self._path) != self._file:
            raise DamagedData(
                "The session file was moved or deleted while the session runs.",
                "Put it back under its name and the session goes on by itself; until then nothing is saved.",
            )

    def has_wal(self) -> bool:
        return identity(self._wal_path) == self._wal


def identity(path: Path) -> _Identity | None:
    """(device, inode) of what a path leads to; None: nothing that can be reached."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
