"""What became of each statement of one session at one store: twenty-one bytes each, so that a year of them is small.

A statement is known by the id that follows from what it says; nothing of what it says is kept.
"""

from __future__ import annotations

import base64
import struct
import uuid
from collections.abc import Mapping

import msgspec

from fieldkit.formats.xapi import anew

SENT, TAKEN, BACK, CONFLICT, REFUSED, LARGE, STAYS = b"?+-!xL#"
"""States. On its way, or nobody heard what became of it; there; to be taken back; the store has another one under its
id; the store does not take it; too large for the store; the store does not let it be taken back."""
STANDING = {CONFLICT: "lrs-conflict", REFUSED: "lrs-refused", LARGE: "lrs-too-large", STAYS: "lrs-not-voided"}
"""State of what was not taken → reason code."""
_ONE = struct.Struct(">16sBI")


class Entry(msgspec.Struct, frozen=True):
    """`version`: which saying of it (`fieldkit.formats.xapi.anew`)."""

    state: int
    version: int = 0


Entries = Mapping[str, Entry]
"""Id that follows from the content → entry."""


def sent_as(id: str, version: int) -> str:
    """The id under which the store knows it."""
    return anew(id, version)


def packed(entries: Entries) -> str:
    """As it is kept."""
    raw = b"".join(_ONE.pack(uuid.UUID(id).bytes, one.state, one.version) for id, one in entries.items())
    return base64.b64encode(raw).decode()


def unpacked(text: str) -> dict[str, Entry]:
    """Raises ValueError for what is not of ours."""
    raw = base64.b64decode(text, validate=True)
    try:
        return {str(uuid.UUID(bytes=id)): Entry(state, version) for id, state, version in _ONE.iter_unpack(raw)}
    except struct.error as wrong:
        raise ValueError(str(wrong)) from wrong


def standing(entries: Entries) -> dict[str, str]:
    """Id under which it was sent → reason, of what the store did not take."""
    return {sent_as(id, one.version): STANDING[one.state] for id, one in entries.items() if one.state in STANDING}
