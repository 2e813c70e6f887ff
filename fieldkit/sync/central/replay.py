"""The records of a session that is stored, in batches, for whoever folds them while it is being taken in.

A log that is new is folded out of what its walk has just parsed and checked, instead of reading every line back from
the database and judging it once more; where there are too many of the kinds that matter, it is read back, so that
memory does not grow with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence, Set

import msgspec

from fieldkit.core.plan import Plan
from fieldkit.core.records import Record, fact_of
from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log.bulk import parse_records
from fieldkit.log.line import Line, Opening, check_plan
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx

KEPT = 20_000
"""Records that are kept as parsed: some 20 MB."""


class Kept:
    """What a walk has read of a log of which nothing was stored before, and nothing is erased: the records of some
    kinds, and `m`, how far the log goes."""

    def __init__(self, kinds: Set[str]) -> None:
        self.whole = True
        """False where there were more than `KEPT`: then none are here."""
        self.m = 0
        self._kinds = kinds
        self._lines: list[Line] = []
        self._at: set[int] = set()
        self._private: dict[int, Opening] = {}

    def lines(self, read: Sequence[Line]) -> None:
        if not self.whole or not read:
            return
        self.m = read[-1].m
        found = [line for line in read if line.k in self._kinds]
        self.whole = len(self._lines) + len(found) <= KEPT
        if self.whole:
            self._lines += found
            self._at.update([line.i for line in found])
        else:
            self._lines, self._at = [], set()

    def openings(self, read: Iterable[Opening]) -> None:
        """Each has been compared with its record by the walk."""
        self._private.update([(it.i, it) for it in read if it.i in self._at])

    def records(self) -> list[Record]:
        out = []
        for line in self._lines:
            it = self._private.get(line.i)
            fact = fact_of(line.k, line.d)
            out.append(Record(line.i, line.m, line.t, fact, line.p, line.x, None if it is None else it.private))
        return out


async def batches(tx: Tx, origin: str) -> AsyncIterator[list[Record]]:
    """Every record of a stored session, with the openings that are still there."""
    at = 0
    async for lines in tx.lines(origin):
        openings = await tx.openings(origin, at, at + len(lines))
        yield parse_records([(line, openings.get(i)) for i, line in enumerate(lines, at)])
        at += len(lines)


async def records_of(tx: Tx, origin: str) -> list[Record]:
    """All of them at once."""
    return [record async for some in batches(tx, origin) for record in some]


async def plan_of(tx: Tx, stored: Stored) -> Plan:
    """The plan of a stored session. Raises DamagedData: it is another release's, or no plan at all."""
    raw = await tx.blob(stored.origin, stored.plan)
    try:
        return msgspec.json.decode(raw or b"", type=Plan)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise DamagedData(
            f"The plan of {stored.origin} cannot be read by this release.", "Use a newer release of fieldkit."
        ) from wrong


async def no_plan(tx: Tx, stored: Stored) -> str:
    """Why the stored plan is none whatever the release: the reason for which ingest refuses such a one, else empty."""
    try:
        check_plan(await tx.blob(stored.origin, stored.plan) or b"")
    except BadBytes as wrong:
        return wrong.reason
    return ""
