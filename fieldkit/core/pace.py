"""Where the session is in its plan: time run, time planned, how far behind or ahead."""

from __future__ import annotations

from fieldkit.core.rulings.sheet import upcoming
from fieldkit.core.session import Session


def run_ms(s: Session, at: int) -> int:
    """ms from the first `segment.enter` to now (or the close), pauses out."""
    if s.started_m is None:
        return 0
    end = min(s.closed_m, at) if s.closed_m is not None else at
    out = 0
    for start, stop in s.pauses:
        first, last = max(start or 0, s.started_m), min(stop if stop is not None else end, end)
        out += max(0, last - first)
    return max(0, end - s.started_m - out)


def planned_s(s: Session) -> int:
    return sum(s.minutes_of(x.id) * 60 for x in s.plan.segments if x.id not in s.skipped)


def starts_s(s: Session) -> dict[str, int]:
    """Segment → second of the run at which the plan has it begin."""
    found, at = {}, 0
    for segment in s.plan.segments:
        found[segment.id] = at
        if segment.id not in s.skipped:
            at += s.minutes_of(segment.id) * 60
    return found


def next_due_s(s: Session) -> int | None:
    """Second of the run at which the plan has the next step; None after the last."""
    coming = upcoming(s)
    if coming is None:
        return None
    segment, _, step = coming
    return starts_s(s)[segment.id] + (step.at if step is not None else 0)


def pace_s(s: Session, at: int) -> int:
    """Seconds behind the plan; negative is ahead, 0 is on time.

    On time means: the current step was due and the next one is not yet.
    """
    if s.segment is None or s.started_m is None or s.plan.segment(s.segment) is None:
        return 0
    starts = starts_s(s)
    elapsed = run_ms(s, at) // 1000
    segment = s.plan.segment(s.segment)
    steps = segment.steps if segment else []
    due = starts[s.segment] + (steps[s.step].at if s.step is not None and s.step < len(steps) else 0)
    if elapsed < due:
        return elapsed - due
    coming = next_due_s(s)
    return max(0, elapsed - (planned_s(s) if coming is None else coming))
