"""breakout: groups with place, prompt and time; what a group found out is said by its scribe (`say.put`).

With `assign: self` people choose their group with an answer `["g2"]`, which `core.rulings.groups` judges: the groups
are the round's, not the pack's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.core.activities.base import Open

if TYPE_CHECKING:
    from fieldkit.core.state import Round


class Breakout(Open):
    name = "breakout"
    votes = False
    exclusive = False
    takes = "say"
    expected = False
    personal = True
    texts = True

    def done(self, one: Round, ids: frozenset[str]) -> bool:
        """Who was in a group took part, whoever wrote for it."""
        return not ids.isdisjoint(one.group_of) or not ids.isdisjoint(one.heard)
