"""What a person is known by: the badge, of whatever entry; else the six characters that a walk-in shows next time.

These follow from the participant's `p`, so they need no record. Typed as a badge where they were made they are none:
they find the entry and change nothing about it. In another session they are a badge like any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from fieldkit.core.state import Person

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0, 1, I, L, O, U to mistake; room codes are made of it too."""
LENGTH = 6


def walkin_code(p: str) -> str:
    """Six characters for a participant; typed as a badge next time. 30⁶ ≈ 729 million: it names, it proves nothing.

    >>> walkin_code("9bFlIreR") == walkin_code("9bFlIreR")
    True
    """
    n = int.from_bytes(hashlib.sha256(b"walkin\0" + p.encode()).digest()[:8], "big")
    out = ""
    for _ in range(LENGTH):
        n, k = divmod(n, len(ALPHABET))
        out += ALPHABET[k]
    return out


def code_of(entries: Sequence[Person]) -> str:
    """What a walk-in shows; empty for whom the roster or a badge knows. The entry that stands for them comes first."""
    if not entries[0].walkin:
        return ""
    code = walkin_code(entries[0].p)
    known = any(one.expected or one.badge.upper() not in ("", code) for one in entries)
    return "" if known else code


def badged(entries: Sequence[Person]) -> tuple[str, str]:
    """(badge, who issued it) of all entries that are one person, the one that stands for them first: the roster's, else
    one that was given; empty without any. The same in every table and view, whoever was merged into whom."""
    mine = [one for one in entries if not one.voided] or entries
    listed = [(one.fields.get("badge", ""), one.issuer) for one in mine if one.expected]
    return next((found for found in (*listed, *((one.badge, one.issuer) for one in mine)) if found[0]), ("", ""))
