"""Pictures and clips of a pack: what they say of themselves, what they hold, and where an activity may point."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from fieldkit.errors import BadBytes
from fieldkit.packs.check_media import AUDIO_MAX
from fieldkit.packs.clips import sound
from fieldkit.packs.compile import compile_files, compile_pack
from fieldkit.packs.media import picture
from tests.packs.kit import errors, files, pack, png, warnings, write

AB = {"a": "This", "b": "That"}
SPOT = {"t": {"shape": "circle", "at": [0.5, 0.5, 0.1]}}
GIVEN = Path(__file__).parent / "given" / "media"
"""Half-second tones and small pictures as ffmpeg and Pillow write them."""
MP3, OGG, M4A = ((GIVEN / f"tone.{ending}").read_bytes() for ending in ("mp3", "ogg", "m4a"))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def made_png(
    width: int, height: int, rows: bytes, *, depth: int = 8, colour: int = 0, interlace: int = 0, before: bytes = b""
) -> bytes:
    """A PNG whose header may lie about its rows."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))
    return b"\x89PNG\r\n\x1a\n" + before + head + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def jpeg(width: int, height: int, *, again: bool = False) -> bytes:
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 11, 8, height, width, 1) + b"\1\x11\0"
    scan = b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"\x12\x34" + b"\xff\xd9"
    return b"\xff\xd8\xff\xe0\0\x04\0\0" + frame * (2 if again else 1) + scan


def webp(width: int, height: int, *, canvas: tuple[int, int] | None = None, moves: bool = False) -> bytes:
    inner = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
    body = b"WEBP"
    if canvas:
        sizes = b"".join((n - 1).to_bytes(3, "little") for n in canvas)
        body += b"VP8X" + struct.pack("<I", 10) + bytes([2 if moves else 0, 0, 0, 0]) + sizes
    body += b"VP8 " + struct.pack("<I", len(inner)) + inner
    return b"RIFF" + struct.pack("<I", len(body)) + body


def asked(**more: Any) -> dict[str, Any]:
    """A pack whose `which` shows a picture; `more` goes over the activity."""
    made = pack()
    made["activities"]["which"] = {
        "type": "hotspot", "text": "Where?", "ref": "o1", "image": "media/a.png", "alt": "A square.", "targets": SPOT,
        "answer": ["t"], "fallback": {"options": AB, "answer": ["a"]},
    } | more  # fmt: skip
    return made


def spoken(**audio: str) -> dict[str, Any]:
    made = pack()
    made["activities"]["which"]["audio"] = audio
    return made


# ---- pictures --------------------------------------------------------------------------------------------------


def test_the_size_of_a_picture_is_read_from_its_header() -> None:
    assert picture(png(7), "png") == (7, 1)
    assert picture(made_png(5, 5, b"\0" * 22, depth=1, interlace=1), "png") == (5, 5)
    assert picture(jpeg(640, 480), "jpg") == (640, 480)
    assert picture(webp(320, 200), "webp") == picture(webp(320, 200, canvas=(320, 200)), "webp") == (320, 200)


