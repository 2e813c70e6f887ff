"""A checkpoint note → what the tables say about signatures. The one place where a sheet's `verified` comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fieldkit.core.tables import Signatures
from fieldkit.errors import BadBytes
from fieldkit.log.keys import VKey
from fieldkit.log.note import open_checkpoint


def signatures(note: bytes, keys: Iterable[VKey], revoked: Mapping[VKey, int] | None = None) -> Signatures:
    """Who signed the newest checkpoint, under keys the caller knows (its own list, its own device).

    `revoked`: Unix seconds from which a key counts no more. What central cosigned before that stays good; without its
    cosignature nobody can tell when it was signed. Unverified, rather than an error, when the device's own line is
    missing, bad, or of another device: a table can always be made, and says what it is worth.
    """
    try:
        at, opened = open_checkpoint(note, keys)
    except BadBytes:
        return Signatures()
    ended = revoked or {}
    times = [time for key, time in opened.signers if time is not None and key.role == "central" and key not in ended]
    anchor = min(times, default=None)

    def counts(key: VKey) -> bool:
        return key not in ended or (anchor is not None and anchor < ended[key])

    device = next((key for key in opened.signed_by("dev") if at.origin.startswith(f"{key.name}/")), None)
    if device is None or not counts(device):
        return Signatures()
    trainer = next((key for key in opened.signed_by("fac") if counts(key)), None)
    return Signatures(str(device), str(trainer) if trainer else None, anchor, True)
