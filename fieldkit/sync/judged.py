"""What `fieldkit verify` answers, and whose signatures count for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log.keys import VKey
from fieldkit.log.seal import NO_KEYS, Keys
from fieldkit.log.trust import TrustList


class Judged(msgspec.Struct):
    """The verdict on one file. `kind`: bundle, receipt, proofs, file, trust, enrol, pack, code, unknown."""

    file: str
    kind: str
    verdict: str
    reason: str = ""
    detail: str = ""
    sessions: list[dict[str, Any]] = []
    beside: str = ""
    """Of an attendance sheet: a key of `fieldkit.words.verdicts.BESIDE`, what the proofs beside it are worth."""


class Known(msgspec.Struct):
    """Whose signatures count: `roots` for trust lists, `keys` for everything else."""

    roots: list[VKey] = []
    keys: list[VKey] = []
    unseal: Keys = NO_KEYS
    """What opens sealed bundles."""
    now: int | None = None
    """This machine's clock, Unix seconds: a revocation to come does not count yet. Without it every one does."""

    def add_list(self, trust: TrustList) -> None:
        """The keys of a list that was accepted; a key says nothing any more from the day on which it is revoked."""
        gone = trust.revoked(self.now)
        live = [key for key in trust.keys if key.vkey not in gone]
        self.roots += [key.vkey for key in live if key.kind == "root" and key.vkey not in self.roots]
        self.keys += [key.vkey for key in live if key.kind != "root" and key.vkey not in self.keys]


def read(path: Path, limit: int) -> bytes:
    """The bytes of a file. Raises FieldkitError when it cannot be read, BadBytes when it is larger than it may be."""
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as error:
        raise FieldkitError(f"Cannot read {path}: {error.strerror}.", "Check the path and the permissions.") from error
    if len(raw) > limit:
        raise BadBytes("too-large", "the file is larger than it may be")
    return raw
