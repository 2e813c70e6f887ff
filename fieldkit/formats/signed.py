"""A checkpoint note → what the tables say about signatures. The one place where a sheet's `verified` comes from."""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.core.tables import Signatures
from fieldkit.errors import BadBytes
from fieldkit.log.keys import VKey
from fieldkit.log.note import open_checkpoint


def signatures(note: bytes, keys: Iterable[VKey]) -> Signatures:
    """Who signed the newest checkpoint, under keys the caller knows (its own list, its own device).

    Unverified, rather than an error, when the device's own line is missing, bad, or of another device: a table can
    always be made, and says what it is worth.
    """
    try:
        at, opened = open_checkpoint(note, keys)
    except BadBytes:
        return Signatures()
    device = next((key for key in opened.signed_by("dev") if at.origin.startswith(f"{key.name}/")), None)
    if device is None:
        return Signatures()
    trainer = next(iter(opened.signed_by("fac")), None)
    return Signatures(str(device), str(trainer) if trainer else None, opened.time_of("central"), True)
