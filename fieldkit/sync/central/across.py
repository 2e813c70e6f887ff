"""Attendance across sessions, written row by row: one table of all that head office holds, of a site or of some days.

A session is read, folded, written and forgotten, so memory does not grow with them but for a line each in the file's
note. Rows come in the order in which the sessions began (by the laptops' clocks), within a session in that of its own
sheet, with the same values; what a session's policy holds back is not in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from fieldkit.core.blended import BLENDED
from fieldkit.core.clean import site_key
from fieldkit.core.tables import COLUMNS, Sheet, Table
from fieldkit.core.tables.people import attendance_table
from fieldkit.core.tables.profiles import JUDGED, ROSTER, shaped
from fieldkit.errors import BadBytes, DamagedData, NotPossible, WrongUsage
from fieldkit.formats.columns import ColumnMap, mapped
from fieldkit.formats.export import allowed
from fieldkit.formats.stream import Sink
from fieldkit.log.note import Checkpoint
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk_said import desks
from fieldkit.sync.central.front import listed
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.rows import KEY
from fieldkit.sync.central.sheets import Laid, Sheets, origins_of

WHATS = ("attendance",)
BATCH = 50
"""Sessions that are read in one look at the database."""
FIRST, LAST = listed.BEGINNING, listed.END


class Which(msgspec.Struct, frozen=True):
    """Which sessions: of a site (however it is spelled), that began from `since` to before `until` (Unix ms)."""

    site: str = ""
    since: int = FIRST
    until: int = LAST


class Across(msgspec.Struct):
    """What was written. `sources`: every log that it was folded from; `left_out`: session → `locked`, or why it cannot
    be read; `made`: when the newest session began, Unix ms."""

    rows: int = 0
    sources: list[Checkpoint] = []
    left_out: dict[str, str] = {}
    made: int | None = None

    @property
    def unread(self) -> bool:
        """Whether something is missing that should be there."""
        return any(why != "locked" for why in self.left_out.values())


def head_of(profile: str, columns: ColumnMap | None) -> Table:
    """Such a table without rows. Raises WrongUsage for a profile whose columns are other ones in each session."""
    if profile not in ("", ROSTER, "compliance"):
        raise WrongUsage(
            f"A table across sessions has no profile {profile[:40]!r}.", "--profile is roster or compliance."
        )
    plain = Table("attendance", tuple(x for x in COLUMNS["attendance"] if profile != ROSTER or x not in JUDGED), [])
    return mapped(plain, columns) if columns is not None else plain


async def write(
    home: Home,
    db: Database,
    which: Which,
    out: Sink,
    profile: str = "",
    columns: ColumnMap | None = None,
    now: int | None = None,
) -> Across:
    """Give every row of these sessions to `out`. `now` as in `sync.central.export.made`.
    Raises FieldkitError, WrongUsage, NotPossible for more rows than the format takes."""
    made, sheets, logs = Across(), Sheets(home, now), set[str]()
    plain = head_of(profile, None).columns
    async for places in _places(db, which):
        async with db.reading() as tx:
            for origin, began in places:
                stored = await tx.stored(origin)
                if stored is None:
                    continue
                try:
                    laid = await sheets.read(tx, stored)
                    if laid.session.info is not None and laid.session.info.session_kind == BLENDED:
                        continue  # what somebody answers at home is no attendance, and its log stays open for days
                    rows = _rows(laid, profile, plain, columns)
                except NotPossible:
                    made.left_out[origin] = "locked"
                except DamagedData:
                    made.left_out[origin] = "plan"
                except BadBytes as wrong:
                    made.left_out[origin] = wrong.reason
                else:
                    out.add(rows)
                    made.rows += len(rows)
                    made.sources.append(Checkpoint(origin, stored.size, stored.root))
                    logs |= origins_of(laid.office)
                    out.made = made.made = began
    async with db.reading() as tx:
        made.sources += (
            [Checkpoint(x.origin, x.size, x.root) for x in await desks(tx) if x.origin in logs] if logs else []
        )
    return made


def _rows(laid: Laid, profile: str, plain: tuple[str, ...], columns: ColumnMap | None) -> list[tuple[str, ...]]:
    """The rows of one session in the columns of the whole: a cell that its policy holds back is empty. Raises
    NotPossible."""
    told = allowed(laid.session, "attendance", profile)
    table = shaped(attendance_table, Sheet(laid.session, laid.plan, laid.signed), told)
    if table.columns != plain:
        at = {column: k for k, column in enumerate(table.columns)}
        rows = [tuple(row[at[one]] if one in at else "" for one in plain) for row in table.rows]
        table = Table("attendance", plain, rows)
    return (mapped(table, columns) if columns is not None else table).rows


async def _places(db: Database, which: Which) -> AsyncIterator[list[tuple[str, int]]]:
    """(origin, when it began) of the sessions asked for, in order, some at a time."""
    async with db.transaction() as tx:
        await listed.make(tx)
        if not await listed.is_complete(tx):
            await listed.complete(tx)
    at, site = (which.since, ""), site_key(which.site)[:KEY]
    sql = "SELECT origin, began FROM listed WHERE shown = 1 AND (began, origin) > (?1, ?2) AND began < ?3"
    sql += " AND site = ?4" if site else ""
    sql += f" ORDER BY began, origin LIMIT {BATCH}"
    while True:
        async with db.reading() as tx:
            rows = await tx._all(sql, *at, which.until, *([site] if site else []))
        if not rows:
            return
        yield [(origin, began) for origin, began in rows]
        at = (rows[-1][1], rows[-1][0])
