"""The parts a folded session is made of: Person, Round, Answer, Say and their like. Plain mutable data.

Only `core.session` writes them; rules, views and tables read. Times are `m` (ms since the session opened) unless
named `_t` (Unix ms).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from fieldkit.core.activities import kind_of
from fieldkit.core.plan import Activity

STATUSES = ("present", "late", "left_early", "absent", "excused")
"""What attendance can come to, by the policy or by hand."""
ROLES = ("trainer", "cotrainer", "interpreter", "evaluator", "observer")
"""What staff of a session can be, the trainer first."""
MEANINGS = {"held": "trainer", "checked": "observer", "skills": "evaluator", "corrected": "trainer"}
"""What somebody's signature under a log means → in which role they sign (docs/log-format.md, Attestations)."""
HANDED_OVER = "handover"
"""Meaning of the signature of a trainer who hands a running session over: it is about what was recorded so far."""
SUPERVISOR = "supervisor"
"""In the trust list `role=` of a person's key, and the role in which they sign at head office."""
EVIDENCE = ("fac", "badge", "code", "roster", "lan", "net")
"""Best first: how somebody's arrival is known."""


class Mark(msgspec.Struct):
    """A status set by hand; `by` as in Actor."""

    i: int
    m: int
    status: str
    by: str
    why: str
    reason: str = ""


class Person(msgspec.Struct):
    p: str
    expected: bool = False
    joined_i: int | None = None
    """Index of `person.join`; None until the first arrival."""
    joined_m: int | None = None
    joined_t: int | None = None
    name: str = ""
    """As given; empty when erased."""
    badge: str = ""
    issuer: str = ""
    lang: str = ""
    place: str = ""
    fields: dict[str, str] = {}
    """Roster columns."""
    notes: list[list[str]] = []
    walkin: bool = False
    device: str = ""
    vias: list[str] = []
    evs: set[str] = set()
    spans: list[list[int | None]] = []
    """Arrival → leaving, [in_m, out_m]; the last may be open. This entry's own, whatever it is merged into."""
    here: bool = False
    """One of this person's entries has an open span. False of a merged entry, as `seated`."""
    seat: bool = False
    """A phone came in as this entry and has not left since."""
    seated: bool = False
    """A phone holds this person's badge; only leaving or the trainer's release frees it."""
    seat_floor: int = 0
    """Seats bound to a record before this index no longer act for this person."""
    heres: dict[int, int] = {}
    """Roll call round → m."""
    marks: list[Mark] = []
    objected: bool = False
    voided: bool = False
    merged_to: str | None = None
    kin: list[str] = []
    """Entries that are part of this one, directly or not, in the order of the log."""
    rostered: bool = False
    """This entry or one merged into it is expected."""
    met: bool = False
    """This entry or one merged into it has joined."""
    hand_m: int | None = None
    acks: int = 0
    erased: bool = False
    """A private half of theirs was erased."""

    @property
    def called(self) -> str:
        """What people call it: its name, else its badge; empty where neither is known (any more)."""
        return self.name or self.badge

    @property
    def nameless(self) -> bool:
        """Erased, so that neither name nor badge is known any more."""
        return self.erased and not self.called

    @property
    def present(self) -> bool:
        """In the room: arrived and not gone."""
        return self.here and not self.gone

    @property
    def stays(self) -> bool:
        """Whether the last of its own spans is open."""
        return bool(self.spans) and self.spans[-1][1] is None

    @property
    def gone(self) -> bool:
        """Taken out of the session, by hand or by a merge."""
        return self.voided or self.merged_to is not None


class Answer(msgspec.Struct, gc=False):
    """The answer in force of one person to one question of one round; earlier ones stay in the log."""

    i: int
    m: int
    t: int
    v: list[str]
    via: str
    text: str | None = None
    sure: str | None = None
    n: int | None = None
    amended: bool = False


class Ack(msgspec.Struct):
    i: int
    m: int
    t: int
    meaning: str
    words: str
    name: str = ""
    mark: str = ""
    lang: str = ""


class Group(msgspec.Struct):
    """One group of a breakout. An empty `label` is said by number; `scribe` writes for it: who wrote first
    and has not left it since."""

    label: str = ""
    place: str = ""
    members: list[str] = []
    scribe: str = ""


class Check(msgspec.Struct, gc=False):
    """One item of a checklist as it was judged last. `who` judged it, by name."""

    i: int
    m: int
    t: int
    ok: bool
    by: str
    who: str = ""
    note: str = ""
    said: tuple[tuple[int, bool], ...] = ()
    """How each evaluator judged it last, in the order in which they first did: (`Staff.first`, or -1 for who leads;
    verdict). Empty once it was put right afterwards: whose verdict that is, is not known."""


class Own(msgspec.Struct):
    """What merged entries had done before their merge, under their own `p`: so that a later merge can sort it anew."""

    answers: dict[tuple[str, str], Answer] = {}
    checks: dict[tuple[str, str], Check] = {}
    """By (p, item)."""
    acks: dict[tuple[str, str], Ack] = {}
    heard: dict[tuple[str, str], int] = {}
    """By (p, "")."""


