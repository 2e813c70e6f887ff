"""One line to type: a notice, a note, a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
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

Sent = Callable[[str], Awaitable[str]]
"""Does what the line is for; gives why not, empty when it is done."""


class LineBox(Box[str]):
    """Enter gives the cleaned text (empty is allowed unless it is said to be missing), Escape None. What is refused
    stays here with the reason below it: what is typed next belongs to this line and to nothing behind it."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "take", "go on", "Dialog", foot=True)]

    def __init__(
        self,
        title: str,
        hint: str = "",
        *,
        missing: str = "",
        value: str = "",
        does: str = "",
        check: Callable[[str], str] | None = None,
        send: Sent | None = None,
    ) -> None:
        """`missing`: what is said to an empty line, which is then not taken. `does`: what Enter does, for the foot.
        `check`: why a line is not taken, empty when it is; on a thread of its own, because a path may lie on a disk
        that does not answer. `send`: what the line is for, done before the box goes."""
        super().__init__()
        self.missing = missing
        self.does = does
        self.check = check
        self.send = send
        self.value = value
        self.title_words = title
        self.hint = hint
        self._busy = False

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

    def key_words(self) -> dict[str, str]:
        return {"enter": self.does} if self.does else {}

    def refuse(self, words: str) -> None:
        """Say below the line why it was not taken."""
        self.query_one("#missing", Block).show(*wrap(away(self.app, words), 56, 3, "bold $refused"))

    @on(Field.Submitted)
    def action_take(self) -> None:
        if not self._busy:
            self._busy = True
            self.run_worker(self._take(clean_text(self.query_one(Field).value)))

    async def _take(self, text: str) -> None:
        try:
            wrong = self.missing if not text else ""
            if text and self.check is not None:
                wrong = await asyncio.to_thread(self.check, text)
                if self.is_attached and clean_text(self.query_one(Field).value) != text:
                    return  # typed on, while a slow disk was asked
            if not wrong and self.send is not None and self.is_attached:
                wrong = await self.send(text)
        finally:
            self._busy = False
        if not self.is_attached:
            return
        if wrong:
            self.refuse(wrong)
        elif self.is_current or self.send is not None:
            self.dismiss(text)
