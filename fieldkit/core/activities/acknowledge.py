"""acknowledge: a worker signs with name and meaning (`ack.sign`). Its result is who signed, not a count of options."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.activities.base import Checked, Kind
from fieldkit.core.plan import Activity
from fieldkit.core.refusals import Refusal


class Acknowledge(Kind):
    name = "acknowledge"
    votes = False
    takes = "ack"
    revealable = False

    def check(self, a: Activity, v: Sequence[str], text: str | None) -> Checked | Refusal:
        return Refusal("wrong-value", a.id)

    def right(self, a: Activity, v: Sequence[str]) -> bool | None:
        return None

    def correct(self, a: Activity) -> list[str] | None:
        return None
