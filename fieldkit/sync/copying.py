"""One file to a stick: written beside, synced, read back from the device, and only then given its name.

Whatever goes wrong on the way, a full stick, one that was pulled out, somebody who thought better of it, leaves no
file there that has the name of a whole one, and nothing is changed where the file comes from.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from fieldkit.errors import FieldkitError, Stopped
from fieldkit.log.files import place, sync_folder

CHUNK = 1 << 18
SYNCED = 1 << 22
"""Bytes after which the device has to have them: a system that takes a whole file into memory at once would leave the
bar at its end, and nobody could stop it, for the minutes that a slow stick needs."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SHUT = (errno.EROFS, errno.EACCES, errno.EPERM)
GONE = (errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.ESTALE, errno.ENOTCONN, errno.ENOTDIR)
SAFE = "nothing on this laptop is lost."


class Progress(msgspec.Struct, frozen=True):
    """`step`: take (notes and receipts), look (bytes), pack (sessions), write and check (bytes): so many of so many are
    done. Over the network also ask, send (bytes) and wait (seconds until the next try; `why` says what is wrong)."""

    step: str
    done: int
    of: int
    why: str = ""


class Watch:
    """Tells how far it is, and stops where somebody wishes it. Called on the thread that works."""

    def __init__(
        self,
        told: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] | None = None,
        now: Callable[[], bool] | None = None,
    ) -> None:
        """`now`: whether somebody wants the next try at once; asked while it waits."""
        self._told, self._stop, self._now = told, stop, now

    def tell(self, step: str, done: int, of: int, why: str = "") -> None:
        """So far it is; for where stopping would lose what has just arrived."""
        if self._told is not None:
            self._told(Progress(step, done, of, why))

    def hurried(self) -> bool:
        return self._now is not None and self._now()

    def at(self, step: str, done: int, of: int, why: str = "") -> None:
        """Raises Stopped."""
        self.tell(step, done, of, why)
        if self._stop is not None and self._stop():
            raise Stopped("Stopped: nothing was carried.", "Carry again when you like.")

    def packing(self, done: int, of: int) -> None:
        """So many sessions of so many are packed."""
        self.at("pack", done, of)

    def taking(self, done: int, of: int) -> None:
        """So many notes, or receipts of one, are taken in."""
        self.at("take", done, of)


def copy_verified(source: Path, to: Path, sha256: str, watch: Watch) -> None:
    """Copy `source` to `to`; the device holds the same bytes when this returns. Raises FieldkitError, Stopped."""
    tmp = to.with_name(f".{to.name[:80]}.{secrets.token_hex(4)}.tmp")
    try:
        place(to)
        size = source.stat().st_size
        free = shutil.disk_usage(to.parent).free
        if free < size:
            raise FieldkitError(
                f"There is too little space: {megabytes(size)} are needed and {megabytes(free)} are free.",
                f"Free some space on the stick, or use another one; {SAFE}",
            )
        try:
            with source.open("rb") as ours, tmp.open("xb") as theirs:
                _write(ours, theirs, size, watch)
            if hash_of(tmp, watch, "check") != sha256:
                raise FieldkitError(f"{to.name} does not read back as it was written.", f"Use another stick; {SAFE}")
            tmp.replace(to)
        finally:
            with contextlib.suppress(OSError):  # a stick that is gone took it along
                tmp.unlink(missing_ok=True)
        sync_folder(to.parent)
        if not to.is_file():
            raise OSError(errno.ENOENT, "it is not there")
    except OSError as error:
        raise refused(to.parent, error) from error


def _write(ours: BinaryIO, theirs: BinaryIO, size: int, watch: Watch) -> None:
    done = 0
    watch.at("write", 0, size)
    while block := ours.read(CHUNK):
        theirs.write(block)
        theirs.flush()
        done += len(block)
        if done % SYNCED == 0:
            os.fsync(theirs.fileno())
        watch.at("write", done, size)
    os.fsync(theirs.fileno())
    if hasattr(os, "posix_fadvise"):  # else the check below reads memory and says nothing about the stick
        os.posix_fadvise(theirs.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def hash_of(path: Path, watch: Watch, step: str) -> str:
    """SHA-256 (hex) of a file on a stick, which may be slow. Raises OSError, Stopped."""
    hashed, done, size = hashlib.sha256(), 0, path.stat().st_size
    watch.at(step, 0, size)
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            hashed.update(block)
            done += len(block)
            watch.at(step, done, size)
    return hashed.hexdigest()


def refused(folder: Path, error: OSError) -> FieldkitError:
    """What an OSError there means, as one sentence and what to do."""
    if error.errno in FULL:
        return FieldkitError(f"{folder} is full.", f"Free some space on the stick, or use another one; {SAFE}")
    if error.errno in SHUT:
        return FieldkitError(
            f"Nothing may be written to {folder}.", f"A stick may have a switch; or use another one; {SAFE}"
        )
    if error.errno in GONE:
        return FieldkitError(
            f"{folder} is gone: the stick was pulled out, or it is broken.",
            f"Plug it in and carry again, or use another one; {SAFE}",
        )
    return FieldkitError(
        f"It could not be written to {folder}: {error.strerror or 'the disk refused'}.", f"Use another stick; {SAFE}"
    )


def megabytes(n: int) -> str:
    """Bytes for people, never rounded down to nothing."""
    return f"{max(n, 1) / 1_000_000:.1f} MB" if n < 10_000_000 else f"{n // 1_000_000} MB"
