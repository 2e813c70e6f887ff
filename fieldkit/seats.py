"""Seats of one session: which device may act for whom. A seat is the record of an arrival, never a connection.

A token is an HMAC of the session's secret and the id of the join that made it, so a repeated join gives the same one,
also after a crash. The file keeps only its SHA-256 with the index of the arrival; who sits there follows from the
fold, so that a release or a merge needs no second book.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from fieldkit.core.session import Session
from fieldkit.core.walkin import ALPHABET

ROOM_LETTERS = ALPHABET
"""What a room code is made of: no 0, 1, I, L, O, U to mistake."""
FRESH_S = 30


def token_of(secret: bytes, join_id: str) -> str:
    """The seat token of a join: base64url of HMAC-SHA-256, cut to 18 bytes (24 characters)."""
    mac = hmac.digest(secret, b"seat\0" + join_id.encode(), "sha256")
    return base64.urlsafe_b64encode(mac[:18]).decode()


def seat_hash(token: str) -> bytes:
    return hashlib.sha256(b"seat\0" + token.encode()).digest()


def intent_key(scope: str, id: str) -> bytes:
    """SHA-256 of an intent's id within its seat: all that the file keeps of it."""
    return hashlib.sha256(scope.encode() + b"\0" + id.encode()).digest()


def fresh_code(secret: bytes, wall_ms: int, back: int = 0) -> str:
    """The three digits of the current 30 s (`back` = 1: the ones before), from the secret and the laptop's clock."""
    slot = wall_ms // 1000 // FRESH_S - back
    mac = hmac.new(secret, b"fresh\0" + str(slot).encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:4], 'big') % 1000:03d}"


def room_code(entropy: bytes) -> str:
    """Four letters from at least four random bytes."""
    return "".join(ROOM_LETTERS[byte % len(ROOM_LETTERS)] for byte in entropy[:4])


def is_room_code(text: str) -> bool:
    return len(text) == 4 and set(text) <= set(ROOM_LETTERS)


class Seats:
    """Token → participants, in memory; rebuilt from the file at start."""

    def __init__(self) -> None:
        self._bound: dict[bytes, list[int]] = {}

    def bind(self, token: bytes, index: int) -> None:
        """An arrival (its index) now belongs to this seat."""
        bound = self._bound.setdefault(token, [])
        if index not in bound:
            bound.append(index)

    def holds(self, token: str, index: int) -> bool:
        """Whether the arrival at `index` was made with this token."""
        return index in self._bound.get(seat_hash(token), ())

    def who(self, session: Session, token: str) -> list[str]:
        """Participants this seat may act for, the owner first. Empty when it was released or never was."""
        found: list[str] = []
        for index in self._bound.get(seat_hash(token), ()):
            p = session.arrivals.get(index)
            seated = session.people.get(p) if p else None
            if seated is None or index < seated.seat_floor:
                continue
            # A merged entry leads to the person it became.
            person = seated if seated.merged_to is None else session.person(seated.p)
            if person is None or person.gone or person.p in found:
                continue
            found.append(person.p)
        return found

    def lost(self, session: Session, token: str) -> str:
        """Why this token seats nobody (a refusal's reason)."""
        bound = self._bound.get(seat_hash(token), ())
        people = [session.person(session.arrivals.get(index, "")) for index in bound]
        if any(x is not None and x.voided for x in people):
            return "removed"
        return "released" if bound else "no-seat"

    def knows(self, token: str) -> bool:
        return seat_hash(token) in self._bound

    def __len__(self) -> int:
        return len(self._bound)


def new_participant() -> str:
    """A participant id: 6 random bytes base64url, new for each session.

    Never with `-` in front: where there is no badge it stands in tables, and a spreadsheet takes `-…` for a formula.
    """
    while (made := base64.urlsafe_b64encode(secrets.token_bytes(6)).decode()).startswith("-"):
        pass
    return made
