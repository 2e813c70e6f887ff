"""Session.apply(record): the fold. A session is what its records say, and nothing else.

Rules of this file: no clock, no randomness, no refusals (a record is a fact: it is applied, never judged); `apply`
is O(1) a record and never raises on a record that the rules made; records that say nothing to this release (unknown
kinds, unknown activities, people not named before) are counted in `unknown` and change nothing else.
fold(a + b) == fold(b, fold(a)) holds because there is no state but the fields below.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fieldkit.core import records as r
from fieldkit.core.activities import ROLL_CALL
from fieldkit.core.folds import HANDLERS
from fieldkit.core.plan import ATTENDANCE, Activity, Plan
from fieldkit.core.state import (
    Amendment,
    Change,
    Credit,
    Entered,
    Notice,
    Person,
    Round,
    Say,
    SignOff,
    Staff,
    Stepped,
)

ACTS = frozenset(
    {
        *(r.AnswerPut, r.TallyPut, r.HandsCounted, r.Said, r.SayUpped, r.Acknowledged, r.CheckMarked),
        *(r.HandRaised, r.GroupsSet),
    }
)
"""Facts by which the room does something."""


class Session(msgspec.Struct, kw_only=True):
    """The fold of one log under one plan. Compare two with `==`."""

    origin: str
    plan: Plan
    info: r.SessionOpened | None = None
    trainer: str = ""
    """Who opened it, as printed."""
    leader: str = ""
    """Who leads now: the trainer, or to whom it was handed over last."""
    place: str = ""
    saved: int = -1
    """Index of the last record applied."""
    m: int = 0
    t: int = 0
    state: str = "new"
    """new, running, paused, ended."""
    opened_t: int = 0
    started_m: int | None = None
    """The first `segment.enter`, else the first `activity.open`."""
    closed_m: int | None = None
    closed_t: int | None = None
    pauses: list[list[int | None]] = []
    pause_why: str = ""
    alarm_m: int | None = None
    """When the alarm that is on was raised: its notice came in a pause, and the room has not gone on since."""
    resumes: list[tuple[int, int | None, str | None]] = []
    """(m, gap ms, src) of each return of the program."""
    jumps: list[tuple[int, int]] = []
    people: dict[str, Person] = {}
    by_badge: dict[str, str] = {}
    arrivals: dict[int, str] = {}
    """Index of a `person.join` or `att.in` → p: what a seat is bound to."""
    present: int = 0
    present_expected: int = 0
    """Of those present, how many the roster expects."""
    joined: int = 0
    expected: int = 0
    segments_entered: list[Entered] = []
    steps_entered: list[Stepped] = []
    segment: str | None = None
    step: int | None = None
    moved_i: int = -1
    """Index of the record that last moved the run sheet: what was revealed before it is no longer on the screens."""
    runs: dict[str, list[Round]] = {}
    order: list[tuple[str, int]] = []
    """(activity, round) in the order of opening."""
    spots: dict[str, Activity] = {}
    open_rounds: dict[str, Round] = {}
    says: dict[int, Say] = {}
    threads: dict[str, list[int]] = {}
    """Activity ("" for questions to the trainer) → refs of its messages, so that a view walks only what it shows."""
    hands: dict[str, int] = {}
    tempos: dict[str, list[int]] = {}
    """Segment → [lost, ok, faster], the sums of all visits to it. Single taps are nowhere."""
    merged: int = 0
    """Entries that are part of another one."""
    staff: list[Staff] = []
    notices: list[Notice] = []
    amendments: list[Amendment] = []
    changes: list[Change] = []
    signs: list[SignOff] = []
    credits: list[Credit] = []
    minutes: dict[str, int] = {}
    """Segment → minutes planned for today, where they were changed."""
    skipped: set[str] = set()
    reopened: int = 0
    acted_m: int | None = None
    """When somebody last did something: answered, wrote, signed, raised a hand, was judged on a checklist."""
    unknown: int = 0
    halves: dict[str, list[int]] = {}
    """p → indexes of the records about them that have a private half, whether it is still there or not."""
    erased: set[int] = set()
    """Indexes of records whose private half was taken away for good."""
    erasures: list[int] = []
    """Indexes of the `erase` records themselves, ascending."""

    # -- reading ---------------------------------------------------------------------------------------------

    def activity(self, id: str) -> Activity | None:
        """Of the plan, made on the spot, or the roll call."""
        if id == ATTENDANCE:
            return ROLL_CALL
        return self.spots.get(id) or self.plan.activity(id)

    def round(self, id: str) -> Round | None:
        """The newest round of an activity."""
        rounds = self.runs.get(id)
        return rounds[-1] if rounds else None

    def person(self, who: str) -> Person | None:
        """By `p` or badge; a merged entry leads to the one it became."""
        found = self.entry(who)
        while found is not None and found.merged_to is not None:  # ends: the fold takes no merge that closes a circle
            found = self.people.get(found.merged_to)
        return found

    def entry(self, who: str) -> Person | None:
        """By `p` or badge, the entry itself, also one that was merged into another."""
        return self.people.get(who) or self.people.get(self.by_badge.get(who.strip().upper(), ""))

    def shown(self, badge: str) -> Person | None:
        """Whom a badge or a walk-in's code names, when people show it themselves: a `p` is nobody's badge."""
        found = self.person(self.by_badge.get(badge.strip().upper(), ""))
        return None if found is None or found.gone else found

    def entries(self, p: str) -> list[Person]:
        """All entries of a person, the one that stands for them first. `p` may be any of them."""
        head = self.person(p)
        return [head, *(self.people[q] for q in head.kin)] if head is not None else []

    def head(self, p: str) -> str:
        """The `p` that stands for a participant now: their own, or of the entry they were merged into."""
        if not self.merged:
            return p
        found = self.person(p)
        return found.p if found is not None else p

    def minutes_of(self, segment: str) -> int:
        known = self.plan.segment(segment)
        return self.minutes.get(segment, known.minutes if known else 0)

    @property
    def said(self) -> int:
        """Index of the last record that is no `erase`: what a signature has to cover."""
        i = self.saved
        for at in reversed(self.erasures):
            if at != i:
                break
            i -= 1
        return i

    # -- folding ---------------------------------------------------------------------------------------------

    def apply(self, record: r.Record) -> None:
        """Take one fact in. Records come in the order of their index."""
        self.saved = record.i
        self.m = max(self.m, record.m)
        self.t = record.t
        if type(record.fact) in ACTS:
            self.acted_m = self.m
        if record.x is not None and record.p is not None:
            self.halves.setdefault(record.p, []).append(record.i)
        handler = HANDLERS.get(type(record.fact))
        if handler is None:
            self.unknown += 1
        else:
            handler(self, record, record.fact, record.private or {})

    def fold(self, records: Iterable[r.Record]) -> Session:
        for record in records:
            self.apply(record)
        return self
