"""poll: a question with no right answer. Nothing is ever graded and no key exists, so none can leak."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.activities.base import OptionKind
from fieldkit.core.plan import Activity


class Poll(OptionKind):
    name = "poll"

    def keyed(self, a: Activity, q: str = "") -> bool:
        return False

    def right(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> bool | None:
        return None

    def correct(self, a: Activity) -> list[str] | None:
        return None
