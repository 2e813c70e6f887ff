"""Which sessions have to be looked at again for a store: told by a mark that costs no fold.

A mark is a hash of everything that what a session makes follows from: its records, which private halves came or were
erased, head office's words about it, its signatures under the keys of the list, and what is wished of it. Two equal
marks make the same statements; two that differ may make the same, and then nothing is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Container, Iterable, Sequence

import msgspec

from fieldkit.core.office import ref_of
from fieldkit.log.trust import TrustList
from fieldkit.sync.central import findings
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk_said import PLAN_SHA256, every_record
from fieldkit.sync.central.lrs.memory import seen
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx

MADE = 3
"""Raised when a release makes other statements of the same session: every mark is another one then."""
PAGE = 200
_COLUMNS = ", ".join(f"s.{name}" for name in Stored.__struct_fields__)


class Told(msgspec.Struct, frozen=True):
    """What holds for every session of one trip: the list, what is wished (profile), and by session a hash of what head
    office's logs say about it."""

    trust: TrustList
    wished: str
    said: dict[str, str]


async def told(tx: Tx, trust: TrustList, wished: str) -> Told:
    """Each of head office's logs is read once."""
    about: dict[str, list[str]] = {}
    for log, record in await every_record(tx):
        ref = ref_of(record)
        if ref is not None and ref.o:
            about.setdefault(ref.o, []).append(f"{log} {record.i} {record.private is None}")
    return Told(trust, wished, {origin: _hash([*lines, str(trust.version)]) for origin, lines in about.items()})


async def changed(db: Database, told: Told, lrs: str, also: Container[str] = ()) -> AsyncIterator[tuple[Stored, str]]:
    """(session, its mark) of every one whose mark is not the one that was settled at this store, and of those in
    `also`, by origin. The office's own logs are none. Between two pages nobody is held up."""
    after = ""
    while True:
        async with db.reading() as tx:
            page, marks, known = await _page(tx, told, lrs, after)
        for one in page:
            if one.origin in also or known.get(one.origin) != marks[one.origin]:
                yield one, marks[one.origin]
        if len(page) < PAGE:
            return
        after = page[-1].origin


async def _page(tx: Tx, told: Told, lrs: str, after: str) -> tuple[list[Stored], dict[str, str], dict[str, str]]:
    sql = f"SELECT {_COLUMNS} FROM session s WHERE s.origin > ?1 AND s.plan <> ?2 ORDER BY s.origin LIMIT {PAGE}"
    page = [Stored(*row) for row in await tx._all(sql, after, PLAN_SHA256)]
    origins = [one.origin for one in page]
    if not origins:
        return [], {}, {}
    which = f"IN ({', '.join(f'?{k}' for k in range(1, len(origins) + 1))})"
    arrived, tombs, opened, open_questions = await tx._asks(
        (f"SELECT origin, max(ms), count(*) FROM arrival WHERE origin {which} GROUP BY origin", origins),
        (f"SELECT origin, max(ms), count(*) FROM erased WHERE origin {which} GROUP BY origin", origins),
        (f"SELECT origin, count(*), max(i) FROM opening WHERE origin {which} GROUP BY origin", origins),
        (f"SELECT origin, code, other FROM finding WHERE origin {which} ORDER BY origin, code, other", origins),
    )
    facts: dict[str, list[str]] = {origin: [] for origin in origins}
    for what, rows in (("a", arrived), ("e", tombs), ("o", opened)):
        for origin, *values in rows:
            facts[origin].append(f"{what} {values}")
    for origin, code, other in open_questions:
        if code in (findings.FORK, findings.RESOLVED):
            facts[origin].append(f"f {code} {other}")
    marks = {one.origin: mark(told, one, facts[one.origin]) for one in page}
    return page, marks, await seen(tx, lrs, origins)


def mark(told: Told, one: Stored, facts: Sequence[str]) -> str:
    """Hex, of a stored session and what else is known of it."""
    return _hash(
        [
            f"{MADE} {told.wished} {one.size} {one.root.hex()} {one.plan} {one.ms}",
            hashlib.sha256(one.checkpoint).hexdigest(),
            *_keys(told.trust, one.checkpoint),
            told.said.get(one.origin, ""),
            *facts,
        ]
    )


def _keys(trust: TrustList, checkpoint: bytes) -> list[str]:
    """Those keys of the list that a checkpoint names, and from when they do not count."""
    lines = checkpoint.decode("utf-8", "replace").split("\n")
    names = {line.split(" ")[1] for line in lines if line.startswith("— ") and line.count(" ") == 2}
    return [f"{key.vkey} {key.revoked}" for kind in ("device", "facilitator", "central") for key in trust.of(kind)
            if key.vkey.name in names]  # fmt: skip


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
