"""Files that wait for a person hold names too: what was erased is taken out of them.

A bundle may lack any of its openings and stays a whole bundle, so the file is written again without them, unsealed (the
key lies in the same folder), and everything that speaks of it by its hash is told the new one. What cannot be read to
its end cannot be written again either: if it holds a session in which somebody was erased, it is deleted and stays a
line in the list of arrivals. A file that does not even say what is in it is left, and told of.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.archive import Packer, Unpacker
from fieldkit.log.files import said, sync_folder
from fieldkit.log.line import LINE_LIMIT, opening_x
from fieldkit.log.note import NOTE_LIMIT, parse_checkpoint, split_note
from fieldkit.log.seal import Keys, opened
from fieldkit.sync.central import held
from fieldkit.sync.central.spool import made

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home

_INDEX = re.compile(rb'\{"i":([0-9]{1,15}),').match
_CHUNK = 1 << 18
_IN_MEMORY = 32 << 20
Gone = Mapping[str, Mapping[int, str | None]]
"""origin → index → `x` of the record as it is stored, None where it is not."""


class Looked(msgspec.Struct):
    """What one file holds of what was erased. `whole` False: it cannot be read to its end."""

    hit: bool = False
    whole: bool = True
    origins: set[str] = set()


async def scrub_shelf(home: Home, db: Database) -> list[str]:
    """Take what was erased out of every file on the shelf; sentences about what could not be done."""
    async with db.transaction() as tx:
        gone: dict[str, dict[int, str | None]] = {}
        for origin, i, _ in await tx.tombs():
            gone.setdefault(origin, {})[i] = None
        for origin, refs in gone.items():
            xs = await tx.xs(origin)
            refs.update({i: xs.get(i) for i in refs})
    left = []
    for path in held.shelved(home.held):
        keys = Keys(home.identities())
        look = looked(path, keys, gone)
        try:
            with said(path):
                if not look.whole and look.origins & gone.keys():
                    async with db.transaction() as tx:
                        await tx.discard(path.stem)
                    path.unlink(missing_ok=True)
                elif look.hit:
                    new = written(path, keys, gone, home.spool)
                    async with db.transaction() as tx:
                        await tx.renamed(path.stem, new.stem)
                    if new != path:
                        path.unlink(missing_ok=True)
                sync_folder(path.parent)
        except BadBytes:
            left.append(f"{path.name} on the shelf could not be written again.")
    return left


def unreadable(home: Home) -> list[str]:
    """Names of files on the shelf that cannot be read to their end, so that nobody knows who is in them."""
    keys = Keys(home.identities())
    looks = ((path, looked(path, keys, {})) for path in held.shelved(home.held))
    return [path.name for path, look in looks if not look.whole]


def looked(path: Path, keys: Keys, gone: Gone) -> Looked:
    """Read a file through."""
    out = Looked()
    try:
        with path.open("rb") as raw, opened(raw, keys) as plain:
            origin = ""
            tar = Unpacker(plain)
            while (member := tar.next()) is not None:
                if member.name.endswith("/checkpoint") and member.size <= NOTE_LIMIT:
                    origin = _origin(tar.read(member.size))
                    out.origins.add(origin)
                elif member.name.endswith("/openings.jsonl") and origin in gone:
                    for line in _lines(tar):
                        out.hit = out.hit or _goes(line, gone[origin])
    except (BadBytes, OSError, ValueError):
        out.whole = False
    return out


def written(path: Path, keys: Keys, gone: Gone, spool: Path) -> Path:
    """The file again, without what was erased, under its new name. Raises BadBytes, OSError."""
    tmp = spool / f"{secrets.token_hex(8)}.part"
    try:
        with path.open("rb") as raw, opened(raw, keys) as plain, made(tmp) as out:
            tar, packer = Unpacker(plain), Packer(out)
            origin = ""
            while (member := tar.next()) is not None:
                if member.name.endswith("/openings.jsonl") and origin in gone:
                    with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(spool)) as kept:
                        kept.writelines(line + b"\n" for line in _lines(tar) if not _goes(line, gone[origin]))
                        _add(packer, member.name, kept)
                elif member.name.endswith("/checkpoint") and member.size <= NOTE_LIMIT:
                    note = tar.read(member.size)
                    origin = _origin(note)
                    packer.add(member.name, len(note), [note])
                else:
                    packer.add(member.name, member.size, _pieces(tar))
            packer.close()
            out.seek(0)
            new = held.shelf_path(path.parent, hashlib.file_digest(out, "sha256").hexdigest())
        tmp.replace(new)
        return new
    finally:
        tmp.unlink(missing_ok=True)


def _goes(line: bytes, refs: Mapping[int, str | None]) -> bool:
    """Whether this opening was erased: by its hash where the record is stored (an index may mean another record in
    another history), else by its index. Raises ValueError for what is no opening."""
    found = _INDEX(line)
    if found is None:
        raise ValueError("no opening")
    i = int(found[1])
    return i in refs and refs[i] in (None, opening_x(line))


def _origin(note: bytes) -> str:
    try:
        return parse_checkpoint(split_note(note)[0]).origin
    except BadBytes:
        return ""


def _lines(tar: Unpacker) -> Iterator[bytes]:
    tail = b""
    for piece in _pieces(tar):
        *lines, tail = (tail + piece).split(b"\n")
        yield from lines
        if len(tail) > LINE_LIMIT:
            raise ValueError("no opening")
    if tail:
        raise ValueError("no opening")


def _pieces(tar: Unpacker) -> Iterator[bytes]:
    while tar.left:
        yield tar.read(min(tar.left, _CHUNK))


def _add(packer: Packer, name: str, file: IO[bytes]) -> None:
    size = file.tell()
    file.seek(0)
    packer.add(name, size, iter(partial(file.read, _CHUNK), b""))
