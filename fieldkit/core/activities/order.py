"""order: things are put in order by tapping. `v` holds every id once, in the order given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fieldkit.core.activities.base import Checked, Kind, Row, shuffled
from fieldkit.core.plan import Activity, Option, Plan
from fieldkit.core.refusals import Refusal

if TYPE_CHECKING:
    from fieldkit.core.state import Round


class Order(Kind):
    name = "order"

    def options(self, a: Activity) -> list[Option]:
        """Shuffled: authors write the steps down in their order, and that must not be what the phone shows. Of two,
        never showing the key would show the key."""
        mixed = shuffled(a.id, a.options)
        return [*mixed[1:], *mixed[:1]] if len(mixed) > 2 and [o.id for o in mixed] == a.answer else mixed

    def check(self, a: Activity, v: Sequence[str], text: str | None, q: str = "") -> Checked | Refusal:
        ids = {o.id for o in a.options}
        if not set(v) <= ids:
            return Refusal("unknown-option", a.id)
        if text or len(v) != len(ids) or set(v) != ids:
            return Refusal("wrong-value", a.id)
        return Checked(list(v))

    def keys(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> Sequence[str]:
        return [f"{k}={one}" for k, one in enumerate(v, 1)]

    def right(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> bool | None:
        return list(v) == a.answer if a.answer else None

    def hits(self, a: Activity, key: str) -> bool:
        return key in self.keys(a, a.answer)

    def live(self, a: Activity) -> bool:
        return False

    def tally(self, plan: Plan, one: Round, lang: str) -> list[Row]:
        """For each place what was put there and what belongs there, in words: `1. Shut down`."""
        a, counts = one.activity, self.counts(one)
        words = {o.id: plan.say(o.text, lang) for o in a.options}
        places = [(f"{k}={id}", f"{k}. {said}") for k in range(1, len(words) + 1) for id, said in words.items()]
        return [(key, said, counts.get(key, 0)) for key, said in places if key in counts or self.hits(a, key)]

    def spell(self, plan: Plan, a: Activity, v: Sequence[str], text: str | None, lang: str, q: str = "") -> str:
        words = {o.id: plan.say(o.text, lang) for o in a.options}
        return "; ".join(f"{k}. {words.get(one, one)}" for k, one in enumerate(v, 1))
