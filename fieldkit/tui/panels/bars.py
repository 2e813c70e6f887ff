"""Rows with a bar: choices with letter and shape, and values, spellings and pairs that people made themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fieldkit.core.views import LETTERS, Bar, RoundLine
from fieldkit.tui.panels.figures import OPTION_STYLES, bar, choices, letter
from fieldkit.tui.safe import Content, fit, join, plain, width_of, wrap
from fieldkit.tui.say import _

MIN_BAR = 8
"""Below this many cells a bar says nothing; the text gives way first."""
MAX_BAR = 60
DEEPEST = 4
"""Most lines of one choice."""
NARROW = 40
"""Below this width the words come before the bars."""


def right_mark() -> Content:
    return plain(" ✓ " + _("right"), "bold $saved")


def more_line(n: int) -> Content:
    return plain("   " + _("… {n} more: press t", n=n), "$muted")


def bar_lines(line: RoundLine, width: int, *, rows_left: int = 6) -> list[Content]:
    """`A ● Nothing   ███▌    4 ✓ right`, one a choice, numbers right-aligned."""
    return lettered(choices(line), width, rows_left, of=line.of, counted=line.counts is not None)


def lettered(bars: Sequence[Bar], width: int, rows_left: int, *, of: int, counted: bool = True) -> list[Content]:
    """Choices as bars of `of` people; not `counted`: only what may be chosen is shown."""
    if not bars:
        return []
    marked = any(b.correct for b in bars)
    tail = max(len(f"✓ {_('right')}") + 1 if marked else 0, 0)
    digits = max(3, *(len(str(b.count)) for b in bars))
    fixed = 1 + 3 + 1 + 1 + digits + 1 + tail
    widest = max(width_of(b.text) for b in bars)
    text = max(4, min(widest, width - fixed - MIN_BAR, max(20, (width - fixed) * 3 // 5)))
    room = max(0, min(MAX_BAR, width - fixed - text))
    whole = max(1, of, *(b.count for b in bars))
    deep = depths([b.text for b in bars], text, rows_left)
    out = [line for k, b in enumerate(bars) for line in _bar_line(k, b, (text, deep[k]), room, digits, whole, counted)]
    if len(bars) > rows_left:
        kept = max(1, rows_left - 1)
        out = [*out[:kept], more_line(len(bars) - kept)]
    return out


def depths(texts: Sequence[str], width: int, rows: int) -> list[int]:
    """Lines for each text: what does not fit goes on below itself as long as there are free rows, of which everybody
    gets one before anybody gets another."""
    wanted = [len(wrap(text, width, DEEPEST)) or 1 for text in texts]
    out = [1] * len(texts)
    spare = rows - len(texts)
    for deep in range(2, DEEPEST + 1):
        for k, most in enumerate(wanted):
            if most >= deep and spare > 0:
                out[k] += 1
                spare -= 1
    return out


def _bar_line(
    k: int, b: Bar, text: tuple[int, int], room: int, digits: int, whole: int, counted: bool
) -> list[Content]:
    """`text` is its column: width and lines."""
    width, deep = text
    style = OPTION_STYLES[k] if k < len(LETTERS) else "$muted"
    words = wrap(b.text, width, deep) or [plain("")]
    first = join(
        plain(" "),
        letter(k),
        plain(" "),
        fit(words[0], width),
        plain(" "),
        bar(b.count if counted else 0, whole, room, style),
        fit(str(b.count) if counted else "·", digits, "bold", right=True),
        right_mark() if b.correct else plain(""),
    )
    return [first, *(join(plain("     "), line) for line in words[1:])]


def fullest(bars: Sequence[Bar], most: int) -> list[Bar]:
    """At most `most` of them in the order they have: the right ones first of all, then those with most people."""
    if len(bars) <= most:
        return list(bars)
    ranked = sorted(range(len(bars)), key=lambda k: (not bars[k].correct, -bars[k].count, k))
    return [bars[k] for k in sorted(ranked[: max(1, most)])]


def value_lines(
    bars: Sequence[Bar],
    width: int,
    rows_left: int,
    *,
    of: int,
    right: bool = False,
    beside: Callable[[Bar], Content] | None = None,
) -> list[Content]:
    """What people made themselves, one a line: text, bar, count. `right`: the texts are numbers. `beside`: what is
    said behind the count in place of the mark of a right one."""
    if not bars:
        return [plain(" " + _("Nobody has answered yet."), "$muted")]
    most = rows_left if len(bars) <= rows_left else max(1, rows_left - 1)
    kept = fullest(bars, most)
    narrow = width < NARROW
    mark = plain(" ✓", "bold $saved") if narrow else right_mark()
    tails = [beside(b) if beside else (mark if b.correct else plain("")) for b in kept]
    tail = max((t.cell_length for t in tails), default=0)
    digits = max(3, *(len(str(b.count)) for b in bars))
    widest = max(width_of(b.text) for b in kept)
    text = max(4, min(widest, width - digits - tail - (0 if narrow else MIN_BAR) - 4))
    room = max(0, min(MAX_BAR, width - digits - tail - text - 4))
    whole = max(1, of, *(b.count for b in bars))
    out = []
    for b, end in zip(kept, tails, strict=True):
        style = "$saved" if b.correct else "$accent"
        drawn, n = bar(b.count, whole, room, style), fit(str(b.count), digits, "bold", right=True)
        out.append(join(plain(" "), fit(b.text, text, right=right), plain(" "), drawn, n, end))
    if len(kept) < len(bars):
        out.append(more_line(len(bars) - len(kept)))
    return out
