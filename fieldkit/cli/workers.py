"""Simulated workers: real participants over real sockets, for `fieldkit demo`. What they say is decided by a hash.

They know the wire and nothing else; a real phone would do the same. No clock, no chance: the same demo gives the same
answers, so that what a trainer sees can be read about.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib

from fieldkit.cli.workers_know import SENTENCES, replies
from fieldkit.core.plan import ATTENDANCE, Activity
from fieldkit.core.views import OpenSeat, SeatView
from fieldkit.errors import FieldkitError
from fieldkit.lan.client import Client

NAMES = (
    "Ana Ríos",
    "Bo Tran",
    "Chidi Okafor",
    "Dana Weiss",
    "Emre Yılmaz",
    "Fatima Zahra",
    "Goran Petrović",
    "Hanna Lind",
    "Ivo Novák",
    "Jun Park",
    "Kofi Mensah",
    "Lea Fischer",
    "Minh Nguyễn",
    "Noor Haddad",
    "Oksana Bondar",
    "Pedro Alves",
    "Quinn O'Neil",
    "Rosa Díaz",
    "Samir Patel",
    "Tomasz Zając",
)


def badge_of(k: int) -> str:
    return f"D{100 + k}"


def name_of(k: int) -> str:
    return NAMES[k] if k < len(NAMES) else f"{NAMES[k % len(NAMES)]} {k // len(NAMES) + 1}"


class Worker:
    """Number `k` of the crew. Every fourth reads Spanish; how quick somebody is follows from the hash too."""

    def __init__(
        self,
        url: str,
        k: int,
        *,
        badge: str | None,
        unhurried: float = 1.0,
        learned: dict[str, Activity] | None = None,
    ) -> None:
        """`learned`: the plan's activities. Nothing on the wire tells a key: most of the crew simply knows."""
        self.client = Client(url)
        self.learned = learned or {}
        self.k, self.badge, self.name = k, badge, name_of(k)
        self.lang = "es" if k % 4 == 0 else "en"
        self.unhurried = unhurried
        self.code = ""
        self._done: set[tuple[str, int]] = set()
        self._task: asyncio.Task[None] | None = None

    def chance(self, what: str, among: int) -> int:
        """A number below `among`, always the same for this worker and question."""
        return int.from_bytes(hashlib.sha256(f"{self.name}/{what}".encode()).digest()[:4], "big") % among

    async def come_in(self, code: str) -> None:
        """Join, then follow the stream in the background until `stop` or `go`."""
        await self.client.join(code, self.name, self.badge, lang=self.lang)
        self._task = asyncio.create_task(self._follow())

    async def go(self) -> None:
        """Say goodbye before the end."""
        await self.client.leave()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.client.close()

    async def _follow(self) -> None:
        """Look at every change. The stream may end at any time; a worker whose laptop is gone waits and tries again."""
        while True:
            with contextlib.suppress(FieldkitError, OSError, TimeoutError):
                async for kind, _ in self.client.events():
                    if kind != "beat":
                        await self.look(await self.client.view())
            await asyncio.sleep(0.5)

    async def look(self, view: SeatView) -> None:
        """Do what is asked, once for each round, after thinking for a moment; a group's work as it comes up."""
        for one in view.open:
            if one.type == "breakout":
                await self._group(one)
                continue
            if (one.activity, one.round) in self._done or one.reading_ms:
                continue
            self._done.add((one.activity, one.round))
            await asyncio.sleep(self.unhurried * (0.05 + self.chance(f"{one.activity}/wait", 100) / 60))
            await self.answer(one, view)

    async def answer(self, one: OpenSeat, view: SeatView) -> None:
        if one.type == ATTENDANCE:
            await self.client.here()
        elif one.type == "acknowledge":
            await self.client.ack(one.activity, one.round, self.name)
        elif one.type == "prompt":
            await self._talk(one, view)
        else:
            sure = "sure" if self.chance(f"{one.activity}/sure", 3) else "unsure"
            early = any(a.pre == one.activity for a in self.learned.values())
            for said in replies(one, self.learned.get(one.activity), self.chance, early):
                await self.client.send(
                    "answer",
                    activity=one.activity,
                    round=one.round,
                    v=said.v,
                    text=said.text,
                    q=said.q,
                    sure=sure if one.sure else None,
                )

    async def _group(self, one: OpenSeat) -> None:
        """Choose a group where people choose; whoever writes for it reports once."""
        mine = next((g for g in one.groups if g.mine), None)
        if mine is None and one.options and (one.activity, -one.round) not in self._done:
            self._done.add((one.activity, -one.round))
            place = one.options[self.chance(one.activity, len(one.options))]
            await self.client.answer(one.activity, one.round, [place.id])
        elif mine is not None and mine.writes and (one.activity, one.round) not in self._done:
            self._done.add((one.activity, one.round))
            await asyncio.sleep(self.unhurried)
            await self.client.say(self._sentence(one), one.activity)

    def _sentence(self, one: OpenSeat) -> str:
        return SENTENCES[self.chance(one.activity, len(SENTENCES))]

    async def _talk(self, one: OpenSeat, view: SeatView) -> None:
        """Some write, the others vote for what is there."""
        if one.mode == "anonymous" or self.chance(f"{one.activity}/talk", 3) == 0 or not view.says:
            await self.client.say(self._sentence(one), one.activity)
            return
        says = [x for x in view.says if x.activity == one.activity]
        if one.upvote and says:
            await self.client.up(says[self.chance(one.activity, len(says))].ref)
