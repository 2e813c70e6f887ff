"""What a trainer may want to know, without a hurry: a segment runs over, nobody acts, some never answer, the clock was
set.

Every nudge follows from the fold and the time; nothing is remembered, so that a nudge goes by itself when its reason
goes. At most one is shown at a time: the first of the list.
"""

from __future__ import annotations

from fieldkit.core.activities import kind_of
from fieldkit.core.pace import run_ms
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.session import Session
from fieldkit.core.state import Person, Round
from fieldkit.core.views.ran import Nudge

MINUTE = 60_000
OVER_MIN = 3
"""A segment is over by this many minutes before it is said."""
QUIET_MIN = 10
"""Attention drops after about ten minutes of listening (Bunce et al., J. Chem. Educ. 87, 2010, found it sooner)."""
HAND_MIN = 2
CLOCK_MIN = 3
"""How long it is said that the clock was set."""
IN_A_ROW = 2
"""Questions without an answer before somebody is named."""


def nudges(s: Session, at: int) -> list[Nudge]:
    """The most useful first; empty unless the session runs. `at`: the session's `m` now."""
    if s.state != "running" or s.segment is None:
        return []
    return [*_clock(s, at), *_hand(s, at), *_over(s, at), *_silent(s), *_quiet(s, at)]


def _clock(s: Session, at: int) -> list[Nudge]:
    """The laptop's clock was set a while ago. Times of day differ from then on; what is measured does not."""
    m, by = s.jumps[-1] if s.jumps else (at - CLOCK_MIN * MINUTE, 0)
    return [Nudge("clock", by // 1000)] if at - m < CLOCK_MIN * MINUTE else []


def spent_ms(s: Session, segment: str, at: int) -> int:
    """Running time in a segment up to `at`, pauses out, over every visit."""
    entered = s.segments_entered
    total = 0
    for k, one in enumerate(entered):
        if one.segment == segment:
            until = entered[k + 1].m if k + 1 < len(entered) else at
            total += run_ms(s, until) - run_ms(s, one.m)
    return max(0, total)


def _over(s: Session, at: int) -> list[Nudge]:
    here = s.segment or ""
    over = spent_ms(s, here, at) // MINUTE - s.minutes_of(here)
    return [Nudge("over", over)] if over >= OVER_MIN and s.plan.segment(here) is not None else []


def _quiet(s: Session, at: int) -> list[Nudge]:
    """Of running time; a break is made to be quiet."""
    segment = s.plan.segment(s.segment or "")
    if s.started_m is None or (segment is not None and segment.phase == "break"):
        return []
    since = max(s.started_m, s.acted_m or 0)
    quiet = (run_ms(s, at) - run_ms(s, since)) // MINUTE
    return [Nudge("quiet", quiet)] if quiet >= QUIET_MIN and s.present else []


def _hand(s: Session, at: int) -> list[Nudge]:
    p, m = next(iter(s.hands.items()), ("", at))
    up = (at - m) // MINUTE
    return [Nudge("hand", up, [s.people[p].called], [p])] if p in s.people and up >= HAND_MIN else []


def _silent(s: Session) -> list[Nudge]:
    """Whoever was in for both and answered neither. Only of questions whose answers bear names: of the others, who is
    missing would tell who said what."""
    last = _last_questions(s)
    if len(last) < IN_A_ROW:
        return []
    answered = {s.head(p) for one in last for p in one.who()}
    since = min(one.opened_m for one in last)
    found = [x for x in s.people.values() if x.present and x.p not in answered and _in_since(x) <= since]
    return [Nudge("silent", len(found), [x.called for x in found], [x.p for x in found])] if found else []


def _last_questions(s: Session) -> list[Round]:
    """The newest closed rounds that bear names, of different questions, newest first."""
    found: dict[str, Round] = {}
    for activity, no in reversed(s.order):
        one = s.runs[activity][no - 1]
        counts = activity != ATTENDANCE and kind_of(one.activity.type).votes and not one.void and not one.is_open
        if counts and activity not in found:
            if one.mode != "named":
                return []
            found[activity] = one
            if len(found) == IN_A_ROW:
                break
    return list(found.values())


def _in_since(who: Person) -> int:
    """When the stay began that still goes on; for an entry that others were merged into, when it was first here."""
    start = who.spans[-1][0] if who.stays else who.joined_m
    return start or 0
