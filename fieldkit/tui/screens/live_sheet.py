"""What the live screen's keys do with the run sheet: the next sensible thing, pauses, the end, and the screens around
it. Keys and panels are in `live`."""

from __future__ import annotations

import asyncio

from fieldkit.core import intents as w
from fieldkit.tui.keys import own_keys
from fieldkit.tui.nextthing import next_thing, thing_words
from fieldkit.tui.panels.after import end_question
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import RoomScreen
from fieldkit.tui.screens.cards import CardsScreen
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.live_log import LogScreen
from fieldkit.tui.screens.notes import NotesScreen
from fieldkit.tui.screens.sheet import SheetScreen
from fieldkit.tui.screens.timeline import TimelineScreen

GO_AGAIN_S = 0.4
"""Sooner than this a second press of the key for the next thing is a slip."""


class SheetKeys(RoomScreen):
    """Actions of the live screen that are about the session's course."""

    _went = 0.0
    """When the key for the next thing was pressed last (seconds of the loop)."""

    def keys_now(self) -> tuple[str, ...]:
        """The keys of what the session is at, best first."""
        raise NotImplementedError

    def key_words(self) -> dict[str, str]:
        """What the key for the next thing does just now."""
        words = thing_words(self.next_thing(), self.live.view)
        return {"space": words} if words else {}

    def next_thing(self) -> str | None:
        """The key that does the next sensible thing: close what is open, reveal it, go on in the run sheet."""
        return next_thing(self.keys_now(), self.live.far)

    async def action_go(self) -> None:
        """Each press one step, and only one: a key that is held down or pressed twice by mistake does not close and
        reveal in one go."""
        now = asyncio.get_running_loop().time()
        was, self._went = self._went, now
        thing = self.next_thing()
        if thing is None:
            self.tell(_("Nothing to do next here."))
        elif now - was >= GO_AGAIN_S:
            binding = next(b for b in own_keys(type(self)) if b.key == thing)
            await self.app.run_action(binding.action, self)

    def action_sheet(self) -> None:
        self.app.push_screen(SheetScreen())

    def action_notes(self) -> None:
        self.app.push_screen(NotesScreen())

    def action_cards(self) -> None:
        self.app.push_screen(CardsScreen())

    def action_timeline(self) -> None:
        self.app.push_screen(TimelineScreen())

    def action_log(self) -> None:
        self.app.push_screen(LogScreen())

    def action_pause(self) -> None:
        self.wish(w.Pause(why="break"), _("Paused. [g] goes on."))

    def action_resume(self) -> None:
        if self.live.view.alarm is not None:
            self.live.alarm()  # only its list ends it
        else:
            self.wish(w.Resume(why="request"), _("Going on."))

    def action_end(self) -> None:
        if self.live.view.alarm is not None:
            self.live.alarm()
            return
        question = end_question(self.live.view)
        self.app.push_screen(Confirm(question), lambda yes: self.wish(w.End(), _("Ended.")) if yes else None)
