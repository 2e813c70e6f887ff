"""Erasing a person on this laptop: the records, then every copy of them that the laptop made.

An erasure is written down before it begins (`erasing.json`) and crossed out when nothing is left to do, so that a
crash, a reader that keeps old pages or a stick that is not there make it *pending*, never forgotten: it goes on at the
next start. In order: the openings go and an `erase` record comes, in one commit; head office's answers go with their
questions; the session file is written anew and its -wal emptied; bundles in the outbox, halves of files, backups and
tables in the data folder that may hold what went are deleted. What was carried or handed out is a list: nobody can call
it back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import msgspec

from fieldkit.core.erasing import MOST, Erase, refs_of
from fieldkit.core.intents import FACILITATOR
from fieldkit.core.models import learn
from fieldkit.core.naming import mentions
from fieldkit.core.plan import Plan
from fieldkit.core.records import Draft, Erased, Record
from fieldkit.core.refusals import Refusal
from fieldkit.core.rules import decide
from fieldkit.core.session import Session
from fieldkit.errors import DamagedData, FieldkitError, NotPossible
from fieldkit.log import handed, heads, schema
from fieldkit.log.erase_note import Erasure
from fieldkit.log.erasing import forget
from fieldkit.log.files import write_durable
from fieldkit.log.handed import Handed
from fieldkit.log.heads import OlderCopy
from fieldkit.log.listing import UNREADABLE
from fieldkit.log.lock import AnotherHost, turn
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Pending, Store
from fieldkit.moments import SessionClock
from fieldkit.station import SessionRef, Station
from fieldkit.sync.answered import tidy
from fieldkit.sync.expected import badges, not_expected, sealed
from fieldkit.sync.leftovers import sweep
from fieldkit.sync.outbox import Outbox

At = Callable[[str], None]
"""Told which step long work has come to."""
FILE = "erasing.json"
OUT = "Tables, backups and sticks that were handed out before may still hold them."


class Task(msgspec.Struct, frozen=True):
    """An erasure under way: `refs` of `origin`, begun at `t` (Unix ms). Without `refs` a running session has taken the
    openings out itself and what is left are the copies."""

    origin: str
    refs: list[int]
    why: str
    t: int
    grow: bool = True
    """False: an older copy, in which no record is written."""


learn(Task)


class Left(msgspec.Struct, frozen=True):
    """What keeps an erasure pending."""

    origin: str
    sentence: str


class Done(msgspec.Struct, frozen=True):
    """What one erasure did. `refs`: whose private halves are gone; `record`: index of its last `erase` record, None
    where nothing was written; `also`: other records in which the name or badge stands as well; `deleted`: files;
    `planned`: plans whose roster had the person; `sealed`: bundles of others that lie here and may hold anybody."""

    origin: str
    refs: list[int]
    record: int | None
    also: list[int]
    deleted: list[str]
    out: list[Handed]
    left: list[Left]
    planned: list[str] = []
    sealed: list[str] = []


# ---- what is under way ---------------------------------------------------------------------------------------


def tasks(station: Station) -> list[Task]:
    """Erasures that are not through. Raises DamagedData."""
    try:
        return msgspec.json.decode((station.home / FILE).read_bytes(), type=list[Task])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError) as wrong:
        raise DamagedData(
            "The list of pending erasures (erasing.json) cannot be read.", "Delete that file, then erase again."
        ) from wrong


def _put(station: Station, every: Sequence[Task]) -> None:
    path = station.home / FILE
    if every:
        write_durable(path, msgspec.json.encode(every) + b"\n")
    else:
        path.unlink(missing_ok=True)


async def take_erasures(station: Station, told: Sequence[Erasure], longer: Collection[str] = ()) -> None:
    """What head office has erased goes here too, and whoever sits here is told. `longer`: sessions of which head office
    holds more than this laptop. A session that a host has open waits for the next start. Raises FieldkitError."""
    sessions = {ref.origin: ref for ref in station.sessions() if ref.state not in UNREADABLE}
    for one in told:
        ref = sessions.get(one.origin)
        if ref is None:
            continue
        name, warn = ref.path.stem, station.warn
        if not station.is_mine(ref):
            warn(
                f"Head office has erased names in {one.origin}, of another laptop; the copy here still holds them.",
                f"Delete sessions/{ref.path.name}.",
            )
            continue
        grow = one.origin not in longer
        left: list[Left] = []
        try:
            done = await obey(station, ref, one.refs, one.why, grow=grow)
            left = done.left if done is not None else []
        except AnotherHost as wrong:
            done = None
            if all((task.origin, task.refs) != (one.origin, list(one.refs)) for task in tasks(station)):
                begin(station, one.origin, one.refs, one.why, grow=grow)
            left = [Left(one.origin, wrong.sentence)]
        if left:
            warn(f"Head office has erased names in session {name}; here that is pending.", left[0].sentence)
        elif done is not None:
            warn(f"Head office has erased names in session {name}; they are gone here too.", OUT)


def begin(station: Station, origin: str, refs: Sequence[int], why: str, *, grow: bool = True) -> Task:
    """Write an erasure down before it is begun. Raises FieldkitError."""
    task = Task(origin, list(refs), why, station.clock.wall_ms(), grow)
    with turn(station.home / FILE):
        _put(station, [*tasks(station), task])
    return task


def cross_out(station: Station, task: Task) -> None:
    """It is through, or was refused. Raises FieldkitError."""
    with turn(station.home / FILE):
        _put(station, [one for one in tasks(station) if one != task])


def named_elsewhere(ref: SessionRef, who: str) -> list[int]:
    """Records of others in which this person's name or badge stands. Raises FieldkitError."""
    with SessionFile.open(ref.path) as file:
        session, records = file.session(), file.records()
    return mentions(session, records, who, []) if session.entry(who) is not None else []


