"""What was changed for today, made into records once the session runs; and the plan that is marked done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR
from fieldkit.desk import Refused

if TYPE_CHECKING:
    from fieldkit.desk import Desk
    from fieldkit.planned import Changes


async def change_plan(desk: Desk, changes: Changes) -> list[str]:
    """Submit each change as the trainer's. Segments that were refused, which the trainer is told of."""
    wished: list[w.ChangePlan] = [w.ChangePlan(segment=id, minutes=minutes) for id, minutes in changes.minutes]
    wished += [w.ChangePlan(segment=id, skip=True) for id in changes.skip]
    refused = []
    for one in wished:
        if isinstance(await desk.submit(one, FACILITATOR), Refused):
            refused.append(one.segment)
    return refused
