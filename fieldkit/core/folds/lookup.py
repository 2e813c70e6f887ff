"""What several folds share: find the person or the round a record names, and move people in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core import groups
from fieldkit.core import records as r
from fieldkit.core.state import Person, Round
from fieldkit.core.walkin import walkin_code

if TYPE_CHECKING:
    from fieldkit.core.session import Session

Handler = Callable[["Session", r.Record, Any, dict[str, Any]], None]


def whose(fact: r.Fact) -> str:
    """`co` for what came from a second console, else `fac`: for facts that have no `by` of their own."""
    return "fac" if fact.co is msgspec.UNSET else "co"


def known(s: Session, record: r.Record) -> Person | None:
    found = s.people.get(record.p or "")
    if found is None:
        s.unknown += 1
    return found


def round_of(s: Session, fact: Any) -> Round | None:
    """The round that a record names; None (and counted) when there is none."""
    rounds = s.runs.get(fact.activity)
    if rounds is None or not 1 <= fact.round <= len(rounds):
        s.unknown += 1
        return None
    found: Round = rounds[fact.round - 1]
    return found


def new_person(s: Session, p: str) -> Person:
    found = s.people.get(p)
    if found is None:
        found = s.people[p] = Person(p)
    return found


def take_badge(s: Session, person: Person, badge: str) -> None:
    """A badge that finds another entry of the same person stays that one's; a walk-in's code is nobody's badge."""
    if not badge:
        return
    owner = s.by_badge.setdefault(badge.upper(), person.p)
    if walkin_code(owner) != badge.upper() and (owner == person.p or s.head(owner) != s.head(person.p)):
        person.badge = badge


def free_badges(s: Session, person: Person) -> None:
    """Badges of somebody who was taken out, and of entries merged into it, are anybody's again."""
    gone = {one.p for one in s.entries(person.p)}
    for badge in [badge for badge, p in s.by_badge.items() if p in gone]:
        del s.by_badge[badge]


def came(s: Session, person: Person, i: int, m: int, ev: list[str], via: str, by: str) -> None:
    """An arrival is the entry's own that its record names; in the room is the person whom it is part of."""
    head = s.person(person.p) or person
    if not head.present and not head.voided and not person.voided:
        person.spans.append([since(s, head, m, via), None])
        head.here = True
        s.present += 1
        s.present_expected += head.rostered
        for one in breakouts(s):
            one.crowd = max(one.crowd, s.present)
            groups.entered(one, head)
    if via not in person.vias:
        person.vias.append(via)
    person.evs.update(ev)
    s.arrivals[i] = person.p
    if by == "self" and not head.voided and not person.voided:
        person.seat = head.seated = True


def since(s: Session, head: Person, m: int, via: str) -> int:
    """When who arrives now came. A sheet of paper is typed in afterwards: it was filled in when the session began,
    unless its person had come in another way before."""
    if via != "paper" or s.started_m is None or any(one.spans for one in s.entries(head.p)):
        return m
    return min(s.started_m, m)


def went(s: Session, person: Person, m: int) -> None:
    """The person leaves, under whichever of their entries they came in."""
    head = s.person(person.p) or person
    if head.present:
        s.present -= 1
        s.present_expected -= head.rostered
        for one in breakouts(s):
            groups.unseat(one, head.p)
    for entry in s.entries(head.p):
        stood_up(entry, m)
    head.seated = False
    lower(s, head)


def stood_up(entry: Person, m: int) -> None:
    """This entry is in the room no more, and no phone is in as it."""
    if entry.stays:
        entry.spans[-1][1] = max(m, entry.spans[-1][0] or 0)
    entry.here = entry.seat = False


def breakouts(s: Session) -> list[Round]:
    """Open rounds that have groups."""
    return [one for one in s.open_rounds.values() if one.groups]


def floor(s: Session, person: Person, i: int) -> None:
    """Seats bound before record `i` no longer act for this person, nor those of entries merged into it."""
    for one in s.entries(person.p):
        one.seat_floor = i


def lower(s: Session, person: Person) -> None:
    person.hand_m = None
    s.hands.pop(person.p, None)
