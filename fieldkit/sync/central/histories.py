"""Histories as files: reading one session out of a file on the shelf, and writing the stored one as evidence.

The file that is written is a plain bundle like any other: whoever doubts a decision can verify it, and head office can
choose it again.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from fieldkit.errors import BadBytes
from fieldkit.log.archive import Packer
from fieldkit.log.bulk import leaf_hashes
from fieldkit.log.files import durable
from fieldkit.log.merkle import HASH, Frontier
from fieldkit.log.note import parse_checkpoint, split_note
from fieldkit.log.receipt import join_notes
from fieldkit.log.seal import Keys, opened
from fieldkit.log.unbundle import MAGIC, Bundle, Part
from fieldkit.sync.central.held import shelf_path
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx

_CHUNK = 1 << 18


@contextmanager
def session_in(path: Path, unseal: Keys, origin: str) -> Iterator[Part]:
    """The session `origin` of a bundle file. Raises BadBytes (`no-session` when it is not in there), OSError."""
    with path.open("rb") as raw, opened(raw, unseal) as plain:
        for part in Bundle(plain):
            if part.wrong is None and part.checkpoint.origin == origin:
                yield part
                return
    raise BadBytes("no-session", "the session is not in this file")


def leaves_in(path: Path, unseal: Keys, origin: str, upto: int | None = None) -> bytes:
    """The leaf hashes of a session in a bundle file, one after another. Raises BadBytes, OSError."""
    out = bytearray()
    with session_in(path, unseal, origin) as part:
        for _, lines in part.log():
            out += b"".join(leaf_hashes(lines))
            if upto is not None and len(out) >= upto * HASH:
                break
    return bytes(out if upto is None else out[: upto * HASH])


def root_in(path: Path, unseal: Keys, origin: str, size: int) -> bytes | None:
    """The root that a session in a bundle file has at `size`; None when the file cannot be read or is shorter."""
    try:
        leaves = leaves_in(path, unseal, origin, size)
    except (BadBytes, OSError):
        return None
    if len(leaves) < size * HASH:
        return None
    frontier = Frontier()
    frontier.extend(leaves[at : at + HASH] for at in range(0, len(leaves), HASH))
    return frontier.root()


async def keep_stored(tx: Tx, stored: Stored, head: bytes, shelf: Path) -> str:
    """Write the stored session to the shelf as a bundle, `head` the trust list in front; its SHA-256 (hex).

    The same session makes the same file. Erased openings are not in it.
    """
    with tempfile.TemporaryFile() as log, tempfile.TemporaryFile() as openings:
        async for lines in tx.lines(stored.origin):
            log.write(b"".join(line + b"\n" for line in lines))
        held = await tx.openings(stored.origin)
        openings.writelines(held[i] + b"\n" for i in sorted(held))
        signed = [note for note in await tx.signed(stored.origin) if _size(note) < stored.size]
        digest = hashlib.sha256()
        tmp = shelf_path(shelf, f"{stored.root.hex()}.new")
        with durable(tmp) as file:
            packer = Packer(_Hashed(file, digest))  # type: ignore[arg-type]
            for name, raw in (("fieldkit-bundle", MAGIC), ("trust.note", head), ("1/checkpoint", stored.checkpoint)):
                packer.add(name, len(raw), [raw])
            if signed:
                joined = join_notes(signed)
                packer.add("1/signed", len(joined), [joined])
            _copy(packer, "1/log.jsonl", log)
            _copy(packer, "1/openings.jsonl", openings)
            for sha256, blob in await tx.blobs(stored.origin, first=stored.plan):
                packer.add(f"1/blob/{sha256}", len(blob), [blob])
            packer.close()
    tmp.replace(shelf_path(shelf, digest.hexdigest()))
    return digest.hexdigest()


def _size(note: bytes) -> int:
    return parse_checkpoint(split_note(note)[0]).size


def _copy(packer: Packer, name: str, file: IO[bytes]) -> None:
    size = file.tell()
    file.seek(0)
    packer.add(name, size, iter(partial(file.read, _CHUNK), b""))


class _Hashed:
    """A file to write to, hashed on the way."""

    def __init__(self, file: Any, digest: Any) -> None:
        self._file = file
        self._digest = digest

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return int(self._file.write(data))

    def flush(self) -> None:
        self._file.flush()
