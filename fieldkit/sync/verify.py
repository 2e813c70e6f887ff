"""`fieldkit verify`: what is this file, is it whole, and who says so.

`verified`        intact, and signed by a key that is known here
`signer-unknown`  intact, but nobody known has signed it
`sealed`          encrypted; only its recipient, or who knows its words, can say more
`refused`         something is wrong, `reason` says what

Known are the keys of the accepted trust list, of a list given on the same command line and signed by `--root` or by a
root of the accepted one, and this data folder's own device key. A list inside a bundle is never a source of keys. From
when until when a key counts is judged by head office's cosignature, else by this computer's clock (`log.windows`).
"""

from __future__ import annotations

import hashlib
import stat
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from fieldkit.errors import BadBytes, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.amended_note import parse_amended_note
from fieldkit.log.attest import as_dicts
from fieldkit.log.bundle import verify_bundle
from fieldkit.log.certificate import PDF_LIMIT, of_qr
from fieldkit.log.credential import LIMIT, looks_like
from fieldkit.log.credential_jwt import MOST, looks_like_jwt
from fieldkit.log.erase_note import parse_erase_note
from fieldkit.log.files import kind_of as kind_of_mode
from fieldkit.log.note import Checkpoint, day_text, parse_checkpoint, read_fields, split_note
from fieldkit.log.proven import PROOFS, PROOFS_LIMIT
from fieldkit.log.receipt import (
    HEADER,
    is_qr_text,
    kind_of,
    of_page,
    parse_central_receipt,
    read_file_note,
    split_notes,
)
from fieldkit.log.revoked import KIND, REVOKED_LIMIT
from fieldkit.log.trust import TRUST_LIMIT, open_trust, parse_enrol, parse_trust
from fieldkit.log.valid import KIND as VALID
from fieldkit.log.valid import VALID_LIMIT
from fieldkit.log.windows import REASON_OF, Counted
from fieldkit.sync.judged import Judged, Known, judged_by, read, session_of
from fieldkit.sync.verify_credential import is_ours, judge_code, judge_json, judge_jwt, judge_pdf, judge_revoked
from fieldkit.sync.verify_people import judge_qr, judge_receipts
from fieldkit.sync.verify_sheet import judge_beside
from fieldkit.sync.verify_valid import judge_valid

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
    for n in [n for n, head in heads.items() if head.startswith(f"{KIND}\n".encode())]:
        out[n] = _guarded(files[n], "revoked", _revoked(files[n], known), REVOKED_LIMIT)
    for n, path in enumerate(files):
        if n not in out:
            out[n] = _judge(path, heads[n], known)
    return [out[n] for n in range(len(files))]


def _judge(path: Path, head: bytes, known: Known) -> Judged:
    if path.is_dir() or (head.startswith(b"PK\x03\x04") and not _is_book(path)):
        return _pack(path, known)
    if head.startswith((b"\x1f\x8b", b"age-encryption.org/")):
        found = verify_bundle(path, known.keys, known.unseal, known.windows)
        sessions = [
            {"origin": s.origin, "size": s.size, "signers": s.signers}
            | judged_by(s.at, s.anchor)
            | ({"ended": s.ended} if s.ended else {})
            | ({"attested": as_dicts(s.attested)} if s.attested else {})
            for s in found.sessions
        ]
        return Judged(str(path), "bundle", found.verdict, found.reason, found.detail, sessions)
    if head.startswith(HEADER.encode()):
        kind = "proofs" if path.name.endswith(PROOFS) else "receipt"
        return _guarded(path, kind, lambda raw: judge_receipts(path, raw, known), PROOFS_LIMIT)
    if head.lstrip()[:15].lower().startswith(b"<!doctype html"):  # a receipt as it is printed for one person
        return _guarded(path, "receipt", lambda raw: judge_receipts(path, of_page(raw), known))
    if is_qr_text(head):
        return _code(path, known)
    if head.startswith(f"{VALID}\n".encode()):
        return _guarded(path, "valid", lambda raw: judge_valid(path, raw, known), VALID_LIMIT)
    kind = _note_kind(path) if path.suffix == ".note" or b"\n\n" in head else ""
    if kind in ("checkpoint", "receipt", "erase", "amended"):
        return _guarded(path, "receipt", lambda raw: _receipts(path, raw, known))
    if kind == "enrol":
        return _guarded(path, "enrol", lambda raw: _enrol(path, raw, known))
    if kind == "file":
        path = path.with_name(path.name.removesuffix(".note"))
    if path.with_name(path.name + ".note").is_file():
        return _guarded(path, "file", lambda raw: _file(path, raw, known), FILE_LIMIT)
    if looks_like(head):
        return _guarded(path, "credential", lambda raw: judge_json(path, raw, known), LIMIT)
    if looks_like_jwt(head):
        return _guarded(path, "credential", lambda raw: judge_jwt(path, raw, known), MOST)
    if head.startswith(b"%PDF-") and path.stat().st_size <= PDF_LIMIT and is_ours(read(path, PDF_LIMIT)):
        return _guarded(path, "credential", lambda raw: judge_pdf(path, raw, known), PDF_LIMIT)
    if path.suffix == ".fkb":
        return Judged(str(path), "bundle", "refused", "not-gzip", "the file does not begin like a bundle")
    return Judged(str(path), "unknown", "refused", "no-note", "there is no signed note beside this file")


# ---- kinds ---------------------------------------------------------------------------------------------------


def _revoked(path: Path, known: Known) -> Callable[[bytes], Judged]:
    return lambda raw: judge_revoked(path, raw, known)


