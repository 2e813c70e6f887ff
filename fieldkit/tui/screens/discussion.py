"""What people write: hide what must not stand on the wall, pin what matters; below it the written answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.views import RoomView, RoundLine, SayView
from fieldkit.tui.keys import key
from fieldkit.tui.panels.figures import asked
from fieldkit.tui.panels.said import say_line, talk, written
from fieldkit.tui.safe import HEADING, Content, fit, join, plain, rows
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.listing import ListScreen

ANSWER = "answer "
"""Begins the id of a row that is an answer and no message."""


def say_row(say: SayView, width: int) -> tuple[str, Content]:
    """(ref, at most three lines)."""
    return str(say.ref), rows(say_line(say, width - 1, 3, at=0))


def answer_rows(line: RoundLine, width: int) -> list[tuple[str, Content]]:
    """(id, at most three lines) of each written answer of a round, below the question; equal ones that are counted
    stand together."""
    of = f"{line.activity}/{line.round}"
    title = _("WRITTEN ANSWERS, round {n}: {question}", n=line.round, question=asked(line))
    out = [(f"{HEADING}{of}", fit(plain(title, "$muted"), width))]
    for k, say in enumerate(line.texts):
        out.append((f"{ANSWER}{of}/{k}", rows(say_line(say, width - 1, 3, at=0))))
    for k, bar in enumerate(sorted((b for b in line.bars if b.count), key=lambda b: -b.count)):
        out.append((f"{ANSWER}{of}/bar{k}", join(plain(f"{bar.count} × ", "$muted"), plain(bar.text))))
    return out


class SaysScreen(ListScreen):
    """What the lists of what people write have in common: the row under the cursor is hidden or pinned, and back."""

    def chosen(self) -> SayView | None:
        return next((s for s in self.live.view.says if str(s.ref) == self.at), None)

    def meant(self) -> SayView | None:
        """What is chosen; an answer is told of, because a key would do nothing to it."""
        if self.at.startswith(ANSWER):
            self.tell(_("One answer cannot be hidden or pinned: the room sees none unless you reveal the result."))
        return self.chosen()

    def action_park(self) -> None:
        say = self.meant()
        if say is not None:
            words = _("Open again.") if say.parked else _("Kept for the expert.")
            self.wish(w.ParkSay(ref=say.ref, off=say.parked), words)

    def action_hide(self) -> None:
        say = self.meant()
        if say is not None:
            self.wish(w.HideSay(ref=say.ref, off=say.hidden), _("Shown again.") if say.hidden else _("Hidden."))

    def action_pin(self) -> None:
        say = self.meant()
        if say is not None:
            self.wish(w.PinSay(ref=say.ref, off=say.pinned), _("Unpinned.") if say.pinned else _("Pinned."))


class DiscussionScreen(SaysScreen):
    """Pinned first, then the newest, then the written answers of each question; questions to the trainer have a
    screen of their own. Each key turns what the row says into its opposite."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("h", "hide", "hide or show again", "Message", foot=True),
        key("p", "pin", "pin or unpin", "Message", foot=True),
        key("x", "park", "for the expert", "Message", foot=True),
    ]

    def top(self, view: RoomView, width: int) -> Content:
        says = talk(view)
        pinned, hidden = sum(s.pinned for s in says), sum(s.hidden for s in says)
        beside = count("{n} message", "{n} messages", len(says))
        beside += ", " + _("{pinned} pinned, {hidden} hidden", pinned=pinned, hidden=hidden)
        answers = sum(line.answered for line in written(view))
        return heading(
            _("Discussion"), f"{beside}, {count('{n} answer', '{n} answers', answers)}" if answers else beside
        )

    def next_keys(self) -> Sequence[str]:
        return ("h", "p", "x", "escape") if talk(self.live.view) else ("escape",)

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        self.live.seen = max([self.live.seen, *(s.ref for s in view.says)])
        out = [say_row(s, width) for s in sorted(talk(view), key=lambda s: (not s.pinned, -s.ref))]
        return out + [row for line in written(view) for row in answer_rows(line, width)]

    def empty(self) -> str:
        return _("Nobody has written yet.")
