"""heads.note: what a witness is shown. One part a session, split by lines `=====`: proofs, then the checkpoint.

    old 3
    <base64 of a hash>
    …
    old 5
    …

    <the signed checkpoint>

A part is the request of C2SP tlog-witness (`old <size>`, the consistency proof from there, an empty line, the note),
with a proof from several sizes instead of one, because a stick has no second try: a witness that remembers any size
that head office has cosigned finds its proof. There is no name, title or place in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.names import b64
from fieldkit.log.note import SIZE_MAX, Checkpoint, parse_checkpoint, parse_hash, parse_number, split_note

LIMIT = 64 << 20
"""Most bytes of a heads.note."""
SEPARATOR = b"=====\n"
MAX_PROOF = 63


class Head(msgspec.Struct, frozen=True):
    """One session: the consistency proof from each earlier size (hashes of 32 bytes), and the checkpoint's note."""

    proofs: dict[int, list[bytes]]
    note: bytes
    MOST: ClassVar[int] = 256
    """Most sizes a proof may be given from."""

    @property
    def checkpoint(self) -> Checkpoint:
        return parse_checkpoint(split_note(self.note)[0])

    def to_bytes(self) -> bytes:
        lines = [f"old {old}\n" + "".join(f"{b64(one)}\n" for one in self.proofs[old]) for old in sorted(self.proofs)]
        return "".join([*lines, "\n"]).encode("ascii") + self.note


def join_heads(heads: Iterable[Head]) -> bytes:
    """The file of these sessions; without any, no bytes."""
    return SEPARATOR.join(head.to_bytes() for head in heads)


def split_heads(raw: bytes) -> list[Head]:
    """Read a heads.note; nothing is verified but its form. Raises BadBytes."""
    if len(raw) > LIMIT:
        raise BadBytes("too-long", f"{len(raw)} bytes where {LIMIT} are allowed")
    if not raw:
        return []
    *parts, last = raw.split(b"\n" + SEPARATOR)
    heads = [_head(part) for part in [*(part + b"\n" for part in parts), last]]
    if len({head.checkpoint.origin for head in heads}) != len(heads):
        raise BadBytes("duplicate-session", "the same session stands there twice")
    return heads


def _head(raw: bytes) -> Head:
    above, gap, note = (b"", b"\n", raw[1:]) if raw.startswith(b"\n") else raw.partition(b"\n\n")
    if not gap:
        raise BadBytes("not-heads", "a part is proofs, an empty line and a checkpoint")
    size = parse_checkpoint(split_note(note)[0]).size
    try:
        lines = above.decode("ascii").split("\n") if above else []
    except UnicodeDecodeError:
        raise BadBytes("not-heads", "proofs are plain ASCII") from None
    proofs: dict[int, list[bytes]] = {}
    old = SIZE_MAX
    for line in lines:
        if line.startswith("old "):
            last, old = (old if proofs else 0), parse_number(line[4:])
            if not last < old < size or len(proofs) >= Head.MOST:
                raise BadBytes("not-heads", "proofs run by size, each from a smaller one, none twice")
            proofs[old] = []
        elif not proofs or len(proofs[old]) >= MAX_PROOF:
            raise BadBytes("not-heads", "a proof begins with `old` and has at most 63 hashes")
        else:
            proofs[old].append(parse_hash(line))
    return Head(proofs, note)
