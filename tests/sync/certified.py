"""Head office that gives certificates, in a few words: a press course, its program, its own log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from fieldkit.core.intents import Correct
from fieldkit.sync.central import credentials, credentials_given, desk, programs
from fieldkit.sync.central.credentials import Seen
from fieldkit.sync.central.credentials_given import Made
from fieldkit.sync.central.database import Database
from tests.core.classes import ALL
from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync.courses import PROGRAM, course
from tests.sync.test_desk_log import with_desk

T = TypeVar("T")
DAY = 86_400
NAME = "Name E1"


async def issuing(folder: Path) -> Office:
    office = await Office.make(folder)
    with_desk(office)
    programs.put(office.home, PROGRAM.encode())
    return office


async def held(office: Office) -> Log:
    """E1 and E2 have completed the program, E3 was away for a part of it."""
    one = Laptop.named("9k3m")
    office.enrol(one)
    log = course(one, {"E1": ALL, "E2": ALL, "E3": "warm"})
    await office.take(bundle(log))
    return log


async def using(office: Office, use: Callable[[Database], Awaitable[T]]) -> T:
    db = await office.home.database()
    try:
        return await use(db)
    finally:
        await db.close()


async def give(office: Office, person: str = "") -> Made:
    one = programs.one(office.home, "press4")
    return await using(office, lambda db: credentials_given.issue(office.home, db, one, person, office.now))


async def listed(office: Office) -> list[Seen]:
    return await using(office, lambda db: credentials.listed(office.home, db, office.now))


async def states(office: Office) -> dict[str, str]:
    return {one.issued.badge: one.state for one in await listed(office)}


async def take_back(office: Office, id: str, day: date = date(2026, 11, 22), why: str = "mistake") -> bool:
    found = await using(
        office, lambda db: credentials.revoke(office.home, db, id, why, "of E1, wrongly", day, office.now)
    )
    return found[1]


async def records(office: Office) -> int:
    async def count(db: Database) -> int:
        async with db.reading() as tx:
            return sum(one.size for one in await tx.sessions() if "/dev/" in one.origin and one.title == "Head office")

    return await using(office, count)


async def excuse(office: Office, log: Log, who: str) -> None:
    said = Correct(do="correct", by="office", why="mistake", who=who, status="excused")
    await using(office, lambda db: desk.correct(office.home, db, log.origin, lambda session: said, office.now))
