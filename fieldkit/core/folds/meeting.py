"""Folding the meeting itself: open, pause, resume, close, the run sheet, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldkit.core import records as r
from fieldkit.core.folds.lookup import Handler
from fieldkit.core.notices import ALARM
from fieldkit.core.state import Entered, Notice, Staff, Stepped

if TYPE_CHECKING:
    from fieldkit.core.session import Session


def session_open(s: Session, rec: r.Record, d: r.SessionOpened, x: dict[str, Any]) -> None:
    s.info, s.state, s.opened_t = d, "running", rec.t
    s.trainer, s.place = str(x.get("name", "")), str(x.get("place", ""))
    s.leader = s.trainer


def staff(s: Session, rec: r.Record, d: r.StaffSet, x: dict[str, Any]) -> None:
    """Named again, with a qualification say, is the same person; an erased name stands for nobody else. A key stands
    for whoever holds it, in whatever role."""
    one = Staff(d.role, d.key, str(x.get("name", "")), str(x.get("qualification", "")), rec.i, rec.i)
    if one.key:
        same = [k for k, old in enumerate(s.staff) if old.key == one.key]
    else:
        same = [k for k, old in enumerate(s.staff) if one.name and (old.role, old.name) == (one.role, one.name)]
    if d.off is True:
        s.staff = [old for k, old in enumerate(s.staff) if k not in same]
    elif same:
        one.first = s.staff[same[0]].first
        s.staff[same[0]] = one
    else:
        s.staff.append(one)


def pause(s: Session, rec: r.Record, d: r.SessionPaused, x: dict[str, Any]) -> None:
    if s.state == "running":
        s.state, s.pause_why = "paused", d.why
        s.pauses.append([rec.m, None])


def resume(s: Session, rec: r.Record, d: r.SessionResumed, x: dict[str, Any]) -> None:
    if d.src is not None:
        s.resumes.append((rec.m, d.gap, d.src))
    if s.state == "paused" and (d.src is None or (s.pause_why == "other" and s.alarm_m is None)):
        end_pause(s, rec.m)
        s.state = "running"


def end_pause(s: Session, m: int) -> None:
    if s.pauses and s.pauses[-1][1] is None:
        s.pauses[-1][1] = m
    s.pause_why, s.alarm_m = "", None


def close_session(s: Session, rec: r.Record, d: r.SessionClosed, x: dict[str, Any]) -> None:
    end_pause(s, rec.m)
    s.state, s.closed_m, s.closed_t = "ended", rec.m, rec.t


def reopen(s: Session, rec: r.Record, d: r.SessionReopened, x: dict[str, Any]) -> None:
    s.state, s.closed_m, s.closed_t = "running", None, None
    s.reopened += 1


def jump(s: Session, rec: r.Record, d: r.ClockJumped, x: dict[str, Any]) -> None:
    s.jumps.append((rec.m, d.by))


def enter(s: Session, rec: r.Record, d: r.SegmentEntered, x: dict[str, Any]) -> None:
    if not s.segments_entered:
        s.started_m = rec.m
    s.segments_entered.append(Entered(d.segment, rec.m, rec.t))
    s.segment, s.step, s.moved_i = d.segment, None, rec.i


def step(s: Session, rec: r.Record, d: r.StepEntered, x: dict[str, Any]) -> None:
    s.segment, s.step, s.moved_i = d.segment, d.step, rec.i
    s.steps_entered.append(Stepped(d.segment, d.step, rec.m))


def plan_change(s: Session, rec: r.Record, d: r.PlanChanged, x: dict[str, Any]) -> None:
    if d.minutes is not None:
        s.minutes[d.segment] = d.minutes
    if d.skip is not None:
        (s.skipped.add if d.skip else s.skipped.discard)(d.segment)


def note(s: Session, rec: r.Record, d: r.NoteAdded, x: dict[str, Any]) -> None:
    text = str(x.get("text", ""))
    s.notices.append(Notice(rec.i, rec.m, text, bool(d.room), d.segment))
    if d.room and text == ALARM and s.state == "paused" and s.alarm_m is None:
        s.alarm_m = rec.m


HANDLERS: dict[type, Handler] = {
    r.SessionOpened: session_open,
    r.StaffSet: staff,
    r.SessionPaused: pause,
    r.SessionResumed: resume,
    r.SessionClosed: close_session,
    r.SessionReopened: reopen,
    r.ClockJumped: jump,
    r.SegmentEntered: enter,
    r.StepEntered: step,
    r.PlanChanged: plan_change,
    r.NoteAdded: note,
}
