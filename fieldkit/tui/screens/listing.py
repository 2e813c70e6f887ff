"""A screen that is one list: a line above it, rows with a cursor, the line for answers, the keys.

Enter on a row, and a click on it, do what the screen's key `enter` (or another, `CHOOSES`) does: the list takes Enter
before any key of the screen sees it.
"""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from fieldkit.core.views import RoomView
from fieldkit.tui.keys import KeyBar
from fieldkit.tui.safe import HEADING, Block, Content, Pick, fit, plain
from fieldkit.tui.screens.base import RoomScreen, Said

NARROWEST = 24
"""In fewer cells nobody can read a row; before the first layout there are none."""
BESIDE = 3
"""Cells of the cursor's mark and the scroll bar."""


class ListScreen(RoomScreen):
    """Who inherits gives `top` and `lines`, and of the others what it needs."""

    CHOOSES: ClassVar[str] = "enter"
    """The key of the table whose action is done on the row that is chosen."""

    go_to: str | None = None
    """Id of the row that the cursor moves to at the next drawing; without one it stays on its row."""

    def top(self, view: RoomView, width: int) -> Content:
        """The first line."""
        raise NotImplementedError

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        """The rows as (id, line), as `Pick.show` takes them."""
        raise NotImplementedError

    def empty(self) -> str:
        """What stands in place of the rows where there are none."""
        return ""

    def hint(self) -> str:
        """What is said when the screen comes up."""
        return ""

    def between(self) -> ComposeResult:
        """Widgets between the first line and the list."""
        yield from ()

    def below(self) -> ComposeResult:
        """Widgets between the list and the line for answers."""
        yield from ()

    @property
    def at(self) -> str:
        """Id of the row under the cursor; empty without one."""
        return self.query_one(Pick).at or ""

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield from self.between()
        yield Pick(classes="body")
        yield from self.below()
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Pick).focus()
        if words := self.hint():
            self.call_after_refresh(self.whisper, words)
        super().on_mount()

    def show_room(self, view: RoomView) -> None:
        width = self.size.width
        if width < NARROWEST:
            return
        self.query_one("#top", Block).show(fit(self.top(view, width), width))
        rows = self.lines(view, width - BESIDE)
        if not rows and (words := self.empty()):
            rows = [(f"{HEADING}empty", plain(words))]
        self.query_one(Pick).show(rows, at=self.go_to)
        self.go_to = None

    @on(Pick.OptionSelected)
    async def _entered(self) -> None:
        for binding in self.BINDINGS:
            if isinstance(binding, Binding) and binding.key == self.CHOOSES:
                await self.app.run_action(binding.action, self)
