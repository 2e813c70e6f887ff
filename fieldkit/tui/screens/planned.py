"""Every planned session, also those of later days."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.tui.hometools import HomeTools, PlannedLine
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.home import planned_row
from fieldkit.tui.safe import Block, Content, Pick, plain
from fieldkit.tui.say import _, count, told
from fieldkit.tui.screens.base import Said
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.page import Leaf


class PlannedScreen(Leaf[str]):
    """Gives the id of the plan to begin."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "begin it now", "Planned", foot=True),
        key("D", "unplan", "remove a planned session", "Planned", foot=True),
    ]

    def __init__(self, tools: HomeTools) -> None:
        super().__init__()
        self.tools = tools
        self.plans: tuple[PlannedLine, ...] | None = None

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Pick(classes="body")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Pick).focus()
        self._look()

    def _look(self) -> None:
        async def run() -> None:
            self.plans = (await self.tools.look()).planned
            self.redraw()

        self.go(run, "look")

    def title_words(self) -> tuple[str, str]:
        if self.plans is None:
            return _("Planned sessions"), _("Reading…")
        return _("Planned sessions"), count("{n} to come", "{n} to come", len(self.plans))

    def draw(self, width: int, height: int) -> None:
        lines: list[tuple[str, Content]] = [(p.id, planned_row(p, width - 3, day=True)) for p in self.plans or ()]
        if self.plans is not None and not lines:
            words = _("Nothing is planned. In the form of a new session, “Plan for later” does it.")
            lines.append(("-none", plain(words, "$muted")))
        self.query_one(Pick).show(lines)

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        at = self.query_one(Pick).at
        found = next((p for p in self.plans or () if p.id == at), None)
        if found is None:
            return
        if found.wrong:
            self.tell(told(found.wrong))
        else:
            self.dismiss(found.id)

    def action_unplan(self) -> None:
        at = self.query_one(Pick).at
        if not at or not self.plans:
            return

        async def run() -> None:
            await self.tools.unplan(at)
            self.tell(_("The plan is removed."), ok=True)
            self._look()

        def sure(yes: bool | None) -> None:
            if yes:
                self.go(run)

        self.app.push_screen(Confirm(_("Remove this planned session?")), sure)
