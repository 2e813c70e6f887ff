"""Who has signed a log, under which record, and what it means: `sign.by` and the checkpoint that bears the signature.

The record says who and what, in one commit with the checkpoint that both the laptop and that person sign. A record
alone is a claim and no more; so is a signature by a key that nobody here knows, and both are told as what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.keys import VKey
from fieldkit.log.note import open_note, parse_checkpoint, split_note
from fieldkit.log.windows import EVERYBODY, Windows

MOST = 1 << 53
"""More records than a log can have."""


class Sign(msgspec.Struct, frozen=True):
    """A `sign.by` record: index, time (Unix ms), the key's name, and the printed name where it is still there."""

    i: int
    t: int
    role: str
    key: str
    meaning: str
    name: str = ""
    of: str = ""
    of_size: int = 0


class Attestation(msgspec.Struct, frozen=True, omit_defaults=True):
    """`size`: records that the signature covers, 0 when no checkpoint bears it. `known`: verified under a known key.
    `of`: origin of another log that is signed by it, in head office's own, with so many records."""

    record: int
    t: int
    role: str
    key: str
    meaning: str
    name: str
    size: int
    known: bool
    of: str = ""
    of_size: int = 0


def sign_of(i: int, t: int, d: Mapping[str, Any], name: str = "") -> Sign:
    """A `sign.by` as its record says it, whatever stands there."""
    ref = d.get("ref")
    other = isinstance(ref, dict) and isinstance(ref.get("o"), str) and type(ref.get("i")) is int
    of, size = (ref["o"], ref["i"] + 1) if isinstance(ref, dict) and other else ("", 0)
    return Sign(i, t, str(d.get("role", "")), str(d.get("key", "")), str(d.get("meaning", "")), name, of, size)


def attestations(
    signs: Iterable[Sign],
    notes: Sequence[bytes],
    keys: Sequence[VKey],
    windows: Windows = EVERYBODY,
) -> list[Attestation]:
    """What each `sign.by` is worth, given the checkpoints of the log in ascending order. A signature counts for the
    first checkpoint that covers its record; about another log only for the one that ends with it, because who signs
    there later signs another session. Its key is judged by head office's cosignature there, else on the newest.

    Raises BadBytes: a known key's bad signature, or no checkpoint at all.
    """
    found = []
    read = [(parse_checkpoint(text).size, {line.name for line in lines}, note) for note in notes
            for text, lines in [split_note(note)]]  # fmt: skip
    at = _anchor(notes[-1], keys, windows) if notes and windows.lines else None
    for sign in signs:
        most = sign.i + 1 if sign.of else MOST
        covers = ((size, note) for size, names, note in read if sign.i < size <= most and sign.key in names)
        covering = next(covers, None)
        size, known = 0, False
        if covering is not None:
            size, known = covering[0], _known(covering[1], sign.key, keys, windows, at)
        said = (sign.role, sign.key, sign.meaning, sign.name)
        found.append(Attestation(sign.i, sign.t, *said, size, known, sign.of, sign.of_size))
    return found


def _known(note: bytes, name: str, keys: Sequence[VKey], windows: Windows, at: int | None) -> bool:
    try:
        asked = [key for key in keys if key.name == name or key.role == "central"]
        return name in windows.judge(open_note(note, asked), at).names
    except BadBytes as wrong:
        if wrong.reason == "no-known-signature":
            return False
        raise


def _anchor(note: bytes, keys: Sequence[VKey], windows: Windows) -> int | None:
    """When head office cosigned this checkpoint, Unix s."""
    try:
        return windows.judge(open_note(note, [key for key in keys if key.role == "central"])).anchor
    except BadBytes as wrong:
        if wrong.reason == "no-known-signature":
            return None
        raise


def as_dicts(found: Iterable[Attestation]) -> list[dict[str, object]]:
    """As `--json` tells them."""
    return [msgspec.to_builtins(one) for one in found]
