"""From the files of a pack to what they say: the model, its translations, overlays and slides, and what is wrong.

This is the one reading of a pack; the checks judge what stands here, the compiler uses it.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from fieldkit.packs.check_fields import convert_all
from fieldkit.packs.model import FORMAT, Overlay, Pack, Translation
from fieldkit.packs.problem import Place, Problem, dotted, short
from fieldkit.packs.read import PACK, PackFiles
from fieldkit.packs.slides import SlideText, split_slides
from fieldkit.packs.yaml_safe import LIMIT, BadYaml, Doc, load

T = TypeVar("T")


class Loaded(msgspec.Struct):
    """`pack` is None when pack.yaml cannot be used at all. `slides` by path; translations by language."""

    files: PackFiles
    pack: Pack | None = None
    doc: Doc | None = None
    translations: dict[str, Translation] = {}
    overlays: dict[str, Overlay] = {}
    slides: dict[str, list[SlideText]] = {}
    problems: list[Problem] = []

    def add(self, level: str, file: str, place: Place | str, sentence: str, instead: str = "") -> None:
        """Note a problem; lines are known for pack.yaml only."""
        line = self.doc.line(place) if self.doc is not None and file == PACK and isinstance(place, tuple) else 0
        spot = dotted(place) if isinstance(place, tuple) else place
        self.problems.append(Problem(level, file, spot, sentence, instead, line))

    def error(self, place: Place, sentence: str, instead: str = "") -> None:
        """A problem in pack.yaml that refuses the pack."""
        self.add("error", PACK, place, sentence, instead)

    def warn(self, place: Place, sentence: str, instead: str = "") -> None:
        """A problem in pack.yaml that a trainer should know of."""
        self.add("warning", PACK, place, sentence, instead)

    def slide_in(self, path: str, lang: str) -> list[SlideText] | None:
        """The slides of `slides/x.md` in a language: `slides/x.es.md` or `slides/es/x.md`; None if there are none."""
        folder, _, name = path.rpartition("/")
        stem, dot, ending = name.rpartition(".")
        beside = f"{folder}/{stem}.{lang}{dot}{ending}" if folder else f"{stem}.{lang}{dot}{ending}"
        inside = f"{folder}/{lang}/{name}" if folder else f"{lang}/{name}"
        return self.slides.get(beside) or self.slides.get(inside)


def load_pack(files: PackFiles) -> Loaded:
    """Decode everything. Never raises for what the files say; it is in `problems`."""
    out = Loaded(files=files)
    out.doc = _yaml(out, PACK)
    if out.doc is not None:
        newer = out.doc.value.get("fieldkit") if isinstance(out.doc.value, dict) else None
        if isinstance(newer, int) and not isinstance(newer, bool) and newer > FORMAT:
            out.error(
                ("fieldkit",), f"This pack is of format {newer}; here format {FORMAT} is known.", "Update fieldkit."
            )
            return out
        out.pack, problems = convert_all(out.doc, Pack, PACK)
        out.problems += problems
    for name in sorted(files.files):
        if match := re.fullmatch(r"i18n/([^/]+)\.ya?ml", name):
            _translation(out, name, match[1])
        elif match := re.fullmatch(r"overlay/([^/]+)\.ya?ml", name):
            overlay = _part(out, name, Overlay)
            if overlay is not None:
                if overlay.site != match[1]:
                    out.add("error", name, "site", "The site is not the name of the file.", f"site: {short(match[1])}")
                out.overlays[overlay.site] = overlay
        elif re.fullmatch(r"slides/.+\.md", name):
            _slides(out, name)
    return out


def _yaml(out: Loaded, name: str) -> Doc | None:
    try:
        return load(out.files.files[name])
    except BadYaml as e:
        out.problems.append(Problem("error", name, e.place, e.detail, e.instead, e.line))
        return None


def _part(out: Loaded, name: str, model: type[T]) -> T | None:
    doc = _yaml(out, name)
    if doc is None:
        return None
    part: Any
    part, problems = convert_all(doc, model, name)
    out.problems += problems
    return part if isinstance(part, model) else None


def _translation(out: Loaded, name: str, lang: str) -> None:
    part = _part(out, name, Translation)
    if part is None:
        return
    if part.language != lang:
        out.add("error", name, "language", "The language is not the name of the file.", f"language: {short(lang)}")
    elif out.pack is not None and lang == out.pack.language:
        out.add("error", name, "language", "This is the pack's own language.", "Its texts stand in pack.yaml.")
    elif lang in out.translations:
        out.add("error", name, "", "There are two files for this language.", "Keep one.")
    else:
        out.translations[lang] = part


def _slides(out: Loaded, name: str) -> None:
    raw = out.files.files[name]
    if len(raw) > LIMIT:
        out.add("error", name, "", f"The file is larger than {LIMIT // 1024} KB.", "Split it.")
        return
    try:
        out.slides[name] = split_slides(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        out.add("error", name, "", "The file is not UTF-8 text.", "Save it as UTF-8.")