class Round(msgspec.Struct):
    """One vote on an activity. `answers` by (p, q); q is "" unless it is a quiz."""

    activity: Activity
    no: int
    mode: str
    opened_i: int
    opened_m: int
    opened_t: int
    until: int | None = None
    live: bool = False
    closed_m: int | None = None
    revealed: bool = False
    revealed_i: int = -1
    void: bool = False
    void_i: int | None = None
    void_t: int | None = None
    void_by: str = "fac"
    late: bool = False
    """It was not run in the room: head office had somebody's skill judged afterwards."""
    answers: dict[tuple[str, str], Answer] = {}
    counts: dict[str, int] = {}
    acks: dict[str, Ack] = {}
    heard: dict[str, int] = {}
    """attendance, prompt: p → m of the first `here` or message."""
    hands: dict[str, int] | None = None
    groups: list[Group] = []
    crowd: int = 0
    """breakout: the most people in the room since it opened."""
    group_of: dict[str, int] = {}
    """breakout: p → position in `groups`, of everybody in one and of who left the room from one."""
    checks: dict[str, dict[str, Check]] = {}
    """checklist: p → item → how it was judged last."""
    own: Own | None = None
    tally: dict[str, int] | None = None
    """anonymous: the counts, once closed."""
    tally_i: int = -1
    """Index of the tally's last record."""
    tally_n: int = 0
    suppressed: bool = False
    tally_texts: list[str] = []

    @property
    def is_open(self) -> bool:
        return self.closed_m is None and not self.void

    @property
    def ends(self) -> int | None:
        """The `m` at which it closes by itself: its time limit and the grace of its type."""
        return None if self.until is None else self.until + kind_of(self.activity.type).grace_ms

    def reading_ms(self, at: int) -> int | None:
        """How long people still read before the choices are shown; None once they are, or without a reading phase."""
        left = self.opened_m + (self.activity.reading or 0) * 1000 - at
        return left if left > 0 and self.is_open else None

    def alarms(self, at: int) -> list[int]:
        """The moments at which its views change by themselves: reading ends, it closes."""
        reading = self.reading_ms(at)
        return [*([at + reading] if reading else []), *([self.ends] if self.ends is not None else [])]

    def answered(self) -> int:
        """People, not answers. Of an anonymous round as its tally says; while it is open the desk alone knows."""
        return len(self.who()) if self.tally is None else self.tally_n

    def who(self) -> set[str]:
        """The participants who did what was asked: of a quiz, all of it."""
        if len(self.activity.questions) > 1:
            ids = {q.id for q in self.activity.questions}
            each = Counter(p for p, q in self.answers if q in ids)
            return {p for p, n in each.items() if n == len(ids)}
        if self.acks or self.heard or self.checks:
            return {*self.acks, *self.heard, *self.checks, *(p for p, _ in self.answers)}
        return {p for p, _ in self.answers}

    def put(self, p: str, q: str, answer: Answer) -> None:
        place = (p, q)
        old = self.answers.get(place)
        self.answers[place] = answer
        if old is None:
            self.count(answer, q, 1)
        elif old.v != answer.v or old.text != answer.text:
            self.count(old, q, -1)
            self.count(answer, q, 1)

    def drop(self, p: str, q: str) -> None:
        old = self.answers.pop((p, q), None)
        if old is not None:
            self.count(old, q, -1)

    def count(self, answer: Answer, q: str, by: int) -> None:
        activity, counts = self.activity, self.counts
        for key in kind_of(activity.type).keys(activity, answer.v, answer.text, q):
            left = counts.get(key, 0) + by
            if left:
                counts[key] = left
            else:
                counts.pop(key, None)


class Say(msgspec.Struct):
    """One message of a discussion; `ref` = its record's index."""

    ref: int
    p: str
    m: int
    t: int
    text: str
    activity: str | None = None
    reply_to: int | None = None
    ups: dict[str, int] = {}
    """Voter → m."""
    own_ups: dict[tuple[str, str], int] = {}
    """As `Round.own`, by (p, "")."""
    group: int = 0
    """breakout: number (from 1) of the group that reports."""
    hidden: bool = False
    pinned: bool = False
    done: bool = False
    parked: bool = False
    void: bool = False


class Staff(msgspec.Struct):
    role: str
    key: str | None
    name: str = ""
    qualification: str = ""
    i: int = -1
    """Index of the `staff.set` in force."""
    first: int = -1
    """Index of the first `staff.set` of the same key or name: who was let in again is nobody new."""


class Notice(msgspec.Struct):
    i: int
    m: int
    text: str
    room: bool
    segment: str | None = None


class Amendment(msgspec.Struct):
    """A correction as it was made; the tables put the value in force and list old and new."""

    i: int
    m: int
    t: int
    p: str | None
    do: str
    why: str
    by: str
    ref: int | None
    ref_origin: str | None
    set: dict[str, Any]
    private: dict[str, Any]
    old: list[str] | None = None
    """The answer that this one replaced or made void; None when there was none."""
    whose: str | None = None
    """p of whom a struck answer, message or arrival was; None where the round does not name people."""
    log: str = ""
    """Where it stands when it is not in the session's own log: `<origin>#<index>` in an office's."""


class SignOff(msgspec.Struct):
    i: int
    m: int
    t: int
    role: str
    key: str
    meaning: str
    name: str = ""
    root: str = ""
    """base64, of the session as it was signed in another log."""
    log: str = ""
    """As in `Amendment`."""


class Credit(msgspec.Struct):
    """Earlier training that counts for a participant here; `what` is an id of the plan (`core.credit`)."""

    i: int
    m: int
    t: int
    p: str
    what: str
    evidence: str = ""
    log: str = ""
    """As in `Amendment`."""


class Entered(msgspec.Struct):
    segment: str
    m: int
    t: int


class Stepped(msgspec.Struct):
    segment: str
    step: int
    m: int


class Change(msgspec.Struct):
    """A name or place as it was before and after (rename, merge): for the corrections table."""

    i: int
    m: int
    t: int
    p: str
    what: str
    old: str
    new: str
    why: str
    by: str = "fac"
