"""What the trainer's phone may wish, as the core's intents. Whether it may be done is for the rules to say.

The phone's role is `remote` (`core.rulings.consoles`): what is not in this table, such as ending the session or voiding
a round, it cannot even say.
"""

from __future__ import annotations

from collections.abc import Callable

from fieldkit.consoles.remote_wire import Wish
from fieldkit.core import intents as w
from fieldkit.core.clean import clean_text
from fieldkit.core.intents import Intent

OFF = "off"
"""The phone gives the remote back. No intent."""

TICK = "tick"
"""Somebody is ticked off the roll of an alarm (`who`, `ok`), or not. No intent: ticks are no records."""

WISHES: dict[str, Callable[[Wish], Intent]] = {
    "next": lambda d: w.NextStep(small=d.small),
    "open": lambda d: w.OpenActivity(activity=d.activity, small=d.small),
    "close": lambda d: w.CloseActivity(activity=d.activity or None),
    "timer": lambda d: w.Extend(activity=d.activity or None, seconds=d.seconds),
    "reveal": lambda d: w.Reveal(activity=d.activity or None),
    "hide": lambda d: w.Hide(activity=d.activity or None),
    "minutes": lambda d: w.ChangePlan(segment=d.segment, minutes=d.minutes),
    "note": lambda d: w.AddNote(text=clean_text(d.text, 3 * len(d.text))),
    "check": lambda d: w.MarkItem(who=d.who, activity=d.activity, item=d.item, ok=d.ok),
    "mark": lambda d: w.Mark(who=d.who, status=d.status, reason=clean_text(d.text)),
    "here": lambda d: w.RollCall(),
    "pause": lambda d: w.Pause(),
    "alarm": lambda d: w.Pause(why="alarm"),
    "resume": lambda d: w.Resume(safe=d.safe),
}


def intent_of(wish: Wish) -> Intent | None:
    """None for what the phone has no word for."""
    make = WISHES.get(wish.do)
    return make(wish) if make is not None else None
