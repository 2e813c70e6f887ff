"""One session out of its lines: who was there when, what was open when, who said what. Kinds as in docs/records.md.

Head office's own records about a session come after everything that the session says. Nothing is judged here.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import zoneinfo
from collections.abc import Iterable
from typing import Any

from tests.recount.logs import Json, Log, Record, leaf

Span = tuple[int, int]
PASSED_OVER = {
    "session.open", "session.handover", "person.lang", "activity.extend", "activity.hide", "activity.reveal",
    "ack.sign", "say.put", "say.up", "say.hide", "say.pin", "say.done", "say.park", "hand.up", "hand.down",
    "tempo.tally", "erase", "sign.by", "note.add", "step.enter", "tally.text", "groups.set",
    "credential.issued", "credential.revoked", "question.answer",
}  # fmt: skip
"""Kinds that this file needs nothing of beyond their line."""


@dataclasses.dataclass
class Entry:
    """One `p`. `came`: moments (m) of arrival; `spans`: (in, out) with -1 for who is still in."""

    p: str
    roster: Json | None = None
    given: Json = dataclasses.field(default_factory=dict)
    walkin: bool = False
    spans: list[list[int]] = dataclasses.field(default_factory=list)
    times: dict[int, int] = dataclasses.field(default_factory=dict)
    status: str = ""
    into: str = ""
    voided: bool = False
    objected: bool = False
    on_paper: bool = False
    named: str = ""
    joined: int = -1
    """Index of the arrival."""
    marked: int = -1
    mark_m: int = -1
    """Index and moment of the newest mark by hand."""


@dataclasses.dataclass
class Round:
    activity: str
    no: int
    mode: str
    opened: int
    made_here: Json | None
    closed: int = -1
    void: bool = False
    answers: dict[tuple[str, str], tuple[int, list[str], str, str]] = dataclasses.field(default_factory=dict)
    """(p, question) → (index, value, words, sure)."""
    signed: set[str] = dataclasses.field(default_factory=set)
    tally: Json | None = None
    hands: dict[str, int] | None = None


@dataclasses.dataclass
class Mark:
    p: str
    activity: str
    item: str
    ok: bool
    rater: str
    i: int
    late: bool


class Room:
    """A session, folded."""

    def __init__(self, log: Log, said: Iterable[tuple[str, Record]] = ()) -> None:
        self.log, self.head, self.plan = log, log.head, log.plan
        self.policy: Json = self.head.get("policy") or {}
        self.opened_t = log.records[0].t
        self.m, self.closed, self.closed_t = 0, -1, 0
        self.entries: dict[str, Entry] = {}
        self.segments: list[tuple[str, int]] = []
        self.changed: dict[str, int] = {}
        self.pauses: list[list[int]] = []
        self.jumps: list[Span] = []
        self.rounds: list[Round] = []
        self.marks: list[Mark] = []
        self.groups: dict[str, list[list[str]]] = {}
        self.staff: list[tuple[str, str, str]] = []
        self.evaluator = ""
        self.consoles: dict[int, str] = {}
        self.credits: list[tuple[str, str, str, int]] = []
        self.times: dict[str, dict[str, int]] = {}
        self.amended: set[str] = set()
        self.unknown: list[str] = []
        self.zone = zone(self.head.get("tz") or "UTC")
        for one in log.records:
            self.m = max(self.m, one.m)
            self._take(one, log.origin)
        for origin, one in said:
            if one.d["ref"]["i"] < len(log.lines) and one.d["ref"]["leaf"] == leaf(log.lines[one.d["ref"]["i"]]).hex():
                self._take(dataclasses.replace(one, m=self.m), origin)

    # -- one record ------------------------------------------------------------------------------------------------

    def _take(self, one: Record, origin: str) -> None:
        do = getattr(self, "_" + one.k.replace(".", "_"), None)
        if do is not None:
            do(one, origin)
        elif one.k not in PASSED_OVER:
            self.unknown.append(one.k)
        if one.k == "ack.sign":
            self.round(one.d["activity"], one.d["round"]).signed.add(one.p)

    def entry(self, one: Record, origin: str) -> Entry:
        return self.entries.setdefault(one.p, Entry(one.p))

    def round(self, activity: str, no: int) -> Round:
        return next(x for x in self.rounds if (x.activity, x.no) == (activity, no))

    def _staff_set(self, one: Record, _: str) -> None:
        name = one.private.get("name", "")
        self.staff.append((one.d["role"], one.d.get("key") or "", name))
        if one.d["role"] in ("helper", "lead", "remote"):
            self.consoles[one.i] = one.d.get("key") or ""
        elif one.d["role"] == "evaluator":
            self.evaluator = "" if one.d.get("off") else name

    def _session_pause(self, one: Record, _: str) -> None:
        if not self.pauses or self.pauses[-1][1] >= 0:
            self.pauses.append([one.m, -1])

    def _session_resume(self, one: Record, _: str) -> None:
        if "src" not in one.d and self.pauses and self.pauses[-1][1] < 0:
            self.pauses[-1][1] = one.m

    def _session_close(self, one: Record, _: str) -> None:
        self.closed, self.closed_t = one.m, one.t
        for it in self.rounds:
            it.closed = one.m if it.closed < 0 else it.closed

    def _session_reopen(self, one: Record, _: str) -> None:
        self.closed = -1

    def _clock_jump(self, one: Record, _: str) -> None:
        self.jumps.append((one.m, one.d["by"]))

    def _segment_enter(self, one: Record, _: str) -> None:
        self.segments.append((one.d["segment"], one.m))

    def _plan_change(self, one: Record, _: str) -> None:
        if one.d.get("minutes") is not None:
            self.changed[one.d["segment"]] = one.d["minutes"]

    def _person_expect(self, one: Record, origin: str) -> None:
        self.entry(one, origin).roster = dict(one.private)

    def _person_join(self, one: Record, origin: str) -> None:
        it = self.entry(one, origin)
        it.walkin = one.d.get("walkin", False)
        it.on_paper |= one.d.get("via") == "paper"
        self._in(it, one)
        it.joined = one.i if it.joined < 0 else it.joined

    def _att_in(self, one: Record, origin: str) -> None:
        it = self.entry(one, origin)
        it.on_paper |= one.d.get("via") == "paper" and not it.spans
        self._in(it, one)

    def _in(self, it: Entry, one: Record) -> None:
        it.given |= {k: v for k, v in one.private.items() if v}
        if not it.spans or it.spans[-1][1] >= 0:
            it.spans.append([one.m, -1])
            it.times[one.m] = one.t

    def _att_out(self, one: Record, _: str) -> None:
        it = self.entries.get(one.p)
        if it is not None and it.spans and it.spans[-1][1] < 0:
            it.spans[-1][1] = one.m
            it.times[one.m] = one.t

    def _att_mark(self, one: Record, origin: str) -> None:
        it = self.entry(one, origin)
        it.status, it.marked, it.mark_m = one.d["status"], one.i, one.m
        it.times.setdefault(one.m, one.t)

    def _person_merge(self, one: Record, _: str) -> None:
        it = self.entries.get(one.d["from"])
        if it is not None and not it.voided and self.home(one.p) not in ("", it.p):
            it.into = one.p

    def _person_rename(self, one: Record, _: str) -> None:
        self.entries[one.p].named = one.private.get("name", "")

    def _person_void(self, one: Record, _: str) -> None:
        self.entries[one.p].voided = True

    def _person_object(self, one: Record, _: str) -> None:
        self.entries[one.p].objected = True

    def _activity_open(self, one: Record, _: str) -> None:
        d = one.d
        made = d.get("def")
        if made is not None:
            texts = one.private.get("options") or []
            made = made | {"text": one.private.get("text", ""), "texts": texts}
        self.rounds.append(Round(d["activity"], d["round"], d["mode"], one.m, made))

    def _activity_close(self, one: Record, _: str) -> None:
        self.round(one.d["activity"], one.d["round"]).closed = one.m

    def _activity_void(self, one: Record, _: str) -> None:
        it = self.round(one.d["activity"], one.d["round"])
        it.void, it.closed = True, one.m if it.closed < 0 else it.closed

    def _answer_put(self, one: Record, _: str) -> None:
        self._answer(one, one.d, one.private.get("text", ""), one.d.get("sure", ""))

    def _answer(self, one: Record, d: Json, words: str, sure: str) -> None:
        value = one.private.get("v", d.get("v")) or []
        self.round(d["activity"], d["round"]).answers[one.p, d.get("q", "")] = (one.i, value, words, sure)

    def _tally_put(self, one: Record, _: str) -> None:
        self.round(one.d["activity"], one.d["round"]).tally = one.d

    def _hands_put(self, one: Record, _: str) -> None:
        self.round(one.d["activity"], one.d["round"]).hands = one.d["counts"]

    def _check_mark(self, one: Record, _: str) -> None:
        d = one.d
        console = self.consoles.get(d.get("co", -1), "")
        leading = next((n for r, _, n in reversed(self.staff) if r == "trainer"), "")
        rater = f"co {d.get('co')} {console}" if d["by"] == "co" else self.evaluator or leading
        self.marks.append(Mark(one.p, d["activity"], d["item"], d["ok"], rater, one.i, False))

    def _amend(self, one: Record, origin: str) -> None:
        put, do = one.d.get("set") or {}, one.d["do"]
        if do == "void":
            for it in self.rounds:
                it.answers = {k: v for k, v in it.answers.items() if v[0] != one.d["ref"]["i"]}
        elif "item" in put:
            self.marks.append(Mark(one.p, put["activity"], put["item"], put["ok"], "", one.i, True))
        elif "activity" in put:
            self._answer(one, put, one.private.get("text", ""), "")
        else:
            it = self.entry(one, origin)
            it.status = put.get("status", it.status)
            self.times.setdefault(one.p, {}).update({k: v for k, v in put.items() if k in ("in", "out")})
            self.amended.add(one.p)

    def _credit_grant(self, one: Record, origin: str) -> None:
        self.credits.append((one.p, one.d["what"], origin, one.i))

    # -- people ----------------------------------------------------------------------------------------------------

    def home(self, p: str) -> str:
        """The entry that a `p` is part of now; empty for who was taken out."""
        seen: set[str] = set()
        while p in self.entries and self.entries[p].into and p not in seen:
            seen.add(p)
            p = self.entries[p].into
        return p if p in self.entries and not self.entries[p].voided else ""

    def roots(self) -> list[str]:
        """Everybody on the sheet."""
        return [p for p, one in self.entries.items() if not one.into and self.home(p) == p]

    def of(self, root: str) -> list[Entry]:
        """The entries that are this person, in the order of the log."""
        return self._whole.get(root, [])

    @functools.cached_property
    def _whole(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for p, one in self.entries.items():
            if not one.voided:
                found.setdefault(self.home(p), []).append(one)
        return found

    def moment(self, m: int) -> int:
        """Unix ms by the laptop's clock."""
        return self.opened_t + m + sum(by for at, by in self.jumps if at <= m)

    def local(self, ms: int) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(ms / 1000, self.zone)

    @property
    def day(self) -> datetime.date:
        """The local date at the end."""
        return self.local(self.closed_t if self.closed >= 0 else self.log.records[-1].t).date()

    @property
    def spot(self) -> set[str]:
        return {one.activity for one in self.rounds if one.made_here is not None}

    def activity(self, id: str) -> dict[str, Any]:
        return next((one for one in self.plan.get("activities", ()) if one["id"] == id), {})


def zone(name: str) -> datetime.tzinfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return datetime.UTC
