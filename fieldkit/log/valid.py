"""Who may do which task until when, as head office knew it at one moment: one note, signed by the office or by root.

    fieldkit-valid/1
    org ld.acme.example
    as_of 2026-11-22T18:00:00Z
    stale 2026-11-29T18:00:00Z
    salt m3V0c1pQ7xq2b0T9a8KXyw
    task press4 30 press-operator@1.0.0
    who 3fJ0b2c4yTg1kQmE8wZ0ag press4 ready 2027-11-22 plant-2 B

A line of a person holds no name and no badge but a hash of salt, badge and issuer, so that a laptop can find whom it
knows. That hides badges from a glance and keeps two notes from being laid side by side; it does not keep anybody who
has a list of badges from trying each of them (docs/programs.md, What the note reveals). Lines whose first word this
release does not know are passed over. An old note stays true about the moment of which it speaks: who was ready then
is due or out of time later by the days that it names.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import date
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log.from_office import OFFICE, ROOT, head_of, lying, opened
from fieldkit.log.keys import Signer
from fieldkit.log.note import parse_utc, sign_note, utc_text
from fieldkit.log.trust import TrustList

VALID_LIMIT = 16 << 20
MOST_PEOPLE = 200_000
FILE = "valid.note"
KIND = "fieldkit-valid/1"
SALT_BYTES = 16
READY, DUE, GAP = "ready", "due", "gap"
STATES = (READY, DUE, GAP)
_HEAD = ("org", "as_of", "stale", "salt")
_TASK = re.compile(r"[a-z][a-z0-9-]{0,31}\Z").match
_PROGRAM = re.compile(r"[a-z0-9][a-z0-9-]{1,63}@[0-9A-Za-z.+-]{5,110}\Z").match
_ID = re.compile(r"[A-Za-z0-9_-]{22}\Z").match
_NONE = "-"


class Task(msgspec.Struct, frozen=True):
    """A task, from how many days before the end people are due, and the programs (`id@version`) that it needs."""

    id: str
    days: int
    programs: tuple[str, ...]


class Row(msgspec.Struct, frozen=True):
    """One person and one task. `until`: the last day on which it counts, of a gap the day on which it ran out."""

    id: str
    task: str
    state: str
    until: date | None
    site: str
    crew: str

    def on(self, day: date, days: int) -> str:
        """The state on a day after the note was made."""
        if self.state == GAP or (self.until is not None and self.until < day):
            return GAP
        return DUE if self.until is not None and (self.until - day).days <= days else READY


class Valid(msgspec.Struct, frozen=True):
    """A note as read. Times in Unix seconds; `stale`: from then on it is called old."""

    org: str
    as_of: int
    stale: int
    salt: bytes
    tasks: tuple[Task, ...]
    rows: tuple[Row, ...]

    def task(self, id: str) -> Task | None:
        return next((one for one in self.tasks if one.id == id), None)

    def id_of(self, badge: str, issuer: str = "") -> str:
        return id_of(self.salt, badge, issuer)


def id_of(salt: bytes, badge: str, issuer: str = "") -> str:
    """How this note calls a person: 22 signs."""
    whole = salt + badge.strip().upper().encode() + b"\0" + issuer.strip().upper().encode()
    return _b64url(hashlib.sha256(whole).digest()[:16])


def valid_text(found: Valid) -> str:
    """The text to be signed. Raises BadBytes for what could not be read back."""
    lines = [KIND, f"org {found.org}", f"as_of {utc_text(found.as_of)}", f"stale {utc_text(found.stale)}"]
    lines.append(f"salt {_b64url(found.salt)}")
    lines += [" ".join(["task", one.id, str(one.days), *one.programs]) for one in found.tasks]
    for row in found.rows:
        until = row.until.isoformat() if row.until is not None else _NONE
        lines.append(" ".join(["who", row.id, row.task, row.state, until, _word(row.site), _word(row.crew)]))
    text = "\n".join([*lines, ""])
    if parse_valid(text) != found:
        raise BadBytes("bad-valid", "these rows cannot be written")
    return text


def valid_note(found: Valid, *signers: Signer) -> bytes:
    """Signed by the office or by root. Raises BadBytes."""
    return sign_note(valid_text(found), *signers)


def parse_valid(text: str) -> Valid:
    """Read the text of a note; its signature is `open_valid`'s business. Raises BadBytes."""
    (org, as_of, stale, salt), lines = head_of(text, "valid", _HEAD)
    tasks: dict[str, Task] = {}
    rows: list[Row] = []
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "task":
            task = _task(rest, line)
            if task.id in tasks:
                raise _bad(line)
            tasks[task.id] = task
        elif word == "who":
            rows.append(_row(rest, line, tasks))
        elif not re.fullmatch(r"[a-z][a-z_]{0,31}", word):
            raise _bad(line)
    if len(rows) > MOST_PEOPLE:
        raise BadBytes("too-long", f"a note of {len(rows)} people where {MOST_PEOPLE} are allowed")
    if len({(row.id, row.task) for row in rows}) != len(rows):
        raise BadBytes("bad-valid", "somebody stands there twice for one task")
    return Valid(org, parse_utc(as_of), parse_utc(stale), _salt(salt), tuple(tasks.values()), tuple(rows))


