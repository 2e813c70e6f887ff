"""Clips of a pack, walked from their first byte to their last: sound, the few bytes that an encoder says of itself, and
nothing else.

A clip is served from the trainer's laptop and travels with the log. A valid first frame proves nothing about what lies
behind it: a page, a program or somebody's archive would ride along unseen. So every frame, page and box has to be one
that playing needs, and each has to begin where the one before it ends. The sound itself is not decoded.

Sources: MP3 (ISO/IEC 11172-3, 13818-3, ID3v2.4), Ogg (RFC 3533, RFC 7845, Vorbis I), MP4 (ISO/IEC 14496-12).
"""

from __future__ import annotations

import struct

from fieldkit.errors import BadBytes

SOUNDS = ("mp3", "m4a", "ogg")
TAG_MAX = 256
"""Bytes that a clip may say of itself in one place (encoder, language): no room for anything else."""
COMMENT_MAX = 1024
"""Bytes of an Ogg's comment packet: encoders leave half a kilobyte free in it."""

_RATES = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
"""kbit/s of layer III by version bits: MPEG 1, and MPEG 2 with 2.5."""
_SAMPLES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_OWN_FRAMES = (b"TSSE", b"TENC", b"TLEN", b"TDEN")
_BRANDS = (b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso4", b"iso5", b"iso6")
_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts")
_TABLES = {b"stts": (8, 8), b"stsc": (8, 12), b"stsz": (12, 4), b"stco": (8, 4)}
"""Sample tables: bytes before the entries, bytes an entry; how many there are is the last number before them."""
_SMALL = (b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"smhd", b"dref", b"stsd", b"elst", b"iods", b"udta", b"sgpd", b"sbgp")


def sound(raw: bytes, ending: str) -> None:
    """Raise BadBytes unless the bytes are an MP3, M4A or Ogg (Opus, Vorbis) of this ending and hold nothing else.

    `not-a-clip` (other bytes than the name says, or damaged), `carries-more` (something that no phone needs).
    """
    judge = {"mp3": _mp3, "m4a": _m4a, "ogg": _ogg}[ending]
    try:
        judge(raw)
    except (struct.error, IndexError):
        raise _other(ending) from None


def _other(ending: str) -> BadBytes:
    return BadBytes(
        "not-a-clip", f"This is not {'an' if ending != 'ogg' else 'an Opus or Vorbis'} {ending.upper()} clip."
    )


def _more(what: str) -> BadBytes:
    return BadBytes("carries-more", f"The clip carries more than sound: {what}.")


# ---- MP3 -------------------------------------------------------------------------------------------------------


def _mp3(raw: bytes) -> None:
    at, first = _id3(raw), b""
    while at < len(raw):
        head = raw[at : at + 4]
        version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
        rate, sampling = head[2] >> 4, head[2] >> 2 & 3
        known = head[0] == 0xFF and head[1] >= 0xE0 and version != 1 and layer == 1 and sampling != 3
        if not known or len(head) < 4 or rate in (0, 15):
            raise _more("what is not a frame") if first else _other("mp3")
        same = bytes((head[1] & 0xFE, head[2] & 0x0C))  # version, layer and sampling never change within a clip
        if first not in (b"", same):
            raise _more("frames of another clip")
        first = same
        half = 144 if version == 3 else 72
        at += half * 1000 * _RATES[3 if version == 3 else 2][rate] // _SAMPLES[version][sampling] + (head[2] >> 1 & 1)
    if at != len(raw) or not first:
        raise _other("mp3")


def _id3(raw: bytes) -> int:
    """Where the sound begins: behind a tag that names the encoder and nothing else."""
    if not raw.startswith(b"ID3"):
        return 0
    if any(b & 0x80 for b in raw[6:10]):
        raise _other("mp3")
    end = 10 + (raw[6] << 21 | raw[7] << 14 | raw[8] << 7 | raw[9])
    at = 10
    while at < end and raw[at : at + 1] not in (b"\0", b""):
        kind, length = struct.unpack_from(">4sI", raw, at)
        if kind not in _OWN_FRAMES or length > TAG_MAX:
            raise _more("texts or a picture in its ID3 tag")
        at += 10 + length
    if raw[5] or raw[at:end].strip(b"\0") or at > TAG_MAX:
        raise _more("texts or a picture in its ID3 tag")
    return end


# ---- Ogg -------------------------------------------------------------------------------------------------------


def _ogg(raw: bytes) -> None:
    at, number, stream, packet = 0, 0, b"", b""
    packets: list[bytes] = []
    last = False
    while at < len(raw):
        sign, version, flags, serial, place, told = struct.unpack_from("<4sBB8x4sII", raw, at)
        if sign != b"OggS" or version or last:
            raise _more("what is not a page") if number else _other("ogg")
        lacing = raw[at + 27 : at + 27 + raw[at + 26]]
        start = at + 27 + len(lacing)
        end = start + sum(lacing)
        page = raw[at : at + 22] + b"\0\0\0\0" + raw[at + 26 : end]
        if end > len(raw) or _crc(page) != told or (number == 0) != bool(flags & 2):
            raise _other("ogg")
        if number and (serial != stream or place != number):
            raise _more("another stream")
        stream, number, last = serial, number + 1, bool(flags & 4)
        for length in lacing if len(packets) < 2 else b"":  # who it is, and what it says of itself
            packet += raw[start : start + length]
            start += length
            if length < 255:
                packets.append(packet)
                packet = b""
        at = end
    if len(packets) < 2 or not packets[0].startswith((b"OpusHead", b"\x01vorbis")) or len(packets[0]) > 64:
        raise _other("ogg")
    if not packets[1].startswith((b"OpusTags", b"\x03vorbis")):
        raise _other("ogg")
    if len(packets[1]) > COMMENT_MAX or b"<" in packets[1][8:].replace(b"\0", b"")[4:]:
        raise _more("long comments or a picture")


def _polynomial() -> tuple[int, ...]:
    table = []
    for n in range(256):
        value = n << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7) & 0xFFFFFFFF if value & 1 << 31 else value << 1
        table.append(value)
    return tuple(table)


