"""What rides along in a picture or clip: a packed bomb, a page, a program, somebody's place. Nothing of it gets in.

Every case is made from a file that an encoder wrote and that is taken as it is, so the one change is what is refused.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.errors import BadBytes, WrongUsage
from fieldkit.packs.clips import SOUNDS, sound
from fieldkit.packs.compile import compile_files
from fieldkit.packs.media import picture
from tests.cli.kit import fieldkit
from tests.packs.kit import errors, files, png, write
from tests.packs.test_media import GIVEN, M4A, MP3, OGG, asked, chunk, spoken

PAGE = b"<!doctype html><script>alert(document.domain)</script>"
BOMB = zlib.compress(b"\0" * 50_000_000, 9)
"""50 MB that pack to 49 KB: what a colour profile or a text may be blown up to."""
PALETTE, PROGRESSIVE, LOSSY = ((GIVEN / name).read_bytes() for name in ("palette.png", "progressive.jpg", "lossy.webp"))
VORBIS = (GIVEN / "vorbis.ogg").read_bytes()


@pytest.mark.parametrize("path", sorted(GIVEN.iterdir()), ids=lambda p: p.name)
def test_what_encoders_write_is_taken(path: Path) -> None:
    ending = path.suffix[1:]
    if ending in SOUNDS:
        sound(path.read_bytes(), ending)
    else:
        assert picture(path.read_bytes(), ending) > (1, 1)


# ---- pictures --------------------------------------------------------------------------------------------------


def in_png(kind: bytes, body: bytes, raw: bytes = PALETTE) -> bytes:
    """The picture with a chunk more, right behind its header."""
    return raw[:33] + chunk(kind, body) + raw[33:]


def in_jpeg(marker: int, body: bytes) -> bytes:
    return PROGRESSIVE[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + PROGRESSIVE[2:]


def in_riff(kind: bytes, body: bytes) -> bytes:
    inner = LOSSY[8:] + kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    return b"RIFF" + struct.pack("<I", len(inner)) + inner


def in_pixels(behind: bytes) -> bytes:
    """A picture whose packed pixels end before the chunk does."""
    raw = png(9)
    at = raw.index(b"IDAT")
    (length,) = struct.unpack_from(">I", raw, at - 4)
    return raw[: at - 4] + chunk(b"IDAT", raw[at + 4 : at + 4 + length] + behind) + raw[at + 8 + length :]


PICTURES: list[tuple[str, bytes]] = [
    ("png", in_png(b"iCCP", b"p\0\0" + BOMB)),
    ("png", in_png(b"zTXt", b"Comment\0\0" + BOMB)),
    ("png", in_png(b"iTXt", b"Comment\0\1\0\0\0" + BOMB)),
    ("png", in_png(b"iCCP", b"p\0\0" + zlib.compress(b"small", 9))),
    ("png", in_png(b"tEXt", b"Comment\0" + PAGE)), ("png", in_png(b"eXIf", b"MM\0*" + b"\0" * 90)),
    ("png", in_png(b"prVt", PAGE)), ("png", in_png(b"pHYs", PAGE)), ("png", in_png(b"\xff\0\x1b[", b"")),
    ("png", in_png(b"pHYs", b"\0" * 9, in_png(b"pHYs", b"\0" * 9))),
    ("png", PALETTE + PAGE), ("png", in_pixels(PAGE)), ("png", in_pixels(b"\0")),
    ("jpg", in_jpeg(0xE1, b"Exif\0\0MM\0*" + b"\0" * 200)), ("jpg", in_jpeg(0xE2, b"ICC_PROFILE\0\1\1" + b"\0" * 99)),
    ("jpg", in_jpeg(0xFE, PAGE)), ("jpg", in_jpeg(0xE0, b"JFXX\0\x10" + PAGE)), ("jpg", PROGRESSIVE + PAGE),
    ("jpg", PROGRESSIVE + PAGE + b"\xff\xd9"), ("jpeg", PROGRESSIVE + PROGRESSIVE),
    ("webp", in_riff(b"EXIF", b"MM\0*" + b"\0" * 99)), ("webp", in_riff(b"XMP ", PAGE)),
    ("webp", in_riff(b"VP8 ", PAGE)), ("webp", in_riff(b"junk", PAGE)),
    ("webp", LOSSY + PAGE), ("webp", LOSSY + b"\0"),
]  # fmt: skip


@pytest.mark.parametrize(("ending", "raw"), PICTURES)
def test_a_picture_holds_what_showing_it_needs_and_nothing_else(ending: str, raw: bytes) -> None:
    with pytest.raises(BadBytes) as caught:
        picture(raw, ending)
    assert caught.value.reason == "carries-more" and caught.value.detail.isprintable()


def test_the_small_parts_that_every_program_writes_are_taken() -> None:
    for kind, size in ((b"gAMA", 4), (b"cHRM", 32), (b"sRGB", 1), (b"pHYs", 9), (b"tIME", 7), (b"bKGD", 1)):
        assert picture(in_png(kind, b"\1" * size), "png") == picture(PALETTE, "png")


def test_pixels_without_their_end_or_checksum_are_damaged() -> None:
    raw = png(9)
    at = raw.index(b"IDAT")
    (length,) = struct.unpack_from(">I", raw, at - 4)
    for cut in (1, 4):
        with pytest.raises(BadBytes, match="damaged"):
            picture(raw[: at - 4] + chunk(b"IDAT", raw[at + 4 : at + 4 + length - cut]) + chunk(b"IEND", b""), "png")


# ---- clips -----------------------------------------------------------------------------------------------------


def tagged(body: bytes) -> bytes:
    """The clip with another ID3 tag."""
    return b"ID3\4\0\0" + bytes([0, 0, len(body) >> 7, len(body) & 0x7F]) + body + MP3[44:]


def page(body: bytes, *, number: int, flags: int = 0, serial: bytes = OGG[14:18]) -> bytes:
    """An Ogg page with its checksum, computed a bit at a time (RFC 3533)."""
    lacing = b"\xff" * (len(body) // 255) + bytes([len(body) % 255])
    head = b"OggS\0" + bytes([flags]) + b"\0" * 8 + serial + struct.pack("<I", number)
    value = 0
    for byte in head + b"\0\0\0\0" + bytes([len(lacing)]) + lacing + body:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return head + struct.pack("<I", value) + bytes([len(lacing)]) + lacing + body


def opus(tags: bytes = b"OpusTags" + b"\0" * 8, last: bytes = b"\xf8\xff\xfe") -> bytes:
    first = page(OGG[28:47], number=0, flags=2)
    return first + page(tags, number=1) + page(last, number=2, flags=4)


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def in_mdat(behind: bytes) -> bytes:
    """An M4A whose sound is followed by bytes that no sample table names; its tables lie behind it."""
    at = M4A.index(b"mdat") - 4
    (size,) = struct.unpack_from(">I", M4A, at)
    return M4A[:at] + box(b"mdat", M4A[at + 8 : at + size] + behind) + M4A[at + size :]


def in_moov(extra: bytes) -> bytes:
    at = M4A.index(b"moov") - 4
    return M4A[:at] + box(b"moov", M4A[at + 8 :] + extra)


def with_table(kind: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """An M4A with one sample table changed, its size and everybody's around it set right."""

    def walk(raw: bytes) -> bytes:
        made = b""
        while raw:
            size, name = struct.unpack_from(">I4s", raw)
            body = raw[8:size]
            inner = walk(body) if name in (b"moov", b"trak", b"mdia", b"minf", b"stbl") else body
            made += box(name, change(inner) if name == kind else inner)
            raw = raw[size:]
        return made

    return walk(M4A)


