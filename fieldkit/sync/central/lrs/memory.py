"""What a store has taken, in central's database, and whose turn it is to send to it.

`forwarded` (`schema.FORWARD`) holds one row for a session and a store. `forwarding` holds who sends to a store now,
until when: a lease, taken and kept by compare-and-set, which runs out by itself when its holder was killed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from fieldkit.errors import DamagedData, NotPossible
from fieldkit.log.note import utc_text
from fieldkit.sync.central.lrs.entries import Entry, packed, standing, unpacked
from fieldkit.sync.central.tx_base import Lost

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.tx import Tx

LEASE_S = 300
"""A turn runs out so long after its holder was heard of last: longer than one request and one rest may take."""


class Kept(msgspec.Struct, frozen=True):
    """What is known of a session at a store. `seen`: the mark of the session when all its statements were settled,
    empty while they are not; `version` counts how often some were taken back, `begun` (Unix ms) when it was last."""

    seen: str = ""
    version: int = 0
    begun: int = 0
    entries: dict[str, Entry] = {}


async def kept(tx: Tx, origin: str, lrs: str) -> Kept:
    """Raises DamagedData for a row that is none of ours."""
    sql = "SELECT seen, version, begun, statements FROM forwarded WHERE origin = ?1 AND lrs = ?2"
    rows = await tx._all(sql, origin, lrs)
    if not rows:
        return Kept()
    seen, version, begun, text = rows[0]
    return Kept(seen, int(version), int(begun), _entries(origin, text))


def _entries(origin: str, text: str) -> dict[str, Entry]:
    try:
        return unpacked(text)
    except ValueError as wrong:
        raise DamagedData(
            f"What was forwarded of {origin} cannot be read.", "Restore central's database from a backup."
        ) from wrong


async def keep(tx: Tx, origin: str, lrs: str, one: Kept, ms: int) -> None:
    await tx._run(
        "INSERT INTO forwarded (origin, lrs, seen, version, begun, refused, statements, ms)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (origin, lrs) DO UPDATE SET seen = excluded.seen,"
        " version = excluded.version, begun = excluded.begun, refused = excluded.refused,"
        " statements = excluded.statements, ms = excluded.ms",
        *(origin, lrs, one.seen, one.version, one.begun, len(standing(one.entries)), packed(one.entries), ms),
    )


async def seen(tx: Tx, lrs: str, origins: Sequence[str]) -> dict[str, str]:
    """Origin → mark of what is settled, of those that there is something about."""
    if not origins:
        return {}
    marks = ", ".join(f"?{k}" for k in range(2, len(origins) + 2))
    sql = f"SELECT origin, seen FROM forwarded WHERE lrs = ?1 AND origin IN ({marks})"
    return dict(await tx._all(sql, lrs, *origins))


async def not_taken(tx: Tx, lrs: str) -> dict[str, dict[str, str]]:
    """Origin → what the store did not take of it, as `entries.standing` tells it."""
    sql = "SELECT origin, statements FROM forwarded WHERE lrs = ?1 AND refused > 0 ORDER BY origin"
    return {origin: standing(_entries(origin, text)) for origin, text in await tx._all(sql, lrs)}


async def no_longer_stored(tx: Tx, lrs: str) -> Sequence[str]:
    """Sessions of which a store has something, and that are stored here no more."""
    sql = (
        "SELECT f.origin FROM forwarded f WHERE f.lrs = ?1 AND f.statements <> ''"
        " AND NOT EXISTS (SELECT 1 FROM session s WHERE s.origin = f.origin) ORDER BY f.origin"
    )
    return [row[0] for row in await tx._all(sql, lrs)]


# ---- one at a time -------------------------------------------------------------------------------------------


class Turn:
    """The right to send to one store. `org` and `lrs` name it, `holder` is this process; times are Unix seconds."""

    def __init__(self, db: Database, org: str, lrs: str, holder: str) -> None:
        self._db = db
        self._key = (org, lrs)
        self._holder = holder

    async def take(self, now: int) -> None:
        """Raises NotPossible while somebody else has it."""
        async with self._db.transaction() as tx:
            rows = await tx._all("SELECT holder, until FROM forwarding WHERE origin = ?1 AND lrs = ?2", *self._key)
            if rows and rows[0][0] != self._holder and int(rows[0][1]) > now:
                raise NotPossible(
                    "Another command is forwarding to this store.",
                    f"Let it finish; if it was killed, its turn ends at {utc_text(int(rows[0][1]))}.",
                )
            await tx._run(
                "INSERT INTO forwarding (origin, lrs, holder, until) VALUES (?1, ?2, ?3, ?4)"
                " ON CONFLICT (origin, lrs) DO UPDATE SET holder = excluded.holder, until = excluded.until",
                *(*self._key, self._holder, now + LEASE_S),
            )

    async def hold(self, tx: Tx, now: int) -> None:
        """Go on having it, in a transaction that changes what is remembered. `Lost` is raised, here or later, when
        somebody else took it meanwhile."""
        sql = "UPDATE forwarding SET until = ?1 WHERE origin = ?2 AND lrs = ?3 AND holder = ?4"
        await tx._later(sql, [(now + LEASE_S, *self._key, self._holder)], must=True)

    async def again(self, now: int) -> None:
        """`hold` alone, before a request or a rest. Raises NotPossible when somebody else took it."""
        try:
            async with self._db.transaction() as tx:
                await self.hold(tx, now)
        except Lost as lost:
            raise gone() from lost

    async def give_back(self) -> None:
        sql = "DELETE FROM forwarding WHERE origin = ?1 AND lrs = ?2 AND holder = ?3"
        async with self._db.transaction() as tx:
            await tx._run(sql, *self._key, self._holder)


async def held_until(tx: Tx, now: int) -> int:
    """Unix s at which the last turn ends that somebody holds at `now`, of whatever store; 0: nobody does."""
    ((until,),) = await tx._all("SELECT coalesce(max(until), 0) FROM forwarding WHERE until > ?1", now)
    return int(until)


def gone() -> NotPossible:
    """For a forwarder that was away for so long that another one took its turn."""
    return NotPossible(
        "Another command has taken over forwarding to this store.", "This one was away for too long. Nothing was lost."
    )
