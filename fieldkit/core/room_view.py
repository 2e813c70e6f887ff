"""What the trainer sees: everything, names too, except who gave which confidential answer."""

from __future__ import annotations

from collections.abc import Callable, Set

import msgspec

from fieldkit.core.activities import ROLL_CALL
from fieldkit.core.after_view import after_view
from fieldkit.core.ask_view import asks, hand_lines, parked, say_line, staff_lines
from fieldkit.core.attendance import attendance, groups
from fieldkit.core.nudges import nudges
from fieldkit.core.pace import pace_s, planned_s, run_ms
from fieldkit.core.plan import ATTENDANCE, Activity, Segment, Step
from fieldkit.core.round_view import person_line, round_line
from fieldkit.core.rulings.sheet import upcoming
from fieldkit.core.rulings.talk import standing
from fieldkit.core.seat_view import step_of
from fieldkit.core.session import Session
from fieldkit.core.state import STATUSES, Round
from fieldkit.core.timeline import timeline
from fieldkit.core.views import Outcome, RoomView, RoundLine, SegmentLine, StepLine


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


def outcome(s: Session) -> Outcome | None:
    """Everybody counted once, by the rules of the attendance table; None while the session runs."""
    if s.state != "ended":
        return None
    rows, people = attendance(s), groups(s)
    known = {row.p for row in rows if any(one.expected for one in people[row.p])}
    counts = {status: sum(row.status == status for row in rows) for status in STATUSES}
    return Outcome(
        expected=len(known),
        came=sum(row.came for row in rows if row.p in known),
        walkins=sum(row.came for row in rows if row.p not in known),
        **counts,
    )


def label_now(s: Session, segment: Segment | None, step: Step | None, lang: str) -> str:
    """Where the run sheet is, in words: the step, between steps the segment; empty before the first."""
    if segment is None:
        return ""
    return step_label(s, segment, step, lang) if step is not None else s.plan.say(segment.title, lang)


def label_next(s: Session, lang: str) -> str:
    """The same of what comes next; empty behind the last step."""
    coming = upcoming(s)
    return label_now(s, coming[0], coming[2], lang) if coming is not None else ""


Line = Callable[[Session, Round, str, int, Set[str]], RoundLine]


def fresh_line(s: Session, one: Round, lang: str, at: int, live: Set[str]) -> RoundLine:
    return round_line(s, one, lang, at, live, False)


def round_lines(
    s: Session, rounds: list[Round], lang: str, at: int, live: Set[str], closed_line: Line
) -> tuple[list[RoundLine], list[RoundLine]]:
    """(open rounds with who is missing, all of `rounds` without)."""
    running = {id(x): round_line(s, x, lang, at, live, True) for x in s.open_rounds.values()}
    lines = [
        msgspec.structs.replace(running[id(x)], missing=[], missing_n=0)
        if id(x) in running
        else closed_line(s, x, lang, at, live)
        for x in rounds
    ]
    return list(running.values()), lines


def room_view(s: Session, lang: str, at: int, live: Set[str] = frozenset(), closed_line: Line = fresh_line) -> RoomView:
    """The whole view at `at` (the session's `m` now); `live` are the participants whose phone answers now.

    `closed_line` gives the lines of rounds that are not open; whoever draws often keeps them (`core.kept_lines`).
    """
    segment = s.plan.segment(s.segment) if s.segment else None
    step = segment.steps[s.step] if segment and s.step is not None and s.step < len(segment.steps) else None
    rounds = [s.runs[a][no - 1] for a, no in s.order]
    live = {s.head(p) for p in live}
    people = [person_line(x, live, s.entries(x.p)) for x in s.people.values() if x.merged_to is None]
    inside = [x for x in people if x.status == "in"]
    number, total = step_of(s)
    running, lines = round_lines(s, rounds, lang, at, live, closed_line)
    ran = [both for both in zip(rounds, lines, strict=True) if not both[0].is_open and both[1].activity != ATTENDANCE]
    newest, last = ran[-1] if ran else (None, None)
    return RoomView(
        v=s.saved,
        session=s.origin,
        title=s.info.title if s.info else "",
        site=s.info.site if s.info else "",
        trainer=s.trainer,
        state=s.state,
        elapsed_ms=run_ms(s, at),
        planned_ms=planned_s(s) * 1000,
        pace_s=pace_s(s, at),
        saved=s.saved,
        segment=s.segment,
        step=number,
        steps=total,
        label=label_now(s, segment, step, lang),
        next_label=label_next(s, lang),
        notes=s.plan.say(segment.notes, lang) if segment else "",
        open=running,
        last=last,
        rounds=lines,
        says=[say_line(s, x) for x in s.says.values()],
        people=people,
        joined=s.joined,
        present=s.present,
        walkins=s.present - s.present_expected,
        expected=s.expected,
        live=len([x for x in inside if x.p in live]),
        away=len([x for x in inside if x.away]),
        no_phone=len([x for x in inside if not x.phone]),
        hands=[s.people[p].name for p in s.hands],
        notices=[n.text for n in s.notices if n.room and n.text],
        plan=segment_lines(s, lang),
        unknown=s.unknown,
        step_do=step.do if step else "",
        step_activity=about(step),
        step_text=step_text(s, segment, step, lang) if segment and step else "",
        last_here=is_here(s, newest, step),
        outcome=outcome(s),
        after=after_view(s, lang),
        notice=standing(s),
        hand_lines=hand_lines(s, at),
        asks=asks(s),
        parked=parked(s),
        staff=staff_lines(s),
        nudges=nudges(s, at),
        ran=timeline(s, lang, at),
    )
