"""What one trust list changes against the one before it, in words: who joined, who left, what was revoked.

Whoever accepts a list, or signs one, reads this first. A line is told by the name in it; root, central and office keys
share theirs with the keys they follow and are told by name and key id.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fieldkit.log.keys import VKey
from fieldkit.log.names import skeleton
from fieldkit.log.note import day_text
from fieldkit.log.trust import TrustKey, TrustList

WHO = {
    "root": "Root key",
    "central": "Head office's cosigning key",
    "office": "Office key",
    "device": "Laptop",
    "facilitator": "Trainer",
    "publisher": "Publisher",
    "witness": "Witness",
}
"""Kind of a line → what people call its owner."""
ROLES = {
    ("device", "desk"): "Head office's desk",
    ("facilitator", "supervisor"): "Supervisor",
    ("facilitator", "evaluator"): "Evaluator",
}
"""(kind, role) of a line whose owner is called something else."""
ORDER = ("root", "revoked", "restored", "gone", "joined", "window", "packs", "changed", "recipient", "alike")


class Change(msgspec.Struct, frozen=True):
    """One thing that is different. `code` is one of ORDER; `name` as in `label`, or an age recipient."""

    code: str
    name: str
    sentence: str


def label(vkey: VKey) -> str:
    """A key as people tell it apart: its name, with the key id where several keys bear one name."""
    return vkey.name if vkey.role in ("dev", "fac", "pub", "witness") else f"{vkey.name}+{vkey.keyid.hex()}"


def who_is(key: TrustKey) -> str:
    """What people call the owner of a line."""
    return ROLES.get((key.kind, key.role or ""), WHO[key.kind])


def changes(old: TrustList, new: TrustList) -> list[Change]:
    """What is different in `new`, the gravest first; empty when only number and dates of the list are."""
    found = [*_keys(old, new), *_recipients(old, new), *_alike(old, new)]
    return sorted(found, key=lambda one: ORDER.index(one.code))


def _keys(old: TrustList, new: TrustList) -> Iterator[Change]:
    before = {key.vkey: key for key in old.keys}
    for key in new.keys:
        was = before.pop(key.vkey, None)
        yield from _joined(key) if was is None else _line(was, key)
    for was in before.values():
        name = label(was.vkey)
        yield Change("root" if was.kind == "root" else "gone", name, f"{who_is(was)} {name} is no longer listed.")


def _joined(key: TrustKey) -> Iterator[Change]:
    name, who = label(key.vkey), who_is(key)
    if key.revoked is not None:
        yield Change("revoked", name, f"{who} {name} is listed as revoked from {day_text(key.revoked)} on.")
    elif key.kind == "root":
        yield Change("root", name, f"{who} {name} is new: it may sign the lists that follow.")
    else:
        packs = f" for {', '.join(key.packs)}" if key.packs is not None else ""
        packs = packs or (" for all packs" if key.kind == "facilitator" and key.role is None else "")
        yield Change("joined", name, f"{who} {name} joined{packs}, until {day_text(key.until)}.")


def _line(was: TrustKey, key: TrustKey) -> Iterator[Change]:
    name, who = label(key.vkey), who_is(key)
    if was.revoked != key.revoked:
        if key.revoked is None:
            yield Change("restored", name, f"{who} {name} is no longer revoked.")
        else:
            moved = f" instead of {day_text(was.revoked)}" if was.revoked is not None else ""
            yield Change("revoked", name, f"{who} {name} is revoked from {day_text(key.revoked)} on{moved}.")
    if (was.from_, was.until) != (key.from_, key.until):
        start = f"from {day_text(key.from_)} " if was.from_ != key.from_ else ""
        sentence = f"{who} {name} counts {start}until {day_text(key.until)}; it was until {day_text(was.until)}."
        yield Change("window", name, sentence)
    if was.packs != key.packs:
        packs = ", ".join(key.packs) if key.packs is not None else "every pack"
        yield Change("packs", name, f"{who} {name} is certified for {packs}.")
    if (was.kind, was.site, was.role) != (key.kind, key.site, key.role):
        said = [f"{what} {value}" for what, value in (("site", key.site), ("role", key.role)) if value is not None]
        yield Change("changed", name, f"{who} {name} is described by {', '.join(said) or 'its name alone'}.")


def _recipients(old: TrustList, new: TrustList) -> Iterator[Change]:
    for to in new.recipients:
        if to not in old.recipients:
            yield Change("recipient", to, f"Bundles are sealed to a new key of head office: {to}.")
    for to in old.recipients:
        if to not in new.recipients:
            yield Change("recipient", to, f"Bundles are no longer sealed to {to}.")


def _alike(old: TrustList, new: TrustList) -> Iterator[Change]:
    """Names that joined and can be taken for one that is listed too."""
    known = {key.vkey.name for key in old.keys}
    twins: dict[str, dict[str, None]] = {}
    for key in new.keys:
        if key.revoked is None:
            twins.setdefault(skeleton(key.vkey.name), {})[key.vkey.name] = None
    for group in twins.values():
        first = next((name for name in group if name in known), next(iter(group)))
        for name in group:
            if name != first and name not in known:
                yield Change("alike", name, f"{name} can be taken for {first}: ask head office whether both are meant.")
