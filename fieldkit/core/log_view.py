"""The newest records in plain words' raw material: when, who, what. What a confidential round keeps apart stays apart.

Some kinds are left out: those that only repeat another line, or that nobody asks about.
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.core import records as r
from fieldkit.core.session import Session
from fieldkit.core.state import Round
from fieldkit.core.views.ran import LogLine

NOTICE = "note.room"
"""A note that stands on every screen; without words it takes that away."""
KEPT = 60
"""Records that are kept for it."""
QUIET = (r.PersonSpoke, r.TallyTextPut, r.TempoTallied, r.StepEntered)
SECRET = (r.AnswerPut, r.Said, r.Acknowledged, r.SayUpped)
"""Facts whose author is told only where answers bear names."""


def log_lines(s: Session, records: Iterable[r.Record], lang: str) -> list[LogLine]:
    """Oldest first. `records`: the newest of this session, already folded into `s`."""
    return [_line(s, record, lang) for record in records if not isinstance(record.fact, QUIET)]


def _line(s: Session, record: r.Record, lang: str) -> LogLine:
    fact = record.fact
    one = _round_of(s, fact)
    who, p, by = _who(s, record, one)
    return LogLine(
        i=record.i,
        kind=NOTICE if isinstance(fact, r.NoteAdded) and fact.room else record.k,
        t=record.t,
        who=who,
        p=p,
        by=by,
        about=_about(s, record, lang),
        void=one is not None and one.void and not isinstance(fact, r.ActivityVoided),
    )


def _round_of(s: Session, fact: r.Fact) -> Round | None:
    activity, no = getattr(fact, "activity", None), getattr(fact, "round", None)
    if isinstance(fact, r.SayUpped | r.SayHidden | r.SayPinned | r.SayDone | r.SayParked):
        said = s.says.get(fact.ref)
        activity = said.activity if said is not None else None
    rounds = s.runs.get(activity or "", [])
    if not rounds:
        return None
    return rounds[no - 1] if isinstance(no, int) and 1 <= no <= len(rounds) else rounds[-1]


def _who(s: Session, record: r.Record, one: Round | None) -> tuple[str, str, str]:
    """(name, whose `p` that is, who did it)."""
    fact = record.fact
    if isinstance(fact, SECRET) and one is not None and one.mode != "named":
        return "", "", "self"
    if record.p is None:
        staff = next((x.name for x in s.staff if x.i == fact.co), "") if isinstance(fact.co, int) else ""
        return staff, "", "staff" if staff else ""
    person = s.person(record.p)
    mine = getattr(fact, "by", "self") == "self" and getattr(fact, "via", "") not in ("proxy", "paper")
    by = "self" if mine else ""
    return (person.called, person.p, by) if person is not None else ("", "", by)


def _about(s: Session, record: r.Record, lang: str) -> str:
    fact = record.fact
    segment = getattr(fact, "segment", None)
    if isinstance(fact, r.SegmentEntered | r.PlanChanged) and segment:
        known = s.plan.segment(segment)
        return s.plan.say(known.title, lang) if known is not None else str(segment)
    one = _round_of(s, fact)
    if one is not None:
        return s.plan.say(one.activity.text, lang)
    if isinstance(fact, r.NoteAdded):
        return str((record.private or {}).get("text", ""))
    return ""
