"""Lists of people in programs: who is due, who missed what, how cohorts come along. Strings only, as every table.

Rows come from `core.standing`; each names the records that it rests on, `<part>=<origin>#<index>`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, timedelta

from fieldkit.core.clean import plain_cell
from fieldkit.core.program import Program, same_word, say
from fieldkit.core.register import Register
from fieldkit.core.standing import READY, WRONG, Owed, Standing
from fieldkit.core.tables.base import Table, local, names, yes
from fieldkit.core.taught import AWAY, NOT_HELD, UNDONE, UNSIGNED

DUE = names(
    """
    program task person_id id_issuer name crew role site cohort needed state why completed_on expires_on days_left
    owes parts_done parts evidence
    """
)
MISSED = names(
    """
    program part part_title segment segment_title session session_title training_date make_up_until
    person_id id_issuer name crew role site cohort state
    """
)
ROSTER = names("badge id_issuer name role crew")
DATES = names("record_id session_id said_at name person_id session_title completed_on site expires_on course_code")
COHORTS = names("program cohort week from part part_title people done")
WHYS = {
    AWAY: "was away",
    WRONG: "wrong answers",
    UNSIGNED: "not signed",
    UNDONE: "something it asks for is not done",
    NOT_HELD: "not held",
}
"""Why a segment is owed, as people read it."""
MOST_WEEKS = 106
ALL_PARTS = "*"


def chosen(some: Iterable[Standing], site: str = "", crew: str = "") -> list[Standing]:
    """Those of a site and a crew, as far as one is asked for."""
    return [one for one in some if (not site or same_word(one.site, site)) and (not crew or same_word(one.crew, crew))]


def due_table(
    program: Program, some: Iterable[Standing], day: date, everybody: bool = False, plain: bool = False
) -> Table:
    """Who is due or has a gap, the most urgent first; `everybody`: also who is ready; `plain`: for reading, what is
    owed by its titles and why."""
    rows = [one for one in some if everybody or one.state != READY]
    rows.sort(key=lambda one: (one.expires_on or date.min if one.state != READY else date.max, one.who))
    return Table("programs", DUE, _plain(_due(program, one, day, owed_plainly if plain else owed) for one in rows))


def _plain(rows: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [tuple(map(plain_cell, row)) for row in rows]


def _due(program: Program, one: Standing, day: date, said: Callable[[Owed], str]) -> tuple[str, ...]:
    left = str((one.expires_on - day).days) if one.expires_on is not None else ""
    evidence = " ".join(f"{done.part}={ref.o}#{ref.i}" for done in one.done for ref in done.by)
    return (
        program.id,
        program.task,
        *one.who,
        one.name,
        one.crew,
        one.role,
        one.site,
        one.cohort,
        yes(one.needed),
        one.state,
        one.why,
        iso(one.completed_on),
        iso(one.expires_on),
        left,
        "; ".join(map(said, one.owes)),
        str(len(one.done)),
        str(len(program.parts)),
        evidence,
    )


def owed(one: Owed) -> str:
    """`observed`, or `lockout: drill, ack`: the part, and what is missing of it where that is not all."""
    missing = f": {', '.join(one.segments)}" if one.segments else ""
    return f"{one.part}{missing}" + (" (done too early)" if one.early else "")


def owed_plainly(one: Owed) -> str:
    """`lockout: Drill (not signed), Talk (away)`."""
    some = (title + (f" ({WHYS.get(why, why)})" if why else "") for _, title, why in one.missing)
    missing = f": {', '.join(some)}" if one.segments else ""
    return f"{one.part}{missing}" + (" (done too early)" if one.early else "")


def missed_table(program: Program, some: Iterable[Standing], register: Register) -> Table:
    """Who was in a session, or expected there, and misses a segment of it: a row each, for a make-up session."""
    rows: list[tuple[str, ...]] = []
    for one in some:
        for debt in one.owes:
            session = register.sessions.get(debt.of)
            part = program.part(debt.part)
            if session is None or part is None:
                continue
            until = session.day + timedelta(days=program.make_up.days)
            head = (program.id, part.id, say(part.title))
            tail = (session.origin, session.title, iso(session.day), iso(until), *one.who)
            who = (one.name, one.crew, one.role, one.site, one.cohort, one.state)
            missing = zip(debt.segments, debt.titles, strict=True) if debt.segments else [("", "")]
            rows += [(*head, segment, title, *tail, *who) for segment, title in missing]
    rows.sort(key=lambda row: (row[1], row[5], row[3], row[9]))
    return Table("missed", MISSED, _plain(rows))


def roster_of(made: Table) -> Table:
    """The people of a list, each once, with the columns by which a roster knows them: for the session they owe."""
    at = [made.columns.index("person_id" if column == "badge" else column) for column in ROSTER]
    rows = dict.fromkeys(tuple(row[k] for k in at) for row in made.rows)
    return Table("roster", ROSTER, list(rows))


def dates_table(program: Program, some: Iterable[Standing], lang: str = "") -> Table:
    """Whoever has done something that ends, with the day of it: what a calendar of due dates (`formats.ics`) is made
    of. A row rests on the newest record that did a part."""
    rows: list[tuple[str, ...]] = []
    for one in some:
        newest = max(one.done, key=lambda done: done.t, default=None)
        if one.expires_on is None or newest is None:
            continue
        ref = newest.by[-1]
        when = local(newest.t, UTC)
        said = when.strftime("%Y-%m-%dT%H:%M:%SZ") if when is not None else ""
        who, title = one.who[0], say(program.title, lang)
        rows.append(
            (
                *(f"{ref.o}#{ref.i} {program.id}", ref.o, said, one.name, who, title, iso(one.completed_on)),
                *(one.site, iso(one.expires_on), program.id),
            )
        )
    return Table("due", DATES, _plain(rows))


def cohort_table(program: Program, some: Iterable[Standing], register: Register, day: date) -> Table:
    """Week by week, how many of a cohort had done each part, and (`*`) all of them: sums, and no name."""
    members: dict[str, list[Standing]] = {}
    for one in some:
        if one.cohort:
            members.setdefault(one.cohort, []).append(one)
    rows: list[tuple[str, ...]] = []
    for cohort, people in sorted(members.items()):
        start = _start(program, cohort, register)
        for week in range(MOST_WEEKS if start is not None and start <= day else 0):
            assert start is not None
            first = start + timedelta(weeks=week)
            if first > day:
                break
            last = first + timedelta(days=6)
            counts = [(part.id, say(part.title), _had(people, part.id, last)) for part in program.parts]
            whole = sum(one.completed_on is not None and one.completed_on <= last for one in people)
            for id, title, n in [*counts, (ALL_PARTS, "", whole)]:
                rows.append((program.id, cohort, str(week + 1), iso(first), id, title, str(len(people)), str(n)))
    return Table("cohorts", COHORTS, rows)


def _had(people: list[Standing], part: str, last: date) -> int:
    return sum(any(done.part == part and done.day <= last for done in one.done) for one in people)


def _start(program: Program, cohort: str, register: Register) -> date | None:
    """As the program says, else the Monday of the cohort's first session."""
    said = next((one.start for one in program.cohorts if one.id == cohort), None)
    first = min((one.day for one in register.sessions.values() if one.cohort == cohort), default=None)
    return said if said is not None or first is None else first - timedelta(days=first.weekday())


def iso(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
