"""checklist: a skill shown and signed off, item by item, by the trainer or an evaluator; no answers from phones."""

from __future__ import annotations

from fieldkit.core.activities.base import Open


class Checklist(Open):
    name = "checklist"
    votes = False
    exclusive = False
    takes = "check"
    revealable = False
