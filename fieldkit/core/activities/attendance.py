"""attendance: a roll call. Everybody present is asked to say `here`; each ask is a round of a built-in activity.

The answers are proofs of presence, never its end: a phone that sleeps through a roll call is no absence.
"""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.activities.base import Checked, Kind
from fieldkit.core.plan import ATTENDANCE, Activity
from fieldkit.core.refusals import Refusal

ROLL_CALL = Activity(id=ATTENDANCE, type=ATTENDANCE, text=["Are you here?"], reveal="never")


class RollCallKind(Kind):
    name = ATTENDANCE
    votes = False
    takes = "here"
    revealable = False

    def check(self, a: Activity, v: Sequence[str], text: str | None) -> Checked | Refusal:
        return Refusal("wrong-value", a.id)

    def right(self, a: Activity, v: Sequence[str]) -> bool | None:
        return None

    def correct(self, a: Activity) -> list[str] | None:
        return None