CLIPS: list[tuple[str, bytes, str]] = [
    ("mp3", MP3 + PAGE, "carries-more"), ("mp3", MP3 + b"\0" * 500, "carries-more"),
    ("mp3", MP3 + b"TAG" + PAGE.ljust(125, b"\0"), "carries-more"),
    ("mp3", MP3[44:] + b"\xff\xfb\x90\x64" + b"\0" * 413, "carries-more"),
    ("mp3", MP3[:-1], "not-a-clip"), ("mp3", MP3[44:48] + PAGE, "not-a-clip"),
    ("mp3", tagged(b"TIT2" + struct.pack(">I", len(PAGE)) + b"\0\0" + PAGE), "carries-more"),
    ("mp3", tagged(b"APIC" + struct.pack(">I", 400) + b"\0\0" + b"\xff" * 400), "carries-more"),
    ("mp3", tagged(b"TSSE" + struct.pack(">I", 5000) + b"\0\0" + b"x" * 5000), "carries-more"),
    ("mp3", tagged(b"\0" * 20 + PAGE), "carries-more"), ("mp3", tagged(b"")[:10], "not-a-clip"),
    ("ogg", OGG + PAGE, "carries-more"), ("ogg", OGG + OGG, "carries-more"), ("ogg", VORBIS + PAGE, "carries-more"),
    ("ogg", OGG[:-1], "not-a-clip"), ("ogg", OGG[:-5] + b"<html", "not-a-clip"),
    ("ogg", opus(b"OpusTags\0\0\0\0\1\0\0\0" + struct.pack("<I", len(PAGE)) + PAGE), "carries-more"),
    ("ogg", opus(b"OpusTags" + b"\0" * 9000), "carries-more"), ("ogg", opus(PAGE), "not-a-clip"),
    ("ogg", opus() + page(PAGE, number=3), "carries-more"),
    ("ogg", page(OGG[28:47], number=0, flags=2) + page(PAGE, number=1, serial=b"else"), "carries-more"),
    ("ogg", page(b"fishead\0" + b"\0" * 56, number=0, flags=2) + page(b"\3vorbis", number=1), "not-a-clip"),
    ("m4a", M4A + PAGE, "carries-more"), ("m4a", M4A + box(b"free", PAGE), "carries-more"),
    ("m4a", M4A + box(b"uuid", PAGE), "carries-more"), ("m4a", M4A + box(b"mdat", PAGE), "carries-more"),
    ("m4a", in_mdat(PAGE), "carries-more"), ("m4a", in_mdat(b"\0"), "carries-more"), ("m4a", M4A[:-1], "carries-more"),
    ("m4a", in_moov(box(b"udta", PAGE * 9)), "carries-more"), ("m4a", in_moov(box(b"meta", PAGE)), "carries-more"),
    ("m4a", with_table(b"stsd", lambda told: told + PAGE * 9), "carries-more"),
    ("m4a", with_table(b"stts", lambda told: told + PAGE), "carries-more"),
    ("m4a", with_table(b"stts", lambda told: told[:4] + b"\0\0\0\7" + (PAGE + b"  ")[:56]), "carries-more"),
    ("m4a", with_table(b"stsz", lambda _: b"\0\0\0\0\0\0\0\1\xff\xff\xff\xff"), "carries-more"),
    ("m4a", with_table(b"free", lambda _: b"<"), "carries-more"),
    ("m4a", M4A[: M4A.index(b"moov") - 4], "not-a-clip"),
]  # fmt: skip


