"""Checkpoint notes → what the tables say about signatures. The one place where a sheet's `verified` comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from fieldkit.core.tables import Signatures
from fieldkit.errors import BadBytes
from fieldkit.log.keys import VKey
from fieldkit.log.note import Checkpoint, Opened, open_checkpoint


def signatures(
    note: bytes,
    keys: Iterable[VKey],
    revoked: Mapping[VKey, int] | None = None,
    earlier: Iterable[bytes] = (),
    said: int | None = None,
) -> Signatures:
    """Who signed the newest checkpoint, under keys the caller knows (its own list, its own device).

    `revoked`: Unix seconds from which a key counts no more. What central cosigned before that stays good; without its
    cosignature nobody can tell when it was signed. Unverified, rather than an error, when the device's own line is
    missing, bad, or of another device: a table can always be made, and says what it is worth.

    `earlier`: the session's older checkpoints that bear more than the device's line. `said`: index of its last record
    that is no `erase`, which takes private halves away and says nothing new: a trainer who signed a checkpoint that
    holds this record has signed all that the session says.
    """
    known = list(keys)
    try:
        at, opened = open_checkpoint(note, known)
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
    trainer = _trainer(opened, counts)
    if trainer is None and said is not None and said + 1 < at.size:
        trainer = next((key for key in _before(earlier, known, at, said, device, counts) if key is not None), None)
    return Signatures(str(device), str(trainer) if trainer else None, anchor, True)


def _trainer(opened: Opened, counts: Callable[[VKey], bool]) -> VKey | None:
    return next((key for key in opened.signed_by("fac") if counts(key)), None)


def _before(
    earlier: Iterable[bytes],
    known: list[VKey],
    at: Checkpoint,
    said: int,
    device: VKey,
    counts: Callable[[VKey], bool],
) -> Iterable[VKey | None]:
    """The trainer on each older checkpoint of this session that holds the record `said`, the newest first."""
    for note in reversed(list(earlier)):
        try:
            then, opened = open_checkpoint(note, known)
        except BadBytes:
            continue  # a bad line makes this one worth nothing, and the newest stays what it is
        if then.origin == at.origin and said < then.size <= at.size and device in opened.signed_by("dev"):
            yield _trainer(opened, counts)
