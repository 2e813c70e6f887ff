"""match: each on the left belongs to one on the right. `v` = `left=right` for every left, in the pack's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fieldkit.core.activities.base import Checked, Kind, Row, shuffled
from fieldkit.core.plan import Activity, Option, Plan
from fieldkit.core.refusals import Refusal

if TYPE_CHECKING:
    from fieldkit.core.state import Round


class Match(Kind):
    name = "match"

    def options(self, a: Activity) -> list[Option]:
        return []

    def check(self, a: Activity, v: Sequence[str], text: str | None, q: str = "") -> Checked | Refusal:
        left, right = [o.id for o in a.left], {o.id for o in a.right}
        found: dict[str, str] = {}
        for pair in v:
            one, mark, other = pair.partition("=")
            if not mark or one in found:
                return Refusal("wrong-value", a.id)
            if one not in left or other not in right:
                return Refusal("unknown-option", a.id)
            found[one] = other
        if text or len(found) != len(left) or not left:
            return Refusal("wrong-value", a.id)
        return Checked([f"{one}={found[one]}" for one in left])

    def live(self, a: Activity) -> bool:
        return False

    def tally(self, plan: Plan, one: Round, lang: str) -> list[Row]:
        """For each on the left what it was given and what belongs to it, in words."""
        a, counts = one.activity, self.counts(one)
        pairs = [(f"{x.id}={y.id}", f"{plan.say(x.text, lang)} → {plan.say(y.text, lang)}") for x in a.left
                 for y in a.right]  # fmt: skip
        return [(key, said, counts.get(key, 0)) for key, said in pairs if key in counts or self.hits(a, key)]

    def spell(self, plan: Plan, a: Activity, v: Sequence[str], text: str | None, lang: str, q: str = "") -> str:
        left = {o.id: plan.say(o.text, lang) for o in a.left}
        right = {o.id: plan.say(o.text, lang) for o in a.right}
        pairs = [pair.partition("=") for pair in v]
        return "; ".join(f"{left.get(one, one)} → {right.get(other, other)}" for one, _, other in pairs)


def rights(a: Activity) -> list[Option]:
    """The right side as every screen shows it: never in the order of the left, which is how authors write it."""
    mixed = shuffled(a.id, a.right)
    key = [pair.partition("=")[2] for pair in a.answer]
    # Of two, never showing the key would show the key.
    return [*mixed[1:], *mixed[:1]] if len(mixed) > 2 and [o.id for o in mixed] == key else mixed
