"""The digest beside what comes out when every log is folded anew: the same tables, whatever happened before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from fieldkit.core.figures import Figures, figures_of, plus
from fieldkit.core.register import Register
from fieldkit.core.session import Session
from fieldkit.core.taught import facts
from fieldkit.sync.central import programs
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.digest import people, sums
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.digest.work import catch_up, left, today
from fieldkit.sync.central.rows import KEY
from fieldkit.sync.central.training import train
from fieldkit.sync.central.tx import Tx
from tests.kit.central import Office

TABLES = ("digest", "did", "person", "standing", "tally", "sums")


@asynccontextmanager
async def opened(office: Office) -> AsyncIterator[Database]:
    db = await office.home.database()
    try:
        yield db
    finally:
        await db.close()


async def caught_up(office: Office, most: int | None = None) -> int:
    async with opened(office) as db:
        return await catch_up(office.home, db, office.now, most)


async def waiting(office: Office) -> int:
    async with opened(office) as db, db.reading() as tx:
        return await left(tx, today(office.now))


async def tables(tx: Tx) -> dict[str, list[Any]]:
    return {name: sorted(await tx.rows(f"SELECT * FROM {name}"), key=repr) for name in TABLES}


async def as_folded(office: Office) -> None:
    """Catch up, and see that every table says what the logs say; then throw all of it away and make it again."""
    async with opened(office) as db:
        assert await catch_up(office.home, db, office.now) == 0
        async with db.reading() as tx:
            before = await tables(tx)
        await _beside_the_fold(office, db)
        async with db.transaction() as tx:
            for name in (*TABLES, "touched", "in_force", "stale"):
                await tx.change(f"DELETE FROM {name}")
        assert await catch_up(office.home, db, office.now) == 0
        async with db.reading() as tx:
            assert await tables(tx) == before


async def _beside_the_fold(office: Office, db: Database) -> None:
    some, day = programs.in_force(office.home), today(office.now)
    figured: dict[tuple[str, str], Figures] = {}
    gathered = Register(some)

    def each(session: Session) -> None:
        if session.origin in forked or (found := facts(session)) is None:
            return
        gathered.add(found)
        one = figures_of(session)
        assert one is not None
        for key in ((sums.ALL, ""), (sums.SITE, place_key(found.taught.site))):
            figured[key] = plus(figured.get(key, Figures()), one)

    forked = set((await train(office.home, db, some)).forked)
    found = await train(office.home, db, some, None, each)
    async with db.reading() as tx:
        for program in some:
            assert await people.standings(tx, program.id) == gathered.standings(program, day)
            assert await people.standings(tx, program.id) == found.register.standings(program, day)
        lacking = await sums.unsaid(tx)
        assert (set(lacking.forked), lacking.unread) == (forked, {} if not lacking.unread else found.unread)
        assert lacking.unknown == gathered.unknown and not lacking.unmeasured
        met = {
            (one.badge, one.issuer): (one.name, one.crew, one.sessions) for one in await people.everybody(tx, most=999)
        }
        assert met == {who: (one.name, one.crew, one.met) for who, one in gathered.people.items()}
        for dim in (sums.ALL, sums.SITE):
            by: dict[str, Any] = {}
            for one in await sums.sums_of(tx, dim):
                by[one.key] = plus(by.get(one.key, Figures()), one.figures)
            assert by == {key: value for (its, key), value in figured.items() if its == dim}
        assert sum(one.sessions for one in await sums.sums_of(tx)) == len(gathered.sessions)
        assert msgspec.to_builtins(await people.counts(tx, "press4")) == _counts(gathered, office)


def _counts(register: Register, office: Office) -> list[dict[str, Any]]:
    """As `people.counts`, counted."""
    out: dict[tuple[str, str], dict[str, Any]] = {}
    for program in programs.in_force(office.home):
        for one in register.standings(program, today(office.now)) if program.id == "press4" else ():
            key = place_key(one.site), place_key(one.crew)
            count = out.setdefault(key, {"site": one.site[:KEY], "crew": one.crew, "ready": 0, "due": 0, "gap": 0})
            count[one.state] += 1
    return [out[key] for key in sorted(out)]
