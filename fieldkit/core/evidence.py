"""What speaks for and against an attendance row: flags, proofs, the best evidence of an arrival.

Flags warn a reader, they never change a status. Proofs count what somebody did of what was asked while they were in
the room; a low number is a hint that a phone was there and nobody held it.
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.core.activities import kind_of
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.session import Session
from fieldkit.core.state import EVIDENCE, Person

FLAGS = (
    *("walk_in", "paper", "proxy", "shared", "amended", "closed_late", "clock_suspect", "objected", "merged"),
    *("left_early", "erased"),
)
"""In the order in which a row shows them."""
LATE_CLOSE = 60 * 60_000
"""ms between the last sign of life (or the planned end, if later) and a close that was probably forgotten."""

Span = tuple[int, int]
Asked = list[tuple[list[Span], set[str], bool]]
"""When it was open, who did it, whether doing it leaves an answer on record."""


def person_flags(people: list[Person], of_session: frozenset[str]) -> set[str]:
    """Flags of one row from its entries' own facts, and those of the whole session."""
    vias = {via for one in people for via in one.vias}
    out = set(of_session)
    if any(one.walkin for one in people) and not any(one.expected for one in people):
        out.add("walk_in")
    if "paper" in vias:
        out.add("paper")
    if "proxy" in vias:
        out.add("proxy")
    if vias & {"shared", "kiosk"}:
        out.add("shared")
    if any(one.objected for one in people):
        out.add("objected")
    if len(people) > 1:
        out.add("merged")
    if any(one.erased for one in people):
        out.add("erased")
    return out


def session_flags(s: Session, start: int) -> Iterable[str]:
    """Flags of every row: the wall clock moved, or the close was probably forgotten."""
    if s.jumps or any(src == "none" for _, _, src in s.resumes):
        yield "clock_suspect"
    if s.closed_m is not None:
        planned = sum(s.minutes_of(g.id) for g in s.plan.segments if g.id not in s.skipped) * 60_000
        if s.closed_m > max(start + planned, _last_sign(s)) + LATE_CLOSE:
            yield "closed_late"


def _last_sign(s: Session) -> int:
    """m of the last thing that somebody did, closing apart."""
    signs = [e.m for e in s.segments_entered] + [e.m for e in s.steps_entered] + [say.m for say in s.says.values()]
    for rounds in s.runs.values():
        for one in rounds:
            later = [a.m for a in one.answers.values()]
            later += [check.m for found in one.checks.values() for check in found.values()]
            # What was put right or judged after the end is no sign that anybody was still there.
            signs += [m for m in later if s.closed_m is None or m < s.closed_m]
            signs += [*([] if one.late else [one.opened_m]), *one.heard.values(), *(a.m for a in one.acks.values())]
    return max(signs, default=0)


BY_WAY = {"proxy": "proxy", "paper": "paper", "shared": "shared", "kiosk": "shared"}
"""The way an answer came → the flag of whose answer it is."""


def by_answers(s: Session) -> dict[str, set[str]]:
    """p → flags of the ways in which their answers came: by somebody else, from paper, by a device of several."""
    found: dict[str, set[str]] = {}
    for rounds in s.runs.values():
        for one in rounds:
            for (p, _), a in one.answers.items():
                flag = BY_WAY.get(a.via)
                if flag is not None:
                    found.setdefault(p, set()).add(flag)
    return found


def best(people: list[Person]) -> str:
    """The best evidence of an arrival; an arrival known by a mark or an amendment alone is the trainer's word."""
    evs = {ev for one in people for ev in one.evs}
    if not any(one.spans for one in people):
        evs.add("fac")
    return next((ev for ev in EVIDENCE if ev in evs), "")


def asked(s: Session, end: int) -> Asked:
    """Each roll call and each activity that names people: when it was open, and who did what was asked.

    Void rounds, anonymous ones, and shows of hands without a single answer prove nothing about anybody.
    """
    out: Asked = []
    for rounds in s.runs.values():
        real = [r for r in rounds if not r.void and r.mode != "anonymous" and (r.hands is None or r.answers)]
        times = [(r.opened_m, end if r.closed_m is None else r.closed_m) for r in real]
        if not real:
            continue
        if real[0].activity.type == ATTENDANCE:
            out += [([when], r.who(), False) for when, r in zip(times, real, strict=True)]
        else:
            takes = kind_of(real[0].activity.type).takes
            # Of a checklist only those whose turn came; of groups that reported nothing, nobody.
            open_to_all = takes != "check" and (real[0].activity.type != "breakout" or any(r.heard for r in real))
            who = set().union(*(r.who() for r in real))
            out.append((times if open_to_all else [], who, takes != "ack"))
    return out


def proofs(ids: frozenset[str], spans: list[Span], asks: Asked, objected: bool = False) -> tuple[int, int]:
    """Arrival, answers to roll calls, activities done: (done, asked while present). Done always counts as asked.

    Who objected is asked for nothing that would leave an answer on record.
    """
    if not spans:
        return 0, 0
    done = of = 1
    for times, who, recorded in asks:
        if not ids.isdisjoint(who):
            done, of = done + 1, of + 1
        elif not (objected and recorded) and any(
            a <= closed and b > opened for opened, closed in times for a, b in spans
        ):
            of += 1
    return done, of
