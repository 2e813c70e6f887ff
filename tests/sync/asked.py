"""Sessions with a question that was kept for the expert, and what head office says of it, in a few words."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.station import SessionRef, Station
from fieldkit.sync.central import questions
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.digest import parked
from fieldkit.sync.central.digest.parked import ALL, Whom
from fieldkit.sync.central.questions import Question, Said
from tests.kit.central import Laptop, Log, Office
from tests.sync.digested import caught_up
from tests.sync.laptop import more, session

WHAT = "How many locks on two circuits? Ann [/] Lee"
ANSWER = "Two locks, one for each circuit."
BADGE = "E745738"


def asked(laptop: Laptop, *texts: str, park: bool = True, **opened: object) -> Log:
    """A whole session in which these were asked and kept for the expert; the first is record 3."""
    log = laptop.session(**opened).add("segment.enter", {"segment": "a"})  # type: ignore[arg-type]
    log = log.join("person01", "Zoë Álvarez", BADGE)
    for text in texts or (WHAT,):
        i = log.size
        log = log.add("say.put", {}, p="person01", private={"text": text})
        log = log.add("say.park", {"ref": i}) if park else log
    laptop.last = log.close()
    return laptop.last


async def asked_here(station: Station, text: str = WHAT) -> SessionRef:
    """The same in a session file of a laptop; the question is record 3."""
    ref = await session(station, ("Zoë Álvarez", BADGE), close=False)
    await more(station, ref.path, Draft(r.Said(), secrets.token_urlsafe(6), {"text": text}))
    await more(station, ref.path, Draft(r.SayParked(ref=3)))
    await more(station, ref.path, Draft(r.SessionClosed(why="request")))
    return station.find(ref.origin)


@asynccontextmanager
async def at(office: Office) -> AsyncIterator[Database]:
    db = await office.home.database()
    try:
        yield db
    finally:
        await db.close()


async def answer(office: Office, origin: str, i: int = 3, text: str = ANSWER, name: str = "Dr. Ö", **how: bool) -> Said:
    async with at(office) as db:
        return await questions.answer(office.home, db, origin, i, text, name, office.now, **how)


async def waiting(office: Office, whom: Whom = ALL) -> list[Question]:
    await caught_up(office)
    async with at(office) as db, db.reading() as tx:
        rows = await parked.open_ones(tx, whom, None, 99)
        assert len(rows) == await parked.count(tx, whom)
        return await questions.told(tx, rows)


async def answered(office: Office, whom: Whom = ALL) -> list[Question]:
    await caught_up(office)
    async with at(office) as db, db.reading() as tx:
        return await questions.told(tx, await parked.answered(tx, whom, None, 99))