@pytest.mark.parametrize(
    ("raw", "ending", "reason"),
    [
        (b"", "png", "not-a-picture"), (b"GIF89a", "png", "not-a-picture"), (png(), "jpg", "not-a-picture"),
        (png(), "webp", "not-a-picture"), (jpeg(1, 1), "png", "not-a-picture"),
        (made_png(10**9, 10**9, b"\0\0"), "png", "picture-size"),
        (made_png(4097, 1, b"\0" * 4098), "png", "picture-size"), (made_png(0, 1, b"\0"), "png", "picture-size"),
        (made_png(4096, 4096, b"\0\0"), "png", "picture-size"),
        (jpeg(65535, 65535), "jpg", "picture-size"), (jpeg(0, 9), "jpeg", "picture-size"),
        (webp(16383, 16383), "webp", "picture-size"), (webp(1, 1, canvas=(1 << 24, 1)), "webp", "damaged-picture"),
        (made_png(2, 2, b"\0" * 5), "png", "damaged-picture"), (made_png(2, 2, b"\0" * 7), "png", "damaged-picture"),
        (made_png(1, 1, b"\0" * 50_000_000), "png", "damaged-picture"),
        (made_png(1, 1, b"\0\0", depth=3), "png", "damaged-picture"),
        (made_png(1, 1, b"\0\0", colour=9), "png", "damaged-picture"),
        (made_png(1, 1, b"\0\0", before=chunk(b"tEXt", b"x")), "png", "damaged-picture"),
        (png()[:33] + chunk(b"acTL", b"\0" * 8) + png()[33:], "png", "not-a-picture"),
        (png()[:-1], "png", "damaged-picture"), (png()[:20], "png", "damaged-picture"),
        (png().replace(b"IDAT", b"IDAX"), "png", "damaged-picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 64, "png", "damaged-picture"),
        (jpeg(1, 1)[:-2], "jpg", "damaged-picture"), (b"\xff\xd8\xff" * 9, "jpg", "damaged-picture"),
        (jpeg(9, 9, again=True), "jpg", "damaged-picture"), (b"\xff\xd8" + b"\xff" * 999, "jpg", "damaged-picture"),
        (webp(9, 9)[:24], "webp", "damaged-picture"), (webp(9, 9, canvas=(8, 9)), "webp", "damaged-picture"),
        (webp(9, 9, canvas=(9, 9), moves=True), "webp", "not-a-picture"),
        (b"RIFF\4\0\0\0WEBP", "webp", "damaged-picture"),
    ],
)  # fmt: skip
def test_a_picture_that_lies_is_refused_with_its_reason(raw: bytes, ending: str, reason: str) -> None:
    with pytest.raises(BadBytes) as caught:
        picture(raw, ending)
    assert caught.value.reason == reason and caught.value.detail


def test_a_lying_picture_is_an_error_with_what_to_do() -> None:
    for raw in (made_png(10**9, 10**9, b"\0\0"), made_png(2, 2, b"\0" * 9_000_000), b"\x89PNG\r\n\x1a\n"):
        found = errors(asked(), {"media/a.png": raw})
        assert [place for place, _ in found] == [""], found


def test_a_hotspot_above_40_kilobytes_is_refused() -> None:
    assert not errors(asked(), {"media/a.png": png()})
    assert any("larger than 40 KB" in s for _, s in errors(asked(), {"media/a.png": png() + b"\0" * 41_000}))


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "media/../pack.yaml",
        "pack.yaml",
        "slides/a.md",
        "media",
        "",
        "media/b.png",
        "\x1b[2J.png",
    ],
)
def test_a_picture_or_clip_is_a_file_of_the_pack_under_media(path: str) -> None:
    extra = {"media/a.png": png(), "slides/a.md": b"# One"}
    for made, place in ((asked(image=path), "activities.which.image"), (spoken(en=path), "activities.which.audio.en")):
        found = errors(made, extra)
        assert [p for p, _ in found if p.startswith(place)], found
        assert all(s.isprintable() for _, s in found)


# ---- hotspots --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "place", "sentence"),
    [
        ({"answer": ["z"]}, "answer", "no option `z`"),
        ({"targets": {}}, "targets", "nothing to tap"),
        ({"targets": {"t": {"shape": "rect", "at": [0.1, 0.1, 0.1]}}}, "targets.t.at", "has 4 numbers"),
        ({"targets": {"t": {"shape": "circle", "at": [0.1, 0.1, 0]}}}, "targets.t.at", "no size"),
        ({"targets": {"t": {"shape": "rect", "at": [0.9, 0.1, 0.2, 0.1]}}}, "targets.t.at", "leaves the picture"),
        ({"targets": {"t": {"shape": "circle", "at": [1.1, 0.1, 0.1]}}}, "targets.t.at[0]", "out of range"),
        ({"targets": SPOT | {"a": SPOT["t"]}}, "fallback.options.a", "also a target"),
        ({"targets": SPOT | {"elsewhere": SPOT["t"]}}, "targets.elsewhere", "reserved"),
        ({"targets": SPOT | {f"t{n}": SPOT["t"] for n in range(24)}}, "targets", "25 targets"),
        ({"fallback": {"options": AB}}, "fallback", "its fallback has none"),
        ({"answer": None, "fallback": {"options": AB}}, "answer", "no value"),
        ({"answer": [], "graded": True, "fallback": {"options": AB}}, "", "graded and has no answer"),
        ({"answer": []}, "fallback.answer", "the picture has none"),
        ({"fallback": {"options": {"a": "x"}, "answer": ["a"]}}, "fallback.options", "There are 1 options"),
    ],
)  # fmt: skip
def test_a_hotspot_that_cannot_be_answered_is_refused(change: dict[str, Any], place: str, sentence: str) -> None:
    found = errors(asked(**change), {"media/a.png": png()})
    want = f"activities.which.{place}".rstrip(".")
    assert [s for p, s in found if p == want and sentence in s], found


def test_without_a_key_a_picture_is_a_map_and_the_same_id_is_the_same_place() -> None:
    made = asked(fallback={"options": AB}, targets={"a": SPOT["t"]})
    del made["activities"]["which"]["answer"]
    assert not errors(made, {"media/a.png": png()})
    plan = compile_files(files(made, **{"media/a.png": png()})).plan
    assert plan.activities[0].answer == [] and plan.activities[0].fallback is not None
    assert plan.activities[0].fallback.answer == []


