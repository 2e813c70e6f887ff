"""breakout: groups with place, prompt and time; what a group found out is said by its scribe (`say.put`)."""

from __future__ import annotations

from fieldkit.core.activities.base import Open


class Breakout(Open):
    name = "breakout"
    votes = False
    exclusive = False
    takes = "say"
    revealable = False
    texts = True
