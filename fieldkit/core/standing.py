"""Where somebody stands in a program: which parts are done, by which records, until when it counts, what is owed.

Pure: (program, what every session says, day) → one Standing a person. Sessions are sorted by the moment at which they
ended, so the order in which they arrived says nothing. The rules:

1. A session that alone holds every rule of its plan does the part; one that makes up another is judged by segments.
2. By segments: of one session of the part, what others of it within `make_up.days` did counts too. Nothing is owed
   when every segment that it asked for was done in one of them, and the score is enough over the answers of the newest
   session in which the question's segment was done.
3. A part counts when the parts it comes `after` were done before; what was done earlier has to be done again.
4. When all parts are done the program is complete that day, and the next completion begins anew: only parts `once`
   stay. It counts for calendar months, the last day included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from fieldkit.core.completion import expires
from fieldkit.core.models import learn
from fieldkit.core.program import SESSION, Part, Program
from fieldkit.core.taught import AWAY, NOT_HELD, NOT_RUN, UNDONE, UNSIGNED, Ref, Seen, Taught, Who

READY, DUE, GAP = "ready", "due", "gap"
STATES = (READY, DUE, GAP)
COMPLETE, SOON, EXPIRED, MISSING, NEVER = "complete", "expires-soon", "expired", "parts-missing", "never-begun"
WRONG = "wrong"
"""Why a segment is owed: its answers keep the score too low."""
WHOLE, SEGMENTS, CREDIT, MADE_UP = "session", "segments", "credit", "make-up"
"""How a part was done."""


class Done(msgspec.Struct, frozen=True):
    """A part, done. `by`: the person's records that did it, in the order of their logs."""

    part: str
    day: date
    t: int
    how: str
    by: tuple[Ref, ...]
    until: date | None
    """As long as the packs say; None: no end."""


class Owed(msgspec.Struct, frozen=True):
    """A part that is not done. `segments`: what is missing of the session `of`; none: all of the part."""

    part: str
    of: str = ""
    segments: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    whys: tuple[str, ...] = ()
    """Of each segment why it is owed: a word of `core.taught`, or WRONG."""
    early: bool = False
    """It was done before a part that has to come first."""

    @property
    def missing(self) -> tuple[tuple[str, str, str], ...]:
        """(segment, title, why); the why is empty in what an earlier release kept."""
        return tuple(zip(self.segments, self.titles, self.whys or ("",) * len(self.segments), strict=True))


class Standing(msgspec.Struct, frozen=True):
    """One person in one program, on one day."""

    program: str
    who: Who
    name: str
    crew: str
    role: str
    site: str
    cohort: str
    needed: bool
    state: str
    why: str
    done: tuple[Done, ...]
    """Towards the completion that counts, else towards the next one; in the order of the program."""
    owes: tuple[Owed, ...]
    completed_on: date | None = None
    expires_on: date | None = None


learn(Standing)
Row = tuple[Taught, Seen]


class Person(msgspec.Struct):
    """What all sessions say about one person; the words of the roster are the newest ones."""

    rows: list[Row] = []
    name: str = ""
    crew: str = ""
    role: str = ""
    employer: str = ""
    site: str = ""
    newest: dict[str, tuple[int, str, str]] = {}
    """Word → (t, origin, value)."""
    trained: bool = False
    """Whether `site` is one at which they were in a session; else they were only expected there."""
    met: int = 0
    """Sessions they were in."""
    last: date | None = None
    """Day of the last of these."""

    def meet(self, taught: Taught, seen: Seen) -> None:
        if seen.here:
            self.met += 1
            self.last = max(self.last or date.min, taught.day)
        for field in ("name", "crew", "role", "employer"):
            self._word(field, taught, getattr(seen, field))
        if seen.here and taught.site and not self.trained:
            self.trained = True  # where they were only expected says nothing from now on
            self.newest.pop("site", None)
        if seen.here or not self.trained:
            self._word("site", taught, taught.site)

    def _word(self, field: str, taught: Taught, value: str) -> None:
        found = (taught.t, taught.origin, value)
        if value and found > self.newest.get(field, (-1 << 62, "", "")):
            self.newest[field] = found
            setattr(self, field, value)


