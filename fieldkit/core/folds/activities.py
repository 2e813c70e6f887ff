"""Folding activities: rounds, answers, acknowledgements, shows of hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldkit.core import records as r
from fieldkit.core.folds import groups
from fieldkit.core.folds.lookup import Handler, known, round_of, whose
from fieldkit.core.plan import Activity, Option
from fieldkit.core.state import Ack, Answer, Round

if TYPE_CHECKING:
    from fieldkit.core.session import Session


def open_(s: Session, rec: r.Record, d: r.ActivityOpened, x: dict[str, Any]) -> None:
    if d.def_ is not None and d.activity not in s.spots:
        s.spots[d.activity] = spot_activity(d.activity, d.def_, x)
    a = s.activity(d.activity)
    if a is None:
        s.unknown += 1
        return
    if s.started_m is None:
        s.started_m = rec.m
    rounds = s.runs.setdefault(d.activity, [])
    again = bool(rounds) and d.round == len(rounds)
    if again and rounds[-1].mode != "anonymous":  # a discussion goes on in the round it had
        one = rounds[-1]
        one.closed_m, one.until = None, d.until
    elif d.round == len(rounds) + 1:
        one = Round(a, d.round, d.mode, rec.i, rec.m, rec.t, d.until, bool(d.live))
        rounds.append(one)
        s.order.append((d.activity, d.round))
    else:
        s.unknown += 1
        return
    one.crowd = max(one.crowd, s.present)
    s.open_rounds[d.activity] = one


def extend(s: Session, rec: r.Record, d: r.ActivityExtended, x: dict[str, Any]) -> None:
    one = round_of(s, d)
    if one is not None and one.is_open:
        one.until = d.until


def close(s: Session, rec: r.Record, d: r.ActivityClosed, x: dict[str, Any]) -> None:
    one = round_of(s, d)
    if one is not None and one.closed_m is None:
        one.closed_m = rec.m
        not_open(s, one)


def not_open(s: Session, one: Round) -> None:
    if s.open_rounds.get(one.activity.id) is one:
        del s.open_rounds[one.activity.id]


def hide(s: Session, rec: r.Record, d: r.ActivityHidden, x: dict[str, Any]) -> None:
    one = round_of(s, d)
    if one is not None:
        one.revealed = one.live = False


def reveal(s: Session, rec: r.Record, d: r.ActivityRevealed, x: dict[str, Any]) -> None:
    one = round_of(s, d)
    if one is not None:
        one.revealed, one.revealed_i = True, rec.i


def void(s: Session, rec: r.Record, d: r.ActivityVoided, x: dict[str, Any]) -> None:
    one = round_of(s, d)
    if one is not None:
        one.void, one.revealed = True, False
        one.void_i, one.void_t, one.void_by = rec.i, rec.t, whose(d)
        one.closed_m = rec.m if one.closed_m is None else one.closed_m
        not_open(s, one)


def answer(s: Session, rec: r.Record, d: r.AnswerPut, x: dict[str, Any]) -> None:
    one = round_of(s, d)
    if one is None or rec.p is None:
        return
    text = x.get("text") if isinstance(x.get("text"), str) else None
    v = x.get("v", d.v) if not d.v else d.v
    one.put(rec.p, d.q or "", Answer(rec.i, rec.m, rec.t, v, d.via, text, d.sure, d.n))
    if one.groups and rec.p in s.people:
        groups.chose(one, s.people[rec.p], v)


def hands(s: Session, rec: r.Record, d: r.HandsCounted, x: dict[str, Any]) -> None:
    one = round_of(s, d)
    if one is not None:
        one.hands = d.counts


def ack(s: Session, rec: r.Record, d: r.Acknowledged, x: dict[str, Any]) -> None:
    one, who = round_of(s, d), known(s, rec)
    if one is not None and who is not None:
        said = [str(x.get(k, "")) for k in ("name", "mark", "lang")]
        one.acks[who.p] = Ack(rec.i, rec.m, rec.t, d.meaning, d.words, *said)
        who.acks += 1


HANDLERS: dict[type, Handler] = {
    r.ActivityOpened: open_,
    r.ActivityExtended: extend,
    r.ActivityClosed: close,
    r.ActivityHidden: hide,
    r.ActivityRevealed: reveal,
    r.ActivityVoided: void,
    r.AnswerPut: answer,
    r.HandsCounted: hands,
    r.Acknowledged: ack,
}


def spot_activity(id: str, d: r.SpotDef, x: dict[str, Any]) -> Activity:
    """A question made on the spot as an Activity: its words are the same in every language."""
    said = x.get("options") or []
    texts = [*said, *[""] * len(d.options)]
    options = [Option(id=o, text=[str(texts[k]) or o]) for k, o in enumerate(d.options)]
    return Activity(id=id, type=d.type, text=[str(x.get("text", ""))], options=options, multiple=d.multiple)
