"""One file that waits for one phone: the attendance sheet for the supervisor who stands beside the trainer.

The link is on the trainer's screen only. Its token has 128 random bits, so nobody in the room guesses it; it works for
ten minutes and for one download, which begins with a press on the page: whatever looks ahead at links takes nothing.
Nothing here is a record; where the file went is noted by whoever made it, before the first byte leaves.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import msgspec

SECONDS = 600.0


class Paper(msgspec.Struct, frozen=True):
    """A file as a browser takes it. `kind` is its media type."""

    name: str
    kind: str
    data: bytes

    @property
    def disposition(self) -> str:
        """RFC 6266: the name in ASCII for old browsers, and as it is."""
        flat = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        plain = "".join(c if c.isalnum() or c in " -_.,()" else "_" for c in flat)
        return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(self.name, safe='')}"


Note = Callable[[str], Awaitable[None]]
"""Called with the address of the phone before the file leaves; what it raises keeps the file here."""


class Handout:
    """At most one file at a time; offering another one makes the link before it worthless. Times are seconds of a
    steady clock."""

    def __init__(self) -> None:
        self._token = ""
        self._until = 0.0
        self._paper: Paper | None = None
        self._note: Note | None = None
        self._taking = False
        self.taken_by = ""
        """The address of the phone that has the file of the last link; empty until it does."""

    def offer(self, paper: Paper, note: Note, now: float) -> None:
        self._token, self._until = secrets.token_urlsafe(16), now + SECONDS
        self._paper, self._note, self._taking, self.taken_by = paper, note, False, ""

    def off(self) -> bool:
        """The link is worth nothing any more; False if none waited."""
        was = self._paper is not None
        self._token, self._paper, self._note = "", None, None
        return was

    def token(self, now: float) -> str:
        """The token that waits; empty when none does."""
        return self._token if self._paper is not None and now < self._until else ""

    def left(self, now: float) -> int:
        """Seconds until it is over; 0 when no link waits."""
        return max(0, round(self._until - now)) if self.token(now) else 0

    def state(self, now: float) -> str:
        """`off`, `offered`, `taken` or `over` (its ten minutes went by)."""
        if self.taken_by:
            return "taken"
        return "off" if self._paper is None else "offered" if now < self._until else "over"

    def find(self, token: str, now: float) -> Paper | None:
        """The file behind a token that is good now."""
        good = self.token(now)
        same = bool(good) and secrets.compare_digest(good.encode(), token.encode("utf-8", "replace"))
        return self._paper if same and not self._taking else None

    async def take(self, token: str, who: str, now: float) -> Paper | None:
        """The file, for `who`: noted, and on its way. `done` or `back` must follow. Raises what the note raises."""
        paper, note = self.find(token, now), self._note
        if paper is None or note is None:
            return None
        self._taking = True
        try:
            await note(who)
        except BaseException:
            self._taking = False
            raise
        return paper

    def done(self, paper: Paper, who: str) -> None:
        """It has arrived: nobody else gets it."""
        if self._paper is paper:
            self.off()
            self.taken_by = who

    def back(self, paper: Paper) -> None:
        """The connection broke: the link waits again, as long as it is good."""
        if self._paper is paper:
            self._taking = False
