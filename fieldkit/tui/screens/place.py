"""Which folder: a stick that is plugged in, or one that is typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from fieldkit.config import typed_path
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Pick, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.carrying import OTHER, stick_row
from fieldkit.tui.screens.choice import LookBox
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.tools import StickLine

WIDE = 56
LONGEST = 60
"""Signs of a path in a sentence; more would hide what is wrong with it."""
Sticks = Callable[[], Awaitable[list[StickLine]]]


class PlaceBox(LookBox[Path, StickLine]):
    """Gives the folder. Sticks are looked for again every two seconds: one that is put in shows up by itself."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "choose", "there", "Dialog", foot=True)]

    def __init__(self, title: str, hint: str, sticks: Sticks) -> None:
        super().__init__()
        self.title_words, self.hint = title, hint
        self._sticks = sticks

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield Pick()
            yield Block(id="missing")
            yield KeyBar()

    def on_mount(self) -> None:
        hint = wrap(self.hint, WIDE, 4, "$muted")
        self.begin(plain(self.title_words, "bold"), *hint)

    async def seek(self) -> list[StickLine]:
        return await self._sticks()

    def draw(self, *, first: bool = False) -> None:
        """`first`: the cursor goes to the first stick; a later one does not move it under somebody's finger."""
        other = _("another folder…") if self.found else _("no stick is found: put one in, or name a folder…")
        if self.found is None:
            other = _("looking for sticks… or name a folder")
        rows = [(f"stick {x.path}", stick_row(x, WIDE - 4)) for x in self.found or ()]
        self.query_one(Pick).show([*rows, (OTHER, plain(other))], at=rows[0][0] if first and rows else None)

    @on(Pick.OptionSelected)
    def action_choose(self) -> None:
        kind, _space, path = (self.query_one(Pick).at or OTHER).partition(" ")
        if kind != "stick":
            self._type()
            return
        stick = next((x for x in self.found or () if x.path == path), None)
        if stick is not None and stick.read_only:
            words = _("Nothing may be written to this one. A stick may have a switch; or use another one.")
            self.query_one("#missing", Block).show(*wrap(words, WIDE, 3, "bold $refused"))
        else:
            self.dismiss(Path(path))

    def _type(self) -> None:
        def typed(text: str | None) -> None:
            if text:
                self.dismiss(typed_path(text))

        missing = _("Type the folder, or press Esc.")
        self.app.push_screen(
            LineBox(self.title_words, self.hint, does=_("there"), missing=missing, check=folder_wrong), typed
        )


def folder_wrong(text: str) -> str:
    """Why a typed folder is none; empty when it is one. Asked on a thread of its own."""
    try:
        if typed_path(text).is_dir():
            return ""
    except (OSError, RuntimeError, ValueError):
        pass  # no such home, or nothing that could be a path: there is no such folder either
    shown = text if len(text) <= LONGEST else f"…{text[-LONGEST:]}"
    return _("There is no folder {folder}. Check the path; is the stick plugged in?", folder=shown)
