"""What the terminal may ask about erasing a person: who is in a session, what would go, and the erasure itself.

The roof's answer to `fieldkit.tui.erasetools`. A stored session is erased by `fieldkit.sync.erasing` under its lock; in
the one that runs here the desk takes the openings out, and the copies follow.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.core.erasing import Erase, refs_of
from fieldkit.core.intents import FACILITATOR
from fieldkit.core.naming import mentions
from fieldkit.core.session import Session
from fieldkit.core.state import Person
from fieldkit.core.walkin import code_of
from fieldkit.errors import NotPossible, Stopped
from fieldkit.log.handed import BACKUP, EXPORT, Handed
from fieldkit.log.listing import UNREADABLE
from fieldkit.log.read import SessionFile
from fieldkit.station import SessionRef, Station
from fieldkit.tui.erasetools import (
    AlsoLine,
    ErasePeople,
    ErasePerson,
    ErasePlan,
    Erasure,
    OutLine,
)
from fieldkit.tui.tools import At, StickLine, Stop, Told

if TYPE_CHECKING:
    from fieldkit.core.records import Record
    from fieldkit.desk import Desk
    from fieldkit.sync.erasing import Done, Task

GOES = {
    "name": "name",
    "last_name": "name",
    "first_name": "name",
    "badge": "badge",
    "id_issuer": "badge",
    "issuer": "badge",
    "card": "badge",
    "mark": "signature",
    "reason": "remarks",
    "note": "remarks",
    "v": "answers",
    "text": "answers",
}
"""Field of a private half → what people call it; any other is a column of the roster."""
STAYS = {
    "answer.put": "answers",
    "person": "presence",
    "att": "presence",
    "say": "talk",
    "hand": "talk",
    "check": "shown",
    "ack": "shown",
}
"""Kind of a record, or what stands before its dot → what people call it."""
Step = Callable[[str], None]
Sticks = Callable[[], Awaitable[list[StickLine]]]
STEPS = ("records", "erase", "copies")
"""Of an erasure, in their order."""
SAID = {"records": "who", "erase": "erase", "copies": "copies"}
"""The same as the terminal says them."""


class EraseTools:
    """For one laptop."""

    def __init__(self, station: Station, sticks: Sticks, desk: Desk | None = None) -> None:
        """`sticks`: what is plugged in; `desk`: of the session that runs here."""
        self._station, self.sticks, self._desk = station, sticks, desk

    def _ref(self, ref: str) -> SessionRef:
        desk = self._desk
        found = self._station.find(ref or (desk.store.origin if desk is not None else "last"))
        if found.state in UNREADABLE:
            raise NotPossible("This session's records cannot be read here.", "`fieldkit fsck` says what is wrong.")
        return found

    # ---- who and what ----------------------------------------------------------------------------------------

    async def people(self, ref: str) -> ErasePeople:
        return await asyncio.to_thread(self._people, ref)

    def _people(self, ref: str) -> ErasePeople:
        from fieldkit.sync.erasing import tasks

        which = self._ref(ref)
        with SessionFile.open(which.path) as file:
            session = file.session()
        lines = []
        for one in session.people.values():
            if one.merged_to is None:
                erased = not refs_of(session, one.p)
                line = ErasePerson(
                    p=one.p,
                    name=one.name,
                    badge=one.badge,
                    code="" if erased or one.badge else code_of(session.entries(one.p)),
                    came=one.met or one.joined_i is not None,
                    erased=erased,
                )
                lines.append(line)
        waits = any(one.origin == which.origin for one in tasks(self._station))
        return ErasePeople(
            people=tuple(sorted(lines, key=lambda x: (x.erased, x.name.casefold(), x.badge, x.p))),
            legal=_legal(session),
            pending=waits,
        )

    async def plan(self, ref: str, p: str) -> ErasePlan:
        return await asyncio.to_thread(self._plan, ref, p)

    def _plan(self, ref: str, p: str) -> ErasePlan:
        from fieldkit.sync.erasing import handed_out

        which = self._ref(ref)
        with SessionFile.open(which.path) as file:
            session, records = file.session(), file.records()
        person = _person(session, p)
        refs = set(refs_of(session, p))
        entries = {one.p for one in session.entries(p)}
        goes = Counter(_goes(one, field) for one in records if one.i in refs for field in one.private or {})
        stays = Counter(_stays(one) for one in records if one.p in entries)
        by_i = {one.i: one for one in records}
        also = [by_i[i] for i in mentions(session, records, p, sorted(refs))]
        home = self._station.home
        return ErasePlan(
            p=p,
            name=person.name,
            badge=person.badge,
            records=len(refs),
            goes=dict(goes),
            stays={what: n for what, n in stays.items() if what},
            also=tuple(AlsoLine(index=x.i, kind=x.k, who=_whose(session, x)) for x in also),
            out=tuple(out_line(home, x) for x in handed_out(self._station, which.origin)),
            bundles=len(list(self._station.outbox.glob("*.fkb"))),
            legal=_legal(session),
            runs=self._desk is not None,
        )

    # ---- erasing ---------------------------------------------------------------------------------------------

    async def erase(
        self,
        ref: str,
        p: str,
        why: str,
        also: Sequence[int] = (),
        told: Told | None = None,
        stop: Stop | None = None,
    ) -> Erasure:
        def at(step: str) -> None:
            if told is not None:
                told(At(step=SAID[step], done=STEPS.index(step), of=len(STEPS)))
            if step != "copies" and stop is not None and stop():
                raise Stopped

        if self._desk is not None:
            return await self._erase_here(self._desk, p, why, at)
        return await asyncio.to_thread(self._erase_stored, ref, p, why, list(also), at)

    def _erase_stored(self, ref: str, p: str, why: str, also: list[int], at: Step) -> Erasure:
        from fieldkit.cli.erase import erased

        return erasure(self._station.home, erased(self._station, self._ref(ref), p, why, also, at))

    async def _erase_here(self, desk: Desk, p: str, why: str, at: Step) -> Erasure:
        from fieldkit.desk import Refused
        from fieldkit.sync import erasing, expected

        station, origin = self._station, desk.store.origin
        at("records")
        ref = await asyncio.to_thread(station.find, origin)
        also = await asyncio.to_thread(erasing.named_elsewhere, ref, p)
        badges = await asyncio.to_thread(expected.badges_in, ref, p)
        at("erase")
        task = await asyncio.to_thread(erasing.begin, station, origin, [], why)
        outcome = await desk.submit(Erase(who=p, why=why), FACILITATOR)
        if isinstance(outcome, Refused):
            await asyncio.to_thread(erasing.cross_out, station, task)
            raise NotPossible(outcome.refusal.words, outcome.refusal.detail)
        at("copies")
        await asyncio.to_thread(expected.not_expected, station, badges)
        return await asyncio.to_thread(self._copies, task, ref, also)

    def _copies(self, task: Task, ref: SessionRef, also: list[int]) -> Erasure:
        from fieldkit.sync import erasing

        station = self._station
        gone, left = asyncio.run(erasing.finish(station, task))
        refs, last = erasing.erased_since(station.find(ref.origin), ref.size)
        out = erasing.handed_out(station, ref.origin)
        return erasure(station.home, erasing.Done(ref.origin, refs, last, also, gone, out, left))

    async def go_on(self) -> tuple[str, ...]:
        from fieldkit.sync import erasing

        def work() -> tuple[str, ...]:
            _gone, left = asyncio.run(erasing.go_on(self._station))
            return tuple(one.sentence for one in left)

        return await asyncio.to_thread(work)

    # ---- asking head office ----------------------------------------------------------------------------------

    async def request(self, ref: str, p: str, why: str, folder: Path) -> Path:
        return await asyncio.to_thread(self._request, ref, p, why, folder)

    def _request(self, ref: str, p: str, why: str, folder: Path) -> Path:
        from fieldkit.cli.keytools import put_beside

        which = self._ref(ref)
        with SessionFile.open(which.path) as file:
            session = file.session()
        _person(session, p)
        refs = refs_of(session, p)
        if not refs:
            raise NotPossible("There is nothing left to erase.", "What was handed out is a matter of its own.")
        records = " ".join(f"--record {i}" for i in refs)
        # Numbers and nothing else: whoever finds the stick learns no name.
        text = (
            "Please erase a person of this session; the law asks to keep it, so the laptop may not.\n\n"
            f"session  {which.origin}\nperson   {p}\nwhy      {why}\nlaw      {_legal(session)}\n\n"
            f"fieldkit central erase {which.origin} {records} --why {why}\n"
        )
        return put_beside(folder, f"erase-request-{which.seq}-{p[:16]}.txt", text.encode())


def _person(session: Session, p: str) -> Person:
    found = session.person(p)
    if found is None:
        raise NotPossible("This person is not in this session.", "Look at the list again.")
    return found


def _legal(session: Session) -> str:
    return session.info.policy.legal if session.info is not None else ""


def _goes(record: Record, field: str) -> str:
    if record.k == "say.put":
        return "messages"
    if record.k == "ack.sign":
        return "signature"
    return GOES.get(field, "roster")


def _stays(record: Record) -> str:
    return STAYS.get(record.k) or STAYS.get(record.k.partition(".")[0], "")


def _whose(session: Session, record: Record) -> str:
    who = session.person(record.p) if record.p is not None else None
    return who.called if who is not None else ""


def out_line(home: Path, one: Handed) -> OutLine:
    here = Path(one.path).is_absolute() and home.resolve() in Path(one.path).resolve().parents
    ours = one.kind == BACKUP or (one.kind == EXPORT and here)
    return OutLine(kind=one.kind, path=one.path, what=one.what, ours=ours)


def erasure(home: Path, done: Done) -> Erasure:
    return Erasure(
        records=len(done.refs),
        deleted=tuple(done.deleted),
        also=tuple(done.also),
        out=tuple(out_line(home, x) for x in done.out),
        left=tuple(x.sentence for x in done.left),
    )
