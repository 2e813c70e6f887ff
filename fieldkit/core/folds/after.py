"""Folding what comes after the fact: amendments and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldkit.core import erasing
from fieldkit.core import records as r
from fieldkit.core.folds.lookup import Handler
from fieldkit.core.state import Amendment, Answer, Check, Credit, Round, SignOff

if TYPE_CHECKING:
    from fieldkit.core.session import Session


def amend(s: Session, rec: r.Record, d: r.Amended, x: dict[str, Any]) -> None:
    ref = d.ref
    put = d.set or {}
    away = ref.o if ref and ref.o and ref.o != s.origin else None
    one = Amendment(rec.i, rec.m, rec.t, rec.p, d.do, d.why, d.by, ref.i if ref else None, away, put, x)
    s.amendments.append(one)
    v = put.get("v")
    if d.do == "void" and ref is not None and away is None:
        one.whose, one.old = void_record(s, ref.i)
    elif rec.p and isinstance(v, list) and all(isinstance(k, str) for k in v) and isinstance(put.get("activity"), str):
        rounds = s.runs.get(put["activity"])
        no = put.get("round", len(rounds) if rounds else 0)
        q, text = str(put.get("q", "")), x.get("text") if isinstance(x.get("text"), str) else None
        if rounds and isinstance(no, int) and 1 <= no <= len(rounds):
            before = rounds[no - 1].answers.get((rec.p, q))
            one.old = said(before) if before is not None else None
            rounds[no - 1].put(rec.p, q, Answer(rec.i, rec.m, rec.t, v, "terminal", text, amended=True))
    elif rec.p and isinstance(put.get("item"), str) and isinstance(put.get("ok"), bool):
        one.old = judge_again(s, rec, put, d.by, x)


def judge_again(s: Session, rec: r.Record, put: dict[str, Any], by: str, x: dict[str, Any]) -> list[str] | None:
    """An item of a checklist is judged after the fact; → how it was judged before, `yes` or `no`."""
    rounds, no = s.runs.get(str(put.get("activity", ""))), put.get("round")
    if not rounds and by == "office" and no == 1 and rec.p in s.people:
        rounds = late_round(s, rec, str(put.get("activity", "")), put["item"])
    if not rounds or type(no) is not int or not 1 <= no <= len(rounds) or rec.p not in s.people:
        return None
    if put["item"] not in [item.id for item in rounds[no - 1].activity.items]:
        return None
    mine = rounds[no - 1].checks.setdefault(s.head(rec.p), {})
    before = mine.get(put["item"])
    mine[put["item"]] = Check(rec.i, rec.m, rec.t, put["ok"], by, str(x.get("name", "")))
    return None if before is None else ["yes" if before.ok else "no"]


def late_round(s: Session, rec: r.Record, activity: str, item: str) -> list[Round] | None:
    """A checklist of the plan that was not run in the room, judged by head office all the same."""
    a = s.plan.activity(activity)
    if a is None or item not in [one.id for one in a.items]:
        return None
    s.order.append((a.id, 1))
    s.runs[a.id] = [Round(a, 1, a.mode, rec.i, s.m, rec.t, closed_m=s.m, late=True)]
    return s.runs[a.id]


def said(answer: Answer) -> list[str]:
    """What an answer was: its values, or its words where it has none."""
    return answer.v or ([answer.text] if answer.text else [])


def void_record(s: Session, i: int) -> tuple[str | None, list[str] | None]:
    """An answer or message put by mistake no longer counts; → (whose it was, where that may be named; the answer's
    value). Rare, so a walk will do."""
    if i in s.says:
        say = s.says[i]
        say.void = True
        about = s.round(say.activity) if say.activity else None
        return (say.p if about is None or about.mode == "named" else None), None
    for rounds in s.runs.values():
        for one in rounds:
            if one.own is not None:  # else the next merge would count it again
                one.own.answers = {key: answer for key, answer in one.own.answers.items() if answer.i != i}
            for (p, q), answer in list(one.answers.items()):
                if answer.i == i:
                    one.drop(p, q)
                    return (p if one.mode == "named" else None), said(answer)
    return s.arrivals.get(i), None


def sign(s: Session, rec: r.Record, d: r.SignedBy, x: dict[str, Any]) -> None:
    s.signs.append(SignOff(rec.i, rec.m, rec.t, d.role, d.key, d.meaning, str(x.get("name", "")), d.root or ""))


def credit(s: Session, rec: r.Record, d: r.CreditGranted, x: dict[str, Any]) -> None:
    if rec.p in s.people:
        s.credits.append(Credit(rec.i, rec.m, rec.t, rec.p, d.what, str(x.get("evidence", ""))))


def hand_over(s: Session, rec: r.Record, d: r.SessionHandedOver, x: dict[str, Any]) -> None:
    """Who takes over was named by the record before, with that key or as the newest trainer without one."""
    named = [one for one in s.staff if one.role == "trainer" and (one.key or "") == d.to]
    s.leader = named[-1].name if named else ""


HANDLERS: dict[type, Handler] = {
    r.Amended: amend,
    r.SignedBy: sign,
    r.CreditGranted: credit,
    r.SessionHandedOver: hand_over,
    r.Erased: erasing.fold,
}
