"""The sums of which every figure about delivery is made: whole numbers only, that add up and can be taken away again.

    plus(a, b), minus(a, b), total(many)

They hold no person: no participant's code, no badge, no name, no time, no word that anybody wrote. Keys are ids of a
plan, so that sums with keys are of one version of one pack; `delivery` of several packs may be added all the same.
Adding is associative and commutative, `Figures()` changes nothing, and what came to nothing has no entry: two equal
sums are equal as structs, whatever way they came about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

S = TypeVar("S", bound="Sums")


class Sums(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Whole numbers, sums, and sums by id; nothing else may be a field."""


class Pace(Sums, frozen=True):
    """A segment, or a session as a whole, in the sessions whose plan has it. Times in ms of running time.

    `timed`: those that were entered and have minutes in the plan; the four after it are over these alone.
    """

    n: int = 0
    run: int = 0
    skipped: int = 0
    changed: int = 0
    """The trainer gave it other minutes for the day; the plan's are what it is compared with all the same."""
    timed: int = 0
    planned_ms: int = 0
    real_ms: int = 0
    off_ms: int = 0
    """Sum of |real − planned|."""
    within: int = 0
    """Sessions with |real − planned| of at most 20 % of what was planned."""


class Took(Sums, frozen=True):
    """An activity. `planned`: sessions in which a step opens it; `asked` and `answered` count people a session."""

    planned: int = 0
    run: int = 0
    skipped: int = 0
    void: int = 0
    """Sessions in which every round of it was made void."""
    asked: int = 0
    """On the sheet, and in the room while it was open; or answered."""
    answered: int = 0


class Spread(Sums, frozen=True):
    """The answers in force of one question in one round. `judged`: those of which it is known whether they are
    right."""

    n: int = 0
    judged: int = 0
    right: int = 0
    counts: dict[str, int] = {}
    """Code of the plan (option, `place=option`, `left=right`, target) → how many."""


class Item(Sums, frozen=True):
    """A question with a right answer, in the newest round that counts. `x` is 1 for right and 0 for wrong, `r` the
    right answers of the same person to all the other questions of the test."""

    n: int = 0
    right: int = 0
    whole: int = 0
    """People who answered every graded question of a session in which all of them were run; the sums are over them."""
    x: int = 0
    r: int = 0
    xx: int = 0
    rr: int = 0
    xr: int = 0
    sure_right: int = 0
    sure_wrong: int = 0
    unsure_right: int = 0
    unsure_wrong: int = 0


class Gain(Sums, frozen=True):
    """People who answered all of the question before and all of the one after. A quiz is as many points as it has
    questions."""

    n: int = 0
    pre_points: int = 0
    pre_of: int = 0
    post_points: int = 0
    post_of: int = 0
    rose: int = 0
    fell: int = 0


class Moved(Sums, frozen=True):
    """People who answered the first and the newest round of a question, wrong or right."""

    stayed_right: int = 0
    became_right: int = 0
    became_wrong: int = 0
    stayed_wrong: int = 0


class Agreed(Sums, frozen=True):
    """An item of a checklist that two evaluators judged of the same person: the first one's verdict, the second's."""

    yes_yes: int = 0
    yes_no: int = 0
    no_yes: int = 0
    no_no: int = 0


class Delivery(Sums, frozen=True):
    """What can be added up over packs. People are counted once a session, under all their entries."""

    sessions: int = 0
    full: int = 0
    """Sessions that are to run the whole plan: neither make-ups nor visits to judge skills. Pace and what was planned
    or skipped are theirs alone."""
    named: int = 0
    """Sessions whose recorded policy names an agreement under which others may see the trainer's figures by name."""
    people: int = 0
    """On the sheet."""
    expected: int = 0
    present: int = 0
    """Neither absent nor excused."""
    excused: int = 0
    walkins: int = 0
    """Present, and not expected."""
    asked: int = 0
    answered: int = 0
    planned: int = 0
    """Activities that a step opens."""
    run: int = 0
    """Of those planned."""
    skipped: int = 0
    spots: int = 0
    """Questions made on the spot."""
    segments: int = 0
    """Segments of the plan, breaks left out."""
    segments_skipped: int = 0
    pace: Pace = Pace()
    """Of the sessions as a whole."""


class Figures(Sums, frozen=True):
    """Everything. `segments` and `activities` by id, `items` and `spread` by `activity` or `activity/question`, `gain`
    by the question after, `agreed` by `activity/item`."""

    delivery: Delivery = Delivery()
    segments: dict[str, Pace] = {}
    activities: dict[str, Took] = {}
    spread: dict[str, dict[str, Spread]] = {}
    """Question → number of the round among those that count → answers."""
    items: dict[str, Item] = {}
    gain: dict[str, Gain] = {}
    moved: dict[str, Moved] = {}
    agreed: dict[str, Agreed] = {}


NOTHING = Figures()


def plus(a: S, b: S) -> S:
    """Both together, exactly."""
    return _sum(a, b, 1)


def minus(a: S, b: S) -> S:
    """What is left of `a` without `b`; `minus(plus(a, b), b) == a`."""
    return _sum(a, b, -1)


def total(many: Iterable[Figures]) -> Figures:
    out = NOTHING
    for one in many:
        out = plus(out, one)
    return out


def tidy(one: S) -> S:
    """The same without entries of nothing, as `plus` leaves it."""
    return _sum(one, type(one)(), 1)


def _sum(a: S, b: S, sign: int) -> S:
    return type(a)(**{name: _both(getattr(a, name), getattr(b, name), sign) for name in a.__struct_fields__})


def _both(a: Any, b: Any, sign: int) -> Any:
    if isinstance(a, int):
        return a + sign * b
    if isinstance(a, Sums):
        return _sum(a, b, sign)
    found = {}
    for key in (*a, *(key for key in b if key not in a)):
        mine, theirs = a.get(key), b.get(key)
        nothing = _nothing(mine if mine is not None else theirs)
        value = _both(nothing if mine is None else mine, nothing if theirs is None else theirs, sign)
        if value != nothing:
            found[key] = value
    return found


def _nothing(one: Any) -> Any:
    return 0 if isinstance(one, int) else {} if isinstance(one, dict) else type(one)()
