"""What people write: messages, free words, spellings, a cloud of words."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.views import Bar, RoomView, RoundLine, SayLine, SayView
from fieldkit.tui.panels.bars import more_line, value_lines
from fieldkit.tui.safe import Content, fit, join, plain, width_of, wrap
from fieldkit.tui.say import _

GAP = 3
"""Cells between the columns of a cloud."""
LONGEST_WORD = 24


def say_line(say: SayView, width: int, lines: int = 2, *, at: int = 1) -> list[Content]:
    """One message or text answer from the cell `at`, later lines indented; hidden and pinned are words, not colours."""
    marks = (_("pinned") + " " if say.pinned else "") + (_("hidden") + " " if say.hidden else "")
    marks += _("for the expert") + " " if say.parked and say.activity is not None else ""
    marks += _("answered") + " " if say.done else ""
    head = join(
        plain(f"▲{say.ups} " if say.ups else ""),
        plain(marks, "$waiting"),
        plain(_("group {n}", n=say.group) + " " if say.group else "", "$accent"),
        plain(f"{say.name}: " if say.name else "", "bold"),
    )
    body = join(head, plain(say.text, "$muted" if say.hidden or say.done else ""))
    return [join(plain(" " * (at + 2 if k else at)), line) for k, line in enumerate(wrap(body, width - 3, lines))]


WRITTEN = frozenset({"text", "short"})
"""Types whose answers are words of people's own, one each."""


def talk(view: RoomView) -> list[SayLine]:
    """What was written about something; the rest are questions to the trainer."""
    return [s for s in view.says if s.activity is not None]


def written(view: RoomView) -> list[RoundLine]:
    """The rounds that got written answers, the newest first."""
    found = [line for line in reversed(view.rounds) if line.type in WRITTEN and line.state != "void"]
    return [line for line in found if line.texts or any(b.count for b in line.bars)]


def newest(texts: Sequence[SayView], width: int, height: int) -> list[Content]:
    """The newest messages that fit, oldest of them first; above them how many more there are."""
    if not texts:
        return [plain(" " + _("Nobody has written yet."), "$muted")]
    out = _fitting(texts, width, height)
    if len(out) < len(texts) and height > 1:
        out = _fitting(texts, width, height - 1)
        more = plain("   " + _("… {n} more: press d", n=len(texts) - len(out)), "$muted")
        out = [[more], *out]
    return [line for lines in out for line in lines]


def _fitting(texts: Sequence[SayView], width: int, height: int) -> list[list[Content]]:
    """The lines of each of the newest that fit together."""
    out: list[list[Content]] = []
    free = height
    for say in reversed(texts):
        lines = say_line(say, width)
        free -= len(lines)
        if free < 0:
            break
        out.insert(0, lines)
    return out


def spelling_lines(line: RoundLine, width: int, height: int) -> list[Content]:
    """Short answers, equal ones together; what the pack accepts is marked."""
    if line.bars or not line.texts:
        return value_lines(_some(line.bars), width, height, of=line.of)
    return newest(line.texts, width, height)


def _some(bars: Sequence[Bar]) -> list[Bar]:
    """Those that anybody gave, most of them first, and the accepted ones whatever happened."""
    return sorted((b for b in bars if b.count or b.correct), key=lambda b: -b.count)


def cloud_lines(line: RoundLine, width: int, height: int) -> list[Content]:
    """Words by how many gave them, largest first, down one column and on in the next."""
    words = sorted((b for b in line.bars if b.count > 0), key=lambda b: -b.count)
    if not words:
        return [plain(" " + _("Nobody has written yet."), "$muted")]
    digits = len(str(words[0].count))
    cell = min(LONGEST_WORD, max(width_of(b.text) for b in words)) + digits + 1
    columns = max(1, (width - 1 + GAP) // (cell + GAP))
    room = columns * max(1, height)
    cut = len(words) > room
    rows = height - 1 if cut and height > 1 else height
    kept = words[: columns * rows]
    # As few rows as needed: a short cloud is read across its columns.
    rows = min(rows, -(-len(kept) // columns))
    top = words[0].count
    out = []
    for r in range(rows):
        cells = [_word(b, cell, digits, top) for b in kept[r::rows]]
        out.append(join(plain(" "), plain(" " * GAP).join(cells)))
    if len(kept) < len(words):
        out.append(more_line(len(words) - len(kept)))
    return out


def _word(b: Bar, cell: int, digits: int, top: int) -> Content:
    style = "bold $accent" if b.count == top and top > 1 else "bold" if b.count * 2 >= top and top > 1 else ""
    return join(fit(str(b.count), digits, "$muted", right=True), plain(" "), fit(b.text, cell - digits - 1, style))
