"""What typed words and numbers are compared by: case, accents and spaces folded, digits of any script read."""

from __future__ import annotations

import re
import unicodedata

from fieldkit.core.clean import western

DIGITS = 15
"""Most digits of a number: more than any measurement has, and exact in every spreadsheet."""
WORD = 40
"""Most characters of a word in a cloud."""

_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:[.,]([0-9]*))?\Z")
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\uff0d": "-", "\ufe63": "-", "\u066b": ".", "\uff0c": ","})
_MARKS = re.compile("[\u0300-\u036f]+")
_SPLIT = re.compile("[,;\n\u060c\u3001\uff0c\uff1b]+")


def fold(word: str) -> str:
    """`  Válvula  ROJA` → `valvula roja`. Marks that make other letters (Arabic, Hindi, Vietnamese đ) stay.

    Never empty for a word that can be seen.
    """
    plain = " ".join(word.casefold().split())
    bare = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", plain)))
    return " ".join(bare.split()) or plain


def split_words(parts: list[str]) -> list[str]:
    """The words of a cloud, parted by commas, semicolons or lines; the same word twice is one."""
    seen: dict[str, str] = {}
    for part in parts:
        for word in _SPLIT.split(part):
            clean = " ".join(word.split())
            if clean:
                seen.setdefault(fold(clean), clean)
    return list(seen.values())


def number(typed: str) -> str | None:
    """`4,50` → `4.5`, `−٣` → `-3`, `-0` → `0`; None for what is no plain number of at most 15 digits.

    One separator only: `1,000.5` may mean two things, and `1e9` is no number on a phone's keyboard.
    """
    if len(typed) > 40:
        return None
    text = typed.strip().translate(_SIGNS)
    found = _NUMBER.match(western(text))
    if found is None:
        return None
    sign, whole, part = found[1], found[2], found[3] or ""
    if not whole + part or len(whole) + len(part) > DIGITS:
        return None
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    value = f"{whole}.{part}" if part else whole
    return f"-{value}" if sign == "-" and value != "0" else value
