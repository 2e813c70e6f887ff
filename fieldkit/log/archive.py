"""The outer two layers of a bundle: gzip of USTAR, written to one spelling and read in a stream with limits.

Why not Python's tarfile: it follows PAX and GNU headers, which made it take 900 MiB for a file of 306 KB, and it
resynchronises after damage. Here a header is the one that `header` would have written, or the archive is refused; a
member's size is judged before its first byte is inflated; nothing is ever extracted by its path.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from typing import BinaryIO, NamedTuple

from fieldkit.errors import BadBytes, NotPossible

BLOCK = 512
RECORD = 20 * BLOCK
"""Archivers pad the end to this; zeros up to there are the end, anything else is not."""
TOTAL_LIMIT = 1 << 30
"""Most decompressed bytes of an archive, counted while they come."""
MEMBERS_LIMIT = 100_000
"""Most members of an archive: empty ones compress to two bytes each, and every one costs its reader some time."""
_INPUT = 1 << 16
_OUTPUT = 1 << 18
_ZEROS = bytes(BLOCK)
_GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
"""gzip with no name, no comment, no extra field and no time; what follows (effort, system) says nothing."""
_DEV_ZERO = b"0000000\0" * 2
"""GNU tar spells the two device numbers of a plain file like this, Python's and ours leave them empty."""


class BadArchive(BadBytes):
    """The archive itself is damaged or not ours: nothing after this point can be read."""


class Member(NamedTuple):
    name: str
    size: int


def header(name: str, size: int, devices: bytes = bytes(16)) -> bytes:
    """The USTAR header of a plain file, mode 0600, ids and times zero. `name` is ASCII, at most 100 characters."""
    start = name.encode("ascii").ljust(100, b"\0") + b"0000600\0" + b"0000000\0" * 2
    start += b"%011o\0" % size + b"00000000000\0"
    rest = b"0" + bytes(100) + b"ustar\x0000" + bytes(64) + devices
    body = start + b" " * 8 + rest.ljust(BLOCK - 156, b"\0")
    return body[:148] + b"%06o\0 " % sum(body) + body[156:]