def test_a_target_too_small_for_a_glove_is_warned_of() -> None:
    made = asked(targets={"t": {"shape": "circle", "at": [0.5, 0.5, 0.03]}})
    assert any("gloved finger" in s for _, s in warnings(made, {"media/a.png": png()}))


# ---- clips -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("raw", "ending"), [(MP3, "mp3"), (MP3[44:], "mp3"), (OGG, "ogg"), (M4A, "m4a")])
def test_clips_that_phones_play_are_taken(raw: bytes, ending: str) -> None:
    sound(raw, ending)


@pytest.mark.parametrize("ending", ["mp3", "m4a", "ogg"])
@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"ID3", b"<svg/>", b"MZ" * 99, b"\xff\xff\xff\xff", b"\xff\xf1\x50\x80" * 9, png()),
        *(b"ID3\4\0\0\xff\xff\xff\xff", b"ID3\4\0\0\x7f\x7f\x7f\x7f"),
        *(b"OggS\0\2" + b"\0" * 30, b"OggS\0\2" + b"\0" * 20 + b"\xff\xff"),
        b"\0\0\0\x18ftypqt  " + b"\0" * 16,
    ],
)
def test_a_clip_of_another_kind_is_refused(raw: bytes, ending: str) -> None:
    with pytest.raises(BadBytes, match="clip"):
        sound(raw, ending)


def test_a_clip_travels_with_the_plan_a_language_at_a_time() -> None:
    extra = {"media/q.mp3": MP3, "media/q.es.ogg": OGG, "i18n/es.yaml": b"language: es\nstrings: {title: Chico}"}
    made = compile_files(files(spoken(es="media/q.es.ogg", en="media/q.mp3"), **extra))
    which = made.plan.activity("which")
    assert which is not None and [made.blobs[h or ""] for h in which.audio] == [MP3, OGG]
    half = compile_files(files(spoken(es="media/q.es.ogg"), **extra))
    which = half.plan.activity("which")
    assert which is not None and which.audio[0] is None and list(half.blobs.values()) == [OGG]
    assert compile_files(files(pack())).plan.activities[0].audio == []


def test_a_plan_with_a_clip_is_kept_with_its_blobs(tmp_path: Path) -> None:
    folder = write(tmp_path / "small", spoken(en="media/q.mp3"), {"media/q.mp3": MP3})
    made = compile_pack(folder, cache=tmp_path / "plans")
    assert compile_pack(folder, cache=tmp_path / "plans") == made and list(made.blobs.values()) == [MP3]


@pytest.mark.parametrize(
    ("made", "extra", "place", "sentence"),
    [
        (spoken(en="media/q.mp3"), {"media/q.mp3": OGG}, "", "not an MP3 clip"),
        (spoken(en="media/q.ogg"), {"media/q.ogg": MP3}, "", "Opus or Vorbis"),
        (spoken(en="media/q.mp3"), {"media/q.mp3": MP3 + b"\0" * AUDIO_MAX}, "", "larger than 200 KB"),
        (spoken(en="media/a.png"), {"media/a.png": png()}, "activities.which.audio.en", "not a clip"),
        (spoken(english="media/q.mp3"), {"media/q.mp3": MP3}, "activities.which.audio.english", "cannot be used"),
        (pack(media={"budget_kb": 0}), {"media/q.mp3": MP3}, "media.budget_kb", "above 0"),
    ],
)  # fmt: skip
def test_a_clip_that_cannot_be_played_is_refused(
    made: dict[str, Any], extra: dict[str, bytes], place: str, sentence: str
) -> None:
    assert [s for p, s in errors(made, extra) if p == place and sentence in s], errors(made, extra)


@pytest.mark.parametrize(
    "value", [[], "media/q.mp3", 5, True, {"en": 5}, {"en": ["media/q.mp3"]}, {"en": None}, {5: "x"}]
)
def test_a_field_for_clips_of_another_shape_is_one_problem_by_its_place(value: Any) -> None:
    made = pack()
    made["activities"]["which"]["audio"] = value
    assert all(p.startswith("activities.which.audio") for p, _ in errors(made)) and errors(made)


def test_media_that_nothing_shows_or_plays_and_a_language_the_pack_lacks_are_warned_of() -> None:
    found = warnings(spoken(fr="media/q.mp3"), {"media/q.mp3": MP3, "media/a.png": png(), "media/z.mp3": MP3})
    assert ("activities.which.audio.fr", "The pack does not speak this language.") in found
    assert sum("shows or plays" in s for _, s in found) == 2
