"""One line to type: a notice, a note, a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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

    def __init__(
        self,
        title: str,
        hint: str = "",
        *,
        missing: str = "",
        value: str = "",
        check: Callable[[str], str] | None = None,
    ) -> None:
        """`missing`: what is said to an empty line, which is then not taken. `check`: why a line is not taken, empty
        when it is; on a thread of its own, because a path may lie on a disk that does not answer."""
        super().__init__()
        self.missing = missing
        self.check = check
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
    async def action_take(self) -> None:
        text = clean_text(self.query_one(Field).value)
        wrong = self.missing if not text else ""
        if text and self.check is not None:
            wrong = await asyncio.to_thread(self.check, text)
        if not self.is_current or clean_text(self.query_one(Field).value) != text:
            return  # gone, or typed on, while a slow disk was asked
        if wrong:
            self.query_one("#missing", Block).show(*wrap(wrong, 56, 3, "bold $refused"))
        else:
            self.dismiss(text)
