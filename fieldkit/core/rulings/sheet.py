"""The run sheet and the course of the session: next step, segments, pause, resume, end."""

from __future__ import annotations

from fieldkit.core import intents as w
from fieldkit.core import muster
from fieldkit.core import records as r
from fieldkit.core.intents import Actor
from fieldkit.core.notices import ALARM, standing
from fieldkit.core.plan import Segment, Step
from fieldkit.core.records import Draft
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings.activities import opening, reveal, roll_call
from fieldkit.core.rulings.people import Decision, one
from fieldkit.core.session import Session

LONGEST = 24 * 60
"""Minutes a segment may be given."""


def upcoming(s: Session) -> tuple[Segment, int, Step | None] | None:
    """The next step that still has something to do: (segment, index, step); step None for a segment without steps.

    Steps whose activity was run already (opened by hand, out of order) and skipped segments are passed over.
    """
    order = [x for x in s.plan.segments if x.id not in s.skipped or x.id == s.segment]
    at = next((k for k, x in enumerate(order) if x.id == s.segment), -1)
    for k, segment in enumerate(order[max(at, 0) :], max(at, 0)):
        first = (s.step if s.step is not None else -1) + 1 if k == at else 0
        for no in range(first, len(segment.steps)):
            step = segment.steps[no]
            if step.do in ("open", "breakout") and step.activity and s.round(step.activity) is not None:
                continue
            return segment, no, step
        if k != at and not segment.steps:
            return segment, -1, None
    return None


def next_step(s: Session, d: w.NextStep, by: Actor, at: int) -> Decision:
    if s.state == "paused":
        return Refusal("paused")
    found = upcoming(s)
    if found is None:
        return Refusal("plan-finished")
    segment, no, step = found
    enter = [] if segment.id == s.segment else [Draft(r.SegmentEntered(segment=segment.id))]
    if step is None:
        return enter
    here = Draft(r.StepEntered(segment=segment.id, step=no))
    doing_now = doing(s, step, by, at, d.small)
    if isinstance(doing_now, Refusal):
        return doing_now
    return [*enter, here, *(x for x in doing_now if not isinstance(x.fact, r.SegmentEntered))]


def doing(s: Session, step: Step, by: Actor, at: int, small: bool) -> Decision:
    """What the step does by itself. What cannot be done now (already closed, say) leaves only the step's own record.

    Too small a crew for an anonymous question is the trainer's to decide, so that the step is not taken.
    """
    found: Decision = []
    a = s.activity(step.activity) if step.activity else None
    if step.do in ("open", "breakout") and a is not None:
        found = opening(s, a, step.live, at, step.seconds, small)
    elif step.do == "attendance":
        found = roll_call(s, w.RollCall(), by, at)
    elif step.do == "close" and a is not None and a.id in s.open_rounds:
        found = one(r.ActivityClosed(activity=a.id, round=s.open_rounds[a.id].no))
    elif step.do == "reveal" and a is not None:
        found = reveal(s, w.Reveal(activity=a.id), by, at)
    elif step.do == "pause":
        found = one(r.SessionPaused(why="request"))
    return [] if isinstance(found, Refusal) and found.reason != "small-crew" else found


def enter_segment(s: Session, d: w.EnterSegment, by: Actor, at: int) -> Decision:
    if s.plan.segment(d.segment) is None:
        return Refusal("unknown-segment", d.segment)
    if s.state == "paused":
        return Refusal("paused")
    return one(r.SegmentEntered(segment=d.segment))


def change_plan(s: Session, d: w.ChangePlan, by: Actor, at: int) -> Decision:
    if s.plan.segment(d.segment) is None:
        return Refusal("unknown-segment", d.segment)
    if (d.minutes is None and d.skip is None) or (d.minutes is not None and not 0 <= d.minutes <= LONGEST):
        return Refusal("wrong-value", d.segment)
    return one(r.PlanChanged(segment=d.segment, minutes=d.minutes, skip=d.skip), None, {"reason": d.reason})


def pause(s: Session, d: w.Pause, by: Actor, at: int) -> Decision:
    """An alarm also tells the room, and does so in a break too."""
    told = [notice(s, ALARM)] if d.why == "alarm" else []
    if s.state == "paused":
        return told if told and standing(s) != ALARM else Refusal("paused")
    return [Draft(r.SessionPaused(why="other" if d.why == "exit" else "request")), *told]


def notice(s: Session, text: str) -> Draft:
    return Draft(r.NoteAdded(segment=s.segment, room=True), None, {"text": text})


def resume(s: Session, d: w.Resume, by: Actor, at: int) -> Decision:
    """Going on takes the notice of an alarm down. An alarm is ended by who says that all are safe, and by nothing else;
    the notes of its roll stand in the same commit."""
    if d.why != "start" and s.state != "paused":
        return Refusal("not-paused")
    going = Draft(r.SessionResumed(why="other" if d.why == "start" else "request", gap=d.gap, src=d.src))
    if d.why == "start":
        return [going]
    if s.alarm_m is None:
        return [going, notice(s, "")] if standing(s) == ALARM else [going]
    people = muster.roll(s, frozenset(d.ticked))
    if d.safe is None:
        return Refusal("alarm", muster.some([x.name for x in people if not x.ticked]))
    said = dict(zip((muster.DONE, muster.MISSING), d.words, strict=True))
    words = muster.notes(people, lambda text: said[text] or text)
    kept = [Draft(r.NoteAdded(segment=s.segment), None, {"text": text}) for text in words]
    return [going, notice(s, ""), *kept] if d.safe else list(kept)


def end(s: Session, d: w.End, by: Actor, at: int) -> Decision:
    if s.alarm_m is not None:
        return Refusal("alarm")
    closing = [Draft(r.ActivityClosed(activity=x.activity.id, round=x.no)) for x in s.open_rounds.values()]
    counts = {"expected": s.expected, "joined": s.joined, "present": s.present, "rounds": len(s.order)}
    return [*closing, Draft(r.SessionClosed(why="request", counts=counts))]


def reopen(s: Session, d: w.Reopen, by: Actor, at: int) -> Decision:
    return one(r.SessionReopened(why=d.why)) if s.state == "ended" else Refusal("not-ended")


def jump_clock(s: Session, d: w.JumpClock, by: Actor, at: int) -> Decision:
    return one(r.ClockJumped(by=d.by))
