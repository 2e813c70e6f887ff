"""The parts a folded session is made of: Person, Round, Answer, Say and their like. Plain mutable data.

Only `core.session` writes them; rules, views and tables read. Times are `m` (ms since the session opened) unless
named `_t` (Unix ms).
"""

from __future__ import annotations

from typing import Any

import msgspec

from fieldkit.core.activities import kind_of
from fieldkit.core.plan import Activity

STATUSES = ("present", "late", "left_early", "absent", "excused")
"""What attendance can come to, by the policy or by hand."""
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
    """Arrival → leaving, [in_m, out_m]; the last may be open."""
    seated: bool = False
    """A phone holds this badge; only leaving or the trainer's release frees it."""
    seat_floor: int = 0
    """Seats bound to a record before this index no longer act for this person."""
    heres: dict[int, int] = {}
    """Roll call round → m."""
    marks: list[Mark] = []
    objected: bool = False
    voided: bool = False
    merged_to: str | None = None
    hand_m: int | None = None
    acks: int = 0

    @property
    def present(self) -> bool:
        """In the room: arrived and not gone."""
        return bool(self.spans) and self.spans[-1][1] is None and not self.gone

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
    answers: dict[tuple[str, str], Answer] = {}
    counts: dict[str, int] = {}
    acks: dict[str, Ack] = {}
    heard: dict[str, int] = {}
    """attendance, prompt: p → m of the first `here` or message."""
    hands: dict[str, int] | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_m is None and not self.void

    def answered(self) -> int:
        """People, not answers."""
        return len(self.who())

    def who(self) -> set[str]:
        """The participants who did what was asked."""
        if self.acks or self.heard:
            return {*self.acks, *self.heard, *(p for p, _ in self.answers)}
        return {p for p, _ in self.answers}

    def put(self, p: str, q: str, answer: Answer) -> None:
        place = (p, q)
        old = self.answers.get(place)
        self.answers[place] = answer
        if old is None:
            self.count(answer.v, 1)
        elif old.v != answer.v:
            self.count(old.v, -1)
            self.count(answer.v, 1)

    def drop(self, p: str, q: str) -> None:
        old = self.answers.pop((p, q), None)
        if old is not None:
            self.count(old.v, -1)

    def count(self, v: list[str], by: int) -> None:
        activity, counts = self.activity, self.counts
        for key in kind_of(activity.type).keys(activity, v):
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


class SignOff(msgspec.Struct):
    i: int
    m: int
    t: int
    role: str
    key: str
    meaning: str
    name: str = ""


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
