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

from fieldkit.errors import BadBytes, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.amended_note import parse_amended_note
from fieldkit.log.attest import as_dicts
from fieldkit.log.bundle import verify_bundle
from fieldkit.log.erase_note import parse_erase_note
from fieldkit.log.files import kind_of as kind_of_mode
from fieldkit.log.keys import VKey
from fieldkit.log.note import Checkpoint, open_note, parse_checkpoint, read_fields, split_note
from fieldkit.log.proven import PROOFS, PROOFS_LIMIT
from fieldkit.log.receipt import (
    HEADER,
    is_qr_text,
    kind_of,
    parse_central_receipt,
    parse_file_note,
    read_file_note,
    split_notes,
)
from fieldkit.log.trust import TRUST_LIMIT, open_trust, parse_enrol, parse_trust
from fieldkit.sync.judged import Judged, Known, read
from fieldkit.sync.verify_people import judge_qr, judge_receipts
from fieldkit.sync.verify_sheet import judge_beside

NOTES_LIMIT = 16 << 20
FILE_LIMIT = 1 << 30
ORDER = ("verified", "signer-unknown", "sealed", "refused")


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
        kind = "proofs" if path.name.endswith(PROOFS) else "receipt"
        return _guarded(path, kind, lambda raw: judge_receipts(path, raw, known), PROOFS_LIMIT)
    if is_qr_text(head):
        return _guarded(path, "receipt", lambda raw: judge_qr(path, raw, known))
    kind = _note_kind(path) if path.suffix == ".note" or b"\n\n" in head else ""
    if kind in ("checkpoint", "receipt", "erase", "amended"):
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


def _receipts(path: Path, raw: bytes, known: Known) -> Judged:
    """Central's receipts: each must be signed by a known office, over a checkpoint with a known central's line."""
    told: dict[Checkpoint, list[str]] = {}
    bare: set[Checkpoint] = set()
    erasures = amended = foreign = 0
    for note in split_notes(raw, NOTES_LIMIT):
        if kind_of(note) == "checkpoint":
            at = parse_checkpoint(split_note(note)[0])
            told.setdefault(at, []).extend(_signers(note, known.keys))
            continue
        if kind_of(note) == "erase":
            erasures += 1
            foreign += not _signers(note, known.keys)
            if _signers(note, known.keys):
                parse_erase_note(note, known.keys)
            continue
        if kind_of(note) == "amended":
            amended += 1
            foreign += not _signers(note, known.keys)
            if _signers(note, known.keys):
                parse_amended_note(note, known.keys)
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
    if unknown or foreign:
        return Judged(str(path), "receipt", "signer-unknown", "signer-unknown", "no known office signed it", sessions)
    with_ = [f"{n} notes of what was {what}" for n, what in ((erasures, "erased"), (amended, "corrected")) if n]
    return Judged(str(path), "receipt", "verified", "", f"with {' and '.join(with_)}" if with_ else "", sessions)


def _is_receipted(names: Iterable[str], with_receipt: bool) -> bool:
    have = list(names)
    return any(name.endswith("/central") for name in have) and (not with_receipt or "office" in have)


def _file(path: Path, raw: bytes, known: Known) -> Judged:
    """An export: its note says who made it, from which log; its bytes must be those that were signed."""
    note = read(path.with_name(path.name + ".note"), NOTES_LIMIT)
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
    proved = judge_beside(path, raw, said.sources, known)
    sessions = [{"origin": at.origin, "size": at.size, "signers": signers} for at in said.sources]
    made = f"made by {', '.join(signers)}" if signers else "nobody known made it"
    detail = "; ".join(part for part in (made, proved.words, renamed) if part)
    if not signers or not proved.signed:
        return Judged(str(path), "file", "signer-unknown", "signer-unknown", detail, sessions, proved.key)
    return Judged(str(path), "file", "verified", "", detail, sessions, proved.key)


def _pack(path: Path, known: Known) -> Judged:
    """A pack: whether it can be read and run, and whether a known publisher signed exactly these files."""
    from fieldkit.packs.compile import compile_files
    from fieldkit.packs.read import NOTE, read_pack

    signers: list[str] = []
    try:
        files = read_pack(path)
        if (note := files.files.get(NOTE)) is not None:
            signers = _signers(note, [key for key in known.keys if key.role == "pub"])
        plan = compile_files(files).plan
        about = {f"id {plan.id}", f"version {plan.version}", f"files {files.hash}"}
        first, *lines = split_note(note)[0].split("\n") if note is not None else ("", *about)
        if note is not None and (first != "fieldkit-pack/1" or not about <= set(lines)):
            raise BadBytes("changed", "its pack.note is about other files, or another version")
    except BadBytes as error:
        return Judged(str(path), "pack", "refused", error.reason, error.detail)
    except WrongUsage as error:
        return Judged(str(path), "pack", "refused", "bad-pack", error.sentence)
    made = f"{plan.id} {plan.version}"
    if signers:
        return Judged(str(path), "pack", "verified", "", f"{made}, signed by {', '.join(signers)}")
    return Judged(str(path), "pack", "signer-unknown", "signer-unknown", f"{made}, signed by no known publisher")


# ---- helpers -------------------------------------------------------------------------------------------------


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
        judged: Judged = look(read(path, limit))
        return judged
    except BadBytes as error:
        return Judged(str(path), kind, "refused", error.reason, error.detail)


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
        raw = read(path, NOTES_LIMIT)
        return kind_of(split_notes(raw, NOTES_LIMIT)[0])
    except (BadBytes, IndexError):
        return ""
