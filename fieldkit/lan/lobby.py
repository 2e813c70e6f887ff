"""The lobby: how many come in by themselves, by phone or at the kiosk, and who waits for a place of the trainer's.

The desk counts who is in; here are those on their way, so that the limit holds however many come at once. All of it is
in memory: after a restart nobody is admitted in advance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.lan.doors import RoomDoor

if TYPE_CHECKING:
    from fieldkit.desk import Desk


class Lobby:
    """One session's. Each `takes` that says yes is followed by one `done`."""

    def __init__(self, desk: Desk, door: RoomDoor) -> None:
        self._desk = desk
        self._door = door
        self._coming: set[str] = set()
        """`new_p` of those whose arrival is being saved."""
        self._given: set[str] = set()
        """Of them, who has one of the trainer's places."""

    def takes(self, new_p: str, badge: str, knocker: str) -> bool:
        """Whether they may come in now; else they wait, known as `knocker`.

        The roster's people, and whoever was in before, never wait behind strangers.
        """
        desk = self._desk
        if badge and desk.session.shown(badge) is not None:
            return True
        if not self._full():
            self._coming.add(new_p)
            return True
        if desk.pulse.take_place():
            self._given.add(new_p)
            return True
        if desk.pulse.knocked(knocker):
            desk.pulse_changed()
        return False

    def done(self, new_p: str, knocker: str, came: bool) -> None:
        """Their arrival is saved, or will not be; a place that was not used is somebody else's."""
        self._coming.discard(new_p)
        if new_p in self._given:
            self._given.discard(new_p)
            self._desk.pulse.admitted += not came
        if came:
            self._desk.pulse.waiting.pop(knocker, None)

    def _full(self) -> bool:
        s, audience = self._desk.session, max(self._desk.plan.audience_size, default=0)
        if self._door.full(s.joined + len(self._coming), s.expected, audience):
            self._coming = {p for p in self._coming if p not in s.people}  # the others are counted as joined by now
        return self._door.full(s.joined + len(self._coming), s.expected, audience)
