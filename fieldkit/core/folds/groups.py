"""Folding groups: they are set whole; people who come, choose, leave or are merged move within them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldkit.core import groups
from fieldkit.core import records as r
from fieldkit.core.folds.lookup import Handler
from fieldkit.core.state import Group, Person, Round

if TYPE_CHECKING:
    from fieldkit.core.session import Session


def set_(s: Session, rec: r.Record, d: r.GroupsSet, x: dict[str, Any]) -> None:
    """Lists as recorded; who is not in the room stays out of them, and who is in the room and on none is placed."""
    one = s.round(d.activity)
    if one is None or not d.groups:
        s.unknown += 1
        return
    labels, places = _words(x.get("labels"), len(d.groups)), _words(x.get("places"), len(d.groups))
    wrote = {g.scribe for g in one.groups if g.scribe}
    away = {p for p, who in s.people.items() if not who.present}
    kept = {p: k for p, k in one.group_of.items() if k < len(d.groups) and p in away}
    one.groups = [Group(label, place) for label, place in zip(labels, places, strict=True)]
    one.group_of = {}
    for k, listed in enumerate(d.groups):
        for p in listed:
            who = s.people.get(s.head(p))
            if who is None or who.gone or who.p in one.group_of:
                continue
            one.group_of[who.p] = k
            if who.present or not one.is_open:
                one.groups[k].members.append(who.p)
                if p in wrote:
                    one.groups[k].scribe = p
    one.group_of = {p: k for p, k in kept.items() if p not in one.group_of} | one.group_of
    if one.is_open:
        for who in s.people.values():
            if who.present:
                groups.entered(one, who)


def _words(found: Any, n: int) -> list[str]:
    """`n` strings of an opening; what is missing, erased or of another sort is empty."""
    said = [x if isinstance(x, str) else "" for x in found] if isinstance(found, list) else []
    return [*said, *[""] * n][:n]


def chose(one: Round, person: Person, v: list[str]) -> None:
    """An answer `["g2"]` of somebody who may choose."""
    word = v[0] if v else ""
    no = int(word[1:]) if word[:1] == "g" and word[1:].isdecimal() and len(word) < 6 else 0
    if 1 <= no <= len(one.groups) and person.present:
        groups.seat(one, person.p, no - 1)


def wrote(one: Round, p: str, m: int) -> int:
    """A message of somebody in a group: they are its scribe, and the group has done its work. → its number, or 0."""
    k = one.group_of.get(p)
    if k is None or p not in one.groups[k].members:
        return 0
    one.groups[k].scribe = p
    for mate in one.groups[k].members:
        one.heard.setdefault(mate, m)
    return k + 1


def merged(s: Session, was: Person, now: Person) -> None:
    """One entry takes the other's place in groups where it has none; whoever is in the room is in one group again."""
    for one in (one for rounds in s.runs.values() for one in rounds if one.groups):
        k = one.group_of.pop(was.p, None)
        if k is not None:
            members = one.groups[k].members
            if now.p not in one.group_of:
                one.group_of[now.p] = k
                members[:] = [now.p if p == was.p else p for p in members]
            members[:] = [p for p in members if p != was.p]
            if one.groups[k].scribe == was.p:
                one.groups[k].scribe = now.p
        if one.is_open and now.present:
            groups.entered(one, now)


def forgotten(s: Session, person: Person) -> None:
    """Taken out of the session: in no group any more, finished ones too."""
    for one in (one for rounds in s.runs.values() for one in rounds if one.groups):
        groups.unseat(one, person.p)
        one.group_of.pop(person.p, None)


HANDLERS: dict[type, Handler] = {r.GroupsSet: set_}
