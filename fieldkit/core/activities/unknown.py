"""A type that a later release knows: kept, shown by its question, never run (docs/architecture.md, law 4)."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.activities.base import Checked, Open
from fieldkit.core.plan import Activity
from fieldkit.core.refusals import Refusal


class UnknownKind(Open):
    name = "unknown"
    revealable = False

    def check(self, a: Activity, v: Sequence[str], text: str | None, q: str = "") -> Checked | Refusal:
        return Refusal("type-waits", a.id)


UNKNOWN = UnknownKind()
