"""The fonts that ride along, and which of them shows a character. No library is needed to ask.

    face_of("ש") → "NotoSansHebrew-Regular.ttf"

`README.md` says where they come from and under which licence; `coverage.txt` is written by `fieldkit.formats.pdf.cut`.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
COVERAGE = "coverage.txt"
BASE = "NotoSans-Regular.ttf"
BOLD = "NotoSans-Bold.ttf"
SCRIPTS = tuple(
    f"NotoSans{script}-Regular.ttf"
    for script in (
        *("Arabic", "Hebrew", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada"),
        *("Malayalam", "Sinhala", "Thai", "Lao", "Khmer", "Myanmar", "Georgian", "Armenian", "Ethiopic", "Thaana"),
        *("NKo", "Tifinagh", "Cherokee", "CanadianAboriginal"),
    )
)
HANGUL = "Fieldkit-Hangul.ttf"
HAN = "DroidSansFallback-Han.ttf"
JOINERS = frozenset("\u200c\u200d")
"""Seen only in what they do to their neighbours: whichever font shows those shows them."""


class _Held:
    """Code points of one font, as runs."""

    def __init__(self, line: str) -> None:
        self.face, *found = line.split(" ")
        runs = [one.partition("-") for one in found]
        self.first = [int(a, 16) for a, _, _ in runs]
        self.last = [int(b or a, 16) for a, _, b in runs]

    def __contains__(self, code: int) -> bool:
        k = bisect_right(self.first, code) - 1
        return k >= 0 and code <= self.last[k]


@lru_cache(maxsize=1)
def _held() -> dict[str, _Held]:
    lines = (FOLDER / COVERAGE).read_text("utf-8").splitlines()
    return {one.face: one for one in map(_Held, lines) if one.face != BOLD}


def shows(face: str, char: str) -> bool:
    """Whether this font has the character; the bold one has those of the plain one."""
    return ord(char) in _held()[BASE if face == BOLD else face]


@lru_cache(maxsize=4096)
def face_of(char: str) -> str:
    """The first font that has the character; empty when none has."""
    code = ord(char)
    return next((face for face, held in _held().items() if code in held), "")


def script_of(char: str) -> str:
    """What a person calls the writing of a character that no font shows: `Tibetan`; `symbols` for what is no letter."""
    first = unicodedata.name(char, "").split(" ")[0]
    return first.capitalize() if unicodedata.category(char)[0] in "LM" and first else "symbols"
