"""Attendance, scores and completion of one session, worked out anew (docs/tables.md, docs/packs.md)."""

from __future__ import annotations

import dataclasses
from decimal import ROUND_HALF_UP, Decimal

from tests.recount.fold import Entry, Room, Round, Span
from tests.recount.logs import Json
from tests.recount.right import keyed, questions, right

HERE = ("present", "late", "left_early")


def union(spans: list[Span]) -> list[Span]:
    out: list[Span] = []
    for a, b in sorted(spans):
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], b))
        elif b > a:
            out.append((a, b))
    return out


def cut(spans: list[Span], by: list[Span]) -> list[Span]:
    """What of `spans` lies within `by`."""
    return union([(max(a, c), min(b, d)) for a, b in spans for c, d in by if min(b, d) > max(a, c)])


def without(spans: list[Span], gone: list[Span]) -> list[Span]:
    for c, d in gone:
        spans = [x for a, b in spans for x in ((a, min(b, c)), (max(a, d), b)) if x[1] > x[0]]
    return union(spans)


def long(spans: list[Span]) -> int:
    return sum(b - a for a, b in spans)


def percent(part: int, whole: int) -> str:
    """A bare number with at most two decimals, half up."""
    return plain(Decimal(100 * part) / Decimal(whole)) if whole else ""


