"""Who has signed a log, under which record, and what it means: `sign.by` and the checkpoint that bears the signature.

The record says who and what, in one commit with the checkpoint that both the laptop and that person sign. A record
alone is a claim and no more; so is a signature by a key that nobody here knows, and both are told as what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.keys import VKey
from fieldkit.log.note import open_note, parse_checkpoint, split_note


class Sign(msgspec.Struct, frozen=True):
    """A `sign.by` record: index, time (Unix ms), the key's name, and the printed name where it is still there."""

    i: int
    t: int
    role: str
    key: str
    meaning: str
    name: str = ""


class Attestation(msgspec.Struct, frozen=True):
    """`size`: records that the signature covers, 0 when no checkpoint bears it. `known`: verified under a known key."""

    record: int
    t: int
    role: str
    key: str
    meaning: str
    name: str
    size: int
    known: bool


def attestations(signs: Iterable[Sign], notes: Sequence[bytes], keys: Sequence[VKey]) -> list[Attestation]:
    """What each `sign.by` is worth, given the checkpoints of the log in ascending order. A signature counts for the
    first checkpoint that covers its record. Raises BadBytes: a known key's bad signature, or no checkpoint at all."""
    found = []
    read = [(parse_checkpoint(text).size, {line.name for line in lines}, note) for note in notes
            for text, lines in [split_note(note)]]  # fmt: skip
    for sign in signs:
        covering = next(((size, note) for size, names, note in read if size > sign.i and sign.key in names), None)
        size, known = 0, False
        if covering is not None:
            size, known = covering[0], _known(covering[1], sign.key, keys)
        found.append(Attestation(sign.i, sign.t, sign.role, sign.key, sign.meaning, sign.name, size, known))
    return found


def _known(note: bytes, name: str, keys: Sequence[VKey]) -> bool:
    try:
        return any(key.name == name for key, _ in open_note(note, [key for key in keys if key.name == name]).signers)
    except BadBytes as wrong:
        if wrong.reason == "no-known-signature":
            return False
        raise


def as_dicts(found: Iterable[Attestation]) -> list[dict[str, object]]:
    """As `--json` tells them."""
    return [msgspec.to_builtins(one) for one in found]
