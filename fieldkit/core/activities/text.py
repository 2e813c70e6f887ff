"""text: a few words from each (an exit ticket). The words are in the opening; `v` is empty."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.activities.base import Checked, Kind
from fieldkit.core.plan import Activity
from fieldkit.core.refusals import Refusal

MOST = 500


class FreeText(Kind):
    name = "text"
    revealable = False
    texts = True

    def check(self, a: Activity, v: Sequence[str], text: str | None) -> Checked | Refusal:
        if v:
            return Refusal("wrong-value", a.id)
        if not text:
            return Refusal("text-missing", a.id)
        if len(text) > (a.max_chars or MOST):
            return Refusal("too-long", a.id)
        return Checked([], text)

    def keys(self, a: Activity, v: Sequence[str]) -> Sequence[str]:
        return ()

    def right(self, a: Activity, v: Sequence[str]) -> bool | None:
        return None

    def correct(self, a: Activity) -> list[str] | None:
        return None
