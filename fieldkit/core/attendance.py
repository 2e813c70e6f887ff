"""Arrival facts + recorded policy → attendance. Pure: (session, as-of m) → one Attendance a person.

The rules, in the order in which they win:

1. An amendment (`amend` with `status`, `in`, `out`) is the last word, then the newest `att.mark`, then the policy.
2. Present time is the **union** of arrival→leaving intervals inside the running time, pauses out: a second phone, a
   ghost seat or a merged entry never counts twice, and a sleeping phone is no absence.
3. Running time goes from the first `segment.enter` (else the first `activity.open`, else `session.open`) to the
   close, or to `as_of` while the session runs; downtime after a crash counts, recorded pauses do not.
4. Nobody came: absent. First arrival later than `grace_min` after the start: late. Present for less than `share_min`
   percent of the running time: left_early, unless they never left (in a short session a few minutes within the grace
   are a large share): late. Who is late and left early is late, and the flag `left_early` says the rest.
   Shares are compared in ms, so rounding to minutes never decides.

Times are `m` (ms since the session opened).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from fieldkit.core import evidence
from fieldkit.core.records import Policy
from fieldkit.core.session import Session
from fieldkit.core.state import STATUSES, Amendment, Mark, Person

Span = tuple[int, int]


class Running(msgspec.Struct, frozen=True):
    """The session's running time: disjoint ascending intervals [start, end) in m, pauses out."""

    start: int
    end: int
    spans: tuple[Span, ...]
    ms: int


class Attendance(msgspec.Struct, frozen=True):
    """One person's attendance. `policy` is the status that the recorded policy alone gives."""

    p: str
    all_p: frozenset[str]
    """This entry and every entry merged into it."""
    status: str
    policy: str
    in_m: int | None
    in_t: int | None
    """Unix ms of the first arrival if its record is the one in force, else None (work it out from `in_m`)."""
    out_m: int | None
    """Last leaving, or the close; None while in the room."""
    ms: int
    running_ms: int
    flags: tuple[str, ...]
    method: str
    proofs: int
    asked: int
    mark: Mark | None
    amended: tuple[Amendment, ...]
    """Amendments of this person's attendance, oldest first."""

    @property
    def came(self) -> bool:
        return self.in_m is not None


def minutes(ms: int) -> int:
    """Whole minutes, rounded down: nobody is credited with a minute that did not pass."""
    return ms // 60_000


# ---- intervals -----------------------------------------------------------------------------------------------


def union(spans: Iterable[Span]) -> list[Span]:
    """Disjoint ascending intervals that cover the same time; empty and backward ones vanish."""
    out: list[Span] = []
    for a, b in sorted(s for s in spans if s[1] > s[0]):
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], b))
        else:
            out.append((a, b))
    return out


def overlap(left: Sequence[Span], right: Sequence[Span]) -> int:
    """ms that two disjoint ascending lists share."""
    i = j = total = 0
    while i < len(left) and j < len(right):
        total += max(0, min(left[i][1], right[j][1]) - max(left[i][0], right[j][0]))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return total


def running(s: Session, as_of: int | None = None) -> Running:
    """The running time up to the close, else up to `as_of` (default: the last record)."""
    start = s.started_m or 0
    end = s.closed_m if s.closed_m is not None else max(s.m if as_of is None else as_of, start)
    left, at = [], start
    for a, b in union((p[0] or 0, end if p[1] is None else p[1]) for p in s.pauses):
        left.append((at, min(a, end)))
        at = max(at, b)
    left.append((at, end))
    spans = tuple(union(left))
    return Running(start, end, spans, sum(b - a for a, b in spans))


# ---- people --------------------------------------------------------------------------------------------------


