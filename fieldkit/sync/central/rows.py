"""What central's database hands out and takes in, whichever database it is: one struct a table.

Times are Unix ms by central's clock, roots and hashes raw bytes.
"""

from __future__ import annotations

from typing import Any

import msgspec

KEY = 200
"""Characters of a text that a laptop wrote and that stands in a key: PostgreSQL's have some 2,700 bytes."""


class Stored(msgspec.Struct, frozen=True):
    """What central holds of one session. `device` is the public key (hex) that signed it."""

    origin: str
    device: str
    seq: int
    size: int
    root: bytes
    frontier: bytes
    """The compact range at `size`, so that a longer copy is checked without hashing the old lines again."""
    checkpoint: bytes
    """The newest checkpoint with every known signature, central's own included."""
    plan: str
    prev_origin: str | None
    prev_size: int | None
    prev_root: bytes | None
    title: str
    site: str
    ms: int


class Arrival(msgspec.Struct, frozen=True):
    """What became of one session in one file. `origin` is empty when the file could not be read that far."""

    origin: str
    sha256: str
    name: str
    size: int | None
    checkpoint: bytes | None
    result: str
    reason: str
    ms: int


class Finding(msgspec.Struct, frozen=True):
    """Something for a person to look at. `other` tells two of the same code apart; `detail` is JSON, no names."""

    origin: str
    code: str
    other: str
    detail: dict[str, Any]
    ms: int


class Presence(msgspec.Struct, frozen=True):
    """One stay of one badge in one room, in central's reading of the laptop's wall clock (Unix ms)."""

    origin: str
    p: str
    badge: str
    issuer: str
    from_ms: int
    until_ms: int
