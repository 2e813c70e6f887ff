"""The live pulse of a session: who is connected now, how joining goes. None of it is a record (docs/glossary.md)."""

from __future__ import annotations

import msgspec

from fieldkit.core.records import Draft, Record, SegmentEntered, SessionClosed, TempoTallied
from fieldkit.core.views import RoomView, Tempo

HEARD_S = 90.0
"""A phone without script counts as there for so long after its last request: its page asks again every few seconds,
but not where somebody may be typing."""
MOST_WAITING = 10_000
"""Whoever has the room code could knock under a new name for ever; what is remembered of it ends here."""


class Pulse(msgspec.Struct):
    """Counts since the laptop began to serve; gone with the program."""

    streams: dict[str, int] = {}
    """p → open connections of its phone."""
    asked: dict[str, float] = {}
    """p → when its phone last asked for something, on the event loop's clock; forgotten after HEARD_S."""
    news: bool = False
    """Somebody without a stream has asked again, and nobody was told yet."""
    pages: int = 0
    """First pages served to phones without a seat."""
    probes: int = 0
    """Captive-portal probes answered: phones that look for the internet."""
    wrong_codes: int = 0
    foreign_hosts: int = 0
    waiting: dict[str, None] = {}
    """Who was refused `lobby` and has not come in since, the first to knock first."""
    admitted: int = 0
    """Places beyond the limit that the trainer has given and nobody has taken yet."""
    tempo: dict[str, str] = {}
    """p → their newest tap in this segment: lost, ok or faster."""
    mustered: set[str] = set()
    """Who was ticked off since the alarm was raised, by the ids of its roll: one list for every console."""
    ticks_lost: bool = False
    """The program came back to an alarm: what was ticked off before is gone."""

    @property
    def live(self) -> set[str]:
        """Whose phone is there: a stream is open, or a page without script was asked for just now."""
        return {*self.streams, *self.asked}

    # ---- the lobby

    @property
    def lobby(self) -> int:
        """How many wait at the door."""
        return len(self.waiting)

    def knocked(self, who: str) -> bool:
        """Somebody was refused `lobby`; True if they had not knocked before."""
        if who in self.waiting or len(self.waiting) >= MOST_WAITING:
            return False
        self.waiting[who] = None
        return True

    def admit(self, n: int | None = None) -> int:
        """Give `n` places (None: one to each who waits); how many were given. Nobody is named: whoever knocks next."""
        given = len(self.waiting) if n is None else n
        for who in list(self.waiting)[:given]:
            del self.waiting[who]
        self.admitted += given
        return given

    def take_place(self) -> bool:
        """A place beyond the limit, if there is one. `admitted += 1` gives it back."""
        if self.admitted < 1:
            return False
        self.admitted -= 1
        return True

    # ---- tempo

    def tap(self, p: str, v: str) -> bool:
        """Keep the newest tap; True if it says something new."""
        if self.tempo.get(p) == v:
            return False
        self.tempo[p] = v
        return True

    def tallied(self, drafts: list[Draft], segment: str | None) -> list[Draft]:
        """The same records; in front of one that leaves the segment stand the sums of its taps, if there were any."""
        leaves = next((k for k, x in enumerate(drafts) if isinstance(x.fact, SegmentEntered | SessionClosed)), None)
        if leaves is None or not self.tempo:
            return drafts
        taps = list(self.tempo.values())
        sums = TempoTallied(
            segment=segment or "", lost=taps.count("lost"), ok=taps.count("ok"), faster=taps.count("faster")
        )
        return [*drafts[:leaves], Draft(sums), *drafts[leaves:]]

    def applied(self, record: Record, *, alarm: bool) -> None:
        """A record is in the fold: taps are of one segment, ticks of one alarm (`alarm`: one is on)."""
        if isinstance(record.fact, SegmentEntered | SessionClosed):
            self.tempo.clear()
        if not alarm:
            self.mustered.clear()
            self.ticks_lost = False

    def beside(self, view: RoomView) -> RoomView:
        """The view of the fold with what is live beside it."""
        taps = list(self.tempo.values())
        tempo = Tempo(lost=taps.count("lost"), ok=taps.count("ok"), faster=taps.count("faster"))
        return msgspec.structs.replace(view, lobby=self.lobby, tempo=tempo)

    # ---- the roll of an alarm

    def tick(self, who: str, on: bool) -> bool:
        """Ticked off, or not any more; True if that is new."""
        was = who in self.mustered
        (self.mustered.add if on else self.mustered.discard)(who)
        return was != on

    # ---- connections

    def connected(self, p: str) -> None:
        self.streams[p] = self.streams.get(p, 0) + 1

    def disconnected(self, p: str) -> None:
        left = self.streams.get(p, 0) - 1
        if left > 0:
            self.streams[p] = left
        else:
            self.streams.pop(p, None)
            self.asked.pop(p, None)  # what has a stream is away as soon as the stream breaks

    def heard(self, p: str, now: float) -> None:
        """Its phone asked for something."""
        self.news = self.news or (p not in self.asked and p not in self.streams)
        self.asked[p] = now

    def forget(self, now: float) -> bool:
        """Let go of phones that have been silent; True if somebody has come back or gone away since it was asked."""
        silent = [p for p, at in self.asked.items() if now - at > HEARD_S]
        for p in silent:
            del self.asked[p]
        news, self.news = self.news or any(p not in self.streams for p in silent), False
        return news
