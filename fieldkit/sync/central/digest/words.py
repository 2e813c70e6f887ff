"""Names, sites and crews as the digest compares them and finds them by."""

from __future__ import annotations

import hashlib

from fieldkit.core.clean import site_key

WORD = 60
"""Characters of a word that stands in a key beside a badge: PostgreSQL's keys have some 2,700 bytes."""


def find_key(name: str) -> str:
    """A name as people look for it and lists are sorted by."""
    return site_key(name)[:WORD]


def place_key(word: str) -> str:
    """A site or a crew as it is compared. Of a long one the beginning and a hash: no two long ones become one."""
    key = site_key(word)
    return key if len(key) <= WORD else f"{key[: WORD - 17]} {hashlib.sha256(key.encode()).hexdigest()[:16]}"


def quarter_of(day: str) -> str:
    """The quarter of an ISO day: `2026-Q4`."""
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"
