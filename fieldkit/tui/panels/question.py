"""The middle: the question that is open or was last, drawn as its type needs it; else what to do now."""

from __future__ import annotations

from collections.abc import Callable

from fieldkit.core.views import RoomView, RoundLine
from fieldkit.tui.panels.bars import bar_lines, value_lines
from fieldkit.tui.panels.checks import checklist_lines
from fieldkit.tui.panels.figures import asked
from fieldkit.tui.panels.groups import breakout_lines
from fieldkit.tui.panels.head import is_own
from fieldkit.tui.panels.hints import hands_words, hint_lines
from fieldkit.tui.panels.places import hotspot_lines
from fieldkit.tui.panels.quiz import quiz_lines
from fieldkit.tui.panels.said import cloud_lines, newest, spelling_lines
from fieldkit.tui.panels.sorting import match_lines, order_lines
from fieldkit.tui.panels.step import cut, notes_shown, step_lines, step_shown, waiting_lines
from fieldkit.tui.panels.who import answered_lines
from fieldkit.tui.safe import Block, Content, join, plain, wrap
from fieldkit.tui.say import _

Panel = Callable[[RoundLine, int, int], list[Content]]
"""A round in a width and at most so many lines."""


def _option_bars(line: RoundLine, width: int, height: int) -> list[Content]:
    return bar_lines(line, width, rows_left=height)


def _values(line: RoundLine, width: int, height: int) -> list[Content]:
    """The numbers given; once it is closed what is right, which may be a range, or a number nobody gave."""
    told = line.key and line.state != "open" and height > 1
    tail = [plain(" ✓ " + _("{answer} is right", answer=line.key), "bold $saved")] if told else []
    return [*value_lines([b for b in line.bars if b.count], width, height - len(tail), of=line.of, right=True), *tail]


def _texts(line: RoundLine, width: int, height: int) -> list[Content]:
    return newest(line.texts, width, height)


def _signed(line: RoundLine, width: int, height: int) -> list[Content]:
    return [plain(" " + _("{n} of {of} have signed", n=line.answered, of=line.of), "bold")]


def _said_here(line: RoundLine, width: int, height: int) -> list[Content]:
    return [plain(" " + _("{n} of {of} have said: here", n=line.answered, of=line.of), "bold")]


PANELS: dict[str, Panel] = {
    "poll": _option_bars,
    "choice": _option_bars,
    "truefalse": _option_bars,
    "scale": _option_bars,
    "number": _values,
    "short": spelling_lines,
    "wordcloud": cloud_lines,
    "order": order_lines,
    "match": match_lines,
    "hotspot": hotspot_lines,
    "quiz": quiz_lines,
    "breakout": breakout_lines,
    "checklist": checklist_lines,
    "prompt": _texts,
    "text": _texts,
    "acknowledge": _signed,
    "attendance": _said_here,
}
"""One for each type of `fieldkit.core.activities`."""
LEAST_HINTS = {"poll": 2, "choice": 2, "match": 1}
"""Lines that hints keep below words of the pack, which are not to be cut."""
HEADER_HOLDS = 44
"""Cells of a step's words that stand whole in the header of 80."""


def body_lines(line: RoundLine, width: int, height: int) -> list[Content]:
    """The result itself, at most `height` lines."""
    untold = line.mode == "anonymous" and line.state == "open" and not line.lettered
    if line.suppressed or untold:
        return [plain(" " + _("answered {n} of {of} present", n=line.answered, of=line.of), "bold")]
    panel = PANELS.get(line.type)
    if panel is None:
        return []
    # Hands belong to the numbers: the bars give way to them, and no hint takes their line.
    hands = [join(plain(" "), each) for each in wrap(hands_words(line), width - 2, 2)]
    return [*panel(line, width, height - len(hands))[: max(0, height - len(hands))], *hands]


def question_lines(line: RoundLine, width: int, height: int) -> list[Content]:
    """What is asked, the result, and below it what the room sees and what to do next."""
    out = [join(plain(" "), each) for each in wrap(asked(line), width - 2, 3 if height >= 11 else 2, "bold")]
    free = max(2, height - len(out))
    # What the result does not need is the hints'; they have a third whatever happens, less below long choices.
    needed = len(body_lines(line, width, free - 1))
    below = hint_lines(line, width, max(1, LEAST_HINTS.get(line.type, free // 3), free - needed))
    if line.lettered and len(line.bars) + bool(line.hands) > free - len(below):
        below = []  # no choice is hidden for a hint
    room = max(1, free - len(below))
    body = body_lines(line, width, room)
    # Air where there is room for it: around the result, else above it, else nowhere.
    spare = room - len(body)
    above = [plain("")] if spare >= 1 else []
    under = [plain("")] if spare >= 2 and below else []
    lines = [*out, *above, *body, *under, *below]
    return [x if x.cell_length <= width else x.truncate(width, ellipsis=True) for x in lines]


def beside_step(view: RoomView, line: RoundLine, width: int, height: int) -> list[Content]:
    """The question; above it what the step says, when that is longer than the header and there is room."""
    asked_lines = question_lines(line, width, height)
    words = step_lines(view, width, notes=False) if view.step_text and not is_own(view, line) else []
    free = height - len(asked_lines) - 1
    if view.state == "new" or free < 2 or len(words) < 2:
        return asked_lines
    if len(words) == 2 and words[1].cell_length <= HEADER_HOLDS:
        return asked_lines
    return [*(x.truncate(width, ellipsis=True) for x in cut(words, width, free)), plain(""), *asked_lines]


class Question(Block):
    """What runs in the round that is looked at; without one, what the step says or shows."""

    def on_resize(self) -> None:
        """It gets the whole width when nobody stands beside it, and has to be drawn for that."""
        redraw = getattr(self.screen, "redraw", None)
        if callable(redraw):
            self.call_after_refresh(redraw)

    def has_notes(self, view: RoomView, shown: RoundLine | None, spare: int) -> bool:
        """Whether it shows the trainer's notes, also when it has `spare` lines less."""
        says = shown is None and bool(view.step_text) and view.state != "new"
        return says and notes_shown(view, self.size.width, self.size.height - spare)

    def show_room(self, view: RoomView, shown: RoundLine | None, *, helps: bool = False, below: bool = False) -> None:
        """`helps`: on a helper's screen; `below`: how many have answered stands here, as nothing stands beside it."""
        width, height = self.size.width, self.size.height
        if width < 1 or height < 1:
            return
        if shown is not None:
            answered = [join(plain(" "), x) for x in answered_lines(shown)] if below else []
            told = [plain("   ").join(answered).truncate(width, ellipsis=True)] if answered and height > 3 else []
            self.show(*beside_step(view, shown, width, height - len(told)), *told)
        elif view.step_text and view.state != "new":
            self.show(*step_shown(view, width, height))
        else:
            self.show(*waiting_lines(view, width, height, helps=helps))
