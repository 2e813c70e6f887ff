"""What the trainer's phone is shown: the room's view, cut down to what a thumb needs.

It crosses the room in the clear. So it holds no answer key and no counts before they are revealed or live, no answers
of a person, and names only where the phone asked for them or an alarm needs them; the trainer's notes are in it as the
pack wrote them. What only time changes stands apart (`times`), so that a phone that waits is not told of every second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fieldkit.core.activities import kind_of
from fieldkit.core.spelled import BARE, sign
from fieldkit.core.views import AlarmView, PersonLine, RoomView, RoundLine, SegmentLine

Json = dict[str, Any]
PEOPLE = "people"
"""`want` of a phone that shows the people; any other is the id of a checklist."""
MOST_TEXT = 4000
"""Of notes or a step's words; a phone reads no book."""


def shown(view: RoomView, want: str, trouble: str, said: Callable[[str], str]) -> Json:
    """`trouble`: why nothing can be saved now. `said` gives an activity's question in the trainer's language."""
    here = next((x for x in view.plan if x.id == view.segment), None)
    found: Json = {
        "state": view.state,
        "alarm": _alarm(view.alarm) if view.alarm is not None else None,
        "title": view.title,
        "saved": view.saved,
        "trouble": trouble,
        "step": view.step,
        "steps": view.steps,
        "do": view.step_do,
        "label": view.label,
        "next": view.next_label,
        "segment": _segment(here),
        "notes": view.notes[:MOST_TEXT],
        "text": view.step_text[:MOST_TEXT],
        "present": view.present,
        "expected": view.expected,
        "away": view.away,
        "hands": len(view.hands),
        "asks": len(view.asks),
        "lobby": view.lobby,
        "planned": view.planned_ms,
        "activity": view.step_activity,
        "open": [_round(x) for x in view.open],
        "last": _round(view.last) if view.last is not None and view.last_here else None,
        "others": _others(view, said),
        "checks": [{"id": x.activity, "text": x.text} for x in view.open if x.items],
    }
    if view.state == "ended":  # nothing is left to do with names, and they cross the room in the clear
        return found
    if want == PEOPLE:
        found["people"] = [_person(x) for x in view.people if x.status != "removed"]
    checked = next((x for x in view.open if x.activity == want and x.items), None)
    if checked is not None:
        found["check"] = _check(checked)
    return found


def times(view: RoomView, at: int) -> Json:
    """What changes by itself: the laptop's time (ms since the remote was switched on), minutes, countdowns."""
    left = {x.activity: x.left_ms for x in view.open if x.left_ms is not None}
    alarm = view.alarm.ms if view.alarm is not None else None
    return {"at": at, "elapsed": view.elapsed_ms, "pace": view.pace_s, "left": left, "alarm": alarm}


def _segment(here: SegmentLine | None) -> Json | None:
    return {"id": here.id, "title": here.title, "minutes": here.minutes} if here is not None else None


def _round(x: RoundLine) -> Json:
    """Bars only where the room may see them, and the key only once it was revealed."""
    seen = x.state == "revealed"
    live = x.state == "open" and x.live and x.live_counts  # the rows of an order, a match, a place are its answer
    bars = [
        {
            "sign": "" if x.type in BARE else sign(k),
            "text": bar.text,
            "n": bar.count,
            "right": seen and bar.correct,
        }
        for k, bar in enumerate(x.bars)
    ]
    return {
        "id": x.activity,
        "type": x.type,
        "round": x.round,
        "mode": x.mode,
        "text": x.text,
        "state": x.state,
        "answered": x.answered,
        "of": x.of,
        "missing": x.missing_n,
        "never": x.reveal == "never" or not kind_of(x.type).revealable,
        "few": x.suppressed,
        "bars": bars if (seen or live) and not x.suppressed else [],
    }


def _others(view: RoomView, said: Callable[[str], str]) -> list[Json]:
    """Activities of the plan that have not been run, in its order; each once."""
    run = {x.activity for x in view.rounds if x.state != "void"}
    steps = [step for segment in view.plan for step in segment.steps if step.activity]
    ids = dict.fromkeys(step.activity for step in steps if step.activity not in run)
    return [{"id": id, "text": said(id)} for id in ids]


def _person(x: PersonLine) -> Json:
    return {"p": x.p, "name": x.name, "badge": x.badge, "status": x.status, "mark": x.mark, "away": x.away}


def _alarm(x: AlarmView) -> Json:
    """The roll, with names: it is read out at the muster point."""
    people = [
        {"p": one.p, "name": one.name, "badge": one.badge, "role": one.role, "left": one.left, "ticked": one.ticked}
        for one in x.people
    ]
    return {"people": people, "lost": x.lost}


def _check(x: RoundLine) -> Json:
    return {
        "id": x.activity,
        "text": x.text,
        "items": [{"id": item.id, "text": item.text, "critical": item.critical} for item in x.items],
        "people": [
            {"p": line.p, "name": line.name, "badge": line.badge, "items": line.items, "passed": line.passed}
            for line in x.checks
        ],
    }
