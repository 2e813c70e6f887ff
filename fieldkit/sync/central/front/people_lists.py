"""The lists of people as files: the bytes of `central due` and `central makeups`, and a calendar of due dates."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.program import Program
from fieldkit.core.standing import Standing
from fieldkit.core.tables.base import Table
from fieldkit.core.tables.lists import kinds_of
from fieldkit.core.tables.programs import dates_table, due_table, missed_table, roster_of
from fieldkit.errors import NotPossible
from fieldkit.formats import csv, ics
from fieldkit.formats import json as json_
from fieldkit.sync.central.digest import people as digest
from fieldkit.sync.central.digest.asked import Key
from fieldkit.sync.central.digest.people import Wanted
from fieldkit.sync.central.front.pages import query
from fieldkit.sync.central.front.people_pages import ASKED, Choice, choices, choose, sites_of, wanted_of
from fieldkit.sync.central.front.take import KINDS, Taken, formats

if TYPE_CHECKING:
    from fieldkit.sync.central.front.rooms import Visit
    from fieldkit.sync.central.tx import Tx

AT_ONCE = 1000


async def due(v: Visit) -> Taken | None:
    """Who stands on the page, with the same filters; None where there is no such program, or nothing for a calendar."""
    asked = query(v.query, *ASKED)
    choice = choose(choices(v.home, v.words.lang), asked["program"])
    if choice is None:
        return None
    async with v.db.reading() as tx:
        some = await _everybody(tx, wanted_of(v.account, choice, asked))
        day = digest.day_of((await digest.as_of(tx, v.now)).day) or datetime.fromtimestamp(v.now, UTC).date()
    program = _program(choice)
    if v.parts[0] == "ics":
        try:
            return _file("due", choice, "ics", day, "due", ics.write(dates_table(program, some, v.words.lang)))
        except NotPossible:
            return None
    return _taken("due", choice, v.parts[0], day, due_table(program, some, day, everybody=True))


async def makeups(v: Visit) -> Taken | None:
    """Who misses what, with the filters of the page."""
    asked = query(v.query, "program", "site", "crew")
    choice = choose([one for one in choices(v.home, "") if not one.task], asked["program"])
    if choice is None:
        return None
    program = choice.programs[0]
    wanted = Wanted(program.id, sites=sites_of(v.account, asked["site"]), crew=asked["crew"], missing=True)
    async with v.db.reading() as tx:
        some = await _everybody(tx, wanted)
        register = await digest.register_for(tx, [program], some)
        day = digest.day_of((await digest.as_of(tx, v.now)).day) or datetime.fromtimestamp(v.now, UTC).date()
    return _taken("makeups", choice, v.parts[0], day, missed_table(program, some, register))


async def _everybody(tx: Tx, wanted: Wanted) -> list[Standing]:
    """All of a list, by badge, so many at a time."""
    found: list[Standing] = []
    after: Key | None = None
    while True:
        some = await digest.people(tx, wanted, after, AT_ONCE)
        found += [one.standing for one in some]
        if len(some) < AT_ONCE:
            return sorted(found, key=lambda one: one.who)
        after = some[-1].key


def _program(choice: Choice) -> Program:
    """For a task one that has the parts of all its programs: what `due` says of a program, it says of the task."""
    first = choice.programs[0]
    if not choice.task:
        return first
    parts = tuple(part for one in choice.programs for part in one.parts)
    return Program(id=choice.key, version=first.version, title={"": choice.task}, parts=parts, task=choice.task)


def _taken(name: str, choice: Choice, as_: str, day: date, made: Table) -> Taken | None:
    if as_ == "roster":
        made = roster_of(made)
    elif as_ not in formats(name):
        return None
    data = json_.write(made) if as_ == "json" else _workbook(made) if as_ == "xlsx" else csv.write(made)
    return _file(name, choice, as_, day, made.name, data)


def _workbook(made: Table) -> bytes:
    from fieldkit.formats import xlsx

    return xlsx.write([msgspec.structs.replace(made, kinds=kinds_of(made.columns))])


def _file(name: str, choice: Choice, as_: str, day: date, what: str, data: bytes) -> Taken:
    of = "".join(c for c in choice.key if c.isascii() and (c.isalnum() or c in "-_")) or "list"
    end = "-roster.csv" if as_ == "roster" else f".{as_}"
    file = f"{name}-{of[:60]}-{day.isoformat()}{end}"
    kind = KINDS["csv" if as_ == "roster" else as_]
    return Taken(data, file, kind, "", f"{what} {as_}", hashlib.sha256(data).hexdigest())
