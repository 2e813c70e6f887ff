"""Rounds of one question side by side, and the question before the teaching beside the one after it."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.views import LETTERS, Bar, RoundLine
from fieldkit.tui.panels.bars import right_mark
from fieldkit.tui.panels.figures import OPTION_STYLES, bar, choices, letter
from fieldkit.tui.panels.hints import gain_words, moves_words
from fieldkit.tui.safe import Content, fit, join, plain, width_of, wrap
from fieldkit.tui.say import _

GAP = 2
LEAST_COLUMN = 12
MOST_COLUMNS = 4


def can_compare(lines: Sequence[RoundLine]) -> bool:
    """Whether there is more than one, and all are choices that can be counted."""
    return len(lines) > 1 and all(x.lettered and x.bars and x.counts is not None for x in lines)


def together(line: RoundLine, rounds: Sequence[RoundLine], pre: str = "") -> list[RoundLine]:
    """What belongs beside `line`: the newest round of `pre` (the question before the teaching), then its own rounds;
    what was made void stays out, except the one that is meant."""
    known = {(x.activity, x.round): x for x in rounds}
    known[line.activity, line.round] = line
    mine = [x for x in known.values() if x.activity == line.activity and (x.state != "void" or x is line)]
    before = [x for x in known.values() if pre and x.activity == pre and x.state != "void"]
    found = [*before[-1:], *sorted(mine, key=lambda x: x.round)]
    return found[-MOST_COLUMNS:]


def column_title(line: RoundLine, asked: RoundLine, *, paired: bool = False) -> str:
    """`before`, or the number of the round, which is `after` when it is the only one beside `before` (`paired`); how
    many of how many stand behind it."""
    after = _("after") if paired else _("round {n}", n=line.round)
    name = _("before") if line.activity != asked.activity else after
    return f"{name}  {_('{n} of {of}', n=line.answered, of=line.of)}"


def beside_lines(asked: RoundLine, lines: Sequence[RoundLine], width: int, height: int) -> list[Content]:
    """One row a choice: its letter and words, then a bar and the share of each round. Shares are of those who answered,
    as rounds may differ in how many did."""
    rows: dict[str, Bar] = {b.id: b for line in lines for b in choices(line)}
    order = [b.id for b in choices(asked)]
    order += [id for id in rows if id not in order]
    room = max(LEAST_COLUMN, min(34, (width * 3 // 5) // len(lines) - GAP))
    text = max(8, width - len(lines) * (room + GAP) - 6 - right_mark().cell_length)
    text = min(text, max((width_of(rows[id].text) for id in order), default=8))
    paired = [x.activity == asked.activity for x in lines] == [False, True]
    head = [fit(column_title(x, asked, paired=paired), room, "$muted") for x in lines]
    out = [join(fit("", 5 + text), *(join(plain(" " * GAP), each) for each in head))]
    for k, id in enumerate(order):
        style = OPTION_STYLES[k] if k < len(LETTERS) else "$muted"
        cells = []
        for line in lines:
            n = next((b.count for b in line.bars if b.id == id), 0)
            share = line.share(id)
            drawn = bar(n, line.shared, room - 10, style)
            words = "–" if share is None else f"{share} %"
            tail = join(fit(str(n), 4, "bold", right=True), fit(words, 6, "$muted", right=True))
            cells.append(join(plain(" " * GAP), drawn, tail))
        mark = right_mark() if rows[id].correct else plain("")
        out.append(join(plain(" "), letter(k), plain(" "), fit(rows[id].text, text), *cells, mark))
    for each in [x for x in (gain_words(asked), moves_words(asked)) if x]:
        out += [plain(""), *(join(plain(" "), x) for x in wrap(each, width - 2, 2, "bold"))]
    return [x if x.cell_length <= width else x.truncate(width, ellipsis=True) for x in out][:height]
