"""Simulated workers: real participants over real sockets, for `fieldkit demo`. What they say is decided by a hash.

They know the wire and nothing else; a real phone would do the same. No clock, no chance: the same demo gives the same
answers, so that what a trainer sees can be read about.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib

from fieldkit.core.plan import ATTENDANCE
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
WORDS = (
    "The ram on press 4 drifts when the air is off.",
    "Nobody knows where the second feed of the dryer is.",
    "The tag on the north gate is older than I am.",
    "I will look for the isolator before I reach in.",
    "My own lock on my own key ring.",
    "I will try the start button every time.",
    "Water and shade before it gets hot, not after.",
    "Tell the new ones on my shift.",
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
        learned: dict[str, list[str]] | None = None,
    ) -> None:
        """`learned`: right answers by activity. Nothing on the wire tells them: most of the crew simply knows."""
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
        """Do what is asked, once for each round, after thinking for a moment."""
        for one in view.open:
            if (one.activity, one.round) in self._done:
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
        elif one.options:
            await self.client.answer(one.activity, one.round, [self._choice(one)])
        else:
            await self.client.answer(one.activity, one.round, text=WORDS[self.chance(one.activity, len(WORDS))])

    def _choice(self, one: OpenSeat) -> str:
        """Two in three know; in a second round more do. The others take what looks likely."""
        right = self.learned.get(one.activity)
        if right and self.chance(f"{one.activity}/knows", 9) < 5 + one.round:
            return right[0]
        wide = max(2, len(one.options) - one.round)
        return one.options[self.chance(one.activity, len(one.options)) % wide].id

    async def _talk(self, one: OpenSeat, view: SeatView) -> None:
        """Some write, the others vote for what is there."""
        if self.chance(f"{one.activity}/talk", 3) == 0 or not view.says:
            await self.client.say(WORDS[self.chance(one.activity, len(WORDS))], one.activity)
            return
        says = [x for x in view.says if x.activity == one.activity]
        if one.upvote and says:
            await self.client.up(says[self.chance(one.activity, len(says))].ref)
