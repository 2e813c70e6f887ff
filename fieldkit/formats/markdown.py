"""Rows as a table of GitHub's Markdown, in which what somebody typed stays text: no markup, no link, no row of its own.

Every sign that means something to Markdown gets a backslash, `<`, `>` and `&` become entities (some readers know no
backslash there), and line ends, controls and signs that turn the direction are taken out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fieldkit.core.clean import clean_text

MOST = 300
"""Characters of a cell."""
_SIGNS = re.compile(r"([\\`*_\[\]#|~^$@=]|:(?=//))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_WWW = re.compile(r"(?i)\b(www)\.")
_FIRST = re.compile(r"^([-+]|\d+[.)])")


def text(words: str) -> str:
    """One line of plain words."""
    clean = _SIGNS.sub(r"\\\1", clean_text(words, MOST))
    clean = "".join(_ENTITIES.get(c, c) for c in clean)
    return _WWW.sub(r"\1\\.", clean)


def line(words: str) -> str:
    """The same where it begins a line: no list comes of it."""
    found = text(words)
    return _FIRST.sub(lambda m: m[1][:-1] + "\\" + m[1][-1], found)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A whole table, with the line end; columns behind the first `left` are aligned right."""
    marks = ["---" if k < left else "--:" for k in range(len(heads))]
    whole = [[text(one) for one in heads], marks, *([text(one) for one in row] for row in rows)]
    return "".join(f"| {' | '.join(row)} |\n" for row in whole)
