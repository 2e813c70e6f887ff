"""Which credentials count no more, as head office knew it at one moment: one note, signed by the office or by root.

    fieldkit-revoked/1
    org ld.acme.example
    as_of 2026-11-22T18:00:00Z
    gone 3fJ0b2c4yTg1kQmE8wZ0ag 2026-11-20

A line holds a hash of the credential's number and the first day on which it counts no more; no name, no program, no
reason. A number is no counter, so who has no certificate in hand learns from the list how many there are, and no more.
Lines whose first word this release does not know are passed over.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log.from_office import OFFICE, ROOT, head_of, lying, opened
from fieldkit.log.keys import Signer
from fieldkit.log.note import parse_utc, sign_note, utc_text
from fieldkit.log.trust import TrustList

REVOKED_LIMIT = 16 << 20
FILE = "revoked.note"
KIND = "fieldkit-revoked/1"
_HEAD = ("org", "as_of")
_LINE = re.compile(r"gone ([A-Za-z0-9_-]{22}) ([0-9]{4}-[0-9]{2}-[0-9]{2})\Z").match
_WORD = re.compile(r"[a-z][a-z_]{0,31}\Z").match


class Revoked(msgspec.Struct, frozen=True):
    """A list as read. `as_of` in Unix seconds; `gone`: hash of the number → first day on which it counts no more."""

    org: str
    as_of: int
    gone: dict[str, date] = {}

    def since(self, id: str) -> date | None:
        """From which day on this credential counts no more; None: the list does not name it."""
        return self.gone.get(hash_of(id))


def hash_of(id: str) -> str:
    """How the list calls a credential: 22 signs."""
    digest = hashlib.sha256(f"{KIND}\n{id.strip().lower()}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode("ascii").rstrip("=")


def is_gone(since: date | None, now: int) -> bool:
    """Whether that day has come at Unix second `now`, in UTC."""
    return since is not None and since <= datetime.fromtimestamp(now, UTC).date()


def revoked_note(found: Revoked, *signers: Signer) -> bytes:
    """Signed by the office or by root. Raises BadBytes for what could not be read back."""
    lines = [KIND, f"org {found.org}", f"as_of {utc_text(found.as_of)}"]
    lines += [f"gone {id} {day.isoformat()}" for id, day in sorted(found.gone.items())]
    text = "\n".join([*lines, ""])
    if parse_revoked(text) != found:
        raise BadBytes("bad-revoked", "these rows cannot be written")
    return sign_note(text, *signers)


def parse_revoked(text: str) -> Revoked:
    """Read the text of a list; its signature is `open_revoked`'s business. Raises BadBytes."""
    (org, as_of), lines = head_of(text, "revoked", _HEAD)
    gone: dict[str, date] = {}
    for line in lines:
        if line.partition(" ")[0] != "gone":
            if not _WORD(line.partition(" ")[0]):
                raise _bad(line)
            continue
        found = _LINE(line)
        if found is None or found[1] in gone:
            raise _bad(line)
        try:
            gone[found[1]] = date.fromisoformat(found[2])
        except ValueError:
            raise _bad(line) from None
    return Revoked(org, parse_utc(as_of), gone)


def _bad(line: str) -> BadBytes:
    return BadBytes("bad-revoked", f"a line of the list cannot be read: {clean_text(line, 60)}")


def open_revoked(raw: bytes, trust: TrustList, now: int) -> Revoked:
    """Verify a list under the office and root keys of a trust list, and read it. A revoked key vouches for nothing.

    Raises BadBytes: `no-known-signature`, `bad-signature`, `wrong-org`, `wrong-note-type`, `bad-revoked`…
    """
    return opened(raw, trust, now, REVOKED_LIMIT, parse_revoked, OFFICE, ROOT, what="list")


def revoked_path(home: Path) -> Path:
    return home / FILE


def held_revoked(home: Path) -> Revoked | None:
    """The list that lies here, verified when it was taken in; None where there is none. Raises DamagedData."""
    try:
        return lying(revoked_path(home), REVOKED_LIMIT, parse_revoked)
    except (OSError, BadBytes) as wrong:
        raise DamagedData(
            "The list of revoked certificates cannot be read.", "Delete revoked.note; the next sync brings it anew."
        ) from wrong
