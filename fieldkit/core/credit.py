"""Credit for earlier training: what head office lets stand in for something that somebody did not do in this session.

`what` names the pack, a segment or an activity of the plan. A credited activity counts as done and is left out of the
score that the plan asks for; a credited segment stands for every activity that its steps open, and its time counts as
time in the room; a credited pack means that nothing is left to do. Points, answers and minutes on a sheet stay what
they were: credit changes `completed` and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fieldkit.core.attendance import Attendance, Span, present_ms, running
from fieldkit.core.plan import Plan
from fieldkit.core.session import Session
from fieldkit.core.state import Credit


class Covered(msgspec.Struct, frozen=True):
    """What the credits of one person stand for."""

    pack: bool = False
    segments: frozenset[str] = frozenset()
    activities: frozenset[str] = frozenset()
    """Those of the segments too."""


def parts(plan: Plan, what: str) -> list[str]:
    """What an id can mean here: `pack`, `segment`, `activity`; empty for none, several for one that is ambiguous."""
    found = {"pack": plan.id == what, "segment": plan.segment(what), "activity": plan.activity(what)}
    return [kind for kind, there in found.items() if there]


def covered(plan: Plan, granted: Iterable[Credit]) -> Covered:
    """What these credits stand for; an id that the plan does not have stands for nothing."""
    names = {one.what for one in granted}
    if not names:
        return Covered()
    segments = [one for one in plan.segments if one.id in names]
    opened = {step.activity for one in segments for step in one.steps if step.activity}
    own = {one.id for one in plan.activities if one.id in names}
    return Covered(plan.id in names, frozenset(one.id for one in segments), frozenset(own | opened))


def of_person(s: Session, ids: Iterable[str]) -> list[Credit]:
    """The credits of one person (every `p` merged into it), oldest first."""
    if not s.credits:
        return []
    mine = set(ids)
    return sorted((one for one in s.credits if one.p in mine), key=lambda one: one.i)


def ms_of(s: Session, row: Attendance, mine: Covered) -> int:
    """ms of the running time that count for the attendance rule: in the room, or while a credited segment ran."""
    return present_ms(s, row.p, _ran(s, mine.segments)) if mine.segments else row.ms


def _ran(s: Session, segments: frozenset[str]) -> list[Span]:
    """When these segments ran: each visit from its `segment.enter` to the next."""
    ends = [one.m for one in s.segments_entered[1:]] + [running(s).end]
    return [(one.m, end) for one, end in zip(s.segments_entered, ends, strict=True) if one.segment in segments]