def plain(value: Decimal) -> str:
    text = format(value.quantize(Decimal("0.01"), ROUND_HALF_UP), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-0", "0" if text in ("-0.00",) else "-0")


@dataclasses.dataclass
class Row:
    """A line of the sheet. `ms`: there, within the running time; `did`: activities done; `whole`: every rule held."""

    p: str
    name: str
    badge: str
    issuer: str
    roster: Json
    came: bool
    status: str
    first: int
    last: int
    still: bool
    ms: int
    score: str
    result: str
    whole: bool
    plain_whole: bool
    spans: list[Span]
    inside: list[Span]
    here: bool
    objected: bool
    record: int
    """The record of the arrival, else of the mark, else 0."""


class Sheet:
    """`rows`: everybody expected and everybody who came, in the order in which the log names them."""

    def __init__(self, room: Room) -> None:
        self.room = r = room
        first = r.segments[0][1] if r.segments else r.rounds[0].opened if r.rounds else 0
        self.end = r.closed if r.closed >= 0 else r.m
        self.begin = min(first, self.end)
        pauses = [(a, b if b >= 0 else self.end) for a, b in r.pauses]
        self.run = without([(self.begin, self.end)], pauses)
        self.ms = long(self.run)
        self.completion: Json = r.plan.get("completion") or {}
        self.rows = [self._row(p) for p in r.roots()]

    # -- rounds that count -----------------------------------------------------------------------------------------

    def newest(self, activity: str) -> Round | None:
        """The newest round that is not void and has closed."""
        some = [x for x in self.room.rounds if x.activity == activity and not x.void and x.closed >= 0]
        return some[-1] if some else None

    def answer(self, it: Round, root: str, q: str = "") -> tuple[int, list[str], str, str] | None:
        """A person's newest answer over all their entries."""
        mine = [it.answers[e.p, q] for e in self.room.of(root) if (e.p, q) in it.answers]
        return max(mine, default=None)

    def correct(self, it: Round, root: str, a: Json, q: Json | None) -> bool:
        said = self.answer(it, root, q["id"] if q else "")
        return said is not None and right(a, q, said[1], said[2])

    def graded(self, root: str, leave: set[str]) -> tuple[int, int]:
        """(right, of) over the graded questions that were run."""
        good = every = 0
        for a in self.room.plan.get("activities", ()):
            it = self.newest(a["id"])
            if a.get("graded") and it is not None and a["id"] not in leave:
                for q in questions(a):
                    every += 1
                    good += self.correct(it, root, a, q)
        return good, every

    def done(self, root: str, id: str) -> bool:
        """A required activity: a checklist passed, words signed, everything else answered (of a quiz all of it)."""
        r, a = self.room, self.room.activity(id)
        if a.get("type") == "checklist":
            return self.passed(root, a)
        it = self.newest(id)
        if it is None:
            return False
        if a.get("type") == "acknowledge":
            return any(e.p in it.signed for e in r.of(root))
        asked = [q["id"] for q in a["questions"]] if a.get("type") == "quiz" else [""]
        return all(self.answer(it, root, q) is not None for q in asked)

    def verdicts(self, root: str, a: Json) -> dict[str, bool]:
        """Item → the newest mark."""
        mine = {e.p for e in self.room.of(root)}
        return {x.item: x.ok for x in self.room.marks if x.activity == a["id"] and x.p in mine}

    def passed(self, root: str, a: Json) -> bool:
        ok = self.verdicts(root, a)
        items = a.get("items", ())
        need = a.get("items_min")
        return all(ok.get(x["id"], False) for x in items if x.get("critical")) and sum(
            ok.get(x["id"], False) for x in items
        ) >= (len(items) if need is None else need)

    # -- a line ----------------------------------------------------------------------------------------------------

    def _row(self, root: str) -> Row:
        r, some = self.room, self.room.of(root)
        status = next((e.status for e in reversed(some) if e.status), "")
        spans = [(a, b if b >= 0 else self.end) for e in some for a, b in e.spans]
        still = any(b < 0 for e in some for _, b in e.spans)
        if any(e.on_paper for e in some):
            spans = [(min(a, self.begin), b) if k == 0 else (a, b) for k, (a, b) in enumerate(sorted(spans))]
        came = bool(spans) or status in HERE
        if came and not spans:  # who is marked as here has come with the mark
            spans = [(next((e.mark_m for e in some if e.status in HERE), self.begin), self.end)]
            still = True
        times = next((r.times[e.p] for e in reversed(some) if e.p in r.times), {})
        if times:
            came = True
            a = times.get("in", min((x for x, _ in spans), default=self.begin))
            b = times.get("out", max((x for _, x in spans), default=self.end))
            spans, still = [(a, b)], still and "out" not in times
        inside = cut(spans, self.run)
        ms = long(inside)
        first, last = min((a for a, _ in spans), default=-1), max((b for _, b in spans), default=-1)
        judged = status or self._status(first, last, spans, ms)
        objected = any(e.objected for e in some)
        good, every = self.graded(root, set())
        scored = came and every > 0 and not objected
        want = self.completion.get("score_min")
        result = ("pass" if good * 100 >= want * every else "fail") if scored and want is not None else ""
        here = judged in HERE
        whole = here and self.rules(root, ms, set(), [])
        roster: Json = next((e.roster for e in some if e.roster), {}) or {}
        badge, issuer = badge_of(some)
        name = next((e.named for e in reversed(some) if e.named), "") or str(
            next((e.given["name"] for e in some if e.given.get("name")), "") or roster.get("name", "")
        )
        return Row(
            root, name, badge, issuer, roster, came, judged, first, last, still, ms,
            percent(good, every) if scored else "", result, self.credited(root, whole), whole, spans, inside, here,
            objected,
            min((e.joined for e in some if e.joined >= 0), default=max(0, r.entries[root].marked)),
        )  # fmt: skip

    def _status(self, first: int, last: int, spans: list[Span], ms: int) -> str:
        if first < 0:
            return "absent"
        grace, share = self.room.policy.get("grace_min", 10), self.room.policy.get("share_min", 75)
        if first - self.begin > grace * 60_000:
            return "late"
        if ms * 100 < share * self.ms:
            return "late" if last >= self.end and len(union(spans)) == 1 else "left_early"
        return "present"

    # -- completion ------------------------------------------------------------------------------------------------

    def rules(self, root: str, ms: int, credit: set[str], more: list[Span]) -> bool:
        want = self.completion
        if want.get("attendance_min") is not None:
            ms = max(ms, long(union([*more, *cut(self._stay(root), self.run)])) if more else ms)
            if ms * 100 < want["attendance_min"] * self.ms:
                return False
        if want.get("score_min") is not None:
            good, every = self.graded(root, credit)
            graded = [a["id"] for a in self.room.plan["activities"] if a.get("graded")]
            if not (every and good * 100 >= want["score_min"] * every) and not (graded and set(graded) <= credit):
                return False
        return all(id in credit or self.done(root, id) for id in want.get("require", ()))

    def _stay(self, root: str) -> list[Span]:
        return [(a, b if b >= 0 else self.end) for e in self.room.of(root) for a, b in e.spans]

    def credits(self, root: str) -> list[tuple[str, str, int]]:
        """(what, log, index) that head office granted."""
        mine = {e.p for e in self.room.of(root)}
        return [(what, o, i) for p, what, o, i in self.room.credits if p in mine]

    def credited(self, root: str, whole: bool) -> bool:
        """Whether every rule holds, credit for earlier training included."""
        some = {what for what, _, _ in self.credits(root)}
        if whole or not some:
            return whole
        if self.room.plan["id"] in some:
            return True
        ids, spans = set(some), list[Span]()
        for one in self.room.plan["segments"]:
            if one["id"] in some:
                ids |= opened_by(one)
                spans += cut(self.visits(one["id"]), self.run)
        row_ms = long(cut(self._stay(root), self.run))
        return self.rules(root, row_ms, ids, spans)

    # -- segments --------------------------------------------------------------------------------------------------

    def visits(self, segment: str) -> list[Span]:
        """(from, until) of every visit, within the running time and pauses out."""
        ends = [m for _, m in self.room.segments[1:]] + [self.end]
        return cut([(m, e) for (id, m), e in zip(self.room.segments, ends, strict=True) if id == segment], self.run)


def opened_by(segment: Json) -> set[str]:
    """Activities that a step of the plan opens (a breakout opens itself)."""
    return {x["activity"] for x in segment.get("steps", ()) if x.get("activity") and x["do"] in ("open", "breakout")}


def badge_of(some: list[Entry]) -> tuple[str, str]:
    """The roster's badge, else one that was given."""
    for one in some:
        if one.roster and one.roster.get("badge"):
            return str(one.roster["badge"]), str(one.roster.get("id_issuer", ""))
    for one in some:
        if one.given.get("badge"):
            return str(one.given["badge"]), str(one.given.get("issuer", ""))
    return "", ""


__all__ = ["Row", "Sheet", "keyed", "opened_by", "percent", "plain", "union"]
