"""The files of a pack: which pictures and clips a phone can show and play, what all of them weigh, what nobody uses."""

from __future__ import annotations

from fieldkit.errors import BadBytes
from fieldkit.packs import kinds
from fieldkit.packs.clips import SOUNDS, sound
from fieldkit.packs.kinds import AnyActivity
from fieldkit.packs.load import Loaded
from fieldkit.packs.media import PICTURES, SIDE_MAX, picture
from fieldkit.packs.model import Pack
from fieldkit.packs.problem import Place, nearest, short
from fieldkit.packs.read import NOTE, PACK

HOTSPOT_MAX = 40 * 1024
AUDIO_MAX = 200 * 1024
"""About a minute of speech; a room of thirty phones fetches it at once."""
IMAGE_MAX = 1024 * 1024
"""A picture travels with the log as a blob, and a blob is at most 1 MiB."""

_OTHER_MEDIA = ("mp4", "webm", "vtt", "pdf")
_STRIP = (
    "Save it without profile and texts: magick old.{0} -strip new.{0}",
    "Save it as MP3 without texts: ffmpeg -i old.{0} -map 0:a -map_metadata -1 new.mp3",
)
"""What takes the rest out of a picture, of a clip."""
_MARKUP = (b"<html", b"<script", b"<!doctype", b"<iframe", b"<body")
"""No pixels and no sound spell this by chance; within a frame or a packed block nobody else would notice it."""
_SVG = ("svg", "svgz")
"""Refused as a file already; the activity that names it is not told a second time."""


def check_media(out: Loaded) -> None:
    """Add what is wrong with pictures, clips and other files, and with what activities say of them."""
    total = 0
    shown: set[str] = set()
    for path, raw in sorted(out.files.files.items()):
        ending = _ending(path)
        if ending in _SVG or _is_svg(path, raw):
            out.add("error", path, "", "There is no SVG in a pack: it can carry code.", "Redraw it as PNG.")
        elif path.startswith("media/"):
            total += len(raw)
            _file(out, path, ending, raw)
            if ending in (*PICTURES, *SOUNDS):
                shown.add(path)
        elif not _known_file(path):
            out.add("warning", path, "", "Nothing in a pack is called this; it is never used.", "Delete it.")
    if out.pack is None:
        return
    budget = out.pack.media.budget_kb
    if total > budget * 1024:
        out.error(("media", "budget_kb"), f"The media are {-(-total // 1024)} KB, above {budget}.", "Smaller files.")
    used: set[str] = set()
    for id, a in out.pack.activities.items():
        used |= _named(out, out.pack, a, ("activities", id))
    for path in sorted(shown - used):
        out.add("warning", path, "", "No activity shows or plays this file.", "Delete it.")


def _named(out: Loaded, pack: Pack, a: AnyActivity, place: Place) -> set[str]:
    """The files that an activity names, each judged for its use."""
    used = set()
    if isinstance(a, kinds.Hotspot):
        used.add(a.image)
        _image(out, a.image, (*place, "image"))
    for lang, path in a.audio.items():
        used.add(path)
        _clip(out, path, (*place, "audio", lang))
        if lang != pack.language and lang not in out.translations:
            out.warn((*place, "audio", lang), "The pack does not speak this language.", pack.language)
    return used


def _image(out: Loaded, path: str, place: Place) -> None:
    raw = out.files.files.get(path)
    if raw is None:
        near = nearest(path, out.files.files)
        out.error(place, f"There is no file `{short(path)}`.", near or "media/name.png")
    elif not path.startswith("media/") or _ending(path) not in (*PICTURES, *_SVG):
        out.error(place, f"`{short(path)}` is not a picture under media/.", "media/name.png")
    elif len(raw) > HOTSPOT_MAX:
        out.error(place, f"The picture is larger than {HOTSPOT_MAX // 1024} KB.", "A smaller one.")


def _clip(out: Loaded, path: str, place: Place) -> None:
    if path not in out.files.files:
        near = nearest(path, out.files.files)
        out.error(place, f"There is no file `{short(path)}`.", near or "media/name.mp3")
    elif not path.startswith("media/") or _ending(path) not in SOUNDS:
        out.error(place, f"`{short(path)}` is not a clip under media/.", "media/name.mp3")


def _file(out: Loaded, path: str, ending: str, raw: bytes) -> None:
    """Judge one file under media/ by its bytes."""
    try:
        if ending in PICTURES:
            if len(raw) > IMAGE_MAX:
                out.add("error", path, "", "The picture is larger than 1 MB.", "A smaller one.")
            else:
                picture(raw, ending)
        elif ending in SOUNDS:
            if len(raw) > AUDIO_MAX:
                sentence = f"The clip is larger than {AUDIO_MAX // 1024} KB."
                out.add("error", path, "", sentence, "A shorter one, or mono at 32 kbit/s.")
            else:
                sound(raw, ending)
        elif ending not in _OTHER_MEDIA:
            out.add("error", path, "", "Pictures are PNG, JPEG or WebP.", "media/name.png")
        if ending in (*PICTURES, *SOUNDS) and any(sign in raw.lower() for sign in _MARKUP):
            raise BadBytes("carries-more", "There is a web page in this file.")
    except BadBytes as e:
        instead = {
            "picture-size": f"at most {SIDE_MAX} a side and 4 million in all",
            "not-a-clip": "Save it again as MP3.",
            "carries-more": _STRIP[ending in SOUNDS].format(ending),
        }.get(e.reason, "Save it again as PNG.")
        out.add("error", path, "", e.detail, instead)


def _ending(path: str) -> str:
    return path.rpartition(".")[2].lower() if "." in path else ""


def _is_svg(path: str, raw: bytes) -> bool:
    return path.startswith("media/") and b"<svg" in raw[:1000].lower()


def _known_file(path: str) -> bool:
    if path in (PACK, NOTE, "guide.md") or path.upper().startswith(("README", "LICENSE", "CHANGELOG")):
        return True
    folder, _, name = path.partition("/")
    endings = {"slides": (".md",), "i18n": (".yaml", ".yml"), "overlay": (".yaml", ".yml")}
    return name.endswith(endings.get(folder, ())) if folder in endings else False