@pytest.mark.parametrize(("ending", "raw", "reason"), CLIPS)
def test_a_clip_is_sound_from_its_first_byte_to_its_last(ending: str, raw: bytes, reason: str) -> None:
    with pytest.raises(BadBytes) as caught:
        sound(raw, ending)
    assert caught.value.reason == reason and caught.value.detail.isprintable()


def test_the_clips_made_here_by_hand_are_taken_when_nothing_rides_along() -> None:
    sound(opus(), "ogg")
    sound(with_table(b"stts", lambda told: told), "m4a")
    sound(in_mdat(b""), "m4a")
    sound(tagged(b"TSSE\0\0\0\2\0\0\0x" + b"\0" * 30), "mp3")


# ---- the pack --------------------------------------------------------------------------------------------------


def test_a_page_within_a_frame_of_sound_is_found() -> None:
    """The frames are whole and in a row; only what they are said to hold is no sound."""
    held = MP3[:60] + PAGE + MP3[60 + len(PAGE) :]
    sound(held, "mp3")
    assert [s for _, s in errors(spoken(en="media/q.mp3"), {"media/q.mp3": held})] == [
        "There is a web page in this file."
    ]


@pytest.mark.parametrize("raw", [in_png(b"zTXt", b"C\0\0" + zlib.compress(b"\0" * 9_000_000, 9)), PALETTE + PAGE])
def test_such_a_pack_is_refused_with_how_to_strip_it_and_never_becomes_a_plan(raw: bytes, tmp_path: Path) -> None:
    folder = write(tmp_path / "small", asked(), {"media/a.png": raw})
    done = fieldkit("pack", "check", str(folder))
    assert done.code != 0 and "magick old.png -strip new.png" in done.text + done.talk
    with pytest.raises(WrongUsage, match="carries more"):
        compile_files(files(asked(), **{"media/a.png": raw}))
