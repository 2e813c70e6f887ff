"""attendance: a roll call. Everybody present is asked to say `here`; each ask is a round of a built-in activity.

The answers are proofs of presence, never its end: a phone that sleeps through a roll call is no absence.
"""

from __future__ import annotations

from fieldkit.core.activities.base import Open
from fieldkit.core.plan import ATTENDANCE, Activity

ROLL_CALL = Activity(id=ATTENDANCE, type=ATTENDANCE, text=["Are you here?"], reveal="never")


class RollCallKind(Open):
    name = ATTENDANCE
    votes = False
    takes = "here"
    personal = True
    revealable = False
