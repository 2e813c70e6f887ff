"""Taking bundles in, by docs/log-format.md "Ingest": one transaction a session, and every session gets an answer.

    stored    new, or longer than what was here            held      nothing is stored until somebody decides
    already   exactly what was here                        fork      the laptop signed two histories
    older     an earlier copy of what is here              refused   these bytes are not what they claim to be

The first three are *taken*. Whatever is not taken keeps its file on the shelf with the reason, and changes nothing that
is stored. One bad session never stops the next. The same file again gives the same answers, in any order, from any
number of processes at once: the database's write lock makes them wait, and the head moves by compare-and-set.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self

import msgspec

from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log.archive import BadArchive
from fieldkit.log.names import split_origin
from fieldkit.log.note import Checkpoint
from fieldkit.log.seal import Keys, opened
from fieldkit.log.trust import TrustList
from fieldkit.log.unbundle import Bundle, Part
from fieldkit.log.windows import REASON_OF
from fieldkit.sync.central import erased_people, findings, forgotten, held, shelf_people, tombs
from fieldkit.sync.central.ahead import Checked, read_ahead
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.door import held_limit
from fieldkit.sync.central.histories import root_in
from fieldkit.sync.central.home import Home, known_keys
from fieldkit.sync.central.rows import Arrival, Finding
from fieldkit.sync.central.take import Fork, Held, Judge, Outcome
from fieldkit.sync.central.tx_base import Again

TRIES = 4
"""How often a file is read while the database takes its sessions back."""
TOGETHER = 200
"""So many sessions of a file that change nothing are written down at once; each with its checkpoint, 64 KiB at most."""
SWEEP_AFTER = 86_400
"""Seconds after which a copy that a crash left in the spool is deleted."""


class Ahead(Protocol):
    """The sessions of a file, in order, as far as they were read ahead elsewhere. Iterating raises BadArchive where the
    file is not to be read on."""

    whole: bool
    """In the end: there are no others, and the file ends as a bundle does."""

    def __aiter__(self) -> AsyncIterator[Checked]: ...


class ListExpired(FieldkitError):
    """Central's trust list has run out: nothing is taken."""


