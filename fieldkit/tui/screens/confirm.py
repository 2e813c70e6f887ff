"""A question before something that cannot simply be undone. Only `y` says yes: a scanner's Enter says nothing."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.privacy import away
from fieldkit.tui.safe import Block, wrap
from fieldkit.tui.screens.box import Box


class Confirm(Box[bool]):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("y", "yes", "yes", "Dialog", foot=True),
        key("n", "cancel", "no", "Dialog", foot=True),
    ]

    MOST_LINES: ClassVar[int] = 6
    """Of the question."""

    def __init__(self, question: str) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield KeyBar()

    def on_mount(self) -> None:
        width, lines = min(56, self.app.size.width - 8), min(self.MOST_LINES, max(2, self.app.size.height - 8))
        self.query_one("#question", Block).show(*wrap(away(self.app, self.question), width, lines))
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    def action_yes(self) -> None:
        self.dismiss(True)
