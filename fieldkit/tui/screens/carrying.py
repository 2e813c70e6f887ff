"""The ways to head office as rows: sticks that are plugged in, another folder, the network. One trip at a time.

Shared by the screens of a session (`fieldkit.tui.screens.stick`) and of the home screen (`homecarry`): each brings its
own list and keys. The sticks are looked for again every two seconds, so that one that is put in shows up by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from textual.screen import Screen

from fieldkit.errors import FieldkitError
from fieldkit.tui.panels.sent import sent_lines
from fieldkit.tui.panels.way import legend
from fieldkit.tui.safe import Content, fit, join, plain, wrap
from fieldkit.tui.say import _, size_of
from fieldkit.tui.screens.carry import ask_folder, carry_there
from fieldkit.tui.screens.send import ask_office, send_there
from fieldkit.tui.tools import Carrier, Sent, StickLine

OTHER = "+"
NET = "@"
LOOK_S = 2.0
ROWS = 9
"""Lines of a window beside what came of a trip: heading, rows, answers, keys."""


class Host(Protocol):
    """The screen it is shown on."""

    def tell(self, words: str, *, ok: bool = False) -> None: ...

    def redraw(self) -> None: ...


def stick_row(stick: StickLine, width: int) -> Content:
    free = _("{size} free", size=size_of(stick.free)) if stick.free is not None else ""
    tail = plain(_("read-only"), "bold $waiting") if stick.read_only else plain(free, "bold")
    tail = fit(tail, 16, right=True)
    head = join(plain(stick.name, "bold"), plain(f"  {stick.path}", "$muted"))
    return join(fit(head, max(10, width - tail.cell_length - 1)), plain(" "), tail)


class Carrying:
    """State of one carry screen. `tools` is asked for each time: the screen gets it when it is mounted."""

    def __init__(self, screen: Screen[Any], host: Host, tools: Callable[[], Carrier]) -> None:
        self.screen, self.host, self._tools = screen, host, tools
        self.sticks: list[StickLine] | None = None
        self.office = ""
        """Head office's address as far as it is known."""
        self.going = False
        """A trip runs, perhaps one whose box was left."""
        self._sent: Sent | None = None
        self.first: str | None = None
        """The row for the cursor at the next drawing: the first stick, once it is known which there are."""
        self._said = ""
        """What to do with a stick that was written."""

    # ---- looking

    def begin(self) -> None:
        """When the screen is mounted."""
        self.screen.set_interval(LOOK_S, self.look)
        self.screen.run_worker(self._office(), group="office")
        self.look()

    def look(self) -> None:
        if not self.going and self.screen.is_attached and self.screen.app.is_running:
            self.screen.run_worker(self._look(), exclusive=True, group="look")

    async def _look(self) -> None:
        known = self.sticks is not None
        try:
            self.sticks = await self._tools().sticks()
        except FieldkitError:
            self.sticks = self.sticks or []
        if self.sticks and not known:
            self.first = f"stick {self.sticks[0].path}"
        self.host.redraw()

    async def _office(self) -> None:
        try:
            self.office = await self._tools().office()
        except FieldkitError:
            return  # settings that cannot be read are said where they are used
        self.host.redraw()

    # ---- drawing

    def rows(self, width: int) -> list[tuple[str, Content]]:
        found = [(f"stick {x.path}", stick_row(x, width)) for x in self.sticks or ()]
        other = _("another folder…") if found else _("no stick is found: put one in, or name a folder…")
        if self.sticks is None:
            other = _("looking for sticks… or name a folder")
        net = join(plain(_("head office, over the internet")), plain(f"  {self.office}", "$muted"))
        return [*found, (OTHER, plain(other)), (NET, fit(net, width))]

    def begins_at(self) -> str | None:
        """As `first`, once."""
        first, self.first = self.first, None
        return first

    def about(self, width: int, height: int) -> list[Content]:
        """What came of the last trip, else what a trip does."""
        room = width - 2
        if self._sent is not None:
            return sent_lines(self._sent, width, max(4, height - ROWS - min(3, len(self.sticks or ()))))
        if self._said:
            return [plain(" ") + line for line in wrap(self._said, max(20, room), 4)]
        words = _("What head office left there, receipts and its list, is taken in on the same trip.")
        lines = [plain(" ") + line for line in wrap(words, room, 2, "$muted")]
        return [*lines, plain(""), *(plain(" ") + line for line in wrap(legend(), room, 2))]

    # ---- the trips

    def choose(self, at: str) -> None:
        """The row `at`."""
        kind, _space, path = at.partition(" ")
        if self.going:
            return
        if kind == NET:
            self.net()
        elif kind != "stick":
            self.other()
        else:
            stick = next((x for x in self.sticks or () if x.path == path), None)
            if stick is not None and stick.read_only:
                self.host.tell(_("Nothing may be written to this one. A stick may have a switch; or use another one."))
            else:
                self._go(lambda: self._carry(Path(path)))

    def other(self) -> None:
        if not self.going:
            ask_folder(self.screen.app, lambda folder: self._go(lambda: self._carry(folder)))

    def net(self) -> None:
        if not self.going:
            ask_office(
                self.screen.app, self._tools(), self.office, lambda address: self._go(lambda: self._send(address))
            )

    def _go(self, trip: Callable[[], Any]) -> None:
        if not self.going:
            self.going, self._sent, self._said = True, None, ""
            self.host.tell("", ok=True)
            self.screen.run_worker(self._run(trip), group="trip")
            self.host.redraw()

    async def _run(self, trip: Callable[[], Any]) -> None:
        try:
            await trip()
        finally:
            self.going = False
        self.host.redraw()

    async def _carry(self, folder: Path) -> None:
        done = await carry_there(self._tools(), folder, self.screen, self.host)
        if done is not None and done.sessions:
            self._said = _(
                "Written and read back. Take the stick out as your system asks, and give it to head office. "
                "When it comes back, carry once more: the receipt on it is taken in."
            )

    async def _send(self, address: str) -> None:
        self.office = address
        self._sent = await send_there(self._tools(), address, self.screen, self.host)