class Intake:
    """Central, ready to take files. Its trust list and keys are those of the moment it was opened."""

    def __init__(self, home: Home, db: Database, trust: TrustList, unseal: Keys) -> None:
        self.home = home
        self.db = db
        self.trust = trust
        self.unseal = unseal
        self.central = home.central()
        self.office = home.office()
        self.judge = Judge(trust, known_keys(trust, [self.central.vkey]), self.central)
        self._swept = False
        self._late: list[Arrival] = []
        """What is not yet written down of the file that is being read."""

    @classmethod
    async def open(cls, home: Home, words: str = "") -> Self:
        """On a loop that does nothing else meanwhile. `words`: what bundles from before an enrolment are sealed to, as
        they were told to head office."""
        trust, unseal = home.trust(), Keys(home.identities(), words)
        db = await home.database()
        try:
            await db.settle()
            db.engine.alone()
            return cls(home, db, trust, unseal)
        except BaseException:
            await db.close()
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, what: Any, at: TracebackType | None) -> None:
        await self.db.close()

    # -- files -----------------------------------------------------------------------------------------------

    async def file(self, path: Path, now: int) -> list[Outcome]:
        """Take one bundle file; `now` is central's clock in Unix seconds. The file itself is left alone."""
        with path.open("rb") as stream:
            return await self.stream(stream, path.name, now)

    async def stream(self, stream: BinaryIO, name: str, now: int) -> list[Outcome]:
        """Take one bundle from a stream. Raises FieldkitError when the trust list has run out, or the disk refuses."""
        self._in_force(now)
        with self.copy(stream, name, now) as copy:
            return await self.spooled(copy, now)

    def copy(self, stream: BinaryIO, name: str, now: int) -> contextlib.AbstractContextManager[held.Spooled]:
        """Central's own copy of a stream. Raises OSError when it cannot be read, FieldkitError for our disk."""
        if not self._swept:  # before there are copies of ours
            held.sweep(self.home.spool, now - SWEEP_AFTER)
            self._swept = True
        return held.spooled(self.home.spool, stream, name)

    async def spooled(self, copy: held.Spooled, now: int, ahead: Ahead | None = None) -> list[Outcome]:
        """Take such a copy. `ahead`: its sessions, as far as they were read ahead elsewhere. Raises as `stream`."""

        def room(size: int) -> bool:
            return held.weight(self.home.held) + size <= held_limit(self.home)

        try:
            return await self.copied(copy, now, room, ahead)
        except held.ShelfFull as full:
            return [one if one.taken else _no_room(one, copy.name) for one in full.outcomes]

    async def copied(
        self,
        copy: held.Spooled,
        now: int,
        room: Callable[[int], bool] = lambda size: True,
        ahead: Ahead | None = None,
    ) -> list[Outcome]:
        """Take a copy. `room(size)`: whether a file of this many bytes may go on the shelf.

        Raises ShelfFull when it may not; then nothing says that the file ever came, and sessions of it that could be
        taken are taken. Else raises as `stream`.
        """
        self._in_force(now)
        outcomes = await self._read(copy, now, ahead)
        told = [one.origin or "" for one in outcomes]
        full = False
        haunted = await self._haunted(outcomes)
        if haunted:
            tombs.mark(self.home)
        if all(one.taken for one in outcomes):
            held.unshelve(self.home.held, copy.sha256)
        elif held.shelf_path(self.home.held, copy.sha256).exists() or room(copy.size()):
            held.shelve(self.home.held, copy)
        else:
            full, told = True, []
        if full or copy.came is None or copy.came - set(told):
            async with self.db.transaction() as tx:
                await tx.drop_arrivals(copy.sha256, told)
        if full:
            raise held.ShelfFull(
                "The place for files that wait for a person is full.", "Look at central findings.", outcomes
            )
        if haunted:
            await tombs.settle(self.home, self.db, now)
        if not all(one.taken for one in outcomes):
            await shelf_people.sweep(self.home, self.db, copy.sha256)
        return outcomes

    async def _haunted(self, outcomes: Iterable[Outcome]) -> bool:
        """Whether the file goes on the shelf and may hold somebody who was erased."""
        here = [one.origin for one in outcomes if one.origin is not None]
        if all(one.taken for one in outcomes):
            return False
        async with self.db.transaction() as tx:
            return any([await tx.tombs(origin) for origin in here])

    def _in_force(self, now: int) -> None:
        if self.trust.expired(now):
            raise ListExpired(
                "Central's trust list has expired; nothing is taken until root signs it again.",
                "Run: fieldkit central trust sign --home DIR",
            )

    async def again(self, now: int, only: Iterable[str] | None = None) -> list[Outcome]:
        """Judge every file on the shelf again, or `only` those with these hashes."""
        out: list[Outcome] = []
        wanted = None if only is None else set(only)
        for path in held.shelved(self.home.held):
            if wanted is None or path.stem in wanted:
                with contextlib.suppress(FileNotFoundError):  # another ingest has taken it meanwhile
                    out += await self.file(path, now)
        return out

    async def _read(self, copy: held.Spooled, now: int, ahead: Ahead | None) -> list[Outcome]:
        """What became of each session of a file; read once more where the database took one back because of another
        process. What was stored before that stays, and is told as it became."""
        before: dict[tuple[str | None, int | None], Outcome] = {}
        for left in reversed(range(TRIES)):
            out: list[Outcome] = []
            self._late = []
            try:
                await self._parts(copy, now, out, ahead)
                await self._write_late()
                return [before.get((one.origin, one.size), one) if one.result == "already" else one for one in out]
            except Again:
                if not left:
                    raise
                before |= {(one.origin, one.size): one for one in out if one.result == "stored"}
                ahead = None
        raise AssertionError("a last try returns or raises")

    async def _parts(self, copy: held.Spooled, now: int, out: list[Outcome], ahead: Ahead | None) -> None:
        try:
            if copy.too_large:
                raise BadArchive("too-large", "the file is larger than a bundle may be")
            if ahead is not None:
                async for session in ahead:
                    out.append((await self._session(session, copy, now))[0])
                if ahead.whole:
                    return
            done = len(out)
            with copy.opened() as raw, opened(raw, self.unseal) as plain:
                for n, part in enumerate(Bundle(plain)):
                    if n < done:
                        continue
                    one, ended = await self._session(part, copy, now)
                    out.append(one)
                    if ended:
                        return
            if not out:
                raise BadArchive("no-session", "the bundle holds no session")
        except BadArchive as error:
            # What was committed before the damage stays.
            out.append(Outcome(None, None, "refused", error.reason, copy.name, error.detail))
            await self._note(copy, out[-1], None, now)

    async def _evidence(self, at: Checkpoint) -> bool:
        """Whether this is a history that somebody has decided against, or its beginning, by its file."""
        async with self.db.transaction() as tx:
            found = await tx.findings(at.origin, findings.RESOLVED)
        if any(one.other == at.root.hex() for one in found):
            return True
        settled = [one.detail for one in found]
        for one in settled:
            path = held.shelf_path(self.home.held, str(one.get("file") or "none"))
            if at.size < one["other"]["size"] and root_in(path, self.unseal, at.origin, at.size) == at.root:
                return True
        return False

    async def _note(self, copy: held.Spooled, one: Outcome, checkpoint: bytes | None, now: int) -> None:
        """Write down what became of a session that changed nothing else, with the next ones: a small file from a laptop
        on no list may hold 10,000, and a commit of its own for each would keep the others waiting for minutes."""
        self._late.append(_arrival(copy, one, checkpoint, now))
        if len(self._late) >= TOGETHER:
            await self._write_late()

    async def _write_late(self) -> None:
        late, self._late = self._late, []
        if late:
            async with self.db.transaction() as tx:
                for one in late:
                    await tx.put_arrival(one)

    # -- one session -----------------------------------------------------------------------------------------

    async def _session(self, part: Part | Checked, copy: held.Spooled, now: int) -> tuple[Outcome, bool]:
        """What became of one session, and whether the archive ends here because it is damaged."""
        at = part.checkpoint
        origin, size = (at.origin, at.size) if part.wrong is None else (None, None)
        fork: Fork | None = None
        ended = False
        try:
            if part.wrong is not None:
                raise part.wrong
            device = self.judge.device(at, part.note)
            ready = read_ahead(part, self.judge.keys) if isinstance(part, Part) else part.ready
            async with self.db.transaction() as tx:
                copy.came = await tx.look(at.origin, device.vkey.pub.hex(), split_origin(at.origin).seq, copy.sha256)
                before = await tx.stored(at.origin)
                one, erased = await self.judge.take(tx, part, at, device, now, ready)
                erased |= await erased_people.follow(tx, at.origin, before.size if before is not None else 0, now)
                erased |= await forgotten.again(self.home, tx, at.origin, now)
                await tx.put_arrival(_arrival(copy, one, part.note, now))
                if erased:
                    tombs.mark(self.home)
            if erased:
                await tombs.settle(self.home, self.db, now)
            return one, False
        except Held as error:
            one = Outcome(origin, size, "held", error.reason, copy.name)
            if error.reason in REASON_OF.values() and await self._evidence(at):
                one = Outcome(origin, size, "fork", findings.KNOWN_FORK, copy.name)
        except Fork as error:
            known = error.known or await self._evidence(at)
            fork = None if known else error
            one = Outcome(origin, size, "fork", findings.KNOWN_FORK if known else "fork", copy.name)
        except BadBytes as error:
            ended = isinstance(error, BadArchive)
            one = Outcome(origin, size, "refused", error.reason, copy.name, error.detail)
        if fork is None:
            await self._note(copy, one, part.note, now)
            return one, ended
        async with self.db.transaction() as tx:
            if not await tx.findings(at.origin, findings.FORK):
                detail = findings.fork_detail(fork.stored, at.size, at.root, part.note)
                await tx.put_finding(Finding(at.origin, findings.FORK, at.root.hex(), detail, now * 1000))
            await tx.put_arrival(_arrival(copy, one, part.note, now))
        return one, ended


def _no_room(one: Outcome, name: str) -> Outcome:
    why = f"it would have to wait for a person ({one.reason}), and there is no room for more of those"
    return msgspec.structs.replace(one, result="refused", reason="held-full", file=name, detail=why)


def _arrival(copy: held.Spooled, one: Outcome, checkpoint: bytes | None, now: int) -> Arrival:
    return Arrival(one.origin or "", copy.sha256, copy.name, one.size, checkpoint, one.result, one.reason, now * 1000)
