"""short: a word or two is typed; any accepted spelling is right, case, accents and spaces aside.

The words are free text and stand in the opening; `v` is empty. Once an opening is erased nobody can judge it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from fieldkit.core.activities.base import Checked, Kind, Row, words_of
from fieldkit.core.activities.words import fold
from fieldkit.core.plan import Activity, Plan
from fieldkit.core.refusals import Refusal

if TYPE_CHECKING:
    from fieldkit.core.state import Round

MOST = 80
"""Characters, where the pack does not say."""


class Short(Kind):
    name = "short"

    def check(self, a: Activity, v: Sequence[str], text: str | None, q: str = "") -> Checked | Refusal:
        if len(v) > 1 or (v and text):
            return Refusal("wrong-value", a.id)
        said = " ".join((text or "".join(v)).split())
        if not said:
            return Refusal("text-missing", a.id)
        if len(said) > (a.max_chars or MOST):
            return Refusal("too-long", a.id)
        return Checked([], said)

    def keys(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> Sequence[str]:
        return (fold(text),) if text else ()

    def keyed(self, a: Activity, q: str = "") -> bool:
        return bool(a.spellings)

    def right(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> bool | None:
        if not a.spellings or (text is None and not v):
            return None
        return fold(text or "".join(v)) in accepted(tuple(a.spellings))

    def correct(self, a: Activity) -> list[str] | None:
        return list(a.spellings) or None

    def hits(self, a: Activity, key: str) -> bool:
        return key in accepted(tuple(a.spellings))

    def live(self, a: Activity) -> bool:
        # What most people wrote is what the rest would copy.
        return False

    def tally(self, plan: Plan, one: Round, lang: str) -> list[Row]:
        """Accepted spellings first, then the others, each as most people wrote it."""
        rows = cloud(self, one)
        return sorted(rows, key=lambda row: (not self.hits(one.activity, row[0]), -row[2], row[0]))

    def key_said(self, plan: Plan, a: Activity, lang: str) -> str:
        return "; ".join(a.spellings)

    def spell(self, plan: Plan, a: Activity, v: Sequence[str], text: str | None, lang: str, q: str = "") -> str:
        return text or ""


@lru_cache(256)
def accepted(spellings: tuple[str, ...]) -> frozenset[str]:
    """A pack's spellings, folded: the same few for every answer of a room."""
    return frozenset(fold(one) for one in spellings)


def cloud(kind: Kind, one: Round, split: str = "") -> list[Row]:
    """Words by how often they came, each in its commonest spelling; words alike in number by their letters."""
    spellings: dict[str, Counter[str]] = {}
    for said in words_of(one):
        for word in said.split(split) if split else [said]:
            spellings.setdefault(fold(word), Counter())[word] += 1
    counts = kind.counts(one)
    rows = [
        (key, min(spellings[key].items(), key=lambda x: (-x[1], x[0]))[0] if key in spellings else key, n)
        for key, n in counts.items()
    ]
    return sorted(rows, key=lambda row: (-row[2], row[0]))
