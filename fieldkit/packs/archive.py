"""A .fkpack: a small reader of zip archives that trusts nothing in them, and the one spelling we write.

The standard library's reader believes sizes, allocates what a directory claims and resolves doubts silently. Here
every number is checked against the bytes, data is inflated in pieces and counted while it comes, entries may not
overlap (one stream listed a thousand times), and everything a pack does not need is refused: encryption, ZIP64,
links, other compression methods, data before the first entry.

Source: PKWARE APPNOTE 6.3.10; D. Fifield, "A better zip bomb" (2019), for overlapping entries.
"""

from __future__ import annotations

import hashlib
import stat
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, NamedTuple

from fieldkit.errors import BadBytes
from fieldkit.packs.paths import ALL_MAX, FILE_MAX, FILES_MAX, SENTENCES, Twins, hidden, judge
from fieldkit.packs.problem import short

ARCHIVE_MAX = ALL_MAX + 1024 * 1024
RATIO_MAX = 100
RATIO_FREE = 64 * 1024
"""A file smaller than this may be as repetitive as it likes: a few lines of Markdown can exceed the ratio."""

_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_DIRECTORY_MAX = FILES_MAX * 512
_PIECE = 64 * 1024


class Entry(NamedTuple):
    """One line of the archive's directory, its name already judged."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    until: int
    """Where the next entry or the directory begins: this one's data ends before."""


def read_archive(file: BinaryIO) -> dict[str, bytes]:
    """All files of an archive, by name, hidden ones left out. Raises BadBytes with a reason code.

    Holds at most ALL_MAX bytes of contents; `file` must be seekable.
    """
    length = file.seek(0, 2)
    if length > ARCHIVE_MAX:
        raise BadBytes("too-large", f"The archive is larger than {ARCHIVE_MAX // 1024 // 1024} MB.")
    out: dict[str, bytes] = {}
    total = 0
    for entry in _directory(file, length):
        if entry.name.endswith("/"):
            continue
        content = b"".join(_content(file, entry, ALL_MAX - total))
        total += len(content)
        if not hidden(entry.name):
            out[entry.name] = content
    return out


def write_archive(files: dict[str, bytes]) -> bytes:
    """The archive of these files: entries sorted, fixed times and modes, so that equal packs are equal bytes."""
    import zipfile

    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, files[name])
    return out.getvalue()


def files_hash(files: dict[str, bytes]) -> str:
    """SHA-256 (hex) of the sorted lines `<hex>  <path>\\n`: what a pack.note signs. The note itself is left out."""
    lines = sorted(f"{hashlib.sha256(raw).hexdigest()}  {name}\n" for name, raw in files.items() if name != "pack.note")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _directory(file: BinaryIO, length: int) -> list[Entry]:
    count, size, start = _end(file, length)
    file.seek(start)
    raw = file.read(size)
    entries: list[Entry] = []
    twins = Twins()
    at = 0
    for _ in range(count):
        if at + _ENTRY.size > len(raw):
            raise BadBytes("damaged-archive", "The archive's directory ends too early.")
        (
            sign,
            made,
            _need,
            flags,
            method,
            _time,
            _date,
            crc,
            packed,
            full,
            n_name,
            n_extra,
            n_note,
            disk,
            _inner,
            outer,
            offset,
        ) = _ENTRY.unpack_from(raw, at)
        at += _ENTRY.size
        end = at + n_name + n_extra + n_note
        if sign != b"PK\x01\x02" or end > len(raw) or disk:
            raise BadBytes("damaged-archive", "The archive's directory cannot be read.")
        name = _name(raw[at : at + n_name], flags)
        at = end
        if flags & 0x2061:
            raise BadBytes("encrypted", "The archive is encrypted or patched.")
        mode = stat.S_IFMT(outer >> 16) if made >> 8 in (3, 19) else 0
        folder = name.endswith("/")
        if mode not in (0, stat.S_IFREG, stat.S_IFDIR) or (mode == stat.S_IFDIR) != (folder and mode != 0):
            raise BadBytes("link", f"{short(name)} is a link or a device, not a file.")
        bare = name.removesuffix("/")
        if reason := judge(bare):
            raise BadBytes(reason, f"{SENTENCES[reason]} ({short(name)})")
        if folder:
            if full or packed not in (0, 2):
                raise BadBytes("damaged-archive", f"The folder {short(name)} holds data.")
        elif reason := twins.add(bare):
            raise BadBytes(reason, f"{short(name)} is in the archive twice, or differs from another only in case.")
        if method not in (0, 8):
            raise BadBytes("method", f"{short(name)} is compressed in a way that is not deflate.")
        if full > FILE_MAX or packed > length:
            raise BadBytes("too-large", f"{short(name)} is larger than {FILE_MAX // 1024 // 1024} MB.")
        entries.append(Entry(name, method, crc, packed, full, offset, 0))
    if at != len(raw):
        raise BadBytes("damaged-archive", "The archive's directory is longer than it says.")
    if sum(entry.size for entry in entries) > ALL_MAX:
        raise BadBytes("too-large", f"The pack is larger than {ALL_MAX // 1024 // 1024} MB.")
    return _bounded(entries, start)


