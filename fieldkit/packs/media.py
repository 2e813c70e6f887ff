"""Pictures and clips of a pack, judged by their bytes: what a file says of itself is compared with what it holds.

A phone believes a picture's header and sets memory aside for it, so a small file can ask for gigabytes; and a file that
is served from the trainer's laptop must be what its name says. Nothing is decoded here but the pixels of a PNG, in
pieces and only as many as its header promises.

Sources: PNG (ISO/IEC 15948), JPEG (ITU-T T.81 annex B), WebP (RFC 9649), MP3 (ISO/IEC 11172-3, ID3v2.4), Ogg
(RFC 3533, RFC 7845), MP4 (ISO/IEC 14496-12).
"""

from __future__ import annotations

import struct
import zlib

from fieldkit.errors import BadBytes

PICTURES = ("png", "jpg", "jpeg", "webp")
SOUNDS = ("mp3", "m4a", "ogg")
SIDE_MAX = 4096
"""Pixels: more no phone shows, and old ones refuse to set memory aside for."""
PIXELS_MAX = 4_000_000

_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PIECE = 1 << 16
_BRANDS = (b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"dash")


def picture(raw: bytes, ending: str) -> tuple[int, int]:
    """(width, height) in pixels of a PNG, JPEG or WebP; `ending` without the dot, one of PICTURES.

    Raises BadBytes: `not-a-picture` (other bytes than the name says), `damaged-picture`, `picture-size` (a side above
    SIDE_MAX or more than PIXELS_MAX).
    """
    read = _png if ending == "png" else _webp if ending == "webp" else _jpeg
    try:
        width, height = read(raw)
    except (struct.error, IndexError, zlib.error):
        raise _damaged() from None
    _measured(width, height)
    return width, height


def sound(raw: bytes, ending: str) -> None:
    """Raise BadBytes `not-a-clip` unless the bytes begin as an MP3, M4A or Ogg (Opus, Vorbis) of this ending does."""
    judge = {"mp3": _mp3, "m4a": _m4a, "ogg": _ogg}[ending]
    if not judge(raw):
        raise BadBytes("not-a-clip", f"This is not {'an' if ending != 'ogg' else 'an Opus or Vorbis'} "
                       f"{ending.upper()} clip.")  # fmt: skip


def _measured(width: int, height: int) -> None:
    if not 0 < width <= SIDE_MAX or not 0 < height <= SIDE_MAX or width * height > PIXELS_MAX:
        raise BadBytes("picture-size", f"The picture says that it is {width} × {height} pixels.")


def _other(kind: str) -> BadBytes:
    return BadBytes("not-a-picture", f"This is not a {kind} picture.")


def _moving() -> BadBytes:
    return BadBytes("not-a-picture", "This picture moves.")


def _damaged() -> BadBytes:
    return BadBytes("damaged-picture", "The picture is damaged, or not what its header says.")


# ---- PNG -------------------------------------------------------------------------------------------------------


def _png(raw: bytes) -> tuple[int, int]:
    if not raw.startswith(_PNG):
        raise _other("PNG")
    size: tuple[int, int] | None = None
    need, got = 0, 0
    inflate = zlib.decompressobj()
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", raw, at)
        body = raw[at + 8 : at + 8 + length]
        (crc,) = struct.unpack_from(">I", raw, at + 8 + length)
        if len(body) != length or zlib.crc32(kind + body) != crc or (size is None) != (kind == b"IHDR"):
            raise _damaged()
        at += 12 + length
        if kind == b"IHDR":
            size, need = _png_head(body)
        elif kind == b"acTL":
            raise _moving()
        elif kind == b"IDAT":
            got += _inflated(inflate, body, need - got)
    if size is None or got != need or at != len(raw):  # behind the end anything could ride along
        raise _damaged()
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
    at, size = 2, (0, 0)
    while True:
        while raw[at] == 0xFF and raw[at + 1] == 0xFF:  # fill bytes
            at += 1
        (sign, marker, length) = struct.unpack_from(">BBH", raw, at)
        if sign != 0xFF or length < 2 or at + 2 + length > len(raw) or marker in (0x00, 0x01, 0xD8, 0xD9):
            raise _damaged()
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if size != (0, 0):  # a second frame would be believed by some and not by others
                raise _damaged()
            height, width = struct.unpack_from(">HH", raw, at + 5)
            size = (width, height)
        if marker == 0xDA:
            if size == (0, 0) or b"\xff\xd9" not in raw[at:]:
                raise _damaged()
            return size
        at += 2 + length


def _webp(raw: bytes) -> tuple[int, int]:
    if not raw.startswith(b"RIFF") or raw[8:12] != b"WEBP":
        raise _other("WEBP")
    (said,) = struct.unpack_from("<I", raw, 4)
    if said + 8 > len(raw) + 1:
        raise _damaged()
    at, canvas = 12, None
    while True:
        kind, length = struct.unpack_from("<4sI", raw, at)
        body = raw[at + 8 : at + 8 + length]
        if len(body) != length:
            raise _damaged()
        if kind == b"VP8X" and canvas is None:
            canvas = (1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little"))
            if body[0] & 2:
                raise _moving()
        elif kind in (b"VP8 ", b"VP8L"):
            size = _vp8(body) if kind == b"VP8 " else _vp8l(body)
            if canvas not in (None, size):
                raise _damaged()
            return size
        at += 8 + length + length % 2


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


# ---- clips -----------------------------------------------------------------------------------------------------


def _mp3(raw: bytes) -> bool:
    at = 0
    if raw.startswith(b"ID3"):
        if len(raw) < 10 or any(b & 0x80 for b in raw[6:10]):
            return False
        a, b, c, d = raw[6:10]
        at = 10 + (a << 21 | b << 14 | c << 7 | d)
        while at < len(raw) and raw[at] == 0:  # padding after the tag
            at += 1
    frame = raw[at : at + 4]
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:
        return False
    version, layer = frame[1] >> 3 & 3, frame[1] >> 1 & 3
    return version != 1 and layer == 1 and frame[2] >> 4 not in (0, 15) and frame[2] >> 2 & 3 != 3


def _ogg(raw: bytes) -> bool:
    if len(raw) < 36 or raw[:5] != b"OggS\0" or not raw[5] & 2:
        return False
    body = raw[27 + raw[26] :]
    return body.startswith((b"OpusHead", b"\x01vorbis"))


def _m4a(raw: bytes) -> bool:
    return (
        len(raw) >= 16 and 16 <= int.from_bytes(raw[:4], "big") <= 512 and raw[4:8] == b"ftyp" and raw[8:12] in _BRANDS
    )
