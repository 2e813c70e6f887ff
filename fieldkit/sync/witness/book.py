"""A witness: somebody outside the line of command who cosigns hashes, by stick, and never sees a name.

    witness.key    the key (type 04), sealed with a passphrase
    central        public keys of head offices whose cosignature it believes, one a line
    signed         what it has signed: `<origin> <size> <root> <Unix seconds>`, one session a line

Its memory is what makes a witness: it signs a longer log only when a proof leads there from the one it signed before,
and never another root at the same size, nor a smaller one. It stands in this folder before a signature leaves it, and
a folder without it signs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.files import write_durable
from fieldkit.log.heads_note import Head, split_heads
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.lock import AnotherHost, Lock
from fieldkit.log.merkle import verify_consistency
from fieldkit.log.names import b64, is_org, role_of
from fieldkit.log.note import (
    Checkpoint,
    add_signatures,
    cosign,
    open_note,
    parse_checkpoint,
    parse_number,
    split_note,
    utc_text,
)
from fieldkit.log.receipt import join_notes

KEY, CENTRAL, SIGNED, LOCK = "witness.key", "central", "signed", "lock"
FIRST = "fieldkit-witness/1"
SLACK = 300
"""Seconds by which this machine's clock may lie behind the newest signature."""


class Answer(msgspec.Struct, frozen=True):
    """What became of one checkpoint. `result`: `signed`, or why not; `had` is the size signed before, 0 if none.

    smaller           less than was signed before         no-proof         nothing leads here from what was signed
    another-root      another log than was signed before  unknown-central  no head office known here has cosigned it
    """

    origin: str
    size: int
    result: str
    had: int = 0


class Seen(msgspec.Struct, frozen=True):
    """What was signed of one session; `time` is Unix seconds."""

    size: int
    root: bytes
    time: int


