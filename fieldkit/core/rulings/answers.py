"""Answers: keyed by participant × activity × round × question, judged against the round and never the connection."""

from __future__ import annotations

import hashlib

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.activities import kind_of
from fieldkit.core.activities.typed import Typed, names_of, typed
from fieldkit.core.intents import Actor
from fieldkit.core.records import Draft
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings import groups
from fieldkit.core.rulings.people import Decision, acting, named, one, taking_part
from fieldkit.core.session import Session
from fieldkit.core.state import Round

MOST_HANDS = 100_000
FOR_OTHERS = ("proxy", "paper")
"""Ways in which somebody else enters an answer."""
SURE = ("sure", "unsure")
"""How somebody may answer "are you sure?"."""


def open_round(s: Session, activity: str, no: int | None, at: int) -> Round | Refusal:
    """The round an answer is for (`no` None: the newest), if it still takes answers; a later one is not open yet."""
    rounds = s.runs.get(activity)
    if not rounds:
        return Refusal("not-open" if s.activity(activity) else "unknown-activity", activity)
    newest = rounds[-1]
    meant = newest.no if no is None else no
    if meant > newest.no:
        return Refusal("not-open", activity)
    if meant < 1:
        return Refusal("wrong-value", activity)
    # A time limit counts from the laptop's clock even if the closing record is a moment late.
    out_of_time = newest.ends is not None and at >= newest.ends
    if meant < newest.no or not newest.is_open or out_of_time:
        return Refusal("closed", activity)
    return newest


def put_answer(s: Session, d: w.PutAnswer, by: Actor, at: int) -> Decision:
    who = acting(s, by)
    if isinstance(who, Refusal):
        return who
    found = open_round(s, d.activity, d.round, at)
    if isinstance(found, Refusal):
        return found
    if (no := taking_part(who)) is not None:
        return no
    return answer(s, found, who.p, d, by.via)


def answer(s: Session, found: Round, p: str, d: w.PutAnswer, via: str) -> Decision:
    kind, a = kind_of(found.activity.type), found.activity
    if found.mode == "anonymous":  # its votes are ballots (core.rulings.ballots) and never records
        return Refusal("anonymous", a.id)
    if a.type == "breakout":
        return groups.choose(s, found, s.people[p], d, via)
    # `sure` is a code in the signed line: any other text there could never be erased.
    q = d.q or ""
    if kind.takes != "answer" or q not in kind.asked(a) or (d.sure is not None and not (a.sure and d.sure in SURE)):
        return Refusal("wrong-value", a.id)
    fits = kind.check(a, d.v, d.text, q)
    if isinstance(fits, Refusal):
        return fits
    old = found.answers.get((p, q))
    if d.n is not None and old is not None and old.n is not None and d.n < old.n:
        return Refusal("stale", a.id)
    fact = r.AnswerPut(activity=a.id, round=found.no, v=fits.v, via=via, q=d.q or None, sure=d.sure, n=d.n)
    private = {"text": fits.text} if fits.text else None
    return [Draft(fact, p, private, floor=found.mode == "confidential")]


def sign(s: Session, d: w.Sign, by: Actor, at: int) -> Decision:
    who = acting(s, by)
    if isinstance(who, Refusal):
        return who
    found = open_round(s, d.activity, d.round, at)
    if isinstance(found, Refusal):
        return found
    a = found.activity
    if kind_of(a.type).takes != "ack":
        return Refusal("wrong-value", a.id)
    if not d.text:
        return Refusal("name-missing")
    if not who.present:
        return Refusal("left")
    shown = s.plan.say(a.text, who.lang)
    words = hashlib.sha256(shown.encode()).hexdigest()
    fact = r.Acknowledged(activity=a.id, round=found.no, meaning=a.meaning or "participation", words=words)
    return one(fact, who.p, {"lang": who.lang, "mark": d.mark, "name": d.text})


# ---- the facilitator's -----------------------------------------------------------------------------------------


def proxy(s: Session, d: w.ProxyAnswer, by: Actor, at: int) -> Decision:
    """An answer given for somebody without a phone; it is flagged as such for ever.

    `v` is what the trainer typed: ids, letters, numbers, words (`core.activities.typed`); one line may answer several
    questions of a quiz. With `ids`, `q` or `text` the values are taken as they are.
    """
    who = named(s, d.who)
    if isinstance(who, Refusal):
        return who
    paper, a = d.via == "paper", s.activity(d.activity)
    if a is not None and kind_of(a.type).takes == "ack":
        return Refusal("own-signature", a.id)
    found = on_paper(s, d.activity) if paper else open_round(s, d.activity, None, at)
    if isinstance(found, Refusal):
        return found
    if who.objected:
        return Refusal("objected")
    # A sheet may be entered when its writer has gone home; whoever never came has written none.
    if not (any(x.spans for x in s.entries(who.p)) if paper else who.present):
        return Refusal("not-in", d.who)
    if d.via not in FOR_OTHERS:
        return Refusal("wrong-value", d.activity)
    exact = d.ids or d.q or d.text is not None
    said = [Typed(d.v, d.q, d.text)] if exact else typed(found.activity, d.v)
    if isinstance(said, Refusal):
        return said
    drafts: list[Draft] = []
    for one_said in said:
        old = found.answers.get((who.p, one_said.q or ""))
        if old is not None and old.via not in FOR_OTHERS:
            if found.mode == "confidential":  # nobody else may see it, so nobody could put it right
                return Refusal("answered", d.who)
            if not found.is_open:
                return Refusal("stale", d.who)  # what somebody sent in time stands above what is entered later
        put = w.PutAnswer(
            activity=d.activity, round=found.no, v=one_said.v, q=one_said.q, text=one_said.text, sure=d.sure
        )
        made = answer(s, found, who.p, put, d.via)
        if isinstance(made, Refusal):
            return made
        drafts += made
    return drafts


def on_paper(s: Session, activity: str) -> Round | Refusal:
    """The newest round of an activity, open or closed: sheets come in when the room is at the next thing."""
    found = s.round(activity)
    if found is None:
        return Refusal("not-open" if s.activity(activity) else "unknown-activity", activity)
    return Refusal("closed", activity) if found.void else found


def count_hands(s: Session, d: w.CountHands, by: Actor, at: int) -> Decision:
    found = s.round(d.activity)
    if found is None:
        return Refusal("not-run" if s.activity(d.activity) else "unknown-activity", d.activity)
    kind = kind_of(found.activity.type)
    if not kind.hands:
        return Refusal("no-hands", d.activity)
    if found.mode == "anonymous":
        return Refusal("anonymous", d.activity)
    if found.void:
        return Refusal("already-void", d.activity)
    shown = kind.options(found.activity)
    names = {o.id: o.id for o in shown} if d.ids else names_of(shown)
    counts = {names.get(key if d.ids else key.casefold(), ""): n for key, n in d.counts.items()}
    if not counts or "" in counts:
        return Refusal("unknown-option", d.activity)
    if len(counts) != len(d.counts) or any(not 0 <= n <= MOST_HANDS for n in counts.values()):
        return Refusal("wrong-value", d.activity)
    return one(r.HandsCounted(activity=d.activity, round=found.no, counts=counts))
