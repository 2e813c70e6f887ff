"""Answering for somebody without a phone: who, then what."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from fieldkit.core import intents as w
from fieldkit.core.clean import clean_text
from fieldkit.core.views import PersonLine, RoomView, RoundLine
from fieldkit.tui.bridge import Outcome
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.figures import asked, choices, letter, missing_word, name_of
from fieldkit.tui.safe import Block, Content, Field, Pick, fit, join, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import RoomScreen, Said, heading


class ProxyScreen(RoomScreen):
    """First the list of who is missing, then the choices (a letter takes one) or a line to write. Then the next
    person, until Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "choose", "Proxy", foot=True),
        key("a", "letter(0)", "answer A", "Proxy"),
        key("b", "letter(1)", "answer B", "Proxy"),
        key("c", "letter(2)", "answer C", "Proxy"),
        key("d", "letter(3)", "answer D", "Proxy"),
        key("e", "letter(4)", "answer E", "Proxy"),
        key("f", "letter(5)", "answer F", "Proxy"),
    ]

    def __init__(self, activity: str) -> None:
        super().__init__()
        self.activity = activity
        self.who: PersonLine | None = None
        self._top_until: int | None = None
        """Keep the cursor on the first row until the view has this record: whoever was answered for moves away."""

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Block(id="question")
        yield Pick(classes="body")
        with Horizontal(id="search"):
            yield Block(auto=True)
            yield Field(limit=500)
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#search Block", Block).show(plain(_("ANSWER ▸"), "bold $accent"))
        self.query_one(Pick).focus()
        super().on_mount()

    def line(self) -> RoundLine | None:
        view = self.live.view
        return next((r for r in [*view.open, *reversed(view.rounds)] if r.activity == self.activity), None)

    def show_room(self, view: RoomView) -> None:
        line, width = self.line(), self.size.width
        if line is None or width < 40:
            return
        if self.who is None:
            title = _("Answer for somebody: who?")
            # Whoever has answered already comes last: a second answer replaces the first.
            missing = [p.p for p in line.missing]
            people = [p for p in view.people if p.status == "in"]
            people.sort(key=lambda p: (p.p not in missing, p.phone, name_of(p).casefold(), p.p))
            rows = [(p.p, self._person(p, p.p in missing, width - 3)) for p in people]
        else:
            title = _("Answer for {name}", name=name_of(self.who))
            rows = [(b.id, join(letter(k), plain(" "), fit(b.text, width - 10))) for k, b in enumerate(choices(line))]
        self.query_one("#top", Block).show(fit(heading(title), width))
        self.query_one("#question", Block).show(*(join(plain(" "), x) for x in wrap(asked(line), width - 2, 2, "bold")))
        top = self.who is None and self._top_until is not None and bool(rows)
        self.query_one(Pick).show(rows, at=rows[0][0] if top else None)
        if self._top_until is not None and view.saved >= self._top_until:
            self._top_until = None

    def _person(self, who: PersonLine, missing: bool, width: int) -> Content:
        tail = plain("" if missing else _("has answered"), "$muted")
        return join(fit(missing_word(who), width - 14), plain(" "), fit(tail, 13))

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        at = self.query_one(Pick).at
        if at is None:
            return
        if self.who is not None:
            self._answer((at,))
            return
        self.who = next((p for p in self.live.view.people if p.p == at), None)
        self.redraw()
        line = self.line()
        if line is not None and not line.bars:
            self.query_one("#search").add_class("-on")
            self.query_one(Field).focus()

    def action_letter(self, k: int) -> None:
        """Letters answer at once, as people call them out."""
        line = self.line()
        if self.who is not None and line is not None and k < len(line.bars):
            self._answer((line.bars[k].id,))

    @on(Field.Submitted)
    def _written(self, event: Field.Submitted) -> None:
        self._answer((), clean_text(event.value))

    def _answer(self, v: tuple[str, ...], text: str | None = None) -> None:
        who = self.who
        if who is None:
            return
        intent = w.ProxyAnswer(who=who.p, activity=self.activity, v=v, text=text)
        self.wish(intent, _("Saved for {name}.", name=name_of(who)), self._next_person)

    def _next_person(self, outcome: Outcome) -> None:
        if outcome.ok:
            self._top_until = outcome.saved
            self._back_to_people()

    def _back_to_people(self) -> None:
        self.who = None
        self.query_one(Field).value = ""
        self.query_one("#search").remove_class("-on")
        self.query_one(Pick).focus()
        self.redraw()

    def action_back(self) -> None:
        if self.who is not None:
            self._back_to_people()
        else:
            super().action_back()
