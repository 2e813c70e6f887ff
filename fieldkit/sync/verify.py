"""`fieldkit verify`: what is this file, is it whole, and who says so.

`verified`        intact, and signed by a key that is known here
`signer-unknown`  intact, but nobody known has signed it
`sealed`          encrypted; only its recipient, or who knows its words, can say more
`refused`         something is wrong, `reason` says what

Known are the keys of the accepted trust list, of a list given on the same command line and signed by `--root` or by a
root of the accepted one, and this data folder's own device key. A list inside a bundle is never a source of keys.
"""

from __future__ import annotations

import hashlib
import stat
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fieldkit.errors import BadBytes, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.attest import as_dicts
from fieldkit.log.bundle import verify_bundle
from fieldkit.log.files import kind_of as kind_of_mode
from fieldkit.log.keys import VKey
from fieldkit.log.line import parse_record
from fieldkit.log.merkle import verify_inclusion
from fieldkit.log.note import Checkpoint, open_note, parse_checkpoint, read_fields, split_note
from fieldkit.log.receipt import (
    HEADER,
    kind_of,
    parse_central_receipt,
    parse_file_note,
    parse_receipt,
    read_file_note,
    split_notes,
)
from fieldkit.log.seal import NO_KEYS, Keys
from fieldkit.log.trust import TRUST_LIMIT, TrustList, open_trust, parse_enrol, parse_trust
from fieldkit.log.verdict import signers_of

NOTES_LIMIT = 16 << 20
FILE_LIMIT = 1 << 30
ORDER = ("verified", "signer-unknown", "sealed", "refused")


class Judged(msgspec.Struct):
    """The verdict on one file. `kind`: bundle, receipt, file, trust, enrol, pack, unknown."""

    file: str
    kind: str
    verdict: str
    reason: str = ""
    detail: str = ""
    sessions: list[dict[str, Any]] = []


class Known(msgspec.Struct):
    """Whose signatures count: `roots` for trust lists, `keys` for everything else."""

    roots: list[VKey] = []
    keys: list[VKey] = []
    unseal: Keys = NO_KEYS
    """What opens sealed bundles."""

    def add_list(self, trust: TrustList) -> None:
        """The keys of a list that was accepted; a revoked key says nothing any more."""
        live = [key for key in trust.keys if key.revoked is None]
        self.roots += [key.vkey for key in live if key.kind == "root" and key.vkey not in self.roots]
        self.keys += [key.vkey for key in live if key.kind != "root" and key.vkey not in self.keys]


def judge_all(files: Sequence[Path], known: Known) -> list[Judged]:
    """A verdict a file, in their order; trust lists among them are judged first, because their keys then count."""
    out: dict[int, Judged] = {}
    heads = {n: _head(path) for n, path in enumerate(files)}
    lists = [n for n, head in heads.items() if head.startswith(b"fieldkit-trust/1\n")]
    for n in lists:
        out[n] = _trust(files[n], known)
    for n, path in enumerate(files):
        if n not in out:
            out[n] = _judge(path, heads[n], known)
    return [out[n] for n in range(len(files))]


def _judge(path: Path, head: bytes, known: Known) -> Judged:
    if path.is_dir() or head.startswith(b"PK\x03\x04"):
        return _pack(path, known)
    if head.startswith((b"\x1f\x8b", b"age-encryption.org/")):
        found = verify_bundle(path, known.keys, known.unseal)
        sessions = [
            {"origin": s.origin, "size": s.size, "signers": s.signers}
            | ({"attested": as_dicts(s.attested)} if s.attested else {})
            for s in found.sessions
        ]
        return Judged(str(path), "bundle", found.verdict, found.reason, found.detail, sessions)
    if head.startswith(HEADER.encode()):
        return _guarded(path, "receipt", lambda raw: _participant(path, raw, known))
    kind = _note_kind(path) if path.suffix == ".note" or b"\n\n" in head else ""
    if kind in ("checkpoint", "receipt"):
        return _guarded(path, "receipt", lambda raw: _receipts(path, raw, known))
    if kind == "enrol":
        return _guarded(path, "enrol", lambda raw: _enrol(path, raw, known))
    if kind == "file":
        path = path.with_name(path.name.removesuffix(".note"))
    if path.with_name(path.name + ".note").is_file():
        return _guarded(path, "file", lambda raw: _file(path, raw, known), FILE_LIMIT)
    if path.suffix == ".fkb":
        return Judged(str(path), "bundle", "refused", "not-gzip", "the file does not begin like a bundle")
    return Judged(str(path), "unknown", "refused", "no-note", "there is no signed note beside this file")


