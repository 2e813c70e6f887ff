"""The lists of the pages as files: whom and what a page shows to this account under its filters, all rows of it.

A list is one line in `LISTED`: at which page, which columns (`fieldkit.core.tables.lists`), where its rows come from.
Lists that grow with every session (sessions, laptops, questions, the access log) are read so many rows at a time, each
time in a transaction of its own; the others are in memory anyway when their page is made. What is written is kept in
memory while it is short, else in a file without a name.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.core.tables.base import local, zone
from fieldkit.core.tables.lists import head_of, plain
from fieldkit.core.tables.programs import cohort_table, iso
from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.formats.stream import sink
from fieldkit.log.planned_note import CANCELLED
from fieldkit.sync.central import planned, programs
from fieldkit.sync.central.digest import parked, people
from fieldkit.sync.central.digest.work import today
from fieldkit.sync.central.findings import Need
from fieldkit.sync.central.front import (
    credential_pages,
    listed,
    pages,
    planned_pages,
    program_pages,
    question_pages,
)
from fieldkit.sync.central.front.accounts import AUDITOR, OPERATOR, ROLES, SUPERVISOR
from fieldkit.sync.central.front.take import KINDS, Taken, formats
from fieldkit.sync.central.questions import told

if TYPE_CHECKING:
    from fieldkit.sync.central.front.rooms import Visit

Row = Sequence[str]
Rows = Callable[["Visit"], AsyncIterator[list[Row]]]
OFFICE, HEAD = (OPERATOR, AUDITOR, SUPERVISOR), (OPERATOR, AUDITOR)
AT_ONCE = 500
"""Rows that are read in one look."""
IN_MEMORY = 1 << 20
"""Bytes of a file that are kept in memory."""


class Listed(msgspec.Struct, frozen=True):
    """One list. `at`: address of its page, a pattern; `told`: which part of that the access log keeps, -1: none;
    `there`: whether the page is there at all."""

    name: str
    at: str
    rows: Rows
    roles: tuple[str, ...] = ROLES
    told: int = -1
    there: Callable[[Visit], bool] = lambda v: True

    @property
    def path(self) -> str:
        """The address of its file, a pattern; its last part is the format."""
        return f"{self.at.rstrip('/')}/take/{self.name}\\.([a-z]{{1,8}})"

    async def make(self, v: Visit) -> Taken | None:
        """The file; None for a format or a page that there is not, and for more rows than the format takes."""
        as_ = v.parts[-1]
        if as_ not in formats(self.name) or not self.there(v):
            return None
        out, head = Scratch(), head_of(self.name)
        try:
            with sink(as_, out, head) as file:
                async for some in self.rows(v):
                    file.add([plain(head.columns, row) for row in some])
            data = out.whole()
        except NotPossible:
            return None
        except OSError as wrong:
            raise FieldkitError(f"The list could not be written: {wrong.strerror}.", "Check the disk.") from wrong
        day = datetime.fromtimestamp(v.now, UTC).date().isoformat()
        name = "-".join((self.name, *v.parts[:-1], day))
        return Taken(b"", f"{name}.{as_}", KINDS[as_], "", f"{self.name} {as_}", out.sha256, data)


class Scratch:
    """Where a file is written before anything of it is sent: nobody gets half a list."""

    def __init__(self) -> None:
        self._file: BinaryIO = io.BytesIO()
        self._hash, self._size = hashlib.sha256(), 0

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        if self._size <= IN_MEMORY < self._size + len(data):
            file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever sends it
            file.write(self._file.getvalue() if isinstance(self._file, io.BytesIO) else b"")
            self._file = file
        self._size += len(data)
        self._file.write(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def whole(self) -> BinaryIO:
        """All of it, to be read from its beginning."""
        self._file.seek(0)
        return self._file


def time_of(ms: int, tz: str = "UTC") -> str:
    """Unix ms as every table writes a time; empty for 0 and for what no calendar has."""
    when = local(ms, zone(tz)) if ms else None
    return when.isoformat(timespec="minutes") if when is not None else ""


# ---- rows ------------------------------------------------------------------------------------------------------------


async def _needs(v: Visit) -> AsyncIterator[list[Row]]:
    async with v.db.reading() as tx:
        found, known = await pages.found_needs(tx, v.home, v.account, v.now)
    for some in _some(found):
        origins = sorted({one.origin for one in some if one.origin in known and one.origin})
        async with v.db.reading() as tx:
            stored = await listed.sessions_of(tx, origins)
        yield [
            (
                *(one.code, one.origin or "", *stored.get(one.origin or "", ("", ""))[:2], time_of(one.since)),
                *(one.sentence, one.reason, _detail(one.detail)),
            )
            for one in some
        ]


async def _sessions(v: Visit) -> AsyncIterator[list[Row]]:
    asked, after = {k: x for k, x in v.query.items() if k != "after"}, ""
    while True:
        async with v.db.reading() as tx:
            found = await pages.sessions(tx, v.home, v.account, {**asked, "after": after}, AT_ONCE)
        yield [
            (
                *(one.origin, one.title, one.site, time_of(one.began, one.tz), one.tz, one.trainer, one.laptop),
                *(str(one.size), str(one.needs), one.set),
            )
            for one in found["rows"]
        ]
        if not (after := found["next"]):
            return


async def _laptops(v: Visit) -> AsyncIterator[list[Row]]:
    after = ""
    while True:
        async with v.db.reading() as tx:
            found = await pages.laptops(tx, v.home, v.account, {"after": after}, v.now)
        yield [
            (
                *(one.id, one.name, one.site, one.state, str(one.sessions), one.newest, time_of(one.last)),
                *(str(one.days) if one.days >= 0 else "", "; ".join(_odd(need) for need in one.needs)),
            )
            for one in found["rows"]
        ]
        if not (after := found["next"]):
            return


def _odd(one: Need) -> str:
    """`gap 3-5`, `tail-cut`: what is missing of a laptop, or odd, with the numbers of the sessions."""
    first, last = one.detail.get("first"), one.detail.get("last")
    numbers = f" {first}" + (f"-{last}" if last != first else "") if one.code == "gap" and first else ""
    return f"{one.code}{numbers}"


async def _programs(v: Visit) -> AsyncIterator[list[Row]]:
    async with v.db.reading() as tx:
        rows = await program_pages.stands(v, tx, "")
    yield [
        (one.id, one.version, one.title, one.task, *map(str, (one.people, one.needed, one.ready, one.due, one.gap)))
        for one in rows
    ]


async def _cohorts(v: Visit) -> AsyncIterator[list[Row]]:
    """Every week of the cohort that the page shows; of every cohort where it shows everybody."""
    async with v.db.reading() as tx:
        found = await program_pages.program(v, tx, "")
        if found is None:
            return
        one, cohort, sites = found["one"], found["cohort"], found["sites"]
        some, register = await people.standings(tx, one.id, cohort, sites), await people.register_for(tx, [one], [])
    yield list(cohort_table(one, some, register, today(v.now)).rows)


async def _parts(v: Visit) -> AsyncIterator[list[Row]]:
    async with v.db.reading() as tx:
        found = await program_pages.program(v, tx, "")
    if found is not None:
        yield [
            (
                *(found["one"].id, found["cohort"], one.id, one.title),
                *(" ".join(f"{id}@{version}" for id, version in one.packs), " ".join(one.after)),
                *(str(one.people), str(one.done)),
            )
            for one in found["parts"]
        ]


async def _segments(v: Visit) -> AsyncIterator[list[Row]]:
    async with v.db.reading() as tx:
        found = await program_pages.program(v, tx, "")
    if found is not None:
        titles = found["part_titles"]
        yield [
            (
                *(found["one"].id, found["cohort"], one.part, titles.get(one.part, ""), one.segment, one.title),
                *map(str, (one.seen, one.have, one.seen - one.have)),
            )
            for one in found["missing"]
        ]


async def _certificates(v: Visit) -> AsyncIterator[list[Row]]:
    async with v.db.reading() as tx:
        found = await credential_pages.found(v, tx, "")
    for some in _some(found.fit):
        yield [
            (
                *(one.one.id, one.state, one.given, one.one.badge, one.one.issuer, one.one.name, one.one.program),
                *(one.one.version, one.title, iso(one.one.on), iso(one.one.until), iso(one.one.revoked), one.one.why),
                f"{one.one.ref.o}#{one.one.ref.i}" if one.one.ref.o else "",
            )
            for one in some
        ]


async def _planned(v: Visit) -> AsyncIterator[list[Row]]:
    to_come, past = planned_pages.lines(v)
    for some in _some([*to_come, *past]):
        yield [_plan(one) for one in some]


def _plan(one: planned_pages.Line) -> Row:
    plan, within = one.one.plan, one.one.plan.within
    state = "called_off" if one.one.state == CANCELLED else "past" if one.over else "planned"
    return (
        *(one.one.id, state, time_of(planned.begins(plan) * 1000, plan.tz), plan.tz, plan.title, plan.pack, plan.place),
        *(plan.room, plan.trainer, one.laptop, within.program if within.part else "", within.part, within.cohort),
        *(within.makes_up, str(len(plan.expected))),
    )


async def _questions(v: Visit) -> AsyncIterator[list[Row]]:
    """Those that wait and then the answered ones, each as the page has them; with `show=answered` these alone."""
    eyes = question_pages.whom(v.account)
    for answered in (True,) if v.query.get("show") == question_pages.ANSWERED else (False, True):
        after: tuple[int, str, int] | None = None
        while True:
            async with v.db.reading() as tx:
                some = await (parked.answered if answered else parked.open_ones)(tx, eyes, after, AT_ONCE)
                asked = await told(tx, some)
            yield [
                (
                    *(one.number, one.origin, one.title, one.site, one.pack, time_of(one.t, one.tz), one.text),
                    *(one.state, one.answer, one.by, time_of(one.at), one.log),
                )
                for one in asked
            ]
            if len(some) < AT_ONCE:
                break
            after = (some[-1].said if answered else some[-1].t, some[-1].origin, some[-1].i)


async def _access(v: Visit) -> AsyncIterator[list[Row]]:
    asked, before = pages.query(v.query, "who", "session"), 1 << 62
    while some := v.book.accesses(before, asked["who"], asked["session"], AT_ONCE):
        yield [(str(one.i), time_of(one.t * 1000), one.who, one.what, one.origin, one.detail, one.peer) for one in some]
        before = some[-1].i


def _some(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for k in range(0, len(rows), AT_ONCE):
        yield rows[k : k + AT_ONCE]


def _detail(detail: dict[str, Any]) -> str:
    """`first 3, last 5`: what is needed to decide, as the page has it; of a history how long it is, and its root."""
    said = []
    for name, value in sorted(detail.items()):
        if isinstance(value, dict):
            value = f"{value.get('size', '')} {value.get('root', '')}"
        elif name.endswith("_ms") and isinstance(value, int):
            value = time_of(value)
        if name != "checkpoint":
            said.append(f"{name} {value}")
    return clean_text(", ".join(said), 2000)


def _in_force(v: Visit) -> bool:
    return any(one.id == v.parts[0] for one in programs.in_force(v.home))


_PROGRAM: dict[str, Any] = {"at": "/programs/([a-z0-9-]{2,64})", "roles": OFFICE, "told": 0, "there": _in_force}
LISTED: tuple[Listed, ...] = (
    Listed("needs", "/", _needs),
    Listed("sessions", "/sessions", _sessions),
    Listed("laptops", "/laptops", _laptops, OFFICE),
    Listed("programs", "/programs", _programs, OFFICE),
    Listed("cohorts", rows=_cohorts, **_PROGRAM),
    Listed("parts", rows=_parts, **_PROGRAM),
    Listed("segments", rows=_segments, **_PROGRAM),
    Listed("certificates", "/certificates", _certificates, HEAD),
    Listed("planned", "/planned", _planned, OFFICE),
    Listed("questions", "/questions", _questions),
    Listed("access", "/access", _access, HEAD),
)
