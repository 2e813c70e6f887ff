"""What a phone shows: the part that is the same for everybody, and the part that is one participant's own.

`shared_view` holds nothing personal, so it is encoded once for all phones of a language; `seat_view` adds the person.
Before the reveal neither holds a key, counts (unless shown live) or anybody else's name.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fieldkit.core.activities import kind_of
from fieldkit.core.plan import ATTENDANCE, Activity
from fieldkit.core.session import Session
from fieldkit.core.state import Person, Round, Say
from fieldkit.core.views import Bye, Me, OpenSeat, OptionView, ResultSeat, SayView, SeatView

SHOWN_SAYS = 40
SHOWN_RESULTS = 3


def options_of(s: Session, a: Activity, lang: str) -> list[OptionView]:
    return [OptionView(o.id, s.plan.say(o.text, lang)) for o in kind_of(a.type).options(a)]


def left_ms(one: Round, at: int) -> int | None:
    return None if one.until is None else max(0, one.until - at)


def minutes_here(s: Session, who: Person, at: int) -> int:
    """Whole minutes from arrivals to leavings so far, pauses included (the table takes them out)."""
    return sum(max(0, (out if out is not None else at) - (came or 0)) for came, out in who.spans) // 60_000


def results(s: Session) -> list[Round]:
    """Revealed rounds, newest first."""
    found = []
    for activity, no in reversed(s.order):
        one = s.runs[activity][no - 1]
        # Only the newest round: while people vote again, the first result (and its key) must not stand beside it.
        newest = s.runs[activity][-1] is one
        if newest and one.revealed and not one.void and kind_of(one.activity.type).votes:
            found.append(one)
            if len(found) == SHOWN_RESULTS:
                break
    return found


def newest_is_revealed(s: Session) -> bool:
    """The vote that ran last is shown and the run sheet has not moved on: only then does the room look at a result."""
    for activity, no in reversed(s.order):
        one = s.runs[activity][no - 1]
        if activity != ATTENDANCE and not one.void and kind_of(one.activity.type).exclusive:
            return one.revealed and one.revealed_i > s.moved_i
    return False


def visible_says(s: Session) -> list[Say]:
    """Messages of running or revealed discussions, and what the trainer pinned; never hidden ones. Newest first."""
    found: list[Say] = []
    for thread, refs in s.threads.items():
        one = s.round(thread) if thread else None
        shown = one is not None and not one.void and (one.is_open or one.revealed)
        for ref in reversed(refs[-SHOWN_SAYS * 2 :]):
            say = s.says[ref]
            if (shown or say.pinned) and not say.hidden and not say.void:
                found.append(say)
    return sorted(found, key=lambda x: (not x.pinned, -x.ref))[:SHOWN_SAYS]


def open_seat(s: Session, one: Round, lang: str, at: int) -> OpenSeat:
    a = one.activity
    return OpenSeat(
        activity=a.id,
        type=a.type,
        round=one.no,
        mode=one.mode,
        text=s.plan.say(a.text, lang),
        options=options_of(s, a, lang),
        multiple=a.multiple,
        left_ms=left_ms(one, at),
        mine=None,
        max_chars=a.max_chars,
        upvote=a.upvote,
        counts={o.id: one.counts.get(o.id, 0) for o in kind_of(a.type).options(a)} if one.live else None,
        n=one.answered() if one.live else None,
        min_label=s.plan.say(a.min_label, lang),
        max_label=s.plan.say(a.max_label, lang),
    )


def result_seat(s: Session, one: Round, lang: str) -> ResultSeat:
    a = one.activity
    return ResultSeat(
        activity=a.id,
        round=one.no,
        counts={o.id: one.counts.get(o.id, 0) + (one.hands or {}).get(o.id, 0) for o in kind_of(a.type).options(a)},
        n=one.answered() + sum((one.hands or {}).values()),
        correct=kind_of(a.type).correct(a),
        type=a.type,
        text=s.plan.say(a.text, lang),
        options=options_of(s, a, lang),
        explain=explained(s, a, lang),
    )


def explained(s: Session, a: Activity, lang: str) -> str:
    """Why it is right: the pack's explanation, else what it says to those who were right."""
    return s.plan.say(a.explain, lang) or s.plan.say(a.feedback.right if a.feedback else None, lang)