# ---- kinds ---------------------------------------------------------------------------------------------------


def _trust(path: Path, known: Known) -> Judged:
    def look(raw: bytes) -> Judged:
        trust = parse_trust(split_note(raw, TRUST_LIMIT)[0])
        try:
            open_trust(raw, known.roots)
        except BadBytes as error:
            if error.reason != "no-known-signature":
                raise
            return Judged(str(path), "trust", "signer-unknown", "signer-unknown", "no known root has signed it")
        known.add_list(trust)
        return Judged(str(path), "trust", "verified", "", f"version {trust.version} of {trust.org}")

    return _guarded(path, "trust", look, TRUST_LIMIT)


def _enrol(path: Path, raw: bytes, known: Known) -> Judged:
    asked = parse_enrol(raw)
    listed = asked.vkey in known.keys
    return Judged(
        str(path),
        "enrol",
        "verified" if listed else "signer-unknown",
        "" if listed else "signer-unknown",
        f"{asked.vkey.name}: {asked.words}",
    )


def _participant(path: Path, raw: bytes, known: Known) -> Judged:
    """A worker's receipt: the record, its way to the root, and who signed that root."""
    receipt = parse_receipt(raw)
    record = parse_record(receipt.line, receipt.opening)
    at = parse_checkpoint(split_note(receipt.note)[0])
    if record.i != receipt.index:
        raise BadBytes("bad-proof", "the record stands at another index than the receipt says")
    if not verify_inclusion(receipt.leaf, receipt.index, at.size, receipt.proof, at.root):
        raise BadBytes("bad-proof", "the proof does not lead to the root that was signed")
    return _by_device(path, [(at, signers_of(receipt.note, at.origin, known.keys))])


def _receipts(path: Path, raw: bytes, known: Known) -> Judged:
    """Central's receipts: each must be signed by a known office, over a checkpoint with a known central's line."""
    told: dict[Checkpoint, list[str]] = {}
    bare: set[Checkpoint] = set()
    for note in split_notes(raw, NOTES_LIMIT):
        if kind_of(note) == "checkpoint":
            at = parse_checkpoint(split_note(note)[0])
            told.setdefault(at, []).extend(_signers(note, known.keys))
            continue
        fields = read_fields(split_note(note)[0], "receipt", ("origin", "size", "root", "held"))
        at = parse_checkpoint("\n".join([*fields[:3], ""]))
        bare.add(at)
        if _signers(note, known.keys):
            parse_central_receipt(note, known.keys)
            told.setdefault(at, []).append("office")
    unknown = [at for at in {*told, *bare} if not _is_receipted(told.get(at, []), at in bare)]
    sessions = [
        {"origin": at.origin, "size": at.size, "signers": [name for name in names if name != "office"]}
        for at, names in told.items()
    ]
    if unknown:
        return Judged(str(path), "receipt", "signer-unknown", "signer-unknown", "no known office signed it", sessions)
    return Judged(str(path), "receipt", "verified", "", "", sessions)


def _is_receipted(names: Iterable[str], with_receipt: bool) -> bool:
    have = list(names)
    return any(name.endswith("/central") for name in have) and (not with_receipt or "office" in have)


