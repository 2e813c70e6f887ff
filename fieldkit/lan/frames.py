"""What streams are written: a fragment as a frame, encoded once for all phones that show it; beats and last words.

A frame is a deflate block ended by a sync flush. Made with a fresh window it can be appended to every open gzip stream,
whatever that has sent before. Streams that all said the same last thing (`Tail`) take a shorter one: the same whole
view, with back-references into that tail (RFC 1951 lets a block refer up to 32 KiB back, also across flushes). While
people answer and only counts change, that is a sixth of the bytes, and still one encoding for the whole room.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from fieldkit.words import words_for

GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
BEAT = b":\nevent: beat\ndata\n\n"
GONE = b"event: gone\ndata\n\n"
TAIL_MOST = 24 * 1024
"""Bytes of history worth referring to; the window of deflate is 32 KiB."""


def block(data: bytes, wbits: int = 15) -> bytes:
    """A deflate block with a fresh window, ended by a sync flush. Small data need no big window."""
    return blocks([data], wbits)


def blocks(pieces: Sequence[bytes], wbits: int = 15) -> bytes:
    """The same in several: pieces of different languages (style, script) are smaller with a code table each."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -wbits, 9 if wbits == 15 else 4)
    packed = [squeeze.compress(data) + squeeze.flush(zlib.Z_BLOCK) for data in pieces[:-1]]
    return b"".join(packed) + squeeze.compress(pieces[-1]) + squeeze.flush(zlib.Z_SYNC_FLUSH)


def chunk(data: bytes) -> bytes:
    """One HTTP/1.1 chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(html: str) -> bytes:
    """The fragment as one SSE message."""
    return b"".join(b"data: %b\n" % line.encode() for line in html.splitlines()) + b"\n"


def tag_of(text: str) -> str:
    """A short name of a fragment: a page that shows it already need not get it again."""
    return f"{zlib.crc32(text.encode()):08x}"


class Tail:
    """The last thing that a group of streams has said, all of them the same: one object, held by each of them."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data[-TAIL_MOST:]

    def beaten(self) -> Tail:
        """The same, one beat later."""
        return Tail(self.data + BEAT)


class Frame:
    """What a group of streams sees now. `text` without its countdowns tells whether a change is a change."""

    __slots__ = ("data", "packed", "plain", "tag", "text", "timed")

    def __init__(self, text: str, html: str) -> None:
        self.text = text
        self.timed = text != html
        self.tag = tag_of(text)
        self.data = event(html)
        self.packed: bytes | None = None
        self.plain: bytes | None = None

    def bytes_for(self, gzip: bool) -> bytes:
        if gzip:
            if self.packed is None:
                self.packed = chunk(block(self.data))
            return self.packed
        if self.plain is None:
            self.plain = chunk(self.data)
        return self.plain


def shorter(frame: Frame, tail: Tail) -> bytes:
    """The frame for streams whose history ends with this tail; for others it would be rubbish."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, tail.data)
    return chunk(squeeze.compress(frame.data) + squeeze.flush(zlib.Z_SYNC_FLUSH))


_PARTS: dict[tuple[bytes, bool], bytes] = {}


def part(data: bytes, gzip: bool) -> bytes:
    """A constant piece of a stream (beat, taken, gone), encoded once."""
    found = _PARTS.get((data, gzip))
    if found is None:
        found = _PARTS[(data, gzip)] = chunk(block(data, 10)) if gzip else chunk(data)
    return found


def taken(lang: str) -> bytes:
    """Told to a page whose seat is open in a newer one."""
    words = words_for(lang).say("This page is open in another window. Come back here to go on.")
    return b"event: taken\ndata: %b\n\n" % words.encode()
