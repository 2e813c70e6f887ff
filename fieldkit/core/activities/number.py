"""number: a number is typed. Right by the plan's range; a decimal comma is taken, the record holds a point."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from fieldkit.core.activities.base import Checked, Kind, Row
from fieldkit.core.activities.words import number
from fieldkit.core.plan import Activity, Plan
from fieldkit.core.refusals import Refusal

if TYPE_CHECKING:
    from fieldkit.core.state import Round


class Number(Kind):
    name = "number"

    def check(self, a: Activity, v: Sequence[str], text: str | None, q: str = "") -> Checked | Refusal:
        value = number(v[0]) if len(v) == 1 and not text else None
        return Refusal("wrong-value", a.id) if value is None else Checked([value])

    def keys(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> Sequence[str]:
        return v or ((text,) if text else ())

    def keyed(self, a: Activity, q: str = "") -> bool:
        return a.number is not None

    def right(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> bool | None:
        span = a.number
        if span is None:
            return None
        typed = number(v[0]) if len(v) == 1 else None
        if typed is None:
            return False
        value = Decimal(typed)
        if span.exact is not None:
            return value == Decimal(span.exact)
        low, high = span.min, span.max
        return (low is None or value >= Decimal(low)) and (high is None or value <= Decimal(high))

    def correct(self, a: Activity) -> list[str] | None:
        """In signs that need no translation: `4`, `3 – 5`, `≥ 3`, `≤ 5`."""
        span = a.number
        if span is None:
            return None
        if span.exact is not None:
            return [span.exact]
        if span.min is not None and span.max is not None:
            return [f"{span.min} – {span.max}"]
        return [f"≥ {span.min}" if span.min is not None else f"≤ {span.max}"]

    def hits(self, a: Activity, key: str) -> bool:
        return self.right(a, [key]) is True

    def tally(self, plan: Plan, one: Round, lang: str) -> list[Row]:
        """The numbers that were given, from the smallest."""
        counts = self.counts(one)
        return [(key, key, counts[key]) for key in sorted(counts, key=Decimal)]