_TABLE = _polynomial()


def _crc(page: bytes) -> int:
    """The checksum of a page (RFC 3533, 6): not zlib's, its bits run the other way."""
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFFFF00) ^ _TABLE[value >> 24 ^ byte]
    return value


# ---- M4A -------------------------------------------------------------------------------------------------------


def _m4a(raw: bytes) -> None:
    if raw[4:8] != b"ftyp" or raw[8:12] not in _BRANDS:
        raise _other("m4a")
    tables: dict[bytes, list[tuple[int, ...]]] = {}
    sounds: list[tuple[int, int]] = []
    for kind, start, end in _boxes(raw, 0, len(raw)):
        if kind == b"moov" and not tables:
            _movie(raw, start, end, tables)
        elif kind == b"mdat" and not sounds:
            sounds.append((start, end))
        elif not ((kind == b"ftyp" and end <= 64) or (kind == b"free" and not raw[start:end].strip(b"\0"))):
            raise _more("a part that no player needs")
    if not sounds or set(tables) != set(_TABLES):
        raise _other("m4a")
    at, stop = sounds[0]
    for begin, end in sorted(_chunks(tables)):
        if begin != at:
            raise _more("what is not sound")
        at = end
    if at != stop:
        raise _more("what is not sound")


def _boxes(raw: bytes, at: int, stop: int) -> list[tuple[bytes, int, int]]:
    """(kind, first byte of the body, first byte behind it) of the boxes that fill `at` to `stop`."""
    found: list[tuple[bytes, int, int]] = []
    while at < stop:
        size, kind = struct.unpack_from(">I4s", raw, at)
        if size < 8 or at + size > stop:
            raise _more("what is not a part of it") if found else _other("m4a")
        found.append((kind, at + 8, at + size))
        at += size
    return found


def _movie(raw: bytes, start: int, stop: int, tables: dict[bytes, list[tuple[int, ...]]]) -> None:
    for kind, at, end in _boxes(raw, start, stop):
        if kind in _PARENTS:
            _movie(raw, at, end, tables)
        elif kind in _TABLES:
            before, each = _TABLES[kind]
            (count,) = struct.unpack_from(">I", raw, at + before - 4)
            alike = kind == b"stsz" and any(raw[at + 4 : at + 8])  # samples of one size have no entries
            if kind in tables or count > len(raw) or end - at != before + (0 if alike else count * each):
                raise _more("another track")
            numbers = struct.iter_unpack(f">{each // 4}I", raw[at + before : end])
            tables[kind] = [struct.unpack_from(">I", raw, at + 4)] * count if alike else list(numbers)
        elif kind not in _SMALL or end - at > TAG_MAX // 2:
            raise _more("texts, a picture or video")


def _chunks(tables: dict[bytes, list[tuple[int, ...]]]) -> list[tuple[int, int]]:
    """(first byte, first byte behind it) of each run of samples in the file; the tables have to agree on how many."""
    runs = tables[b"stsc"]
    offsets = [n for (n,) in tables[b"stco"]]
    sizes = [n for (n,) in tables[b"stsz"]]
    found: list[tuple[int, int]] = []
    used, run = 0, 0
    for number, offset in enumerate(offsets, 1):
        while run + 1 < len(runs) and runs[run + 1][0] <= number:
            run += 1
        each = sizes[used : used + runs[run][1]]
        used += len(each)
        found.append((offset, offset + sum(each)))
    if used != len(sizes) or sum(count for count, _ in tables[b"stts"]) != len(sizes):
        raise _more("what is not sound")
    return found
