"""Carrying to a stick: what is plugged in, how much is free there, the trip, and what to do with the stick then.

The sticks are looked for again every two seconds, so that one that is put in shows up by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core.views import RoomView
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import key
from fieldkit.tui.safe import Block, Content, fit, join, plain, wrap
from fieldkit.tui.say import _, size_of
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.carry import ask_folder, carry_there
from fieldkit.tui.screens.listing import ListScreen
from fieldkit.tui.tools import StickLine

OTHER = "+"
LOOK_S = 2.0


def stick_row(stick: StickLine, width: int) -> Content:
    free = _("{size} free", size=size_of(stick.free)) if stick.free is not None else ""
    tail = plain(_("read-only"), "bold $waiting") if stick.read_only else plain(free, "bold")
    tail = fit(tail, 16, right=True)
    head = join(plain(stick.name, "bold"), plain(f"  {stick.path}", "$muted"))
    return join(fit(head, max(10, width - tail.cell_length - 1)), plain(" "), tail)


class StickScreen(ListScreen):
    """One trip at a time; a box says how far it is, and Escape stops it there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "carry there", "Session", foot=True),
        key("slash", "other", "another folder", "Session", foot=True),
        key("ctrl+r", "again", "look again", "Session", foot=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.sticks: list[StickLine] | None = None
        self.going = False
        """A trip runs, perhaps one whose box was left."""
        self._done: list[Content] = []

    def below(self) -> ComposeResult:
        yield Block(id="about")

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(LOOK_S, self.action_again)
        self.action_again()

    def action_again(self) -> None:
        if not self.going:
            self.run_worker(self._look(), exclusive=True, group="look")

    async def _look(self) -> None:
        try:
            self.sticks = await self.live.tools.sticks()
        except FieldkitError:
            self.sticks = self.sticks or []
        self.redraw()

    # ---- drawing

    def top(self, view: RoomView, width: int) -> Content:
        return heading(_("Carry to head office"), _("what it has not receipted"))

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        found = [(f"stick {x.path}", stick_row(x, width)) for x in self.sticks or ()]
        other = _("another folder…") if found else _("no stick is found: put one in, or name a folder…")
        if self.sticks is None:
            other = _("looking for sticks… or name a folder")
        return [*found, (OTHER, plain(other))]

    def show_room(self, view: RoomView) -> None:
        super().show_room(view)
        width = self.size.width
        out: list[Content] = list(self._done)
        if not out:
            words = _("What head office left there, receipts and its list, is taken in on the same trip.")
            out = [plain(" ") + line for line in wrap(words, width - 2, 2, "$muted")]
        self.query_one("#about", Block).show(*out)

    # ---- the trip

    def action_choose(self) -> None:
        if self.going:
            return
        kind, _space, path = self.at.partition(" ")
        if kind != "stick":
            self.action_other()
            return
        stick = next((x for x in self.sticks or () if x.path == path), None)
        if stick is not None and stick.read_only:
            self.tell(_("Nothing may be written to this one. A stick may have a switch; or use another one."))
        else:
            self._go(Path(path))

    def action_other(self) -> None:
        if not self.going:
            ask_folder(self.app, self._go)

    def _go(self, folder: Path) -> None:
        if not self.going:
            self.going, self._done = True, []
            self.run_worker(self._trip(folder), group="trip")
            self.redraw()

    async def _trip(self, folder: Path) -> None:
        try:
            done = await carry_there(self.live.tools, folder, self, self)
            if done is not None and done.sessions:
                words = _(
                    "Written and read back. Take the stick out as your system asks, and give it to head office. "
                    "When it comes back, carry once more: the receipt on it is taken in."
                )
                self._done = [plain(" ") + line for line in wrap(words, max(20, self.size.width - 2), 4)]
        finally:
            self.going = False
        self.redraw()
