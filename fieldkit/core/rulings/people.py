"""Who comes in, who is here, who goes. A badge that the roster expects takes that person's place; names never match."""

from __future__ import annotations

from typing import Any

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.clean import BADGE_GIVEN
from fieldkit.core.intents import Actor
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.records import Draft
from fieldkit.core.refusals import Refusal
from fieldkit.core.session import Session
from fieldkit.core.state import EVIDENCE, ROLES, STATUSES, Person
from fieldkit.core.walkin import code_of

Decision = list[Draft] | Refusal


def one(fact: r.Fact, p: str | None = None, private: dict[str, Any] | None = None) -> list[Draft]:
    """A single record; empty personal fields are left out of the opening."""
    said = {k: v for k, v in (private or {}).items() if v}
    return [Draft(fact, p, said or None)]


def acting(s: Session, by: Actor) -> Person | Refusal:
    """The participant who acts, still part of the session."""
    found = s.people.get(by.p or "")
    if found is None:
        return Refusal("not-joined")
    if found.merged_to is not None:
        return Refusal("merged")
    return Refusal("removed") if found.voided else found


def taking_part(who: Person) -> Refusal | None:
    """Why they may not answer or speak now."""
    if who.objected:
        return Refusal("objected")
    return None if who.present else Refusal("left")


def named(s: Session, who: str) -> Person | Refusal:
    """The person a facilitator names by badge or `p`."""
    found = s.person(who)
    if found is None:
        return Refusal("unknown-person", who)
    return Refusal("removed", who) if found.voided else found


def turned_off(s: Session) -> frozenset[str]:
    """Words of what the session's policy does not record (`core.personal.SWITCHES`): nobody is asked for it."""
    return frozenset((s.info.policy.off or ()) if s.info is not None else ())


def join(s: Session, d: w.Join, by: Actor, at: int) -> Decision:
    known = s.shown(d.badge or "")
    if known is None and len(d.badge or "") > BADGE_GIVEN:
        return Refusal("too-long")
    if not d.name and (known is None or not known.name) and "name" not in turned_off(s):
        return Refusal("name-missing")
    if known is not None and known.seated:
        return Refusal("badge-in-use", d.badge or "")
    private = {"badge": d.badge, "lang": d.lang, "name": d.name or (known.name if known else ""), "place": d.place}
    return arrive(known, d.new_p, [*d.ev], by, d.device, private)


def at_kiosk(s: Session, d: w.Arrive, by: Actor, at: int) -> Decision:
    """Whoever has been in comes in again with nothing else said of them: their phone keeps its seat, their name stays.

    Nobody is ever matched by a name alone: who bears that of a walk-in of the kiosk is asked for the code first.
    """
    if by.by != "kiosk":
        return Refusal("not-allowed")
    known = s.shown(d.badge or "")
    if known is not None and known.joined_i is not None:
        ev = [e for e in EVIDENCE if e in d.ev]
        new = not known.present or by.via not in known.vias
        return one(r.CameIn(ev=ev, via=by.via, by=by.by), known.p) if new else []
    if known is None and len(d.badge or "") > BADGE_GIVEN:
        return Refusal("too-long")
    name, off = d.name or (known.name if known is not None else ""), turned_off(s)
    if not name and "name" not in off:
        return Refusal("name-missing")
    if not name and known is None and (not d.badge or "badge" in off) and not d.other:
        return Refusal("unknown-person")  # an empty form, sent by a touch in passing, is nobody
    if known is None and name and not d.badge and not d.other and has_twin(s, name, by.via):
        return Refusal("same-name", name)
    badge = known.badge if known is not None else d.badge
    return arrive(known, d.new_p, [*d.ev], by, "kiosk", {"badge": badge, "lang": d.lang, "name": name})


def has_twin(s: Session, name: str, via: str) -> bool:
    """Somebody known by no badge came in this way under this name."""
    same = name.casefold()
    alike = (x for x in s.people.values() if not x.gone and x.name.casefold() == same and via in x.vias)
    return any(code_of(s.entries(x.p)) for x in alike)


def arrive(
    known: Person | None, new_p: str, ev: list[str], by: Actor, device: str, private: dict[str, Any]
) -> list[Draft]:
    """The first arrival is `person.join`; anybody seen before comes in again with `att.in`."""
    if known is not None and known.expected and "roster" not in ev:
        ev = [*ev, "roster"]
    ev = [e for e in EVIDENCE if e in ev]
    if known is not None and known.joined_i is not None:
        return one(r.CameIn(ev=ev, via=by.via, by=by.by), known.p, private)
    p = known.p if known is not None else new_p
    return one(r.PersonJoined(via=by.via, device=device, ev=ev, walkin=known is None), p, private)


def here(s: Session, d: w.Here, by: Actor, at: int) -> Decision:
    who = acting(s, by)
    if isinstance(who, Refusal):
        return who
    ev = [e for e in EVIDENCE if e in d.ev]
    return one(r.CameIn(ev=ev, via=by.via, by=by.by), who.p)


