"""Things put into order, and pairs."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from fieldkit.core.views import Bar, RoundLine
from fieldkit.tui.panels.bars import depths, value_lines
from fieldkit.tui.panels.figures import bar
from fieldkit.tui.safe import Content, fit, join, plain, width_of, wrap
from fieldkit.tui.say import _

FIGURES = 30
"""Cells that a pair's bar, number and commonest mistake take beside it."""


def fully_right(line: RoundLine) -> list[Content]:
    """How many had all of it right; nothing without a key."""
    if line.right is None or not line.answered:
        return []
    return [plain(" " + _("all of it right: {n} of {of}", n=line.right, of=line.answered), "bold")]


def _places(bars: Sequence[Bar]) -> dict[str, list[Bar]]:
    """The bars of each left side of `left=right`, in the order in which the left sides first come."""
    found: dict[str, list[Bar]] = {}
    for b in bars:
        found.setdefault(b.id.partition("=")[0], []).append(b)
    return found


def _by_place(place: str) -> tuple[int, str]:
    return (int(place), "") if place.isascii() and place.isdigit() and len(place) < 4 else (999, place)


def best(bars: Sequence[Bar]) -> Bar:
    """The right one, else the one most people gave."""
    return max(bars, key=lambda b: (b.correct, b.count))


def order_lines(line: RoundLine, width: int, height: int) -> list[Content]:
    """One row a place: what belongs there and how many put it there; without a key what most put there."""
    groups = _places(line.bars)
    rows = []
    for place in sorted(groups, key=_by_place):
        b = best(groups[place])
        label = b.text if b.text.startswith(place) else f"{place}. {b.text}"
        rows.append(replace(b, text=label))
    tail = fully_right(line)
    return [*value_lines(rows, width, max(1, height - len(tail)), of=max(1, line.answered)), *tail]


def match_lines(line: RoundLine, width: int, height: int) -> list[Content]:
    """One row for each left side: its right partner and how many found it; then what else it was put to most."""
    lefts, rights = {o.id: o.text for o in line.left}, {o.id: o.text for o in line.right_side}
    rows: list[Bar] = []
    others: dict[str, Bar] = {}
    groups = _places(line.bars)
    for left in [*lefts, *(x for x in groups if x not in lefts)]:
        pairs = groups.get(left)
        if not pairs:
            continue
        b = best(pairs)
        rest = [x for x in pairs if x is not b and x.count]
        if rest:
            others[b.id] = max(rest, key=lambda x: x.count)
        rows.append(replace(b, text=f"{lefts.get(left, left)} → {_partner(b, rights)}"))

    def beside(b: Bar) -> Content:
        also = others.get(b.id)
        mark = plain(" ✓", "bold $saved") if b.correct else plain("  ")
        if also is None:
            return mark
        return join(mark, plain(f"  {also.count} → {_partner(also, rights)}", "$muted").truncate(26, ellipsis=True))

    tail = fully_right(line)
    room = max(1, height - len(tail))
    widest = max((width_of(b.text) for b in rows), default=0)
    if rows and widest > width - FIGURES and 2 * len(rows) <= room:
        # The figures of each take a row; the words have the others.
        deep = depths([b.text for b in rows], width - 3, room - len(rows))
        of = max(1, line.answered)
        out = [x for b, most in zip(rows, deep, strict=True) for x in _below(b, beside(b), width, of, most)]
        return [*out, *tail]
    return [*value_lines(rows, width, room, of=max(1, line.answered), beside=beside), *tail]


def _below(b: Bar, end: Content, width: int, of: int, most: int) -> list[Content]:
    """The pair in at most `most` lines, its figures below."""
    digits = fit(str(b.count), 3, "bold", right=True)
    drawn = bar(b.count, of, max(4, width - 8 - end.cell_length), "$saved" if b.correct else "$accent")
    words = [join(plain("   " if k else " "), x) for k, x in enumerate(wrap(b.text, width - 3, most))]
    return [*words, join(plain("   "), drawn, digits, end)]


def _partner(b: Bar, rights: dict[str, str]) -> str:
    key = b.id.partition("=")[2]
    return rights.get(key, key)