def _task(rest: str, line: str) -> Task:
    parts = rest.split(" ")
    if len(parts) < 2 or not _TASK(parts[0]) or not all(map(_PROGRAM, parts[2:])):
        raise _bad(line)
    if not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 5):
        raise _bad(line)
    return Task(parts[0], int(parts[1]), tuple(parts[2:]))


def _row(rest: str, line: str, tasks: dict[str, Task]) -> Row:
    parts = rest.split(" ")
    if len(parts) != 6 or not _ID(parts[0]) or parts[1] not in tasks or parts[2] not in STATES:
        raise _bad(line)
    try:
        until = None if parts[3] == _NONE else _day(parts[3])
        site, crew = (_unword(part) for part in parts[4:])
    except ValueError:
        raise _bad(line) from None
    return Row(parts[0], parts[1], parts[2], until, site, crew)


def _day(text: str) -> date:
    found = date.fromisoformat(text)
    if found.isoformat() != text:
        raise ValueError(text)
    return found


def _word(text: str) -> str:
    return "%2D" if text == _NONE else quote(text, safe="") or _NONE


def _unword(text: str) -> str:
    found = "" if text == _NONE else unquote_to_bytes(text).decode("utf-8")
    if _word(found) != text:
        raise ValueError(text)
    return found


def _salt(text: str) -> bytes:
    if not _ID(text):
        raise BadBytes("bad-valid", "the salt is not 16 bytes")
    raw = base64.urlsafe_b64decode(f"{text}==")
    if _b64url(raw) != text:
        raise BadBytes("bad-valid", "the salt is not in its one spelling")
    return raw


def _b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _bad(line: str) -> BadBytes:
    return BadBytes("bad-valid", f"a line of the note cannot be read: {clean_text(line, 60)}")


# ---- accepting and keeping ---------------------------------------------------------------------------------------


def open_valid(raw: bytes, trust: TrustList, now: int) -> Valid:
    """Verify a note under the office and root keys of a trust list, and read it. A revoked key vouches for nothing.

    Raises BadBytes: `no-known-signature`, `bad-signature`, `wrong-org`, `wrong-note-type`, `bad-valid`…
    """
    return opened(raw, trust, now, VALID_LIMIT, parse_valid, OFFICE, ROOT)


def valid_path(home: Path) -> Path:
    return home / FILE


def held_valid(home: Path) -> Valid | None:
    """The note that lies here, verified when it was taken in; None where there is none. Raises DamagedData."""
    try:
        return lying(valid_path(home), VALID_LIMIT, parse_valid)
    except (OSError, BadBytes) as wrong:
        raise DamagedData(
            "The list of who may do what cannot be read.", "Delete valid.note; the next sync brings it anew."
        ) from wrong