def make(folder: Path, org: str, id: str, centrals: Iterable[VKey], passphrase: str | None) -> VKey:
    """Make a witness in an empty folder. Raises WrongUsage for names and keys, NotPossible if something is there."""
    name = f"{org}/witness/{id}"
    known = list(centrals)
    try:
        role_of(name)
    except BadBytes:
        raise WrongUsage(
            "A witness is named by an organisation, like a domain, and an id of 4 to 12 of a-z and 0-9.",
            "For example: --org council.acme.example --id wc01",
        ) from None
    if not is_org(org) or not known or any(key.role != "central" for key in known):
        raise WrongUsage("A witness believes a head office: name its central key.", "`central init` printed it.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotPossible(f"{folder} is not an empty folder.", "Choose a new folder for the witness.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    signer = Signer.generate(name)
    signer.save(folder / KEY, passphrase)
    write_durable(folder / CENTRAL, "".join(f"{key}\n" for key in known).encode("ascii"))
    write_durable(folder / SIGNED, _memory({}))
    return signer.vkey


class Book:
    """A witness's folder, opened under a lock: two that sign at once would not know of each other."""

    def __init__(self, folder: Path) -> None:
        """Raises FieldkitError when there is no witness, or another command uses it; DamagedData."""
        if not (folder / KEY).is_file():
            raise FieldkitError(f"There is no witness in {folder}.", "Make one: `fieldkit witness init`.")
        self.folder = folder
        try:
            self._lock = Lock(folder / LOCK)
        except AnotherHost:
            raise FieldkitError("Another command is signing in this folder.", "Wait until it is done.") from None
        try:
            self.centrals = [VKey.parse(line) for line in (folder / CENTRAL).read_text("ascii").split("\n") if line]
            self.seen = _remembered((folder / SIGNED).read_bytes())
        except (OSError, UnicodeDecodeError, BadBytes) as error:
            self._lock.release()
            raise DamagedData(
                f"What the witness in {folder} remembers cannot be read, so it signs nothing.",
                "Restore the whole folder from a backup that is newer than its last signature.",
            ) from error

    def close(self) -> None:
        self._lock.release()

    def believe(self, central: VKey) -> None:
        """One more head office's key, after it made itself a new one. Raises WrongUsage, FieldkitError."""
        if central.role != "central":
            raise WrongUsage(f"{central.name} is not a head office's key.", "It looks like name/central+ce025969+BK…")
        if central not in self.centrals:
            self.centrals.append(central)
            write_durable(self.folder / CENTRAL, "".join(f"{key}\n" for key in self.centrals).encode("ascii"))

    def signer(self, passphrase: str | None) -> Signer:
        return Signer.load(self.folder / KEY, passphrase)

    def sign(self, raw: bytes, signer: Signer, now: int) -> tuple[list[Answer], bytes]:
        """Judge a heads.note and cosign what follows from what was signed before; the answers, and the signed notes.

        `now` is Unix seconds. The memory is on the disk before this returns. Raises BadBytes when the file cannot be
        read or a signature is bad, NotPossible when this machine's clock runs behind.
        """
        newest = max((one.time for one in self.seen.values()), default=0)
        if now + SLACK < newest:
            raise NotPossible(
                f"This machine's clock is behind the last signature, which is of {utc_text(newest)}.",
                "Set the clock, then sign again.",
            )
        answers, notes = [], []
        seen = dict(self.seen)
        for head in split_heads(raw):
            at = head.checkpoint
            answers.append(self._judge(head, at))
            if answers[-1].result == "signed":
                seen[at.origin] = Seen(at.size, at.root, now)
                notes.append(_signed(head.note, at, signer, now))
        if seen != self.seen:
            write_durable(self.folder / SIGNED, _memory(seen))
            self.seen = seen
        return answers, join_notes(notes)

    def _judge(self, head: Head, at: Checkpoint) -> Answer:
        had = self.seen.get(at.origin)
        size = had.size if had is not None else 0
        try:
            open_note(head.note, self.centrals)
        except BadBytes as error:
            if error.reason != "no-known-signature":
                raise
            return Answer(at.origin, at.size, "unknown-central", size)
        if had is None:
            return Answer(at.origin, at.size, "signed")
        if at.size < had.size:
            return Answer(at.origin, at.size, "smaller", size)
        if at.size == had.size:
            return Answer(at.origin, at.size, "signed" if at.root == had.root else "another-root", size)
        if had.size not in head.proofs:
            return Answer(at.origin, at.size, "no-proof", size)
        follows = verify_consistency(had.size, had.root, at.size, at.root, head.proofs[had.size])
        return Answer(at.origin, at.size, "signed" if follows else "another-root", size)


def _signed(note: bytes, at: Checkpoint, signer: Signer, now: int) -> bytes:
    """The note with this witness's line, in place of one it may have from before."""
    text, lines = split_note(note)
    kept = [line.line for line in lines if line.name != signer.name]
    return add_signatures("\n".join([text, *kept, ""]).encode(), [cosign(at.text(), signer, now)])


def _memory(seen: dict[str, Seen]) -> bytes:
    lines = [f"{origin} {one.size} {b64(one.root)} {one.time}" for origin, one in sorted(seen.items())]
    return "\n".join([FIRST, *lines, ""]).encode("ascii")


def _remembered(raw: bytes) -> dict[str, Seen]:
    first, *lines = raw.decode("ascii").split("\n")
    if first != FIRST or not lines or lines.pop():
        raise BadBytes("not-a-memory", "the file is not what a witness remembers")
    out: dict[str, Seen] = {}
    for line in lines:
        parts = line.split(" ")
        if len(parts) != 4 or parts[0] in out:
            raise BadBytes("not-a-memory", "a line is a session, its size, its root and a time")
        at = parse_checkpoint("\n".join([*parts[:3], ""]))
        out[at.origin] = Seen(at.size, at.root, parse_number(parts[3]))
    return out
