"""What one ended session says about delivery: its pace, what was run, who took part, in whole numbers.

A pure function of the fold with head office's corrections laid over it. What people answered is `figures.answered`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fieldkit.core.activities import kind_of
from fieldkit.core.attendance import Attendance, Running, Span, attendance, running, stays
from fieldkit.core.blended import BLENDED
from fieldkit.core.completion import latest
from fieldkit.core.figures.answered import agreed, gains, moves, questions, sane, spreads
from fieldkit.core.figures.counts import Delivery, Figures, Pace, Took, plus, tidy
from fieldkit.core.office import DESK
from fieldkit.core.plan import ATTENDANCE, SPOT, Activity, Segment
from fieldkit.core.session import Session
from fieldkit.core.state import Round
from fieldkit.core.tables.pacing import real_ms, run_in, segment_visits

FULL = ("class", "toolbox")
"""Kinds of session that are to run all of the plan; a make-up and a visit to judge skills are not."""
MINUTE = 60_000
WITHIN = 20
"""%: a segment that took so much more or less than planned is still as planned."""
AWAY = ("absent", "excused")
MOST_MS = 366 * 24 * 60 * MINUTE
"""A log may say any number; sums of many have to fit what databases and other readers hold."""


def figures_of(s: Session) -> Figures | None:
    """The figures of one session; None of one that has not ended, of head office's own log, and of answers that
    people gave alone before or after."""
    info = s.info
    if info is None or s.closed_m is None or info.session_kind in (DESK, BLENDED):
        return None
    full = not info.makes_up and info.session_kind in FULL
    rows, run, there = attendance(s), running(s), frozenset(run_in(s))
    took = _activities(s, rows, run, there, full)
    segments = _segments(s, run, there) if full else {}
    whole = [one for g in s.plan.segments if g.phase != "break" and (one := segments.get(g.id)) is not None]
    here = [row for row in rows if row.status not in AWAY]
    expected = [row for row in rows if s.people[row.p].rostered]
    delivery = Delivery(
        sessions=1,
        full=int(full),
        named=int(bool(info.policy.named)),
        people=len(rows),
        expected=len(expected),
        present=len(here),
        excused=sum(row.status == "excused" for row in rows),
        walkins=sum(not s.people[row.p].rostered for row in here),
        asked=sum(one.asked for one in took.values()),
        answered=sum(one.answered for one in took.values()),
        planned=sum(one.planned for one in took.values()),
        run=sum(one.run for one in took.values() if one.planned),
        skipped=sum(one.skipped for one in took.values()),
        spots=took[SPOT].run if SPOT in took else 0,
        segments=sum(one.n for one in whole),
        segments_skipped=sum(one.skipped for one in whole),
        pace=_whole(s, run) if full else Pace(),
    )
    sheet = {p for row in rows for p in row.all_p}
    return tidy(
        Figures(
            delivery=delivery,
            segments=segments,
            activities=took,
            spread=spreads(s),
            items=questions(s, sheet),
            gain=gains(s, sheet),
            moved=moves(s),
            agreed=agreed(s, sheet),
        )
    )


# ---- pace ----------------------------------------------------------------------------------------------------


def _segments(s: Session, run: Running, there: frozenset[str]) -> dict[str, Pace]:
    """As in the table `pacing`: a segment was skipped if the trainer said so, or if nobody went there and nothing of it
    was run."""
    visits = segment_visits(s, run)
    found: dict[str, Pace] = {}
    for g in s.plan.segments:
        spans = visits.get(g.id, [])
        ran = bool(spans) or any(a in there for a in _opens(g))
        one = _pace(g.minutes, real_ms(spans, run) if spans else None, ran, g.id in s.skipped or not ran)
        if s.minutes.get(g.id, g.minutes) != g.minutes:
            one = msgspec.structs.replace(one, changed=1)
        found[g.id] = plus(found[g.id], one) if g.id in found else one
    return found


def _whole(s: Session, run: Running) -> Pace:
    """A session in which nothing was run at all has no pace."""
    ran = s.started_m is not None
    return _pace(sum(g.minutes for g in s.plan.segments), run.ms if ran else None, ran, not ran)


def _pace(minutes: int, real: int | None, ran: bool, skipped: bool) -> Pace:
    planned = min(minutes * MINUTE, MOST_MS)
    if real is None or planned <= 0:
        return Pace(n=1, run=int(ran), skipped=int(skipped))
    real = min(real, MOST_MS)
    off = abs(real - planned)
    within = int(off * 100 <= WITHIN * planned)
    return Pace(
        n=1,
        run=int(ran),
        skipped=int(skipped),
        timed=1,
        planned_ms=planned,
        real_ms=real,
        off_ms=off,
        within=within,
    )


def _opens(g: Segment) -> list[str]:
    return [step.activity for step in g.steps if step.activity and step.do != "close"]


# ---- activities ----------------------------------------------------------------------------------------------


def _activities(
    s: Session, rows: Sequence[Attendance], run: Running, there: frozenset[str], full: bool
) -> dict[str, Took]:
    """Every activity planned or run. Those made on the spot are one entry: their ids mean nothing elsewhere."""
    planned = {a for g in s.plan.segments for a in _opens(g) if a != ATTENDANCE} if full else set()
    seen: dict[str, list[Span]] | None = None
    found: dict[str, Took] = {}
    for id in sorted({*planned, *there} - {ATTENDANCE}):
        key = SPOT if id in s.spots else id
        rounds = [one for one in s.runs.get(id, []) if not one.late]
        asked = answered = 0
        a = s.activity(id)
        if a is not None and rounds:
            seen = stays(s) if seen is None else seen
            asked, answered = _part(s, a, rounds, rows, run, seen)
        one = Took(
            planned=int(id in planned),
            run=int(id in there),
            skipped=int(id in planned and id not in there),
            void=int(bool(rounds) and all(x.void for x in rounds)),
            asked=asked,
            answered=answered,
        )
        found[key] = plus(found.get(key, Took()), one)
    return found


def _part(
    s: Session, a: Activity, rounds: list[Round], rows: Sequence[Attendance], run: Running, seen: dict[str, list[Span]]
) -> tuple[int, int]:
    """(asked, answered) of what everybody is expected to do themself; rounds that were made void asked nobody, nor does
    a show of hands. Of an anonymous one as its tally says, in the newest round that kept one."""
    kind = kind_of(a.type)
    if not kind.expected or kind.takes not in ("answer", "ack"):
        return 0, 0
    if a.mode == "anonymous" or any(one.mode == "anonymous" for one in rounds):
        last = latest(s, a.id)
        if last is None or last.tally is None or last.suppressed:
            return 0, 0
        n = sane(last.tally_n)
        return max(n, sum(_open(seen.get(row.p, []), [last], run) for row in rows)), n
    real = [one for one in rounds if not one.void and (one.hands is None or one.answers)]
    who = {p for one in real for p in one.who()}
    asked = answered = 0
    for row in rows:
        if not who.isdisjoint(row.all_p):
            asked, answered = asked + 1, answered + 1
        elif row.status not in AWAY and not _objects(s, row, kind.takes):
            asked += _open(seen.get(row.p, []), real, run)
    return asked, answered


def _open(spans: list[Span], rounds: list[Round], run: Running) -> bool:
    """Whether somebody was in the room while one of these rounds was open."""
    times = [(one.opened_m, run.end if one.closed_m is None else one.closed_m) for one in rounds]
    return any(a <= closed and b > opened for opened, closed in times for a, b in spans)


def _objects(s: Session, row: Attendance, takes: str) -> bool:
    """Who objected is asked for nothing that would leave an answer on record."""
    return takes != "ack" and any(s.people[p].objected for p in row.all_p if p in s.people)
