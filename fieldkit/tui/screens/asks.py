"""Questions to the trainer: the most wanted first, those kept for the expert, and what was dealt with."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.views import RoomView
from fieldkit.tui.keys import key
from fieldkit.tui.safe import HEADING, Content, plain
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.discussion import SaysScreen, say_row


def ask_rows(view: RoomView, width: int) -> list[tuple[str, Content]]:
    """(ref, lines): open ones, parked ones, then the others, each under its heading."""
    known = {s.ref for s in (*view.asks, *view.parked)}
    others = [s for s in view.says if s.activity is None and s.ref not in known]
    out: list[tuple[str, Content]] = []
    for name, title, says in (
        ("open", "", list(view.asks)),
        ("parked", _("FOR THE EXPERT"), list(view.parked)),
        ("others", _("ANSWERED OR HIDDEN"), sorted(others, key=lambda s: -s.ref)),
    ):
        if says and title:
            out.append((f"{HEADING}{name}", plain(title, "$muted")))
        out += [say_row(s, width) for s in says]
    return out


class AsksScreen(SaysScreen):
    """Each key turns what it says into its opposite."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "done", "answered", "Question", foot=True),
        key("x", "park", "for the expert", "Question", foot=True),
        key("p", "pin", "pin or unpin", "Question", foot=True),
        key("h", "hide", "hide or show again", "Question", foot=True),
    ]

    def top(self, view: RoomView, width: int) -> Content:
        beside = count("{n} open", "{n} open", len(view.asks))
        return heading(_("Questions"), beside + ", " + _("{n} for the expert", n=len(view.parked)))

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        self.live.asked = max([self.live.asked, *(s.ref for s in view.asks)])
        return ask_rows(view, width)

    def empty(self) -> str:
        return _("Nobody has asked anything.")

    def action_done(self) -> None:
        say = self.chosen()
        if say is not None:
            self.wish(w.DoneSay(ref=say.ref, off=say.done), _("Open again.") if say.done else _("Answered."))
