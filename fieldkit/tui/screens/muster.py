"""The muster list of an alarm: everybody who is in, to be called and ticked off at the muster point.

Ticks are the trainer's aid and no record; when the session goes on, one note tells the office how the call came out.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.views import PersonLine, RoomView
from fieldkit.tui.bridge import Outcome
from fieldkit.tui.keys import key
from fieldkit.tui.muster import inside, muster_notes
from fieldkit.tui.panels.big import beside_number
from fieldkit.tui.panels.figures import name_of
from fieldkit.tui.safe import Block, Content, fit, join, plain
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import RoomScreen, heading
from fieldkit.tui.screens.listing import ListScreen


def muster_row(person: PersonLine, ticked: bool, width: int) -> Content:
    box = plain("[x] " if ticked else "[ ] ", "bold $saved" if ticked else "bold $waiting")
    tail = join(fit(person.badge, 11, "$muted"), plain(" "), fit(person.crew, 10, "$muted"))
    return join(fit(join(box, plain(name_of(person))), max(16, width - tail.cell_length - 1)), plain(" "), tail)


class MusterScreen(ListScreen):
    CHOOSES = "space"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("space", "tick", "tick off", "Muster", foot=True),
        key("g", "go_on", "all safe: go on", "Muster", foot=True),
    ]

    def hint(self) -> str:
        return _(
            "Call each name; space ticks it off. Whoever is missing: tell the person in charge at the muster point."
        )

    def between(self) -> ComposeResult:
        yield Block(id="missing")

    def show_room(self, view: RoomView) -> None:
        super().show_room(view)
        missing = [name_of(p) for p in self.people() if p.p not in self.live.mustered]
        style = "bold $refused" if missing else "bold $saved"
        title = _("NOT ACCOUNTED FOR") if missing else _("Everybody is accounted for.")
        self.query_one("#missing", Block).show(*beside_number(len(missing), title, missing, self.size.width, style))

    def people(self) -> list[PersonLine]:
        """Who is in, the unticked first."""
        return inside(self.live.view.people, self.live.mustered)

    def top(self, view: RoomView, width: int) -> Content:
        people = self.people()
        ticked = sum(p.p in self.live.mustered for p in people)
        beside = _("{n} of {of} ticked off", n=ticked, of=len(people))
        return heading(_("Muster list: everybody who is in"), beside)

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        return [(p.p, muster_row(p, p.p in self.live.mustered, width)) for p in self.people()]

    def empty(self) -> str:
        return _("Nobody is checked in.")

    def action_tick(self) -> None:
        """Off or on again; the cursor goes on to the next who is missing."""
        at, places, done = self.at, [p.p for p in self.people()], self.live.mustered
        if at not in places:
            return
        (done.discard if at in done else done.add)(at)
        after = [p for p in places[places.index(at) :] + places if p not in done]
        self.go_to = after[0] if at in done and after else at
        self.redraw()

    def action_go_on(self) -> None:
        # With names whatever the screen shows: the note is for the office.
        done = set(self.live.mustered)
        people = inside(self.live.bridge.whole().people, done)
        self.wish(w.Resume(why="request"), _("Going on."), lambda outcome: self._over(outcome, people, done))

    def _over(self, outcome: Outcome, people: list[PersonLine], done: set[str]) -> None:
        if not outcome.ok:
            return
        self.live.mustered.clear()
        for screen in self.live.screen_stack:
            if isinstance(screen, RoomScreen):
                screen.tell(_("Going on."), ok=True)
        for words in muster_notes(people, done):
            self.wish(w.AddNote(text=words))
        self.action_back()
