"""Is this bundle whole, and who says so: the whole check of a bundle without a database.

`verified`        every session is intact and signed by its device under a key that was given
`signer-unknown`  intact, but some device is not among the keys, or its key had ended: nothing inside a bundle can vouch
                  for it
`sealed`          encrypted to a recipient or to words; only they can say more
`refused`         something is wrong; `reason` says what, and the bytes are not to be trusted
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from fieldkit.core.records import SignedBy
from fieldkit.errors import BadBytes, FieldkitError, NotPossible
from fieldkit.log.archive import BadArchive
from fieldkit.log.attest import Attestation, Sign, attestations, sign_of
from fieldkit.log.keys import VKey
from fieldkit.log.line import check_plan
from fieldkit.log.names import b64, split_origin
from fieldkit.log.note import Checkpoint, open_note, parse_checkpoint, split_note
from fieldkit.log.seal import NO_KEYS, Keys, opened
from fieldkit.log.unbundle import Bundle, Part
from fieldkit.log.walk import Walk, of_origin
from fieldkit.log.windows import EVERYBODY, Counted, Windows

SIGNS_LIMIT = 64
"""Most `sign.by` records of a session that a verdict names."""


class SessionVerdict(msgspec.Struct):
    """One session: `signers` are the names whose signature on the newest checkpoint was verified, and whose key counted
    then; `root` is base64."""

    origin: str
    size: int
    root: str
    signers: list[str] = []
    attested: list[Attestation] = []
    """Who signed it and what that means, earlier checkpoints included."""
    verdict: str = "refused"
    reason: str = ""
    detail: str = ""
    at: int | None = None
    anchor: int | None = None
    """As in `fieldkit.log.windows.Counted`."""
    ended: dict[str, str] = {}
    """Name → reason of known keys that signed and do not count."""


class Verdict(msgspec.Struct):
    """The worst of its sessions, or what is wrong with the archive itself. `sha256` is of the file as it is."""

    file: str
    verdict: str
    reason: str
    detail: str
    sha256: str
    sessions: list[SessionVerdict]
    kind: str = "bundle"


def verify_bundle(path: Path, keys: Sequence[VKey], unseal: Keys = NO_KEYS, windows: Windows = EVERYBODY) -> Verdict:
    """Read a bundle once, in memory that does not grow with it, and judge it under `keys`; foreign bytes never raise.

    `unseal`: what a sealed one is opened with. `windows`: from when until when each key counts. Raises NotPossible when
    there is no such file and FieldkitError when it cannot be read.
    """
    sessions: list[SessionVerdict] = []
    verdict, reason, detail = "refused", "", ""
    try:
        with path.open("rb") as file:
            hashed = _Hashed(file)
            try:
                with opened(hashed, unseal) as plain:  # type: ignore[arg-type]
                    for part in Bundle(plain):
                        sessions.append(_judge(part, keys, windows))
                worst = [session for session in sessions if session.verdict == "refused"]
                if not sessions:
                    raise BadArchive("no-session", "the bundle holds no session")
                if worst:
                    reason, detail = worst[0].reason, worst[0].detail
                elif all(session.verdict == "verified" for session in sessions):
                    verdict = "verified"
                else:
                    verdict = "signer-unknown"
                    one = next(session for session in sessions if session.verdict != "verified")
                    reason, detail = one.reason, one.detail or "intact, but no known key has signed it"
            except BadBytes as wrong:
                reason, detail = wrong.reason, wrong.detail
                if reason in ("sealed", "needs-words"):
                    verdict = "sealed"
            while hashed.read(1 << 20):
                pass
    except FileNotFoundError:
        raise NotPossible(f"There is no file {path.name}.", "Check the path.") from None
    except OSError as wrong:
        raise FieldkitError(
            f"{path.name} could not be read: {wrong.strerror}.", "Check the file and the disk."
        ) from wrong
    return Verdict(str(path), verdict, reason, detail, hashed.sha256.hexdigest(), sessions)


def _judge(part: Part, keys: Sequence[VKey], windows: Windows) -> SessionVerdict:
    """One session, from its checkpoint to its last blob. Raises BadArchive when the rest of the file is lost too."""
    said = part.checkpoint
    told = SessionVerdict(said.origin, said.size, b64(said.root))
    try:
        if part.wrong is not None:
            told.size, told.root = 0, ""
            raise part.wrong
        counted = counted_of(part.note, said.origin, keys, windows)
        told.signers, told.at, told.anchor = counted.names, counted.at, counted.anchor
        told.ended = {name: counted.reason(name) for name in counted.ended}
        before = earlier(part, keys)
        walk = Walk([said.size, *(at.size for at, _ in before)])
        try:
            signs = _read(part, walk, [at for at, _ in before])
        finally:
            walk.close()
        notes = [*(note for _, note in before), part.note]
        told.attested = attestations(signs, notes, keys, windows)
        device = split_origin(said.origin).device
        told.verdict = "verified" if device in told.signers else "signer-unknown"
        if device not in told.signers:
            told.reason, told.detail = counted.reason(device), counted.why(device)
    except BadArchive:
        raise
    except BadBytes as wrong:
        told.reason, told.detail = wrong.reason, wrong.detail
    return told


def counted_of(note: bytes, origin: str, keys: Sequence[VKey], windows: Windows = EVERYBODY) -> Counted:
    """Who of the known keys signed a checkpoint and counts. Raises BadBytes: a known key's bad signature, or no line of
    the origin's own device at all (`no-device-signature`)."""
    device = split_origin(origin).device
    if all(line.name != device for line in split_note(note)[1]):
        raise BadBytes("no-device-signature", "the device of this session has not signed it")
    try:
        return windows.judge(open_note(note, keys))
    except BadBytes as wrong:
        if wrong.reason == "no-known-signature":
            return Counted([])
        raise


