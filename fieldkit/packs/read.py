"""A pack's files, from a folder or a .fkpack, within the limits of a pack and never through a link.

Everything is read into memory once (at most 50 MB); nothing is written anywhere. Both ways give the same names and
bytes, so the same pack has the same hash however it came.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

import msgspec

from fieldkit.errors import BadBytes, FieldkitError, NotPossible
from fieldkit.packs.archive import files_hash, read_archive
from fieldkit.packs.paths import ALL_MAX, FILE_MAX, FILES_MAX, SENTENCES, Twins, hidden, judge
from fieldkit.packs.problem import short

PACK = "pack.yaml"
NOTE = "pack.note"


class PackFiles(msgspec.Struct, frozen=True):
    """What a pack consists of. `files`: path inside the pack → bytes; hidden files are not in it."""

    source: Path
    files: dict[str, bytes]

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the sorted lines `<hex>  <path>`."""
        return files_hash(self.files)


def read_pack(path: Path) -> PackFiles:
    """Read a pack. Raises NotPossible (nothing there), BadBytes (refused), FieldkitError (the disk says no)."""
    try:
        if path.is_dir():
            files = _folder(path)
        elif path.is_file():
            with path.open("rb") as file:
                return packed(path, file)
        else:
            raise NotPossible(f"There is no pack at {short(path, 120)}.", "Give a pack's id, its folder or a .fkpack.")
    except (OSError, ValueError) as e:  # ValueError: a NUL byte in the path
        why = getattr(e, "strerror", None) or "the path cannot be used"
        raise FieldkitError(f"The pack cannot be read: {why}.", f"Look at {short(path, 120)}.") from None
    return _whole(path, files)


def packed(source: Path, file: BinaryIO) -> PackFiles:
    """The pack in an open archive, which is called `source`. Raises BadBytes."""
    return _whole(source, _without_top(read_archive(file)))


def _whole(source: Path, files: dict[str, bytes]) -> PackFiles:
    if PACK not in files:
        raise BadBytes("no-pack-yaml", "There is no pack.yaml in it.")
    return PackFiles(source=source, files=files)


def _without_top(files: dict[str, bytes]) -> dict[str, bytes]:
    """A zip of the folder itself has one name in front of everything; that name says nothing."""
    tops = {name.split("/", 1)[0] for name in files}
    if PACK in files or len(tops) != 1:
        return files
    top = tops.pop() + "/"
    return {name.removeprefix(top): raw for name, raw in files.items()} if f"{top}{PACK}" in files else files


def _folder(root: Path) -> dict[str, bytes]:
    out: dict[str, bytes] = {}
    twins = Twins()
    left = ALL_MAX
    waiting = [""]
    seen = 0
    while waiting:
        inner = waiting.pop()
        with os.scandir(root / inner) as found:
            entries = sorted(found, key=lambda e: e.name)
        for entry in entries:
            name = f"{inner}/{entry.name}" if inner else entry.name
            if hidden(name):
                continue
            seen += 1
            if seen > 2 * FILES_MAX or len(out) >= FILES_MAX:
                raise BadBytes("too-many", f"A pack holds at most {FILES_MAX} files.")
            if reason := judge(name):
                raise BadBytes(reason, f"{SENTENCES[reason]} ({short(name)})")
            if entry.is_symlink():
                raise BadBytes("link", f"{short(name)} is a link; put the file itself there.")
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
                continue
            if reason := twins.add(name):
                raise BadBytes(reason, f"{short(name)} differs from another file only in case.")
            out[name] = _file(root / name, name, left)
            left -= len(out[name])
    return out


def _file(path: Path, name: str, left: int) -> bytes:
    """One regular file, opened without following a link and without waiting for a pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    fd = os.open(path, flags)
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise BadBytes("link", f"{short(name)} is not a regular file.")
        limit = min(FILE_MAX, left)
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raise BadBytes(
            "too-large",
            f"With {short(name)} the pack is larger than {ALL_MAX // 1024 // 1024} MB, or the "
            f"file larger than {FILE_MAX // 1024 // 1024} MB.",
        )
    return raw