def erased_since(ref: SessionRef, size: int) -> tuple[list[int], int | None]:
    """Indexes whose private halves went by records from index `size` on, and the index of the last of these."""
    with SessionFile.open(ref.path) as file:
        found = [one for one in file.records() if one.i >= size and isinstance(one.fact, Erased)]
    refs = sorted({i for one in found if isinstance(one.fact, Erased) for i in one.fact.refs})
    return refs, found[-1].i if found else None


def tell_pending(left: Sequence[Left], warn: Callable[[str, str], None]) -> None:
    """Say what is still to do."""
    for one in left:
        name = one.origin.rsplit("/", 1)[-1]
        warn(f"An erasure in session {name} is pending. {one.sentence}", "It goes on by itself at the next start.")


async def go_on(station: Station) -> tuple[list[str], list[Left]]:
    """Do what is pending: (files deleted, what is still left). Raises FieldkitError."""
    gone: list[str] = []
    left: list[Left] = []
    for task in tasks(station):
        try:
            deleted, rest = await finish(station, task)
        except FieldkitError as wrong:
            deleted, rest = [], [Left(task.origin, wrong.sentence)]
        gone += deleted
        left += rest
    return gone, left


async def finish(station: Station, task: Task) -> tuple[list[str], list[Left]]:
    """What is left of one erasure; it is crossed out when nothing is."""
    ref = next((one for one in station.sessions() if one.origin == task.origin), None)
    gone: list[str] = []
    if ref is not None and ref.state != "missing":
        if task.refs:
            await _taken_out(station, ref, task)
        tidy(station)
        told: list[str] = []
        if await asyncio.to_thread(_forgotten, ref.path, told):
            gone = sweep(station, ref, task.t, told)
        if told:
            return gone, [Left(task.origin, sentence) for sentence in told]
    cross_out(station, task)
    return gone, []


def _forgotten(path: Path, told: list[str]) -> bool:
    """Leave no copy of what was deleted in the file or its -wal. A host may have the file open: pages are moved, no
    record is touched. Two seconds are waited for whoever reads."""
    try:
        with contextlib.closing(schema.connect(path)) as db:
            if forget(db, path):
                return True
            told.append("Another program is reading the session.")
    except FieldkitError as wrong:
        told.append(wrong.sentence)
    return False


# ---- the records ---------------------------------------------------------------------------------------------


async def erase(
    station: Station, ref: SessionRef, who: str, why: str, also: Sequence[int] = (), at: At = lambda step: None
) -> Done:
    """Erase the person `who` (badge or `p`), and the private halves of the records `also`, in a session that no host
    has open. `at` is told of each step: records, erase, copies; what it raises before the last one leaves everything
    as it was. Raises AnotherHost for one that has; NotPossible (nobody is called that, kept by law), DamagedData."""
    wish = Erase(who=who, why=why, refs=tuple(also))

    planned: list[str] = []

    def chosen(s: Session, here: set[int], grow: bool) -> list[int]:
        found = decide(s, wish, FACILITATOR, s.m)
        if isinstance(found, Refusal):
            if found.reason == "kept-by-law":
                which = " ".join(f"--record {i}" for i in refs_of(s, who))
                raise NotPossible(found.words, f"Send them this: fieldkit central erase {s.origin} {which} --why {why}")
            if found.reason == "unknown-person":
                raise not_found(found.words, s)
            raise NotPossible(found.words, found.detail)
        planned.extend(not_expected(station, badges(s, who)))  # first: afterwards nobody knows the badge
        return [ref for draft in found if isinstance(draft.fact, Erased) for ref in draft.fact.refs]

    done = await _erase(station, ref, chosen, why, who, at=at)
    return msgspec.structs.replace(done, planned=planned, sealed=sealed(station))


