"""The middle: the question that is open or was last, with live bars, texts or signatures; else what to do now."""

from __future__ import annotations

from fieldkit.core.views import LETTERS, Bar, RoomView, RoundLine, SayView
from fieldkit.tui.panels.figures import COUNTED, OPTION_STYLES, asked, bar, choices, letter
from fieldkit.tui.panels.prose import prose
from fieldkit.tui.panels.sheet import step_word
from fieldkit.tui.safe import Block, Content, fit, join, plain, width_of, wrap
from fieldkit.tui.say import _, count

MIN_BAR = 8
"""Below this many cells a bar says nothing; the text gives way first."""
MAX_BAR = 60


def bar_lines(line: RoundLine, width: int, *, rows_left: int = 6) -> list[Content]:
    """`A ● Nothing   ███▌    4 ✓ right`, one a choice, numbers right-aligned."""
    bars = choices(line)
    if not bars:
        return []
    counted = line.counts is not None
    marked = any(b.correct for b in bars)
    tail = max(len(f"✓ {_('right')}") + 1 if marked else 0, 0)
    digits = max(3, *(len(str(b.count)) for b in bars))
    fixed = 1 + 3 + 1 + 1 + digits + 1 + tail
    widest = max(width_of(b.text) for b in bars)
    text = max(4, min(widest, width - fixed - MIN_BAR, max(20, (width - fixed) * 3 // 5)))
    room = max(0, min(MAX_BAR, width - fixed - text))
    whole = max(1, line.of, *(b.count for b in bars))
    # A choice that does not fit goes on below itself when there is room for that.
    deep = min(3, rows_left // len(bars)) if widest > text else 1
    column = (text, max(1, deep))
    out = [line for k, b in enumerate(bars) for line in _bar_line(k, b, column, room, digits, whole, counted)]
    if len(bars) > rows_left:
        kept = max(1, rows_left - 1)
        out = [*out[:kept], plain("   " + _("… {n} more: press t", n=len(bars) - kept), "$muted")]
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
        plain(" ✓ " + _("right"), "bold $saved") if b.correct else plain(""),
    )
    return [first, *(join(plain("     "), line) for line in words[1:])]


def say_line(say: SayView, width: int, lines: int = 2) -> list[Content]:
    """One message or text answer, later lines indented; hidden and pinned are words, not colours."""
    marks = (_("pinned") + " " if say.pinned else "") + (_("hidden") + " " if say.hidden else "")
    head = join(
        plain(f"▲{say.ups} " if say.ups else ""),
        plain(marks, "$waiting"),
        plain(f"{say.name}: " if say.name else "", "bold"),
    )
    body = join(head, plain(say.text, "$muted" if say.hidden else ""))
    return [join(plain("   " if k else " "), line) for k, line in enumerate(wrap(body, width - 3, lines))]


def seen_by(line: RoundLine) -> str:
    """One sentence on what the room sees of this result."""
    if line.state == "revealed":
        return _("shown to the room")
    if line.state == "void":
        return _("void: it does not count")
    if line.reveal == "never":
        return _("never shown to the room")
    if line.live and line.state == "open":
        return _("the room sees the counts, not what is right")
    return _("hidden from the room until you reveal")


def question_lines(line: RoundLine, width: int, height: int) -> list[Content]:
    out = wrap(asked(line), width - 2, 3 if height >= 11 else 2, "bold")
    out = [join(plain(" "), each) for each in out]
    below: list[Content] = []
    if line.type in COUNTED:
        below.append(join(plain(" "), fit(seen_by(line), width - 1, "$muted")))
        if line.hands:
            signs = {b.id: LETTERS[k] if k < len(LETTERS) else str(k + 1) for k, b in enumerate(line.bars)}
            hands = "  ".join(f"{signs.get(i, i)} {n}" for i, n in line.hands.items())
            below.append(join(plain(" "), fit(_("show of hands: {counts}", counts=hands), width - 1)))
    room = max(1, height - len(out) - len(below))
    if line.type in COUNTED:
        bars = bar_lines(line, width, rows_left=room)
        gap = [plain("")] if len(bars) + 2 <= room else []
        return [*out, *gap, *bars, *gap, *below]
    gap = [plain("")] if room >= 4 else []
    left = max(1, room - 2 * len(gap))
    if line.type == "acknowledge":
        done = plain(" " + _("{n} of {of} have signed", n=line.answered, of=line.of), "bold")
        return [*out, *gap, done, *below]
    if line.type == "attendance":
        done = plain(" " + _("{n} of {of} have said: here", n=line.answered, of=line.of), "bold")
        return [*out, *gap, done, *below]
    return [*out, *gap, *_newest(line.texts, width, left), *below]


def _newest(texts: list[SayView], width: int, height: int) -> list[Content]:
    if not texts:
        return [plain(" " + _("Nobody has written yet."), "$muted")]
    out: list[Content] = []
    for say in reversed(texts):
        lines = say_line(say, width)
        if len(out) + len(lines) > height:
            break
        out = [*lines, *out]
    return out


def here_words(view: RoomView) -> str:
    """Who is here of those expected, walk-ins counted apart: numbers with their whole."""
    walkins = view.walkins
    if not view.expected:
        return count("{n} is here.", "{n} are here.", view.present)
    known = {"n": view.present - walkins, "of": view.expected}
    if walkins:
        return _("{n} of {of} expected are here, and {more} more.", more=walkins, **known)
    return _("{n} of {of} expected are here.", **known)


def waiting_lines(view: RoomView, width: int, height: int) -> list[Content]:
    """Nothing has been asked yet: who is here, and what to do."""
    out = [plain(""), plain(" " + here_words(view), "bold")]
    if view.state == "new" or view.segment is None:
        out += [
            plain(""),
            plain(" " + _("[n] begins the first step.  [q] shows the QR code.")),
            plain(" " + _("[b] checks in by badge.  [w] shows who is here.")),
        ]
    else:
        segment = next((s for s in view.plan if s.id == view.segment), None)
        if segment is not None:
            out += [plain(""), *(join(plain(" "), w) for w in wrap(segment.title, width - 2, 2, "bold"))]
            for slide in segment.slides:
                out += [plain(""), *(join(plain(" "), line) for line in prose(slide, width - 2))]
    return cut([fit(line, width) for line in out], width, height)


def cut(lines: list[Content], width: int, height: int) -> list[Content]:
    """As many lines as there is room for; when some are left, the last one says where they are."""
    if len(lines) <= height:
        return lines
    more = plain(" " + _("… more: press k"), "bold $accent")
    return [*lines[: max(0, height - 1)], fit(more, width)]


def step_lines(view: RoomView, width: int, *, notes: bool = True) -> list[Content]:
    """What to say or the slide of this step, whole; then the trainer's notes."""
    does = {"say": _("SAY"), "show": _("SHOW")}.get(view.step_do, step_word(view.step_do))
    out = [plain(" " + does, "bold $accent"), *(join(plain(" "), x) for x in prose(view.step_text, width - 2))]
    if notes and view.notes:
        out += [plain(""), plain(" " + _("NOTES"), "$muted")]
        out += [join(plain(" "), line) for line in prose(view.notes, width - 2)]
    return out


def step_shown(view: RoomView, width: int, height: int) -> list[Content]:
    """The step's words always, its notes below as far as there is room."""
    alone = step_lines(view, width, notes=False)
    return cut(step_lines(view, width) if len(alone) + 3 <= height else alone, width, height)


class Question(Block):
    """Bars, texts or signatures of the round that is looked at; without one, what the step says or shows."""

    def show_room(self, view: RoomView, shown: RoundLine | None) -> None:
        width, height = self.size.width, self.size.height
        if width < 1 or height < 1:
            return
        if shown is not None:
            self.show(*question_lines(shown, width, height))
        elif view.step_text and view.state != "new":
            self.show(*step_shown(view, width, height))
        else:
            self.show(*waiting_lines(view, width, height))