def leave(s: Session, d: w.Leave, by: Actor, at: int) -> Decision:
    who = acting(s, by)
    if isinstance(who, Refusal):
        return who
    if not who.present:
        return Refusal("not-in")
    return one(r.WentOut(ev=[], via=by.via, by=by.by), who.p)


def set_language(s: Session, d: w.SetLanguage, by: Actor, at: int) -> Decision:
    who = acting(s, by)
    if isinstance(who, Refusal):
        return who
    return one(r.PersonSpoke(), who.p, {"lang": d.lang}) if d.lang else Refusal("wrong-value")


def rename(s: Session, d: w.Rename, by: Actor, at: int) -> Decision:
    who = acting(s, by)
    if isinstance(who, Refusal):
        return who
    if not d.name:
        return Refusal("name-missing")
    return one(r.PersonRenamed(why="request"), who.p, {"name": d.name})


def object_(s: Session, d: w.Object, by: Actor, at: int) -> Decision:
    who = acting(s, by)
    if isinstance(who, Refusal):
        return who
    return Refusal("objected") if who.objected else one(r.PersonObjected(why="request"), who.p)


# ---- the facilitator's -----------------------------------------------------------------------------------------


CALLED = ("badge", "name", "first_name", "last_name", "card")
"""Columns by which somebody who is expected can be called in."""


def expect(s: Session, d: w.Expect, by: Actor, at: int) -> Decision:
    badge = d.fields.get("badge", "")
    if not any(d.fields.get(x) for x in CALLED):
        return Refusal("name-missing")  # an entry that nobody could tell from another
    if badge and s.person(badge) is not None:
        return Refusal("badge-in-use", badge)
    return expected(d)


def expected(d: w.Expect) -> list[Draft]:
    """A row of the roster as it is recorded."""
    notes = [list(pair) for pair in d.notes]
    return one(r.PersonExpected(), d.new_p, {**d.fields, "notes": notes})


def check_in(s: Session, d: w.CheckIn, by: Actor, at: int) -> Decision:
    known = s.person(d.badge) if d.badge else None
    if known is not None and known.voided:
        known = None
    # Somebody picked from the list comes by their `p`: no badge was shown, and a `p` is nobody's badge.
    by_p = d.badge in s.people
    badge = (known.badge if known is not None else "") if by_p else d.badge
    ev, via = (["fac", "badge"], "card") if d.badge and not by_p else (["fac"], "proxy")
    if d.via == "paper":  # a badge number on a sheet was not shown to anybody
        ev, via = ["fac"], "paper"
    if d.out:
        if known is None:
            return Refusal("unknown-badge", d.badge or "")
        if not known.present:
            return Refusal("not-in", d.badge or "")
        return one(r.WentOut(ev=ev, via=via, by=by.by), known.p)
    if known is None and len(d.badge or "") > BADGE_GIVEN:
        return Refusal("too-long")
    if known is None and not d.name:
        return Refusal("unknown-badge", d.badge or "") if d.badge else Refusal("name-missing")
    if known is not None and known.present:
        return Refusal("already-in", known.name or d.badge or "")
    name = d.name or (known.name if known is not None else "")
    private = {"badge": badge, "name": name}
    arrived = arrive(known, d.new_p, ev, Actor(by=by.by, via=via), "terminal", private)
    asked = ATTENDANCE in s.open_rounds and via != "paper"
    if asked and isinstance(arrived[0].fact, r.PersonJoined):
        # Who comes to the desk while everybody is asked whether they are here has said so. Only `att.in` answers.
        arrived.append(Draft(r.CameIn(ev=[e for e in EVIDENCE if e in ev], via=via, by=by.by), arrived[0].p))
    return arrived


def mark(s: Session, d: w.Mark, by: Actor, at: int) -> Decision:
    who = named(s, d.who)
    if isinstance(who, Refusal):
        return who
    if d.status not in STATUSES:
        return Refusal("unknown-status", d.status)
    return one(r.AttendanceMarked(status=d.status, by=by.by, why=d.why), who.p, {"reason": d.reason})


def release(s: Session, d: w.Release, by: Actor, at: int) -> Decision:
    who = named(s, d.who)
    if isinstance(who, Refusal):
        return who
    if not who.seated:
        return Refusal("not-seated", d.who)
    return one(r.WentOut(ev=["fac"], via=by.via, by=by.by), who.p)


def remove(s: Session, d: w.RemovePerson, by: Actor, at: int) -> Decision:
    who = named(s, d.who)
    return who if isinstance(who, Refusal) else one(r.PersonVoided(why=d.why), who.p)


def set_staff(s: Session, d: w.SetStaff, by: Actor, at: int) -> Decision:
    if d.role not in ROLES:
        return Refusal("unknown-role", d.role)
    if not d.name:
        return Refusal("name-missing")
    has = any((x.role, x.name) == (d.role, d.name) for x in s.staff)
    if d.off:
        return one(r.StaffSet(role=d.role, off=True), None, {"name": d.name}) if has else Refusal("no-staff", d.name)
    if has and not d.qualification:
        return Refusal("already-staff", d.name)
    return one(r.StaffSet(role=d.role), None, {"name": d.name, "qualification": d.qualification})
