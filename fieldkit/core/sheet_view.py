"""The run sheet as the trainer sees it: every segment and step with its state, and where the room is in it."""

from __future__ import annotations

from typing import NamedTuple

from fieldkit.core.activities import ROLL_CALL
from fieldkit.core.plan import ATTENDANCE, Activity, Segment, Step
from fieldkit.core.rulings.activities import unrevealable
from fieldkit.core.rulings.sheet import upcoming
from fieldkit.core.session import Session
from fieldkit.core.state import Round
from fieldkit.core.views import SegmentLine, StepLine


class Place(NamedTuple):
    """Where the run sheet is: no segment before the first, no step between steps."""

    segment: Segment | None
    step: Step | None


def place(s: Session) -> Place:
    segment = s.plan.segment(s.segment) if s.segment else None
    step = segment.steps[s.step] if segment and s.step is not None and s.step < len(segment.steps) else None
    return Place(segment, step)


def step_label(s: Session, segment: Segment, step: Step, lang: str) -> str:
    """One line for the run sheet: the question, what is said, or the heading of the slide."""
    a: Activity | None = s.activity(step.activity) if step.activity else None
    if a is not None:
        return s.plan.say(a.text, lang)
    if step.do == "attendance":
        return s.plan.say(ROLL_CALL.text, lang)
    if step.slide is not None and not step.text and 1 <= step.slide <= len(segment.slides):
        lines = s.plan.say(segment.slides[step.slide - 1].text, lang).strip().splitlines()
        return lines[0].lstrip("# ").strip() if lines else ""
    return s.plan.say(step.text, lang)


def segment_lines(s: Session, lang: str) -> list[SegmentLine]:
    coming = upcoming(s)
    next_at = (coming[0].id, coming[1]) if coming else None
    passed = {(x.segment, x.step) for x in s.steps_entered}
    seen = {x.segment for x in s.segments_entered}
    lines = []
    for segment in s.plan.segments:
        steps = []
        for no, step in enumerate(segment.steps):
            here = (segment.id, no)
            if here == (s.segment, s.step):
                state = "now"
            elif here in passed or (step.activity and s.round(step.activity) is not None):
                state = "done"
            elif segment.id in s.skipped:
                state = "skipped"
            else:
                state = "next" if here == next_at else "later"
            label = step_label(s, segment, step, lang)
            steps.append(StepLine(segment.id, no, step.at, step.do, label, step.activity or "", state))
        now = segment.id == s.segment
        state = "now" if now else "skipped" if segment.id in s.skipped else "done" if segment.id in seen else "later"
        lines.append(
            SegmentLine(
                id=segment.id,
                title=s.plan.say(segment.title, lang),
                phase=segment.phase,
                minutes=s.minutes_of(segment.id),
                state=state,
                notes=s.plan.say(segment.notes, lang),
                slides=[s.plan.say(x.text, lang) for x in segment.slides],
                steps=steps,
            )
        )
    return lines


def step_text(s: Session, segment: Segment, step: Step, lang: str) -> str:
    """What is said in this step and what its slide shows, whole, as Markdown."""
    slide = step.slide
    shown = s.plan.say(segment.slides[slide - 1].text, lang) if slide and 1 <= slide <= len(segment.slides) else ""
    return "\n\n".join(part for part in (s.plan.say(step.text, lang).strip(), shown.strip()) if part)


def about(step: Step | None) -> str:
    """The activity of a step; empty for one that only says, shows or waits."""
    if step is None:
        return ""
    return ATTENDANCE if step.do == "attendance" else step.activity or ""


def is_here(s: Session, last: Round | None, step: Step | None) -> bool:
    """Whether the newest result is what the room is at: of the current step, or closed since the step began."""
    if last is None or step is None or not s.steps_entered:
        return last is not None
    return last.activity.id == about(step) or (last.closed_m or 0) >= s.steps_entered[-1].m


def is_first(s: Session, last: Round | None, step: Step | None) -> bool:
    """Whether the newest result, revealed or to be revealed, comes before what is still open."""
    if last is None or last.closed_m is None or not is_here(s, last, step):
        return False
    if unrevealable(last) is not None and not last.revealed:
        return False
    # What is opened by the very step that closes the other one has the same time, and comes first.
    return all(one.opened_m < last.closed_m for one in s.open_rounds.values())


def label_now(s: Session, segment: Segment | None, step: Step | None, lang: str) -> str:
    """Where the run sheet is, in words: the step, between steps the segment; empty before the first."""
    if segment is None:
        return ""
    return step_label(s, segment, step, lang) if step is not None else s.plan.say(segment.title, lang)


def label_next(s: Session, lang: str) -> str:
    """The same of what comes next; empty behind the last step."""
    coming = upcoming(s)
    return label_now(s, coming[0], coming[2], lang) if coming is not None else ""
