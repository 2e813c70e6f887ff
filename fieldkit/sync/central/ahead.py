"""What can be done with a session before its turn at the database: reading, parsing, hashing, the tree, and the fold of
who was there when.

Nobody else writes while one session is taken in, so whatever needs no answer of the database is done before. It
decides nothing: where something is wrong, `take` reads the same part again and says what.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import msgspec

from fieldkit.core.records import Erased, PersonJoined, Record
from fieldkit.errors import BadBytes
from fieldkit.log.erasing import erased_by
from fieldkit.log.keys import VKey
from fieldkit.log.line import Line, Opening, check_plan
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.receipt import short_code
from fieldkit.log.unbundle import OpeningLines, Part, RecordLines
from fieldkit.log.verdict import earlier
from fieldkit.log.walk import Walk
from fieldkit.sync.central import certify, findings
from fieldkit.sync.central.replay import Kept

MOST = 4 << 20
"""Bytes of one member that are read ahead at most: some 16,000 records, parsed some 30 MB."""
KINDS = findings.STAYS | certify.KINDS
Rows = list[tuple[int, str | None, bytes]]
Codes = list[tuple[int, str]]
Tombs = dict[str, list[int]]


class Ready(msgspec.Struct):
    """A whole session that is well formed, walked from its first line, and folded under the plan with these bytes."""

    walk: Walk
    head: Line
    tombs: Tombs
    rows: list[tuple[Rows, Codes]]
    openings: list[list[tuple[int, bytes]]]
    look: findings.Look
    led: list[Record]
    plan: bytes

    def close(self) -> None:
        self.walk.close()


def read_ahead(part: Part, keys: Sequence[VKey]) -> Ready | None:
    """Read the session ahead if it is small and nothing is wrong with it. Whoever gets it closes it."""
    if part.wrong is not None or not part.read_ahead(MOST):
        return None
    walk = None
    with contextlib.suppress(BadBytes):  # `take` comes upon the same, and says so
        walk = Walk([part.checkpoint.size, *(one.size for one, _ in earlier(part, keys))])
        ready = _walked(part, walk)
        if ready is not None:
            return ready
    if walk is not None:
        walk.close()
    return None


def _walked(part: Part, walk: Walk) -> Ready | None:
    """Raises BadBytes."""
    head: Line | None = None
    kept, tombs, rows, openings = Kept(KINDS), Tombs(), list[tuple[Rows, Codes]](), list[list[tuple[int, bytes]]]()
    for some in part.log():
        assert isinstance(some, RecordLines)
        if walk.tree.size + len(some.lines) > part.checkpoint.size:
            return None
        read = walk.lines(*some, some.read, some.leaves)
        head = head or next(iter(read), None)
        kept.lines(read)
        rows.append(record_rows(read, some.lines, some.leaves, tombs))
    for one in part.openings():
        assert isinstance(one, OpeningLines)
        read_ = walk.openings(*one, one.read)
        kept.openings(read_)
        openings.append(opening_rows(read_, one.lines))
    plan = next((blob for sha256, blob in part.blobs() if sha256 == walk.plan), b"")
    if not kept.whole or head is None or not plan:
        return None
    check_plan(plan)
    look, records = findings.Look(part.checkpoint.origin, plan), kept.records()
    look.take(records, kept.m)
    look.stays()
    led = [one for one in records if isinstance(one.fact, certify.TELLS)]
    return Ready(walk, head, tombs, rows, openings, look, led, plan)


def record_rows(
    read: Sequence[Line], lines: Sequence[bytes], leaves: Sequence[bytes] | None, tombs: Tombs
) -> tuple[Rows, Codes]:
    """Records as they are stored: (index, x, line), (index, short code) of the arrivals; what they erase goes to
    `tombs`: why → indices. `leaves` where they are known."""
    rows, codes = Rows(), Codes()
    for n, (line, raw) in enumerate(zip(read, lines, strict=True)):
        rows.append((line.i, line.x, raw))
        if line.k == PersonJoined.kind:
            codes.append((line.i, short_code(leaves[n] if leaves is not None else leaf_hash(raw))))
        elif line.k == Erased.kind and (refs := erased_by(line)):
            tombs.setdefault(why_of(line), []).extend(refs)
    return rows, codes


def why_of(line: Line) -> str:
    why = line.d.get("why")
    return why[:20] if isinstance(why, str) and why else "other"


def opening_rows(read: Sequence[Opening], lines: Sequence[bytes]) -> list[tuple[int, bytes]]:
    return [(it.i, raw) for it, raw in zip(read, lines, strict=True)]
