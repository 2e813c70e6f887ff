"""The timeline: what was run when, planned minutes against those that passed. A list made from the fold."""

from __future__ import annotations

from fieldkit.core.nudges import MINUTE, spent_ms
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.round_view import state_of
from fieldkit.core.session import Session
from fieldkit.core.views.ran import RanLine


def timeline(s: Session, lang: str, at: int) -> list[RanLine]:
    """In the order of time: each visit of a segment with what was run in it, then segments where nobody was."""
    end = s.closed_m if s.closed_m is not None else at
    entered = s.segments_entered
    inside = sorted([*_rounds(s, lang), *_pauses(s), *_end(s)], key=lambda x: x.at_m or 0)
    out: list[RanLine] = []
    told = 0
    for k, visit in enumerate(entered):
        first = told
        while told < len(inside) and (inside[told].at_m or 0) < visit.m:
            told += 1
        out += inside[first:told]
        until = entered[k + 1].m if k + 1 < len(entered) else s.closed_m
        state = "now" if until is None else "done"
        out.append(_segment(s, visit.segment, lang, visit.m, until, state, end))
    out += inside[told:]
    been = {x.segment for x in entered}
    for segment in s.plan.segments:
        if segment.id not in been:
            state = "skipped" if segment.id in s.skipped else "later"
            out.append(_segment(s, segment.id, lang, None, None, state, end))
    return out


def _segment(s: Session, id: str, lang: str, at_m: int | None, until_m: int | None, state: str, end: int) -> RanLine:
    known = s.plan.segment(id)
    return RanLine(
        kind="segment",
        label=s.plan.say(known.title, lang) if known is not None else id,
        at_m=at_m,
        until_m=until_m,
        planned_min=s.minutes_of(id),
        real_min=spent_ms(s, id, end) // MINUTE if at_m is not None else None,
        state=state,
    )


def _rounds(s: Session, lang: str) -> list[RanLine]:
    """Every round, also those made void: what was run was run."""
    rounds = [s.runs[a][no - 1] for a, no in s.order]
    return [
        RanLine(
            kind="call" if one.activity.id == ATTENDANCE else "round",
            label=s.plan.say(one.activity.text, lang),
            at_m=one.opened_m,
            until_m=one.closed_m,
            round=one.no,
            answered=one.answered(),
            state=state_of(one),
        )
        for one in rounds
    ]


def _pauses(s: Session) -> list[RanLine]:
    return [RanLine(kind="pause", at_m=start or 0, until_m=stop) for start, stop in s.pauses]


def _end(s: Session) -> list[RanLine]:
    return [RanLine(kind="end", at_m=s.closed_m)] if s.closed_m is not None else []
