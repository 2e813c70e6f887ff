"""Pictures of a pack, judged by their bytes: what a file says of itself is compared with what it holds.

A phone believes a picture's header and sets memory aside for it, and unpacks a colour profile or a text of any size, so
a small file can ask for gigabytes; and a file that is served from the trainer's laptop must be what its name says, and
no more: no place of the photograph, no page behind the pixels. So only the parts that showing it needs are let through.
Nothing is decoded here but the pixels of a PNG, in pieces and only as many as its header promises.

Sources: PNG (ISO/IEC 15948), JPEG (ITU-T T.81 annex B), WebP (RFC 9649).
"""

from __future__ import annotations

import struct
import zlib

from fieldkit.errors import BadBytes

PICTURES = ("png", "jpg", "jpeg", "webp")
SIDE_MAX = 4096
"""Pixels: more no phone shows, and old ones refuse to set memory aside for."""
PIXELS_MAX = 4_000_000

_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PIECE = 1 << 16
_CHUNKS = {b"IHDR": 13, b"PLTE": 768, b"tRNS": 256, b"IDAT": 1 << 20, b"IEND": 0, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1,
           b"sBIT": 4, b"bKGD": 6, b"pHYs": 9, b"tIME": 7}  # fmt: skip
"""What a PNG may hold, with the most bytes of each. iCCP, zTXt and iTXt are packed: the phone would unpack them."""
_APPS = {0xE0: 16, 0xEE: 14}
"""What a JPEG may say of itself: JFIF without a thumbnail, Adobe's kind of colours."""


def picture(raw: bytes, ending: str) -> tuple[int, int]:
    """(width, height) in pixels of a PNG, JPEG or WebP; `ending` without the dot, one of PICTURES.

    Raises BadBytes: `not-a-picture` (other bytes than the name says), `damaged-picture`, `picture-size` (a side above
    SIDE_MAX or more than PIXELS_MAX), `carries-more` (something that no phone needs, packed or behind the end).
    """
    read = _png if ending == "png" else _webp if ending == "webp" else _jpeg
    try:
        width, height = read(raw)
    except (struct.error, IndexError, zlib.error):
        raise _damaged() from None
    _measured(width, height)
    return width, height


def _measured(width: int, height: int) -> None:
    if not 0 < width <= SIDE_MAX or not 0 < height <= SIDE_MAX or width * height > PIXELS_MAX:
        raise BadBytes("picture-size", f"The picture says that it is {width} × {height} pixels.")


def _other(kind: str) -> BadBytes:
    return BadBytes("not-a-picture", f"This is not a {kind} picture.")


def _moving() -> BadBytes:
    return BadBytes("not-a-picture", "This picture moves.")


def _damaged() -> BadBytes:
    return BadBytes("damaged-picture", "The picture is damaged, or not what its header says.")


def _more(what: str) -> BadBytes:
    return BadBytes("carries-more", f"The picture carries more than a picture: {what}.")


# ---- PNG -------------------------------------------------------------------------------------------------------


def _png(raw: bytes) -> tuple[int, int]:
    if not raw.startswith(_PNG):
        raise _other("PNG")
    size: tuple[int, int] | None = None
    need, got = 0, 0
    inflate = zlib.decompressobj()
    at, kind = len(_PNG), b""
    seen: set[bytes] = set()
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", raw, at)
        body = raw[at + 8 : at + 8 + length]
        (crc,) = struct.unpack_from(">I", raw, at + 8 + length)
        if len(body) != length or zlib.crc32(kind + body) != crc or (size is None) != (kind == b"IHDR"):
            raise _damaged()
        at += 12 + length
        if kind == b"IHDR":
            size, need = _png_head(body)
        elif kind == b"IDAT":
            got += _inflated(inflate, body, need - got)
        elif kind in (b"acTL", b"fcTL", b"fdAT"):
            raise _moving()
        if kind in seen or length > _CHUNKS.get(kind, -1):
            raise _more(f"{kind.decode('ascii', 'replace') if kind.isalpha() else 'an unknown part'}")
        seen |= {kind} - {b"IDAT"}
    if size is None or got != need or not inflate.eof:
        raise _damaged()
    if at != len(raw) or inflate.unused_data:
        raise _more("what lies behind the pixels")
    return size


