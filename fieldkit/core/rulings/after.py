"""Corrections and signatures: nothing is overwritten, the new value stands beside the old one with who and why."""

from __future__ import annotations

import re
from typing import Any

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.activities import kind_of
from fieldkit.core.activities.typed import typed
from fieldkit.core.intents import Actor
from fieldkit.core.records import Draft
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings.people import Decision, named, one
from fieldkit.core.session import Session
from fieldkit.core.state import HANDED_OVER, MEANINGS, ROLES, STATUSES, Person

KEY_NAME = re.compile(r"[a-z0-9.-]{3,253}/fac/[a-z0-9]{4,12}")
"""A trainer's key, as `fieldkit.log.names` has it: a code, so that no free words reach the signed line."""


def correct(s: Session, d: w.Correct, by: Actor, at: int) -> Decision:
    """`void` a record by its index, `correct` a person's attendance, or `add` an answer that came too late."""
    if d.do not in ("void", "correct", "add") or not d.why:
        return Refusal("bad-correction")
    ref = None
    if d.ref is not None:
        if not 0 <= d.ref <= s.saved or not d.leaf:
            return Refusal("no-such-record")
        ref = r.Ref(i=d.ref, leaf=d.leaf)
    if d.do == "void":
        if ref is None or not countable(s, ref.i):
            return Refusal("no-such-record")
        return one(fact(d, by, ref, None), None, {"reason": d.reason})
    who = named(s, d.who or "")
    if isinstance(who, Refusal):
        return who
    if d.activity is not None and who.objected:
        return Refusal("objected", d.who or "")
    if d.item is not None:
        return skill(s, d, by, ref, who)
    if d.activity is not None:
        return answers(s, d, by, ref, who.p)
    put = attendance(d)
    if isinstance(put, Refusal):
        return put
    return one(fact(d, by, ref, put), who.p, {"reason": d.reason})


def countable(s: Session, i: int) -> bool:
    """Whether the record is an answer or a message: only what counts can be made not to count. Arrivals are corrected
    by status and times, rounds are made void as a whole."""
    if i in s.says:
        return True
    rounds = [one for found in s.runs.values() for one in found]
    return any(answer.i == i for one in rounds for answer in one.answers.values())


def fact(d: w.Correct, by: Actor, ref: r.Ref | None, put: dict[str, Any] | None) -> r.Amended:
    return r.Amended(do=d.do, why=d.why, by=by.by, ref=ref, set=put)


def attendance(d: w.Correct) -> dict[str, Any] | Refusal:
    if d.status is not None and d.status not in STATUSES:
        return Refusal("unknown-status", d.status)
    put: dict[str, Any] = {"status": d.status, "in": d.in_m, "out": d.out_m}
    put = {k: v for k, v in put.items() if v is not None}
    backwards = d.in_m is not None and d.out_m is not None and d.out_m < d.in_m
    if not put or backwards or (d.in_m or 0) < 0 or (d.out_m or 0) < 0:
        return Refusal("bad-correction")
    return put


def skill(s: Session, d: w.Correct, by: Actor, ref: r.Ref | None, who: Person) -> Decision:
    """One item of a checklist that was run, judged later or judged again; by whom stands in the opening. Head office
    has also those of the plan judged that were not run."""
    found = s.round(d.activity or "")
    a = found.activity if found is not None else s.plan.activity(d.activity or "") if by.by == "office" else None
    if a is None or (found is not None and found.void):
        return Refusal("not-run", d.activity or "")
    if d.item not in [item.id for item in a.items]:
        return Refusal("unknown-item", (d.item or "")[:40])
    if d.ok is None:
        return Refusal("bad-correction")
    put = {"activity": a.id, "item": d.item, "ok": d.ok, "round": found.no if found is not None else 1}
    return one(fact(d, by, ref, put), who.p, {"reason": d.reason, "name": d.judged})


def answers(s: Session, d: w.Correct, by: Actor, ref: r.Ref | None, p: str) -> Decision:
    """An amendment an answer: what is typed as for a proxy; words go into the opening, as with any answer."""
    found = s.round(d.activity or "")
    if found is None:
        return Refusal("not-run", d.activity or "")
    if found.mode == "anonymous":
        return Refusal("anonymous", found.activity.id)
    no = d.round or found.no
    if not 1 <= no <= found.no:
        return Refusal("not-run", d.activity or "")
    a, drafts = found.activity, list[Draft]()
    said = typed(a, d.answer)
    if isinstance(said, Refusal):
        return said
    for each in said:
        fits = kind_of(a.type).check(a, each.v, each.text, each.q or "")
        if isinstance(fits, Refusal):
            return fits
        put = {"activity": a.id, "round": no, "v": fits.v, **({"q": each.q} if each.q else {})}
        drafts += one(fact(d, by, ref, put), p, {"reason": d.reason, "text": fits.text})
    return drafts


def hand_over(s: Session, d: w.HandOver, by: Actor, at: int) -> Decision:
    """Signature, the new trainer and the handover are one commit: the checkpoint that is signed covers all three."""
    if not d.key or (d.to_key and not KEY_NAME.fullmatch(d.to_key)):
        return Refusal("wrong-value")
    if not d.to_name:
        return Refusal("name-missing")
    if d.to_key == d.key or (not d.to_key and d.to_name == s.leader):
        return Refusal("already-staff", d.to_name)
    return [
        *one(r.SignedBy(role="trainer", key=d.key, meaning=HANDED_OVER), None, {"name": d.name}),
        *one(
            r.StaffSet(role="trainer", key=d.to_key or None),
            None,
            {"name": d.to_name, "qualification": d.qualification},
        ),
        *one(r.SessionHandedOver(to=d.to_key)),
    ]


def sign_off(s: Session, d: w.SignOff, by: Actor, at: int) -> Decision:
    if d.meaning not in MEANINGS or d.role not in ROLES or not d.key:
        return Refusal("wrong-value")
    return one(r.SignedBy(role=d.role, key=d.key, meaning=d.meaning), None, {"name": d.name})
