"""Groups of a breakout: who goes where. Pure sums over a round; the rules decide with them, the fold places with them.

While a round is open, everybody who is in the room is in exactly one group (with `assign: self`: whoever has chosen),
and nobody else is in any. `Round.group_of` also remembers who left from which group: they come back to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fieldkit.core.state import Person, Round

if TYPE_CHECKING:
    from fieldkit.core.session import Session

SIZE = 4
"""People a group where the pack names neither size nor number."""


def how_many(people: int, size: int | None, number: int | None) -> int:
    """How many groups: at most `size` people each, or `number` groups, but never so many that somebody is alone.

    >>> how_many(7, 2, None), how_many(11, 4, None), how_many(5, None, 4)
    (3, 3, 2)
    """
    wanted = number if number is not None else -(-people // (size or SIZE))
    return max(1, min(wanted, people // 2) if people else wanted)


def deal(people: Iterable[str], n: int, seed: str) -> list[list[str]]:
    """Everybody into one of `n` groups whose sizes differ by at most one: by the hash of `seed` and `p`, so that
    neither the order of arrival nor a name decides."""
    mixed = sorted(people, key=lambda p: hashlib.sha256(f"{seed}\n{p}".encode()).digest())
    return [mixed[k::n] for k in range(n)]


def smallest(sizes: Sequence[int]) -> int:
    """Position of the smallest group, the first of several."""
    return min(range(len(sizes)), key=lambda k: (sizes[k], k))


def list_label(person: Person) -> str:
    """What the roster calls somebody's group: its column `group`, else the crew; at most 20 characters."""
    noted = next((pair[1] for pair in person.notes if pair[0].casefold() == "group"), "")
    return (person.fields.get("group") or noted or person.fields.get("crew", ""))[:20].strip()


def full(one: Round, k: int) -> bool:
    """Whether a group that people choose themselves has no place left: of the pack's size, else of an even share of
    those who were here when it opened (of more, if more are here later: there is a place for everybody)."""
    size = one.activity.group_size or max(1, -(-one.crowd // len(one.groups)))
    return len(one.groups[k].members) >= size


def seat(one: Round, p: str, k: int) -> None:
    """Into group `k`, out of the one before."""
    unseat(one, p)
    one.groups[k].members.append(p)
    one.group_of[p] = k


def unseat(one: Round, p: str) -> None:
    """Out of its group, which stays remembered."""
    k = one.group_of.get(p)
    if k is not None and p in one.groups[k].members:
        one.groups[k].members.remove(p)


def entered(one: Round, person: Person) -> None:
    """Somebody is in the room: back into their group, else into the one on their list, else into the smallest.

    Where people choose themselves, only who had chosen goes back, if there is still a place.
    """
    k = one.group_of.get(person.p)
    if k is not None:
        if person.p in one.groups[k].members:
            return
        if one.activity.assign != "self" or not full(one, k):
            seat(one, person.p, k)
            return
        del one.group_of[person.p]
    if one.activity.assign == "self":
        return
    label = list_label(person).casefold() if one.activity.assign == "list" else ""
    listed = [n for n, g in enumerate(one.groups) if label and g.label.casefold() == label]
    seat(one, person.p, listed[0] if listed else smallest([len(g.members) for g in one.groups]))


def scribe(s: Session, one: Round, k: int) -> str:
    """Who writes for group `k`: who wrote first and is still in it with a phone. While nobody has, its first member
    with a phone whose words may be recorded is suggested (`written` tells the two apart). Empty when nobody can."""
    return written(s, one, k) or next(iter(able(s, one, k)), "")


def written(s: Session, one: Round, k: int) -> str:
    """Who has written for group `k` and still can: nobody else does then. Empty while anybody of the group may."""
    wrote = one.groups[k].scribe
    return wrote if wrote in able(s, one, k) else ""


def able(s: Session, one: Round, k: int) -> list[str]:
    people = (s.people.get(p) for p in one.groups[k].members)
    return [who.p for who in people if who is not None and who.seated and not who.objected]


def own_group(s: Session, p: str) -> tuple[Round, int] | None:
    """The group that somebody is in or was in last: of the newest breakout that placed them."""
    for activity, no in reversed(s.order):
        one = s.runs[activity][no - 1]
        if not one.void and p in one.group_of:
            return one, one.group_of[p]
    return None
