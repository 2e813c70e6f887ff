"""checklist: a skill shown and signed off, item by item, by the trainer or an evaluator; no answers from phones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fieldkit.core.activities.base import Open
from fieldkit.core.plan import Activity

if TYPE_CHECKING:
    from fieldkit.core.state import Check, Round


class Checklist(Open):
    name = "checklist"
    votes = False
    exclusive = False
    takes = "check"
    expected = False
    personal = True
    revealable = False

    def done(self, one: Round, ids: frozenset[str]) -> bool:
        """Passed; to have been looked at is not enough."""
        return any(passed(one.activity, one.checks.get(p, {})) for p in ids)


def passed(a: Activity, found: Mapping[str, Check]) -> bool | None:
    """True: every critical item is ok, and as many items as the pack asks for (default: all). False: that cannot come
    about any more unless an item is judged anew. None: not finished."""
    least = a.items_min if a.items_min is not None else len(a.items)
    good = sum(1 for item in a.items if (check := found.get(item.id)) is not None and check.ok)
    bad = {item.id for item in a.items if (check := found.get(item.id)) is not None and not check.ok}
    waits = len(a.items) - good - len(bad)
    if any(item.critical and item.id in bad for item in a.items) or good + waits < least:
        return False
    missing = any(item.critical and item.id not in found for item in a.items)
    return None if missing or good < least else True
