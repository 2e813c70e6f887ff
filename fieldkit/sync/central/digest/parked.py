"""Questions that were kept for the expert, of every session: which wait, and where the answers of the others stand.

A row says where question and answer are and no word of either: pages read those from the private halves, so what is
erased there is nowhere else. What may be seen is asked with each question: a site's, or those of who led it; and where
a session's policy keeps its records from all but head office, its questions too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.questions import OPEN, Reply, newest, waiting
from fieldkit.core.session import Session
from fieldkit.log.merkle import leaf_hash
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.tx_marks import marks

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

COLUMNS = ("origin", "i", "t", "site_key", "kept", "state", "log", "at", "said")


class Parked(msgspec.Struct, frozen=True):
    """One question: record `i` of the session, said at `t`. `log`, `at`, `said`: where its answer stands and when that
    was given, of an open one empty and 0. Times in Unix ms. `kept` 1: for head office alone to see."""

    origin: str
    i: int
    t: int
    site_key: str
    kept: int
    state: str
    log: str = ""
    at: int = 0
    said: int = 0


class Whom(msgspec.Struct, frozen=True):
    """Whose eyes a list is for: of these sites, or of sessions that the key `fac` led; neither: everything."""

    sites: tuple[str, ...] | None = None
    fac: str | None = None


ALL = Whom()


async def found(tx: Tx, session: Session, replies: Iterable[Reply]) -> tuple[Parked, ...]:
    """What is kept of a session; an answer counts that names the record as it is here."""
    info = session.info
    if info is None:
        return ()
    site, kept = place_key(info.site), int(bool(info.policy.locked or info.policy.profile))
    rows = {one.ref: Parked(session.origin, one.ref, one.t, site, kept, OPEN) for one in waiting(session)}
    for (_, i), reply in newest(replies).items():
        line, say = await tx.line(session.origin, i), session.says.get(i)
        if line is not None and say is not None and leaf_hash(line).hex() == reply.ref.leaf:
            rows[i] = Parked(
                session.origin, i, say.t, site, kept, reply.state, reply.log, reply.at, reply.t
            )  # also where it is not kept for the expert any more: it was asked, and answered
    return tuple(rows[i] for i in sorted(rows))


async def write(tx: Tx, origin: str, rows: Sequence[Parked]) -> None:
    """In place of what was kept of this session."""
    if set(await _rows(tx, "origin = ?1", [origin])) == set(rows):
        return
    await tx.put_rows("DELETE FROM parked WHERE origin = ?1", [(origin,)])
    await tx.put_rows(
        f"INSERT INTO parked ({', '.join(COLUMNS)}) VALUES ({marks(len(COLUMNS))})",
        [msgspec.structs.astuple(one) for one in rows],
    )


# ---- asking ------------------------------------------------------------------------------------------------------


async def count(tx: Tx, whom: Whom) -> int:
    """How many wait."""
    where, values = _seen([f"state = '{OPEN}'"], [], whom)
    ((n,),) = await tx.rows(f"SELECT count(*) FROM parked WHERE {where}", *values)
    return int(n)


async def open_ones(tx: Tx, whom: Whom, after: tuple[int, str, int] | None, most: int) -> list[Parked]:
    """Those that wait, the oldest first, behind `after` (t, origin, i)."""
    where, values = [f"state = '{OPEN}'"], list[Any]()
    if after is not None:
        where, values = [*where, "(t, origin, i) > (?1, ?2, ?3)"], list(after)
    text, values = _seen(where, values, whom)
    return await _rows(tx, f"{text} ORDER BY t, origin, i LIMIT {int(most)}", values)


async def answered(tx: Tx, whom: Whom, before: tuple[int, str, int] | None, most: int) -> list[Parked]:
    """The others, the one answered last first, before `before` (said, origin, i)."""
    where, values = ["said > 0"], list[Any]()
    if before is not None:
        where, values = [*where, "(said, origin, i) < (?1, ?2, ?3)"], list(before)
    text, values = _seen(where, values, whom)
    return await _rows(tx, f"{text} ORDER BY said DESC, origin DESC, i DESC LIMIT {int(most)}", values)


async def one(tx: Tx, whom: Whom, origin: str, i: int) -> Parked | None:
    text, values = _seen(["origin = ?1", "i = ?2"], [origin, i], whom)
    return next(iter(await _rows(tx, text, values)), None)


async def of_device(tx: Tx, device: str, most: int) -> list[Parked]:
    """Answered ones of the sessions of one laptop (name of its key), the newest answers first."""
    where = f"origin > ?1 AND origin < ?2 AND state <> '{OPEN}' ORDER BY said DESC, origin DESC, i DESC"
    return await _rows(tx, f"{where} LIMIT {int(most)}", [f"{device}/", f"{device}0"])  # `0` is what follows `/`


async def origins(tx: Tx) -> list[str]:
    """Sessions of which something is answered."""
    sql = f"SELECT DISTINCT origin FROM parked WHERE state <> '{OPEN}' ORDER BY origin"
    return [str(origin) for (origin,) in await tx.rows(sql)]


async def any_of(tx: Tx, device: str) -> bool:
    """Whether something is answered of the sessions of one laptop (name of its key)."""
    sql = f"SELECT 1 FROM parked WHERE origin > ?1 AND origin < ?2 AND state <> '{OPEN}' LIMIT 1"
    return bool(await tx.rows(sql, f"{device}/", f"{device}0"))


def _seen(where: list[str], values: list[Any], whom: Whom) -> tuple[str, list[Any]]:
    """With what these eyes may see."""
    where, values = list(where), list(values)
    if whom.sites is not None:
        keys = sorted({place_key(site) for site in whom.sites})
        where.append(f"site_key IN ({marks(len(keys), len(values) + 1)})" if keys else "0 = 1")
        values += keys
    if whom.fac is not None:
        where.append(f"origin IN (SELECT origin FROM led WHERE fac = {marks(1, len(values) + 1)})")
        values.append(whom.fac)
    if whom != ALL:
        where.append("kept = 0")
    return " AND ".join(where), values


async def _rows(tx: Tx, where: str, values: Sequence[Any]) -> list[Parked]:
    return [Parked(*row) for row in await tx.rows(f"SELECT {', '.join(COLUMNS)} FROM parked WHERE {where}", *values)]
