"""What the projector shows: one thing at a time, readable from the back, never a key before the reveal."""

from __future__ import annotations

from typing import Any

import msgspec

from fieldkit.core.activities import kind_of
from fieldkit.core.ask_view import say_view
from fieldkit.core.group_view import group_lines
from fieldkit.core.notices import standing
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.question_view import SHOWN_POINTS, live_rows, open_seat, points_of
from fieldkit.core.result_view import newest_is_revealed, options_shown, result_seat, results
from fieldkit.core.seat_view import open_first, title_of, visible_says
from fieldkit.core.session import Session
from fieldkit.core.state import Round
from fieldkit.core.views import OpenSeat, ResultSeat, WallView

CARDS = 6


def wall_view(s: Session, lang: str, at: int) -> WallView:
    """The wall follows the trainer by itself: what is open, else what is revealed, else a slide or pinned cards, else a
    welcome with the segment's line for workers."""
    segment = s.plan.segment(s.segment) if s.segment else None
    welcome = WallView(
        v=s.saved,
        state="welcome",
        title=title_of(s, lang),
        trainer=s.leader,
        text=s.plan.say(segment.worker, lang) if segment else "",
        type="",
        options=[],
        counts=None,
        n=0,
        of=s.present,
        left_ms=None,
        correct=[],
        explain="",
        says=[],
        notice=standing(s),
        present=s.present_expected if s.expected else s.present,
        expected=s.expected,
        lang=lang,
        more=s.present - s.present_expected if s.expected else 0,
    )
    return msgspec.structs.replace(welcome, **instead(s, lang, at))


def instead(s: Session, lang: str, at: int) -> dict[str, Any]:
    """The fields in which the wall differs from its welcome now."""
    if s.state in ("ended", "paused"):
        return {"state": "bye" if s.state == "ended" else "paused"}
    heading, below = slide(s, lang)
    one = first_open(s)
    if one is not None and not (heading and one.opened_i < s.moved_i and lasts(one)):
        return question(s, one, lang, at)
    if newest_is_revealed(s) and (shown := results(s)):
        return result(s, shown[0], lang)
    if heading:
        return {"state": "slide", "text": heading, "lines": below}
    pinned = [say_view(x) for x in visible_says(s) if x.pinned]
    return {"state": "says", "says": pinned[:CARDS]} if pinned else {}


def first_open(s: Session) -> Round | None:
    """The round that the wall would show: a roll call only while nothing else is open."""
    running = open_first(s)
    return next((x for x in running if x.activity.id != ATTENDANCE), running[0] if running else None)


def question(s: Session, one: Round, lang: str, at: int) -> dict[str, Any]:
    """An open round: never where or which is right, and counts only if the trainer shows them live."""
    seen = open_seat(s, one, lang, at)
    found: dict[str, Any] = {
        "state": "says" if talks(one) else "question",
        "type": one.activity.type,
        "mode": one.mode,
        "n": one.answered(),
        **fields(seen, "text", "options", "left_ms", "image", "alt", "left", "right", "questions", "reading_ms"),
    }
    rows = live_rows(s, one, lang)
    if rows is not None:
        found["counts"] = {key: count for key, _, count in rows}
        found["points"] = points_of(one)
        if not seen.reading_ms:
            found["options"] = options_shown(s, one, lang)
    if one.groups:
        found["groups"] = group_lines(s, one)
    if talks(one):  # the room's screen shows what the trainer put there: pinned cards, or all once revealed
        mine = [x for x in visible_says(s) if x.activity == one.activity.id]
        found["says"] = [say_view(x) for x in mine if x.pinned or one.revealed][:CARDS]
    return found


def result(s: Session, one: Round, lang: str) -> dict[str, Any]:
    """A revealed round, key and all."""
    seen = result_seat(s, one, lang, SHOWN_POINTS)
    same = ("text", "type", "options", "counts", "n", "explain", "image", "alt", "left", "right")
    also = fields(seen, *same, "questions", "targets", "points", "suppressed", "hits")
    return {"state": "result", "mode": one.mode, "correct": seen.correct or [], **also}


def fields(seen: OpenSeat | ResultSeat, *names: str) -> dict[str, Any]:
    """What the wall takes over from a phone's view under the same names."""
    return {name: getattr(seen, name) for name in names}


def talks(one: Round) -> bool:
    """A discussion."""
    return kind_of(one.activity.type).takes == "say"


def lasts(one: Round) -> bool:
    """What stays open beside other things: a discussion, a checklist, a roll call. A later slide takes the wall."""
    return not kind_of(one.activity.type).exclusive or one.activity.id == ATTENDANCE


def slide(s: Session, lang: str) -> tuple[str, list[str]]:
    """(heading, lines) of the slide that the current step shows; empty when it shows none."""
    segment = s.plan.segment(s.segment) if s.segment else None
    if segment is None or s.step is None or not 0 <= s.step < len(segment.steps):
        return "", []
    at = segment.steps[s.step].slide
    if at is None or not 1 <= at <= len(segment.slides):
        return "", []
    found = [bare(line) for line in s.plan.say(segment.slides[at - 1].text, lang).splitlines()]
    kept = [line for line in found if line]
    return (kept[0], kept[1:]) if kept else ("", [])


def bare(line: str) -> str:
    """A line of a slide without its Markdown marks."""
    text = line.strip().lstrip("#").strip()
    for mark in ("**", "__", "`"):
        text = text.replace(mark, "")
    return f"• {text[2:].strip()}" if text[:2] in ("- ", "* ") else text.replace("*", "")
