"""Checklists: a skill shown, judged item by item by the trainer or an evaluator, for a person or their whole group."""

from __future__ import annotations

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.activities import kind_of
from fieldkit.core.folds.checks import judge
from fieldkit.core.groups import own_group
from fieldkit.core.intents import Actor
from fieldkit.core.records import Draft
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings.people import Decision, named
from fieldkit.core.session import Session
from fieldkit.core.state import Person

ALL = "all"
"""Every item at once, unless the pack names an item so."""
MOST_NOTE = 500


def mark_item(s: Session, d: w.MarkItem, by: Actor, at: int) -> Decision:
    """One record a person an item; what says nothing new is left out. A second evaluator's verdict is new, also where
    it is the first one's."""
    a, one = s.activity(d.activity), s.round(d.activity)
    if a is None:
        return Refusal("unknown-activity", d.activity)
    if kind_of(a.type).takes != "check":
        return Refusal("no-items", d.activity)
    if one is None:
        return Refusal("not-run", d.activity)
    if not one.is_open:
        return Refusal("already-void" if one.void else "reopen-first", d.activity)
    ids = [item.id for item in a.items]
    items = ids if d.item == ALL and ALL not in ids else [d.item]
    if items[0] not in ids:
        return Refusal("unknown-item", d.item[:40])
    if len(d.note) > MOST_NOTE:
        return Refusal("too-long")
    who = named(s, d.who)
    if isinstance(who, Refusal):
        return who
    if not any(entry.spans for entry in s.entries(who.p)):
        return Refusal("not-in", d.who)
    note = {"note": d.note} if d.note else None
    me, _ = judge(s, a.by, by.co)
    out = []
    for p in judged(s, who, a.per):
        for item in items:
            old = one.checks.get(p, {}).get(item)
            mine = dict(old.said).get(me) if old is not None and old.said else d.ok
            if old is None or old.ok != d.ok or mine != d.ok or (d.note and old.note != d.note):
                out.append(Draft(r.CheckMarked(activity=a.id, item=item, ok=d.ok, by=by.by), p, note))
    return out


def judged(s: Session, who: Person, per: str | None) -> list[str]:
    """The person; with `per: group` also the others of their newest group who are here."""
    found = own_group(s, who.p) if per == "group" else None
    if found is None:
        return [who.p]
    one, k = found
    return [who.p, *(p for p in one.groups[k].members if p != who.p and s.people[p].present)]
