"""Signed notes, checkpoints and cosignatures: C2SP signed-note, tlog-checkpoint, tlog-cosignature (v1).

A note is text, an empty line, and one to 64 lines `— name base64(keyid ‖ signature)`. A known name and key id with a
bad signature refuses the note, unknown ones are passed over, and no good one refuses it. What a signature means is
said by the first line of the text: an origin for a checkpoint, `fieldkit-<type>/1` for everything else; neither can
be read as the other, and a cosigner's key (type 04) counts on checkpoints only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.names import COSIGNER, SIGNER, b64, split_origin, unb64

NOTE_LIMIT = 64 * 1024
MAX_SIGNATURES = 64
SIZE_MAX = 2**53 - 1
TIME_MAX = 253_402_300_799
"""The last second of the year 9999: what comes later has no date."""

_DASH = "— "  # em dash, space
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]").search
_SIGNER_NAME = re.compile(r"[^\s+]+\Z").match
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,15})\Z").match
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z").match
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z").match


# ---- small texts with one spelling ---------------------------------------------------------------------------


def parse_number(text: str) -> int:
    """A whole number in plain decimal, 0 … 2^53−1. Raises BadBytes("bad-number")."""
    if not _NUMBER(text) or int(text) > SIZE_MAX:
        raise BadBytes("bad-number", "no whole number in plain decimal")
    return int(text)


def parse_hash(text: str) -> bytes:
    """A hash of 32 bytes in base64, as roots are written. Raises BadBytes("bad-hash")."""
    try:
        raw = unb64(text)
    except BadBytes:
        raw = b""
    if len(raw) != 32:
        raise BadBytes("bad-hash", "no hash of 32 bytes in base64")
    return raw


def utc_text(seconds: int) -> str:
    """Unix seconds as `2026-11-20T09:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_utc(text: str) -> int:
    """Unix seconds of `2026-11-20T09:00:00Z`, in that one spelling. Raises BadBytes("bad-time")."""
    try:
        if _UTC(text):
            return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        pass
    raise BadBytes("bad-time", "no time like 2026-11-20T09:00:00Z")


def parse_day(text: str) -> int:
    """Unix seconds at which the UTC day `2026-11-20` begins. Raises BadBytes("bad-time")."""
    if not _DAY(text):
        raise BadBytes("bad-time", "no date like 2026-11-20")
    return parse_utc(text + "T00:00:00Z")


def day_text(seconds: int) -> str:
    """The UTC day of Unix seconds as `2026-11-20`."""
    return utc_text(seconds)[:10]


# ---- notes ---------------------------------------------------------------------------------------------------


class SignatureLine(msgspec.Struct, frozen=True):
    """One signature line, read but not verified; `name` is foreign text."""

    name: str
    keyid: bytes
    body: bytes
    line: str


class Opened(msgspec.Struct, frozen=True):
    """A note whose known signatures are good: its text and who signed, a cosigner with its time (Unix seconds)."""

    text: str
    signers: list[tuple[VKey, int | None]]

    def signed_by(self, *roles: str) -> list[VKey]:
        """The signers whose name says one of these roles."""
        return [key for key, _ in self.signers if key.role in roles]

    def time_of(self, role: str) -> int | None:
        """The oldest time at which somebody of this role cosigned."""
        return min((time for key, time in self.signers if time is not None and key.role == role), default=None)


def split_note(raw: bytes, limit: int = NOTE_LIMIT) -> tuple[str, list[SignatureLine]]:
    """Text and signature lines of a note, nothing verified. Raises BadBytes."""
    if len(raw) > limit:
        raise BadBytes("too-long", f"a note of {len(raw)} bytes where {limit} are allowed")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadBytes("not-utf8", "the note is no UTF-8") from None
    cut = whole.rfind("\n\n")
    if cut <= 0 or not whole.endswith("\n") or cut + 2 == len(whole) or _CONTROL(whole):
        raise BadBytes("not-a-note", "a note is text, an empty line and signature lines")
    text, tail = whole[: cut + 1], whole[cut + 2 : -1]
    if tail.count("\n") >= MAX_SIGNATURES:
        raise BadBytes("too-many-signatures", f"more than {MAX_SIGNATURES} signature lines")
    lines = [_signature_line(line) for line in tail.split("\n")]
    if len({line.line for line in lines}) != len(lines):
        raise BadBytes("duplicate-signature", "the same signature line stands there twice")
    return text, lines


def _signature_line(line: str) -> SignatureLine:
    name, space, body = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _SIGNER_NAME(name):
        raise BadBytes("not-a-note", "a signature line is a dash, a name and base64")
    raw = unb64(body)
    if len(raw) < 5:
        raise BadBytes("not-a-note", "a signature line is too short")
    return SignatureLine(name, raw[:4], raw[4:], line)


def open_note(raw: bytes, keys: Iterable[VKey], limit: int = NOTE_LIMIT) -> Opened:
    """Verify a note under the keys somebody trusts. Raises BadBytes.

    `bad-signature`: a known name and key id, but the signature is not theirs. `no-known-signature`: nobody known
    signed. `wrong-key-type`: a cosigner's key on something that is no checkpoint. `bad-time`: a cosigner's clock was at
    no time that has a date.
    """
    text, lines = split_note(raw, limit)
    known: dict[tuple[str, bytes], list[VKey]] = {}
    for key in keys:
        known.setdefault((key.name, key.keyid), []).append(key)
    signers: list[tuple[VKey, int | None]] = []
    for line in lines:
        # Four bytes of key id can be made to collide, so every known key of that name and id gets its try.
        candidates = known.get((line.name, line.keyid))
        if candidates is None:
            continue
        for key in candidates:
            good, time = _verify(key, line.body, text)
            if good:
                signers.append((key, time))
                break
        else:
            raise BadBytes("bad-signature", f"the signature of {line.name} is not over this text")
    if not signers:
        raise BadBytes("no-known-signature", "nobody known has signed this")
    return Opened(text, signers)


def _verify(key: VKey, body: bytes, text: str) -> tuple[bool, int | None]:
    if key.type == SIGNER:
        return len(body) == 64 and key.verify(body, text.encode()), None
    try:
        parse_checkpoint(text)
    except BadBytes:
        raise BadBytes("wrong-key-type", f"{key.name} cosigns checkpoints and nothing else") from None
    time = int.from_bytes(body[:8], "big")
    good = len(body) == 72 and key.verify(body[8:], _cosigned(text, time))
    if good and not 1 <= time <= TIME_MAX:
        raise BadBytes("bad-time", f"{key.name} cosigned at no time between 1970 and 9999")
    return good, time


def sign_line(text: str, signer: Signer) -> str:
    """The signature line of `signer` (type 01) over a note's text, without its newline."""
    if signer.vkey.type != SIGNER:
        raise BadBytes("wrong-key-type", f"{signer.name} cosigns checkpoints and nothing else")
    return f"{_DASH}{signer.name} {b64(signer.vkey.keyid + signer.sign(text.encode()))}"


def sign_note(text: str, *signers: Signer) -> bytes:
    """The note of `text` (ends in a newline), signed by each. Raises BadBytes when it could not be read back."""
    raw = "\n".join([text, *(sign_line(text, signer) for signer in signers), ""]).encode()
    if not text.endswith("\n") or split_note(raw, 1 << 30)[0] != text:
        raise BadBytes("not-a-note", "this text cannot be a note")
    return raw


def add_signatures(raw: bytes, lines: Iterable[str]) -> bytes:
    """The note with more signature lines after those it has; lines that are there already are not repeated."""
    text, have = split_note(raw)
    kept = dict.fromkeys([line.line for line in have])
    kept.update(dict.fromkeys(line.removesuffix("\n") for line in lines))
    whole = "\n".join([text, *kept, ""]).encode()
    split_note(whole)
    return whole


# ---- checkpoints ---------------------------------------------------------------------------------------------


class Checkpoint(msgspec.Struct, frozen=True):
    """What a log is at a size: origin, number of records, root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint of a note's text; extension lines are refused. Raises BadBytes."""
    lines = text.split("\n", 4)
    if len(lines) != 4 or lines[3]:
        raise BadBytes("not-a-checkpoint", "a checkpoint is origin, size and root")
    split_origin(lines[0])
    return Checkpoint(lines[0], parse_number(lines[1]), parse_hash(lines[2]))


def open_checkpoint(raw: bytes, keys: Iterable[VKey]) -> tuple[Checkpoint, Opened]:
    """Verify a signed checkpoint and read it. Raises BadBytes."""
    opened = open_note(raw, keys)
    return parse_checkpoint(opened.text), opened


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosign(checkpoint_text: str, signer: Signer, time_s: int) -> str:
    """The cosignature line of `signer` (type 04) with its time in Unix seconds, without its newline."""
    parse_checkpoint(checkpoint_text)
    if signer.vkey.type != COSIGNER:
        raise BadBytes("wrong-key-type", f"{signer.name} signs notes and cosigns nothing")
    body = signer.vkey.keyid + time_s.to_bytes(8, "big") + signer.sign(_cosigned(checkpoint_text, time_s))
    return f"{_DASH}{signer.name} {b64(body)}"


# ---- notes of named lines ------------------------------------------------------------------------------------


def fields_text(kind: str, fields: Sequence[tuple[str, str]]) -> str:
    """The text of a `fieldkit-<kind>/1` note: its first line, then `name value` lines."""
    lines = [f"fieldkit-{kind}/1", *(f"{name} {value}" for name, value in fields)]
    if any("\n" in line for line in lines):
        raise BadBytes("not-a-note", "a value has more than one line")
    return "\n".join([*lines, ""])


def read_fields(text: str, kind: str, names: Sequence[str]) -> list[str]:
    """The values of a `fieldkit-<kind>/1` note that has exactly these lines in this order. Raises BadBytes."""
    lines = text.split("\n")
    if lines[0] != f"fieldkit-{kind}/1":
        raise BadBytes("wrong-note-type", f"this is no fieldkit-{kind}/1 note")
    if len(lines) != len(names) + 2 or lines[-1]:
        raise BadBytes("bad-note", f"a fieldkit-{kind}/1 note has the lines {', '.join(names)}")
    values = []
    for line, name in zip(lines[1:], names, strict=False):
        if not line.startswith(f"{name} "):
            raise BadBytes("bad-note", f"where {name} was expected stands something else")
        values.append(line[len(name) + 1 :])
    return values
