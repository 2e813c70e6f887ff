"""Everybody's training out of the database: what the digest keeps of each session, or each session folded anew.

A session of which two histories wait for a decision says nothing until somebody has chosen; one that cannot be folded
is named. Memory grows with sessions, with people and with what they did for the programs asked about, not with records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.erasing import erased
from fieldkit.core.office import corrected, ref_of
from fieldkit.core.plan import Plan
from fieldkit.core.program import Program
from fieldkit.core.records import Record
from fieldkit.core.register import Register
from fieldkit.core.session import Session
from fieldkit.core.taught import facts
from fieldkit.errors import BadBytes, DamagedData, FieldkitError
from fieldkit.sync.central import findings
from fieldkit.sync.central.desk_said import PLAN_SHA256, desks, devices, every_record
from fieldkit.sync.central.home import Home, known_keys
from fieldkit.sync.central.replay import plan_of, records_of
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.vouched import vouched

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.tx import Tx

AT_ONCE = 100
"""Sessions that are read in one look at the database, so that no look is a long one."""
Said = dict[str, list[tuple[str, Record]]]
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
) -> Trained:
    """What every session that is stored says to these programs, in force or not. `now`: Unix s, head office's clock.

    With `each`, or without `now`, everything is folded anew; `each` is shown every session that can be folded, those of
    which two histories wait and those that go on included. Raises FieldkitError (database), DamagedData (the trust list
    or a program).
    """
    if each is None and now is not None:
        return await _kept(home, db, programs, now)
    return await _anew(home, db, programs, now, each)


async def _kept(home: Home, db: Database, programs: Iterable[Program], now: int) -> Trained:
    from fieldkit.sync.central.digest import lists, work
    from fieldkit.sync.central.digest.sums import unsaid

    await work.catch_up(home, db, now)
    register = Register(programs)
    taken = await lists.gather(db, register)
    async with db.reading() as tx:
        lacking = await unsaid(tx)
    return Trained(register, taken, lacking.forked, lacking.unread)


async def _anew(
    home: Home, db: Database, programs: Iterable[Program], now: int | None, each: Callable[[Session], None] | None
) -> Trained:
    register = Register(programs)
    forked: list[str] = []
    unread: dict[str, str] = {}
    plans: dict[str, Plan] = {}
    async with db.reading() as tx:
        every = [one for one in await tx.sessions() if one.plan != PLAN_SHA256]
        said = await _said(tx, home)
        open_forks = {one.origin for one in await tx.findings(code=findings.FORK)}
    taken = 0
    for at in range(0, len(every), AT_ONCE):
        async with db.reading() as tx:
            for stored in every[at : at + AT_ONCE]:
                if stored.origin in open_forks:
                    forked.append(stored.origin)
                    if each is None:
                        continue
                try:
                    session = await _folded(tx, home, stored, said, plans, now)
                    if each is not None:
                        each(session)
                    found = facts(session, register.wanted) if stored.origin not in open_forks else None
                except FieldkitError as wrong:
                    if not isinstance(wrong, DamagedData):
                        raise
                    unread[stored.origin] = "plan"
                except Exception as wrong:  # noqa: BLE001 - as in `findings.Look`: it may break any rule of ours
                    unread[stored.origin] = wrong.reason if isinstance(wrong, BadBytes) else type(wrong).__name__
                else:
                    if found is None:
                        continue
                    register.add(found)
                    taken += 1
    return Trained(register, taken, tuple(sorted(forked)), unread)


async def _folded(tx: Tx, home: Home, stored: Stored, said: Said, plans: dict[str, Plan], now: int | None) -> Session:
    plan = plans.get(stored.plan)
    if plan is None:
        plan = plans[stored.plan] = await plan_of(tx, stored)
    session = Session(origin=stored.origin, plan=plan).fold(await records_of(tx, stored.origin))
    about = said.get(stored.origin)
    if about:
        trust = home.trust()
        corrected(
            session, await vouched(tx, stored, about, known_keys(trust, [home.central().vkey]), trust.revoked(now))
        )
    gone = [i for _, i, _ in await tx.tombs(stored.origin)]
    if gone:
        erased(session, gone)
    return session


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
