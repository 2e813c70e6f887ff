"""What pages ask about how packs are run: sums that were added up when sessions came in. They name no participant.

A sum is of one version of one pack, over everything (`all`), a site (its key: `words.place_key`) or a trainer (the
name of their key), and over a period: `''` for ever, a year `2026`, a quarter `2026-Q4`, by the day on which a session
ended where it was held. Whose figures somebody may see is not decided here (`core.figures.shared`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.figures import Figures, plus
from fieldkit.sync.central.digest import figures
from fieldkit.sync.central.digest.said import FORKED, OK, UNREAD
from fieldkit.sync.central.tx_marks import marks

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

ALL, SITE, FAC = "all", "site", "fac"
"""`dim`: over everything, of one site, of one trainer."""


class Sum(msgspec.Struct, frozen=True):
    """`sessions` that ended, `people` with a badge who were in them, once a session each, and what they add up to."""

    dim: str
    key: str
    pack: str
    version: str
    period: str
    sessions: int
    people: int
    figures: Figures


class Pack(msgspec.Struct, frozen=True):
    """One version of a pack: how often it was run and when last (a day where it was held)."""

    pack: str
    version: str
    sessions: int
    people: int
    first: str
    last: str


class Unsaid(msgspec.Struct, frozen=True):
    """Sessions that are in no list: origin → why. `forked`: nobody has chosen yet; `unread`: this release cannot fold
    them; `unmeasured`: what people learnt counts, and there are no figures of it."""

    forked: tuple[str, ...]
    unread: dict[str, str]
    unmeasured: dict[str, str]
    unknown: int
    """Attendances without a badge: nothing says whose they are."""


async def sums_of(
    tx: Tx, dim: str = ALL, pack: str = "", version: str = "", period: str = "", keys: Sequence[str] | None = None
) -> list[Sum]:
    """The sums of a dimension in one period, of every pack or one, of every version or one, of every key or some.

    By pack, version and key; one row each, so that whoever wants fewer adds them (`together`).
    """
    where, values = ["dim = ?1", "period = ?2"], [dim, period]
    for column, value in (("pack", pack), ("version", version)):
        if value:
            values.append(value)
            where.append(f"{column} = ?{len(values)}")
    if keys is not None:
        if not keys:
            return []
        where.append(f"key IN ({marks(len(keys), len(values) + 1)})")
        values += keys
    rows = await tx.rows(
        "SELECT dim, key, pack, version, period, sessions, people, figures FROM sums"
        f" WHERE {' AND '.join(where)} ORDER BY pack, version, key",
        *values,
    )
    return [Sum(*row) for row in [(*cells, figures.read(raw)) for *cells, raw in rows]]


async def by_quarter(
    tx: Tx,
    dim: str,
    pack: str = "",
    version: str = "",
    since: str = "",
    until: str = "",
    keys: Sequence[str] | None = None,
    brief: bool = False,
) -> list[Sum]:
    """The sums of a dimension in every quarter from `since` to `until`, ends included and empty for no end; by quarter,
    pack, version and key. One statement, however many quarters there are. `brief`: how it was delivered alone."""
    where, values = ["dim = ?1", "length(period) = 7"], [dim]  # `2026-Q4`; a year has four signs
    for sql, value in (("pack = ", pack), ("version = ", version), ("period >= ", since), ("period <= ", until)):
        if value:
            values.append(value)
            where.append(f"{sql}?{len(values)}")
    if keys is not None:
        if not keys:
            return []
        where.append(f"key IN ({marks(len(keys), len(values) + 1)})")
        values += keys
    rows = await tx.rows(
        "SELECT dim, key, pack, version, period, sessions, people, figures FROM sums"
        f" WHERE {' AND '.join(where)} ORDER BY period, pack, version, key",
        *values,
    )
    return [Sum(*row) for row in [(*cells, figures.read(raw, brief)) for *cells, raw in rows]]


def together(some: Sequence[Sum]) -> Figures:
    """All of these as one; sums of different packs have no more in common than how they were delivered."""
    found = figures.read(None)
    for one in some:
        found = plus(found, one.figures)
    return found


async def packs(tx: Tx) -> list[Pack]:
    """Which versions of which packs were run, how often, first and last; by pack and version."""
    rows = await tx.rows(
        "SELECT s.pack, s.version, s.sessions, s.people,"
        " (SELECT min(d.day) FROM digest d WHERE d.pack = s.pack AND d.version = s.version),"
        " (SELECT max(d.day) FROM digest d WHERE d.pack = s.pack AND d.version = s.version)"
        " FROM sums s WHERE s.dim = 'all' AND s.key = '' AND s.period = '' ORDER BY s.pack, s.version"
    )
    return [Pack(*row) for row in rows]


async def periods(tx: Tx) -> list[str]:
    """Years and quarters in which something was run, the newest first."""
    rows = await tx.rows("SELECT DISTINCT period FROM sums WHERE dim = 'all' AND key = '' AND period <> ''")
    return sorted((period for (period,) in rows), reverse=True)


async def trainers(tx: Tx, period: str = "", keys: Sequence[str] | None = None) -> dict[str, int]:
    """Trainer's key name → sessions they led in a period, of everybody or of some."""
    found: dict[str, int] = {}
    for one in await sums_of(tx, FAC, period=period, keys=keys):
        found[one.key] = found.get(one.key, 0) + one.sessions
    return found


async def unsaid(tx: Tx, most: int = 1000) -> Unsaid:
    """What is in no list, and why; of each kind at most so many."""
    found: dict[str, dict[str, str]] = {}
    for state, least in ((FORKED, ""), (UNREAD, ""), (OK, "figures")):
        sql = f"SELECT origin, why FROM digest WHERE state = ?1 AND why >= ?2 ORDER BY why, origin LIMIT {int(most)}"
        found[state] = dict(await tx.rows(sql, state, least))
    return Unsaid(tuple(sorted(found[FORKED])), found[UNREAD], found[OK], await unknown(tx))


async def unknown(tx: Tx) -> int:
    """Attendances without a badge."""
    sql = "SELECT coalesce(sum(unknown), 0) FROM sums WHERE dim = 'all' AND key = '' AND period = ''"
    return int((await tx.rows(sql))[0][0])
