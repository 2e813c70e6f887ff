"""Which logs a set has, whichever device of head office wrote them, and what they say.

A log is folded once: the fold stays in memory and gets the records that are new. It is used again only if the tree says
that it is the beginning of what is stored, and if as many private halves are there as were then: an erased name would
be shown once more. Nobody shares one: who works with a fold has it alone until they give it back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Set
from typing import NamedTuple

import msgspec

from fieldkit.core import blended
from fieldkit.core.plan import Activity
from fieldkit.core.session import Session
from fieldkit.core.state import Answer
from fieldkit.log.bulk import leaf_hashes, parse_records
from fieldkit.log.merkle import Frontier
from fieldkit.sync.central.desk import device
from fieldkit.sync.central.desk_said import devices
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.replay import plan_of, records_of
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_codes import CODE, set_key

MOST = 50_000
"""Records whose folds are kept at most: some 30 MB."""
IDLE_S = 600.0
"""So long a fold stays that nobody asked for: names are in it."""


class Office(NamedTuple):
    """Public keys (hex) of head office's devices: the one in use, and all that are believed, that one among them."""

    own: str
    all: frozenset[str]


def office_of(home: Home, now: int) -> Office:
    """`now`: Unix s. Raises NotPossible without a device in use."""
    trust = home.trust()
    own = device(home, trust, now).vkey.pub.hex()
    return Office(own, frozenset({own, *devices(home, trust)}))


async def logs_of(tx: Tx, key: str, pubs: Set[str]) -> list[Stored]:
    """The logs that are found by this key (`tx_codes.set_key`, or the short code of a pre-work) of head office's
    devices `pubs` alone: a laptop can write anything into a log of its own. A pre-work comes first, and then where
    another device went on with it."""
    found = await _coded(tx, key, pubs)
    if len(key) == CODE:
        found += [x for one in found for x in await _coded(tx, set_key(one.origin, blended.PREWORK), pubs)]
    return found


async def _coded(tx: Tx, key: str, pubs: Set[str]) -> list[Stored]:
    firsts = [await tx.stored(origin) for origin, i in await tx.coded(key) if i == 0]
    return [one for one in firsts if one is not None and one.device in pubs]


def answer_of(sessions: list[Session], badge: str, a: Activity, q: str) -> Answer | None:
    """What somebody answered last, in whichever of these logs."""
    at = [(one, who.p) for one in sessions if (who := one.shown(badge)) is not None]
    found = [answer for one, p in at if (answer := blended.answer_of(one, p, a, q)) is not None]
    return max(found, key=lambda answer: answer.t, default=None)


async def folded(tx: Tx, log: Stored) -> Session:
    return Session(origin=log.origin, plan=await plan_of(tx, log)).fold(await records_of(tx, log.origin))


# ---- kept ----------------------------------------------------------------------------------------------------


class Fold(msgspec.Struct):
    """A log as far as it was folded. `halves`, `tombs`: how many private halves were there, and how many erased."""

    session: Session
    size: int
    root: bytes
    frontier: bytes
    halves: int
    tombs: int
    given: float = 0.0


class Kept:
    """The folds of one process, which several threads take and give back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folds: list[Fold] = []
        """Who was given back last stands last."""

    def take(self, origin: str) -> Fold | None:
        with self._lock:
            for k in range(len(self._folds) - 1, -1, -1):
                if self._folds[k].session.origin == origin:
                    return self._folds.pop(k)
        return None

    def give(self, fold: Fold, now: float) -> None:
        fold.given = now
        with self._lock:
            self._folds.append(fold)
            while sum(one.size for one in self._folds) > MOST:
                self._folds.pop(0)

    def forget(self, origin: str) -> None:
        """What another thread gave back may be as old, with the name of somebody who was erased."""
        with self._lock:
            self._folds = [one for one in self._folds if one.session.origin != origin]

    def sweep(self, now: float) -> None:
        with self._lock:
            self._folds = [one for one in self._folds if now - one.given < IDLE_S]

    def __len__(self) -> int:
        return len(self._folds)


class Folds:
    """The folds of one request: each log is folded once at most, and given back when it ends (`close`)."""

    def __init__(self, kept: Kept | None = None, tick: Callable[[], float] = float) -> None:
        """`tick`: a steady clock, seconds."""
        self._kept, self._tick = Kept() if kept is None else kept, tick
        self._mine: dict[str, Fold] = {}
        self.read = 0
        """Records that were parsed."""

    async def of(self, tx: Tx, log: Stored) -> Session:
        """What the log says in this transaction. Raises DamagedData for another release's plan."""
        fold = self._mine.pop(log.origin, None) or self._kept.take(log.origin)
        halves, tombs = await tx.private_of(log.origin)
        if fold is None or not await self._caught_up(tx, fold, log, halves, tombs):
            self._kept.forget(log.origin)
            session = await folded(tx, log)
            self.read += log.size
            fold = Fold(session, log.size, log.root, log.frontier, halves, tombs)
        self._mine[log.origin] = fold
        return fold.session

    async def _caught_up(self, tx: Tx, fold: Fold, log: Stored, halves: int, tombs: int) -> bool:
        if fold.tombs != tombs or fold.size > log.size:
            return False
        if fold.size == log.size:
            return (fold.root, fold.halves) == (log.root, halves)
        lines, openings = await tx.lines_from(log.origin, fold.size), await tx.openings(log.origin, fold.size)
        tree = Frontier.from_bytes(fold.frontier)
        tree.extend(leaf_hashes(lines))
        if (tree.size, tree.root(), fold.halves + len(openings)) != (log.size, log.root, halves):
            return False
        fold.session.fold(parse_records([(line, openings.get(i)) for i, line in enumerate(lines, fold.size)]))
        self.read += len(lines)
        fold.size, fold.root, fold.frontier, fold.halves = log.size, log.root, log.frontier, halves
        return True

    def grown(self, log: Stored, halves: int) -> None:
        """What was applied to the session of this log is stored now, with so many private halves more."""
        fold = self._mine.get(log.origin)
        if fold is not None:
            fold.size, fold.root, fold.frontier = log.size, log.root, log.frontier
            fold.halves += halves

    def drop(self, origin: str) -> None:
        """Its session has something in it that is not stored."""
        self._mine.pop(origin, None)

    def close(self) -> None:
        for fold in self._mine.values():
            self._kept.give(fold, self._tick())
        self._mine = {}
