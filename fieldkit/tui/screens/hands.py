"""A show of hands: how many for each choice."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from fieldkit.core.clean import western
from fieldkit.core.views import RoundLine
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.figures import asked, choices, letter
from fieldkit.tui.safe import Block, Field, fit, join, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.box import Box
from fieldkit.tui.screens.confirm import Confirm


class HandsBox(Box[dict[str, int]]):
    """One number a choice; an empty line is not counted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("ctrl+s", "send", "save", "Dialog", foot=True),
        key("enter", "take", "next line", "Dialog", foot=True),
    ]

    def __init__(self, shown: RoundLine, *, several: bool = False) -> None:
        """`several`: one person may raise a hand more than once."""
        super().__init__()
        self.shown_round = shown
        self.several = several

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            for k, _bar in enumerate(self.shown_round.bars):
                with Horizontal(classes="line wide"):
                    yield Block(id=f"label{k}")
                    yield Field(limit=4, id=f"count{k}")
            yield Block(id="missing")
            yield KeyBar()

    def on_mount(self) -> None:
        line = self.shown_round
        title = plain(_("Show of hands"), "bold")
        self.query_one("#question", Block).show(title, *wrap(asked(line), 56, 2), plain(""))
        for k, each in enumerate(choices(line)):
            self.query_one(f"#label{k}", Block).show(join(letter(k), plain(" "), fit(each.text, 44)))
        for field in list(self.query(Field))[:1]:
            field.focus()
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    @on(Field.Submitted)
    def _entered(self, event: Field.Submitted) -> None:
        event.stop()
        if event.input.id == f"count{len(self.shown_round.bars) - 1}":
            self.action_send()
        else:
            self.focus_next()

    def action_take(self) -> None:
        """The line takes Enter itself; this is for whoever finds it in the palette."""
        if isinstance(self.focused, Field):
            self.focused.post_message(Field.Submitted(self.focused, self.focused.value))

    def action_send(self) -> None:
        counts = {}
        for k, each in enumerate(self.shown_round.bars):
            typed = western(self.query_one(f"#count{k}", Field).value.strip())
            if typed.isascii() and typed.isdigit():
                counts[each.id] = int(typed)
            elif typed:
                self.query_one("#missing", Block).show(plain(_("Type a number."), "bold $refused"))
                self.query_one(f"#count{k}", Field).focus()
                self.query_one(f"#count{k}", Field).select_all()
                return
        hands = max(counts.values(), default=0) if self.several else sum(counts.values())
        if hands <= self.shown_round.of:
            self.dismiss(counts)
            return
        question = _(
            "{hands} hands, but {of} are checked in. Save it all the same?", hands=hands, of=self.shown_round.of
        )

        def sure(yes: bool | None) -> None:
            if yes:
                self.dismiss(counts)

        self.app.push_screen(Confirm(question), sure)
