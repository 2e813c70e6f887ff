"""hotspot: a place on one picture is tapped, judged here; in words for whom the picture says nothing.

`v` = places `x,y` as fractions of width and height, or ids of the fallback, never both. With a key: as many places as
it has targets, each target hit once. Without: a hazard heat map of one to five places a person.
A circle's radius is a fraction of the width across and of the height down, as a picture stretched to a square shows it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Protocol

from fieldkit.core.activities.base import Checked, OptionKind, Row
from fieldkit.core.plan import Activity, Option, Plan, Target
from fieldkit.core.refusals import Refusal

if TYPE_CHECKING:
    from fieldkit.core.state import Round

MOST = 5
"""Places one person may tap where there is no key."""
ELSEWHERE = "elsewhere"
RIGHT_PLACE, PLACE = "the right place", "place"
"""Words of regions that have none, English as message ids are; a number may follow."""
_PLACE = re.compile(r"(0|1|0?\.[0-9]{1,20}|0\.|1\.0{0,20}),(0|1|0?\.[0-9]{1,20}|0\.|1\.0{0,20})\Z")
_STEP = Decimal("0.0001")

Point = tuple[Decimal, Decimal]


class Hotspot(OptionKind):
    name = "hotspot"
    hands = False

    def options(self, a: Activity) -> list[Option]:
        """The fallback's."""
        return a.fallback.options if a.fallback else []

    def several(self, a: Activity) -> bool:
        """In words, as a choice: one, unless several are right or nothing is."""
        return a.fallback is not None and len(a.fallback.answer) != 1

    def check(self, a: Activity, v: Sequence[str], text: str | None, q: str = "") -> Checked | Refusal:
        if text or not v:
            return Refusal("wrong-value", a.id)
        if not any("," in one for one in v):
            ids = [o.id for o in self.options(a) if o.id in v]
            if len(ids) != len(set(v)):
                return Refusal("unknown-option", a.id)
            if len(ids) != len(v):
                return Refusal("wrong-value", a.id)
            return Checked(ids) if self.several(a) or len(ids) == 1 else Refusal("one-choice", a.id)
        found = [place(one) for one in v]
        spelled = [spelled_place(one) for one in found if one is not None]
        fits = len(v) == len(a.answer) if a.answer else len(v) <= MOST
        if len(spelled) != len(v) or not fits:
            return Refusal("wrong-value", a.id)
        return Checked(sorted(spelled))

    def keys(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> Sequence[str]:
        """Targets hit, and `elsewhere` if any place is in none; or the ids of the fallback."""
        points = [at for one in v or ([text] if text else []) if (at := place(one)) is not None]
        if not points:
            return v
        hit = [t.id for t in a.targets if any(inside(t, at) for at in points)]
        missed = any(not any(inside(t, at) for t in a.targets) for at in points)
        return [*hit, ELSEWHERE] if missed else hit

    def right(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> bool | None:
        if not a.answer:
            return None
        points = [at for one in v if (at := place(one)) is not None]
        if not points:
            answer = a.fallback.answer if a.fallback else []
            return bool(answer) and sorted(v) == sorted(answer)
        return len(points) == len(a.answer) and all_hit([t for t in a.targets if t.id in a.answer], points)

    def hits(self, a: Activity, key: str) -> bool:
        fallback = a.fallback.answer if a.fallback and a.answer else []
        return key in a.answer or (key in fallback and key not in {t.id for t in a.targets})

    def live(self, a: Activity) -> bool:
        return not a.answer

    def tally(self, plan: Plan, one: Round, lang: str) -> list[Row]:
        """Each region, `elsewhere`, then what was chosen in words. An id that is both is one row."""
        a, counts = one.activity, self.counts(one)
        words = {o.id: plan.say(o.text, lang) for o in self.options(a)}
        regions = regions_said(plan, a, lang)
        rows = [(id, said, counts.get(id, 0)) for id, said in [*regions.items(), (ELSEWHERE, ELSEWHERE)]]
        return rows + [(id, said, counts[id]) for id, said in words.items() if id in counts and id not in regions]

    def spell(self, plan: Plan, a: Activity, v: Sequence[str], text: str | None, lang: str, q: str = "") -> str:
        if not any("," in one for one in v):
            return super().spell(plan, a, v, text, lang, q)
        words = regions_said(plan, a, lang)
        return "; ".join(words.get(key, key) for key in self.keys(a, v))

    def key_said(self, plan: Plan, a: Activity, lang: str) -> str:
        words = regions_said(plan, a, lang)
        return "; ".join(words.get(key, key) for key in a.answer)


def regions_said(plan: Plan, a: Activity, lang: str) -> dict[str, str]:
    """Target id → its words: the choice of the same id; where one place and one choice are right, that choice; else a
    number among the right ones or among all. Packs give regions no words of their own."""
    words = {o.id: plan.say(o.text, lang) for o in (a.fallback.options if a.fallback else [])}
    right = a.fallback.answer if a.fallback else []
    said: dict[str, str] = {}
    for n, target in enumerate(a.targets, 1):
        if target.id in words:
            said[target.id] = words[target.id]
        elif target.id not in a.answer:
            said[target.id] = f"{PLACE} {n}"
        elif len(a.answer) == 1:
            said[target.id] = words.get(right[0], RIGHT_PLACE) if len(right) == 1 else RIGHT_PLACE
        else:
            said[target.id] = f"{RIGHT_PLACE} {1 + sum(x in a.answer for x in said)}"
    return said


def most(a: Activity) -> int:
    """How many places one person taps."""
    return len(a.answer) or MOST


def place(typed: str) -> Point | None:
    """`0.412,0.655` → fractions of at most four decimals; None for what is no place in the picture."""
    found = _PLACE.match(typed)
    if found is None:
        return None
    x, y = (Decimal(one).quantize(_STEP, ROUND_HALF_UP) for one in found.groups())
    return x, y


def spelled_place(at: Point) -> str:
    return ",".join(plain(one) for one in at)


def plain(one: Decimal) -> str:
    text = format(one, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class Region(Protocol):
    """A target of the plan, or of a view."""

    @property
    def shape(self) -> str: ...
    @property
    def at(self) -> Sequence[str]: ...


def inside(target: Region, at: Point) -> bool:
    """Edges included. A region whose numbers cannot be read holds nothing: plans of other laptops are folded too."""
    x, y = at
    try:
        n = [Decimal(one) for one in target.at]
        if target.shape == "circle" and len(n) == 3:
            return (x - n[0]) ** 2 + (y - n[1]) ** 2 <= n[2] ** 2
        return len(n) == 4 and n[0] <= x <= n[0] + n[2] and n[1] <= y <= n[1] + n[3]
    except ArithmeticError:
        return False


def heat(points: Iterable[Sequence[str]], columns: int, rows: int) -> Counter[tuple[int, int]]:
    """Taps by the cell (column, row) of the picture they are in; the right and lower edge belong to the last one. What
    is no place in the picture is in none."""
    found = (place(",".join(point)) for point in points)
    return Counter((min(columns - 1, int(at[0] * columns)), min(rows - 1, int(at[1] * rows))) for at in found if at)


def all_hit(targets: Sequence[Target], points: Sequence[Point]) -> bool:
    """Whether each target can have a place of its own: where regions overlap, one tap never counts for two."""
    taken: dict[int, int] = {}

    def give(k: int, tried: set[int]) -> bool:
        for n, at in enumerate(points):
            if n in tried or not inside(targets[k], at):
                continue
            tried.add(n)
            if n not in taken or give(taken[n], tried):
                taken[n] = k
                return True
        return False

    return all(give(k, set()) for k in range(len(targets)))
