"""The lists of people as files: the bytes of `central due` and `central makeups`, and a calendar of due dates."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from fieldkit.core.program import Program, say
from fieldkit.core.standing import Standing
from fieldkit.core.tables.base import Table, names
from fieldkit.core.tables.programs import due_table, iso, missed_table, roster_of
from fieldkit.errors import NotPossible
from fieldkit.formats import csv, ics
from fieldkit.formats import json as json_
from fieldkit.sync.central.digest import people as digest
from fieldkit.sync.central.digest.asked import Key
from fieldkit.sync.central.digest.people import Wanted
from fieldkit.sync.central.front.pages import query
from fieldkit.sync.central.front.people_pages import ASKED, Choice, choices, choose, sites_of, wanted_of
from fieldkit.sync.central.front.take import Taken

if TYPE_CHECKING:
    from fieldkit.sync.central.front.rooms import Visit
    from fieldkit.sync.central.tx import Tx

AT_ONCE = 1000
KINDS = {"csv": "text/csv", "roster": "text/csv", "json": "application/json", "ics": "text/calendar"}
ICS = names("record_id session_id said_at name person_id session_title completed_on site expires_on course_code")


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
            return _file("due", choice, "ics", day, "due", ics.write(_calendar(program, some, v.words.lang)))
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


def _taken(name: str, choice: Choice, as_: str, day: date, made: Table) -> Taken:
    if as_ == "roster":
        made = roster_of(made)
    data = json_.write(made) if as_ == "json" else csv.write(made)
    return _file(name, choice, as_, day, made.name, data)


def _file(name: str, choice: Choice, as_: str, day: date, what: str, data: bytes) -> Taken:
    of = "".join(c for c in choice.key if c.isascii() and (c.isalnum() or c in "-_")) or "list"
    end = "-roster.csv" if as_ == "roster" else f".{as_}"
    file = f"{name}-{of[:60]}-{day.isoformat()}{end}"
    return Taken(data, file, KINDS[as_], "", f"{what} {as_}", hashlib.sha256(data).hexdigest())


def _calendar(program: Program, some: list[Standing], lang: str) -> Table:
    """An event for everybody whose training has an end, on that day. It rests on the newest record that did a part."""
    rows: list[tuple[str, ...]] = []
    for one in some:
        newest = max(one.done, key=lambda done: done.t, default=None)
        if one.expires_on is None or newest is None:
            continue
        ref = newest.by[-1]
        said = datetime.fromtimestamp(newest.t / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        who, title = one.who[0], say(program.title, lang)
        rows.append(
            (
                *(f"{ref.o}#{ref.i} {program.id}", ref.o, said, one.name, who, title, iso(one.completed_on)),
                *(one.site, iso(one.expires_on), program.id),
            )
        )
    return Table("due", ICS, rows)
