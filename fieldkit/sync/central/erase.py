"""Erasing at head office: whose records these are in one session or in all, and what goes down to the laptops."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

import msgspec

from fieldkit.core.erasing import refs_of
from fieldkit.core.naming import mentions, naming, words_of
from fieldkit.core.office import filed_under
from fieldkit.core.plan import Plan
from fieldkit.core.records import Record
from fieldkit.core.session import Session
from fieldkit.errors import BadBytes, DamagedData, NotPossible, WrongUsage
from fieldkit.log.keys import Signer
from fieldkit.log.line import read_line
from fieldkit.log.names import split_origin
from fieldkit.sync.central import forgotten, planned, scrub, shelf_people, tombs
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk_said import desks, halves_about
from fieldkit.sync.central.export import find
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.receipts import receipts_file
from fieldkit.sync.central.replay import no_plan, plan_of, records_of
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx

ALL = "all"


class Erased(msgspec.Struct, frozen=True):
    """What was erased of one session: `refs`, indexes of records; `also`: records of others that name the person;
    `law`: the code of a legal duty to keep the session, if its rules name one; `badge`: by which the person was found,
    empty for a `p`; `called`: each `p` and badge of theirs; `words`: what they are called there, caseless; `wrong`: why
    the session is damaged, empty for a good one.
    """

    origin: str
    refs: list[int]
    also: list[int]
    law: str
    badge: str = ""
    called: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    wrong: str = ""


class Done(msgspec.Struct, frozen=True):
    """`gone`: private halves that were here and went. `pending`: what is still to do, in sentences; `unreadable`: files
    on the shelf that cannot be read to their end; `remembered`: the badge is, for what comes later; `swept`: files on
    the shelf out of which the person was taken; `damaged`: stored sessions that cannot be read as they should, with
    the reason."""

    sessions: list[Erased]
    gone: int
    pending: list[str]
    unreadable: list[str]
    remembered: bool = False
    swept: list[str] = []
    damaged: dict[str, str] = {}
    planned: list[str] = []
    """Planned sessions off whose rosters they were taken."""


async def erase(home: Home, which: str, person: str, records: Sequence[int], why: str, now: int) -> Done:
    """Erase a person (badge or `p`), or single records, in the session `which` or in all. Raises NotPossible for a
    person whom no session names, WrongUsage, FieldkitError."""
    if bool(person) == bool(records) and not (person and which != ALL):
        raise WrongUsage("Whom?", "Name a person with --person BADGE, or records with --record INDEX.")
    if records and which == ALL:
        raise WrongUsage("A record belongs to one session.", "Name that session.")
    db = await home.database()
    try:
        async with db.transaction() as tx:
            looked = await _found(tx, which, person, sorted(set(records)))
            sizes = {one.origin: one.size for one in await tx.sessions()}
        damaged = {one.origin: one.wrong for one in looked if one.wrong}
        found = [one for one in looked if one.refs or one.also] if which == ALL else looked
        called = {person}.union(*(one.called for one in found))
        # Before anything of it goes: who does the same again because this was killed would not find them any more.
        # Also of somebody whom no session names yet. Whose time of keeping is over may well be expected again.
        listed = {person} if person and why != "retention" and planned.expects(home, called) else set()
        badges = {one.badge for one in found} | listed if which == ALL else set()
        remembered = forgotten.remember(home, badges, why, now) > 0
        # First: what the database has forgotten nobody could look for in another history any more.
        here = None if which == ALL else {one.origin for one in found}
        swept = await shelf_people.take_out(home, db, shelf_people.Named(called, here, why)) if person else []
        off = planned.forget(home, called, now) if person and why != "retention" else []
        if off and which == ALL and not badges:  # somebody planned with them in this moment
            remembered = forgotten.remember(home, [person], why, now) > 0
        if not any(one.refs for one in found) and not swept and not off:
            badge = " " not in person and any(c.isdigit() for c in person)
            hint = "Nothing was changed." if badge else "Use the badge."
            raise NotPossible("Nobody here is called that, or they are erased already.", hint)
        gone = await tombs.erase(home, db, {one.origin: one.refs for one in found if one.refs}, why, now)
        async with db.transaction() as tx:
            for origin in {one.origin for one in found} | await _grown(tx, sizes):
                await forgotten.again(home, tx, origin, now)
        swept = sorted({*swept, *(await shelf_people.sweep(home, db) if remembered else [])})
        pending = await tombs.settle(home, db, now)
        return Done(found, gone, pending, scrub.unreadable(home), remembered, swept, damaged, off)
    finally:
        await db.close()


async def _grown(tx: Tx, sizes: Mapping[str, int]) -> set[str]:
    """Sessions that somebody wrote while the person was looked for: they may be in what is new."""
    return {one.origin for one in await tx.sessions() if sizes.get(one.origin) != one.size}


async def _found(tx: Tx, which: str, person: str, records: list[int]) -> list[Erased]:
    if which == ALL:
        found = [await _looked(tx, one, person) for one in await tx.sessions()]
        return await _with_office(tx, [one for one in found if one.refs or one.wrong], everywhere=True)
    if not person and await tx.stored(which) is None and _is_origin(which):
        return [Erased(which, records, [], "")]  # it comes later, and is erased when it comes
    return await _with_office(tx, [await of_person(tx, await find(tx, which), person, records)], everywhere=False)


async def _with_office(tx: Tx, found: list[Erased], everywhere: bool) -> list[Erased]:
    """And what head office itself wrote about the same people when it corrected something; and where else in its logs
    they are named, about these sessions or `everywhere`."""
    more: dict[str, set[int]] = {}
    for one in found:
        if not one.refs:
            continue
        refs = set(one.refs)
        people = {record.p for record in await records_of(tx, one.origin) if record.i in refs and record.p}
        for log, indexes in (await halves_about(tx, one.origin, people)).items():
            more.setdefault(log, set()).update(indexes)
    by = {one.origin: one for one in found}
    words = {word for one in found if one.refs for word in one.words}
    for desk in await desks(tx):
        one = by.get(desk.origin, Erased(desk.origin, [], [], ""))
        refs = {*one.refs, *more.get(desk.origin, ())}
        some = [x for x in await records_of(tx, desk.origin) if everywhere or _is_about(x, by)] if words else []
        also = sorted({*one.also, *naming(some, words)} - refs)
        if refs or also:
            by[desk.origin] = msgspec.structs.replace(one, refs=sorted(refs), also=also)
    return list(by.values())


def _is_about(record: Record, origins: Container[str]) -> bool:
    ref = filed_under(record)
    return ref is not None and ref.o in origins


async def _looked(tx: Tx, stored: Stored, person: str) -> Erased:
    """`of_person` for one of all: a session that cannot be folded keeps nobody in the others, and is told of."""
    try:
        return await of_person(tx, stored, person)
    except Exception as error:  # noqa: BLE001 - anything, as in `findings.Look`: it may break any rule of ours
        return Erased(stored.origin, [], [], "", wrong=type(error).__name__)


def began(head: bytes) -> int:
    """When a session began, by its first line: Unix ms as the laptop believed."""
    return read_line(head).t


async def of_person(tx: Tx, stored: Stored, person: str, more: Sequence[int] = ()) -> Erased:
    """What is to be erased of a person (badge or `p`; empty for the records `more` alone) in a stored session."""
    if more and more[-1] >= stored.size:
        raise NotPossible(f"There is no record {more[-1]}.", f"The session has {stored.size}.")
    every = await records_of(tx, stored.origin)
    session = await _folded(tx, stored, every)
    gone = {i for _, i, _ in await tx.tombs(stored.origin)}
    refs = {*more, *(refs_of(session, person) if person and session.entry(person) is not None else ())} - gone
    law = session.info.policy.legal if session.info is not None else ""
    entry = session.entry(person) if person else None
    badge = person if entry is not None and entry.p != person else ""
    also = mentions(session, every, person, sorted(refs)) if person and refs else []
    entries = session.entries(person) if entry is not None else []
    called = frozenset(text for each in entries for text in (each.p, each.badge) if text)
    words = frozenset(words_of(session, person)) if entry is not None else frozenset()
    return Erased(stored.origin, sorted(refs), also, law, badge, called, words, await no_plan(tx, stored))


async def _folded(tx: Tx, stored: Stored, records: Iterable[Record]) -> Session:
    try:
        plan = await plan_of(tx, stored)
    except DamagedData:
        plan = Plan(1, "", "", [""], "en", ["en"], 1, [], [])  # whose a record is no plan says
    return Session(origin=stored.origin, plan=plan).fold(records)


def _is_origin(text: str) -> bool:
    try:
        split_origin(text)
    except BadBytes:
        return False
    return True


# ---- down to the laptops -------------------------------------------------------------------------------------


async def outbound(db: Database, office: Signer, own: Iterable[str] = ()) -> dict[str, bytes]:
    """Laptop's id → its receipts and what was erased of its sessions, in one file of notes. `own`: public keys (hex) of
    head office's devices, to whose logs (corrections, what people answered before a session) nothing goes down."""
    async with db.transaction() as tx:
        origins = {one.origin for one in await tx.sessions()}
        origins |= {origin for origin, _, _ in await tx.tombs() if tombs.ASIDE not in origin}
        origins -= {one.origin for one in await desks(tx)}
        for pub in own:
            origins -= {one.origin for one in await tx.of_device(pub)}
    by_laptop: dict[str, list[str]] = {}
    for origin in sorted(origins):
        by_laptop.setdefault(split_origin(origin).device.rsplit("/", 1)[-1], []).append(origin)
    files = {id: await receipts_file(db, here, office) for id, here in by_laptop.items()}
    return {id: raw for id, raw in files.items() if raw}
