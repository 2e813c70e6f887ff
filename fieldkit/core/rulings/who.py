"""Who is who: two entries are one person, a name is put right. The trainer decides; names never match by themselves."""

from __future__ import annotations

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.intents import Actor
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings.people import Decision, named, one
from fieldkit.core.session import Session


def merge(s: Session, d: w.Merge, by: Actor, at: int) -> Decision:
    """`who` is the entry itself, also one that is part of another person already: it then goes over to `into`."""
    was, into = s.entry(d.who), named(s, d.into)
    if was is None:
        return Refusal("unknown-person", d.who)
    if isinstance(into, Refusal):
        return into
    if was.voided:
        return Refusal("removed", d.who)
    if s.person(was.p) is into:
        return Refusal("merge-cycle", d.who)
    return one(r.PersonMerged(from_=was.p, why=d.why), into.p)


def rename(s: Session, d: w.RenamePerson, by: Actor, at: int) -> Decision:
    who = named(s, d.who)
    if isinstance(who, Refusal):
        return who
    if not d.name:
        return Refusal("name-missing")
    return [] if d.name == who.name else one(r.PersonRenamed(why=d.why, by=by.by), who.p, {"name": d.name})
