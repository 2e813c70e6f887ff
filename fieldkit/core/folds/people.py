"""Folding people: who is expected, who came, who went, marks, merges, names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldkit.core import records as r
from fieldkit.core.folds import merges
from fieldkit.core.folds.groups import forgotten as groups_forgotten
from fieldkit.core.folds.lookup import (
    Handler,
    came,
    floor,
    free_badges,
    known,
    new_person,
    stood_up,
    take_badge,
    went,
    whose,
)
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.state import Change, Mark, Person
from fieldkit.core.walkin import walkin_code

if TYPE_CHECKING:
    from fieldkit.core.session import Session


def expect(s: Session, rec: r.Record, d: r.PersonExpected, x: dict[str, Any]) -> None:
    if rec.p is None:
        s.unknown += 1
        return
    one = new_person(s, rec.p)
    one.expected = True
    if not one.rostered:
        one.rostered = True
        s.expected += 1
        s.present_expected += one.present
    one.fields = {k: v for k, v in x.items() if isinstance(v, str)}
    one.notes = x.get("notes") or []
    one.name = one.name or one.fields.get("name", "") or full_name(one.fields)
    one.issuer = one.fields.get("id_issuer", "")
    one.lang = one.fields.get("lang", "")
    take_badge(s, one, one.fields.get("badge", ""))


def join(s: Session, rec: r.Record, d: r.PersonJoined, x: dict[str, Any]) -> None:
    if rec.p is None:
        s.unknown += 1
        return
    one = new_person(s, rec.p)
    if one.joined_i is None:
        one.joined_i, one.joined_m, one.joined_t = rec.i, rec.m, rec.t
        s.joined += not one.met
        one.met = True
    one.walkin, one.device = d.walkin, d.device
    arrived_as(s, one, x)
    if one.walkin and not one.badge:  # the code that the phone shows finds the entry again, as a badge would
        s.by_badge.setdefault(walkin_code(one.p), one.p)
    came(s, one, rec.i, rec.m, d.ev, d.via, "self" if d.via in SEATED else "fac")


def arrived_as(s: Session, one: Person, x: dict[str, Any]) -> None:
    one.name = str(x.get("name", "")) or one.name
    one.lang = str(x.get("lang", "")) or one.lang
    one.issuer = str(x.get("issuer", "")) or one.issuer
    one.place = str(x.get("place", "")) or one.place
    take_badge(s, one, str(x.get("badge", "")))


def in_(s: Session, rec: r.Record, d: r.CameIn, x: dict[str, Any]) -> None:
    one = known(s, rec)
    if one is not None:
        if x:
            new = str(x.get("name", ""))
            if new and one.name and new != one.name:  # the badge went to another phone under another name
                s.changes.append(Change(rec.i, rec.m, rec.t, one.p, "name", one.name, new, "request", d.by))
            arrived_as(s, one, x)
            floor(s, one, rec.i)
        came(s, one, rec.i, rec.m, d.ev, d.via, d.by)
        roll = s.open_rounds.get(ATTENDANCE)
        if roll is not None:
            roll.heard.setdefault(one.p, rec.m)
            one.heres.setdefault(roll.no, rec.m)


def out(s: Session, rec: r.Record, d: r.WentOut, x: dict[str, Any]) -> None:
    one = known(s, rec)
    if one is not None:
        went(s, one, rec.m)
        if d.by != "self":
            floor(s, one, rec.i)


def mark(s: Session, rec: r.Record, d: r.AttendanceMarked, x: dict[str, Any]) -> None:
    one = known(s, rec)
    if one is not None:
        one.marks.append(Mark(rec.i, rec.m, d.status, d.by, d.why, str(x.get("reason", ""))))


def rename(s: Session, rec: r.Record, d: r.PersonRenamed, x: dict[str, Any]) -> None:
    one = known(s, rec)
    if one is not None:
        by = d.by or "self"
        s.changes.append(Change(rec.i, rec.m, rec.t, one.p, "name", one.name, str(x.get("name", "")), d.why, by))
        one.name = str(x.get("name", "")) or one.name


def lang(s: Session, rec: r.Record, d: r.PersonSpoke, x: dict[str, Any]) -> None:
    one = known(s, rec)
    if one is not None:
        one.lang = str(x.get("lang", "")) or one.lang


def void_person(s: Session, rec: r.Record, d: r.PersonVoided, x: dict[str, Any]) -> None:
    one = known(s, rec)
    if one is None or one.voided:
        return
    if one.merged_to is None:
        went(s, one, rec.m)
        floor(s, one, rec.i)
        free_badges(s, one)
    one.voided = True
    if one.merged_to is not None:  # no rule makes this: of the person only what was this entry's falls away
        stood_up(one, rec.m)
        merges.recount(s)
    groups_forgotten(s, one)
    s.changes.append(Change(rec.i, rec.m, rec.t, one.p, "removed", one.name, "", d.why, whose(d)))


def object_(s: Session, rec: r.Record, d: r.PersonObjected, x: dict[str, Any]) -> None:
    one = known(s, rec)
    if one is not None:
        one.objected = True


SEATED = ("phone", "shared", "terminal")
"""Ways of coming in that hold a seat; a badge scanned by the trainer or a kiosk holds none."""

HANDLERS: dict[type, Handler] = {
    r.PersonExpected: expect,
    r.PersonJoined: join,
    r.CameIn: in_,
    r.WentOut: out,
    r.AttendanceMarked: mark,
    r.PersonMerged: merges.merge,
    r.PersonRenamed: rename,
    r.PersonSpoke: lang,
    r.PersonVoided: void_person,
    r.PersonObjected: object_,
}


def full_name(fields: dict[str, str]) -> str:
    """Given and family name as people say them, from roster columns."""
    return " ".join(part for part in (fields.get("first_name", ""), fields.get("last_name", "")) if part)
