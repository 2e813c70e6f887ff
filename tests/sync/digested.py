"""The digest beside what comes out when every log is folded anew: the same tables, whatever happened before."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from fieldkit.core.figures import Figures, figures_of, plus
from fieldkit.core.figures.shared import Wanted
from fieldkit.core.program import Program
from fieldkit.core.register import Register
from fieldkit.core.session import Session
from fieldkit.core.standing import Standing
from fieldkit.core.taught import facts
from fieldkit.sync.central import governance, programs
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.digest import cells, parts, people, shown, sums
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.digest.work import catch_up, left, today
from fieldkit.sync.central.front import listed
from fieldkit.sync.central.rows import KEY
from fieldkit.sync.central.schema import DERIVED
from fieldkit.sync.central.training import train
from fieldkit.sync.central.tx import Tx
from tests.kit.central import Office

TABLES = ("digest", "led", "did", "person", "standing", "tally", "sums", "cell", "parked", "learnt")


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
        await _filled(db, before["cell"])
        await _listed(db)
        async with db.transaction() as tx:
            for name in DERIVED:
                await tx.change(f"DELETE FROM {name}")
        assert await catch_up(office.home, db, office.now) == 0
        async with db.reading() as tx:
            assert await tables(tx) == before


async def _filled(db: Database, known: list[Any]) -> None:
    """A digest that was made before there were cells gets the same ones."""
    async with db.transaction() as tx:
        await tx.change("DELETE FROM cell")
        await cells.fill(tx)
        assert sorted(await tx.rows("SELECT * FROM cell"), key=repr) == known


async def _listed(db: Database) -> None:
    """The list of the pages follows what comes and goes, and is the same when it is made anew."""
    sql = "SELECT * FROM listed ORDER BY origin"
    async with db.transaction() as tx:
        await listed.make(tx)
        if not await listed.is_complete(tx):
            await listed.complete(tx)
        followed = await tx.rows(sql)
        assert [one[0] for one in followed] == [o for (o,) in await tx.rows("SELECT origin FROM session ORDER BY 1")]
        await tx.change("DELETE FROM listed")
        assert await listed.is_complete(tx) == (not followed)
        await listed.complete(tx)
        assert await tx.rows(sql) == followed and await listed.is_complete(tx)


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
            (one.badge, one.issuer): (one.name, one.crew, one.site, one.sessions)
            for one in await people.everybody(tx, most=999)
        }
        assert met == {who: (one.name, one.crew, one.site[:KEY], one.met) for who, one in gathered.people.items()}
        light = {who: (one.site, one.met, one.last) for who, one in found.register.people.items()}
        assert light == {who: (one.site, one.met, one.last) for who, one in gathered.people.items()}
        for dim in (sums.ALL, sums.SITE):
            by: dict[str, Any] = {}
            for one in await sums.sums_of(tx, dim):
                by[one.key] = plus(by.get(one.key, Figures()), one.figures)
            assert by == {key: value for (its, key), value in figured.items() if its == dim}
        assert sum(one.sessions for one in await sums.sums_of(tx)) == len(gathered.sessions)
        assert msgspec.to_builtins(await people.counts(tx, "press4")) == _counts(gathered, office)
        for program in some:
            await _tallied(tx, program, gathered.standings(program, day))
        for one in await sums.packs(tx):
            wanted = Wanted(one.pack, one.version)
            assert await shown.groups(tx, wanted) == await governance.groups(tx, wanted)
        assert await shown.groups(tx, Wanted(), brief=True) == await governance.groups(tx, Wanted(), brief=True)
        ((waits,),) = await tx.rows("SELECT count(*) FROM shown WHERE said IS NULL")
        assert waits == 0


async def _tallied(tx: Tx, program: Program, every: Sequence[Standing]) -> None:
    """Every number of a page is that of the people it is of, counted one by one."""
    assert (await people.needed(tx)).get(program.id, 0) == sum(one.needed for one in every)
    places: list[list[str] | None] = [None, ["yard"], ["PLANT 2", "yard"], []]
    for cohort, sites in itertools.product(("", "autumn"), places):
        keys = None if sites is None else [place_key(one) for one in sites]
        some = [one for one in every if cohort in ("", one.cohort) and (keys is None or place_key(one.site) in keys)]
        for found in await parts.parts(tx, program, cohort, sites):
            owed = [debt for one in some for debt in one.owes if debt.part == found.part and debt.of]
            lack = {id: sum(id in x.segments or not x.segments for x in owed) for x in owed for id in x.segments}
            assert found.done == sum(any(x.part == found.part for x in one.done) for one in some)
            assert found.owes == len(owed) and {x.segment: x.people for x in found.lacks} == lack
        stands = {one.cohort: (one.people, one.ready) for one in await people.cohorts(tx, program.id, sites)}
        here = [one for one in every if one.cohort and (keys is None or place_key(one.site) in keys)]
        n = Counter(one.cohort[:KEY] for one in here)
        ready = Counter(one.cohort[:KEY] for one in here if one.state == "ready")
        assert stands == {id: (n[id], ready[id]) for id in n}


def _counts(register: Register, office: Office) -> list[dict[str, Any]]:
    """As `people.counts`, counted."""
    out: dict[tuple[str, str], dict[str, Any]] = {}
    for program in programs.in_force(office.home):
        for one in register.standings(program, today(office.now)) if program.id == "press4" else ():
            key = place_key(one.site), place_key(one.crew)
            count = out.setdefault(key, {"site": one.site[:KEY], "crew": one.crew, "ready": 0, "due": 0, "gap": 0})
            count[one.state] += 1
    return [out[key] for key in sorted(out)]
