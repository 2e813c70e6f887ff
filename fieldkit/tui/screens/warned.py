"""What was noticed before the session began, whole, on top of it: a terminal that was left behind is not read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.privacy import away
from fieldkit.tui.safe import Block, join, plain, wrap
from fieldkit.tui.say import _, told
from fieldkit.tui.screens.box import Box

MOST = 8


class Warned(Box[None]):
    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "cancel", "seen", "Dialog", foot=True)]

    def __init__(self, warnings: Sequence[str], *, begun: bool = False) -> None:
        """`begun`: they come while the session runs."""
        super().__init__()
        self.begun = begun
        self.sentences = list(warnings)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield KeyBar()

    def on_mount(self) -> None:
        title = _("Noticed just now") if self.begun else _("Before you begin")
        lines = [plain(title, "bold $waiting"), plain("")]
        for sentence in self.sentences[:MOST]:
            lines += [
                join(plain("  " if k else "! "), line)
                for k, line in enumerate(wrap(away(self.app, told(sentence)), 54, 3))
            ]
        if len(self.sentences) > MOST:
            lines.append(plain("  " + _("and {n} more", n=len(self.sentences) - MOST), "$muted"))
        self.query_one("#question", Block).show(*lines)
        self.call_after_refresh(self.query_one(KeyBar).show_keys)