class Packer:
    """Write members one after another; the same members make the same bytes."""

    def __init__(self, out: BinaryIO, most: int = MEMBERS_LIMIT) -> None:
        self._gzip = gzip.GzipFile("", "wb", 6, out, mtime=0)
        self._most = self._left = most

    def add(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        """One member. Raises ValueError when the pieces are not `size` bytes together: the header is out by then;
        NotPossible for more members than would be read."""
        self._left -= 1
        if self._left < 0:
            raise NotPossible(f"A bundle holds at most {self._most} members.", "Write several bundles.")
        self._gzip.write(header(name, size))
        written = 0
        for piece in pieces:
            self._gzip.write(piece)
            written += len(piece)
        if written != size:
            raise ValueError(f"{name}: {written} bytes where {size} were announced")
        self._gzip.write(bytes(-size % BLOCK))

    def close(self) -> None:
        self._gzip.write(_ZEROS * 2)
        self._gzip.close()


class Unpacker:
    """Read members one after another from a stream, in memory that does not depend on what they claim to be.

    `next()` gives the next header and passes over what was not read of the member before; `read` and `pieces` give
    its content. Raises BadArchive: `not-gzip`, `damaged-archive`, `truncated`, `pax-header`, `member-type`,
    `bad-header`, `too-large`, `trailing-data`.
    """

    def __init__(self, stream: BinaryIO, limit: int = TOTAL_LIMIT, most: int = MEMBERS_LIMIT) -> None:
        """`limit`: decompressed bytes; `most`: members."""
        self._stream = stream
        self._limit = limit
        self._members = most  # that may still come
        self._inflate = zlib.decompressobj(31)
        self._raw = stream.read(_INPUT)
        if self._raw[: len(_GZIP)] != _GZIP:
            raise BadArchive("not-gzip", "the file does not begin like a bundle")
        self._buffer = b""
        self._at = 0
        self._total = 0
        self._left = 0  # of the current member
        self._padding = 0  # after it
        self._ended = False

    # ---- members ---------------------------------------------------------------------------------------------

    def next(self) -> Member | None:
        """The next member, None after the last. Then the stream has ended too."""
        while self._left:
            self.read(min(self._left, _INPUT))
        if self._padding and self._take(self._padding).strip(b"\0"):
            raise BadArchive("bad-header", "the padding after a member is not empty")
        self._padding = 0
        if self._ended:
            return None
        block = self._take(BLOCK)
        if block == _ZEROS:
            self._finish()
            return None
        self._members -= 1
        if self._members < 0:
            raise BadArchive("too-large", "too many members")
        member = _parse(block)
        self._left, self._padding = member.size, -member.size % BLOCK
        return member

    def read(self, n: int) -> bytes:
        """The next `n` bytes of the current member, all of them."""
        if n > self._left:
            raise ValueError("beyond the end of the member")
        data = self._take(n)
        self._left -= n
        return data

    @property
    def left(self) -> int:
        """Bytes of the current member that were not read yet."""
        return self._left

    def _finish(self) -> None:
        if self._take(BLOCK) != _ZEROS:
            raise BadArchive("damaged-archive", "the end of the archive is damaged")
        slack = -self._total_taken % RECORD
        rest = b""
        while piece := self._more():
            rest += piece
            if len(rest) > slack or piece.strip(b"\0"):
                raise BadArchive("trailing-data", "something follows the end of the archive")
        if self._inflate.unused_data or self._raw or self._stream.read(1):
            raise BadArchive("trailing-data", "something follows the end of the file")
        self._ended = True

    # ---- bytes -----------------------------------------------------------------------------------------------

    @property
    def _total_taken(self) -> int:
        return self._total - (len(self._buffer) - self._at)

    def _take(self, n: int) -> bytes:
        end = self._at + n
        if end <= len(self._buffer):
            data = self._buffer[self._at : end]
            self._at = end
            return data
        parts = [self._buffer[self._at :]]
        missing = n - len(parts[0])
        self._buffer, self._at = b"", 0
        while missing > 0:
            piece = self._more()
            if not piece:
                raise BadArchive("truncated", "the file ends too early")
            parts.append(piece[:missing])
            self._buffer, self._at = piece, min(missing, len(piece))
            missing -= len(piece)
        return b"".join(parts)

    def _more(self) -> bytes:
        """Some decompressed bytes: what is left in the buffer, else freshly inflated ones; empty at the end."""
        if self._at < len(self._buffer):
            piece, self._buffer, self._at = self._buffer[self._at :], b"", 0
            return piece
        while not self._inflate.eof:
            try:
                # Also without new input: zlib may hold back output that did not fit the last time.
                piece = self._inflate.decompress(self._raw, _OUTPUT)
            except zlib.error:
                raise BadArchive("damaged-archive", "the compressed data is damaged") from None
            self._raw = self._inflate.unconsumed_tail
            if piece:
                self._total += len(piece)
                if self._total > self._limit:
                    raise BadArchive("too-large", f"more than {self._limit} bytes decompressed")
                return piece
            if not self._raw and not self._inflate.eof:
                self._raw = self._stream.read(_INPUT)
                if not self._raw:
                    raise BadArchive("truncated", "the file ends too early")
        return b""


def _parse(block: bytes) -> Member:
    kind = block[156:157]
    if kind in (b"x", b"g", b"X"):
        raise BadArchive("pax-header", "the archive has an extended header")
    if kind != b"0":
        raise BadArchive("member-type", "a member is not a plain file")
    name = block[:100].rstrip(b"\0")
    digits = block[124:135]
    try:
        member = Member(name.decode("ascii"), int(digits, 8))
        # Whatever stands in a header beside these two has one spelling: the block must be the one we would write.
        if member.size < 0 or (block != header(*member) and block != header(*member, _DEV_ZERO)):
            raise BadArchive("bad-header", "a member's header is damaged or not in the one spelling")
    except ValueError:
        raise BadArchive("bad-header", "a member's header is damaged or not in the one spelling") from None
    return member
