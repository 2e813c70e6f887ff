"""Cue cards: what this step says or shows and the trainer's notes, one step a card, to be read from where one stands.

Cards are only looked at: the run sheet goes on with the key for the next step, and a card follows it unless another
one was chosen.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from fieldkit.core import intents as w
from fieldkit.core.views import RoomView, SegmentLine, StepLine
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.figures import clock, pace, step_label
from fieldkit.tui.panels.prose import prose
from fieldkit.tui.panels.sheet import step_word
from fieldkit.tui.safe import Block, Content, fit, join, plain
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import RoomScreen, Said, heading

MEASURE = 44
"""Cells of a line: few words a line, found again at a glance."""


def large(text: str, width: int, style: str = "bold") -> list[Content]:
    """Lines of few words with air between them, in the middle of `width`."""
    measure = max(16, min(MEASURE, width - 4))
    left = " " * max(1, (width - measure) // 2)
    out: list[Content] = []
    for line in prose(text, measure):
        if line.plain:
            out += [join(plain(left), line.stylize(style)), plain("")]
    return out


class CardsScreen(RoomScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("right,pagedown", "turn(1)", "next card", "Cards", foot=True),
        key("left,pageup", "turn(-1)", "card before", "Cards", foot=True),
        key("n", "next", "next step, for the room", "Cards", foot=True),
        key("h", "here", "the card of this step", "Cards", foot=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._at: int | None = None
        """The card that was turned to; None: that of the step that is on."""

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Block(id="facts")
        with VerticalScroll(classes="body"):
            yield Block(id="text")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        super().on_mount()

    def cards(self, view: RoomView) -> list[tuple[SegmentLine, StepLine | None]]:
        """One a step; a segment without steps has one as well."""
        cards: list[tuple[SegmentLine, StepLine | None]] = []
        for segment in view.plan:
            cards += [(segment, step) for step in segment.steps] or [(segment, None)]
        return cards

    def now(self, view: RoomView) -> int:
        """The card of the step that is on, else of the one that comes next."""
        cards = self.cards(view)
        for state in ("now", "next"):
            for k, (segment, step) in enumerate(cards):
                if (step.state if step is not None else segment.state) == state:
                    return k
        return 0 if view.segment is None else max(0, len(cards) - 1)

    def show_room(self, view: RoomView) -> None:
        width, cards = self.size.width, self.cards(view)
        if width < 20 or not cards:
            return
        k = min(self._at if self._at is not None else self.now(view), len(cards) - 1)
        segment, step = cards[k]
        number = _("{n} of {of}", n=k + 1, of=len(cards))
        time = _("{now} of {whole}", now=clock(view.elapsed_ms), whole=clock(view.planned_ms))
        beside = pace(view.pace_s) if view.segment else plain("")
        top = join(heading(_("Cue card"), number), plain(f"  {time}  "), beside)
        self.query_one("#top", Block).show(fit(top, width))
        self.query_one("#facts", Block).show(fit(self._fact(segment, step), width))
        self.query_one("#text", Block).show(*self._card(view, segment, step, width - 2))

    def _fact(self, segment: SegmentLine, step: StepLine | None) -> Content:
        here = step.state == "now" if step is not None else segment.state == "now"
        mark = plain(" ▸ " + _("NOW") + "  ", "bold $accent") if here else plain("   ")
        due = plain(clock(step.at_s * 1000) + "  " if step is not None else "", "$muted")
        return join(mark, plain(segment.title, "bold"), plain(f"  {_('{n} min', n=segment.minutes)}  ", "$muted"), due)

    def _card(self, view: RoomView, segment: SegmentLine, step: StepLine | None, width: int) -> list[Content]:
        here = step is not None and step.state == "now"
        words = (view.step_text if here else "") or (step_label(step.label) if step is not None else "")
        out = [plain("")]
        if step is not None:
            out += [*large(step_word(step.do), width, "$accent"), *large(words, width)]
        if segment.notes:
            out += [*large(_("NOTES"), width, "$accent"), *large(segment.notes, width, "")]
        return out

    def action_turn(self, by: int) -> None:
        view = self.live.view
        at = self._at if self._at is not None else self.now(view)
        self._at = max(0, min(at + by, len(self.cards(view)) - 1))
        self.query_one(VerticalScroll).scroll_home(animate=False)
        self.redraw()

    def action_here(self) -> None:
        self._at = None
        self.query_one(VerticalScroll).scroll_home(animate=False)
        self.redraw()

    def action_next(self) -> None:
        self._at = None
        self.wish_open(w.NextStep(), _("Next step."))
