"""The live pulse of a session: who is connected now, how joining goes. None of it is a record (words.md)."""

from __future__ import annotations

import msgspec


class Pulse(msgspec.Struct):
    """Counts since the laptop began to serve; gone with the program."""

    streams: dict[str, int] = {}
    """p → open connections of its phone."""
    pages: int = 0
    """First pages served to phones without a seat."""
    probes: int = 0
    """Captive-portal probes answered: phones that look for the internet."""
    wrong_codes: int = 0
    foreign_hosts: int = 0
    lobby: int = 0

    @property
    def live(self) -> set[str]:
        return set(self.streams)

    def connected(self, p: str) -> None:
        self.streams[p] = self.streams.get(p, 0) + 1

    def disconnected(self, p: str) -> None:
        left = self.streams.get(p, 0) - 1
        if left > 0:
            self.streams[p] = left
        else:
            self.streams.pop(p, None)
