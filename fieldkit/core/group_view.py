"""Groups as the trainer, the wall and a phone show them. In a confidential breakout nobody is named but on the phones
of the group itself, so that what a group reports stays the group's."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fieldkit.core.groups import scribe
from fieldkit.core.session import Session
from fieldkit.core.state import Group, Person, Round
from fieldkit.core.views import GroupView, OpenSeat, OptionView

SHOWN_GROUPS = 24
"""Groups that every phone of the room lists; one's own is shown always."""


def name_of(s: Session, p: str) -> str:
    who = s.person(p)
    return who.name if who is not None else ""


def names_of(s: Session, group: Group) -> list[str]:
    return [name_of(s, p) for p in group.members]


def group_lines(s: Session, one: Round, *, members: bool = False) -> list[GroupView]:
    """For the trainer (with `members`) and the wall. An empty label is said by its number."""
    named = one.mode == "named"
    lines = []
    for k, g in enumerate(one.groups, 1):
        writer = scribe(s, one, k - 1) if named else ""
        lines.append(
            GroupView(
                no=k,
                label=g.label,
                place=g.place,
                size=len(g.members),
                names=names_of(s, g) if named else [],
                scribe=name_of(s, writer),
                members=list(g.members) if named and members else [],
                scribe_p=writer if members else "",
            )
        )
    return lines


def seat_groups(one: Round) -> list[GroupView]:
    """For every phone: no names."""
    return [
        GroupView(no=k, label=g.label or str(k), place=g.place, size=len(g.members))
        for k, g in enumerate(one.groups[:SHOWN_GROUPS], 1)
    ]


def choices(one: Round) -> list[OptionView]:
    """The groups as something to choose, where the pack lets people choose."""
    if one.activity.assign != "self":
        return []
    return [OptionView(f"g{k}", g.label or str(k)) for k, g in enumerate(one.groups, 1)]


def mine_groups(s: Session, one: Round, view: OpenSeat, who: Person) -> OpenSeat:
    """With the own group marked: who is in it, who writes."""
    k = one.group_of.get(who.p, -1)
    if not 0 <= k < len(one.groups) or who.p not in one.groups[k].members:
        return msgspec.structs.replace(view, mine=None)
    group, writer = one.groups[k], scribe(s, one, k)
    own = GroupView(
        no=k + 1,
        label=group.label or str(k + 1),
        place=group.place,
        size=len(group.members),
        names=names_of(s, group),
        scribe=name_of(s, writer),
        mine=True,
        writes=writer == who.p,
    )
    others: Sequence[GroupView] = [g for g in view.groups if g.no != own.no]
    mine = [f"g{own.no}"] if one.activity.assign == "self" else None
    return msgspec.structs.replace(view, groups=sorted([*others, own], key=lambda g: g.no), mine=mine)
