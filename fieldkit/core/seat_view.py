"""What a phone shows: the part that is the same for everybody, and the part that is one participant's own.

`shared_view` holds nothing personal, so it is encoded once for all phones of a language; `seat_view` adds the person.
Before the reveal neither holds a key, counts (unless shown live) or anybody else's name.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fieldkit.core.activities import kind_of
from fieldkit.core.ask_view import marked, mine_asks, say_view, seat_asks
from fieldkit.core.attendance import minutes_of
from fieldkit.core.notices import standing
from fieldkit.core.question_view import mine_open, open_seat
from fieldkit.core.result_view import mine_result, newest_is_revealed, result_seat, results
from fieldkit.core.session import Session
from fieldkit.core.state import Person, Round, Say
from fieldkit.core.views import Bye, Me, SeatView
from fieldkit.core.walkin import badged, code_of

SHOWN_SAYS = 40


def visible_says(s: Session) -> list[Say]:
    """Messages of running or revealed discussions, and what the trainer pinned; never hidden ones. Newest first."""
    found: list[Say] = []
    for thread, refs in s.threads.items():
        one = s.round(thread) if thread else None
        # An anonymous discussion shows its words only after closing, and then as any result: when it is revealed.
        runs = one is not None and one.is_open and one.mode != "anonymous"
        shown = one is not None and not one.void and (runs or one.revealed)
        for ref in reversed(refs[-SHOWN_SAYS * 2 :]):
            say = s.says[ref]
            if (shown or say.pinned) and not say.hidden and not say.void:
                found.append(say)
    return sorted(found, key=lambda x: (not x.pinned, -x.ref))[:SHOWN_SAYS]


def open_first(s: Session) -> list[Round]:
    """Open rounds as a phone takes them: what everybody must answer first, then discussions, last what only the trainer
    marks; newest before older."""

    def place(one: Round) -> tuple[bool, bool, int]:
        return one.activity.type == "checklist", not kind_of(one.activity.type).exclusive, -one.opened_i

    return sorted(s.open_rounds.values(), key=place)


def title_of(s: Session, lang: str) -> str:
    """The session's title; when it is the pack's own, in the reader's language."""
    own = s.plan.say(s.plan.title, s.plan.language)
    return s.info.title if s.info and s.info.title != own else s.plan.say(s.plan.title, lang)


def step_of(s: Session) -> tuple[int, int]:
    """(number of the current step, number of steps), 1-based over the whole plan; 0 before the first."""
    total = passed = 0
    for segment in s.plan.segments:
        if segment.id == s.segment:
            passed = total + (s.step if s.step is not None else -1) + 1
        total += len(segment.steps)
    return passed, total


def shared_view(s: Session, lang: str, at: int, retry_ms: int, langs: Sequence[str] = ()) -> SeatView:
    """The view of somebody who is in, without what is personal. `at` is the session's `m` now."""
    running = open_first(s)
    shown = results(s)
    segment = s.plan.segment(s.segment) if s.segment else None
    state = "activity" if running else "result" if shown and newest_is_revealed(s) else "wait"
    number, total = step_of(s)
    return SeatView(
        v=s.saved,
        state="bye" if s.state == "ended" else state,
        me=None,
        open=[open_seat(s, one, lang, at) for one in running],
        results=[result_seat(s, one, lang) for one in shown],
        says=[say_view(x) for x in visible_says(s)],
        retry_ms=retry_ms,
        title=title_of(s, lang),
        trainer=s.leader,
        step=number,
        steps=total,
        segment=s.plan.say(segment.title, lang) if segment else "",
        worker=s.plan.say(segment.worker, lang) if segment else "",
        present=s.present_expected if s.expected else s.present,
        expected=s.expected,
        more=s.present - s.present_expected if s.expected else 0,
        paused=s.state == "paused",
        ended=s.state == "ended",
        notice=standing(s),
        langs=list(langs) or list(s.plan.langs),
        lang=lang,
        asks=seat_asks(s),
    )


def seat_view(s: Session, p: str | None, lang: str, at: int, retry_ms: int, langs: Sequence[str] = ()) -> SeatView:
    """The whole view of one participant; without one, the view of the door."""
    view = shared_view(s, lang, at, retry_ms, langs)
    who = s.people.get(s.head(p)) if p else None
    if who is None or who.gone:
        return msgspec.structs.replace(view, state="join", open=[], results=[], says=[], asks=[])
    left = not who.present and any(one.spans for one in s.entries(who.p))
    return msgspec.structs.replace(
        view,
        state="bye" if view.ended or left else view.state,
        me=Me(who.p, who.name, lang, code=code_of(s.entries(who.p)), objected=who.objected),
        open=[] if left else [mine_open(s, x, who) for x in view.open],
        results=[mine_result(s, x, who, lang) for x in view.results],
        says=[marked(s, x, who) for x in view.says],
        asks=mine_asks(s, view.asks, who),
        hand=who.hand_m is not None,
        bye=bye(s, who, at),
    )


def bye(s: Session, who: Person, at: int) -> Bye | None:
    spans = [span for one in s.entries(who.p) for span in one.spans]
    if not spans:
        return None
    first = min(span[0] or 0 for span in spans)
    last = s.closed_m if who.present else max(span[1] or 0 for span in spans)
    out_t = s.opened_t + last if last is not None else None
    return Bye(who.name, badged(s.entries(who.p))[0], s.opened_t + first, out_t, minutes_of(s, who.p, at))
