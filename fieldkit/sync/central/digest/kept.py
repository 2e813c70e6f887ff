"""Writing what sessions say: who did what in each, and the sums that each belongs to, all in one transaction.

A sum is never counted anew: what the session added before is taken away and what it adds now is added. People of whom
a session says something else than before are touched; so are those of sessions that make it up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from fieldkit.core.register import HOPS
from fieldkit.core.taught import Taught
from fieldkit.sync.central.digest import cells, figures, learnt, parked, shown
from fieldkit.sync.central.digest.said import GONE, OK, Digested, encoded, taught_of
from fieldkit.sync.central.digest.words import place_key, quarter_of
from fieldkit.sync.central.rows import KEY
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_marks import marks

COLUMNS = (
    *("origin", "state", "why", "t", "day", "pack", "version", "site", "fac", "cohort", "makes_up", "people"),
    *("unknown", "taught", "figures"),
)
_PUT = (
    f"INSERT INTO digest ({', '.join(COLUMNS)}) VALUES ({marks(len(COLUMNS))}) ON CONFLICT (origin) DO UPDATE SET "
    + ", ".join(f"{one} = excluded.{one}" for one in COLUMNS[1:])
)
AT_ONCE = 400
"""Values in one question."""
SumKey = tuple[str, str, str, str, str]
"""(dim, key, pack, version, period)."""


class Row(msgspec.Struct, frozen=True):
    """A row of `digest`. Texts that a laptop wrote are cut to what a key may hold."""

    origin: str
    state: str
    why: str
    t: int
    day: str
    pack: str
    version: str
    site: str
    fac: str
    cohort: str
    makes_up: str
    people: int
    unknown: int
    taught: bytes | None
    figures: bytes | None


class _Change(msgspec.Struct):
    """What happens to one sum."""

    sessions: int = 0
    people: int = 0
    unknown: int = 0
    gone: list[bytes] = []
    new: list[bytes] = []


def row_of(found: Digested) -> Row:
    taught = found.facts.taught if found.facts is not None else None
    if found.facts is None or taught is None:
        return Row(found.origin, found.state, found.why[:KEY], 0, "", "", "", "", "", "", "", 0, 0, None, None)
    return Row(
        origin=found.origin,
        state=found.state,
        why=found.why[:KEY],
        t=taught.t,
        day=taught.day.isoformat(),
        pack=taught.pack[:KEY],
        version=taught.version[:KEY],
        site=taught.site[:KEY],
        fac=found.fac[:KEY],
        cohort=taught.cohort[:KEY],
        makes_up=taught.makes_up[:KEY],
        people=sum(one.here for one in found.facts.seen),
        unknown=found.facts.unknown,
        taught=encoded(taught),
        figures=found.figures,
    )


async def write(tx: Tx, some: Sequence[Digested]) -> None:
    """Put what these sessions say in place of what was kept of them."""
    origins = [one.origin for one in some]
    before = {row.origin: row for row in await _rows(tx, origins)}
    did: dict[str, dict[tuple[str, str], bytes]] = {}
    for origin, badge, issuer, seen in await many(
        tx, "SELECT origin, badge, issuer, seen FROM did WHERE origin IN ({})", origins
    ):
        did.setdefault(origin, {})[badge, issuer] = bytes(seen)
    led: dict[str, set[str]] = {}
    for origin, key in await many(tx, "SELECT origin, fac FROM led WHERE origin IN ({})", origins):
        led.setdefault(origin, set()).add(key)
    sums: dict[SumKey, _Change] = {}
    led_there: dict[cells.Key, cells.Change] = {}
    touched: set[tuple[str, str]] = set()
    moved: list[str] = []
    for one in some:
        old, new = before.get(one.origin), row_of(one)
        if one.about:
            await tx.mark(*sorted(one.about))
        touched |= await _people(tx, one, did.get(one.origin, {}), old, new)
        await _led(tx, one.origin, led.get(one.origin, set()), {key[:KEY] for key in one.leaders})
        await parked.write(tx, one.origin, one.parked)
        await learnt.write(tx, one.origin, one.sets)
        if old == new:
            continue
        if (old.taught if old is not None else None) != new.taught:
            moved.append(one.origin)
        for row, by in ((old, -1), (new, 1)):
            if row is not None and row.state == OK:
                _count(sums, row, by)
                of = cells.key_of(row.pack, row.version, row.day, row.site)
                cells.count(led_there, of, row.origin, row.fac, row.site, by)
        if one.state == GONE:
            await tx.put_rows("DELETE FROM digest WHERE origin = ?1", [(one.origin,)])
        else:
            await tx.put_rows(_PUT, [msgspec.structs.astuple(new)])
    await tx.touch(touched | await _of_makeups(tx, moved))
    await _sums(tx, sums)
    await cells.write(tx, led_there)
    await shown.forget(tx, ((pack, version) for pack, version, _, _ in led_there))


async def _led(tx: Tx, origin: str, before: set[str], now: set[str]) -> None:
    """Write who led it: pages ask it of every session that a facilitator wants to see."""
    await tx.put_rows("DELETE FROM led WHERE origin = ?1 AND fac = ?2", [(origin, key) for key in sorted(before - now)])
    await tx.put_rows(
        "INSERT INTO led (origin, fac) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        [(origin, key) for key in sorted(now - before)],
    )


async def _people(
    tx: Tx, one: Digested, before: dict[tuple[str, str], bytes], old: Row | None, new: Row
) -> set[tuple[str, str]]:
    """Write who did what; of whom something else is true now."""
    now = _merged(one)
    gone = [who for who in before if who not in now]
    changed = [who for who, seen in now.items() if before.get(who) != seen]
    await tx.put_rows(
        "DELETE FROM did WHERE origin = ?1 AND badge = ?2 AND issuer = ?3", [(one.origin, *who) for who in gone]
    )
    await tx.put_rows(
        "INSERT INTO did (origin, badge, issuer, seen) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (origin, badge, issuer) DO UPDATE SET seen = excluded.seen",
        [(one.origin, *who, now[who]) for who in changed],
    )
    if (old.taught if old is not None else None) != new.taught:
        return {*now, *before}
    return {*gone, *changed}


def _merged(one: Digested) -> dict[tuple[str, str], bytes]:
    """Somebody may stand on a sheet twice, under two entries that nobody merged: both are kept, in one row."""
    found: dict[tuple[str, str], list[bytes]] = {}
    for seen in one.facts.seen if one.facts is not None else ():
        found.setdefault(seen.who, []).append(encoded(seen))
    return {who: b"[" + b",".join(sorted(rows)) + b"]" for who, rows in found.items()}


async def _of_makeups(tx: Tx, origins: list[str]) -> set[tuple[str, str]]:
    """People of sessions that make these up, and of those that make up those."""
    found: set[str] = set()
    some = origins
    for _ in range(HOPS):
        rows = await many(tx, "SELECT origin FROM digest WHERE makes_up <> '' AND makes_up IN ({})", some)
        some = sorted({origin for (origin,) in rows} - found)
        if not some:
            break
        found.update(some)
    rows = await many(tx, "SELECT DISTINCT badge, issuer FROM did WHERE origin IN ({})", sorted(found))
    return {(badge, issuer) for badge, issuer in rows}


# ---- sums --------------------------------------------------------------------------------------------------------


def periods(day: str) -> tuple[str, str, str]:
    """For ever, the year, the quarter: `''`, `2026`, `2026-Q4`."""
    return "", day[:4], quarter_of(day)


def _count(sums: dict[SumKey, _Change], row: Row, by: int) -> None:
    dims = [("all", ""), ("site", place_key(row.site)), *([("fac", row.fac)] if row.fac else [])]
    for dim, key in dims:
        for period in periods(row.day):
            one = sums.setdefault((dim, key, row.pack, row.version, period), _Change())
            one.sessions += by
            one.people += by * row.people
            one.unknown += by * row.unknown
            if row.figures:
                (one.new if by > 0 else one.gone).append(row.figures)


async def _sums(tx: Tx, sums: dict[SumKey, _Change]) -> None:
    for key in sorted(sums):
        change = sums[key]
        where = "dim = ?1 AND key = ?2 AND pack = ?3 AND version = ?4 AND period = ?5"
        rows = await tx.rows(f"SELECT sessions, people, unknown, figures FROM sums WHERE {where}", *key)
        sessions, people, unknown, raw = rows[0] if rows else (0, 0, 0, None)
        sessions += change.sessions
        if not sessions:
            await tx.put_rows(f"DELETE FROM sums WHERE {where}", [key])
            continue
        made = figures.changed(raw, change.gone, change.new)
        await tx.put_rows(
            "INSERT INTO sums (dim, key, pack, version, period, sessions, people, unknown, figures)"
            f" VALUES ({marks(9)})"
            " ON CONFLICT (dim, key, pack, version, period) DO UPDATE SET sessions = excluded.sessions,"
            " people = excluded.people, unknown = excluded.unknown, figures = excluded.figures",
            [(*key, sessions, people + change.people, unknown + change.unknown, made)],
        )


# ---- asking ------------------------------------------------------------------------------------------------------


async def many(tx: Tx, sql: str, values: Iterable[str]) -> list[Any]:
    """The rows of a question with `IN ({})`, for any number of values."""
    every = list(values)
    found: list[Any] = []
    for at in range(0, len(every), AT_ONCE):
        some = every[at : at + AT_ONCE]
        found += await tx.rows(sql.format(marks(len(some))), *some)
    return found


async def _rows(tx: Tx, origins: Iterable[str]) -> list[Row]:
    found = await many(tx, f"SELECT {', '.join(COLUMNS)} FROM digest WHERE origin IN ({{}})", origins)
    return [Row(*row) for row in found]


async def taughts(tx: Tx, origins: Iterable[str]) -> dict[str, Taught]:
    """What these sessions were; those that are not kept, or say nothing, are left out."""
    found = await many(tx, "SELECT origin, taught FROM digest WHERE taught IS NOT NULL AND origin IN ({})", origins)
    return {origin: taught_of(raw) for origin, raw in found}
