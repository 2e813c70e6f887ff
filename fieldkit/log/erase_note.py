"""The `fieldkit-erase/1` note: head office has erased private halves, and every laptop that has them does the same.

    fieldkit-erase/1
    origin ld.acme.example/dev/7q2k/000017-k3m9w2p4
    records 1,7,12
    why request

    — ld.acme.example/office …

Numbers ascend and stand there once. A note says what is gone, never of whom, and is true for ever: obeying it twice, or
out of order, is the same as once.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import msgspec

from fieldkit.core.erasing import WHYS
from fieldkit.errors import BadBytes
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.names import split_origin
from fieldkit.log.note import fields_text, open_note, parse_number, read_fields, sign_note
from fieldkit.log.walk import SIZE_LIMIT

MOST = 5000
"""Records of one note: below its 64 KiB whatever the numbers are."""


class Erasure(msgspec.Struct, frozen=True):
    """What is erased of one session: indexes of records, ascending, and the code why."""

    origin: str
    refs: tuple[int, ...]
    why: str


def erase_notes(office: Signer, origin: str, refs: Iterable[int], why: str) -> list[bytes]:
    """The notes for these records, each signed with the office key."""
    every = sorted(set(refs))
    parts = [every[at : at + MOST] for at in range(0, len(every), MOST)]
    return [
        sign_note(
            fields_text("erase", [("origin", origin), ("records", ",".join(map(str, part))), ("why", why)]), office
        )
        for part in parts
    ]


def parse_erase_note(raw: bytes, keys: Iterable[VKey]) -> Erasure:
    """Verify and read a note: an office key must have signed it. Raises BadBytes."""
    opened = open_note(raw, [key for key in keys if key.role == "office"])
    origin, records, why = read_fields(opened.text, "erase", ("origin", "records", "why"))
    split_origin(origin)
    parts = records.split(",")
    if len(parts) > MOST:
        raise BadBytes("too-long", f"more than {MOST} records in one note")
    refs = tuple(map(parse_number, parts))
    if any(b <= a for a, b in pairwise(refs)) or refs[-1] >= SIZE_LIMIT:
        raise BadBytes("bad-note", "the records of the note do not ascend, or are none")
    if why not in WHYS:
        raise BadBytes("bad-note", "the note gives no reason that is known")
    return Erasure(origin, refs, why)
