"""The muster list of an alarm: everybody who is to be called, ticked off at the muster point.

One list for every console: ticks are live and no record, and how the call came out is noted when the alarm ends or
when somebody says that not all are safe. Going away from the list ends nothing: the alarm stays on every screen.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.views import MusterLine, RoomView
from fieldkit.tui.keys import key
from fieldkit.tui.muster import beside, called, roll, safe_question
from fieldkit.tui.panels.big import beside_number
from fieldkit.tui.safe import Block, Content, fit, join, plain
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.listing import BESIDE, ListScreen

BADGE, CREW = 11, 14
"""Cells of the columns."""
LEAST_NAME = 16
CURSOR = 2
"""Cells of the cursor's mark."""


def muster_row(person: MusterLine, width: int) -> Content:
    box = plain("[x] ", "bold $saved") if person.ticked else plain("[ ] ", "bold $waiting")
    return _row(join(box, plain(called(person))), person.badge, beside(person), width)


def muster_head(width: int) -> Content:
    """Over the rows: a crew called Late is nobody's state."""
    head = _row(plain(" " * 4 + _("name"), "$muted"), _("badge"), _("crew or role"), width)
    return join(plain(" " * CURSOR), head)


def _row(name: Content, badge: str, crew: str, width: int) -> Content:
    tail = join(fit(badge, BADGE, "$muted"), plain(" "), fit(crew, CREW, "$muted"))
    return join(fit(name, max(LEAST_NAME, width - tail.cell_length - 1)), plain(" "), tail)


class AllSafe(Confirm):
    """Asked before an alarm ends, with everybody who is missing."""

    MOST_LINES = 14


class MusterScreen(ListScreen):
    CHOOSES = "space"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("space", "tick", "tick off", "Muster", foot=True),
        key("g", "go_on", "all safe: go on", "Muster", foot=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._own: set[str] = set()
        """Ticks of an alarm that is not recorded (yet)."""

    def hint(self) -> str:
        alarm = self.live.view.alarm
        if alarm is not None and alarm.lost:
            return _("fieldkit was started again: earlier ticks are gone. Call everybody again.")
        return _(
            "Call each name; space ticks it off. Whoever is missing: tell the person in charge at the muster point."
        )

    def between(self) -> ComposeResult:
        yield Block(id="missing")
        yield Block(id="columns")

    def show_room(self, view: RoomView) -> None:
        if view.alarm is not None and self._own:
            own, self._own = self._own, set()
            for who in own:
                self.live.bridge.tick(who)
        super().show_room(view)
        missing = [called(x) for x in self.people() if not x.ticked]
        style = "bold $refused" if missing else "bold $saved"
        title = _("NOT ACCOUNTED FOR") if missing else _("Everybody is accounted for.")
        self.query_one("#missing", Block).show(*beside_number(len(missing), title, missing, self.size.width, style))
        self.query_one("#columns", Block).show(muster_head(self.size.width - BESIDE))

    def people(self) -> list[MusterLine]:
        """Who is to be called, the unticked first."""
        return roll(self.live.view, self._own)

    def top(self, view: RoomView, width: int) -> Content:
        people = self.people()
        so_far = _("{n} of {of} ticked off", n=sum(x.ticked for x in people), of=len(people))
        return heading(_("Muster list: everybody who is in"), so_far)

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        return [(x.p, muster_row(x, width)) for x in self.people()]

    def empty(self) -> str:
        return _("Nobody is checked in.")

    def action_tick(self) -> None:
        """Off or on again; the cursor goes on to the next who is missing."""
        at, people = self.at, self.people()
        places = [x.p for x in people]
        if at not in places:
            return
        on = not people[places.index(at)].ticked
        if self.live.view.alarm is not None:
            if not self.live.bridge.tick(at, on):
                self.tell(_("That tick did not arrive. Tick it again."))
                return
        else:
            (self._own.add if on else self._own.discard)(at)
        ticked = {x.p for x in people if x.ticked}
        after = [p for p in places[places.index(at) :] + places if p not in ticked and p != at]
        self.go_to = after[0] if on and after else at
        self.live.look()

    def action_go_on(self) -> None:
        """The alarm ends on a yes; on anything else it stays, and the record says who is missing by now."""
        if self.live.view.alarm is None:
            self.wish(w.Resume(why="request"), _("Going on."))
            return
        self.app.push_screen(AllSafe(safe_question(self.people())), self._answered_safe)

    def _answered_safe(self, yes: bool | None) -> None:
        if yes:
            self.wish(w.Resume(why="request", safe=True), _("Going on."))
        else:
            self.wish(w.Resume(why="request", safe=False), _("The alarm goes on. The record says who is missing now."))
