"""What a laptop keeps beside its sessions, its known heads, its trust list and head office's policy, and what becomes
of a damaged one.

Reading says what is wrong (DamagedData). A new session must not fail on it: `mended_heads`, `mended_trust` and `ruled`
say it, rename the damaged file to `<name>.damaged-<n>` and go on without; `faults` keeps saying it until a person has
acted.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from fieldkit.core.records import Policy
from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log import heads
from fieldkit.log.files import aside, set_aside
from fieldkit.log.note import split_note
from fieldkit.log.policy import OfficePolicy, in_force, read_held
from fieldkit.log.trust import TRUST_LIMIT, TrustList, parse_trust

Warn = Callable[[str, str], None]
"""Told (sentence, hint)."""

_AGAIN = "Take it in again: fieldkit trust accept FILE --root VKEY."
_POLICY_AGAIN = "Take it in again: fieldkit policy accept FILE."


def heads_path(home: Path) -> Path:
    return home / "keys" / "heads"


def trust_path(home: Path) -> Path:
    return home / "trust.note"


def held_trust(home: Path) -> TrustList | None:
    """The accepted trust list, or None before enrolment. Raises DamagedData, also once one was set aside."""
    path = trust_path(home)
    if not os.path.lexists(path):
        if gone := aside(path):
            raise DamagedData(f"The trust list of this laptop was damaged and set aside as {gone[-1].name}.", _AGAIN)
        return None
    try:  # it was verified when it was accepted, against the list before it
        return parse_trust(split_note(path.read_bytes(), TRUST_LIMIT)[0])
    except (BadBytes, OSError) as wrong:
        why = wrong.reason if isinstance(wrong, BadBytes) else wrong.strerror
        raise DamagedData(f"The trust list of this laptop cannot be read ({why}).", _AGAIN) from wrong


def policy_path(home: Path) -> Path:
    return home / "policy.note"


def held_policy(home: Path) -> OfficePolicy | None:
    """Head office's policy, or None where none was taken in. Raises DamagedData, also once one was set aside."""
    path = policy_path(home)
    if not os.path.lexists(path):
        if gone := aside(path):
            sentence = f"Head office's policy on this laptop was damaged and set aside as {gone[-1].name}."
            raise DamagedData(sentence, _POLICY_AGAIN)
        return None
    try:  # it was verified when it was accepted, under the trust list
        return read_held(path.read_bytes())
    except (BadBytes, OSError) as wrong:
        why = wrong.reason if isinstance(wrong, BadBytes) else wrong.strerror
        raise DamagedData(f"Head office's policy on this laptop cannot be read ({why}).", _POLICY_AGAIN) from wrong


def ruled(home: Path, warn: Warn, own: Policy, pack: str) -> Policy:
    """The rules for a new session of this pack: head office's, and the laptop's own where it says nothing. A policy
    that cannot be read is set aside and said, and the laptop's own rules hold."""
    path = policy_path(home)
    try:
        return in_force(held_policy(home), own, pack)
    except DamagedData as wrong:
        kept = set_aside(path) if os.path.lexists(path) else aside(path)[-1]
        warn(f"{wrong.sentence} It is kept as {kept.name}; the session goes on without it.", wrong.hint)
        return own


def faults(home: Path) -> list[DamagedData]:
    """What is wrong with heads, trust list and policy, or was when it was set aside; empty when nothing is."""
    found: list[DamagedData] = []
    try:
        heads.read(heads_path(home))
    except DamagedData as wrong:
        found.append(wrong)
    if gone := aside(heads_path(home)):
        found.append(
            DamagedData(
                f"The list of known session heads was damaged and set aside as keys/{gone[-1].name}.",
                "Older copies of the sessions in it cannot be told. Put it back from a backup, or delete it.",
            )
        )
    for held in (held_trust, held_policy):
        try:
            held(home)
        except DamagedData as wrong:
            found.append(wrong)
    return found


def mended_heads(home: Path, warn: Warn) -> None:
    """After this `keys/heads` can be read."""
    path = heads_path(home)
    try:
        heads.read(path)
    except DamagedData as wrong:
        warn(f"{wrong.sentence} It is kept as keys/{set_aside(path).name}.", wrong.hint)


def mended_trust(home: Path, warn: Warn) -> TrustList | None:
    """The trust list; None when there is none, or none that can be read."""
    path = trust_path(home)
    try:
        return held_trust(home)
    except DamagedData as wrong:
        kept = set_aside(path) if os.path.lexists(path) else aside(path)[-1]
        warn(f"{wrong.sentence} It is kept as {kept.name}; the session goes on without it.", wrong.hint)
        return None
