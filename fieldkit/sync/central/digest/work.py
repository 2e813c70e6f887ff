"""Catching up: what changed is read again, a few sessions and people at a time.

Each step reads without holding anybody up and writes in a transaction of its own, which first looks whether the marks
and the stamps are still those it read under; what is not is left in the queue. So nothing is lost by a kill, and two
processes that do the same work twice write the same.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from fieldkit.core.taught import Who
from fieldkit.errors import DamagedData
from fieldkit.sync.central.digest import force as forces
from fieldkit.sync.central.digest import kept, shown, standings
from fieldkit.sync.central.digest.force import DAY, Force
from fieldkit.sync.central.digest.said import Reader

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

SESSIONS, PEOPLE = 20, 200
"""Read at a time."""
AT_ONCE, ROUNDS = 50, 20
"""Sessions, and steps of people, that are read again while somebody waits for an erasure."""
TRIES = 5
"""How often a step may find that everything it read has changed before it is left to the next time."""
Told = Callable[[int], None]
"""Is told how many sessions and people are left."""


def today(now: int) -> date:
    return datetime.fromtimestamp(now, UTC).date()


async def left(tx: Tx, day: date) -> int:
    """How many sessions and people have changed since they were read."""
    ((n,),) = await tx.rows("SELECT count(*) FROM stale")
    ((m,),) = await tx.rows("SELECT count(*) FROM touched WHERE again <= ?1", day.isoformat())
    return int(n) + int(m)


async def catch_up(
    home: Home,
    db: Database,
    now: int,
    most: int | None = None,
    told: Told | None = None,
    stopped: Callable[[], bool] = lambda: False,
    people: bool = True,
) -> int:
    """Read again whatever changed, at most about so many sessions and people, until it is `stopped`; how many are left.
    `now`: Unix s. `told` is called between two steps. Without `people` only sessions are read: for whoever asks what
    was done in them, and not where everybody stands.

    Raises FieldkitError (database), DamagedData for a trust list or a program that cannot be read.
    """
    work = _Work(home, db, now)
    async with db.reading() as tx:
        again = await left(tx, work.day)
    done = 0
    while not stopped() and (most is None or done < most):
        if told is not None and done:
            told(max(0, again - done))
        step = await work.sessions() or (await work.people() if people else 0)
        if not step:
            break
        done += step
    async with db.reading() as tx:
        again = await left(tx, work.day)
    if not again:
        await shown.refresh(db)
    return again


async def follow(home: Home, db: Database, origins: Collection[str], now: int) -> None:
    """After an erasure: the others who were in these sessions are in every list again at once. What that would take too
    long for, and what stands in the way (a program that cannot be read), is left to whoever catches up next, and tells.
    """
    if len(origins) <= AT_ONCE:
        with contextlib.suppress(DamagedData):
            await redo(home, db, origins, now)


async def redo(home: Home, db: Database, origins: Iterable[str], now: int) -> None:
    """Read these sessions again now, those they speak of, and some of the people who wait. Raises as `catch_up`."""
    work, only, seen = _Work(home, db, now), sorted(set(origins)), set[str]()
    while only:
        seen.update(only)
        only = sorted((await work.these(only)) - seen)
    for _ in range(ROUNDS):
        if not await work.people():
            break


class _Work:
    """One run."""

    def __init__(self, home: Home, db: Database, now: int) -> None:
        self.home, self.db, self.now = home, db, now
        self.day = today(now)
        self._tries = TRIES
        self._force: Force | None = None
        self._reader: Reader | None = None

    async def _begin(self) -> tuple[Force, Reader]:
        if self._force is None or self._reader is None:
            self._force = forces.load(self.home, self.now)
            self._reader = Reader(self._force)
            await forces.settle(self.db, self._force)
        return self._force, self._reader

    def _again(self, written: int, tried: int) -> int:
        """How much a step came to; 0 ends the run. What stood in the way may be another list or another program."""
        if written:
            self._tries = TRIES
            return written
        self._force = None
        self._tries -= 1
        return tried if self._tries > 0 else 0

    async def sessions(self) -> int:
        """Some sessions, beginning anywhere, so that two processes seldom read the same."""
        force, reader = await self._begin()
        at = secrets.token_hex(8)
        sql = f"SELECT origin, mark FROM stale WHERE mark {{}} ?1 ORDER BY mark, origin LIMIT {SESSIONS}"
        async with self.db.reading() as tx:
            found = await tx.rows(sql.format(">="), at) or await tx.rows(sql.format("<"), at)
            some = [await reader.read(tx, origin) for origin, _ in found]
        if not found:
            return 0
        read = dict(found)
        async with self.db.transaction() as tx:
            await tx.begin()
            now = dict(await kept.many(tx, "SELECT origin, mark FROM stale WHERE origin IN ({})", read))
            if not forces.same(force, await forces.stamps(tx)):
                now = {}
            good = [one for one in some if now.get(one.origin) == read[one.origin]]
            await tx.put_rows("DELETE FROM stale WHERE origin = ?1", [(one.origin,) for one in good])
            await kept.write(tx, good)
        return self._again(len(good), len(found))

    async def these(self, origins: list[str]) -> set[str]:
        """These sessions, held by one transaction from reading to writing; the sessions they speak of."""
        force, reader = await self._begin()
        about: set[str] = set()
        for origin in origins:
            async with self.db.transaction() as tx:
                await tx.begin()
                if forces.same(force, await forces.stamps(tx)):
                    one = await reader.read(tx, origin)
                    await tx.put_rows("DELETE FROM stale WHERE origin = ?1", [(origin,)])
                    await kept.write(tx, [one])
                    about |= one.about
        return about

    async def people(self) -> int:
        """Some of those who have to be looked at."""
        force, _ = await self._begin()
        await self._turn_the_day()
        sql = f"SELECT badge, issuer, mark FROM touched WHERE again <= ?1 ORDER BY again, mark, badge LIMIT {PEOPLE}"
        async with self.db.reading() as tx:
            found = await tx.rows(sql, self.day.isoformat())
            read: dict[Who, str] = {(badge, issuer): mark for badge, issuer, mark in found}
            some = await standings.look(tx, force, list(read), self.day)
        if not read:
            return 0
        async with self.db.transaction() as tx:
            await tx.begin()
            good: dict[Who, str] = {}
            if forces.same(force, await forces.stamps(tx)):
                badges = sorted({badge for badge, _ in read})
                rows = await kept.many(tx, "SELECT badge, issuer, mark FROM touched WHERE badge IN ({})", badges)
                good = {(b, i): mark for b, i, mark in rows if read.get((b, i)) == mark}
            await standings.write(tx, some, good)
        return self._again(len(good), len(read))

    async def _turn_the_day(self) -> None:
        """Remember how far the calendar was turned. Turned back by more than a day, the clock says that what was worked
        out is of days to come: everybody is looked at again."""
        async with self.db.reading() as tx:
            known = (await forces.stamps(tx)).get(DAY, "")
        if known == self.day.isoformat():
            return
        back = bool(known) and date.fromisoformat(known) - self.day > timedelta(days=1)
        if known and date.fromisoformat(known) > self.day and not back:
            return
        async with self.db.transaction() as tx:
            await tx.begin()
            if back:
                await tx.touch_all()
            await forces.put(tx, DAY, self.day.isoformat())
