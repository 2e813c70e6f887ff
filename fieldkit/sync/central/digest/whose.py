"""Whose sessions are which: what has to be looked at to know all about somebody, without looking at everybody.

`did` names everybody who stands on the sheet of a session that counts. Of all others (one that goes on, pre-work, two
histories, one that cannot be folded, one that has changed since it was read) nobody is named: anybody may be in them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from fieldkit.core.program import Program
from fieldkit.core.register import Register
from fieldkit.core.taught import Who
from fieldkit.sync.central import findings
from fieldkit.sync.central.digest import force as forces
from fieldkit.sync.central.digest.kept import many
from fieldkit.sync.central.digest.said import OK
from fieldkit.sync.central.digest.standings import register_of
from fieldkit.sync.central.digest.sums import unknown
from fieldkit.sync.central.digest.work import catch_up

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

_ANYBODY = (
    "SELECT origin FROM stale",
    "SELECT origin FROM digest WHERE state <> ?1",
    "SELECT s.origin FROM session s WHERE NOT EXISTS (SELECT 1 FROM digest d WHERE d.origin = s.origin)",
)


async def may_be_in(home: Home, db: Database, badges: Collection[str], now: int) -> set[str] | None:
    """The sessions in which these badges are or may be; None: in any, since what is kept was made under another list
    than ours. What changed is read first. Raises as `catch_up`."""
    await catch_up(home, db, now, people=False)
    force = forces.load(home, now)
    async with db.reading() as tx:
        if not forces.same(force, await forces.stamps(tx)):
            return None
        found = await many(tx, "SELECT origin FROM did WHERE badge IN ({})", sorted(badges))
        for sql in _ANYBODY:
            found += await tx.rows(sql, *([OK] if "?1" in sql else []))
        open_forks = {one.origin for one in await tx.findings(code=findings.FORK)}
    return {origin for (origin,) in found} | open_forks


async def register_of_badges(tx: Tx, some: Sequence[Program], badges: Collection[str]) -> tuple[Register, int]:
    """Everybody with one of these badges, whoever issued it, and how many sessions count altogether."""
    rows = await many(tx, "SELECT DISTINCT badge, issuer FROM did WHERE badge IN ({})", sorted(badges))
    people: list[Who] = [(badge, issuer) for badge, issuer in rows]
    register = await register_of(tx, some, people)
    register.unknown = await unknown(tx)
    ((sessions,),) = await tx.rows("SELECT count(*) FROM digest WHERE state = ?1", OK)
    return register, int(sessions)
