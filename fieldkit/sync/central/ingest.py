"""Taking bundles in, by docs/log-format.md "Ingest": one transaction a session, and every session gets an answer.

    stored    new, or longer than what was here            held      nothing is stored until somebody decides
    already   exactly what was here                        fork      the laptop signed two histories
    older     an earlier copy of what is here              refused   these bytes are not what they claim to be

The first three are *taken*. Whatever is not taken keeps its file on the shelf with the reason, and changes nothing that
is stored. One bad session never stops the next. The same file again gives the same answers, in any order, from any
number of processes at once: the database's write lock makes them wait, and the head moves by compare-and-set.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log.archive import BadArchive
from fieldkit.log.seal import Keys, opened
from fieldkit.log.trust import TrustList
from fieldkit.log.unbundle import Bundle, Part
from fieldkit.sync.central import findings, held
from fieldkit.sync.central.home import Home, known_keys
from fieldkit.sync.central.rows import Arrival, Finding
from fieldkit.sync.central.sqlite import Database
from fieldkit.sync.central.take import Fork, Held, Judge, Outcome

SWEEP_AFTER = 86_400
"""Seconds after which a copy that a crash left in the spool is deleted."""


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

    @classmethod
    async def open(cls, home: Home, words: str = "") -> Self:
        """`words`: what bundles from before an enrolment are sealed to, as they were told to head office."""
        trust = home.trust()
        return cls(home, await home.database(), trust, Keys(home.identities(), words))

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
        if self.trust.expired(now):
            raise FieldkitError(
                "Central's trust list has expired; nothing is taken until root signs it again.",
                "Run: fieldkit central trust sign --home DIR",
            )
        held.sweep(self.home.spool, now - SWEEP_AFTER)
        with held.spooled(self.home.spool, stream, name) as copy:
            outcomes = await self._parts(copy, now)
            if all(one.taken for one in outcomes):
                held.unshelve(self.home.held, copy.sha256)
            else:
                held.shelve(self.home.held, copy)
        async with self.db.transaction() as tx:
            await tx.drop_arrivals(copy.sha256, [one.origin or "" for one in outcomes])
        return outcomes

    async def again(self, now: int) -> list[Outcome]:
        """Judge every file on the shelf again."""
        out: list[Outcome] = []
        for path in held.shelved(self.home.held):
            out += await self.file(path, now)
        return out

    async def _parts(self, copy: held.Spooled, now: int) -> list[Outcome]:
        out: list[Outcome] = []
        try:
            if copy.too_large:
                raise BadArchive("too-large", "the file is larger than a bundle may be")
            with copy.path.open("rb") as raw, opened(raw, self.unseal) as plain:
                for part in Bundle(plain):
                    one, ended = await self._session(part, copy, now)
                    out.append(one)
                    if ended:
                        return out
            if not out:
                raise BadArchive("no-session", "the bundle holds no session")
        except BadArchive as error:
            # What was committed before the damage stays.
            out.append(Outcome(None, None, "refused", error.reason, copy.name, error.detail))
            await self._note(copy, out[-1], None, now)
        return out

    async def _note(self, copy: held.Spooled, one: Outcome, checkpoint: bytes | None, now: int) -> None:
        async with self.db.transaction() as tx:
            await tx.put_arrival(_arrival(copy, one, checkpoint, now))

    # -- one session -----------------------------------------------------------------------------------------

    async def _session(self, part: Part, copy: held.Spooled, now: int) -> tuple[Outcome, bool]:
        """What became of one session, and whether the archive ends here because it is damaged."""
        at = part.checkpoint
        origin, size = (at.origin, at.size) if part.wrong is None else (None, None)
        fork: Fork | None = None
        ended = False
        try:
            if part.wrong is not None:
                raise part.wrong
            device = self.judge.device(at, part.note)
            async with self.db.transaction() as tx:
                one, erased = await self.judge.take(tx, part, at, device, now)
                await tx.put_arrival(_arrival(copy, one, part.note, now))
            if erased:
                await self.db.forget_pages()
            return one, False
        except Held as error:
            one = Outcome(origin, size, "held", error.reason, copy.name)
        except Fork as error:
            fork, one = error, Outcome(origin, size, "fork", "fork", copy.name)
        except BadBytes as error:
            ended = isinstance(error, BadArchive)
            one = Outcome(origin, size, "refused", error.reason, copy.name, error.detail)
        async with self.db.transaction() as tx:
            if fork is not None and not await tx.findings(at.origin, findings.FORK):
                detail = findings.fork_detail(fork.stored, at.size, at.root, part.note)
                await tx.put_finding(Finding(at.origin, findings.FORK, at.root.hex(), detail, now * 1000))
            await tx.put_arrival(_arrival(copy, one, part.note, now))
        return one, ended


def _arrival(copy: held.Spooled, one: Outcome, checkpoint: bytes | None, now: int) -> Arrival:
    return Arrival(one.origin or "", copy.sha256, copy.name, one.size, checkpoint, one.result, one.reason, now * 1000)