def groups(s: Session) -> dict[str, list[Person]]:
    """Who is on the sheet: p → that entry and all merged into it, in the order of the log; voided ones left out.

    An entry merged into one that was voided is left out with it; a circle of merges keeps its first entry.
    """
    out: dict[str, list[Person]] = {}
    heads: dict[str, str] = {}
    for p, one in s.people.items():
        head, seen = one, {p}
        while head.merged_to is not None and head.merged_to in s.people and head.merged_to not in seen:
            head = s.people[head.merged_to]
            seen.add(head.p)
        if head.merged_to is not None and head.merged_to in seen:
            head = s.people[next(q for q in s.people if q in seen)]
        heads[p] = head.p
    for p, one in s.people.items():
        if heads[p] == p and not one.voided:
            out[p] = [one]
    for p, one in s.people.items():
        if heads[p] != p and heads[p] in out and not one.voided:
            out[heads[p]].append(one)
    return out


def attendance(s: Session, as_of: int | None = None) -> list[Attendance]:
    """Attendance of everybody on the sheet, in the order in which the log first names them."""
    run = running(s, as_of)
    facts = _Facts(
        run,
        s.info.policy if s.info is not None else Policy(),
        s.closed_m is not None,
        _corrections(s),
        evidence.asked(s, run.end),
        evidence.by_answers(s),
        frozenset(evidence.session_flags(s, run.start)),
        frozenset(one.p for one in s.credits),
    )
    return [_one(people, facts) for people in groups(s).values()]


def stays(s: Session, as_of: int | None = None) -> dict[str, list[Span]]:
    """When everybody on the sheet was here, corrections in force: p → disjoint ascending intervals, pauses included."""
    run, corrections = running(s, as_of), _corrections(s)
    return {p: union(_stay(people, run, corrections).spans) for p, people in groups(s).items()}


def corrected(s: Session) -> dict[str, str]:
    """Status set after the end, the newest in force: p of the person, whatever entry it was set on → status."""
    found: dict[str, str] = {}
    for change in s.amendments:
        if change.p and change.do != "void" and "status" in change.set:
            found[s.head(change.p)] = str(change.set["status"])
    return found


def minutes_of(s: Session, p: str, as_of: int | None = None) -> int:
    """Whole minutes that this person was here, as `attendance` counts them, without counting everybody else."""
    run = running(s, as_of)
    people = [one for one in s.entries(p) if not one.voided]
    return minutes(overlap(_stay(people, run, _corrections(s)).spans, run.spans))


def present_ms(s: Session, p: str, also: Iterable[Span], as_of: int | None = None) -> int:
    """ms of the running time in which this person was here, or which lie in one of the spans `also`."""
    run = running(s, as_of)
    people = [one for one in s.entries(p) if not one.voided]
    return overlap(union([*_stay(people, run, _corrections(s)).spans, *also]), run.spans)


class _Corrections(msgspec.Struct, frozen=True):
    voided: set[int | None]
    """Indexes of the records that were struck."""
    amended: dict[str, list[Amendment]]
    """p → amendments of this entry's attendance."""


def _corrections(s: Session) -> _Corrections:
    voided: set[int | None] = {a.ref for a in s.amendments if a.do == "void" and a.ref is not None and not a.ref_origin}
    amended: dict[str, list[Amendment]] = {}
    for change in s.amendments:
        if change.p and change.do != "void" and {"status", "in", "out"} & change.set.keys():
            amended.setdefault(change.p, []).append(change)
    return _Corrections(voided, amended)


class _Stay(msgspec.Struct, frozen=True):
    """When one person was here, and what was set by hand; oldest first."""

    spans: list[Span]
    marks: list[Mark]
    changes: list[Amendment]


def _stay(people: list[Person], run: Running, corrections: _Corrections) -> _Stay:
    """`people`: the entries that are this one person."""
    voided = corrections.voided
    changes = sorted((c for one in people for c in corrections.amended.get(one.p, ())), key=lambda c: c.i)
    marks = sorted((k for one in people for k in one.marks if k.i not in voided), key=lambda k: k.i)
    return _Stay(_amend(_spans(people, marks, voided, run.end), changes, run), marks, changes)


