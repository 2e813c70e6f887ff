"""Numbers to be read across a yard: digits five lines high."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.tui.safe import Content, fit, join, plain, wrap

HIGH = 5
_DIGITS = (
    ("███", "█ █", "█ █", "█ █", "███"),
    (" █ ", "██ ", " █ ", " █ ", "███"),
    ("███", "  █", "███", "█  ", "███"),
    ("███", "  █", "███", "  █", "███"),
    ("█ █", "█ █", "███", "  █", "  █"),
    ("███", "█  ", "███", "  █", "███"),
    ("███", "█  ", "███", "█ █", "███"),
    ("███", "  █", "  █", "  █", "  █"),
    ("███", "█ █", "███", "█ █", "███"),
    ("███", "█ █", "███", "  █", "███"),
)


def big_number(n: int, style: str) -> list[Content]:
    """`n` in HIGH lines, each cell twice as wide as it is high in the font, so that it looks square."""
    signs = [_DIGITS[int(d)] for d in str(max(0, n))]
    lines = ["  ".join("".join(c * 2 for c in sign[k]) for sign in signs) for k in range(HIGH)]
    return [plain(line, style) for line in lines]


def beside_number(n: int, title: str, words: Sequence[str], width: int, style: str) -> list[Content]:
    """The number at the left; what it counts and the names at the right."""
    drawn = big_number(n, style)
    left = drawn[0].cell_length + 3
    right = [plain(title, style), *wrap(" · ".join(words), max(10, width - left - 2), HIGH - 1, "bold")]
    right += [plain("")] * (HIGH - len(right))
    return [join(plain(" "), fit(a, left), b) for a, b in zip(drawn, right, strict=True)]
