"""Raised hands, in the order in which they went up."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.views import HandLine, RoomView
from fieldkit.tui.keys import key
from fieldkit.tui.panels.figures import clock
from fieldkit.tui.safe import Content, fit, join, plain
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.listing import ListScreen


def hand_row(k: int, hand: HandLine, width: int) -> Content:
    tail = fit(clock(hand.ms), 9, right=True)
    head = join(fit(str(k + 1), 3, "$muted", right=True), plain("  "), plain(hand.name or hand.p, "bold"))
    return join(fit(head, max(8, width - 10)), plain(" "), tail)


class RaisedScreen(ListScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "lower", "take this hand down", "Hands", foot=True),
        key("f", "first", "take the first one down", "Hands", foot=True),
    ]

    def top(self, view: RoomView, width: int) -> Content:
        return heading(_("Raised hands"), count("{n} hand is up", "{n} hands are up", len(view.hand_lines)))

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        return [(h.p, hand_row(k, h, width)) for k, h in enumerate(view.hand_lines)]

    def empty(self) -> str:
        return _("No hand is up.")

    def action_lower(self) -> None:
        hand = next((h for h in self.live.view.hand_lines if h.p == self.at), None)
        if hand is None:
            self.tell(_("No hand is up."))
        else:
            self.wish(w.LowerHand(who=hand.p), _("{name}'s hand is down.", name=hand.name or hand.p))

    def action_first(self) -> None:
        self.wish(w.LowerHand(), _("The first hand is down."))