class _Facts(msgspec.Struct, frozen=True):
    """What is the same for every row."""

    run: Running
    policy: Policy
    closed: bool
    corrections: _Corrections
    asked: evidence.Asked
    by_answers: dict[str, set[str]]
    flags: frozenset[str]
    credited: frozenset[str]


def _one(people: list[Person], facts: _Facts) -> Attendance:
    run, policy = facts.run, facts.policy
    ids = frozenset(one.p for one in people)
    stay = _stay(people, run, facts.corrections)
    spans, marks, changes = stay.spans, stay.marks, stay.changes
    ms = overlap(spans, run.spans)
    in_m = spans[0][0] if spans else None
    stayed = len(spans) == 1 and spans[0][1] >= run.end
    by_policy = status = _status(policy, in_m, ms, run, stayed)
    if marks:
        status = marks[-1].status
    for change in changes:
        status = str(change.set.get("status", status))
    in_room = not facts.closed and any(o.spans and o.spans[-1][1] is None for o in people)
    flags = evidence.person_flags(people, facts.flags)
    if changes or ids & facts.credited:
        flags.add("amended")
    for p in ids:
        flags |= facts.by_answers.get(p, set())
    if not spans or spans[-1][1] < run.end:  # gone before the close, so a late close adds nothing to this row
        flags.discard("closed_late")
        if by_policy == "late" and _short(policy, ms, run):
            flags.add("left_early")
    first = min((o for o in people if o.joined_m is not None), key=lambda o: o.joined_m or 0, default=None)
    proofs, of = evidence.proofs(ids, spans, facts.asked, any(one.objected for one in people))
    return Attendance(
        p=people[0].p,
        all_p=ids,
        status=status if status in STATUSES else by_policy,
        policy=by_policy,
        in_m=in_m,
        in_t=first.joined_t if first is not None and first.joined_m == in_m else None,
        out_m=None if in_room or not spans else spans[-1][1],
        ms=ms,
        running_ms=run.ms,
        flags=tuple(f for f in evidence.FLAGS if f in flags),
        method=evidence.best(people) if spans else "",
        proofs=proofs,
        asked=of,
        mark=marks[-1] if marks else None,
        amended=tuple(changes),
    )


def _status(policy: Policy, in_m: int | None, ms: int, run: Running, stayed: bool) -> str:
    if in_m is None:
        return "absent"
    if in_m > run.start + policy.grace_min * 60_000:
        return "late"
    if not _short(policy, ms, run):
        return "present"
    return "late" if stayed else "left_early"


def _short(policy: Policy, ms: int, run: Running) -> bool:
    return ms * 100 < policy.share_min * run.ms


def _spans(people: list[Person], marks: list[Mark], voided: set[int | None], end: int) -> list[Span]:
    """Intervals in the room, open ones up to the end. A mark that says *here* is the arrival of who has no other."""
    found: list[Span] = []
    for one in people:
        void_m = one.joined_m if one.joined_i in voided else None
        for a, b in one.spans:
            if a is not None and (void_m is None or a != void_m):
                # A span of no length (in and out in the same ms, or after the close) is still an arrival.
                found.append((a, max(end if b is None else b, a)))
    if not found:
        here = next((k for k in marks if k.status in ("present", "late")), None)
        if here is not None:
            found.append((here.m, max(end, here.m)))
    joined = union(found)
    first = min(found, default=None)
    return joined if joined or first is None else [first]


def _amend(spans: list[Span], changes: list[Amendment], run: Running) -> list[Span]:
    """`in` and `out` of amendments: time before `in` and after `out` falls away, time between them is added."""
    for change in changes:
        new_in, new_out = change.set.get("in"), change.set.get("out")
        if isinstance(new_in, int):
            spans = [(max(a, new_in), b) for a, b in spans if b > new_in] or [(new_in, max(run.end, new_in))]
            spans[0] = (new_in, spans[0][1])
        if isinstance(new_out, int):
            spans = [(a, min(b, new_out)) for a, b in spans if a < new_out] or [(min(run.start, new_out), new_out)]
            spans[-1] = (spans[-1][0], new_out)
    return spans
