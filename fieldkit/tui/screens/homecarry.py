"""Carrying to head office from the home screen: sticks, a folder, the network, and what came of the trip."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType

from fieldkit.tui.hometools import HomeTools
from fieldkit.tui.keys import key
from fieldkit.tui.safe import Block, Pick
from fieldkit.tui.say import _
from fieldkit.tui.screens.carrying import Carrying
from fieldkit.tui.screens.page import PickLeaf


class HomeCarryScreen(PickLeaf[None]):
    """One trip at a time; a box says how far it is, and Escape stops it there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "carry there", "Home", foot=True),
        key("slash", "other", "another folder", "Home", foot=True),
        key("n", "net", "over the internet", "Home", foot=True),
        key("ctrl+r", "again", "look again", "Home", foot=True),
    ]

    def __init__(self, tools: HomeTools) -> None:
        super().__init__()
        self.trips = Carrying(self, self, lambda: tools)

    def on_mount(self) -> None:
        self.trips.begin()

    def title_words(self) -> tuple[str, str]:
        return _("Carry to head office"), _("what it has not receipted")

    def draw(self, width: int, height: int) -> None:
        self.query_one(Pick).show(self.trips.rows(width - 3), at=self.trips.begins_at())
        self.query_one("#about", Block).show(*self.trips.about(width, height))

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_choose()

    def action_again(self) -> None:
        self.trips.look()

    def action_choose(self) -> None:
        self.trips.choose(self.query_one(Pick).at or "")

    def action_other(self) -> None:
        self.trips.other()

    def action_net(self) -> None:
        self.trips.net()
