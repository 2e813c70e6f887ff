"""wordcloud: a few words from each, counted with case, accents and spaces folded. The words are in the opening."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fieldkit.core.activities.base import Checked, Open, Row
from fieldkit.core.activities.short import cloud
from fieldkit.core.activities.words import WORD, fold, split_words
from fieldkit.core.plan import Activity, Plan
from fieldkit.core.refusals import Refusal

if TYPE_CHECKING:
    from fieldkit.core.state import Round

MOST = 3
"""Words, where the pack does not say."""
JOIN = ", "


class WordCloud(Open):
    name = "wordcloud"

    def check(self, a: Activity, v: Sequence[str], text: str | None, q: str = "") -> Checked | Refusal:
        words = split_words([*v, text or ""])
        if not words:
            return Refusal("text-missing", a.id)
        if len(words) > most(a) or any(len(word) > WORD for word in words):
            return Refusal("too-long", a.id)
        return Checked([], JOIN.join(words))

    def keys(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> Sequence[str]:
        return list(dict.fromkeys(fold(word) for word in said(text)))

    def tally(self, plan: Plan, one: Round, lang: str) -> list[Row]:
        return cloud(self, one, JOIN)

    def spell(self, plan: Plan, a: Activity, v: Sequence[str], text: str | None, lang: str, q: str = "") -> str:
        return text or ""


def most(a: Activity) -> int:
    """How many words one person may send."""
    return a.max_words or MOST


def said(text: str | None) -> list[str]:
    """The words of one answer as it is recorded."""
    return text.split(JOIN) if text else []
