"""Which page stands at which address: who may come in, what the access log calls it, what its template is filled with.

A room is one line in `ROOMS`. A page is filled inside one reading transaction; a file is made with transactions of its
own; a form is worked off and sends the browser on to a page, or the same page is shown once more with what was typed,
under another `status`. None says that what is asked for is not there, or is not
this account's to see: the two answer alike.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.sync.central.front import (
    credential_pages,
    delivery_pages,
    filing,
    lists,
    look,
    pages,
    people_lists,
    people_pages,
    planned_pages,
    program_pages,
    proof,
    question_pages,
    take,
)
from fieldkit.sync.central.front.accounts import AUDITOR, OPERATOR, ROLES, SUPERVISOR, Account
from fieldkit.sync.central.front.take import Taken

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.front.book import Book
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx
    from fieldkit.words import Words

ORIGIN = r"([a-z0-9.-]{1,200}/[a-z]{1,16}/[a-z0-9-]{1,64}/[a-z0-9-]{1,64})"
PLAN = "(h-[0-9a-z]{8})"
QUESTION = f"/questions/{ORIGIN}/([0-9]{{1,9}})"
OFFICE = (OPERATOR, AUDITOR, SUPERVISOR)


class Visit(msgspec.Struct, frozen=True):
    """Somebody in front of a room. `parts` are what its address names, `now` central's clock, Unix s."""

    db: Database
    home: Home
    book: Book
    account: Account
    query: dict[str, str]
    form: dict[str, str]
    parts: tuple[str, ...]
    peer: str
    words: Words
    now: int


Fill = Callable[[Visit, "Tx"], Awaitable["dict[str, Any] | None"]]
Make = Callable[[Visit], Awaitable["Taken | None"]]
Work = Callable[[Visit], Awaitable["str | dict[str, Any] | None"]]


class Room(msgspec.Struct, frozen=True):
    """One address. Of `fill`, `make` and `work` at least one: a page, a file, a form, which sends on."""

    at: str
    what: str
    """Its word in the access log (`terms.ACCESS`); empty where `work` writes its own lines."""
    template: str = ""
    fill: Fill | None = None
    make: Make | None = None
    work: Work | None = None
    roles: tuple[str, ...] = ROLES
    origin: bool = False
    """The first part of its address is a session."""
    told: int = -1
    """Which part of the address the access log keeps as well; -1: none, and never a worker's name or badge."""
    private: bool = False
    """Its address names a worker: nothing of it goes into the access log, of a visit that is refused neither."""


# ---- what there was from the beginning ------------------------------------------------------------------------------


async def _needs(v: Visit, tx: Tx) -> dict[str, Any]:
    found = await pages.needs(tx, v.home, v.account, v.now)
    waits = await filing.waiting(tx, v.home, v.book, v.account, v.now)
    told = {"to_file": waits.sheets, "behind": waits.more, "changed": filing.changed_of(v.query)}
    return {**found, **told, "asked": await question_pages.waiting(v, tx)}


async def _sessions(v: Visit, tx: Tx) -> dict[str, Any]:
    return await pages.sessions(tx, v.home, v.account, v.query)


async def _laptops(v: Visit, tx: Tx) -> dict[str, Any]:
    return await pages.laptops(tx, v.home, v.account, v.query, v.now)


async def _session(v: Visit, tx: Tx) -> dict[str, Any] | None:
    found = await pages.session(tx, v.home, v.account, v.parts[0], v.now)
    return found and {**found, "filed": v.book.filed([v.parts[0]]).get(v.parts[0])}


async def _records(v: Visit, tx: Tx) -> dict[str, Any] | None:
    return await proof.records(tx, v.account, v.parts[0], v.query)


async def _record(v: Visit, tx: Tx) -> dict[str, Any] | None:
    return await proof.record(tx, v.home, v.account, v.parts[0], int(v.parts[1]))


async def _take(v: Visit) -> Taken | None:
    async with v.db.reading() as tx:
        if await look.may(tx, v.account, v.parts[0]) is None:
            return None
    origin, what, as_, beside = v.parts
    return await take.taken(v.db, v.home, origin, what, as_, beside, v.now)


ROOMS: tuple[Room, ...] = (
    Room("/", "needs", "needs.html", _needs),
    Room("/file", "", work=filing.file, roles=(SUPERVISOR,)),
    Room("/filed", "filed", "filed.html", filing.filed, roles=(SUPERVISOR,)),
    Room("/filed/all.zip", "export", make=filing.all_of_it, roles=(SUPERVISOR,)),
    Room("/sessions", "sessions", "sessions.html", _sessions),
    Room("/people", "people", "people.html", people_pages.people, roles=OFFICE),
    Room(r"/people/take/due\.(csv|json|xlsx|ics|roster)", "export", make=people_lists.due, roles=OFFICE),
    Room("(?s:/p/(.*))", "person", "person.html", people_pages.person, roles=OFFICE, private=True),
    Room("/makeups", "makeups", "makeups.html", people_pages.makeups, roles=OFFICE),
    Room(r"/makeups/take/makeups\.(csv|json|xlsx|roster)", "export", make=people_lists.makeups, roles=OFFICE),
    Room("/programs", "programs", "programs.html", program_pages.listing, roles=OFFICE),
    Room("/programs/([a-z0-9-]{2,64})", "program", "program.html", program_pages.program, roles=OFFICE, told=0),
    Room("/certificates", "certificates", "credentials.html", credential_pages.listing, roles=(OPERATOR, AUDITOR)),
    Room("/planned", "planned", "planned.html", planned_pages.listing, roles=OFFICE),
    Room("/planned/new", "plan-new", "plan_new.html", planned_pages.form, work=planned_pages.plan, roles=(OPERATOR,)),
    Room(f"/planned/{PLAN}", "plan", "plan.html", planned_pages.one, roles=OFFICE, told=0),
    Room(f"/planned/{PLAN}/off", "", work=planned_pages.call_off, roles=(OPERATOR,)),
    Room("/delivery", "delivery", "delivery.html", delivery_pages.delivery),
    Room(r"/delivery/take/([a-z]{1,16})\.(csv|json|xlsx)", "export", make=delivery_pages.take),
    Room("/questions", "questions", "questions.html", question_pages.listing),
    Room(QUESTION, "question", "question.html", question_pages.one, work=question_pages.reply, origin=True, told=1),
    Room("/laptops", "laptops", "laptops.html", _laptops, roles=OFFICE),
    *(Room(one.path, "export", make=one.make, roles=one.roles, told=one.told) for one in lists.LISTED),
    Room(f"/s/{ORIGIN}", "session", "session.html", _session, origin=True),
    Room(f"/s/{ORIGIN}/records", "records", "records.html", _records, origin=True),
    Room(f"/s/{ORIGIN}/record/([0-9]{{1,9}})", "record", "record.html", _record, origin=True, told=1),
    Room(f"/s/{ORIGIN}/take/([a-z]{{1,32}})\\.([a-z]{{1,8}})(\\.note|\\.proofs)?", "export", make=_take, origin=True),
)
_FOUND = [(re.compile(one.at), one) for one in ROOMS]


def find(path: str) -> tuple[Room, tuple[str, ...]] | None:
    """The room at an address, and what the address names."""
    for pattern, room in _FOUND:
        match = pattern.fullmatch(path)
        if match is not None:
            return room, tuple(part or "" for part in match.groups())
    return None
