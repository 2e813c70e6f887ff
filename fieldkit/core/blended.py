"""Pre-work before a session and reinforcement after it: what is asked, when, and what of it somebody has done.

A set is what is asked together: `prework`, or an entry of the pack's `reinforcement`. It runs in a log of its own, of
the kind `blended`, under the pack's plan cut down to the set (`only`); nobody attends it, and its answers join a person
by the badge. Pure: times are arguments, Unix ms.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import msgspec

from fieldkit.core.activities import kind_of
from fieldkit.core.plan import Activity, Completion, Plan, Segment, Step
from fieldkit.core.records import ActivityOpened, Draft
from fieldkit.core.session import Session
from fieldkit.core.state import Answer, Round
from fieldkit.core.tables.base import local, zone

BLENDED = "blended"
"""`kind` of such a session."""
PREWORK = "prework"
"""The set of everything that is asked before the session."""
BEFORE, AFTER = "before", "after"
"""When a set is asked: pre-work before the training, reinforcement after it."""
ANSWERABLE = (
    *("poll", "scale", "choice", "truefalse", "number", "short", "order", "match", "hotspot", "quiz", "text"),
)
"""Types that somebody can answer alone: nobody else's part in it, nothing to be signed or seen."""
OPEN_DAYS = 60
"""So long a set of reinforcement stays open at most; the next one ends it too."""
DAY_MS = 86_400_000
STEP_S = 120
"""Between two activities, where a trainer runs a set in a room."""

Asked = tuple[Activity, str]
"""An activity, and which question of it: "" unless it is a quiz."""


class Window(msgspec.Struct, frozen=True):
    """When a set of reinforcement is open: Unix ms, the end not included."""

    set: str
    opens: int
    closes: int


def sets(plan: Plan) -> dict[str, list[str]]:
    """Every set of a pack that asks something → its activities, pre-work first."""
    before = list(dict.fromkeys(id for one in plan.prework for id in one.activities))
    found = {PREWORK: before, **{one.id: list(one.activities) for one in plan.reinforcement}}
    return {name: ids for name, ids in found.items() if ids}


def only(plan: Plan, name: str) -> Plan | None:
    """The plan of one set alone: one segment, and no rule of completion, since it is no training of its own. None where
    the pack has no such set."""
    ids = sets(plan).get(name)
    if ids is None:
        return None
    by_id = {a.id: a for a in plan.activities if a.type in ANSWERABLE and a.mode != "anonymous"}
    asked = [by_id[id] for id in ids if id in by_id]  # what else a laptop's plan names here nobody could answer
    steps = [Step(at=n * STEP_S, do="open", activity=a.id) for n, a in enumerate(asked)]
    minutes = max(1, len(asked) * STEP_S // 60)
    return msgspec.structs.replace(
        plan,
        minutes=minutes,
        segments=[Segment(id=name, phase="synthesis", minutes=minutes, title=plan.title, steps=steps)],
        activities=asked,
        completion=Completion(),
        valid_months=None,
        remind_days=[],
        prework=plan.prework if name == PREWORK else [],
        reinforcement=[],
        set=name,
    )


def windows(plan: Plan, ended: int, tz: str) -> list[Window]:
    """When each set of reinforcement is open after a session that ended at `ended`: from the first minute of its day,
    where the session was held, until a later one opens, at most `OPEN_DAYS`. A day that no calendar holds has none."""
    days = {one.after_days: at for one in plan.reinforcement if (at := _begins(ended, tz, one.after_days)) is not None}
    out = []
    for one in plan.reinforcement:
        if one.after_days in days:
            opens = days[one.after_days]
            later = [at for day, at in days.items() if day > one.after_days]
            out.append(Window(one.id, opens, min([opens + OPEN_DAYS * DAY_MS, *later])))
    return out


def _begins(ended: int, tz: str, days: int) -> int | None:
    where = zone(tz)
    end = local(ended, where)
    try:
        day = end.date() + timedelta(days=days) if end is not None else None
        return None if day is None else round(datetime.combine(day, time(), where).timestamp() * 1000)
    except (OverflowError, ValueError, OSError):
        return None


# ---- in the log of a set -------------------------------------------------------------------------------------


def openings(plan: Plan, until: int) -> list[Draft]:
    """The records that open all of a set at once, until the `m` at which it closes: everybody goes at their own pace,
    so a time limit of the room does not hold here."""
    return [Draft(ActivityOpened(activity=a.id, round=1, mode=a.mode, until=until)) for a in plan.activities]


def asked(session: Session) -> list[Asked]:
    """Everything that this log asks, in the order of the pack; a quiz question by question."""
    return [(a, q) for a in session.plan.activities if session.runs.get(a.id) for q in kind_of(a.type).asked(a)]


def answer_of(session: Session, p: str, a: Activity, q: str) -> Answer | None:
    """What somebody's answer in force is."""
    one = _round(session, a)
    return one.answers.get((p, q)) if one is not None else None


def closes(session: Session) -> int | None:
    """The `m` at which the set closes."""
    return max((one.until for rounds in session.runs.values() for one in rounds if one.until is not None), default=None)


def shows(a: Activity, q: str) -> bool:
    """Whether somebody is told, once they have answered, what is right."""
    return a.reveal != "never" and kind_of(a.type).keyed(a, q)


def _round(session: Session, a: Activity) -> Round | None:
    rounds = session.runs.get(a.id)
    return rounds[-1] if rounds else None