def _png_head(body: bytes) -> tuple[tuple[int, int], int]:
    """(size, bytes of the rows before compression). Sizes are judged here: what follows sets memory aside."""
    width, height, depth, colour, packing, filtering, interlace = struct.unpack(">IIBBBBB", body)
    if depth not in _DEPTHS.get(colour, ()) or packing or filtering or interlace > 1:
        raise _damaged()
    _measured(width, height)
    bits = depth * _CHANNELS[colour]
    passes = _ADAM7 if interlace else ((0, 0, 1, 1),)
    need = 0
    for x, y, dx, dy in passes:
        columns, rows = -(-(width - x) // dx), -(-(height - y) // dy)
        if columns > 0 and rows > 0:
            need += rows * (1 + (columns * bits + 7) // 8)
    return (width, height), need


def _inflated(inflate: zlib._Decompress, packed: bytes, most: int) -> int:
    """How many bytes come out, counted in pieces; more than `most` is damage."""
    got = 0
    while True:
        out = inflate.decompress(packed, _PIECE)
        got += len(out)
        if got > most:
            raise _damaged()
        packed = inflate.unconsumed_tail
        if inflate.eof or (not packed and len(out) < _PIECE):
            return got


# ---- JPEG and WebP ---------------------------------------------------------------------------------------------


def _jpeg(raw: bytes) -> tuple[int, int]:
    if not raw.startswith(b"\xff\xd8\xff"):
        raise _other("JPEG")
    at, size, scanned = 2, (0, 0), False
    while True:
        while raw[at] == 0xFF and raw[at + 1] == 0xFF:  # fill bytes
            at += 1
        if raw[at : at + 2] == b"\xff\xd9" and scanned:
            if at + 2 != len(raw):
                raise _more("what lies behind the pixels")
            return size
        (sign, marker, length) = struct.unpack_from(">BBH", raw, at)
        if sign != 0xFF or length < 2 or at + 2 + length > len(raw) or marker in (0x00, 0x01, 0xD8, 0xD9):
            raise _damaged()
        if marker == 0xFE or (0xE0 <= marker <= 0xEF and length > _APPS.get(marker, 0)):
            raise _more("camera data, a colour profile or texts")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if size != (0, 0):  # a second frame would be believed by some and not by others
                raise _damaged()
            height, width = struct.unpack_from(">HH", raw, at + 5)
            size = (width, height)
        at += 2 + length
        if marker == 0xDA:
            if size == (0, 0):
                raise _damaged()
            scanned, at = True, _behind_scan(raw, at)


def _behind_scan(raw: bytes, at: int) -> int:
    """Where the packed pixels end: at the first sign that is neither a byte of theirs (FF 00) nor a restart."""
    while True:
        at = raw.find(b"\xff", at)
        if at < 0 or at + 1 >= len(raw):
            raise _damaged()
        if raw[at + 1] != 0 and not 0xD0 <= raw[at + 1] <= 0xD7:
            return at
        at += 2


def _webp(raw: bytes) -> tuple[int, int]:
    if not raw.startswith(b"RIFF") or raw[8:12] != b"WEBP":
        raise _other("WEBP")
    (said,) = struct.unpack_from("<I", raw, 4)
    if said + 8 > len(raw):
        raise _damaged()
    if said + 8 < len(raw):
        raise _more("what lies behind the pixels")
    at, seen = 12, b""
    canvas: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    while at < len(raw):
        kind, length = struct.unpack_from("<4sI", raw, at)
        body = raw[at + 8 : at + 8 + length]
        if len(body) != length:
            raise _damaged()
        if kind in (b"ANIM", b"ANMF"):
            raise _moving()
        if kind in seen or size or kind not in (b"VP8X", b"ALPH", b"VP8 ", b"VP8L"):
            raise _more("camera data, a colour profile or texts")
        seen += kind
        if kind == b"VP8X":
            canvas = (1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little"))
            if body[0] & 2:
                raise _moving()
            if length != 10:
                raise _damaged()
        elif kind != b"ALPH":
            size = _vp8(body) if kind == b"VP8 " else _vp8l(body)
        at += 8 + length + length % 2
    if size is None or canvas not in (None, size) or at != len(raw):
        raise _damaged()
    return size


def _vp8(body: bytes) -> tuple[int, int]:
    if body[3:6] != b"\x9d\x01\x2a":
        raise _damaged()
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


def _vp8l(body: bytes) -> tuple[int, int]:
    if body[0] != 0x2F:
        raise _damaged()
    (bits,) = struct.unpack_from("<I", body, 1)
    return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
