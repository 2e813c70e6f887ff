"""text: a few words from each (an exit ticket). The words are in the opening; `v` is empty."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.activities.base import Checked, Open
from fieldkit.core.plan import Activity
from fieldkit.core.refusals import Refusal

MOST = 500


class FreeText(Open):
    name = "text"
    revealable = False
    texts = True

    def check(self, a: Activity, v: Sequence[str], text: str | None, q: str = "") -> Checked | Refusal:
        if v:
            return Refusal("wrong-value", a.id)
        if not text:
            return Refusal("text-missing", a.id)
        if len(text) > (a.max_chars or MOST):
            return Refusal("too-long", a.id)
        return Checked([], text)
