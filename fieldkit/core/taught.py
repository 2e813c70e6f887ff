"""What one session says to programs: which segments ran, and of each person with a badge what they did of them.

A pure function of the fold with head office's corrections laid over it. A segment is done by who was there for the
share of it that the plan asks for (for some of it, where it asks for none) and did every required activity of it; a
credit stands for what it names. Who is absent or excused has done nothing. People are known by badge and issuer and by
nothing else: who has no badge, or was erased, is in no program and is counted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from fieldkit.core.attendance import Attendance, Span, attendance, groups, overlap, running, stays, union
from fieldkit.core.blended import BLENDED
from fieldkit.core.completion import completed, done, items, score
from fieldkit.core.credit import Covered, covered, of_person
from fieldkit.core.models import learn
from fieldkit.core.office import DESK
from fieldkit.core.session import Session
from fieldkit.core.state import Credit, Person
from fieldkit.core.tables.base import local, zone
from fieldkit.core.walkin import badged

Who = tuple[str, str]
"""(badge, issuer), upper case, without blanks around: one person, all over the organisation."""
MAKE_UP = "makeup"
"""`kind` of a session that makes up another one."""
NOT_RUN = -1
AWAY, UNSIGNED, UNDONE, NOT_HELD = "away", "unsigned", "undone", "not-held"
"""Why a segment is not done: not there for the share of it that the plan asks for; there, and a signature that it asks
for is missing, or something else that it asks for; it did not run."""
LONGEST = 200
"""Characters of a badge or of who issued it; what is longer is no badge that anybody wears."""


class Ref(msgspec.Struct, frozen=True, order=True):
    """A record: index `i` of the log `o`."""

    o: str
    i: int


class Taught(msgspec.Struct, frozen=True, gc=False):
    """One ended session. `t`: Unix ms of its end; `day`: that day where it was held."""

    origin: str
    t: int
    day: date
    pack: str
    version: str
    kind: str
    program: str
    part: str
    cohort: str
    makes_up: str
    title: str
    site: str
    segments: tuple[str, ...]
    """Of the plan, breaks left out."""
    titles: tuple[str, ...]
    asked: frozenset[str]
    """Segments that ran, or hold something that the plan asks for."""
    score_min: int | None
    graded: tuple[tuple[str, str, int], ...]
    """(activity, its segment, items run)."""
    months: int | None
    """How long the pack is good for."""

    @property
    def makes_up_for_another(self) -> bool:
        return bool(self.makes_up) or self.kind == MAKE_UP


class Seen(msgspec.Struct, frozen=True, gc=False):
    """One person in one session. `whole`: every rule of the plan held."""

    who: Who
    name: str
    crew: str
    role: str
    employer: str
    i: int
    """Index of the arrival, else of the mark, else 0."""
    here: bool
    whole: bool
    did: frozenset[str]
    points: tuple[int, ...]
    """A number an entry of `graded`, NOT_RUN where it was not run."""
    with_credit: Credited | None = None
    lacks: tuple[tuple[str, str], ...] = ()
    """(segment, why) of those not done, without the credit; who was AWAY is not said."""


class Credited(msgspec.Struct, frozen=True, gc=False):
    """The same with what was credited."""

    ref: Ref
    """The newest credit."""
    pack: bool
    whole: bool
    did: frozenset[str]
    forgiven: frozenset[str]
    """Activities left out of the score."""


learn(Taught, Seen)


class Facts(msgspec.Struct, frozen=True):
    """All of one session. `unknown`: people on its sheet without a badge."""

    taught: Taught
    seen: tuple[Seen, ...]
    unknown: int


def who_of(people: Sequence[Person]) -> Who | None:
    """Who all these entries are; None without a badge."""
    badge, issuer = badged(people)
    who = badge.strip().upper(), issuer.strip().upper()
    return who if who[0] and max(map(len, who)) <= LONGEST else None


def facts(s: Session, wanted: Callable[[Taught], bool] | None = None) -> Facts | None:
    """What a session says; None of one that has not ended, that holds no training, or whose clock no calendar holds.

    Of a session that is not `wanted` only who was on its sheet, and who came, is looked at, and nothing of what they
    did.
    """
    info = s.info
    if info is None or s.closed_m is None or s.closed_t is None or info.session_kind in (DESK, BLENDED):
        return None
    when = local(s.closed_t, zone(info.tz))
    if when is None:
        return None
    view = _View(s)
    taught = Taught(
        origin=s.origin,
        t=s.closed_t,
        day=when.date(),
        pack=info.pack.id,
        version=info.pack.version,
        kind=info.session_kind,
        program=info.program or "",
        part=info.part or "",
        cohort=info.cohort or "",
        makes_up=info.makes_up or "",
        title=info.title,
        site=info.site,
        segments=view.segments,
        titles=tuple(s.plan.say(one.title, s.plan.language) for one in s.plan.segments if one.id in view.segments),
        asked=view.asked,
        score_min=s.plan.completion.score_min,
        graded=tuple((id, view.segment_of(id), of) for id, of in view.graded.items()),
        months=s.plan.valid_months,
    )
    entries = groups(s)
    whose = {p: who_of(people) for p, people in entries.items()}
    unknown = sum(who is None for who in whose.values())
    rows = [(who, row) for row in attendance(s) if (who := whose[row.p]) is not None]
    if wanted is not None and not wanted(taught):
        met = [Seen(who, *_words(entries[row.p]), 0, _here(row), False, frozenset(), ()) for who, row in rows]
        return Facts(taught, tuple(met), unknown)
    return Facts(taught, tuple(view.seen(who, entries[row.p], row) for who, row in rows), unknown)


def _here(row: Attendance) -> bool:
    return row.status not in ("absent", "excused")


def _words(people: Sequence[Person]) -> tuple[str, str, str, str]:
    """Name, crew, role, employer of all entries that are one person."""
    fields = {k: v for other in reversed(people) for k, v in other.fields.items() if v}
    name = next((one.name for one in people if one.name), "")
    return name, fields.get("crew", ""), fields.get("role", ""), fields.get("employer", "")


class _View:
    """What is the same for everybody in the session."""

    def __init__(self, s: Session) -> None:
        self.s = s
        self.segments = tuple(one.id for one in s.plan.segments if one.phase != "break")
        self.run = running(s)
        self.ran = _ran(s, self.segments)
        self.items = items(s)
        self.graded = {a.id: 0 for a in s.plan.activities if a.graded}
        for item in self.items:
            self.graded[item.round.activity.id] += 1
        self.required: dict[str, list[str]] = {}
        for activity in s.plan.completion.require:
            self.required.setdefault(self.segment_of(activity), []).append(activity)
        self.signed = {a.id for a in s.plan.activities if a.type == "acknowledge"}

    @functools.cached_property
    def stays(self) -> dict[str, list[Span]]:
        return stays(self.s)

    def segment_of(self, activity: str) -> str:
        """Where an activity belongs; what no step opens belongs to the end."""
        found = self.s.plan.segment_of(activity)
        known = found is not None and found.id in self.segments
        return found.id if found is not None and known else (self.segments[-1] if self.segments else "")

    @functools.cached_property
    def asked(self) -> frozenset[str]:
        marked = {self.segment_of(id) for id in self.graded} if self.s.plan.completion.score_min is not None else set()
        return frozenset({*self.ran, *self.required, *marked} & {*self.segments})

    def seen(self, who: Who, people: Sequence[Person], row: Attendance) -> Seen:
        name, crew, role, employer = _words(people)
        here = _here(row)
        granted = of_person(self.s, row.all_p)
        got = score(self.items, row.all_p)
        points = tuple(self._points(id, row) if here else NOT_RUN for id in self.graded)
        whys = {one: self._why(one, row, Covered()) if here else AWAY for one in self.segments}
        return Seen(
            who=who,
            name=name,
            crew=crew,
            role=role,
            employer=employer,
            i=_record(people, row),
            here=here,
            whole=here and completed(self.s, row, got, []),
            did=frozenset(one for one, why in whys.items() if not why),
            points=points,
            with_credit=self._credited(row, here, granted) if granted else None,
            lacks=tuple((one, why) for one, why in whys.items() if why and why != AWAY and one in self.asked),
        )

    def _credited(self, row: Attendance, here: bool, granted: list[Credit]) -> Credited:
        mine = covered(self.s.plan, granted)
        newest = granted[-1]
        origin, _, index = newest.log.rpartition("#")
        named = bool(origin) and index.isascii() and index.isdigit() and len(index) < 17
        return Credited(
            ref=Ref(origin, int(index)) if named else Ref(self.s.origin, newest.i),
            pack=mine.pack,
            whole=mine.pack or (here and completed(self.s, row, score(self.items, row.all_p), granted)),
            did=self._did(row, here, mine),
            forgiven=mine.activities,
        )

    def _did(self, row: Attendance, here: bool, mine: Covered) -> frozenset[str]:
        if mine.pack:
            return frozenset(self.segments)
        return frozenset(
            segment
            for segment in self.segments
            if segment in mine.segments or (here and not self._why(segment, row, mine))
        )

    def _why(self, segment: str, row: Attendance, mine: Covered) -> str:
        """Why somebody who was here has not done a segment; empty: they have."""
        if segment in self.ran and not self._there(segment, row):
            return AWAY
        required = self.required.get(segment, [])
        lacks = [a for a in required if a not in mine.activities and not done(self.s, a, row.all_p)]
        if lacks:
            return UNSIGNED if all(a in self.signed for a in lacks) else UNDONE
        return "" if segment in self.ran or required else NOT_HELD

    def _there(self, segment: str, row: Attendance) -> bool:
        if row.ms == self.run.ms:  # here all the time: most people are
            return True
        least = self.s.plan.completion.attendance_min
        ran = overlap(self.ran[segment], self.run.spans)
        there = overlap(_both(self.stays.get(row.p, []), self.ran[segment]), self.run.spans)
        return there * 100 >= least * ran if least is not None else there > 0

    def _points(self, activity: str, row: Attendance) -> int:
        mine = [item for item in self.items if item.round.activity.id == activity]
        return score(mine, row.all_p).points if mine else NOT_RUN


def _ran(s: Session, segments: tuple[str, ...]) -> dict[str, list[Span]]:
    """When each segment ran: its visits. Of a session in which none was entered, all of it is every segment."""
    run = running(s)
    if not s.segments_entered:
        return {one: [(run.start, run.end)] for one in segments if run.ms}
    ends = [one.m for one in s.segments_entered[1:]] + [run.end]
    found: dict[str, list[Span]] = {}
    for one, end in zip(s.segments_entered, ends, strict=True):
        if one.segment in segments:
            found.setdefault(one.segment, []).append((one.m, end))
    visits = {segment: union(spans) for segment, spans in found.items()}
    return {segment: spans for segment, spans in visits.items() if overlap(spans, run.spans)}


def _both(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """The time that two lists of spans share."""
    return union((max(a, c), min(b, d)) for a, b in left for c, d in right)


def _record(people: Sequence[Person], row: Attendance) -> int:
    arrived = [one.joined_i for one in people if one.joined_i is not None]
    return min(arrived, default=row.mark.i if row.mark is not None else 0)
