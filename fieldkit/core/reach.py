"""How far people get: how many came in with a device, how many did anything that was asked."""

from __future__ import annotations

from fieldkit.core.session import Session

BY_DEVICE = frozenset({"phone", "terminal", "shared", "kiosk"})
"""Ways of coming in that need the network; a badge scanned at the laptop needs none."""


def came_by_device(s: Session) -> int:
    """People who came in over the network, at any time."""
    return sum(1 for one in s.people.values() if not one.gone and not BY_DEVICE.isdisjoint(one.vias))


def took_part(s: Session) -> int:
    """People who have done anything that was asked. Of an anonymous round only its number is known, so it is at least
    that of the largest."""
    who: set[str] = set()
    most = 0
    for rounds in s.runs.values():
        for one in rounds:
            who |= one.who()
            most = max(most, one.answered())
    return max(most, len(who))
