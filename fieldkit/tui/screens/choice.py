"""Small dialogs in which one of several lines is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Content, Pick, plain
from fieldkit.tui.screens.box import Box
from fieldkit.tui.screens.carrying import LOOK_S

T = TypeVar("T")
F = TypeVar("F")


class PickBox(Box[T]):
    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield Pick()
            yield KeyBar()

    def ask(self, *lines: Content) -> None:
        """What is asked; the cursor stands on the lines."""
        self.query_one("#question", Block).show(*lines, plain(""))
        self.query_one(Pick).focus()
        self.call_after_refresh(self.query_one(KeyBar).show_keys)


class ChoiceBox(PickBox[str]):
    """Gives the id of the line that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "choose", "choose", "Dialog", foot=True)]

    def __init__(self, title: str, rows: Sequence[tuple[str, Content]]) -> None:
        super().__init__()
        self.title_words, self.rows = title, rows

    def on_mount(self) -> None:
        self.query_one(Pick).show(self.rows)
        self.ask(plain(self.title_words, "bold"))

    @on(Pick.OptionSelected)
    def action_choose(self) -> None:
        self.dismiss(self.query_one(Pick).at)


class LookBox(PickBox[T], Generic[T, F]):
    """Of what is found on sticks, looked for again every two seconds: one that is put in shows up by itself. Who
    inherits gives `seek` and `draw`, and calls `begin` when it is mounted. `found` None: not looked for yet."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[F] | None = None

    async def seek(self) -> list[F]:
        """Raises FieldkitError: then what was found before stands."""
        return []

    def draw(self, *, first: bool = False) -> None:
        """`first`: the cursor goes to the first line; a later look does not move it under somebody's finger."""

    def begin(self, *lines: Content) -> None:
        self.draw()
        self.ask(*lines)
        self.set_interval(LOOK_S, self._look)
        self._look()

    def _look(self) -> None:
        async def run() -> None:
            first = self.found is None
            try:
                self.found = await self.seek()
            except FieldkitError:
                self.found = self.found or []
            if self.is_mounted:
                self.draw(first=first)

        self.run_worker(run(), exclusive=True, group="look")
