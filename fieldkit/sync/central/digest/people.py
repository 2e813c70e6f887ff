"""What pages and lists ask about people: where they stand, what they did, what they miss, how cohorts come along.

Everything is read from `standing`, `person`, `did` and `learnt`, as it stood when somebody last caught up (`as_of`).
It costs what is shown, however much is stored. Lists are found by a key (name as it is sorted, badge, issuer), never by
counting. `sites` None is every site, an empty sequence none; a site or crew is compared as `words.place_key` says.
A program is its id, a task `task_key(task)`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.program import Program, say
from fieldkit.core.register import Register
from fieldkit.core.standing import DUE, GAP, READY, Standing
from fieldkit.core.taught import AWAY, Ref, Seen, Taught
from fieldkit.sync.central.digest import force, learnt
from fieldkit.sync.central.digest.asked import Ask, Key
from fieldkit.sync.central.digest.kept import taughts
from fieldkit.sync.central.digest.said import seen_of
from fieldkit.sync.central.digest.sums import unknown
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.digest.work import left, today
from fieldkit.sync.central.tx_marks import marks

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

A_PAGE = 50
STATES = (GAP, DUE, READY)
_decode = msgspec.json.Decoder(Standing).decode
_MET = "badge, issuer, name, crew, role, site, sessions, last, find"
_SHOWN = (
    "program, badge, issuer, name, crew, role, site, cohort, needed, state, why, completed_on, expires_on, find, said"
)


class AsOf(msgspec.Struct, frozen=True):
    """How far somebody has caught up. `day` of the calendar (ISO, empty: never), `left` sessions and people to read."""

    day: str
    left: int


class Wanted(msgspec.Struct, frozen=True):
    """What a list of standings shows. `program`: an id or `task_key`; `states`: some of `STATES`, none is all."""

    program: str
    states: tuple[str, ...] = ()
    sites: tuple[str, ...] | None = None
    crew: str = ""
    text: str = ""
    """The beginning of a name or a badge, as somebody typed it."""
    missing: bool = False
    """Only who misses something of a session they were in or expected at."""


class Stands(msgspec.Struct, frozen=True):
    """A line of a list. Days are ISO, empty where there is none; `standing` has parts, evidence and what is owed."""

    program: str
    badge: str
    issuer: str
    name: str
    crew: str
    role: str
    site: str
    cohort: str
    needed: bool
    state: str
    why: str
    completed_on: str
    expires_on: str
    find: str
    standing: Standing

    @property
    def key(self) -> Key:
        return self.find, self.badge, self.issuer


class Somebody(msgspec.Struct, frozen=True):
    """A line of the list of everybody: `sessions` they were in, the `last` of them (a day)."""

    badge: str
    issuer: str
    name: str
    crew: str
    role: str
    site: str
    sessions: int
    last: str
    find: str

    @property
    def key(self) -> Key:
        return self.find, self.badge, self.issuer


class Count(msgspec.Struct, frozen=True):
    """One site and crew, as somebody there has it written; how many of each state."""

    site: str
    crew: str
    ready: int
    due: int
    gap: int


class Attended(msgspec.Struct, frozen=True):
    """One session of one person. `here`: not absent and not excused; `whole`: every rule of the plan held; `did`,
    `missed`: segments (id, title), with why it is not done (`core.taught`); `credited`: what head office granted counts
    in both; `by`: the record of it."""

    origin: str
    day: str
    title: str
    site: str
    pack: str
    version: str
    kind: str
    makes_up: str
    here: bool
    whole: bool
    credited: bool
    did: tuple[tuple[str, str], ...]
    missed: tuple[tuple[str, str, str], ...]
    by: Ref


class Person(msgspec.Struct, frozen=True):
    """Everything about one person. Sessions the newest first; `more`: there are others."""

    who: Somebody
    standings: tuple[Stands, ...]
    sessions: tuple[Attended, ...]
    more: bool
    sets: tuple[learnt.Set, ...] = ()
    """Of pre-work and reinforcement, what they answered last first."""


class Missed(msgspec.Struct, frozen=True):
    """What somebody misses: of which part, of which session (`of`), which segments (id, title, why; none: all of it),
    and until which day it adds up."""

    person: Stands
    part: str
    part_title: str
    of: str
    title: str
    day: str
    until: str
    segments: tuple[tuple[str, str, str], ...]


class Cohort(msgspec.Struct, frozen=True):
    """A cohort of a program: people, and how many of them stand how."""

    cohort: str
    people: int
    ready: int
    due: int
    gap: int


def task_key(task: str) -> str:
    """What a task is called where a program may stand."""
    return f"{force.TASK}{task}"


async def as_of(tx: Tx, now: int) -> AsOf:
    """How far the lists are from what is stored. `now`: Unix s."""
    day = (await force.stamps(tx)).get(force.DAY, "")
    return AsOf(day, await left(tx, today(now)))


# ---- lists -------------------------------------------------------------------------------------------------------


async def people(tx: Tx, wanted: Wanted, after: Key | None = None, most: int = A_PAGE) -> list[Stands]:
    """Where people stand in a program or for a task, by name; at most so many behind `after`. Ask for one more than is
    shown to know whether there is another page."""
    ask = Ask(after, most)
    base = [f"program = {ask.mark(wanted.program)}"]
    # An index leads to one state, to one state at one site, and to who misses something; the rest is passed over.
    alone = wanted.missing and not wanted.states and wanted.sites is None
    states = sorted(set(wanted.states or STATES))
    ways = ["misses = 1"] if alone else [f"state = {ask.mark(one)}" for one in states]
    if wanted.sites is not None:
        ways = [f"{site} AND {way}" for site in ask.at(wanted.sites) for way in ways]
    if wanted.missing and not alone:
        base.append("+misses = 1")
    if wanted.crew:
        base.append(f"crew_key = {ask.mark(place_key(wanted.crew))}")
    rows = await ask.rows(tx, _SHOWN, "standing", base, ways, wanted.text)
    return [_stands(row) for row in rows]


async def everybody(
    tx: Tx, text: str = "", sites: Sequence[str] | None = None, after: Key | None = None, most: int = A_PAGE
) -> list[Somebody]:
    """Everybody with a badge who stands on a sheet, by name, in a program or not."""
    ask = Ask(after, most)
    ways = ["1 = 1"]
    if sites is not None:
        ways = ask.at(sites)
    return [Somebody(*row) for row in await ask.rows(tx, _MET, "person", [], ways, text)]


async def in_none(tx: Tx, text: str, sites: Sequence[str] | None = None, most: int = A_PAGE) -> list[Somebody]:
    """Of whose name or badge begins like this, those who stand in no program and for no task."""
    ask = Ask(None, most)
    ways = ["1 = 1"] if sites is None else ask.at(sites)
    base = ["NOT EXISTS (SELECT 1 FROM standing s WHERE s.badge = person.badge AND s.issuer = person.issuer)"]
    return [Somebody(*row) for row in await ask.rows(tx, _MET, "person", base, ways, text)]


def _stands(row: Sequence[Any]) -> Stands:
    shown = {**dict(zip(Stands.__struct_fields__, row, strict=True)), "standing": _decode(row[-1])}
    return Stands(**{**shown, "needed": bool(shown["needed"])})


async def counts(tx: Tx, program: str, sites: Sequence[str] | None = None) -> list[Count]:
    """How many are ready, due or have a gap, by site and crew, in a program or for a task (`task_key`)."""
    where, values = "program = ?1 AND dim = 'crew'", [program]
    if sites is not None:
        if not sites:
            return []
        where += f" AND site_key IN ({marks(len(sites), 2)})"
        values += [place_key(one) for one in sites]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for key, site, crew, state, n in await tx.rows(
        f"SELECT site_key, word, crew, state, n FROM tally WHERE {where} ORDER BY site_key, word, crew, state", *values
    ):
        one = found.setdefault((key, place_key(crew)), {"site": site, "crew": crew, READY: 0, DUE: 0, GAP: 0})
        one[state] += int(n)
    by_key = (found[key] for key in sorted(found))
    return [Count(one["site"], one["crew"], one[READY], one[DUE], one[GAP]) for one in by_key]


# ---- one person --------------------------------------------------------------------------------------------------


async def person(tx: Tx, badge: str, issuer: str = "", most: int = 200, office: Collection[str] = ()) -> Person | None:
    """One person: where they stand, in programs and for tasks, their newest sessions, and what they answered before and
    after (`office` as in `learnt.of_person`); None for nobody."""
    who = badge.strip().upper(), issuer.strip().upper()
    rows = await tx.rows(
        f"SELECT {_MET} FROM person WHERE badge = ?1 AND issuer = ?2",
        *who,
    )
    if not rows:
        return None
    stands = await tx.rows(f"SELECT {_SHOWN} FROM standing WHERE badge = ?1 AND issuer = ?2 ORDER BY program", *who)
    seen = await tx.rows(
        "SELECT d.origin, d.seen FROM did d JOIN digest s ON s.origin = d.origin WHERE d.badge = ?1 AND d.issuer = ?2"
        f" ORDER BY s.day DESC, s.t DESC, d.origin LIMIT {int(most) + 1}",
        *who,
    )
    known = await taughts(tx, [origin for origin, _ in seen])
    sessions = [_attended(known[origin], one) for origin, raw in seen[:most] for one in seen_of(raw)]
    sets = tuple(await learnt.of_person(tx, *who, office))
    return Person(Somebody(*rows[0]), tuple(map(_stands, stands)), tuple(sessions), len(seen) > most, sets)


async def issuers(tx: Tx, badge: str) -> list[str]:
    """Who issued badges of this number: usually one."""
    rows = await tx.rows("SELECT issuer FROM person WHERE badge = ?1 ORDER BY issuer", badge.strip().upper())
    return [issuer for (issuer,) in rows]


def _attended(taught: Taught, seen: Seen) -> Attended:
    mine = seen.with_credit if seen.with_credit is not None else seen
    titles = dict(zip(taught.segments, taught.titles, strict=True))
    asked, lacks = taught.asked or frozenset(taught.segments), dict(seen.lacks)
    return Attended(
        *(taught.origin, taught.day.isoformat(), taught.title, taught.site, taught.pack, taught.version),
        *(taught.kind, taught.makes_up, seen.here, mine.whole, seen.with_credit is not None),
        tuple((one, titles[one]) for one in taught.segments if one in mine.did),
        tuple((x, titles[x], lacks.get(x, AWAY)) for x in taught.segments if x in asked and x not in mine.did),
        Ref(taught.origin, seen.i),
    )


# ---- make-ups and cohorts ----------------------------------------------------------------------------------------


async def missed(
    tx: Tx,
    program: Program,
    sites: Sequence[str] | None = None,
    crew: str = "",
    after: Key | None = None,
    most: int = A_PAGE,
) -> tuple[list[Missed], Key | None]:
    """What people miss of sessions of a program, by name, of at most so many people; after whom the next page begins,
    None behind the last."""
    wanted = Wanted(program.id, sites=None if sites is None else tuple(sites), crew=crew, missing=True)
    some = await people(tx, wanted, after, most + 1)
    shown = some[:most]
    sessions = await taughts(tx, sorted({debt.of for one in shown for debt in one.standing.owes if debt.of}))
    out: list[Missed] = []
    for one in shown:
        for debt in one.standing.owes:
            session, part = sessions.get(debt.of), program.part(debt.part)
            if session is not None and part is not None:
                until = session.day + timedelta(days=program.make_up.days)
                days = session.day.isoformat(), until.isoformat()
                out.append(Missed(one, part.id, say(part.title), debt.of, session.title, *days, debt.missing))
    return out, shown[-1].key if len(some) > most else None


async def cohorts(tx: Tx, program: str, sites: Sequence[str] | None = None) -> list[Cohort]:
    """The cohorts of a program, by id, with how their people stand; who is in none is left out."""
    if sites is not None and not sites:
        return []
    at = f" AND site_key IN ({marks(len(sites), 2)})" if sites is not None else ""
    rows = await tx.rows(
        f"SELECT word, state, sum(n) FROM tally WHERE program = ?1 AND dim = 'cohort' AND word <> ''{at}"
        " GROUP BY word, state ORDER BY word",
        *(program, *map(place_key, sites or ())),
    )
    found: dict[str, dict[str, int]] = {}
    for cohort, state, n in rows:
        found.setdefault(cohort, {})[state] = int(n)
    return [Cohort(id, sum(n.values()), n.get(READY, 0), n.get(DUE, 0), n.get(GAP, 0)) for id, n in found.items()]


async def standings(tx: Tx, program: str, cohort: str = "", sites: Sequence[str] | None = None) -> list[Standing]:
    """Everybody's standing in a program, by badge, or that of one cohort, or of some sites: for tables that show all of
    it."""
    where, values = "program = ?1", [program]
    if cohort:
        values.append(cohort)
        where += " AND cohort = ?2"
    if sites is not None:
        if not sites:
            return []
        where += f" AND site_key IN ({marks(len(sites), len(values) + 1)})"
        values += [place_key(one) for one in sites]
    rows = await tx.rows(f"SELECT said FROM standing WHERE {where} ORDER BY badge, issuer", *values)
    return [_decode(said) for (said,) in rows]


async def register_for(tx: Tx, programs: Iterable[Program], some: Iterable[Standing]) -> Register:
    """A register that knows the sessions which these standings owe, and the first session of every cohort: what
    `core.tables.programs` looks up. It knows nobody."""
    register = Register(programs)
    origins = {debt.of for one in some for debt in one.owes if debt.of}
    firsts = await tx.rows(
        "SELECT min(d.origin) FROM digest d JOIN (SELECT cohort, min(day) AS day FROM digest WHERE cohort <> ''"
        " GROUP BY cohort) f ON f.cohort = d.cohort AND f.day = d.day GROUP BY d.cohort"
    )
    for taught in (await taughts(tx, sorted(origins | {origin for (origin,) in firsts}))).values():
        register.know(taught)
    register.unknown = await unknown(tx)
    return register


async def needed(tx: Tx, sites: Sequence[str] | None = None) -> dict[str, int]:
    """Program, or `task_key` → how many need it by the words of their rosters."""
    if sites is not None and not sites:
        return {}
    at = f" AND site_key IN ({marks(len(sites))})" if sites is not None else ""
    sql = f"SELECT program, sum(n) FROM tally WHERE dim = 'need'{at} GROUP BY program"
    return {str(program): int(n) for program, n in await tx.rows(sql, *map(place_key, sites or ()))}


async def states(tx: Tx, sites: Sequence[str] | None = None) -> dict[str, dict[str, int]]:
    """Program, or `task_key` → state → how many: of all programs at once."""
    where, values = "dim = 'crew'", [place_key(one) for one in sites or ()]
    if sites is not None:
        if not sites:
            return {}
        where += f" AND site_key IN ({marks(len(values))})"
    rows = await tx.rows(f"SELECT program, state, sum(n) FROM tally WHERE {where} GROUP BY program, state", *values)
    found: dict[str, dict[str, int]] = {}
    for program, state, n in rows:
        found.setdefault(str(program), {})[str(state)] = int(n)
    return found


def day_of(text: str) -> date | None:
    """An ISO day of a row; None for an empty one."""
    return date.fromisoformat(text) if text else None
