"""Questions to the trainer: the most wanted first, those kept for the expert, and what was dealt with."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.intents import Intent
from fieldkit.core.views import RoomView, SayView
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.said import say_line
from fieldkit.tui.safe import HEADING, Block, Content, Pick, fit, plain, rows
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import RoomScreen, Said, heading


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
        out += [(str(s.ref), rows(say_line(s, width, 3))) for s in says]
    return out


class AsksScreen(RoomScreen):
    """Each key turns what it says into its opposite."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "done", "answered", "Question", foot=True),
        key("x", "park", "for the expert", "Question", foot=True),
        key("p", "pin", "pin or unpin", "Question", foot=True),
        key("h", "hide", "hide or show again", "Question", foot=True),
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
        self.live.asked = max([self.live.asked, *(s.ref for s in view.asks)])
        beside = count("{n} open", "{n} open", len(view.asks))
        beside += ", " + _("{n} for the expert", n=len(view.parked))
        self.query_one("#top", Block).show(fit(heading(_("Questions"), beside), self.size.width))
        width = self.size.width - 4
        if width > 20:
            found = ask_rows(view, width)
            self.query_one(Pick).show(found or [("-nobody", plain(_("Nobody has asked anything.")))])

    def chosen(self) -> SayView | None:
        at = self.query_one(Pick).at
        every = (*self.live.view.asks, *self.live.view.parked, *self.live.view.says)
        return next((s for s in every if str(s.ref) == at), None)

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_done()

    def _turn(self, intent: Intent, off: bool, yes: str, no: str) -> None:
        self.wish(intent, no if off else yes)

    def action_done(self) -> None:
        say = self.chosen()
        if say is not None:
            self._turn(w.DoneSay(ref=say.ref, off=say.done), say.done, _("Answered."), _("Open again."))

    def action_park(self) -> None:
        say = self.chosen()
        if say is not None:
            intent = w.ParkSay(ref=say.ref, off=say.parked)
            self._turn(intent, say.parked, _("Kept for the expert."), _("Open again."))

    def action_pin(self) -> None:
        say = self.chosen()
        if say is not None:
            self._turn(w.PinSay(ref=say.ref, off=say.pinned), say.pinned, _("Pinned."), _("Unpinned."))

    def action_hide(self) -> None:
        say = self.chosen()
        if say is not None:
            self._turn(w.HideSay(ref=say.ref, off=say.hidden), say.hidden, _("Hidden."), _("Shown again."))
