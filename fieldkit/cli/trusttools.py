"""Head office's trust lists taken in: which root may bring the first one, and in what order several come.

The rules are `fieldkit.log.trust`'s. `fieldkit trust accept` and the terminal's screen of keys and trust both take
lists in here, and each says in its own way what came of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fieldkit.errors import BadBytes, DamagedData, NotPossible, WrongUsage
from fieldkit.log import accepted
from fieldkit.log.files import set_aside
from fieldkit.log.keys import VKey, same_words
from fieldkit.log.note import split_note
from fieldkit.log.trust import TRUST_LIMIT, TrustList, accept, accept_first, parse_trust

if TYPE_CHECKING:
    from fieldkit.station import Station

Told = Callable[[bool, TrustList], None]
"""Told of each list: whether it was taken in (else it was held already), and what it is."""


def held_by(station: Station, *, renewed: bool) -> TrustList | None:
    """The list held. One that cannot be read counts as none when a root is given (`renewed`): a first list may then be
    taken in. Raises DamagedData."""
    try:
        return station.trust
    except DamagedData:
        if not renewed:
            raise
        return None


def root_key(text: str, raw: bytes) -> VKey:
    """The root that head office told somebody: its whole line, or its six words, which pick one of the roots that the
    list `raw` names. Whether that one signed the list is another question. Raises BadBytes, WrongUsage."""
    typed = " ".join(text.split())
    if "+" in typed or len(typed.split()) != 6:
        try:
            return VKey.parse(typed)
        except BadBytes as error:
            raise WrongUsage(
                f"That is neither a root key nor six words ({error.reason}).",
                "A root key looks like name/root+c25c7880+Ae23….",
            ) from error
    for line in parse_trust(split_note(raw, TRUST_LIMIT)[0]).of("root"):
        if same_words(typed, line.vkey):
            return line.vkey
    raise BadBytes("no-root", "no root in this list has these six words")


def take(station: Station, given: Sequence[bytes], root: str, told: Told) -> TrustList:
    """Take lists in, oldest first; the one in force then. With several, those that are no newer than the one held are
    passed over. Raises BadBytes for the first that may not follow, and nothing of it is kept; WrongUsage without a
    `root` for the first one; NotPossible when there was none to take, FieldkitError."""
    ranked = sorted(((raw, accepted.version_of(raw)) for raw in given), key=lambda one: one[1])
    held = held_by(station, renewed=bool(root))
    path = station.home / "trust.note"
    damaged = held is None and path.exists()
    for raw, version in ranked:
        if held is not None and raw == path.read_bytes():
            _names(raw, root)
            told(False, held)
            continue
        if len(ranked) > 1 and held is not None and version <= held.version:
            continue  # the way to the newest begins behind it
        held = _next(station, held, raw, root)
        _names(raw, root)
        if damaged:
            set_aside(path)
            damaged = False
        accepted.put(station.home, raw)
        told(True, held)
    if held is None:
        raise NotPossible("No list was taken in.", "Name the file that head office sent.")
    return held


def _names(raw: bytes, root: str) -> None:
    """A root that is given although a list is held has to be one of the list's: somebody compares, and means it.
    Raises BadBytes, WrongUsage."""
    if not root:
        return
    key = root_key(root, raw)
    if all(line.vkey != key for line in parse_trust(split_note(raw, TRUST_LIMIT)[0]).of("root")):
        raise BadBytes("no-root", "this list does not name the root key that was given")


def _next(station: Station, held: TrustList | None, raw: bytes, root: str) -> TrustList:
    if held is not None:
        return accept(held, raw)
    if not root:
        raise WrongUsage(
            "The first trust list needs head office's root key.",
            "Add --root: the root line that head office tells you, or its six words.",
        )
    trust = accept_first(raw, root_key(root, raw))
    _is_ours(station, trust.org)
    return trust


def _is_ours(station: Station, org: str) -> None:
    """The first list is of the organisation that the settings name; of none that only looks like one known here."""
    from fieldkit.config import load
    from fieldkit.log.names import HOME_ORG, alike

    said = load(station.home, os.environ).org
    if said and org != said:
        raise BadBytes("wrong-org", f"the list is of {org}, and the settings of this laptop say {said}")
    own = station.signer.vkey.org
    if own != HOME_ORG and alike(org, own):
        raise BadBytes("wrong-org", f"the list is of {org}, which can be taken for {own} and is not it")


# ---- why not -------------------------------------------------------------------------------------------------


def why(reason: str) -> str:
    """What is wrong with a list, in one sentence, by the reason code."""
    if reason == "not-newer":
        return "This list is as old as the one that is held, or older."
    if reason == "wrong-org":
        return "This list is of another organisation, or of one that only looks like yours."
    if reason == "no-known-signature":
        return "No root that this laptop trusts has signed this list."
    if reason == "bad-signature":
        return "This list was changed on its way, or is damaged."
    if reason == "no-root":
        return "No root with these words, or this key, has signed this list."
    if reason == "revoked-root":
        return "Head office has replaced this root."
    return "This file is no trust list that can be read."


def what_then(reason: str) -> str:
    """What to do about it."""
    if reason == "not-newer":
        return "Nothing was changed: the list that is held is as new or newer."
    if reason == "wrong-org":
        return "Nothing was changed: ask your own head office for its list."
    if reason == "no-known-signature":
        return "If head office has a new root, take in the list that made it first; else do not trust this."
    if reason == "bad-signature":
        return "Somebody changed it on its way: ask for it again."
    if reason in ("no-root", "revoked-root"):
        return "Ask head office for the root line of `fieldkit central trust show`, or its six words."
    return "Nothing was changed: ask head office for the list again."


def refusal(wrong: BadBytes, *, first: bool = False) -> NotPossible:
    """The same for the terminal, which says it in the trainer's language. `first`: under a root that was typed."""
    reason = "no-root" if first and wrong.reason == "no-known-signature" else wrong.reason
    return NotPossible(why(reason), what_then(reason))
