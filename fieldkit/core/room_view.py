"""What the trainer sees: everything, names too, except who gave which confidential answer."""

from __future__ import annotations

from collections.abc import Callable, Set

import msgspec

from fieldkit.core.after_view import Ending, ending
from fieldkit.core.ask_view import asks, hand_lines, parked, say_line, staff_lines
from fieldkit.core.attendance import corrected
from fieldkit.core.muster import alarm_view
from fieldkit.core.notices import standing
from fieldkit.core.nudges import nudges
from fieldkit.core.pace import pace_s, planned_s, run_ms
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.round_view import person_line, round_line
from fieldkit.core.rulings.ballots import crew, smallest
from fieldkit.core.seat_view import step_of
from fieldkit.core.session import Session
from fieldkit.core.sheet_view import about, is_first, is_here, label_next, label_now, place, segment_lines, step_text
from fieldkit.core.state import Round
from fieldkit.core.timeline import timeline
from fieldkit.core.views import RoomView, RoundLine

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


Ended = Callable[[Session, str], Ending]


def room_view(
    s: Session,
    lang: str,
    at: int,
    live: Set[str] = frozenset(),
    closed_line: Line = fresh_line,
    ended: Ended = ending,
) -> RoomView:
    """The whole view at `at` (the session's `m` now); `live` are the participants whose phone answers now.

    `closed_line` gives the lines of rounds that are not open, `ended` what stands there after the end; whoever draws
    often keeps both (`core.kept_lines`).
    """
    outcome, after = ended(s, lang)
    return msgspec.structs.replace(
        _room(s, lang, at, live, closed_line),
        outcome=outcome,
        after=after,
        notice=standing(s),
        alarm=alarm_view(s, at),
        hand_lines=hand_lines(s, at),
        asks=asks(s),
        parked=parked(s),
        staff=staff_lines(s),
        nudges=nudges(s, at),
        ran=timeline(s, lang, at),
        crew=crew(s),
        least=smallest(s),
    )


def _room(s: Session, lang: str, at: int, live: Set[str], closed_line: Line) -> RoomView:
    """Where the session is, its rounds and its people."""
    segment, step = place(s)
    rounds = [s.runs[a][no - 1] for a, no in s.order]
    live = {s.head(p) for p in live}
    people = [person_line(x, live, s.entries(x.p)) for x in s.people.values() if x.merged_to is None]
    if said := corrected(s):  # the last word on the sheet, and so here
        people = [msgspec.structs.replace(x, mark=said.get(x.p, x.mark)) for x in people]
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
        trainer=s.leader,
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
        hands=[s.people[p].called for p in s.hands],
        notices=[n.text for n in s.notices if n.room and n.text],
        plan=segment_lines(s, lang),
        unknown=s.unknown,
        step_do=step.do if step else "",
        step_activity=about(step),
        step_text=step_text(s, segment, step, lang) if segment and step else "",
        last_here=is_here(s, newest, step),
        last_first=is_first(s, newest, step),
    )
