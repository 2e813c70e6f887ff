"""A revealed result as phones and the wall show it: counts, what was right and why, and how the own answer was."""

from __future__ import annotations

import msgspec

from fieldkit.core.activities import kind_of, match, quiz
from fieldkit.core.learning import person_right
from fieldkit.core.plan import ATTENDANCE, Activity, Question
from fieldkit.core.question_view import options_of, points_of, questions_of, rows_of, shown, targets_of
from fieldkit.core.session import Session
from fieldkit.core.state import Person, Round
from fieldkit.core.views import OptionView, QuestionView, ResultSeat

SHOWN_RESULTS = 3
SEAT_POINTS = 100
"""Taps sent to phones: their screens are small."""


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


def result_seat(s: Session, one: Round, lang: str, points: int = SEAT_POINTS) -> ResultSeat:
    """What everybody's phone shows; nothing personal. Call it for revealed rounds only: it holds the key."""
    a, kind = one.activity, kind_of(one.activity.type)
    rows = rows_of(s, one, lang)
    hands = one.hands or {}
    return ResultSeat(
        activity=a.id,
        round=one.no,
        counts={key: n + hands.get(key, 0) for key, _, n in rows},
        n=said_something(one) + sum(hands.values()),
        correct=kind.correct(a),
        type=a.type,
        text=s.plan.say(a.text, lang),
        options=options_shown(s, one, lang),
        explain=explained(s, a, lang),
        image=a.image or "",
        alt=s.plan.say(a.alt, lang),
        targets=targets_of(a, a.answer or None),
        points=points_of(one, points),
        questions=[result_question(s, one, q, lang) for q in questions_of(s, a, lang)],
        left=shown(s, a.left, lang),
        right=shown(s, match.rights(a), lang) if a.right else [],
        suppressed=one.suppressed,
        hits=[key for key, _, _ in rows if kind.keyed(a) and kind.hits(a, key)],
    )


def said_something(one: Round) -> int:
    """How many people stand behind the counts: of a quiz also those who answered a part of it."""
    return len({p for p, _ in one.answers}) if one.activity.questions and one.tally is None else one.answered()


def options_shown(s: Session, one: Round, lang: str) -> list[OptionView]:
    """The options; where there are none to choose from, the words or numbers that were given."""
    a = one.activity
    if kind_of(a.type).options(a) or a.left or a.questions:
        return options_of(s, a, lang)
    return [OptionView(key, said) for key, said, _ in rows_of(s, one, lang)]


def result_question(s: Session, one: Round, view: QuestionView, lang: str) -> QuestionView:
    """A question of a quiz with its counts and its key."""
    q = next(x for x in one.activity.questions if x.id == view.id)
    counts = kind_of(one.activity.type).counts(one)
    return msgspec.structs.replace(
        view,
        correct=list(q.answer) or None,
        counts={o.id: counts.get(f"{q.id}={o.id}", 0) for o in view.options},
        n=sum(1 for _, asked in one.answers if asked == q.id),
        explain=s.plan.say(q.feedback.right if q.feedback else None, lang),
    )


def explained(s: Session, a: Activity, lang: str) -> str:
    """Why it is right: the pack's explanation, else what it says to those who were right."""
    return s.plan.say(a.explain, lang) or s.plan.say(a.feedback.right if a.feedback else None, lang)


def mine_result(s: Session, view: ResultSeat, who: Person, lang: str) -> ResultSeat:
    """With the own answer, whether it is right, and what the pack says to that."""
    one = s.runs[view.activity][view.round - 1]
    if view.questions:
        view = msgspec.structs.replace(view, questions=[_mine_question(s, one, q, who, lang) for q in view.questions])
    right = person_right(one, who.p)
    found = one.answers.get((who.p, ""))
    if found is None and right is None:
        return view
    return msgspec.structs.replace(
        view,
        mine=view.mine if found is None else list(found.v),
        mine_text=(found.text or "") if found is not None else "",
        mine_right=right,
        explain=view.explain if right is None else s.plan.say(one.activity.explain, lang),
        told=told(s, one.activity, right, lang),
    )


def told(s: Session, a: Activity | Question, right: bool | None, lang: str) -> str:
    """What the pack says to somebody whose answer is right or wrong."""
    said = a.feedback
    return s.plan.say(None if said is None or right is None else said.right if right else said.wrong, lang)


def _mine_question(s: Session, one: Round, view: QuestionView, who: Person, lang: str) -> QuestionView:
    found = one.answers.get((who.p, view.id))
    if found is None:
        return view
    q = next(x for x in one.activity.questions if x.id == view.id)
    right = kind_of(q.type).right(quiz.question(one.activity, q), found.v)
    why = view.explain if right is None else ""
    own = told(s, q, right, lang)
    return msgspec.structs.replace(view, mine=list(found.v), mine_sure=found.sure, explain=why, told=own)
