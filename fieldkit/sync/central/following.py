"""Which list a laptop can take in next.

A laptop believes a list that a root of the list it holds has signed. One that missed the list by which root changed
cannot believe the newest: it gets that list first, and asks again.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from fieldkit.errors import BadBytes
from fieldkit.log.note import split_note
from fieldkit.log.trust import TRUST_LIMIT, TrustList, accept, parse_trust
from fieldkit.sync.central.home import Home


def following(home: Home, sha256: str) -> bytes | None:
    """The newest list that can follow the one with this hash (hex); None when that one is in force.

    A laptop with a list that head office does not know gets the one in force, and judges it by itself.
    """
    newest = home.trust_path.read_bytes()
    if hashlib.sha256(newest).hexdigest() == sha256:
        return None
    lists = sorted(home.lists.glob("*.note"), reverse=True)
    held = next((_read(path) for path in lists if _sha256(path, path.stat().st_mtime_ns) == sha256), None)
    if held is None:
        return newest
    for path in lists:
        raw = path.read_bytes()
        try:
            accept(held, raw)
        except BadBytes:
            continue
        return raw
    return newest


def _read(path: Path) -> TrustList:
    return parse_trust(split_note(path.read_bytes(), TRUST_LIMIT)[0])


@lru_cache(maxsize=4096)
def _sha256(path: Path, stamp: int) -> str:
    """A list is written once; `stamp` tells another central's file of the same path apart."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
