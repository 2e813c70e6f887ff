"""The lists of `fieldkit central due`, `makeups`, `program cohorts` and `valid`: everybody, out of what is kept.

Of today, and with the days that the programs themselves say, they are read as they stand; of another day, or with other
days, they are worked out person by person. Either way only some people are in memory beside the list itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from fieldkit.core.program import Program
from fieldkit.core.register import Register
from fieldkit.core.standing import Standing
from fieldkit.core.taught import Who
from fieldkit.sync.central.digest import force
from fieldkit.sync.central.digest.kept import many
from fieldkit.sync.central.digest.people import register_for, standings, task_key
from fieldkit.sync.central.digest.said import OK, seen_of, taught_of
from fieldkit.sync.central.digest.standings import for_task, register_of
from fieldkit.sync.central.digest.sums import unsaid
from fieldkit.sync.central.digest.work import Told, catch_up, left
from fieldkit.sync.central.training import Trained

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

BATCH = 400
Listed = tuple[dict[str, list[Standing]], Trained]
"""Program, or task → everybody's standing, by badge; and what the tables of `core.tables.programs` look up."""


async def of_programs(
    home: Home,
    db: Database,
    some: Sequence[Program],
    now: int,
    day: date,
    within: int | None = None,
    told: Told | None = None,
) -> Listed:
    """Where everybody stands in these programs, which are in force, on a day. Raises as `catch_up`."""
    await catch_up(home, db, now, told=told)
    async with db.reading() as tx:
        kept = within is None and await _is_of(tx, day)
        found = {one.id: await standings(tx, one.id) for one in some} if kept else {}
    if not kept:
        found = {one.id: [] for one in some}
        async for register, people in everybody(db, some):
            for program in some:
                mine = [register.standing(program, who, day, within) for who in people]
                found[program.id] += [one for one in mine if one is not None]
    return found, await _trained(db, some, [one for mine in found.values() for one in mine])


async def of_tasks(home: Home, db: Database, some: Sequence[Program], now: int, day: date, told: Told | None) -> Listed:
    """Where everybody stands for the tasks of these programs, which are all that are in force."""
    await catch_up(home, db, now, told=told)
    tasks = by_task(some)
    async with db.reading() as tx:
        kept = await _is_of(tx, day)
        found = {task: await standings(tx, task_key(task)) for task in tasks} if kept else {}
    if not kept:
        found = {task: [] for task in tasks}
        async for register, people in everybody(db, some):
            for task, mine in tasks.items():
                whole = (of_task(register, mine, who, day) for who in people)
                found[task] += [one for one in whole if one is not None]
    return found, await _trained(db, some, [])


def by_task(some: Sequence[Program]) -> dict[str, list[Program]]:
    """Task → its programs, by name."""
    return {task: [one for one in some if one.task == task] for task in sorted({one.task for one in some if one.task})}


def of_task(register: Register, mine: Sequence[Program], who: Who, day: date) -> Standing | None:
    """Where somebody stands for the task of these programs; they are due from the first of their reminders on."""
    days = max(one.due_days for one in mine)
    return for_task(mine, [register.standing(one, who, day, days) for one in mine])


async def _is_of(tx: Tx, day: date) -> bool:
    """Whether what is kept is what stands on that day, and nothing waits to be read."""
    return (await force.stamps(tx)).get(force.DAY) == day.isoformat() and not await left(tx, day)


async def _trained(db: Database, some: Sequence[Program], found: Sequence[Standing]) -> Trained:
    async with db.reading() as tx:
        register, lacking = await register_for(tx, some, found), await unsaid(tx)
        ((sessions,),) = await tx.rows("SELECT count(*) FROM digest WHERE state = ?1", OK)
    return Trained(register, int(sessions), lacking.forked, lacking.unread)


# ---- all of it ---------------------------------------------------------------------------------------------------


async def everybody(db: Database, some: Sequence[Program]) -> AsyncIterator[tuple[Register, list[Who]]]:
    """Everybody, some at a time, by badge: a register that knows them, and who they are."""
    after: Who = ("", "")
    while True:
        async with db.reading() as tx:
            rows = await tx.rows(
                "SELECT badge, issuer FROM person WHERE (badge, issuer) > (?1, ?2) ORDER BY badge, issuer"
                f" LIMIT {BATCH}",
                *after,
            )
            people = [(badge, issuer) for badge, issuer in rows]
            register = await register_of(tx, some, people)
        if not people:
            return
        yield register, people
        after = people[-1]


async def gather(db: Database, register: Register) -> int:
    """Everything that is kept, into a register; how many sessions."""
    after, taken = "", 0
    while True:
        async with db.reading() as tx:
            rows = await tx.rows(
                "SELECT origin, taught, unknown FROM digest WHERE origin > ?1 AND taught IS NOT NULL ORDER BY origin"
                f" LIMIT {BATCH}",
                after,
            )
            seen = await many(
                tx, "SELECT origin, seen FROM did WHERE origin IN ({})", [origin for origin, _, _ in rows]
            )
        if not rows:
            return taken
        for _, raw, unknown in rows:
            register.know(taught_of(raw))
            register.unknown += unknown
        for origin, raw in seen:
            for one in seen_of(raw):
                register.meet(register.sessions[origin], one)
        taken, after = taken + len(rows), rows[-1][0]
