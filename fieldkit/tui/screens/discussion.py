"""What people write: hide what must not stand on the wall, pin what matters."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.views import RoomView, SayView
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.said import say_line
from fieldkit.tui.safe import Block, Pick, fit, plain, rows
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import RoomScreen, Said, heading


class DiscussionScreen(RoomScreen):
    """Pinned first, then the newest; questions to the trainer have a screen of their own. `h` and `p` turn what the
    row says into its opposite."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("h", "hide", "hide or show again", "Message", foot=True),
        key("p", "pin", "pin or unpin", "Message", foot=True),
    ]

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Pick(classes="body")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Pick).focus()
        super().on_mount()

    def show_room(self, view: RoomView) -> None:
        self.live.seen = max([self.live.seen, *(s.ref for s in view.says)])
        says = [s for s in view.says if s.activity is not None]
        pinned, hidden = sum(s.pinned for s in says), sum(s.hidden for s in says)
        beside = count("{n} message", "{n} messages", len(says))
        beside += ", " + _("{pinned} pinned, {hidden} hidden", pinned=pinned, hidden=hidden)
        self.query_one("#top", Block).show(fit(heading(_("Discussion"), beside), self.size.width))
        width = self.size.width - 4
        if width > 20:
            ordered = sorted(says, key=lambda s: (not s.pinned, -s.ref))
            self.query_one(Pick).show([(str(s.ref), rows(say_line(s, width, 3))) for s in ordered])
            if not ordered:
                self.query_one(Said).show(plain(" " + _("Nobody has written yet."), "$muted"))

    def chosen(self) -> SayView | None:
        at = self.query_one(Pick).at
        return next((s for s in self.live.view.says if str(s.ref) == at), None)

    def action_hide(self) -> None:
        say = self.chosen()
        if say is not None:
            self.wish(w.HideSay(ref=say.ref, off=say.hidden), _("Shown again.") if say.hidden else _("Hidden."))

    def action_pin(self) -> None:
        say = self.chosen()
        if say is not None:
            self.wish(w.PinSay(ref=say.ref, off=say.pinned), _("Unpinned.") if say.pinned else _("Pinned."))