class Course:
    """One person's way through one program."""

    def __init__(
        self, program: Program, rows: Mapping[str, list[Row]], sessions: Mapping[str, Taught], day: date
    ) -> None:
        self.program, self.sessions, self.day = program, sessions, day
        self.rows = rows
        self.by_session = program.make_up.by == SESSION
        self.debts: dict[str, Owed] = {}
        events = [one for part in program.parts for one in self._events(part, rows.get(part.id, []))]
        order = {part.id: k for k, part in enumerate(program.parts)}
        self.events = sorted(events, key=lambda one: (one.t, order[one.part], one.by))

    # -- one part ----------------------------------------------------------------------------------------------

    def _events(self, part: Part, rows: Sequence[Row]) -> list[Done]:
        """Each time the part was done; what is open at the end goes to `debts`."""
        found: list[Done] = []
        pool: list[Row] = []
        for row in rows:
            pool = [*self._near(pool, row[0].day), row]
            done = self._judged(part, pool)
            if done is not None:
                found.append(done)
                pool = []
        pool = self._near(pool, self.day)
        owed = Owed(part.id, pool[-1][0].origin) if pool and self.by_session else self._least(part, pool)
        if owed is not None:
            self.debts[part.id] = owed
        return found

    def _near(self, pool: Sequence[Row], day: date) -> list[Row]:
        return [one for one in pool if (day - one[0].day).days <= self.program.make_up.days]

    def _judged(self, part: Part, pool: list[Row]) -> Done | None:
        """Whether the last of these sessions did the part, alone or with those before."""
        taught, seen = pool[-1]
        credit = seen.with_credit if part.credit else None
        if seen.whole and not _made_up(taught):
            return _done(part, taught, WHOLE, [Ref(taught.origin, seen.i)], [taught])
        if credit is not None and (credit.pack or (credit.whole and not _made_up(taught))):
            return _done(part, taught, CREDIT, [Ref(taught.origin, seen.i), credit.ref], [taught])
        if self.by_session and not _made_up(taught):
            return None
        rows = pool[-1:] if self.by_session else pool
        owed = self._least(part, rows)
        if owed is None or owed.segments:
            return None
        base = self._bases(rows)[owed.of]
        used: dict[str, Row] = {}
        for segment in base.asked or frozenset(base.segments):
            for row in rows:
                if row[0].pack == base.pack and segment in _did(part, row[1]):
                    used[row[0].origin] = row
        used[taught.origin] = pool[-1]
        by = [Ref(t.origin, s.i) for t, s in used.values()]
        by += [s.with_credit.ref for _, s in used.values() if part.credit and s.with_credit is not None]
        how = MADE_UP if any(_made_up(t) for t, _ in used.values()) else SEGMENTS
        return _done(part, taught, how, by, [t for t, _ in used.values()])

    def _bases(self, rows: Sequence[Row]) -> dict[str, Taught]:
        """The sessions that can be made whole: those of the person, and those that were made up for. A make-up of
        nothing that is known asks for every segment of its plan."""
        found: dict[str, Taught] = {}
        for taught, _ in rows:
            target = self.sessions.get(taught.makes_up) if taught.makes_up else None
            if not _made_up(taught):
                found[taught.origin] = taught
            elif target is not None and target.pack == taught.pack and not _made_up(target):
                found[target.origin] = target
            else:
                every = frozenset(taught.segments)
                found[taught.origin] = msgspec.structs.replace(taught, asked=every)
        return found

    def _least(self, part: Part, rows: Sequence[Row]) -> Owed | None:
        """Of all these sessions the one of which least is missing, the newest of such; None without any."""
        best: tuple[int, int, str, Owed] | None = None
        for origin, base in self._bases(rows).items():
            whys = self._missing(part, base, [row for row in rows if row[0].pack == base.pack])
            owed = Owed(part.id, origin, tuple(whys), tuple(_title(base, one) for one in whys), tuple(whys.values()))
            found = (len(whys), -base.t, origin, owed)
            if best is None or found[:3] < best[:3]:
                best = found
        return best[3] if best is not None else None

    def _missing(self, part: Part, base: Taught, rows: Sequence[Row]) -> dict[str, str]:
        """Segments of `base`, in its order, that nobody of these rows did or whose questions keep the score too low,
        each with why."""
        did = {segment for _, seen in rows for segment in _did(part, seen)}
        asked = base.asked or frozenset(base.segments)  # of a session in which nothing ran nobody has done everything
        missing = asked - did
        wrong = self._wrong(part, base, rows, missing) if base.score_min is not None else set()
        return {
            one: _why(base, rows, one) if one in missing else WRONG
            for one in base.segments
            if one in missing or one in wrong
        }

    def _wrong(self, part: Part, base: Taught, rows: Sequence[Row], missing: frozenset[str]) -> set[str]:
        """Segments with a question that was not right, where the score over the newest answers is not enough. Those
        that are `missing` are owed anyway: their questions are left out."""
        forgiven = {a for _, s in rows if part.credit and s.with_credit is not None for a in s.with_credit.forgiven}
        newest: dict[str, tuple[int, int]] = {}
        for taught, seen in sorted(rows, key=lambda row: (row[0].t, row[0].origin, row[1].i)):
            did = _did(part, seen)
            for (activity, segment, of), points in zip(taught.graded, seen.points, strict=True):
                # Who was away from a segment did not answer in it again: what they said before stands.
                if points != NOT_RUN and of and (segment in did or activity not in newest):
                    newest[activity] = (points, of)
        left = [(a, segment) for a, segment, _ in base.graded if a not in forgiven and segment not in missing]
        if not left and (base.graded or missing):
            return set()
        points = sum(newest.get(activity, (0, 0))[0] for activity, _ in left)
        of = sum(newest.get(activity, (0, 0))[1] for activity, _ in left)
        if of and base.score_min is not None and points * 100 >= base.score_min * of:
            return set()
        short = {
            segment for activity, segment in left if newest.get(activity, (0, 1))[0] < newest.get(activity, (0, 1))[1]
        }
        return short or set(base.segments[-1:])

    # -- all parts ---------------------------------------------------------------------------------------------

    def standing(self, who: Who, person: Person, needed: bool, within: int) -> Standing:
        best, done, early = self._completions()
        completed_on, until, parts = best if best is not None else (None, None, {})
        if best is None:
            state, why = GAP, MISSING if done or self.rows else NEVER
        elif until is not None and until < self.day:
            state, why = GAP, EXPIRED
        elif until is not None and (until - self.day).days <= within:
            state, why = DUE, SOON
        else:
            state, why = READY, COMPLETE
        shown = parts if state != GAP else done
        cohorts = [(t.t, t.origin, t.cohort) for rows in self.rows.values() for t, _ in rows if t.cohort]
        return Standing(
            program=self.program.id,
            who=who,
            name=person.name,
            crew=person.crew,
            role=person.role,
            site=person.site,
            cohort=max(cohorts)[2] if cohorts else "",
            needed=needed,
            state=state,
            why=why,
            done=tuple(shown[part.id] for part in self.program.parts if part.id in shown),
            owes=self._owes(done, early, state),
            completed_on=completed_on,
            expires_on=until,
        )

    def _completions(self) -> tuple[tuple[date, date | None, dict[str, Done]] | None, dict[str, Done], set[str]]:
        """(the completion that counts longest, what is done towards the next one, parts that were done too early)."""
        best: tuple[date, date | None, dict[str, Done]] | None = None
        done: dict[str, Done] = {}
        early: set[str] = set()
        for event in self.events:
            part = self.program.part(event.part)
            assert part is not None
            done = self._recent(done, event.day)
            if any(before not in done for before in part.after):
                early.add(part.id)
                continue
            done[part.id] = event
            early.discard(part.id)
            if len(done) == len(self.program.parts):
                until = self._until(event.day, done)
                if best is None or (until or date.max) >= (best[1] or date.max):
                    best = (event.day, until, done)
                done = {id: one for id, one in done.items() if self._once(id)}
        return best, self._recent(done, self.day), early

    def _recent(self, done: dict[str, Done], day: date) -> dict[str, Done]:
        most = self.program.within_days
        return {id: one for id, one in done.items() if most is None or self._once(id) or (day - one.day).days <= most}

    def _once(self, id: str) -> bool:
        part = self.program.part(id)
        return part is not None and part.once

    def _until(self, day: date, done: Mapping[str, Done]) -> date | None:
        if self.program.validity is not None:
            return expires(day, self.program.validity.months)
        return min((one.until for one in done.values() if one.until is not None), default=None)

    def _owes(self, done: Mapping[str, Done], early: set[str], state: str) -> tuple[Owed, ...]:
        """What is missing for the next completion; of who is ready only what they missed."""
        out = []
        for part in self.program.parts:
            if part.id in done:
                continue
            debt = self.debts.get(part.id)
            if debt is not None:
                out.append(msgspec.structs.replace(debt, early=part.id in early))
            elif state != READY:
                out.append(Owed(part.id, early=part.id in early))
        return tuple(out)


