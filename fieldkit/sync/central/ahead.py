"""What can be done with a session before its turn at the database: reading, parsing, hashing, the tree, and the fold of
who was there when.

Nobody else writes while one session is taken in, so whatever needs no answer of the database is done before, in this
process or in another one (`checker`): what comes out is plain bytes and numbers, and the lines are parsed no second
time. It decides nothing: where something is wrong, `take` reads the same part again and says what.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

import msgspec

from fieldkit.core.records import Erased
from fieldkit.errors import BadBytes
from fieldkit.log.bulk import split_lines
from fieldkit.log.erasing import erased_by
from fieldkit.log.keys import VKey
from fieldkit.log.line import Line, Opening, check_plan
from fieldkit.log.merkle import HASH
from fieldkit.log.note import Checkpoint, parse_checkpoint, split_note
from fieldkit.log.unbundle import OpeningLines, Part, RecordLines
from fieldkit.log.verdict import earlier
from fieldkit.log.walk import Walk
from fieldkit.sync.central import certify, findings
from fieldkit.sync.central.replay import Kept
from fieldkit.sync.central.tx_codes import codes_of

MOST = 4 << 20
"""Bytes of one member that are read ahead at most: some 16,000 records, parsed some 30 MB."""
KINDS = findings.STAYS | certify.KINDS
Row = tuple[str, int, str | None, bytes]
"""A record as it is stored: (origin, index, x, line)."""
Codes = list[tuple[int, str]]
Tombs = dict[str, list[int]]


class Ready(msgspec.Struct, frozen=True, array_like=True):
    """A whole session that is well formed and leads to its checkpoints, walked from its first line and folded."""

    plan: str
    """SHA-256 (hex) of the plan that its `session.open` names, which is among `blobs` and keeps its profile."""
    frontier: bytes
    leaves: bytes
    """The leaf hash of every record, one after another."""
    log: list[bytes]
    """The record lines, as chunks of whole lines."""
    xs: list[str | None]
    codes: Codes
    tombs: list[tuple[int, str, list[int]]]
    """(index, why, what it erases) of every record that erases."""
    openings: list[bytes]
    opened: list[int]
    """The index of every opening."""
    blobs: list[tuple[str, bytes]]
    look: findings.Found
    led: tuple[list[str], str]
    """`certify.trainers` of it."""

    def head(self) -> bytes:
        """The first record's line."""
        return self.log[0].partition(b"\n")[0]

    def rows(self, origin: str, first: int) -> list[Row]:
        """The records from index `first` on."""
        lines = [line for chunk in self.log for line in split_lines(chunk)]
        return list(zip(repeat(origin), range(first, len(lines)), self.xs[first:], lines[first:], strict=False))

    def opening_rows(self) -> list[tuple[int, bytes]]:
        lines = [line for chunk in self.openings for line in split_lines(chunk)]
        return list(zip(self.opened, lines, strict=True))

    def erases(self, first: int) -> Tombs:
        """Why → what the records from index `first` on erase."""
        tombs = Tombs()
        for i, why, refs in self.tombs:
            if i >= first:
                tombs.setdefault(why, []).extend(refs)
        return tombs

    def roots(self, sizes: Iterable[int]) -> dict[int, bytes]:
        """The root at each of these sizes, as far as the session goes."""
        walk = Walk(sizes)
        if any(sizes):
            walk.grow([self.leaves[at : at + HASH] for at in range(0, len(self.leaves), HASH)])
        walk.close()
        return walk.roots


class Checked(msgspec.Struct, frozen=True, array_like=True, tag="session"):
    """One session of a bundle that was read ahead elsewhere, in place of its `Part`."""

    note: bytes
    notes: list[bytes]
    """The earlier checkpoints that travel with it."""
    ready: Ready

    @property
    def wrong(self) -> BadBytes | None:
        return None

    @property
    def checkpoint(self) -> Checkpoint:
        return parse_checkpoint(split_note(self.note)[0])

    def signed(self) -> list[bytes]:
        return self.notes


def read_ahead(part: Part, keys: Sequence[VKey]) -> Ready | None:
    """Read the session ahead if it is small and nothing is wrong with it."""
    if part.wrong is not None or not part.read_ahead(MOST):
        return None
    with contextlib.suppress(BadBytes):  # `take` comes upon the same, and says so
        signed = [one for one, _ in earlier(part, keys)]
        with contextlib.closing(Walk([part.checkpoint.size, *(one.size for one in signed)])) as walk:
            return _walked(part, walk, signed)
    return None


def _walked(part: Part, walk: Walk, signed: Sequence[Checkpoint]) -> Ready | None:
    """Raises BadBytes."""
    kept, log, leaves, openings, opened = Kept(KINDS), list[bytes](), list[bytes](), list[bytes](), list[int]()
    xs, codes, tombs = list[str | None](), Codes(), list[tuple[int, str, list[int]]]()
    for some in part.log():
        assert isinstance(some, RecordLines)
        if walk.tree.size + len(some.lines) > part.checkpoint.size:
            return None
        read = walk.lines(*some, some.read, some.leaves)
        kept.lines(read)
        log.append(some.chunk)
        leaves += some.leaves
        xs += [line.x for line in read]
        codes += codes_of(read, some.leaves)
        tombs += tombs_of(read)
    for one in part.openings():
        assert isinstance(one, OpeningLines)
        read_ = walk.openings(*one, one.read)
        kept.openings(read_)
        openings.append(one.chunk)
        opened += [it.i for it in read_]
    blobs = list(part.blobs())
    plan = next((blob for sha256, blob in blobs if sha256 == walk.plan), b"")
    if not kept.whole or not log or not plan or walk.plan is None:
        return None
    _good_plan(plan)
    walk.leads_to(part.checkpoint, signed)
    look, records = findings.Look(part.checkpoint.origin, plan), kept.records()
    look.take(records, kept.m)
    return Ready(
        plan=walk.plan,
        frontier=walk.tree.to_bytes(),
        leaves=b"".join(leaves),
        log=log,
        xs=xs,
        codes=codes,
        tombs=tombs,
        openings=openings,
        opened=opened,
        blobs=blobs,
        look=look.found(),
        led=certify.trainers(records),
    )


@functools.lru_cache(maxsize=8)
def _good_plan(raw: bytes) -> None:
    """Many sessions run the same plan: it is judged once. Raises BadBytes."""
    check_plan(raw)


def tombs_of(read: Iterable[Line]) -> Iterator[tuple[int, str, list[int]]]:
    """(index, why, what it erases) of the records that erase."""
    for line in read:
        if line.k == Erased.kind and (refs := erased_by(line)):
            why = line.d.get("why")
            yield line.i, why[:20] if isinstance(why, str) and why else "other", list(refs)


def opening_rows(read: Sequence[Opening], lines: Sequence[bytes]) -> list[tuple[int, bytes]]:
    return [(it.i, raw) for it, raw in zip(read, lines, strict=True)]
