"""An open question as phones, wall and terminal show it. Nothing in here may hold a key or counts that tell it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fieldkit.core import check_view, group_view
from fieldkit.core.activities import Row, hotspot, kind_of, match, quiz, wordcloud
from fieldkit.core.plan import ATTENDANCE, Activity, Option
from fieldkit.core.session import Session
from fieldkit.core.state import Person, Round
from fieldkit.core.views import OpenSeat, OptionView, QuestionView, TargetView

SHOWN_ROWS = 40
"""Different words or numbers a screen shows; the tables have them all."""
SHOWN_POINTS = 300
"""Taps drawn on a picture: more of them say nothing new."""


def shown(s: Session, options: Sequence[Option], lang: str) -> list[OptionView]:
    return [OptionView(o.id, s.plan.say(o.text, lang)) for o in options]


def options_of(s: Session, a: Activity, lang: str) -> list[OptionView]:
    return shown(s, kind_of(a.type).options(a), lang)


def left_ms(one: Round, at: int) -> int | None:
    return None if one.until is None else max(0, one.until - at)


def rows_of(s: Session, one: Round, lang: str) -> list[Row]:
    """The rows of a result as a screen shows them."""
    return kind_of(one.activity.type).tally(s.plan, one, lang)[:SHOWN_ROWS]


def tells_live(one: Round) -> bool:
    """Whether its counts may be shown while it runs: not of an anonymous one, nor where they give the key away."""
    return one.mode != "anonymous" and kind_of(one.activity.type).live(one.activity)


def live_rows(s: Session, one: Round, lang: str) -> list[Row] | None:
    """The rows while it runs: only if the trainer shows them live, and only of what they give no key away of."""
    return rows_of(s, one, lang) if one.live and tells_live(one) else None


def questions_of(s: Session, a: Activity, lang: str) -> list[QuestionView]:
    """The questions of a quiz without anything that says what is right."""
    return [
        QuestionView(
            id=q.id,
            type=q.type,
            text=s.plan.say(q.text, lang),
            options=options_of(s, quiz.question(a, q), lang),
            multiple=q.multiple,
        )
        for q in quiz.questions(a)
    ]


def most_of(a: Activity) -> int:
    """How many places may be tapped, or words sent."""
    if a.type == "hotspot":
        return hotspot.most(a)
    return wordcloud.most(a) if a.type == "wordcloud" else 1


def clip_of(s: Session, a: Activity, lang: str) -> str:
    """The clip in this language; one in another language would only confuse whoever needs it."""
    k = s.plan.langs.index(lang) if lang in s.plan.langs else 0
    return (a.audio[k] if k < len(a.audio) else None) or ""


def targets_of(a: Activity, ids: Sequence[str] | None = None) -> list[TargetView]:
    """The regions of a picture, or those of `ids`. Only for the trainer, or once revealed."""
    return [TargetView(t.id, t.shape, list(t.at)) for t in a.targets if ids is None or t.id in ids]


def points_of(one: Round, most: int = SHOWN_POINTS) -> list[list[str]]:
    """Where people tapped, sorted: neither order nor names. Too many are thinned out evenly."""
    if one.activity.type != "hotspot":
        return []
    said = [v for x in one.answers.values() for v in x.v] + (one.tally_texts if one.mode == "anonymous" else [])
    found = sorted(one.split(",") for one in said if one.count(",") == 1)
    return [found[k * len(found) // most] for k in range(most)] if len(found) > most else found


def open_seat(s: Session, one: Round, lang: str, at: int) -> OpenSeat:
    """What everybody's phone shows; nothing personal."""
    a = one.activity
    rows = live_rows(s, one, lang)
    reading = one.reading_ms(at)
    return OpenSeat(
        activity=a.id,
        type=a.type,
        round=one.no,
        mode=one.mode,
        text=s.plan.say(a.text, lang),
        options=[] if reading else choices_of(s, one, lang),
        multiple=kind_of(a.type).several(a),
        left_ms=left_ms(one, at),
        mine=None,
        max_chars=a.max_chars,
        upvote=a.upvote,
        counts=None if rows is None else counts_shown(a, rows),
        n=one.answered() if one.live else None,
        min_label=s.plan.say(a.min_label, lang),
        max_label=s.plan.say(a.max_label, lang),
        sure=a.sure,
        reading_ms=reading,
        image=a.image or "",
        alt=s.plan.say(a.alt, lang),
        audio=clip_of(s, a, lang),
        left=[] if reading else shown(s, a.left, lang),
        right=[] if reading or not a.right else shown(s, match.rights(a), lang),
        questions=[] if reading else questions_of(s, a, lang),
        most=most_of(a),
        groups=group_view.seat_groups(one),
    )


def choices_of(s: Session, one: Round, lang: str) -> list[OptionView]:
    """What a phone lists: the options, the groups to choose from, the items of a checklist."""
    a = one.activity
    if a.type == "breakout":
        return group_view.choices(one)
    return check_view.choices(s, a, lang) if a.type == "checklist" else options_of(s, a, lang)


def counts_shown(a: Activity, rows: Sequence[Row]) -> dict[str, int]:
    """By key; by the word itself where there are no options to look a key up in."""
    named = bool(kind_of(a.type).options(a))
    return {key if named else said: n for key, said, n in rows}


def mine_open(s: Session, view: OpenSeat, who: Person) -> OpenSeat:
    """With this participant's own answer put in."""
    one = s.runs[view.activity][view.round - 1]
    if view.type == "breakout":
        return group_view.mine_groups(s, one, view, who)
    if view.type == "checklist":
        return check_view.mine_checks(one, view, who)
    if view.questions:
        return msgspec.structs.replace(view, questions=[_mine_question(one, q, who) for q in view.questions])
    found = one.answers.get((who.p, ""))
    if found is not None:
        words = wordcloud.said(found.text) if view.type == "wordcloud" else []
        return msgspec.structs.replace(
            view, mine=list(found.v), mine_text=found.text, mine_sure=found.sure, words_mine=words
        )
    if who.p in one.acks:
        return msgspec.structs.replace(view, mine=[], mine_text=one.acks[who.p].name)
    if who.p in one.heard and view.type == ATTENDANCE:
        return msgspec.structs.replace(view, mine=["here"])
    return view


def _mine_question(one: Round, q: QuestionView, who: Person) -> QuestionView:
    found = one.answers.get((who.p, q.id))
    return q if found is None else msgspec.structs.replace(q, mine=list(found.v), mine_sure=found.sure)