def _end(file: BinaryIO, length: int) -> tuple[int, int, int]:
    """(entries, size and offset of the directory), which must reach to the end record exactly."""
    file.seek(max(0, length - 65_557))
    tail = file.read()
    where = tail.rfind(b"PK\x05\x06")
    if where < 0 or len(tail) - where < _END.size:
        raise BadBytes("not-an-archive", "This is not a zip archive, or its end is missing.")
    _sign, disk, disk2, here, count, size, start, note = _END.unpack_from(tail, where)
    end_at = length - len(tail) + where
    if 0xFFFF in (here, count) or 0xFFFFFFFF in (size, start):
        raise BadBytes("zip64", "The archive is made for sizes that no pack has (ZIP64).")
    if disk or disk2 or here != count or note != len(tail) - where - _END.size or start + size != end_at:
        raise BadBytes("damaged-archive", "The archive does not fit together.")
    if count > FILES_MAX or size > _DIRECTORY_MAX:
        raise BadBytes("too-many", f"The archive lists more than {FILES_MAX} files.")
    return count, size, start


def _name(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8" if flags & 0x800 else "ascii")
    except UnicodeDecodeError:
        raise BadBytes("name-encoding", "A file name is not UTF-8.") from None


def _bounded(entries: list[Entry], directory: int) -> list[Entry]:
    """The entries in the order of the file, each with its `until`; nothing before the first, none inside another."""
    ordered = sorted(entries, key=lambda e: e.offset)
    if ordered and ordered[0].offset != 0:
        raise BadBytes("damaged-archive", "The archive does not begin with its first file.")
    starts = [e.offset for e in ordered[1:]] + [directory][: len(ordered)]
    return [e._replace(until=until) for e, until in zip(ordered, starts, strict=True)]


def _content(file: BinaryIO, entry: Entry, left: int) -> Iterator[bytes]:
    """The contents in pieces, counted as they come: limits, ratio, length and checksum."""
    file.seek(entry.offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
        raise BadBytes("damaged-archive", f"{short(entry.name)} is not where the directory says.")
    fields = _LOCAL.unpack(head)
    method, n_name, n_extra = fields[3], fields[9], fields[10]
    name = file.read(n_name)
    if name != entry.name.encode() or method != entry.method:
        raise BadBytes("damaged-archive", f"{short(entry.name)} has another name in its own header.")
    if file.seek(n_extra, 1) + entry.packed > entry.until:
        raise BadBytes("overlap", f"{short(entry.name)} shares its data with another file.")
    limit = min(FILE_MAX, left)
    if entry.packed >= 1 and entry.size > RATIO_FREE and entry.size > entry.packed * RATIO_MAX:
        raise BadBytes("ratio", f"{short(entry.name)} grows more than {RATIO_MAX} times when unpacked.")
    inflate = zlib.decompressobj(-15) if entry.method == 8 else None
    unread, got, crc = entry.packed, 0, 0
    while unread or (inflate and inflate.unconsumed_tail):
        if inflate and inflate.unconsumed_tail:
            raw = inflate.unconsumed_tail
        else:
            raw = file.read(min(_PIECE, unread))
            unread -= len(raw)
            if not raw:
                raise BadBytes("damaged-archive", f"{short(entry.name)} ends too early.")
        try:
            piece = inflate.decompress(raw, _PIECE) if inflate else raw
        except zlib.error:
            raise BadBytes("damaged-archive", f"{short(entry.name)} cannot be unpacked.") from None
        got += len(piece)
        if got > limit or got > entry.size:
            raise BadBytes("too-large", f"{short(entry.name)} is larger than it says, or than a pack may be.")
        if got > RATIO_FREE and got > (entry.packed - unread) * RATIO_MAX:
            raise BadBytes("ratio", f"{short(entry.name)} grows more than {RATIO_MAX} times when unpacked.")
        crc = zlib.crc32(piece, crc)
        yield piece
        if inflate and inflate.eof:
            break
    ended = unread == 0 and (inflate is None or (inflate.eof and not inflate.unused_data))
    if got != entry.size or crc != entry.crc or not ended:
        raise BadBytes("damaged-archive", f"{short(entry.name)} is not what the archive's directory promises.")
