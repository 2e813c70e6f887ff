"""The lines of the report that are of now, or of one table: programs, questions, findings, sheets, laptops.

Days are UTC here: a question and a finding have a moment and no wall.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING

from fieldkit.core.monthly import DAY_MS, Period, hundredths
from fieldkit.core.office import DESK
from fieldkit.core.questions import ANSWERED, CLOSED, OPEN
from fieldkit.core.tables.report import DAYS, GONE, Line
from fieldkit.errors import NotPossible
from fieldkit.sync.central import findings, policy
from fieldkit.sync.central.digest.kept import AT_ONCE, many
from fieldkit.sync.central.digest.said import FORKED, UNREAD
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.front.book import FILE, Book
from fieldkit.sync.central.front.filing import locked
from fieldkit.sync.central.front.pages import QUIET_DAYS

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

A_TIME = 50
"""Laptops that are asked about at once."""


async def site_of(tx: Tx, site: str) -> str:
    """A site as it is compared. Raises NotPossible where nothing was ever held."""
    key = place_key(site)
    if key and await tx.rows("SELECT 1 FROM sums WHERE dim = 'site' AND key = ?1 LIMIT 1", key):
        return key
    known = [str(one) for (one,) in await tx.rows("SELECT DISTINCT key FROM sums WHERE dim = 'site' ORDER BY key")]
    near = get_close_matches(key, known, 3)
    hint = f"Nearest: {', '.join(near)}." if near else "fieldkit central figures names the sites that there are."
    raise NotPossible(f"No session was held at a site {site[:60]!r}.", hint)


async def became(tx: Tx, program: str, of: Period, site: str) -> int:
    """Whose completion that counts now is of one of these days."""
    sql = "SELECT count(*) FROM standing WHERE program = ?1 AND completed_on >= ?2 AND completed_on <= ?3"
    values = [program, of.since.isoformat(), of.until.isoformat()]
    if site:
        values.append(place_key(site))
        sql += " AND site_key = ?4"
    return int((await tx.rows(sql, *values))[0][0])


async def questions(tx: Tx, of: Period, before: Period, key: str | None) -> list[Line]:
    """Kept for the expert and answered in the days, and those that wait now."""

    async def n(where: str, *values: str | int) -> int:
        at = f" AND site_key = ?{len(values) + 1}" if key is not None else ""
        rows = await tx.rows(f"SELECT count(*) FROM parked WHERE {where}{at}", *values, *([] if key is None else [key]))
        return int(rows[0][0])

    lines = []
    states = f"state IN ('{OPEN}', '{ANSWERED}', '{CLOSED}')"
    for what, where in (("kept", f"{states} AND t >= ?1 AND t < ?2"), ("answered", "said >= ?1 AND said < ?2")):
        counts = [await n(where, *_ms(one)) for one in (of, before)]
        lines.append(Line("questions", what, counts[0] * 100, counts[0], counts[1] * 100, counts[1]))
    waits = await n(f"state = '{OPEN}'")
    return [*lines, Line("questions", "waiting", waits * 100, waits)]


def _ms(of: Period) -> tuple[int, int]:
    """From when until when, Unix ms."""
    return _moment(of.since), _moment(of.until) + DAY_MS


def _moment(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


async def needs(tx: Tx, home: Home, key: str | None, now: int) -> list[Line]:
    """What `central findings` tells, by code: how many, and of how many sessions. Of one site those of sessions that
    are stored; a file that was not taken is of none."""
    found = await findings.needs(tx)
    if key is not None:
        sql = "SELECT origin, site FROM session WHERE origin IN ({})"
        rows = await many(tx, sql, sorted({one.origin for one in found if one.origin}))
        here = {origin for origin, site in rows if place_key(site) == key}
        found = [one for one in found if one.origin in here]
    codes = Counter(one.code for one in found)
    origins = {code: {one.origin or "" for one in found if one.code == code} for code in codes}
    lines = [
        Line("needs", "finding", n * 100, len(origins[code]), id=code, title=findings.sentence(code))
        for code, n in sorted(codes.items())
    ]
    if home.trust().expired(now):
        code = "trust-expired"
        lines.append(Line("needs", "finding", 100, 0, id=code, title=findings.sentence(code)))
    if found:
        oldest = max(0, now * 1000 - min(one.since for one in found))
        lines.append(Line("needs", "oldest", hundredths(oldest, DAY_MS), len(found), unit=DAYS))
    if key is None:
        for what, state in (("two-histories", FORKED), ("unread", UNREAD)):
            ((n,),) = await tx.rows("SELECT count(*) FROM digest WHERE state = ?1", state)
            lines.append(Line("needs", what, int(n) * 100, int(n)))
    return lines


# ---- sheets ------------------------------------------------------------------------------------------------------


async def sheets(
    tx: Tx, home: Home, now_: list[str], then: list[str], of: Period, before: Period, now: int
) -> list[Line]:
    """How many sheets of the sessions of the two periods nobody has filed, those left out that a policy keeps. Whether
    one has changed since it was filed is not looked at. Nothing is said where nobody has an account."""
    if not (home.path / FILE).exists():
        return []
    rule = policy.held(home)
    days = rule.access_days if rule is not None else None
    kept = date.min if days is None else datetime.fromtimestamp(now, UTC).date() - timedelta(days=days)
    counts: list[tuple[int, int] | None] = []
    book = await asyncio.to_thread(Book, home.path)
    try:
        for some, when in ((now_, of), (then, before)):
            counts.append(await _unfiled(tx, book, some) if when.since >= kept else None)
    finally:
        book.close()
    (value, n), (was, was_n) = ((None, None) if one is None else (one[0] * 100, one[1]) for one in counts)
    return [Line("sheets", "not-filed", value, n, was, was_n, note=GONE if value is None else "")]


async def _unfiled(tx: Tx, book: Book, origins: list[str]) -> tuple[int, int]:
    """(not filed, of how many)."""
    waits = whole = 0
    for k in range(0, len(origins), AT_ONCE):
        some = origins[k : k + AT_ONCE]
        rows = await many(tx, "SELECT origin, line FROM record WHERE i = 0 AND origin IN ({})", some)
        open_ = [origin for origin, line in rows if not locked(bytes(line))]
        filed = book.filed(open_) if open_ else {}
        whole += len(open_)
        waits += sum(origin not in filed for origin in open_)
    return waits, whole


# ---- laptops -----------------------------------------------------------------------------------------------------


async def laptops(tx: Tx, home: Home, now: int) -> list[Line]:
    """Laptops that may bring sessions now, and for how long their newest one has been here. A laptop that syncs and has
    nothing to bring leaves no trace."""
    listed = [x for x in home.trust().of("device") if x.role != DESK and x.state(now) == "ok"]
    came: dict[str, int] = {}
    for k in range(0, len(listed), A_TIME):
        some = [one.vkey.pub.hex() for one in listed[k : k + A_TIME]]
        each = (
            f"SELECT * FROM (SELECT device, ms FROM session WHERE device = ?{j} ORDER BY seq DESC, origin DESC LIMIT 1)"
            f" AS one{j}"
            for j in range(1, len(some) + 1)
        )
        came |= {device: int(ms) for device, ms in await tx.rows(" UNION ALL ".join(each), *some)}
    silent: list[tuple[str, int]] = []
    for one in listed:
        ms = came.get(one.vkey.pub.hex())
        if ms is not None and now * 1000 - ms >= QUIET_DAYS * DAY_MS:
            silent.append((one.vkey.name.rpartition("/")[2], now * 1000 - ms))
    n = len(listed)
    return [
        Line("laptops", "listed", n * 100, n),
        Line("laptops", "never", (n - len(came)) * 100, n),
        Line("laptops", "quiet", len(silent) * 100, n),
        *(Line("laptops", "silent", hundredths(ms, DAY_MS), 1, unit=DAYS, id=id) for id, ms in sorted(silent)),
    ]
