"""The check-in field: one key away, made for a scanner that types fast and presses Enter.

A known badge comes in; scanned again it is told so and nothing changes. An unknown badge is kept while the name is
asked for; scans that come meanwhile are still taken as badges (a name has no digits). Words without digits that are
nobody's badge go to the list of people. A `-` before the badge, or `B`, lets somebody leave; after `S` the badge of
somebody who is in lets them leave by itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message

from fieldkit.core import intents as w
from fieldkit.core.clean import clean_badge, clean_name
from fieldkit.tui.bridge import Outcome
from fieldkit.tui.panels.figures import name_of
from fieldkit.tui.safe import Block, Field, join, plain
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import RoomScreen, refused_words

AGAIN_S = 30.0
"""Within this time a second scan of a badge is no wish to leave: scanners repeat, and so do people in a queue."""


def is_badge(text: str) -> bool:
    """What has a digit and no space was scanned or read off a badge; it is nobody's name."""
    return any(c.isdigit() for c in text) and " " not in text.strip()


class Door(Horizontal):
    """`unknown` are the badges whose names are still missing, oldest first."""

    class Search(Message):
        """Words that are nobody's badge: look for them among the people."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    class Unknown(Message):
        """A badge that nobody knows was scanned: its name is missing."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.out = False
        self.turns = False
        """Who is in leaves by the next scan of the same badge."""
        self.again_s = AGAIN_S
        self._scanned: dict[str, float] = {}
        self._unknown: deque[str] = deque()

    @property
    def unknown(self) -> list[str]:
        return list(self._unknown)

    def compose(self) -> ComposeResult:
        yield Block(auto=True)
        yield Field(limit=120)

    def open(self, *, out: bool = False, turns: bool = False) -> None:
        self.out, self.turns = out, turns and not out
        self.add_class("-on")
        self._label()
        self.query_one(Field).focus()

    def shut(self) -> None:
        """Escape: first the name that is asked for is given up, then the field goes."""
        self.query_one(Field).value = ""
        if self._unknown and not self.out:
            self.give_up(self._unknown[0])
            return
        self.remove_class("-on")
        self._let_go()
        self.app.call_later(self._let_go)  # behind the focus that a key before this one may still bring

    def _let_go(self) -> None:
        if not self.has_class("-on") and self.screen.focused is self.query_one(Field):
            self.screen.set_focus(None)

    def give_up(self, badge: str) -> None:
        """Nobody comes in with it."""
        self._known(badge)
        self._tell(_("Not checked in: nobody knows this badge."), badge)

    async def named(self, badge: str, name: str) -> str:
        """Check somebody in with a badge that nobody knows; why not, empty when they are in."""
        intent = w.CheckIn(new_p=self._screen.live.new_p(), badge=badge, name=clean_name(name))
        outcome = await self._screen.live.wished(intent)
        if not outcome.ok:
            return refused_words(outcome)
        self._known(badge)
        self._came(intent, outcome)
        return ""

    def _known(self, badge: str) -> None:
        if badge in self._unknown:
            self._unknown.remove(badge)
        self._label()

    @property
    def hides(self) -> bool:
        """Whether badges and names are away from the screen."""
        return self._screen.live.bridge.hides

    @property
    def _screen(self) -> RoomScreen:
        return cast(RoomScreen, self.screen)

    def _label(self) -> None:
        if self.out:
            label = plain(_("BADGE OUT ▸"), "bold $waiting")
        elif self._unknown:
            badge = "…" if self._screen.live.bridge.hides else self._unknown[0]
            label = join(plain(_("NAME for badge") + " ", "bold $waiting"), plain(badge), plain(" ▸"))
        elif self.turns:
            label = plain(_("BADGE IN, AGAIN: OUT ▸"), "bold $accent")
        else:
            label = plain(_("BADGE IN ▸"), "bold $accent")
        self.query_one(Block).show(label)

    @on(Field.Submitted)
    def _entered(self, event: Field.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        self.query_one(Field).value = ""
        if text:
            self.scan(text)

    def scan(self, text: str) -> None:
        leaving = self.out or text.startswith("-")
        badge = clean_badge(text.removeprefix("-"))
        if self._unknown and not leaving and not is_badge(text):
            known = self._unknown.popleft()
            self._submit(w.CheckIn(new_p=self._screen.live.new_p(), badge=known, name=clean_name(text)))
            self._label()
            return
        if not badge:
            return
        if self.turns and not leaving and self._repeated(badge):
            self._tell(_("Scanned twice in half a minute: nothing has changed."), badge)
            return
        self._submit(w.CheckIn(new_p="" if leaving else self._screen.live.new_p(), badge=badge, out=leaving))

    def _submit(self, intent: w.CheckIn) -> None:
        self._screen.wish(intent, "", lambda outcome: self._came(intent, outcome))

    def _tell(self, words: str, detail: str = "", *, ok: bool = False) -> None:
        """On the live screen, and on those above it when the scan came there."""
        for screen in self.app.screen_stack:
            if isinstance(screen, RoomScreen) and screen.is_mounted:
                screen.tell(words, detail, ok=ok)

    def _came(self, intent: w.CheckIn, outcome: Outcome) -> None:
        badge = intent.badge or ""
        away = self._screen.live.bridge.hides
        if outcome.ok:
            self._scanned[badge] = asyncio.get_running_loop().time()
            who = next((p for p in self._screen.live.bridge.view().people if p.p == outcome.p), None)
            name = name_of(who) if who is not None else "" if away else intent.name or badge
            if intent.out:
                words = _("{name} has left.", name=name)
            elif who is not None and who.walkin:
                words = _("{name} is in, as a walk-in.", name=name)
            else:
                words = _("{name} is in.", name=name)
            self._tell(words, badge if badge != name and not away else "", ok=True)
        elif outcome.reason == "already-in" and self.turns and not intent.out:
            self._out_again(badge)
        elif outcome.reason == "unknown-badge" and not intent.out:
            if is_badge(badge):
                if badge not in self._unknown:
                    self._unknown.append(badge)
                self._label()
                self._tell(_("Nobody here has this badge. Type the name, or press Esc."), badge)
                self.post_message(self.Unknown())
            else:
                self.post_message(self.Search(badge))

    def _out_again(self, badge: str) -> None:
        """Who is in by whatever way leaves by the scan."""
        self._submit(w.CheckIn(new_p="", badge=badge, out=True))

    def _repeated(self, badge: str) -> bool:
        """Whether the same badge was taken a moment ago."""
        at = self._scanned.get(badge)
        return at is not None and asyncio.get_running_loop().time() - at < self.again_s