def not_found(words: str, s: Session) -> NotPossible:
    """Nobody is called that. Where somebody was erased it may be them: no badge is left to compare with."""
    if s.erased:
        return NotPossible(words, "Who is erased already is not found by badge or name any more.")
    return NotPossible(words)


async def obey(station: Station, ref: SessionRef, refs: Sequence[int], why: str, *, grow: bool = True) -> Done | None:
    """Head office has erased these: so do we; None when we had. Without `grow` (head office holds a longer log, so
    this is an older copy) no record is written: it would be a second history. Who is gone whole is not expected at
    planned sessions either, unless it was only the time of keeping that was over."""
    planned: list[str] = []

    def chosen(s: Session, here: set[int], grow: bool) -> list[int]:
        told = {i for i in refs if 0 <= i <= s.saved}
        if why != "retention":
            whole = [p for p, halves in s.halves.items() if told.intersection(halves) and s.erased | told >= {*halves}]
            # First: afterwards nobody knows the badge.
            planned.extend(not_expected(station, {badge for p in whole for badge in badges(s, p)}))
        return sorted(told - s.erased if grow else told & here)

    done = await _erase(station, ref, chosen, why, "", grow=grow)
    return msgspec.structs.replace(done, planned=planned) if done.refs else None


async def _erase(
    station: Station,
    ref: SessionRef,
    chosen: Callable[[Session, set[int], bool], list[int]],
    why: str,
    who: str,
    *,
    grow: bool = True,
    at: At = lambda step: None,
) -> Done:
    at("records")
    store = await Store.open(ref.path, station.signer)
    try:
        records = await store.records()
        session = folded(store, records)
        grow = grow and not await _older(station, store)
        refs = chosen(session, {one.i for one in records if one.private is not None}, grow)
        also = mentions(session, records, who, refs) if who else []
        at("erase")
        task = begin(station, ref.origin, refs, why, grow=grow) if refs else None
        record = await _written(station, store, session, refs, why, grow) if refs else None
    finally:
        await store.close()
    at("copies")
    gone, left = await finish(station, task) if task is not None else ([], [])
    return Done(ref.origin, refs, record, also, gone, handed_out(station, ref.origin), left)


def handed_out(station: Station, origin: str) -> list[Handed]:
    """Files that left this laptop and may hold this session: a list, not a recall. Oldest first."""
    # What went over the network lies at head office, which erases by itself.
    copies = [one for one in Outbox(station.outbox).facts(origin).carried if "://" not in one.to]
    carried = [Handed(0, handed.BUNDLE, str(Path(one.to) / one.file), "", one.sha256, [origin]) for one in copies]
    return [*carried, *handed.of_session(handed.read(station.home), origin)]


async def _taken_out(station: Station, ref: SessionRef, task: Task) -> None:
    """The first half of an erasure, if a crash came before it."""
    try:
        store = await Store.open(ref.path, station.signer)
    except NotPossible:
        return
    try:
        records = await store.records()
        with_openings = {one.i for one in records if one.private is not None}
        refs = [i for i in task.refs if i in with_openings]
        if refs:
            grow = task.grow and not await _older(station, store)
            await _written(station, store, folded(store, records), refs, task.why, grow)
    finally:
        await store.close()


async def _older(station: Station, store: Store) -> bool:
    """Whether this laptop has signed more of the session than the file holds. Raises DamagedData."""
    try:
        heads.check(station.heads, store.origin, await store.leaves())
    except OlderCopy:
        return True
    return False


async def _written(
    station: Station, store: Store, session: Session, refs: Sequence[int], why: str, grow: bool
) -> int | None:
    """Openings out and `erase` records in, one commit; of an older copy the openings only."""
    if not grow:
        await store.erase(refs)
        return None
    clock = SessionClock(station.clock)
    clock.go_on(await store.last_moment(), session.m)
    drafts = [Draft(Erased(refs=list(refs[at : at + MOST]), why=why)) for at in range(0, len(refs), MOST)]
    (written,) = await store.append([Pending(tuple(drafts))], clock.moment()[0], station.entropy)
    station.remember(store)
    return written[-1].i


def folded(store: Store, records: Sequence[Record]) -> Session:
    """The fold of an open store. Raises DamagedData."""
    try:
        plan = msgspec.json.decode(store.plan, type=Plan)
    except (msgspec.MsgspecError, ValueError, RecursionError) as wrong:
        raise DamagedData(
            f"The plan in {store.path.name} cannot be read by this release.", "`fieldkit fsck` says more."
        ) from wrong
    return Session(origin=store.origin, plan=plan).fold(records)
