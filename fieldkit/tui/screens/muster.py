"""The muster list of an alarm: everybody who is in, to be called and ticked off at the muster point.

Ticks are the trainer's aid and no record; when the session goes on, one note tells the office how the call came out.
"""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.clean import clean_text
from fieldkit.core.views import PersonLine, RoomView
from fieldkit.tui.bridge import Outcome
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.figures import name_of
from fieldkit.tui.safe import Block, Content, Pick, fit, join, plain
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import RoomScreen, Said, heading


def muster_row(person: PersonLine, ticked: bool, width: int) -> Content:
    box = plain("[x] " if ticked else "[ ] ", "bold $saved" if ticked else "bold $waiting")
    tail = join(fit(person.badge, 11, "$muted"), plain(" "), fit(person.crew, 10, "$muted"))
    return join(fit(join(box, plain(name_of(person))), max(16, width - tail.cell_length - 1)), plain(" "), tail)


class MusterScreen(RoomScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("space", "tick", "tick off", "Muster", foot=True),
        key("g", "go_on", "all safe: go on", "Muster", foot=True),
    ]

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Pick(classes="body")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Pick).focus()
        super().on_mount()
        words = _(
            "Call each name; space ticks it off. Whoever is missing: tell the person in charge at the muster point."
        )
        self.call_after_refresh(lambda: self.query_one(Said).hint(words))

    def people(self) -> list[PersonLine]:
        """Who is in, the unticked first."""
        done = self.live.mustered
        inside = [p for p in self.live.view.people if p.status == "in"]
        return sorted(inside, key=lambda p: (p.p in done, name_of(p).casefold(), p.p))

    def show_room(self, view: RoomView) -> None:
        width, people = self.size.width, self.people()
        ticked = sum(p.p in self.live.mustered for p in people)
        beside = _("{n} of {of} ticked off", n=ticked, of=len(people))
        self.query_one("#top", Block).show(fit(heading(_("Muster list: everybody who is in"), beside), width))
        self._list()

    def _list(self, at: str | None = None) -> None:
        width, done = self.size.width - 3, self.live.mustered
        if width > 37:
            found = [(p.p, muster_row(p, p.p in done, width)) for p in self.people()]
            self.query_one(Pick).show(found or [("-nobody", plain(_("Nobody is checked in.")))], at=at)

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_tick()

    def action_tick(self) -> None:
        """Off or on again; the cursor goes on to the next who is missing."""
        at, people = self.query_one(Pick).at, self.people()
        if at is None or all(p.p != at for p in people):
            return
        done = self.live.mustered
        (done.discard if at in done else done.add)(at)
        places = [p.p for p in people]
        after = [p for p in places[places.index(at) :] + places if p not in done]
        self._list(after[0] if at in done and after else at)
        self.redraw()

    def action_go_on(self) -> None:
        people, done = self.people(), set(self.live.mustered)
        self.wish(w.Resume(why="request"), _("Going on."), lambda outcome: self._over(outcome, people, done))

    def _over(self, outcome: Outcome, people: list[PersonLine], done: set[str]) -> None:
        if not outcome.ok:
            return
        self.live.mustered.clear()
        for screen in self.live.screen_stack:
            if isinstance(screen, RoomScreen):
                screen.tell(_("Going on."), ok=True)
        if done:
            missing = [name_of(p) for p in people if p.p not in done]
            words = _("Muster: {n} of {of} ticked off.", n=len(people) - len(missing), of=len(people))
            if missing:
                words += " " + _("Not ticked off: {names}", names=", ".join(missing))
            self.wish(w.AddNote(text=clean_text(words, 500)))
        self.action_back()
