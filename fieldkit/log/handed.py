"""`handed.jsonl`: what left the records of this laptop as a file of its own: exports, backups, bundles.

One JSON line each, added when the file is written. It is what an erasure looks through: backups and what lies in the
data folder are deleted, the rest is a list of where names went. A line names files and sessions, never people.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from fieldkit.core.models import learn
from fieldkit.log.files import said, write_durable
from fieldkit.log.lock import turn

FILE = "handed.jsonl"
EXPORT, BACKUP, BUNDLE, FORWARD = "export", "backup", "bundle", "forward"


class Handed(msgspec.Struct, frozen=True, omit_defaults=True):
    """`path` is absolute, `-` for standard output, or the address of a learning record store; `sessions` are origins,
    none for all; `t` is Unix ms."""

    t: int
    kind: str
    path: str
    what: str = ""
    sha256: str = ""
    sessions: list[str] = []


learn(Handed)


def note(home: Path, one: Handed) -> None:
    """Add a line, durable when it returns. Raises FieldkitError when the disk refuses."""
    path = home / FILE
    with turn(path), said(path), os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb") as file:
        file.write(b"\n" + msgspec.json.encode(one) + b"\n")  # in front too: a torn line takes no other with it
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def noted(home: Path, one: Handed) -> Iterator[None]:
    """Around the writing of a file: there is a line about it before there is the file, whatever crashes or cannot be
    written; none if the file could not be. Raises FieldkitError when the disk refuses."""
    note(home, one)
    try:
        yield
    except BaseException:
        keep(home, lambda other: other != one)
        raise


def read(home: Path) -> list[Handed]:
    """Every line, oldest first; one that a crash cut off is passed over."""
    try:
        raw = (home / FILE).read_bytes()
    except OSError:
        return []
    out = []
    for line in raw.splitlines():
        try:
            out.append(msgspec.json.decode(line, type=Handed))
        except msgspec.MsgspecError:
            continue
    return out


def keep(home: Path, wanted: Callable[[Handed], bool]) -> None:
    """Leave out the lines that are not `wanted`. Raises FieldkitError."""
    if all(wanted(one) for one in read(home)):
        return
    with turn(home / FILE):  # a line that is added meanwhile stays
        kept = [one for one in read(home) if wanted(one)]
        write_durable(home / FILE, b"".join(msgspec.json.encode(one) + b"\n" for one in kept))


def sha256_of(path: Path) -> str:
    """Hex, of the file as it is on the disk. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_session(every: Iterable[Handed], origin: str) -> list[Handed]:
    """Those that may hold this session."""
    return [one for one in every if not one.sessions or origin in one.sessions]
