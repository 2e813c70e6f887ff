"""What `fieldkit verify` answers, and whose signatures count for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log.keys import VKey
from fieldkit.log.note import NOTE_LIMIT, Checkpoint, Opened, open_note, utc_text
from fieldkit.log.revoked import Revoked
from fieldkit.log.seal import NO_KEYS, Keys
from fieldkit.log.trust import TrustKey, TrustList
from fieldkit.log.windows import Counted, Windows


class Judged(msgspec.Struct):
    """The verdict on one file. `kind`: bundle, receipt, proofs, file, trust, enrol, pack, code, credential, revoked,
    valid, unknown."""

    file: str
    kind: str
    verdict: str
    reason: str = ""
    detail: str = ""
    sessions: list[dict[str, Any]] = []
    beside: str = ""
    """Of an attendance sheet: a key of `fieldkit.words.verdicts.BESIDE`, what the proofs beside it are worth."""
    told: dict[str, Any] = {}
    """Of a certificate: what it says, as `--json` tells it."""


class Known(msgspec.Struct):
    """Whose signatures count: `roots` for trust lists, `keys` for everything else, each in its window."""

    roots: list[VKey] = []
    keys: list[VKey] = []
    unseal: Keys = NO_KEYS
    """What opens sealed bundles."""
    now: int | None = None
    """This machine's clock, Unix seconds: what is judged by it where head office's cosignature does not say when."""
    lines: dict[VKey, TrustKey] = {}
    """What a list says of keys; those without a line, this folder's own among them, count always."""
    versions: dict[str, int] = {}
    """Organisation → version of its newest list of those that were added."""
    revoked: dict[str, Revoked] = {}
    """Organisation → its newest list of revoked certificates of those that were added."""

    @property
    def windows(self) -> Windows:
        return Windows(self.lines, self.now)

    def add_list(self, trust: TrustList) -> None:
        """The keys of a list that was accepted. Of two lists of an organisation the newer one says what a key is worth,
        in whichever order they come."""
        newest = trust.version >= self.versions.get(trust.org, 0)
        self.versions[trust.org] = max(trust.version, self.versions.get(trust.org, 0))
        for key in trust.keys:
            if key.kind == "root":
                if key.vkey not in self.roots and key.vkey not in trust.revoked(self.now):
                    self.roots.append(key.vkey)
            elif key.vkey not in self.keys or (newest and key.vkey in self.lines):
                self.keys += [key.vkey] if key.vkey not in self.keys else []
                self.lines[key.vkey] = key

    def checkpoint(self, note: bytes) -> Counted:
        """Who signed a checkpoint. Raises BadBytes: a known key's bad signature."""
        opened = _opened(note, self.keys)
        return self.windows.judge(opened) if opened is not None else Counted([])

    def add_revoked(self, found: Revoked) -> None:
        """A list whose signature was good. The newest one counts, in whichever order they come."""
        held = self.revoked.get(found.org)
        if held is None or held.as_of < found.as_of:
            self.revoked[found.org] = found

    def note(self, note: bytes, *roles: str, limit: int = NOTE_LIMIT) -> tuple[list[VKey], Counted]:
        """(keys that signed it and count, the same in words) of a note that is no checkpoint; `roles`: whose signature
        counts on it, everybody's without any. Raises BadBytes: a known key's bad signature."""
        keys = [*self.keys, *self.roots] if "root" in roles else self.keys
        opened = _opened(note, [key for key in keys if not roles or key.role in roles], limit)
        if opened is None:
            return [], Counted([])
        return [key for key, _ in opened.signers if self.windows.lasting(key)], self.windows.judge_note(opened)


def _opened(note: bytes, keys: list[VKey], limit: int = NOTE_LIMIT) -> Opened | None:
    try:
        return open_note(note, keys, limit)
    except BadBytes as wrong:
        if wrong.reason != "no-known-signature":
            raise
        return None


def session_of(at: Checkpoint, counted: Counted) -> dict[str, Any]:
    """A session of a verdict, as `--json` tells it: who signed, who did and does not count, and by which clock."""
    told: dict[str, Any] = {"origin": at.origin, "size": at.size, "signers": counted.names}
    return told | judged_by(counted.at, counted.anchor) | ended_of(counted)


def judged_by(at: int | None, anchor: int | None) -> dict[str, Any]:
    """By which moment the windows of keys were judged; nothing where none was looked at."""
    return {} if at is None else {"judged_at": utc_text(at), "judged_by": "here" if anchor is None else "central"}


def ended_of(counted: Counted) -> dict[str, Any]:
    return {"ended": {name: counted.reason(name) for name in counted.ended}} if counted.ended else {}


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
