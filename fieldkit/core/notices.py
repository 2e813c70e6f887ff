"""What the whole room is told: the notice that stands now, and the house's own one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fieldkit.core.session import Session

ALARM = "Alarm: stop work, go to the muster point. Your trainer calls the roll."
"""The notice of an alarm; surfaces say it in the reader's language."""


def standing(s: Session) -> str:
    """The notice that the room sees now; empty for none."""
    return next((n.text for n in reversed(s.notices) if n.room), "")
