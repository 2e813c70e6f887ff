"""What people write: hide what must not stand on the wall, pin what matters."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.views import RoomView, SayView
from fieldkit.tui.keys import key
from fieldkit.tui.panels.said import say_line
from fieldkit.tui.safe import Content, rows
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.listing import ListScreen


def say_row(say: SayView, width: int) -> tuple[str, Content]:
    """(ref, at most three lines)."""
    return str(say.ref), rows(say_line(say, width - 1, 3, at=0))


def talk(view: RoomView) -> list[SayView]:
    """What was written about something; the rest are questions to the trainer."""
    return [s for s in view.says if s.activity is not None]


class SaysScreen(ListScreen):
    """What the lists of what people write have in common: the row under the cursor is hidden or pinned, and back."""

    def chosen(self) -> SayView | None:
        return next((s for s in self.live.view.says if str(s.ref) == self.at), None)

    def action_hide(self) -> None:
        say = self.chosen()
        if say is not None:
            self.wish(w.HideSay(ref=say.ref, off=say.hidden), _("Shown again.") if say.hidden else _("Hidden."))

    def action_pin(self) -> None:
        say = self.chosen()
        if say is not None:
            self.wish(w.PinSay(ref=say.ref, off=say.pinned), _("Unpinned.") if say.pinned else _("Pinned."))


class DiscussionScreen(SaysScreen):
    """Pinned first, then the newest; questions to the trainer have a screen of their own. `h` and `p` turn what the
    row says into its opposite."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("h", "hide", "hide or show again", "Message", foot=True),
        key("p", "pin", "pin or unpin", "Message", foot=True),
    ]

    def top(self, view: RoomView, width: int) -> Content:
        says = talk(view)
        pinned, hidden = sum(s.pinned for s in says), sum(s.hidden for s in says)
        beside = count("{n} message", "{n} messages", len(says))
        beside += ", " + _("{pinned} pinned, {hidden} hidden", pinned=pinned, hidden=hidden)
        return heading(_("Discussion"), beside)

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        self.live.seen = max([self.live.seen, *(s.ref for s in view.says)])
        return [say_row(s, width) for s in sorted(talk(view), key=lambda s: (not s.pinned, -s.ref))]

    def empty(self) -> str:
        return _("Nobody has written yet.")
