"""The talk with one paired phone: how it stands, sent when it changes; what was pressed, given to the desk once."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from typing import Any

import msgspec

from fieldkit.consoles.remote_view import shown, times
from fieldkit.consoles.remote_wire import See, Wish
from fieldkit.consoles.remote_wishes import OFF, TICK, intent_of
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.refusals import REASONS
from fieldkit.desk import Accepted, Desk, Refused
from fieldkit.errors import FieldkitError
from fieldkit.words import words_for

WAIT_S = 20.0
"""A question that has nothing new for an answer is answered after so long all the same."""
GAP_S = 0.4
"""Least time between two looks at the room: a burst of answers costs the desk no more than this."""
ROLE = "remote"
"""Of the console in the log (`core.pairings`); what it may do there, `core.rulings.consoles` says."""


class Talk:
    """One a pairing; `end` is its last word."""

    def __init__(self, desk: Desk, lang: str) -> None:
        self._desk, self._lang = desk, lang
        self._say = words_for(lang).say
        self._told = words_for(lang).told
        self._began = self.heard = asyncio.get_running_loop().time()
        self.peer = ""
        self.waiting = 0
        self.ended = False
        self._latest: See | None = None
        self._looked = 0.0
        self._woken = asyncio.Event()
        self._stop = desk.subscribe(self._woken.set)
        self._co: int | None = None
        self._pairing = asyncio.Lock()

    def now(self) -> int:
        """ms since this began: the time that phone and laptop share."""
        return int((asyncio.get_running_loop().time() - self._began) * 1000)

    def hear(self, peer: str) -> None:
        self.heard = asyncio.get_running_loop().time()
        if peer != self.peer:
            self.peer = peer
            self._desk.pulse_changed()

    async def end(self) -> None:
        """Nobody is answered any more; the log says that the console is gone, when it can."""
        self.ended = True
        self._stop()
        self._woken.set()
        if self._co is not None:
            co, self._co = self._co, None
            try:
                await self._desk.submit(w.UnpairConsole(co=co), FACILITATOR)
            except FieldkitError:
                pass  # the console is off all the same; the index of a pairing is never used again

    # ---- how it stands -----------------------------------------------------------------------------------------

    async def see(self, asked: See) -> dict[str, Any]:
        """The room, at once if it is not what the phone has, else when it changes. A newer question ends this one."""
        self._latest = asked
        self._woken.set()
        if self._co is None:
            # The room is shown all the same; whatever is pressed then says what is wrong.
            await self._quietly_paired()
        loop = asyncio.get_running_loop()
        until = loop.time() + WAIT_S
        self.waiting += 1
        try:
            while True:
                if self.ended:
                    return {"off": True}
                self._woken.clear()
                view = self._desk.room_view(self._lang)
                self._looked = loop.time()
                room = shown(view, asked.want, self._trouble(), self._said)
                tag = hashlib.sha256(msgspec.json.encode(room)).hexdigest()[:16]
                answer: dict[str, Any] = {"tag": tag, "t": times(view, self.now())}
                if tag != asked.have:
                    return {**answer, "room": room}
                if loop.time() >= until or self._latest is not asked:
                    return answer
                try:
                    async with asyncio.timeout_at(until):
                        await self._woken.wait()
                except TimeoutError:
                    pass
                if not self.ended and self._latest is asked:
                    await asyncio.sleep(max(0.0, self._looked + GAP_S - loop.time()))
        finally:
            self.waiting -= 1

    def _said(self, activity: str) -> str:
        found = self._desk.session.activity(activity)
        return self._desk.plan.say(found.text, self._lang) if found is not None else activity

    def _trouble(self) -> str:
        wrong = self._desk.failing
        return "" if wrong is None else self._told(f"{wrong.sentence} {wrong.hint}".strip())

    # ---- what was pressed --------------------------------------------------------------------------------------

    async def act(self, wish: Wish) -> dict[str, Any]:
        """Never raises for a refusal or for trouble with the disk."""
        if wish.do == TICK:
            by = await self._quietly_paired()
            ticked = by is not None and self._desk.tick(wish.who, wish.ok)
            return {"result": "accepted", "at": self.now()} if ticked else self.refused("unknown-person")
        intent = intent_of(wish)
        if intent is None:
            return self.refused("not-your-role")
        try:
            by = await self._paired()
            if by is None:
                return self.refused("ended")
            return await self._submit(intent, by)
        except FieldkitError as wrong:
            return {"result": "error", "words": self._told(f"{wrong.sentence} {wrong.hint}".strip()), "at": self.now()}

    async def _submit(self, intent: Intent, by: Actor) -> dict[str, Any]:
        found = await self._desk.submit(intent, by)
        if isinstance(found, Refused):
            refusal = found.refusal
            return self.refused(refusal.reason, self._named(refusal.detail))
        result = "accepted" if isinstance(found, Accepted) else "already"
        return {"result": result, "saved": found.saved, "at": self.now()}

    def refused(self, reason: str, detail: str = "") -> dict[str, Any]:
        words = self._say(REASONS[reason])
        return {"result": "refused", "reason": reason, "words": words, "detail": detail, "at": self.now()}

    def late(self) -> dict[str, Any]:
        return {"result": "late", "at": self.now()}

    def gives_back(self, wish: Wish) -> bool:
        return wish.do == OFF

    def given_back(self) -> dict[str, Any]:
        return {"result": "accepted", "at": self.now()}

    def _named(self, detail: str) -> str:
        """What a refusal is about, as people call it."""
        if self._desk.session.state == "ended":
            return ""
        who = self._desk.session.people.get(detail)
        return who.name or who.badge if who is not None else self._said(detail)

    async def _paired(self) -> Actor | None:
        """Who this phone is to the rules, recorded once; None after the end. Raises FieldkitError when the disk takes
        nothing: that is no end, and the phone is told so."""
        async with self._pairing:
            if self._co is None and not self.ended:
                name = self._desk.session.leader or self._say("the trainer")
                found = await self._record(name)
                if found is None:
                    return None
                self._co = found
                await self._over()
        return Actor(by="co", via=ROLE, co=self._co, role=ROLE)

    async def _quietly_paired(self) -> Actor | None:
        """None also while the disk takes nothing."""
        with contextlib.suppress(FieldkitError):
            return await self._paired()
        return None

    async def _over(self) -> None:
        """Switched off while the disk was at the pairing: the log must not keep it."""
        if self.ended:
            await self.end()

    async def _record(self, name: str) -> int | None:
        if self._desk.session.state == "ended":
            return None
        found = await self._desk.submit(w.PairConsole(role=ROLE, name=name), FACILITATOR)
        return None if isinstance(found, Refused) else found.saved
