"""`keys/heads`: how far each session was at its last pause, close or bundle, so that an older copy is known as one.

One line a session: `<origin> <n> <root base64>`, sorted by origin. A session file that is shorter than its line, or has
another root at that size, was restored or copied from an earlier day: going on with it would sign a second history, so
it is read-only and work goes on in a new session whose `prev` is this line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log.files import write_durable
from fieldkit.log.lock import turn
from fieldkit.log.merkle import EMPTY_ROOT, root_of
from fieldkit.log.names import b64, split_origin, unb64

_DIGITS = 15


class KnownHead(msgspec.Struct, frozen=True):
    """`n` records under `root` (32 bytes) are known to have existed."""

    origin: str
    n: int
    root: bytes


class OlderCopy(DamagedData):
    """This session file is older than what this laptop has already signed."""


def read(path: Path) -> list[KnownHead]:
    """All heads, by origin; none when the file does not exist. Raises DamagedData."""
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as wrong:
        raise _damaged() from wrong
    found = []
    for line in text.splitlines():
        parts = line.split(" ")
        try:
            if len(parts) != 3 or not parts[1].isdecimal() or len(parts[1]) > _DIGITS:
                raise BadBytes("not-canonical")
            split_origin(parts[0])
            head = KnownHead(parts[0], int(parts[1]), unb64(parts[2]))
            if len(head.root) != len(EMPTY_ROOT):
                raise BadBytes("not-canonical")
            found.append(head)
        except BadBytes as wrong:
            raise _damaged() from wrong
    return found


def remember(path: Path, origin: str, n: int, root: bytes) -> None:
    """Keep this head; a smaller one than is known changes nothing. Durable when it returns."""
    old = next((head for head in read(path) if head.origin == origin), None)
    if old is not None and old.n >= n:
        return
    with turn(path):
        known = {head.origin: head for head in read(path)}
        if origin not in known or known[origin].n < n:
            known[origin] = KnownHead(origin, n, root)
            write_durable(path, _text(known.values()))


def check(path: Path, origin: str, leaves: Sequence[bytes]) -> None:
    """Raise OlderCopy when a log with these leaf hashes is behind, or beside, what is known of this origin."""
    for head in read(path):
        if head.origin != origin:
            continue
        if len(leaves) < head.n:
            raise OlderCopy(
                f"This session file is an older copy: it holds {len(leaves)} records, {head.n} were signed.",
                "It stays readable. Put the newer file back, or begin a new session: fieldkit host --new.",
            )
        if root_of(leaves[: head.n]) != head.root:
            raise OlderCopy(
                "This session file does not hold the records that this laptop signed.",
                "It stays readable. Put the right file back, or go on in a new session.",
            )


def _text(heads: Iterable[KnownHead]) -> bytes:
    lines = [f"{x.origin} {x.n} {b64(x.root)}\n" for x in sorted(heads, key=lambda x: x.origin)]
    return "".join(lines).encode("ascii")


def _damaged() -> DamagedData:
    return DamagedData(
        "The list of known session heads (keys/heads) cannot be read.",
        "Put it back from a backup; without it an older copy of a session cannot be told.",
    )
