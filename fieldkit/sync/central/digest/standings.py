"""Where people stand, worked out of what is kept of their sessions, and written down for lists.

A row of `standing` is one person in one program, or in a task (`task:press4`), for which all its programs are needed;
`person` has a row for everybody with a badge. What is said is true of the day on which it was worked out, and until
the day on which the person stands in `touched` to be looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from fieldkit.core.program import Program
from fieldkit.core.register import HOPS, Register
from fieldkit.core.standing import DUE, GAP, READY, Owed, Standing
from fieldkit.core.taught import Who
from fieldkit.sync.central.digest import tallies
from fieldkit.sync.central.digest.force import TASK, Force
from fieldkit.sync.central.digest.kept import many, taughts
from fieldkit.sync.central.digest.said import encoded, seen_of
from fieldkit.sync.central.digest.words import find_key, place_key
from fieldkit.sync.central.rows import KEY
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_marks import marks

ORDER = (READY, DUE, GAP)
WORDS = ("name", "find", "crew", "role", "site", "site_key", "crew_key")
COLUMNS = (
    *("program", "badge", "issuer", *WORDS, "cohort", "needed", "state", "why", "completed_on", "expires_on"),
    *("misses", "said"),
)
PERSON = ("badge", "issuer", *WORDS, "sessions", "last")


class Looked(msgspec.Struct, frozen=True):
    """One person: rows of `standing`, the row of `person` (None: in no session), when to look again (empty: never)."""

    who: Who
    standings: tuple[tuple[object, ...], ...]
    person: tuple[object, ...] | None
    again: str


async def register_of(tx: Tx, some: Sequence[Program], people: Sequence[Who]) -> Register:
    """These people with all that is kept of their sessions, and the sessions which those make up."""
    register = Register(some)
    rows = await _of(tx, "SELECT badge, issuer, origin, seen FROM did", people)
    missing = {origin for origin, _ in rows}
    for _ in range(HOPS + 1):
        found = await taughts(tx, sorted(missing))
        for taught in found.values():
            register.know(taught)
        missing = {one.makes_up for one in found.values() if one.makes_up} - register.sessions.keys()
        if not missing:
            break
    for origin, raw in rows:
        for seen in seen_of(raw):
            register.meet(register.sessions[origin], seen)
    return register


async def look(tx: Tx, force: Force, people: Sequence[Who], day: date) -> list[Looked]:
    """Where these people stand on a day."""
    register = await register_of(tx, force.programs, people)
    return [_looked(force, register, who, day) for who in people]


def _looked(force: Force, register: Register, who: Who, day: date) -> Looked:
    person = register.people.get(who)
    if person is None:
        return Looked(who, (), None, "")
    found: list[tuple[object, ...]] = []
    again: list[date | None] = []
    known: dict[tuple[str, int], Standing | None] = {}

    def stands(program: Program, days: int) -> Standing | None:
        if (program.id, days) not in known:
            one = known[program.id, days] = register.standing(program, who, day, days)
            again.append(register.again(program, who, day, one, days))
        return known[program.id, days]

    for program in force.programs:
        one = stands(program, program.due_days)
        if one is not None:
            found.append(_row(program.id, one))
    for task, some in force.tasks.items():
        days = max(one.due_days for one in some)
        if (whole := for_task(some, [stands(one, days) for one in some])) is not None:
            found.append(_row(f"{TASK}{task}", whole))
    words = _words(person.name, person.crew, person.role, person.site)
    me = (*who, *words, person.met, person.last.isoformat() if person.last is not None else "")
    next_ = min((one for one in again if one is not None), default=None)
    return Looked(who, tuple(found), me, next_.isoformat() if next_ is not None else "")


def for_task(some: Sequence[Program], stands: Sequence[Standing | None]) -> Standing | None:
    """Where somebody stands for a task, of what they stand in its programs (None: not in that one): as in the least of
    them, until the first day on which one of them ends; of a gap the day on which something ran out. Of a program that
    they are not in they owe every part. None who is in none of them."""
    found = [one for one in stands if one is not None]
    if not found:
        return None
    worst = max(found, key=lambda one: ORDER.index(one.state))
    state = GAP if len(found) < len(some) else worst.state
    owes: list[Owed] = []
    for program, one in zip(some, stands, strict=True):
        owes += one.owes if one is not None else (Owed(part.id) for part in program.parts)
    ends = [one.expires_on for one in found if one.expires_on is not None and (state != GAP or one.state == GAP)]
    return msgspec.structs.replace(
        worst,
        needed=any(one.needed for one in found),
        state=state,
        why=worst.why if worst.state == state else "parts-missing",
        done=tuple(done for one in found for done in one.done),
        owes=tuple(owes),
        completed_on=max((one.completed_on for one in found if one.completed_on is not None), default=None),
        expires_on=min(ends, default=None),
    )


def _words(name: str, crew: str, role: str, site: str) -> tuple[str, ...]:
    """`WORDS`, cut to what a key may hold."""
    return name[:KEY], find_key(name), crew[:KEY], role[:KEY], site[:KEY], place_key(site), place_key(crew)


def _row(program: str, one: Standing) -> tuple[object, ...]:
    misses = any(debt.of for debt in one.owes)
    return (
        *(program, *one.who),
        *_words(one.name, one.crew, one.role, one.site),
        *(one.cohort[:KEY], int(one.needed), one.state, one.why),
        *(one.completed_on.isoformat() if one.completed_on is not None else "",),
        *(one.expires_on.isoformat() if one.expires_on is not None else "",),
        *(int(misses), encoded(one)),
    )


async def write(tx: Tx, found: Iterable[Looked], before: Mapping[Who, str]) -> None:
    """Put this in place of what was there; `before`: whose mark is still the one that was read."""
    some = [one for one in found if one.who in before]
    await _tally(tx, some)
    await tx.put_rows("DELETE FROM standing WHERE badge = ?1 AND issuer = ?2", [one.who for one in some])
    await tx.put_rows(
        f"INSERT INTO standing ({', '.join(COLUMNS)}) VALUES ({marks(len(COLUMNS))})",
        [row for one in some for row in one.standings],
    )
    await tx.put_rows("DELETE FROM person WHERE badge = ?1 AND issuer = ?2", [one.who for one in some])
    await tx.put_rows(
        f"INSERT INTO person ({', '.join(PERSON)}) VALUES ({marks(len(PERSON))})",
        [one.person for one in some if one.person is not None],
    )
    await tx.put_rows(
        "DELETE FROM touched WHERE badge = ?1 AND issuer = ?2", [one.who for one in some if not one.again]
    )
    await tx.put_rows(
        "UPDATE touched SET again = ?3 WHERE badge = ?1 AND issuer = ?2",
        [(*one.who, one.again) for one in some if one.again],
    )


async def _tally(tx: Tx, some: Sequence[Looked]) -> None:
    """Count those who are written, and no more those whose place they take."""
    gone = await _of(tx, f"SELECT badge, issuer, {tallies.COLUMNS} FROM standing", [one.who for one in some])
    at_ = [COLUMNS.index(name) for name in tallies.COLUMNS.split(", ")]
    await tallies.change(tx, gone, [[row[k] for k in at_] for one in some for row in one.standings])


async def _of(tx: Tx, sql: str, people: Sequence[Who]) -> list[Sequence[Any]]:
    """What comes behind badge and issuer in the rows of these people. Asked for by badge: for pairs SQLite would read
    the whole table."""
    rows = await many(tx, f"{sql} WHERE badge IN ({{}})", sorted({badge for badge, _ in people}))
    wanted = set(people)
    return [rest for badge, issuer, *rest in rows if (badge, issuer) in wanted]
