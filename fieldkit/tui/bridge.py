"""The only listener of the desk: between the room and the screen.

Outwards: however often the room changes, the app gets one RoomChanged with the newest view, at once when it was
quiet, otherwise at most ten a second; a newer one replaces an older one that still waits. Once a second it comes
anyway, for clocks and countdowns. The desk's callback only looks at a flag: the room never waits for the terminal.
Inwards: wishes are handed to the desk in the order in which keys were pressed; what the desk answers is put into one
sentence here, and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec
from textual.message import Message

from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.plan import Activity, Plan, Text
from fieldkit.core.views import RoomView
from fieldkit.desk import Accepted, Answer, Refused
from fieldkit.errors import FieldkitError
from fieldkit.tui.panels.prose import one_line
from fieldkit.tui.privacy import blanked, blanks_of, covered
from fieldkit.tui.refused import refusal_words
from fieldkit.tui.say import error_words

GAP_S = 0.1
"""Least time between two redraws."""
TICK_S = 1.0


class RoomChanged(Message, bubble=False):
    """The room as it is now. Replaces an older one that has not been drawn yet."""

    def __init__(self, view: RoomView) -> None:
        super().__init__()
        self.view = view

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, RoomChanged)


class Outcome(msgspec.Struct, frozen=True):
    """The desk's answer to a wish. `words` is empty when it was taken; `detail` is foreign text beside the words."""

    ok: bool
    words: str = ""
    reason: str = ""
    detail: str = ""
    p: str | None = None
    saved: int | None = None


class RoomDesk(Protocol):
    """What the terminal needs of a desk: the one in this process, or one that is reached over a line."""

    @property
    def plan(self) -> Plan: ...

    @property
    def failing(self) -> FieldkitError | None:
        """Why nothing can be done just now; None: all is well."""

    def room_view(self, lang: str = "") -> RoomView: ...

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Be called, on the loop, after each change; returns how to stop that."""

    async def submit(self, intent: Intent, by: Actor) -> Answer:
        """Raises FieldkitError while nothing can be saved or reached."""

    def admit(self, n: int | None = None) -> int: ...

    def tick(self, who: str, on: bool = True) -> bool:
        """Tick somebody off the roll of the alarm, or take it back; False for who is not on it."""

    def new_p(self) -> str: ...

    def activity(self, id: str) -> Activity | None: ...

    def person_name(self, p: str) -> str: ...


class Bridge:
    """One a live app. `post` takes the messages; `lang` is the language of the pack's texts on this screen."""

    def __init__(self, desk: RoomDesk, lang: str, post: Callable[[RoomChanged], object]) -> None:
        self.desk = desk
        self.lang = lang
        self.redraws = 0
        self.private = False
        """Names are away from the screen by the trainer's key (`privacy`)."""
        self.covered = False
        """The screen is locked: names are away, and what tells what is right."""
        self.helps = False
        """This is the screen of a helper on another laptop."""
        self._post = post
        self._stop: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._turn = asyncio.Lock()

    def start(self) -> None:
        self._stop = self.desk.subscribe(self._woke)
        self._tell()

    def stop(self) -> None:
        """Listen no more. Harmless when it has not started or has stopped."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def view(self) -> RoomView:
        """What is shown: without names while the privacy key is on, without results too while the screen is locked."""
        view = blanked(self.whole()) if self.hides else self.whole()
        return covered(view) if self.covered else view

    @property
    def hides(self) -> bool:
        """Nobody's name, badge or evidence is shown now."""
        return self.private or self.covered

    def sentence(self, text: str) -> str:
        """A sentence of ours as it may be shown now."""
        return blanks_of(self.whole()).sentence(text) if self.hides else text

    def whole(self) -> RoomView:
        """With names, whatever is shown: for what goes into a record."""
        return self.desk.room_view(self.lang)

    @property
    def trouble(self) -> str:
        """Why the laptop cannot save just now, with what to do; empty when it can."""
        failing = self.desk.failing
        return "" if failing is None else error_words(failing)

    async def submit(self, intent: Intent) -> Outcome:
        """One wish of the trainer. Never raises for a refusal or for trouble with disk or network."""
        async with self._turn:
            try:
                result = await self.desk.submit(intent, FACILITATOR)
            except FieldkitError as e:
                return Outcome(ok=False, words=error_words(e), reason="error")
        if isinstance(result, Refused):
            refusal = result.refusal
            words = refusal_words(refusal.reason, refusal.words, helps=self.helps)
            return Outcome(ok=False, words=words, reason=refusal.reason, detail=self._named(refusal.detail))
        if isinstance(result, Accepted):
            return Outcome(ok=True, p=result.p, saved=result.saved)
        return Outcome(ok=True, reason="already", saved=result.saved)

    def _named(self, detail: str) -> str:
        """What a refusal is about, as people call it: a question's words or a name instead of our own id."""
        plan = self.desk.plan
        activity, segment = self.desk.activity(detail), plan.segment(detail)
        if activity is not None:
            return one_line(plan.say(activity.text, self.lang))
        if segment is not None:
            return plan.say(segment.title, self.lang)
        name = self.desk.person_name(detail)
        if self.hides and name:
            return blanks_of(self.whole()).p(detail)
        return name or detail

    def activity(self, id: str) -> Activity | None:
        """What the pack (or the question on the spot) says of an activity."""
        return self.desk.activity(id)

    def said(self, text: Text | None) -> str:
        """A text of the pack in the language of this screen, on one line."""
        return one_line(self.desk.plan.say(text, self.lang))

    def admit(self) -> int:
        """Let in who waits at the door; how many that is. No record, so there is nothing to wait for."""
        return self.desk.admit()

    def tick(self, who: str, on: bool = True) -> bool:
        """As of the desk: whether they are on the roll. No record either."""
        return self.desk.tick(who, on)

    def _woke(self) -> None:
        # Leading edge at once, then one redraw at the end of each gap: the last state is always drawn.
        loop = asyncio.get_running_loop()
        due = max(self._last + GAP_S, loop.time())
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = loop.call_at(due, self._tell)

    def _tell(self) -> None:
        if self._stop is None:
            return
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
        self._last = loop.time()
        self._timer = loop.call_at(self._last + TICK_S, self._tell)
        self.redraws += 1
        self._post(RoomChanged(self.view()))
