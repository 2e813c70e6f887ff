"""Raised hands, in the order in which they went up."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.views import HandLine, RoomView
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.figures import clock
from fieldkit.tui.safe import Block, Content, Pick, fit, join, plain
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import RoomScreen, Said, heading


def hand_row(k: int, hand: HandLine, width: int) -> Content:
    tail = fit(clock(hand.ms), 9, right=True)
    head = join(fit(str(k + 1), 3, "$muted", right=True), plain("  "), plain(hand.name or hand.p, "bold"))
    return join(fit(head, max(8, width - 10)), plain(" "), tail)


class RaisedScreen(RoomScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "lower", "take this hand down", "Hands", foot=True),
        key("f", "first", "take the first one down", "Hands", foot=True),
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
        width, hands = self.size.width, view.hand_lines
        beside = count("{n} hand is up", "{n} hands are up", len(hands))
        self.query_one("#top", Block).show(fit(heading(_("Raised hands"), beside), width))
        if width > 24:
            found = [(h.p, hand_row(k, h, width - 3)) for k, h in enumerate(hands)]
            self.query_one(Pick).show(found or [("-nobody", plain(_("No hand is up.")))])

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_lower()

    def action_lower(self) -> None:
        at = self.query_one(Pick).at
        hand = next((h for h in self.live.view.hand_lines if h.p == at), None)
        if hand is None:
            self.tell(_("No hand is up."))
        else:
            self.wish(w.LowerHand(who=hand.p), _("{name}'s hand is down.", name=hand.name or hand.p))

    def action_first(self) -> None:
        self.wish(w.LowerHand(), _("The first hand is down."))