def _made_up(taught: Taught) -> bool:
    return taught.makes_up_for_another


def _did(part: Part, seen: Seen) -> frozenset[str]:
    return seen.with_credit.did if part.credit and seen.with_credit is not None else seen.did


def _why(base: Taught, rows: Sequence[Row], segment: str) -> str:
    """Why nobody of these rows did a segment: what was lacking where they sat through it, the newest such; else that
    they were away from it where it ran."""
    found = NOT_HELD
    for taught, seen in reversed(rows):
        if segment in (taught.asked or frozenset(taught.segments)):
            why = dict(seen.lacks).get(segment, AWAY) if seen.here else AWAY
            if why in (UNSIGNED, UNDONE):
                return why
            found = AWAY if why == AWAY else found
    return AWAY if segment in base.asked and base.origin not in {taught.origin for taught, _ in rows} else found


def _title(base: Taught, segment: str) -> str:
    return base.titles[base.segments.index(segment)]


def _done(part: Part, last: Taught, how: str, by: Iterable[Ref], of: Iterable[Taught]) -> Done:
    ends = [expires(last.day, one.months) for one in of if one.months is not None]
    until = min((day for day in ends if day is not None), default=None)
    return Done(part.id, last.day, last.t, how, tuple(sorted(set(by))), until)
