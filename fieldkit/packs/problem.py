"""One thing that is wrong with a pack, said so that its author can mend it without asking anybody."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

Place = tuple[str | int, ...]
"""Where in a file: keys and 0-based positions, from the top."""


class Problem(msgspec.Struct, frozen=True):
    """`level` is `error` (the pack is refused) or `warning` (it runs; a colleague would raise an eyebrow).

    `file` is the path inside the pack, `place` reads like `segments[1].phase` (empty: the file as a whole), `line`
    is 1-based (0: unknown), `instead` says what to write.
    """

    level: str
    file: str
    place: str
    sentence: str
    instead: str = ""
    line: int = 0

    @property
    def where(self) -> str:
        """`pack.yaml:12 segments[1].phase`."""
        spot = f"{self.file}:{self.line}" if self.line else self.file
        return f"{spot} {self.place}".strip()


def dotted(place: Place) -> str:
    """`("segments", 1, "phase")` → `segments[1].phase`."""
    out = ""
    for part in place:
        if isinstance(part, int):
            out += f"[{part}]"
        else:
            out += f".{short(part)}" if out else short(part)
    return out


def short(value: object, limit: int = 40) -> str:
    """A foreign value as a few printable characters: what is quoted in a sentence must not paint on a terminal."""
    text = str(value)
    text = "".join(c if c.isprintable() else "·" for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


HABITS = {
    "question": "text",
    "prompt": "text",
    "label": "text",
    "name": "title",
    "answers": "options",
    "choices": "options",
    "correct": "answer",
    "time": "minutes",
    "lang": "language",
    "seconds": "time_limit",
    "action": "do",
    "slide": "slides",
    "explanation": "explain",
    "objective": "ref",
    "anonymous": "mode",
    "kind": "type",
}
"""What people write from other tools, and what it is called here."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name that was probably meant, or empty."""
    names = list(known)
    if word in HABITS and HABITS[word] in names:
        return HABITS[word]
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return close[0] if close else ""