def _code(path: Path, known: Known) -> Judged:
    """What a scanner read: of a certificate, else of a receipt."""

    def look(raw: bytes) -> Judged:
        note = of_qr(raw.decode("ascii"))
        return judge_code(path, note, known) if note is not None else judge_qr(path, raw, known)

    return _guarded(path, "receipt", look)


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
        over = known.now is not None and trust.expired(known.now)
        ended = f", which ran out on {day_text(trust.expires)}" if over else ""
        return Judged(str(path), "trust", "verified", "", f"version {trust.version} of {trust.org}{ended}")

    return _guarded(path, "trust", look, TRUST_LIMIT)


def _enrol(path: Path, raw: bytes, known: Known) -> Judged:
    asked = parse_enrol(raw)
    state = known.windows.state(asked.vkey, known.now) if asked.vkey in known.keys else ""
    reason = "" if state == "ok" else REASON_OF.get(state, "signer-unknown")
    verdict = "signer-unknown" if reason else "verified"
    return Judged(str(path), "enrol", verdict, reason, f"{asked.vkey.name}: {asked.words}")


def _receipts(path: Path, raw: bytes, known: Known) -> Judged:
    """Central's receipts: each must be signed by a known office, over a checkpoint with a known central's line."""
    told: dict[Checkpoint, list[Counted]] = {}
    receipted: dict[Checkpoint, bool] = {}
    erasures = amended = foreign = 0
    ended: list[Counted] = []
    for note in split_notes(raw, NOTES_LIMIT):
        if kind_of(note) == "checkpoint":
            ended.append(known.checkpoint(note))
            told.setdefault(parse_checkpoint(split_note(note)[0]), []).append(ended[-1])
            continue
        keys, counted = known.note(note)
        ended.append(counted)
        if kind_of(note) == "erase":
            erasures += 1
            foreign += not keys
            if keys:
                parse_erase_note(note, keys)
            continue
        if kind_of(note) == "amended":
            amended += 1
            foreign += not keys
            if keys:
                parse_amended_note(note, keys)
            continue
        fields = read_fields(split_note(note)[0], "receipt", ("origin", "size", "root", "held"))
        at = parse_checkpoint("\n".join([*fields[:3], ""]))
        receipted[at] = receipted.get(at, False) or bool(keys)
        if keys:
            parse_central_receipt(note, keys)
    every = dict.fromkeys([*told, *receipted])
    unknown = [at for at in every if not _is_central(told.get(at, [])) or not receipted.get(at, True)]
    sessions = [session_of(at, one) for at in every for one in told.get(at, [Counted([])])]
    if unknown or foreign:
        why = [(one.reason(name), one.why(name)) for one in ended for name in one.ended if _is_office(name)]
        detail = "; ".join(["no known office signed it", *dict.fromkeys(words for _, words in why)])
        reason = why[0][0] if why else "signer-unknown"
        return Judged(str(path), "receipt", "signer-unknown", reason, detail, sessions)
    with_ = [f"{n} notes of what was {what}" for n, what in ((erasures, "erased"), (amended, "corrected")) if n]
    return Judged(str(path), "receipt", "verified", "", f"with {' and '.join(with_)}" if with_ else "", sessions)


def _is_central(found: Iterable[Counted]) -> bool:
    return any(name.endswith("/central") for one in found for name in one.names)


def _is_office(name: str) -> bool:
    return name.endswith(("/central", "/office"))


def _file(path: Path, raw: bytes, known: Known) -> Judged:
    """An export: its note says who made it, from which log; its bytes must be those that were signed."""
    note = read(path.with_name(path.name + ".note"), NOTES_LIMIT)
    said = read_file_note(note)
    if hashlib.sha256(raw).hexdigest() != said.sha256:
        raise BadBytes("changed", "the file is not the one that was signed")
    renamed = "" if unicodedata.normalize("NFC", path.name) == said.name else f"it was called {said.name} when signed"
    keys, counted = known.note(note, "dev", "office")
    signers = [key.name for key in keys]
    proved = judge_beside(path, raw, said.sources, known)
    sessions = [{"origin": at.origin, "size": at.size, "signers": signers} for at in said.sources]
    made = f"made by {', '.join(signers)}" if signers else "nobody known made it"
    ended = "; ".join(counted.why(name) for name in counted.ended)
    detail = "; ".join(part for part in (made, ended, proved.words, renamed) if part)
    if not signers or not proved.signed:
        reason = next((counted.reason(name) for name in counted.ended if not signers), proved.reason)
        return Judged(str(path), "file", "signer-unknown", reason, detail, sessions, proved.key)
    return Judged(str(path), "file", "verified", "", detail, sessions, proved.key)


def _pack(path: Path, known: Known) -> Judged:
    """A pack: whether it can be read and run, and whether a known publisher signed exactly these files."""
    from fieldkit.packs.compile import compile_files
    from fieldkit.packs.read import NOTE, read_pack

    signers, counted = list[str](), Counted([])
    try:
        files = read_pack(path)
        if (note := files.files.get(NOTE)) is not None:
            keys, counted = known.note(note, "pub")
            signers = [key.name for key in keys]
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
    why = ["signed by no known publisher", *(counted.why(name) for name in counted.ended)]
    reason = next((counted.reason(name) for name in counted.ended), "signer-unknown")
    return Judged(str(path), "pack", "signer-unknown", reason, f"{made}, {'; '.join(why)}")


# ---- helpers -------------------------------------------------------------------------------------------------


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


def _is_book(path: Path) -> bool:
    """Whether a zip is an exported workbook: a pack has its note inside."""
    return path.suffix.lower() == ".xlsx" or path.with_name(path.name + ".note").is_file()


def _note_kind(path: Path) -> str:
    try:
        raw = read(path, NOTES_LIMIT)
        return kind_of(split_notes(raw, NOTES_LIMIT)[0])
    except (BadBytes, IndexError):
        return ""
