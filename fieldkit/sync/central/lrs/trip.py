"""One trip to a learning record store: what changed since the last one, in batches, each remembered when it is true.

    plan    a session that changed is folded; what is to be taken back is written down before anything is sent
    gather  statements of several sessions, until they are enough for a batch
    send    the batch is written down as on its way, sent, and what the store says of it is written down

So whatever ends the trip, the next one sends again at most the batch of which nobody heard; the ids make that harmless.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fieldkit.errors import BadBytes, DamagedData
from fieldkit.formats.xapi import stamp, voiding
from fieldkit.log import handed
from fieldkit.log.handed import Handed
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.lrs import changed, entries, memory
from fieldkit.sync.central.lrs.address import Store
from fieldkit.sync.central.lrs.alike import alike
from fieldkit.sync.central.lrs.entries import BACK, SENT, STANDING, TAKEN, Entry, sent_as
from fieldkit.sync.central.lrs.line import CONFLICT, LARGE, REFUSED, Line, Times
from fieldkit.sync.central.lrs.line import TAKEN as GOOD
from fieldkit.sync.central.lrs.memory import Kept
from fieldkit.sync.central.lrs.session import UNREADABLE, Makes, makes, todo
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.sheets import Sheets
from fieldkit.sync.central.tx_base import Lost
from fieldkit.sync.reach import Rest

BATCH, LEAST_BATCH, MOST_BATCH = 200, 100, 500
TOGETHER = 100
"""Sessions without anything to send that are remembered in one transaction."""
_STATE = {CONFLICT: entries.CONFLICT, REFUSED: entries.REFUSED, LARGE: entries.LARGE}
Json = dict[str, Any]


class Refused(msgspec.Struct, frozen=True):
    """A statement that the store did not take, under the id it was sent with."""

    origin: str
    id: str
    reason: str


class Trip(msgspec.Struct):
    """What one trip did. `sent`: statements that the store has taken; `voided`: taken back there; `batches`: requests
    with statements; `refused`: not taken, now or before; `left_out`: why → sessions; `sessions`: looked at."""

    sessions: int = 0
    sent: int = 0
    voided: int = 0
    batches: int = 0
    refused: list[Refused] = []
    left_out: dict[str, int] = {}


class Wish(msgspec.Struct, frozen=True):
    """`profile`: empty for the one a session's policy locks, else compliance. `again`: what was not taken is sent once
    more. `batch`: statements in one request. `dry`: nothing is sent and nothing written down."""

    profile: str = ""
    again: bool = False
    batch: int = BATCH
    dry: bool = False


class _Item(msgspec.Struct, frozen=True):
    """One statement on its way: of which session, its content id, and whether it takes that one back."""

    origin: str
    id: str
    statement: Json
    back: bool


class _Session(msgspec.Struct):
    """A session of which something is to be sent: what is remembered of it, its mark, and what is still to do."""

    kept: Kept
    mark: str
    left: int


class Forward:
    """One trip. `now`: central's clock, Unix seconds. `told`: what is waited for, in words. `trip` may be read at any
    time, also after an exception."""

    def __init__(
        self,
        home: Home,
        db: Database,
        to: Store,
        secret: str,
        now: Callable[[], int],
        wish: Wish | None = None,
        *,
        ca: Path | None = None,
        rest: Rest | None = None,
        times: Times | None = None,
        told: Callable[[str], None] = lambda said: None,
    ) -> None:
        self.trip = Trip(refused=[], left_out={})
        self._home, self._db, self._to, self._now = home, db, to, now
        self._wish = wish or Wish()
        self._turn = memory.Turn(db, home.org, to.url, secrets.token_hex(8))
        self._line = Line(to, secret, ca=ca, rest=rest, times=times, held=self._hold, told=told)
        self._by = home.office().name
        self._sheets: Sheets | None = None
        self._open: dict[str, _Session] = {}
        self._queue: list[_Item] = []
        self._what = f"xapi {self._wish.profile}".strip()
        self._handed: set[str] = set()
        """Sessions that a line of `handed.jsonl` says were told to this store."""
        self._settled: list[str] = []
        """Sessions of which there was nothing to send, to be remembered together."""
        self._later = False

    async def run(self) -> Trip:
        """Raises FieldkitError when it could not go to its end; NotPossible when it is another one's turn."""
        if self._wish.dry:
            await self._go()
            return self.trip
        await self._turn.take(self._now())
        try:
            async with self._line:
                await self._go()
        finally:
            await self._turn.give_back()
        return self.trip

    async def _go(self) -> None:
        for line in handed.read(self._home.path):
            if (line.kind, line.path, line.what) == (handed.FORWARD, self._to.url, self._what):
                self._handed.update(line.sessions)
        async with self._db.reading() as tx:
            lost = await memory.no_longer_stored(tx, self._to.url)
            also = set(await memory.not_taken(tx, self._to.url)) if self._wish.again else set()
        for origin in lost:
            await self._plan(origin, None, "", bool(also))
        await self._through(also)
        if self._later:  # what had to be taken back first
            await self._through(set())
        async with self._db.reading() as tx:
            found = await memory.not_taken(tx, self._to.url)
        self.trip.refused = [Refused(o, id, why) for o, every in found.items() for id, why in every.items()]

    async def _through(self, also: Container[str]) -> None:
        self._later = False
        async with self._db.reading() as tx:
            told = await changed.told(tx, self._home.trust(), self._wish.profile)
        self._sheets = Sheets(
            self._home, self._now()
        )  # after the marks: a mark may be older than what is sent, never newer
        async for stored, mark in changed.changed(self._db, told, self._to.url, also):
            await self._plan(stored.origin, stored, mark, stored.origin in also)
        while self._queue:
            await self._flush()
        await self._remember(self._settled)

    async def _hold(self) -> None:
        await self._turn.again(self._now())

    # -- plan ------------------------------------------------------------------------------------------------

    async def _plan(self, origin: str, stored: Stored | None, mark: str, again: bool) -> None:
        async with self._db.reading() as tx:
            known = await memory.kept(tx, origin, self._to.url)
            wished = Makes()
            if stored is not None and self._sheets is not None:
                self.trip.sessions += 1
                try:
                    wished = await makes(self._sheets, tx, stored, self._wish.profile)
                except (DamagedData, BadBytes):  # nothing of it is told, and the others go on
                    wished = Makes(left_out=UNREADABLE)
        if wished.left_out:
            self.trip.left_out[wished.left_out] = self.trip.left_out.get(wished.left_out, 0) + 1
        todos = todo(known, wished, self._now() * 1000, again)
        if self._wish.dry:
            self.trip.sent += len(todos.new)
            self.trip.voided += len(todos.back) + len(todos.doubt)
            return
        found = todos.kept.entries
        back = list(todos.back)
        for id in todos.doubt:
            if await self._line.get(sent_as(id, found[id].version)) is None:
                del found[id]
            else:
                back.append(id)
                found[id] = Entry(BACK, found[id].version)
        if todos.later or wished.left_out == UNREADABLE:
            mark, self._later = "", self._later or todos.later
        one = _Session(todos.kept, mark, len(back) + len(todos.new))
        self._open[origin] = one
        if not one.left:
            self._settled.append(origin)
            if len(self._settled) >= TOGETHER:
                await self._remember(self._settled)
            return
        if back:  # whatever happens from here on, these are not wished there any more
            await self._remember([origin])
        when = stamp(one.kept.begun)
        for id in back:
            target = sent_as(id, found[id].version)
            self._queue.append(_Item(origin, id, voiding(origin, target, self._by, when), True))
        for id in todos.new:
            version = found[id].version if id in found else one.kept.version
            statement = wished.statements[id] | {"id": sent_as(id, version)}
            self._queue.append(_Item(origin, id, statement, False))
        while len(self._queue) >= self._wish.batch:
            await self._flush()

    # -- send ------------------------------------------------------------------------------------------------

    async def _flush(self) -> None:
        items, self._queue = self._queue[: self._wish.batch], self._queue[self._wish.batch :]
        origins = sorted({item.origin for item in items})
        new = [origin for origin in origins if origin not in self._handed]
        if new:  # before it goes: a crash may leave a line about what did not go, never the other way round
            line = Handed(self._now() * 1000, handed.FORWARD, self._to.url, self._what, "", new)
            handed.note(self._home.path, line)
            self._handed.update(new)
        for item in items:
            if not item.back:
                kept = self._open[item.origin].kept
                kept.entries.setdefault(item.id, Entry(SENT, kept.version))
        await self._remember(origins)
        await self._send(items)

    async def _send(self, items: list[_Item], again: bool = False) -> None:
        """Halved until what the store does not take stands alone: the rest goes on. `again`: the store has passed these
        over once, without a word about them."""
        self.trip.batches += 1
        verdict, unnamed = await self._line.post([item.statement for item in items])
        if verdict == GOOD:
            left = [item for item in items if item.statement["id"] in unnamed]
            await self._settle([(item, None) for item in items if item.statement["id"] not in unnamed])
            if left and not again:
                await self._send(left, again=True)
            else:
                await self._settle([(item, await self._passed_over(item)) for item in left])
        elif len(items) > 1:
            middle = len(items) // 2
            await self._send(items[:middle], again)
            await self._send(items[middle:], again)
        else:
            (item,) = items
            if verdict == CONFLICT:
                theirs = await self._line.get(item.statement["id"])
                if theirs is not None and alike(item.statement, theirs):
                    verdict = GOOD
            await self._settle([(item, None if verdict == GOOD else _STATE[verdict])])

    async def _passed_over(self, item: _Item) -> int | None:
        """What became of a statement that was sent twice and never named: some stores name only what is new to them."""
        theirs = await self._line.get(item.statement["id"])
        return None if theirs is not None and alike(item.statement, theirs) else entries.REFUSED

    async def _settle(self, done: Iterable[tuple[_Item, int | None]]) -> None:
        """Write down what became of these: None is taken, else a state of `entries`."""
        touched: set[str] = set()
        count: Counter[str] = Counter()
        for item, state in done:
            one = self._open[item.origin]
            known = one.kept.entries
            if state is not None:
                state = entries.STAYS if item.back else state
                known[item.id] = Entry(state, known[item.id].version)
                self.trip.refused.append(Refused(item.origin, item.statement["id"], STANDING[state]))
            elif item.back:
                del known[item.id]
                count["voided"] += 1
            else:
                known[item.id] = Entry(TAKEN, known[item.id].version)
                count["sent"] += 1
            one.left -= 1
            touched.add(item.origin)
        await self._remember(sorted(touched))
        self.trip.sent += count["sent"]
        self.trip.voided += count["voided"]

    async def _remember(self, origins: Sequence[str]) -> None:
        """On disk when it returns; a session of which all is settled is let go of, under its mark."""
        if not origins or self._wish.dry:
            return
        try:
            async with self._db.transaction() as tx:
                await self._turn.hold(tx, self._now())
                for origin in origins:
                    one = self._open[origin]
                    kept = msgspec.structs.replace(one.kept, seen="" if one.left else one.mark)
                    await memory.keep(tx, origin, self._to.url, kept, self._now() * 1000)
        except Lost as lost:
            raise memory.gone() from lost
        for origin in origins:
            if not self._open[origin].left:
                del self._open[origin]
        self._settled = [origin for origin in self._settled if origin in self._open]
