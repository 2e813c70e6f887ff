"""One round as the trainer sees it: everything, names too, except who gave which answer that is not named."""

from __future__ import annotations

from collections.abc import Sequence, Set

from fieldkit.core.activities import kind_of, match
from fieldkit.core.ask_view import say_line
from fieldkit.core.check_view import check_lines, item_views
from fieldkit.core.group_view import group_lines
from fieldkit.core.learning import band, gain, judge, moves, people_right, sure_wrong
from fieldkit.core.question_view import left_ms, points_of, questions_of, rows_of, shown, targets_of, tells_live
from fieldkit.core.result_view import result_question
from fieldkit.core.rulings.activities import unrevealable
from fieldkit.core.rulings.ballots import smallest
from fieldkit.core.session import Session
from fieldkit.core.state import Person, Round
from fieldkit.core.views import Bar, PersonLine, RoundLine, SayLine
from fieldkit.core.walkin import badged, code_of


def person_line(who: Person, live: Set[str], entries: Sequence[Person] = ()) -> PersonLine:
    """One person; `entries`: all their entries, where others were merged into this one."""
    entries = entries or [who]
    if who.gone:
        status = "removed"
    elif who.present:
        status = "in"
    else:
        status = "out" if any(x.spans for x in entries) else "expected"
    return PersonLine(
        p=who.p,
        name=who.name,
        badge=badged(entries)[0],
        status=status,
        phone=who.seated,
        away=status == "in" and who.seated and who.p not in live,
        walkin=any(x.walkin for x in entries) and not who.rostered,
        via=next((x.vias[-1] for x in entries if x.vias), ""),
        ev=sorted({ev for x in entries for ev in x.evs}),
        mark=max((k for x in entries for k in x.marks), key=lambda k: k.i).status
        if any(x.marks for x in entries)
        else "",
        crew=next((x.fields["crew"] for x in entries if x.fields.get("crew")), ""),
        hand=who.hand_m is not None,
        in_m=min((x.joined_m for x in entries if x.joined_m is not None), default=None),
        spans=sorted([list(x) for y in entries for x in y.spans], key=lambda x: x[0] or 0),
        code=code_of(entries),
    )


def texts_of(s: Session, one: Round) -> list[SayLine]:
    """What people wrote: messages of a discussion, or text answers (sorted by words when names are not shown)."""
    kind = kind_of(one.activity.type)
    if kind.takes == "say":
        refs = s.threads.get(one.activity.id, [])
        if one.mode == "anonymous":  # the tally's, of this round alone: what was said before is not what is asked now
            refs = [ref for ref in refs if one.opened_i < ref <= one.tally_i]
        return [say_line(s, s.says[ref]) for ref in refs]
    if not kind.texts:
        return []
    if one.mode == "anonymous":  # no answer of a person stands behind them, so that there is none to refer to
        return [SayLine(-1 - k, text, 0, one.activity.id) for k, text in enumerate(one.tally_texts)]
    named = one.mode == "named"
    found = [
        SayLine(x.i, x.text or "", 0, one.activity.id, s.people[p].called, p=s.head(p))
        if named and p in s.people
        else SayLine(x.i, x.text or "", 0, one.activity.id)
        for (p, _), x in one.answers.items()
    ]
    return sorted(found, key=lambda x: x.ref) if named else sorted(found, key=lambda x: x.text)


def state_of(one: Round) -> str:
    if one.void:
        return "void"
    return "open" if one.is_open else "revealed" if one.revealed else "closed"


def round_line(s: Session, one: Round, lang: str, at: int, live: Set[str], with_missing: bool) -> RoundLine:
    a, kind = one.activity, kind_of(one.activity.type)
    who = one.who()
    missing = [x for x in s.people.values() if x.present and x.p not in who] if with_missing else []
    # No rows (text, prompt): no bars. Of an open anonymous round not even the counts are known.
    rows = rows_of(s, one, lang)
    secret = one.mode == "anonymous" and one.is_open
    found = judge(one)
    wrong = sure_wrong(one, found)
    points, normalised = gain(s, one)
    return RoundLine(
        activity=a.id,
        type=a.type,
        round=one.no,
        mode=one.mode,
        text=s.plan.say(a.text, lang),
        state=state_of(one),
        live=one.live,
        reveal=a.reveal,
        bars=[Bar(key, said, n, kind.hits(a, key)) for key, said, n in rows] if not a.questions else [],
        answered=one.answered(),
        of=s.present,
        missing=[person_line(x, live) for x in missing] if one.mode == "named" else [],
        missing_n=len(missing),
        left_ms=left_ms(one, at) if one.is_open else None,
        graded=a.graded,
        right=people_right(one, found) if kind.keyed(a) and one.mode != "anonymous" else None,
        texts=texts_of(s, one),
        hands=dict(one.hands or {}),
        counts=None if secret else {key: n for key, _, n in rows},
        band=band(one, found),
        moves=moves(s.runs.get(a.id, [one]), one, found),
        gain_pts=points,
        gain_norm=normalised,
        sure_wrong=[person_line(s.people[p], live, s.entries(p)) for p in wrong if p in s.people]
        if one.mode == "named"
        else [],
        sure_wrong_n=len(wrong),
        image=a.image or "",
        targets=targets_of(a),
        points=points_of(one),
        questions=[result_question(s, one, q, lang) for q in questions_of(s, a, lang)],
        left=shown(s, a.left, lang),
        right_side=shown(s, match.rights(a), lang) if a.right else [],
        suppressed=one.suppressed,
        least=smallest(s) if one.mode == "anonymous" else 0,
        reading_ms=one.reading_ms(at),
        groups=group_lines(s, one, members=True),
        items=item_views(s, a, lang),
        checks=check_lines(s, one),
        key=kind.key_said(s.plan, a, lang),
        votes=kind.votes,
        reveals=kind.revealable,
        can_reveal=unrevealable(one) is None,
        lettered=kind.hands,
        by_hands=kind.hands and one.mode != "anonymous",
        live_counts=tells_live(one),
        by_others=kind.by_others and one.mode != "anonymous",
        multiple=kind.several(a),
    )
