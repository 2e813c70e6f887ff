"""Which of head office's lists to take in, and what the one that was taken has changed."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from fieldkit.config import typed_path
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.keytools import FoundList, KeyTools, Taken
from fieldkit.tui.panels.keys import GRAVE, change_lines, day
from fieldkit.tui.safe import Block, Content, Pick, fit, join, plain, wrap
from fieldkit.tui.say import _, error_words
from fieldkit.tui.screens.box import Box
from fieldkit.tui.screens.carrying import OTHER
from fieldkit.tui.screens.choice import LookBox
from fieldkit.tui.screens.line import LineBox

WIDE = 56
MOST = 12
"""Most changes that are told one by one."""


def found_row(one: FoundList, width: int) -> Content:
    head = join(plain(one.org, "bold"), plain("  " + _("version {n}", n=one.version)))
    beside = plain(f"  {day(one.issued)}  {one.path.parent.name}", "$muted")
    return fit(join(head, beside), width)


class FoundBox(LookBox[list[FoundList], FoundList]):
    """Those on sticks, or a path that is typed. Several in one folder are taken together: each brings the next one."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "choose", "take it in", "Dialog", foot=True)]

    def __init__(self, tools: KeyTools) -> None:
        super().__init__()
        self.tools = tools

    def on_mount(self) -> None:
        hint = wrap(_("The file trust.note, as head office sent it. It is checked before anything changes."), WIDE, 3)
        title = plain(_("Take in head office's list"), "bold")
        self.begin(title, *hint)

    async def seek(self) -> list[FoundList]:
        return await self.tools.on_sticks()

    def draw(self, *, first: bool = False) -> None:
        """`first`: the cursor goes to the newest list; a later one does not move it under somebody's finger."""
        rows = [(str(x.path), found_row(x, WIDE - 4)) for x in self.found or ()]
        other = _("another file or folder…") if rows else _("no list on a stick: put one in, or name a file…")
        if self.found is None:
            other = _("looking for sticks… or name a file")
        self.query_one(Pick).show([*rows, (OTHER, plain(other))], at=rows[0][0] if first and rows else None)

    @on(Pick.OptionSelected)
    def action_choose(self) -> None:
        at = self.query_one(Pick).at
        one = next((x for x in self.found or () if str(x.path) == at), None)
        if one is not None:
            self.dismiss([one])
        else:
            self._type()

    def _type(self) -> None:
        got: list[FoundList] = []

        async def send(text: str) -> str:
            try:
                got[:] = await self.tools.lists_at(typed_path(text))
            except FieldkitError as e:
                return error_words(e)
            except (RuntimeError, ValueError):  # `~nobody`, or nothing that could be a path
                return _("That is no path.")
            return ""

        def typed(_text: str | None) -> None:
            if got:
                self.dismiss(got)

        hint = _("A file, or the folder in which it lies.")
        missing = _("Type the path, or press Esc.")
        title = _("Where is head office's list?")
        self.app.push_screen(LineBox(title, hint, does=_("take it in"), missing=missing, send=send), typed)


class TakenBox(Box[None]):
    """What a list has changed; what somebody should ask about is marked."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "cancel", "seen", "Dialog", foot=True)]

    def __init__(self, done: Taken) -> None:
        super().__init__()
        self.done = done

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield KeyBar()

    def on_mount(self) -> None:
        done = self.done
        title = _("What version {n} changed", n=done.held.version)
        lines = change_lines(done.changes, WIDE, max(3, min(MOST, self.app.size.height - 14)))
        asks: list[Content] = []
        if any(x.code in GRAVE for x in done.changes):
            words = _("What has a ! is rare: ask head office whether it is meant, before you go on.")
            asks = [plain(""), *wrap(words, WIDE, 3, "bold $waiting")]
        self.query_one("#question", Block).show(plain(title, "bold"), plain(""), *lines, *asks)
        self.call_after_refresh(self.query_one(KeyBar).show_keys)
