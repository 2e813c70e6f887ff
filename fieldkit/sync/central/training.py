"""Everybody's training, or some people's, out of the database: as the digest keeps it, or each session folded anew.

A session of which two histories wait for a decision says nothing until somebody has chosen; one that cannot be folded
is named. Memory grows with sessions, with people and with what they did for the programs asked about, not with records.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.erasing import erased
from fieldkit.core.office import corrected, ref_of
from fieldkit.core.plan import Plan
from fieldkit.core.program import Program
from fieldkit.core.register import HOPS, Register
from fieldkit.core.session import Session
from fieldkit.core.taught import facts
from fieldkit.errors import BadBytes, DamagedData, FieldkitError
from fieldkit.sync.central import findings
from fieldkit.sync.central.desk_said import PLAN_SHA256, desks, devices, every_record, said_about
from fieldkit.sync.central.home import Home, known_keys
from fieldkit.sync.central.replay import plan_of, records_of
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.vouched import Pair, vouched

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.tx import Tx

AT_ONCE = 100
"""Sessions that are read in one look at the database, so that no look is a long one."""
Said = dict[str, list[Pair]]
"""Session → (office's log, record) about it."""


class Trained(msgspec.Struct, frozen=True):
    """What all sessions say. `forked`: those of which nobody has chosen the history; `unread`: origin → why."""

    register: Register
    sessions: int
    forked: tuple[str, ...]
    unread: dict[str, str]


async def train(
    home: Home,
    db: Database,
    programs: Iterable[Program],
    now: int | None = None,
    each: Callable[[Session], None] | None = None,
    badges: Collection[str] | None = None,
) -> Trained:
    """What every session that is stored says to these programs, in force or not. `now`: Unix s, head office's clock.

    With `each`, or without `now`, everything is folded anew; `each` is shown every session that can be folded, those of
    which two histories wait and those that go on included. With `badges` (upper case, without blanks around) and `now`
    no more is read than all of these people: their standings come out as of everybody, those of others may lack
    something; `each` is shown every session on whose sheet one of them is, and some others. Raises FieldkitError
    (database), DamagedData (the trust list or a program).
    """
    if badges is not None and (now is None or any("\0" in one or not _is_text(one) for one in badges)):
        badges = None  # what no database can be asked for
    if each is None and now is not None:
        return await _kept(home, db, programs, now, badges)
    return await _anew(home, db, programs, now, each, badges)


def _is_text(text: str) -> bool:
    """Not what a terminal gave for bytes that are no UTF-8."""
    return not any("\ud800" <= c <= "\udfff" for c in text)


async def _kept(
    home: Home, db: Database, programs: Iterable[Program], now: int, badges: Collection[str] | None
) -> Trained:
    from fieldkit.sync.central.digest import lists, whose, work
    from fieldkit.sync.central.digest.sums import unsaid

    await work.catch_up(home, db, now, people=badges is None)
    if badges is None:
        register = Register(programs)
        taken = await lists.gather(db, register)
    async with db.reading() as tx:
        lacking = await unsaid(tx)
        if badges is not None:
            register, taken = await whose.register_of_badges(tx, tuple(programs), badges)
    return Trained(register, taken, lacking.forked, lacking.unread)


async def _anew(
    home: Home,
    db: Database,
    programs: Iterable[Program],
    now: int | None,
    each: Callable[[Session], None] | None,
    badges: Collection[str] | None,
) -> Trained:
    from fieldkit.sync.central.digest import whose

    only = await whose.may_be_in(home, db, badges, now) if badges is not None and now is not None else None
    async with db.reading() as tx:
        every = await tx.sessions() if only is None else await _stored(tx, only)
        said = await _said(tx, home) if only is None else None
        open_forks = {one.origin for one in await tx.findings(code=findings.FORK)}
    anew = _Anew(home, db, Register(programs), now, each, said, open_forks)
    await anew.read(every)
    for _ in range(HOPS if only is not None else 0):
        async with db.reading() as tx:
            more = await _stored(tx, anew.made_up())
        if not more:
            break
        await anew.read(more)
    return Trained(anew.register, anew.taken, tuple(sorted(anew.forked)), anew.unread)


class _Anew:
    """Sessions, folded one after the other. `said`: what head office said of each; None: it is asked for each."""

    def __init__(
        self,
        home: Home,
        db: Database,
        register: Register,
        now: int | None,
        each: Callable[[Session], None] | None,
        said: Said | None,
        open_forks: set[str],
    ) -> None:
        self._home, self._db, self._now, self._each = home, db, now, each
        self._said, self._open_forks = said, open_forks
        self._pubs = devices(home, home.trust())
        self._plans: dict[str, Plan] = {}
        self._seen: set[str] = set()
        self.register = register
        self.forked: list[str] = []
        self.unread: dict[str, str] = {}
        self.taken = 0

    def made_up(self) -> set[str]:
        """The sessions that were made up in those which were read, and have not been read."""
        return {one.makes_up for one in self.register.sessions.values() if one.makes_up} - self._seen

    async def read(self, every: Sequence[Stored]) -> None:
        self._seen.update(one.origin for one in every)
        some = [one for one in every if one.plan != PLAN_SHA256]
        for at in range(0, len(some), AT_ONCE):
            async with self._db.reading() as tx:
                for stored in some[at : at + AT_ONCE]:
                    await self._one(tx, stored)

    async def _one(self, tx: Tx, stored: Stored) -> None:
        if stored.origin in self._open_forks:
            self.forked.append(stored.origin)
            if self._each is None:
                return
        about = await self._about(tx, stored.origin)
        try:
            session = await _folded(tx, self._home, stored, about, self._plans, self._now)
            if self._each is not None:
                self._each(session)
            found = facts(session, self.register.wanted) if stored.origin not in self._open_forks else None
        except FieldkitError as wrong:
            if not isinstance(wrong, DamagedData):
                raise
            self.unread[stored.origin] = "plan"
        except Exception as wrong:  # noqa: BLE001 - as in `findings.Look`: it may break any rule of ours
            self.unread[stored.origin] = wrong.reason if isinstance(wrong, BadBytes) else type(wrong).__name__
        else:
            if found is not None:
                self.register.add(found)
                self.taken += 1

    async def _about(self, tx: Tx, origin: str) -> list[Pair]:
        if self._said is not None:
            return self._said.get(origin, [])
        return await said_about(tx, origin, self._pubs)


async def _folded(
    tx: Tx, home: Home, stored: Stored, about: Sequence[Pair], plans: dict[str, Plan], now: int | None
) -> Session:
    plan = plans.get(stored.plan)
    if plan is None:
        plan = plans[stored.plan] = await plan_of(tx, stored)
    session = Session(origin=stored.origin, plan=plan).fold(await records_of(tx, stored.origin))
    if about:
        trust = home.trust()
        corrected(
            session, await vouched(tx, stored, about, known_keys(trust, [home.central().vkey]), trust.revoked(now))
        )
    gone = [i for _, i, _ in await tx.tombs(stored.origin)]
    if gone:
        erased(session, gone)
    return session


async def _stored(tx: Tx, origins: Iterable[str]) -> list[Stored]:
    """Those of these that are stored, in the order of `Tx.sessions`."""
    found = [one for origin in origins if (one := await tx.stored(origin)) is not None]
    return sorted(found, key=lambda one: (one.device, one.seq, one.origin))


async def _said(tx: Tx, home: Home) -> Said:
    """What head office's own logs say, by session: each is read once, not once a session."""
    pubs = devices(home, home.trust())
    ours = {one.origin for one in await desks(tx) if one.device in pubs}
    out: Said = {}
    for log, record in await every_record(tx):
        ref = ref_of(record)
        if log in ours and ref is not None and ref.o:
            out.setdefault(ref.o, []).append((log, record))
    return out
