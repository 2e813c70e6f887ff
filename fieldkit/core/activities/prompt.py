"""prompt: open discussion. People say something (`say.put`), vote for what others said, the trainer hides and pins.

It is answered with `say`, never with `answer`; several may be open beside another activity.
"""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.activities.base import Checked, Kind
from fieldkit.core.plan import Activity
from fieldkit.core.refusals import Refusal


class Prompt(Kind):
    name = "prompt"
    votes = False
    exclusive = False
    takes = "say"
    texts = True

    def check(self, a: Activity, v: Sequence[str], text: str | None) -> Checked | Refusal:
        return Refusal("wrong-value", a.id)

    def right(self, a: Activity, v: Sequence[str]) -> bool | None:
        return None

    def correct(self, a: Activity) -> list[str] | None:
        return None
