"""The list of sessions, as pages ask for it: newest first, a page at a time, by place, laptop, day and who led it.

`listed` is an index beside the sessions, derived from their first records and made again whenever it is not complete:
it holds nothing that is not in them, and no name. A page is found by a key (when it began, its origin) and never by
counting, so that the last page costs what the first does. All SQL of the pages stands here.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.clean import site_key
from fieldkit.errors import BadBytes
from fieldkit.log.line import read_line
from fieldkit.sync.central.desk_said import PLAN_SHA256
from fieldkit.sync.central.front.accounts import FACILITATOR, SUPERVISOR, Account
from fieldkit.sync.central.rows import KEY

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

TABLES = (
    "CREATE TABLE IF NOT EXISTS listed (origin TEXT NOT NULL PRIMARY KEY, began BIGINT NOT NULL, site TEXT NOT NULL,"
    " laptop TEXT NOT NULL, shown BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS listed_began ON listed (shown, began, origin)",
    "CREATE INDEX IF NOT EXISTS listed_site ON listed (shown, site, began, origin)",
    "CREATE INDEX IF NOT EXISTS listed_laptop ON listed (shown, laptop, began, origin)",
)
A_PAGE = 50
BATCH = 500
BEGINNING, END = -(1 << 53), 1 << 53
"""Before and after every time a laptop can write."""


class Place(msgspec.Struct, frozen=True):
    """Where a session stands in the list. `began` is Unix ms by the laptop."""

    origin: str
    began: int
    site: str
    laptop: str


class Wanted(msgspec.Struct, frozen=True):
    """What a page shows: of one place, one laptop, one pack (`version` empty: all of them), days (Unix ms,
    `since` ≤ began < `until`), and after which key."""

    site: str = ""
    laptop: str = ""
    since: int = BEGINNING
    until: int = END
    after: tuple[int, str] | None = None
    """(began, origin) of the last session of the page before."""
    pack: str = ""
    version: str = ""


async def make(tx: Tx) -> None:
    """The index and what it is found by, where they are not there yet; once a process is enough."""
    for statement in TABLES:
        await tx.change(statement)


async def is_complete(tx: Tx) -> bool:
    """Whether the index is what the sessions are, which nobody counts for it."""
    first = "SELECT (SELECT origin FROM {} LIMIT 1)"
    ((waits,),), ((stored,),), ((known,),) = await tx._asks(
        *((first.format(table), ()) for table in ("unlisted", "session", "listed"))
    )
    return waits is None and (stored is None) == (known is None)


async def complete(tx: Tx) -> None:
    """Make the index what the sessions are: of those that came or went, of all where it is new."""
    if not await tx._all("SELECT 1 FROM listed LIMIT 1"):
        await tx._run("INSERT INTO unlisted (origin) SELECT origin FROM session WHERE true ON CONFLICT DO NOTHING")
    while waits := [origin for (origin,) in await tx._all(f"SELECT origin FROM unlisted LIMIT {BATCH}")]:
        these = _marks(len(waits))
        for table in ("listed", "unlisted"):
            await tx._run(f"DELETE FROM {table} WHERE origin IN ({these})", *waits)
        rows = await tx._all(
            "SELECT s.origin, s.plan, s.site, r.line FROM session s JOIN record r ON r.origin = s.origin AND r.i = 0"
            f" WHERE s.origin IN ({these})",
            *waits,
        )
        new = [(place_of(origin, site, bytes(line)), plan) for origin, plan, site, line in rows]
        await tx._later(
            f"INSERT INTO listed (origin, began, site, laptop, shown) VALUES ({_marks(5)}) ON CONFLICT DO NOTHING",
            [(x.origin, x.began, x.site, x.laptop, int(plan != PLAN_SHA256)) for x, plan in new],
        )


def place_of(origin: str, site: str, line: bytes) -> Place:
    """What the first record of a session says of where it belongs."""
    laptop = origin.rsplit("/", 1)[0]
    try:
        head = read_line(line)
    except BadBytes:  # stored by an older or newer release: it is listed last, and nobody's but head office's
        return Place(origin, 0, "", laptop)
    began = head.t if BEGINNING < head.t < END else 0
    return Place(origin, began, site_key(site)[:KEY], laptop)


def _marks(n: int, first: int = 1) -> str:
    return ", ".join(f"?{k}" for k in range(first, first + n))


async def page(tx: Tx, account: Account, wanted: Wanted, most: int = A_PAGE) -> list[Place]:
    """At most `most` and one more, by which it is known that there is another; the newest first."""
    if account.role == SUPERVISOR:
        sites = [key for key in map(site_key, account.sites) if not wanted.site or key == site_key(wanted.site)]
    else:
        sites = [site_key(wanted.site)] if wanted.site else [""]
    found: Iterable[Place] = heapq.merge(
        *[await _some(tx, account, wanted, site, most) for site in dict.fromkeys(sites)],
        key=lambda one: (-one.began, one.origin),
    )
    return list(found)[: most + 1]


async def _some(tx: Tx, account: Account, wanted: Wanted, site: str, most: int) -> list[Place]:
    """Of one place (empty: of all). Ties of `began` go by origin, upwards."""
    where: list[str] = ["shown = 1"]
    values: list[Any] = []

    def add(sql: str, value: Any) -> None:
        values.append(value)
        where.append(sql.replace("?", f"?{len(values)}"))

    add("began >= ?", wanted.since)
    add("began < ?", wanted.until)
    if site:
        add("site = ?", site)
    if wanted.laptop:
        add("laptop = ?", wanted.laptop)
    if account.role == FACILITATOR:
        add("origin IN (SELECT origin FROM led WHERE fac = ?)", account.key)
    if wanted.pack:
        values += [wanted.pack, wanted.version][: 1 + bool(wanted.version)]
        more = f" AND version = ?{len(values)}" if wanted.version else ""
        first = len(values) - bool(wanted.version)
        where.append(f"origin IN (SELECT origin FROM digest WHERE pack = ?{first}{more})")
    if wanted.after is not None:
        add("began <= ?", wanted.after[0])
        values += wanted.after
        where.append(f"(began < ?{len(values) - 1} OR origin > ?{len(values)})")
    rows = await tx._all(
        f"SELECT origin, began, site, laptop FROM listed WHERE {' AND '.join(where)}"
        f" ORDER BY began DESC, origin LIMIT {int(most) + 1}",
        *values,
    )
    return [Place(*row) for row in rows]


async def places(tx: Tx, origins: Sequence[str]) -> dict[str, Place]:
    """Where these sessions belong; those that are not stored are left out."""
    out: dict[str, Place] = {}
    for at in range(0, len(origins), BATCH):
        some = origins[at : at + BATCH]
        rows = await tx._all(
            f"SELECT origin, began, site, laptop FROM listed WHERE shown = 1 AND origin IN ({_marks(len(some))})",
            *some,
        )
        out |= {row[0]: Place(*row) for row in rows}
    return out


async def led(tx: Tx, account: Account, origins: Sequence[str]) -> set[str]:
    """Which of these sessions this facilitator led; none of them for any other role."""
    out: set[str] = set()
    for at in range(0, len(origins) if account.role == FACILITATOR else 0, BATCH):
        some = origins[at : at + BATCH]
        sql = f"SELECT origin FROM led WHERE fac = ?1 AND origin IN ({_marks(len(some), 2)})"
        out |= {row[0] for row in await tx._all(sql, account.key, *some)}
    return out


async def firsts(tx: Tx, origins: Sequence[str]) -> dict[str, tuple[bytes, bytes | None]]:
    """First record and its opening, if that is still there, of each."""
    if not origins:
        return {}
    rows = await tx._all(
        "SELECT r.origin, r.line, o.line FROM record r LEFT JOIN opening o ON o.origin = r.origin AND o.i = 0"
        f" WHERE r.i = 0 AND r.origin IN ({_marks(len(origins))})",
        *origins,
    )
    return {origin: (bytes(line), None if opening is None else bytes(opening)) for origin, line, opening in rows}


async def sessions_of(tx: Tx, origins: Sequence[str]) -> dict[str, tuple[str, str, int, int]]:
    """Title, site, how many records, and when they came (Unix ms), of each."""
    if not origins:
        return {}
    sql = f"SELECT origin, title, site, size, ms FROM session WHERE origin IN ({_marks(len(origins))})"
    return {row[0]: (row[1], row[2], int(row[3]), int(row[4])) for row in await tx._all(sql, *origins)}


async def laptops(tx: Tx, account: Account, after: str, most: int) -> list[str]:
    """Names of laptops that have sessions here, those that this account may see, in the order of their names."""
    found: set[str] = set()
    if account.sees_all:
        name = after
        while len(found) < most:
            ((name,),) = await tx._all("SELECT min(laptop) FROM listed WHERE shown = 1 AND laptop > ?1", name)
            if name is None:
                break
            found.add(name)
    elif account.role == SUPERVISOR:
        for site in map(site_key, account.sites):
            rows = await tx._all(
                "SELECT DISTINCT laptop FROM listed WHERE shown = 1 AND site = ?1 AND laptop > ?2"
                f" ORDER BY laptop LIMIT {int(most)}",
                *(site, after),
            )
            found |= {row[0] for row in rows}
    return sorted(found)[:most]


async def of_laptop(tx: Tx, name: str) -> tuple[int, str]:
    """How many sessions of a laptop are stored, and the origin of the one that began last."""
    ((count,),) = await tx._all("SELECT count(*) FROM listed WHERE shown = 1 AND laptop = ?1", name)
    rows = await tx._all(
        "SELECT origin FROM listed WHERE shown = 1 AND laptop = ?1 ORDER BY began DESC, origin LIMIT 1", name
    )
    return int(count), rows[0][0] if rows else ""


async def findings_of(tx: Tx, origins: Sequence[str], decided: Sequence[str]) -> dict[str, int]:
    """Origin → how many findings about it need somebody."""
    if not origins:
        return {}
    rows = await tx._all(
        f"SELECT origin, count(*) FROM finding WHERE origin IN ({_marks(len(origins))})"
        f" AND code NOT IN ({_marks(len(decided), len(origins) + 1)}) GROUP BY origin",
        *(*origins, *decided),
    )
    return {origin: int(n) for origin, n in rows}