def say_view(say: Say) -> SayView:
    return SayView(say.ref, say.text, len(say.ups), activity=say.activity, pinned=say.pinned)


def open_first(s: Session) -> list[Round]:
    """Open rounds as a phone takes them: what everybody must answer first, discussions last, newest before older."""
    running = list(s.open_rounds.values())
    return sorted(running, key=lambda x: (not kind_of(x.activity.type).exclusive, -x.opened_i))


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
    notices = [n.text for n in s.notices if n.room]
    return SeatView(
        v=s.saved,
        state="bye" if s.state == "ended" else state,
        me=None,
        open=[open_seat(s, one, lang, at) for one in running],
        results=[result_seat(s, one, lang) for one in shown],
        says=[say_view(x) for x in visible_says(s)],
        retry_ms=retry_ms,
        title=title_of(s, lang),
        trainer=s.trainer,
        step=number,
        steps=total,
        segment=s.plan.say(segment.title, lang) if segment else "",
        worker=s.plan.say(segment.worker, lang) if segment else "",
        present=s.present_expected if s.expected else s.present,
        expected=s.expected,
        more=s.present - s.present_expected if s.expected else 0,
        paused=s.state == "paused",
        ended=s.state == "ended",
        notice=notices[-1] if notices else "",
        langs=list(langs) or list(s.plan.langs),
        lang=lang,
    )


def seat_view(s: Session, p: str | None, lang: str, at: int, retry_ms: int, langs: Sequence[str] = ()) -> SeatView:
    """The whole view of one participant; without one, the view of the door."""
    view = shared_view(s, lang, at, retry_ms, langs)
    who = s.people.get(p) if p else None
    if who is None or who.gone:
        return msgspec.structs.replace(view, state="join", open=[], results=[], says=[])
    left = bool(who.spans) and not who.present
    return msgspec.structs.replace(
        view,
        state="bye" if view.ended or left else view.state,
        me=Me(who.p, who.name, lang),
        open=[] if left else [mine_open(s, x, who) for x in view.open],
        results=[mine_result(s, x, who, lang) for x in view.results],
        says=personal_says(s, view.says, who),
        hand=who.hand_m is not None,
        bye=bye(s, who, at),
    )


def mine_open(s: Session, view: OpenSeat, who: Person) -> OpenSeat:
    one = s.runs[view.activity][view.round - 1]
    found = one.answers.get((who.p, ""))
    if found is not None:
        return msgspec.structs.replace(view, mine=list(found.v), mine_text=found.text)
    if who.p in one.acks:
        return msgspec.structs.replace(view, mine=[], mine_text=one.acks[who.p].name)
    if who.p in one.heard and view.type == ATTENDANCE:
        return msgspec.structs.replace(view, mine=["here"])
    return view


def mine_result(s: Session, view: ResultSeat, who: Person, lang: str) -> ResultSeat:
    found = s.runs[view.activity][view.round - 1].answers.get((who.p, ""))
    if found is None:
        return view
    a = s.runs[view.activity][view.round - 1].activity
    wrong = a.feedback.wrong if a.feedback and kind_of(a.type).right(a, found.v) is False else None
    return msgspec.structs.replace(view, mine=list(found.v), explain=s.plan.say(wrong, lang) or view.explain)


def personal_says(s: Session, says: list[SayView], who: Person) -> list[SayView]:
    """With own messages and own votes marked."""
    marked = [msgspec.structs.replace(x, mine=s.says[x.ref].p == who.p, voted=who.p in s.says[x.ref].ups) for x in says]
    return marked


def bye(s: Session, who: Person, at: int) -> Bye | None:
    if not who.spans:
        return None
    first, last = who.spans[0][0] or 0, who.spans[-1][1]
    if last is None:
        last = s.closed_m
    out_t = s.opened_t + last if last is not None else None
    until = s.closed_m if s.closed_m is not None else at
    return Bye(who.name, who.badge, s.opened_t + first, out_t, minutes_here(s, who, until))