def _file(path: Path, raw: bytes, known: Known) -> Judged:
    """An export: its note says who made it, from which log; its bytes must be those that were signed."""
    note = path.with_name(path.name + ".note").read_bytes()
    said = read_file_note(note)
    if hashlib.sha256(raw).hexdigest() != said.sha256:
        raise BadBytes("changed", "the file is not the one that was signed")
    renamed = "" if unicodedata.normalize("NFC", path.name) == said.name else f"it was called {said.name} when signed"
    try:
        signers = [key.name for key, _ in parse_file_note(note, known.keys)[1].signers]
    except BadBytes as error:
        if error.reason != "no-known-signature":
            raise
        signers = []
    sessions = [{"origin": at.origin, "size": at.size, "signers": signers} for at in said.sources]
    if not signers:
        return Judged(str(path), "file", "signer-unknown", "signer-unknown", "nobody known made it", sessions)
    return Judged(str(path), "file", "verified", "", renamed or f"made by {', '.join(signers)}", sessions)


def _pack(path: Path, known: Known) -> Judged:
    """A pack: whether it can be read and run, and whether a known publisher signed exactly these files."""
    from fieldkit.packs.compile import compile_pack

    try:
        signed = compile_pack(path, publishers=[str(key) for key in known.keys if key.role == "pub"]).signed
    except BadBytes as error:
        return Judged(str(path), "pack", "refused", error.reason, error.detail)
    except WrongUsage as error:
        return Judged(str(path), "pack", "refused", "bad-pack", error.sentence)
    if signed:
        return Judged(str(path), "pack", "verified")
    return Judged(str(path), "pack", "signer-unknown", "signer-unknown", "no known publisher has signed it")


# ---- helpers -------------------------------------------------------------------------------------------------


def _by_device(path: Path, found: list[tuple[Checkpoint, list[str]]]) -> Judged:
    """Verified when each log's own device is among the known signers."""
    sessions = [{"origin": at.origin, "size": at.size, "signers": names} for at, names in found]
    if all(any(at.origin.startswith(f"{name}/") for name in names) for at, names in found):
        return Judged(str(path), "receipt", "verified", "", "", sessions)
    return Judged(str(path), "receipt", "signer-unknown", "signer-unknown", "intact, but no known key", sessions)


def _signers(note: bytes, keys: Iterable[VKey]) -> list[str]:
    try:
        return [key.name for key, _ in open_note(note, keys).signers]
    except BadBytes as error:
        if error.reason != "no-known-signature":
            raise
        return []


def _guarded(path: Path, kind: str, look: Any, limit: int = NOTES_LIMIT) -> Judged:
    """Read the file and look; foreign damage becomes a verdict."""
    try:
        judged: Judged = look(_read(path, limit))
        return judged
    except BadBytes as error:
        return Judged(str(path), kind, "refused", error.reason, error.detail)


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as error:
        raise FieldkitError(f"Cannot read {path}: {error.strerror}.", "Check the path and the permissions.") from error
    if len(raw) > limit:
        raise BadBytes("too-large", "the file is larger than it may be")
    return raw


def _head(path: Path) -> bytes:
    if path.is_dir():
        return b""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # before opening: a pipe would be waited for, and it can be read only once
            raise WrongUsage(f"{path} is {kind_of_mode(mode)}, not an ordinary file.", "Name a file.")
        with path.open("rb") as file:
            return file.read(4096)
    except FileNotFoundError:
        raise NotPossible(f"There is no file {path}.", "Check the path.") from None
    except OSError as error:
        raise FieldkitError(f"Cannot read {path}: {error.strerror}.", "Check the path and the permissions.") from error


def _note_kind(path: Path) -> str:
    try:
        raw = _read(path, NOTES_LIMIT)
        return kind_of(split_notes(raw, NOTES_LIMIT)[0])
    except (BadBytes, IndexError):
        return ""
