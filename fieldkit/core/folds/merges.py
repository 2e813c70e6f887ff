"""Folding merges: two entries are one person. Of two merges of the same entry the later one (the higher index) holds.

What an entry did stays known under its own `p` (`Round.own`), so a merge into somebody else can sort it anew. What
every count, view and rule looks at (`Round.answers`, `acks`, `heard`, `checks`) holds each person once: of several
answers the newest, of several first words the first. A merge is rare, so it may walk the whole session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from fieldkit.core import groups
from fieldkit.core import records as r
from fieldkit.core.folds.groups import merged as groups_merged
from fieldkit.core.folds.lookup import breakouts, lower, whose
from fieldkit.core.state import Answer, Change, Own, Person, Round

if TYPE_CHECKING:
    from fieldkit.core.session import Session

K = tuple[str, str]
V = TypeVar("V")
Families = dict[str, list[str]]
"""The entry that stands for a person → all its entries."""


def merge(s: Session, rec: r.Record, d: r.PersonMerged, x: dict[str, Any]) -> None:
    """A merge that would close a circle, or into somebody who was taken out, says nothing."""
    now, was = s.person(rec.p or ""), s.people.get(d.from_)
    if now is None or was is None or now is was or now.voided or was.voided:
        s.unknown += 1
        return
    if was.merged_to == now.p:
        return
    before = s.person(was.p) if was.merged_to is not None else None
    heads = [one.p for one in (now, was if before is None else before)]
    keep(s, families(s, heads))
    if before is None:
        s.merged += 1
    was.merged_to = now.p
    take_hand(s, was, now)
    recount(s)
    sort(s, families(s, [p for p in heads if p != was.p]))
    groups_merged(s, was, now)
    if before is not None and not before.present:
        lower(s, before)
        for one in breakouts(s):
            groups.unseat(one, before.p)
    s.changes.append(Change(rec.i, rec.m, rec.t, now.p, "merge", was.name, now.name, d.why, whose(d)))


# ---- presence and seats ------------------------------------------------------------------------------------------
# Spans and seats stay with the entry that came in by them; who is in the room is their person. So a merge that was a
# mistake is undone by the next one, over any number of entries.


def take_hand(s: Session, was: Person, now: Person) -> None:
    """A raised hand goes along, unless the person has one up already."""
    if was.hand_m is not None and now.hand_m is None:
        now.hand_m = s.hands[now.p] = was.hand_m
    lower(s, was)


def recount(s: Session) -> None:
    """People, not entries."""
    for one in s.people.values():
        one.rostered, one.met, one.kin = one.expected, one.joined_i is not None, []
        one.here = one.seated = False
    for one in s.people.values():
        head = above = one
        while above.merged_to is not None:
            above = s.people[above.merged_to]
            above.rostered, above.met = above.rostered or one.expected, above.met or one.joined_i is not None
            above.kin.append(one.p)
            head = above
        head.here, head.seated = head.here or one.stays, head.seated or one.seat
    people = [one for one in s.people.values() if one.merged_to is None]
    s.present = sum(one.present for one in people)
    s.present_expected = sum(one.present and one.rostered for one in people)
    s.expected = sum(one.rostered for one in people)
    s.joined = sum(one.met for one in people)


# ---- what they did -----------------------------------------------------------------------------------------------


def families(s: Session, heads: list[str]) -> Families:
    return {p: [one.p for one in s.entries(p)] for p in heads}


def keep(s: Session, of: Families) -> None:
    """Note under each entry's own `p` what it has done so far, before anything moves."""
    for one in every_round(s):
        own = one.own or Own()
        checks = {(p, item): check for p, found in one.checks.items() for item, check in found.items()}
        _keep(one.answers, own.answers, of, lambda a: a.i)
        _keep(checks, own.checks, of, lambda a: a.i)
        _keep(_wide(one.acks), own.acks, of, lambda a: a.i)
        _keep(_wide(one.heard), own.heard, of, lambda m: m)
        if own.answers or own.checks or own.acks or own.heard:
            one.own = own
    for say in s.says.values():
        _keep(_wide(say.ups), say.own_ups, of, lambda m: m)


def _keep(found: dict[K, V], own: dict[K, V], of: Families, order: Callable[[V], int]) -> None:
    """What stands under a head is its own unless it came from a merge: then it is not newer than what is known."""
    for head, entries in of.items():
        for key in [key for key in found if key[0] == head]:
            known = [own[p, key[1]] for p in entries if (p, key[1]) in own]
            if all(order(found[key]) > order(one) for one in known):
                own[key] = found[key]


def sort(s: Session, of: Families) -> None:
    """Put what a family's entries did under the entry that stands for them, and under no other."""
    for one in every_round(s):
        if one.own is None:
            continue
        own = one.own
        _sort_answers(one, own.answers, of)
        checks = {(p, item): check for p, found in one.checks.items() for item, check in found.items()}
        sorted_ = _sort(checks, own.checks, of, lambda a: a.i)
        one.checks = {}
        for (p, item), check in sorted_.items():
            one.checks.setdefault(p, {})[item] = check
        one.acks = _narrow(_sort(_wide(one.acks), own.acks, of, lambda a: a.i))
        one.heard = _narrow(_sort(_wide(one.heard), own.heard, of, lambda m: -m))
    for say in s.says.values():
        if say.own_ups:
            say.ups = _narrow(_sort(_wide(say.ups), say.own_ups, of, lambda m: -m))


def _sort(found: dict[K, V], own: dict[K, V], of: Families, order: Callable[[V], int]) -> dict[K, V]:
    everybody = {p: head for head, entries in of.items() for p in entries}
    out = {key: one for key, one in found.items() if key[0] not in everybody}
    for (p, rest), one in own.items():
        head = everybody.get(p)
        if head is not None and ((head, rest) not in out or order(one) > order(out[head, rest])):
            out[head, rest] = one
    return out


def _sort_answers(one: Round, own: dict[K, Answer], of: Families) -> None:
    """The same through `put` and `drop`, which count."""
    sorted_ = _sort(one.answers, own, of, lambda a: a.i)
    for key in [key for key in one.answers if key not in sorted_]:
        one.drop(*key)
    for key, answer in sorted_.items():
        if one.answers.get(key) is not answer:
            one.put(*key, answer)


def every_round(s: Session) -> Iterator[Round]:
    return (one for rounds in s.runs.values() for one in rounds)


def _wide(found: dict[str, V]) -> dict[K, V]:
    return {(p, ""): one for p, one in found.items()}


def _narrow(found: dict[K, V]) -> dict[str, V]:
    return {p: one for (p, _), one in found.items()}
