"""Carrying to head office from a session: sticks, another folder, the network, and what came of the trip."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core.views import RoomView
from fieldkit.tui.keys import key
from fieldkit.tui.safe import Block, Content
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.carrying import LOOK_S, OTHER, Carrying, stick_row
from fieldkit.tui.screens.listing import ListScreen


class StickScreen(ListScreen):
    """One trip at a time; a box says how far it is, and Escape stops it there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "carry there", "Session", foot=True),
        key("slash", "other", "another folder", "Session", foot=True),
        key("n", "net", "over the internet", "Session", foot=True),
        key("ctrl+r", "again", "look again", "Session", foot=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.trips = Carrying(self, self, lambda: self.live.tools)

    @property
    def going(self) -> bool:
        return self.trips.going

    def below(self) -> ComposeResult:
        yield Block(id="about")

    def on_mount(self) -> None:
        super().on_mount()
        self.trips.begin()

    def top(self, view: RoomView, width: int) -> Content:
        return heading(_("Carry to head office"), _("what it has not receipted"))

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        return self.trips.rows(width)

    def show_room(self, view: RoomView) -> None:
        self.go_to = self.trips.begins_at()
        super().show_room(view)
        self.query_one("#about", Block).show(*self.trips.about(*self.size))

    def action_again(self) -> None:
        self.trips.look()

    def action_choose(self) -> None:
        self.trips.choose(self.at)

    def action_other(self) -> None:
        self.trips.other()

    def action_net(self) -> None:
        self.trips.net()


__all__ = ["LOOK_S", "OTHER", "StickScreen", "stick_row"]
