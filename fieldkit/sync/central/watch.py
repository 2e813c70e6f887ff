"""Watched folders: which bundles lie there complete, each told once, whatever else lies there or comes and goes.

A file is ready when its size and its time of change are the same in two looks. Links, pipes, devices, names that begin
with a dot or do not end in `.fkb` (a copy on its way is called `….part`) are nobody's bundle. A folder that goes away,
a stick that was pulled, is waited for; what lies on it is looked at anew when it comes back, which is harmless: a
bundle that was taken is *already* there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from fieldkit.log.files import durable, place, sync_folder, write_durable

ENDING = ".fkb"
DEPTH = 3
"""Folders below a watched one that are looked into: a folder of mounted sticks, and theirs."""
MOST = 200_000
"""Names that one look reads; what lies beyond is not seen until others went."""
Seen = tuple[int, int, int, int]
"""Device, inode, size and time of change (ns) of a file."""


class Look:
    """What one look at the folders found."""

    def __init__(self) -> None:
        self.ready: list[Path] = []
        self.moving = False
        """Something is there that may still be written."""
        self.gone: list[Path] = []
        self.back: list[Path] = []
        self.too_many = False


class Watch:
    """The folders, and what was seen in them."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = list(folders)
        self._there = {folder: folder.is_dir() for folder in self.folders}
        self._seen: dict[str, Seen] = {}
        self._told: dict[str, Seen] = {}

    def look(self) -> Look:
        """Read the folders once; what is `ready` is told once, until `again` or until the file changes."""
        found, now, left = Look(), dict[str, Seen](), MOST
        for folder in self.folders:
            there = folder.is_dir()
            if there is not self._there[folder]:
                self._there[folder] = there
                (found.back if there else found.gone).append(folder)
            if there:
                for path, state in bundles(str(folder), DEPTH):
                    if not left:
                        found.too_many = True
                        break
                    left -= 1
                    now[path] = state
        new = {path: state for path, state in now.items() if self._told.get(path) != state}
        still = sorted(path for path, state in new.items() if self._seen.get(path) == state)
        found.moving = len(still) < len(new)
        found.ready = list(map(Path, still))
        self._seen = now
        self._told = {path: state for path, state in self._told.items() if path in now}
        self._told.update((path, now[path]) for path in still)
        return found

    def again(self, path: Path) -> None:
        """Tell this file once more: it could not be read, or not be judged now."""
        self._told.pop(str(path), None)

    def opened(self, path: Path) -> BinaryIO | None:
        """The file that was told, to read; None if something else lies there now. Raises OSError."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            handle = os.open(path, flags)
        except OSError as wrong:
            if wrong.errno in (errno.ELOOP, errno.ENOENT, errno.ENXIO):
                return None
            raise
        if _state(os.fstat(handle)) != self._seen.get(str(path)):
            os.close(handle)
            return None
        return os.fdopen(handle, "rb")


def bundles(folder: str, depth: int) -> Iterator[tuple[str, Seen]]:
    """Every ordinary file that is called like a bundle, in a folder and those below it; nothing is followed. A folder
    that cannot be read holds none."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            with contextlib.suppress(OSError):  # it went away while we looked
                if entry.is_dir(follow_symlinks=False):
                    if depth:
                        yield from bundles(entry.path, depth - 1)
                elif entry.name.endswith(ENDING) and entry.is_file(follow_symlinks=False):
                    state = _state(entry.stat(follow_symlinks=False) if os.name != "nt" else Path(entry.path).stat())
                    if state is not None:
                        yield entry.path, state


def _state(found: os.stat_result) -> Seen | None:
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def moved(path: Path, folder: Path) -> Path:
    """Move a file that was taken into `folder`, which is made; under another name if its own is had already. Across
    disks it is copied, synced, and then deleted. Raises FieldkitError, OSError when the old place does not let go."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    to, n = folder / path.name, 1
    while os.path.lexists(to):
        n += 1
        to = folder / f"{path.stem}-{n}{path.suffix}"
    try:
        path.rename(place(to))
    except OSError as wrong:
        if wrong.errno != errno.EXDEV:
            raise
        with path.open("rb") as source, durable(to) as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
        path.unlink()
    sync_folder(folder)
    sync_folder(path.parent)
    return to


def lay_beside(path: Path, notes: bytes) -> Path:
    """The receipts of a bundle beside it, where its laptop looks for them. Raises FieldkitError."""
    to = path.with_name(path.name.removesuffix(ENDING) + ".receipts.note")
    write_durable(to, notes)
    return to
