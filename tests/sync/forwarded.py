"""Head office with sessions, and a store of our own that it forwards to (`tests.kit.lrs`)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.lrs.address import basic, store
from fieldkit.sync.central.lrs.line import Times
from fieldkit.sync.central.lrs.trip import Forward, Trip, Wish
from fieldkit.sync.reach import Rest
from tests.kit.central import Laptop, Log, Office, bundle
from tests.kit.lrs import SECRET, Lrs

QUICK = Rest(tries=3, first_s=0.01, most_s=0.02)
SHORT = Times(connect=1.0, quiet=0.3, total=0.6)


class Head:
    """Head office with sessions, and a store that it forwards to."""

    def __init__(self, office: Office, lrs: Lrs, logs: list[Log]) -> None:
        self.office, self.lrs, self.logs = office, lrs, logs
        self.said: list[str] = []
        self.secret = SECRET

    async def forward(self, rest: Rest = QUICK, **wish: Any) -> Trip:
        db = await self.office.home.database()
        one = Forward(
            *(self.office.home, db, store(self.lrs.url), basic(self.secret), lambda: self.office.now, Wish(**wish)),
            rest=rest,
            times=SHORT,
            told=self.said.append,
        )
        try:
            return await one.run()
        finally:
            await db.close()

    async def erase(self, which: str, who: str) -> None:
        await erase(self.office.home, which, who, [], "request", self.office.now)

    def people(self) -> list[str]:
        """Accounts of whom the store says that they attended."""
        return sorted(
            one["actor"]["account"]["name"] for one in self.lrs.there if one["verb"]["display"]["en"] == "attended"
        )


@asynccontextmanager
async def head(folder: Path, sessions: int = 2, people: int = 3) -> AsyncIterator[Head]:
    office, laptop = await Office.make(folder), Laptop.named("7q2k")
    office.enrol(laptop)
    logs = [laptop.whole(people) for _ in range(sessions)]
    if logs:
        await office.take(bundle(*logs))
    async with Lrs() as lrs:
        yield Head(office, lrs, logs)


async def forget(office: Office) -> None:
    """As after a database that was restored from before the first trip."""
    db = await office.home.database()
    try:
        async with db.transaction() as tx:
            await tx._run("DELETE FROM forwarded")
    finally:
        await db.close()
