"""Bundles: whole logs in one file, to be carried on a stick or sent, the same bytes either way (docs/bundle-format.md).

Writing is deterministic: the same sessions and the same note make the same file. `read_bundle` (in `unbundle`) and
`verify_bundle` (in `verdict`) are the other direction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible
from fieldkit.log.archive import BadArchive, Packer
from fieldkit.log.files import durable
from fieldkit.log.names import b64
from fieldkit.log.note import parse_checkpoint, split_note
from fieldkit.log.read import SessionFile
from fieldkit.log.seal import Lock, sealing
from fieldkit.log.unbundle import BLOB_LIMIT, HEADS, MAGIC, SESSIONS_LIMIT, SPLIT, Bundle, Part, read_bundle
from fieldkit.log.verdict import SessionVerdict, Verdict, verify_bundle
from fieldkit.log.walk import Walk

__all__ = [
    "BadArchive",
    "Bundle",
    "BundleInfo",
    "Part",
    "SessionVerdict",
    "Verdict",
    "bundle_name",
    "read_bundle",
    "sha256_of",
    "verify_bundle",
    "write_bundle",
]

_CHUNK = 1 << 16


class BundleInfo(msgspec.Struct, frozen=True):
    """What was written, as `fieldkit bundle --json` prints it; roots are base64."""

    file: str
    sha256: str
    sessions: list[dict[str, str | int]]
    sealed_to: list[str]
    words: str = ""
    """The six words it is sealed to where there is no recipient: shown once, kept nowhere."""


def bundle_name(device_id: str, seqs: Iterable[int], utc: str) -> str:
    """`<dev id>-<first seq>-<last seq>-<UTC>.fkb`; `utc` as 2026-11-20T09:00:00Z, without colons on the stick."""
    numbers = sorted(seqs)
    stamp = utc.replace("-", "").replace(":", "")
    return f"{device_id}-{numbers[0]:06d}-{numbers[-1]:06d}-{stamp}.fkb"


def write_bundle(
    sessions: Sequence[SessionFile],
    head_note: tuple[str, bytes],
    out: Path,
    *,
    lock: Lock | None,
    each: Callable[[int, int], None] = lambda done, of: None,
) -> BundleInfo:
    """Write the whole logs of `sessions` to `out`, durably, and check the written file by its hash.

    `lock`: what it is sealed to; None makes a file that anybody can read. `head_note` is (`trust.note` or `enrol.note`,
    its bytes). Every log is walked while it is written: a damaged one raises DamagedData and leaves no file.
    `each(done, of)` is told before every session and each of its chunks, and at the end; what it raises ends the
    writing, and there is no file. Raises NotPossible without records, WrongUsage when `out` is no place for a file,
    FieldkitError when the disk refuses.
    """
    if head_note[0] not in HEADS:
        raise ValueError(head_note[0])
    ordered = sorted(sessions, key=lambda session: session.origin)
    if not ordered or len({session.origin for session in ordered}) != len(ordered):
        raise NotPossible("There is no session to bundle.", "Name each session once; `fieldkit sessions` lists them.")
    if len(ordered) > SESSIONS_LIMIT:
        raise NotPossible(f"A bundle holds at most {SESSIONS_LIMIT} sessions.", "Write several bundles.")
    told = []
    with durable(out) as file:
        hashed: Any = _Hashed(file)
        with sealing(hashed, lock) if lock is not None else nullcontext(hashed) as into:
            packer = Packer(into)
            for name, raw in (("fieldkit-bundle", MAGIC), head_note):
                packer.add(name, len(raw), [raw])
            for n, session in enumerate(ordered, 1):
                told.append(_write_session(packer, n, session, partial(each, n - 1, len(ordered))))
            each(len(ordered), len(ordered))
            packer.close()
    if sha256_of(out) != hashed.sha256.hexdigest():
        raise FieldkitError(f"{out.name} does not read back as it was written.", "Use another stick or disk.")
    to = lock or Lock()
    return BundleInfo(str(out), hashed.sha256.hexdigest(), told, list(to.recipients), to.words)


def _write_session(packer: Packer, n: int, session: SessionFile, beat: Callable[[], None]) -> dict[str, str | int]:
    head = session.head
    beat()
    if not head.size:
        raise NotPossible(f"Nothing is saved in {session.path.name} yet.", "Leave it out of the bundle.")
    signed = session.signed()
    stops = {parse_checkpoint(split_note(note)[0]).size: note for note in signed}
    log_size, openings_size = session.weights()
    walk = Walk([head.size, *stops])
    try:
        note = session.checkpoint()
        packer.add(f"{n}/checkpoint", len(note), [note])
        if signed:
            joined = SPLIT.join(signed)
            packer.add(f"{n}/signed", len(joined), [joined])
        packer.add(f"{n}/log.jsonl", log_size, _walked(session.lines(), walk.lines, beat))
        packer.add(f"{n}/openings.jsonl", openings_size, _walked(session.openings(), walk.openings, beat))
        for sha256, blob in session.blobs().items():
            if len(blob) > BLOB_LIMIT:
                raise NotPossible(f"An attachment of {session.path.name} is larger than 1 MiB.")
            packer.add(f"{n}/blob/{sha256}", len(blob), [blob])
        if head.origin != session.origin or walk.tree.size != head.size:
            raise BadBytes("size-mismatch", f"{walk.tree.size} records where {head.size} were signed")
        if walk.roots[head.size] != head.root:
            raise BadBytes("root-mismatch", "the records are not those that were signed")
        if walk.plan != hashlib.sha256(session.plan).hexdigest():
            # Head office would hold it for ever: nothing in the bundle says what was run.
            raise BadBytes("plan-mismatch", "its plan is not the one that session.open names")
    except BadBytes as wrong:
        raise DamagedData(
            f"The session {session.path.name} is damaged and was not bundled ({wrong}).",
            "`fieldkit fsck` says what is wrong; bundle the other sessions without it.",
        ) from wrong
    finally:
        walk.close()
    return {"origin": head.origin, "size": head.size, "root": b64(head.root)}


def _walked(
    lines: Iterator[bytes], check: Callable[[bytes, list[bytes]], object], beat: Callable[[], None]
) -> Iterator[bytes]:
    """The lines in chunks with newlines, each chunk checked before it is given on; `beat` is called after each."""
    batch: list[bytes] = []
    weight = 0
    for line in lines:
        batch.append(line)
        weight += len(line) + 1
        if weight >= _CHUNK:
            chunk = b"\n".join([*batch, b""])
            check(chunk, batch)
            yield chunk
            beat()
            batch, weight = [], 0
    if batch:
        chunk = b"\n".join([*batch, b""])
        check(chunk, batch)
        yield chunk


class _Hashed:
    """A file to write to that knows the SHA-256 of what was written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file, read as it is on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
