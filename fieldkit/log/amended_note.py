"""The `fieldkit-amended/1` note: head office has said something about a session, so a sheet made before is old.

    fieldkit-amended/1
    origin ld.acme.example/dev/7q2k/000017-k3m9w2p4
    log ld.acme.example/dev/m2x7p4q9k3w1/000001-3c7d9w2p
    records 1,5
    at 2026-11-29T09:00:00Z

    — ld.acme.example/office …

It says where what was said stands and when the newest of it was written, never what or of whom: that is on the sheets
that head office makes. A newer note takes the place of an older one.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.names import split_origin
from fieldkit.log.note import fields_text, open_note, parse_number, parse_utc, read_fields, sign_note, utc_text
from fieldkit.log.walk import SIZE_LIMIT

MOST = 5000
"""Records that a note names at most, the newest ones: below its 64 KiB whatever the numbers are."""


class Amended(msgspec.Struct, frozen=True):
    """Indexes, ascending, of what the office's `log` says about the session `origin`; `at`: Unix s of the newest."""

    origin: str
    log: str
    refs: tuple[int, ...]
    at: int


def amended_note(office: Signer, one: Amended) -> bytes:
    """The note, signed with the office key."""
    numbers = ",".join(map(str, one.refs[-MOST:]))
    fields = [("origin", one.origin), ("log", one.log), ("records", numbers), ("at", utc_text(one.at))]
    return sign_note(fields_text("amended", fields), office)


def parse_amended_note(raw: bytes, keys: Iterable[VKey]) -> Amended:
    """Verify and read a note: an office key must have signed it. Raises BadBytes."""
    opened = open_note(raw, [key for key in keys if key.role == "office"])
    origin, log, records, at = read_fields(opened.text, "amended", ("origin", "log", "records", "at"))
    split_origin(origin)
    split_origin(log)
    parts = records.split(",")
    if len(parts) > MOST:
        raise BadBytes("too-long", f"more than {MOST} records in one note")
    refs = tuple(map(parse_number, parts))
    if any(b <= a for a, b in pairwise(refs)) or refs[-1] >= SIZE_LIMIT:
        raise BadBytes("bad-note", "the records of the note do not ascend, or are none")
    return Amended(origin, log, refs, parse_utc(at))
