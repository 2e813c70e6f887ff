"""Everybody, gathered out of sessions one after the other, and which part of a program each session was for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, TypeVar

import msgspec

from fieldkit.core.program import Part, Program
from fieldkit.core.standing import Course, Person, Row, Standing
from fieldkit.core.taught import Facts, Seen, Taught, Who

T = TypeVar("T", bound=Hashable)
HOPS = 8
"""Longest chain of sessions that make up each other."""


class Register:
    """Every person and what the sessions say, gathered one session at a time in any order.

    Memory grows with the sessions, with the people and with what they did of these programs; of others only who was
    there is kept.
    """

    def __init__(self, programs: Iterable[Program]) -> None:
        self.programs = tuple(programs)
        self.people: dict[Who, Person] = {}
        self.sessions: dict[str, Taught] = {}
        self.unknown = 0
        """People in sessions without a badge, counted once a session."""
        self._same: dict[Any, Any] = {}
        self._packs = {pack.id for program in self.programs for part in program.parts for pack in part.packs}
        self._ids = {program.id for program in self.programs}

    def wanted(self, taught: Taught) -> bool:
        """Whether this session can matter to one of the programs."""
        return taught.pack in self._packs or taught.program in self._ids or bool(taught.makes_up)

    def add(self, facts: Facts) -> None:
        """Take one session in; each is added once."""
        taught = self.know(facts.taught)
        self.unknown += facts.unknown
        for seen in facts.seen:
            self.meet(taught, seen)

    def know(self, taught: Taught) -> Taught:
        """A session, whoever was in it: others may make it up."""
        plan = {field: self._once(getattr(taught, field)) for field in ("segments", "titles", "asked", "graded")}
        self.sessions[taught.origin] = found = msgspec.structs.replace(taught, **plan)
        return found

    def meet(self, taught: Taught, seen: Seen) -> None:
        """One person in a session that is known."""
        who = self._once(seen.who)
        person = self.people.setdefault(who, Person())
        person.meet(taught, seen)
        if self.wanted(taught):  # the words are with the person
            did, points = self._once(seen.did), self._once(seen.points)
            lean = msgspec.structs.replace(
                seen, who=who, name="", crew="", role="", employer="", did=did, points=points
            )
            person.rows.append((taught, lean))

    def _once(self, value: T) -> T:
        """What many sessions say alike is kept once."""
        found: T = self._same.setdefault(value, value)
        return found

    def standings(self, program: Program, day: date, within: int | None = None) -> list[Standing]:
        """Everybody who needs the program, or has begun or completed it, by badge."""
        found = (self.standing(program, who, day, within) for who in sorted(self.people))
        return [one for one in found if one is not None]

    def standing(self, program: Program, who: Who, day: date, within: int | None = None) -> Standing | None:
        """One person; None for whom the program is no matter, and for nobody."""
        person = self.people.get(who)
        if person is None:
            return None
        needed = program.needed_by(person.crew, person.role, person.site, person.employer)
        rows = sorted(
            ((t, s) for t, s in person.rows if t.day <= day), key=lambda row: (row[0].t, row[0].origin, row[1].i)
        )
        mine: dict[str, list[Row]] = {}
        for row in rows:
            part = part_of(program, row[0], self.sessions)
            if part is not None:
                mine.setdefault(part.id, []).append(row)
        if not needed and not mine:
            return None
        course = Course(program, mine, self.sessions, day)
        return course.standing(who, person, needed, program.due_days if within is None else within)

    def again(self, program: Program, who: Who, day: date, standing: Standing | None, within: int) -> date | None:
        """The first day after `day` on which a standing may be another one although nothing more is recorded; None:
        never. What is said of a day before it is what `standing` said of `day`."""
        person = self.people.get(who)
        least = [program.make_up.days, *([program.within_days] if program.within_days is not None else [])]
        found: list[date | None] = []
        for taught, _ in person.rows if person is not None else ():
            found += [taught.day, *(_after(taught.day, days + 1) for days in least)]
        if standing is not None and standing.expires_on is not None:
            found += [_after(standing.expires_on, -within), _after(standing.expires_on, 1)]
        return min((one for one in found if one is not None and one > day), default=None)


def _after(day: date, days: int) -> date | None:
    """So many days after a day; None where the calendar ends."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def part_of(program: Program, taught: Taught, sessions: Mapping[str, Taught]) -> Part | None:
    """Which part of a program a session is for: the one that it names, else that of the session it makes up, else the
    first one that its pack fulfils."""
    one = taught
    for _ in range(HOPS):
        if one.program == program.id and one.part:
            return program.part(one.part)
        target = sessions.get(one.makes_up) if one.makes_up else None
        if target is None or target.pack != one.pack:
            break
        one = target
    return program.listing(one.pack, one.version)
