"""Logs of what people answer alone, on head office's page (docs/blended.md): nobody attends them."""

from __future__ import annotations

from fieldkit.core.session import Session


def alone(s: Session) -> bool:
    """Whether this is such a log: all of a set was opened with it, each question until a moment, and it does not end.
    In a room a trainer opens one after the other, and ends the session."""
    if s.plan.set is None or s.closed_m is not None or not s.plan.activities:
        return False
    firsts = [next(iter(s.runs.get(a.id, ())), None) for a in s.plan.activities]
    return all(one is not None and one.opened_m == 0 and one.until is not None for one in firsts)
