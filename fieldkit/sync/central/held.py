"""Files on their way in: central's own copy while it is read, and the shelf of those that were not taken.

A bundle is copied before it is read, a small one into memory and a larger one into the spool, so that a stick pulled
out halfway damages nothing and what was verified is what is kept. Copies go after the commit; a file with a session
that was held, forked or refused goes to the shelf, `held/<sha256>.fkb`, and stays until each of its sessions has been
taken. The operator's own file is never touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from fieldkit.core.clean import clean_text
from fieldkit.errors import FieldkitError
from fieldkit.log.files import sync_folder
from fieldkit.log.seal import AGE
from fieldkit.sync.central.spool import copies, in_use, made

COPY_LIMIT = 1 << 30
"""Most bytes of one bundle file; it cannot hold more even when nothing in it compresses."""
CHUNK = 1 << 18
NAME = 255
"""Most characters of a file's name."""
SMALL = 1 << 18
"""Bytes of a file up to which its copy stays in memory: making a file costs as much as checking the fourth part of an
ordinary bundle, and most are never kept."""
BY_WORDS = AGE + b"\n-> scrypt "
"""How a file that is sealed to six words begins."""


class ShelfFull(FieldkitError):
    """A file would have to wait for a person, and there is no room for more of those.

    `outcomes`: what became of its sessions; those that were taken stay taken.
    """

    def __init__(self, sentence: str, hint: str = "", outcomes: Sequence[Any] = ()) -> None:
        super().__init__(sentence, hint)
        self.outcomes = list(outcomes)


class Spooled:
    """Central's own copy of one file: at `path` in the spool, or `raw`, which goes there only if it has to be kept."""

    def __init__(self, path: Path, sha256: str, name: str, too_large: bool = False, raw: bytes | None = None) -> None:
        self.path = path
        self.raw = raw
        self.sha256 = sha256
        self.name = clean_text(name, NAME) or "-"
        """On a stick a name may hold line ends, and would then forge lines of what lists it."""
        self.too_large = too_large
        self.came: set[str] | None = None
        """Origins of which this file brought something before, once the database was asked."""

    def opened(self) -> BinaryIO:
        """To be read from its beginning."""
        return self.path.open("rb") if self.raw is None else io.BytesIO(self.raw)

    def size(self) -> int:
        return self.path.stat().st_size if self.raw is None else len(self.raw)


@contextlib.contextmanager
def spooled(spool: Path, stream: BinaryIO, name: str) -> Iterator[Spooled]:
    """Copy a stream and hash it; what lies in the spool is deleted on the way out unless `shelve` took it."""
    path = spool / f"{secrets.token_hex(8)}.part"
    first = b""
    while len(first) <= SMALL and (piece := stream.read(SMALL + 1 - len(first))):
        first += piece
    try:
        if len(first) <= SMALL:
            yield Spooled(path, hashlib.sha256(first).hexdigest(), name, raw=first)
            return
        with contextlib.ExitStack() as stack:
            sha256, size = _copied(stream, path, stack, first)
            yield Spooled(path, sha256, name, size > COPY_LIMIT)
    finally:
        path.unlink(missing_ok=True)


def _copied(stream: BinaryIO, path: Path, stack: contextlib.ExitStack, first: bytes) -> tuple[str, int]:
    """SHA-256 and size of what was copied to `path`, a new file that is in use until `stack` ends; `first` was read
    before. Raises OSError when `stream` cannot be read, FieldkitError for our disk."""
    digest, size, piece = hashlib.sha256(), 0, first
    with _ours():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        stack.enter_context(in_use(path))
    with os.fdopen(handle, "wb") as copy:
        while piece:
            size += len(piece)
            digest.update(piece)
            with _ours():
                copy.write(piece)
            piece = stream.read(CHUNK) if size <= COPY_LIMIT else b""
        with _ours():
            copy.flush()
    return digest.hexdigest(), size


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FieldkitError(
            f"Central's folder could not be written ({error.strerror}).",
            "Free some space or check its permissions, then ingest again; nothing is lost.",
        ) from error


def shelf_path(shelf: Path, sha256: str) -> Path:
    return shelf / f"{sha256}.fkb"


def shelve(shelf: Path, file: Spooled) -> None:
    """Keep the file for a person: the spool's copy moves to the shelf, and only here has to outlive a power cut: what
    is taken is in the database before its copy goes. Raises FieldkitError when the disk refuses."""
    try:
        with contextlib.ExitStack() as stack:
            if file.raw is None:
                with file.path.open("r+b") as copy:
                    os.fsync(copy.fileno())
            else:
                with made(file.path) as new:
                    new.write(file.raw)
                    stack.enter_context(in_use(file.path))
            file.path.replace(shelf_path(shelf, file.sha256))
        sync_folder(shelf)
    except OSError as error:
        raise FieldkitError(
            f"A held bundle could not be kept ({error.strerror}).", "Free some space in central's folder."
        ) from error


def unshelve(shelf: Path, sha256: str) -> None:
    """Every session of the file has been taken."""
    shelf_path(shelf, sha256).unlink(missing_ok=True)


def shelved(shelf: Path) -> list[Path]:
    """The files that wait for a person, oldest first."""
    found = []
    for path in shelf.glob("*.fkb"):
        with contextlib.suppress(FileNotFoundError):  # taken in meanwhile
            found.append((path.stat().st_mtime_ns, path.name, path))
    return [path for _, _, path in sorted(found)]


def sealed_to_words(shelf: Path) -> bool:
    """Whether a file that waits is sealed to six words, by the beginning of its seal."""
    for path in shelved(shelf):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:  # taken in meanwhile
            if file.read(len(BY_WORDS)) == BY_WORDS:
                return True
    return False


def weight(shelf: Path) -> int:
    """Bytes of all files that wait for a person."""
    total = 0
    for path in shelf.glob("*.fkb"):
        with contextlib.suppress(FileNotFoundError):  # taken in meanwhile
            total += path.stat().st_size
    return total


def sweep(spool: Path, before: float) -> None:
    """Delete copies that a crash left in the spool before Unix second `before`; their sources still exist."""
    for path in copies(spool):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()