class Noted(Protocol):
    """A session of a bundle, as far as its notes."""

    @property
    def checkpoint(self) -> Checkpoint: ...

    def signed(self) -> list[bytes]: ...


def earlier(part: Noted, keys: Sequence[VKey]) -> list[tuple[Checkpoint, bytes]]:
    """The earlier checkpoints that travel with a session, and their notes: of its origin, ascending, before its own,
    signed by its device, and no known key's signature bad. Raises BadBytes."""
    out: list[tuple[Checkpoint, bytes]] = []
    last = 0
    for note in part.signed():
        said = parse_checkpoint(split_note(note)[0])
        if said.origin != part.checkpoint.origin:
            raise BadBytes("wrong-origin", "an earlier checkpoint is of another session")
        if not last < said.size < part.checkpoint.size:
            raise BadBytes("signed-order", "earlier checkpoints are not ascending")
        counted_of(note, said.origin, keys)
        out.append((said, note))
        last = said.size
    return out


def _read(part: Part, walk: Walk, before: Iterable[Checkpoint]) -> list[Sign]:
    """Everything behind the checkpoints, checked; the `sign.by` records met on the way, the first SIGNS_LIMIT."""
    said, signs, names = part.checkpoint, list[Sign](), dict[int, str]()
    for chunk, lines in part.log():
        first = walk.tree.size
        if first + len(lines) > said.size:
            raise BadBytes("size-mismatch", f"more than the {said.size} records that were signed")
        read = walk.lines(chunk, lines)
        if first == 0 and read:
            of_origin(read[0], said.origin)
        for line in read:
            if line.k == SignedBy.kind and len(signs) < SIGNS_LIMIT:
                signs.append(sign_of(line.i, line.t, line.d))
    walk.leads_to(said, before)
    for chunk, lines in part.openings():
        wanted = {sign.i for sign in signs}
        for opening in walk.openings(chunk, lines):
            if opening.i in wanted:
                names[opening.i] = str(opening.private.get("name", ""))
    planned = False
    for sha256, blob in part.blobs():
        if sha256 == walk.plan:
            check_plan(blob)
            planned = True
    if not planned:
        raise BadBytes("no-plan", "the plan that the session names is not in the bundle")
    return [msgspec.structs.replace(sign, name=names.get(sign.i, "")) for sign in signs]


class _Hashed:
    """A stream that knows the SHA-256 of what was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()

    def read(self, n: int) -> bytes:
        data = self._stream.read(n)
        self.sha256.update(data)
        return data
