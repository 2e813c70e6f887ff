"""One line to type: a notice, a note, a reason."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from fieldkit.core.clean import clean_text
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.privacy import away
from fieldkit.tui.safe import Block, Field, plain, wrap
from fieldkit.tui.screens.box import Box


class LineBox(Box[str]):
    """Enter gives the cleaned text (empty is allowed unless it is said to be missing), Escape None."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "take", "go on", "Dialog", foot=True)]

    def __init__(self, title: str, hint: str = "", *, missing: str = "", value: str = "") -> None:
        """`missing`: what is said to an empty line, which is then not taken."""
        super().__init__()
        self.missing = missing
        self.value = value
        self.title_words = title
        self.hint = hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield Field(limit=500, value=self.value)
            yield Block(id="missing")
            yield KeyBar()

    def on_mount(self) -> None:
        hint = wrap(self.hint, 56, 3, "$muted")
        self.query_one("#question", Block).show(plain(away(self.app, self.title_words), "bold"), *hint, plain(""))
        self.query_one(Field).focus()
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    @on(Field.Submitted)
    def action_take(self) -> None:
        text = clean_text(self.query_one(Field).value)
        if self.missing and not text:
            self.query_one("#missing", Block).show(plain(self.missing, "bold $refused"))
        else:
            self.dismiss(text)
