"""Texts and slides: what fits a phone, what is translated, which signs nobody can see."""

from __future__ import annotations

import unicodedata

from fieldkit.packs.load import Loaded
from fieldkit.packs.model import Overlay, Pack, Segment, Translation
from fieldkit.packs.problem import nearest, short
from fieldkit.packs.texts import Source, hash_of, source_hash, texts_of

QUESTION_MAX = 200
OPTION_MAX = 80
TITLE_MAX = 60
SLIDE_MAX = 8000
SLIDE_WORDS = 40

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_texts(out: Loaded) -> None:
    """Add what is wrong with texts, languages and slides."""
    _slides(out)
    _signs(out)
    if out.pack is None:
        return
    texts = texts_of(out.pack)
    _lengths(out, texts)
    for lang, translation in sorted(out.translations.items()):
        _translation(out, out.pack, lang, translation, texts)
    for overlay in out.overlays.values():
        _overlay(out, out.pack, overlay, texts)


# ---- words -----------------------------------------------------------------------------------------------------


def painting(text: str) -> str:
    """The first character that would paint on a terminal or turn a line around, as U+…; empty if none."""
    for c in text:
        if c in "\n\t":
            continue
        if c in _BIDI or unicodedata.category(c) in ("Cc", "Cs", "Co", "Zl", "Zp"):
            return f"U+{ord(c):04X}"
    return ""


def _signs(out: Loaded) -> None:
    """No text, wherever it stands, holds a sign that a person cannot see."""
    if out.doc is not None:
        stack: list[tuple[tuple[str | int, ...], object]] = [((), out.doc.value)]
        while stack:
            place, value = stack.pop()
            if isinstance(value, dict):
                stack += [((*place, k), v) for k, v in value.items()]
            elif isinstance(value, list):
                stack += [((*place, n), v) for n, v in enumerate(value)]
            elif isinstance(value, str) and (found := painting(value)):
                out.error(place, f"The text holds {found}, which cannot be seen.", "Delete it.")
    for lang, t in out.translations.items():
        for key, text in t.strings.items():
            _sign(out, f"i18n/{lang}.yaml", key, text)
    for site, o in out.overlays.items():
        for lang, strings in o.strings.items():
            for key, text in strings.items():
                _sign(out, f"overlay/{site}.yaml", f"{lang}.{key}", text)
    for path, slides in out.slides.items():
        for n, slide in enumerate(slides, 1):
            _sign(out, path, f"slide {n}", slide.text + slide.notes)


def _sign(out: Loaded, file: str, place: str, text: str) -> None:
    if found := painting(text):
        out.add("error", file, place, f"The text holds {found}, which cannot be seen.", "Delete it.")


def _lengths(out: Loaded, texts: dict[str, Source]) -> None:
    for key, source in texts.items():
        limit = _limit(key)
        if limit and len(source.text) > limit:
            out.warn(source.place, f"{len(source.text)} characters are long for a phone.", f"at most {limit}")


def _limit(key: str) -> int:
    """Characters that still fit a phone held at arm's length; 0 for what only the facilitator reads."""
    parts = key.split(".")
    if parts[-1] == "text" and parts[0] == "activities":
        return QUESTION_MAX
    if parts[0] == "activities" and parts[-2] in ("options", "left", "right"):
        return OPTION_MAX
    if parts[-1] == "title":
        return TITLE_MAX
    return QUESTION_MAX if parts[0] == "activities" or parts[-1] == "worker" else 0


def _translation(out: Loaded, pack: Pack, lang: str, t: Translation, texts: dict[str, Source]) -> None:
    file = next(name for name in (f"i18n/{lang}.yaml", f"i18n/{lang}.yml") if name in out.files.files)
    if t.of is not None and t.of.id != pack.id:
        out.add("error", file, "of.id", f"This translates `{short(t.of.id)}`, another pack.", f"id: {pack.id}")
    for key in t.strings:
        if key not in texts:
            out.add("warning", file, key, "The pack has no such text.", nearest(key, texts) or "Delete it.")
        elif (limit := _limit(key)) and len(t.strings[key]) > limit:
            long = len(t.strings[key])
            out.add("warning", file, key, f"{long} characters are long for a phone.", f"at most {limit}")
    stale = [k for k, h in t.hashes.items() if k in texts and k in t.strings and h != hash_of(texts[k].text)]
    for key in stale:
        out.add("warning", file, key, "The source has changed since this was translated.", "Translate it again.")
    unhashed = any(k not in t.hashes for k in t.strings)
    if unhashed and t.of is not None and (t.of.version != pack.version or t.of.source_hash != source_hash(pack)):
        out.add(
            "warning",
            file,
            "of",
            f"Nothing says whether this translates version {pack.version} as it is.",
            f"fieldkit pack i18n PACK {lang} writes the hashes",
        )
    missing = [k for k in texts if not t.strings.get(k, "").strip()]
    if missing:
        some = ", ".join(missing[:8]) + (", …" if len(missing) > 8 else "")
        sentence = f"{len(missing)} of {len(texts)} texts are missing; {pack.language} is shown."
        out.add("warning", file, "strings", sentence, some)


def _overlay(out: Loaded, pack: Pack, overlay: Overlay, texts: dict[str, Source]) -> None:
    file = f"overlay/{overlay.site}.yaml"
    locked = tuple(key for s in pack.segments if s.locked for key in _keys_of(s))
    for lang, strings in overlay.strings.items():
        if lang != pack.language and lang not in out.translations:
            out.add("warning", file, f"strings.{lang}", "The pack does not speak this language.", pack.language)
        for key in strings:
            if key not in texts:
                out.add("error", file, key, "The pack has no such text.", nearest(key, texts) or "Delete it.")
            elif key.startswith(locked):
                out.add("error", file, key, "This segment is locked: no site may change it.", "Delete it.")


def _keys_of(segment: Segment) -> list[str]:
    """The beginnings of the keys of a segment and of what it runs."""
    activities = {s.activity for s in segment.steps if s.activity}
    return [f"segments.{segment.id}.", *(f"activities.{id}." for id in sorted(activities))]


# ---- slides ----------------------------------------------------------------------------------------------------


def _slides(out: Loaded) -> None:
    for path, slides in out.slides.items():
        for n, slide in enumerate(slides, 1):
            if len(slide.text) > SLIDE_MAX or len(slide.notes) > SLIDE_MAX:
                out.add("error", path, f"slide {n}", f"It is longer than {SLIDE_MAX} characters.", "Split it with ---")
            elif (words := len(slide.text.split())) > SLIDE_WORDS:
                out.add("warning", path, f"slide {n}", f"{words} words are many for a wall.", f"at most {SLIDE_WORDS}")
    if out.pack is None:
        return
    named = {p for s in out.pack.segments for p in s.slides}
    used = set(named)
    for lang in out.translations:
        for path in named:
            folder, _, name = path.rpartition("/")
            stem = name.removesuffix(".md")
            used |= {f"{folder}/{stem}.{lang}.md", f"{folder}/{lang}/{name}"}
            there = out.slide_in(path, lang)
            wanted = f"{folder}/{stem}.{lang}.md"
            if there is None and path in out.slides:
                out.add("warning", path, "", f"There are no slides in {lang}.", wanted)
            elif there is not None and len(there) != len(out.slides.get(path, there)):
                count = len(out.slides[path])
                out.add("warning", wanted, "", f"{len(there)} slides instead of {count}.", f"{count}")
    for path in out.slides:
        if path not in used:
            out.add("warning", path, "", "No segment shows these slides.", f"slides: [{short(path)}]")
