"""What the projector shows: one thing at a time, readable from the back, never a key before the reveal."""

from __future__ import annotations

from typing import Any

from fieldkit.core.activities import kind_of
from fieldkit.core.ask_view import say_view
from fieldkit.core.group_view import group_lines
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.question_view import SHOWN_POINTS, live_rows, open_seat, points_of
from fieldkit.core.result_view import newest_is_revealed, options_shown, result_seat, results
from fieldkit.core.seat_view import open_first, title_of, visible_says
from fieldkit.core.session import Session
from fieldkit.core.state import Round
from fieldkit.core.views import OpenSeat, ResultSeat, SayView, WallView

CARDS = 6


def wall_view(s: Session, lang: str, at: int) -> WallView:
    """The wall follows the facilitator by itself: what is open, else what is revealed, else a welcome."""
    running = [x for x in open_first(s) if x.activity.id != ATTENDANCE] or open_first(s)
    shown = results(s)
    segment = s.plan.segment(s.segment) if s.segment else None
    notices = [n.text for n in s.notices if n.room]
    state, text, type_, left, n = "welcome", s.plan.say(segment.worker, lang) if segment else "", "", None, 0
    options, counts, correct, explain, says = [], None, [], "", list[SayView]()
    heading, below = slide(s, lang)
    lines: list[str] = []
    also: dict[str, Any] = {}
    if s.state == "ended":
        state = "bye"
    elif s.state == "paused":
        state = "paused"
    elif running and not (heading and running[0].opened_i < s.moved_i and lasts(running[0])):
        one = running[0]
        talk = talks(one)
        state, type_ = "says" if talk else "question", one.activity.type
        seen = open_seat(s, one, lang, at)
        text, options, left, n = seen.text, seen.options, seen.left_ms, one.answered()
        rows = live_rows(s, one, lang)
        also = {**of_question(seen), "mode": one.mode}
        if rows is not None:
            counts = {key: count for key, _, count in rows}
            options = options if seen.reading_ms else options_shown(s, one, lang)
            also["points"] = points_of(one)
        if one.groups:
            also["groups"] = group_lines(s, one)
        if talk:  # the room's screen shows what the trainer put there: pinned cards, or all once revealed
            mine = [x for x in visible_says(s) if x.activity == one.activity.id]
            says = [say_view(x) for x in mine if x.pinned or one.revealed][:CARDS]
    elif shown and newest_is_revealed(s):
        result = result_seat(s, shown[0], lang, SHOWN_POINTS)
        also = of_result(result, shown[0].mode)
        state, text, type_, options = "result", result.text, result.type, result.options
        counts, n, correct, explain = result.counts, result.n, result.correct or [], result.explain
    else:
        pinned = [x for x in visible_says(s) if x.pinned]
        if heading:
            state, text, lines = "slide", heading, below
        elif pinned:
            state, says = "says", [say_view(x) for x in pinned][:CARDS]
    return WallView(
        v=s.saved,
        state=state,
        title=title_of(s, lang),
        trainer=s.trainer,
        text=text,
        type=type_,
        options=options,
        counts=counts,
        n=n,
        of=s.present,
        left_ms=left,
        correct=correct,
        explain=explain,
        says=says,
        notice=notices[-1] if notices else "",
        present=s.present_expected if s.expected else s.present,
        expected=s.expected,
        more=s.present - s.present_expected if s.expected else 0,
        lang=lang,
        lines=lines,
        **also,
    )


def of_question(seen: OpenSeat) -> dict[str, Any]:
    """What a type shows besides its words and options while it runs: never where or which is right."""
    names = ("image", "alt", "left", "right", "questions", "reading_ms")
    return {name: getattr(seen, name) for name in names}


def of_result(seen: ResultSeat, mode: str) -> dict[str, Any]:
    names = ("image", "alt", "left", "right", "questions", "targets", "points", "suppressed", "hits")
    return {**{name: getattr(seen, name) for name in names}, "mode": mode}


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
