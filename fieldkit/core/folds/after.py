"""Folding what comes after the fact: amendments and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldkit.core import records as r
from fieldkit.core.folds.lookup import Handler
from fieldkit.core.state import Amendment, Answer, SignOff

if TYPE_CHECKING:
    from fieldkit.core.session import Session


def amend(s: Session, rec: r.Record, d: r.Amended, x: dict[str, Any]) -> None:
    ref = d.ref
    put = d.set or {}
    away = ref.o if ref and ref.o and ref.o != s.origin else None
    s.amendments.append(Amendment(rec.i, rec.m, rec.t, rec.p, d.do, d.why, d.by, ref.i if ref else None, away, put, x))
    if d.do == "void" and ref is not None and away is None:
        void_record(s, ref.i)
    elif rec.p and isinstance(put.get("v"), list) and isinstance(put.get("activity"), str):
        rounds = s.runs.get(put["activity"])
        no = put.get("round", len(rounds) if rounds else 0)
        if rounds and isinstance(no, int) and 1 <= no <= len(rounds):
            rounds[no - 1].put(rec.p, "", Answer(rec.i, rec.m, rec.t, put["v"], "terminal", amended=True))


def void_record(s: Session, i: int) -> None:
    """An answer or message that was put by mistake no longer counts (rare, so a walk over the rounds will do)."""
    if i in s.says:
        s.says[i].void = True
        return
    for rounds in s.runs.values():
        for one in rounds:
            for (p, q), answer in list(one.answers.items()):
                if answer.i == i:
                    one.drop(p, q)


def sign(s: Session, rec: r.Record, d: r.SignedBy, x: dict[str, Any]) -> None:
    s.signs.append(SignOff(rec.i, rec.m, rec.t, d.role, d.key, d.meaning, str(x.get("name", ""))))


def nothing(s: Session, rec: r.Record, d: Any, x: dict[str, Any]) -> None:
    """Known kinds whose meaning the fold does not need."""


HANDLERS: dict[type, Handler] = {
    r.Amended: amend,
    r.SignedBy: sign,
    r.SessionHandedOver: nothing,
    r.Erased: nothing,
    r.TempoTallied: nothing,
}
