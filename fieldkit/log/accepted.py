"""The trust list that a laptop has accepted, and the one before it: so that `trust show` can say what changed.

Only the list in force counts for anything. The one before is kept for its reader alone, and is passed over when it
cannot be read.
"""

from __future__ import annotations

from pathlib import Path

from fieldkit.errors import BadBytes
from fieldkit.log.files import write_durable
from fieldkit.log.note import split_note
from fieldkit.log.trust import TRUST_LIMIT, TrustList, parse_trust

BEFORE = "trust-before.note"


def put(home: Path, raw: bytes) -> None:
    """The list in its place, the one that lay there beside it. The caller has accepted `raw`. Raises FieldkitError."""
    path = home / "trust.note"
    if path.exists():
        write_durable(home / BEFORE, path.read_bytes())
    write_durable(path, raw)


def before(home: Path) -> TrustList | None:
    """The list that the one in force took the place of; None when there was none, or none that can be read."""
    try:
        return parse_trust(split_note((home / BEFORE).read_bytes(), TRUST_LIMIT)[0])
    except (OSError, BadBytes):
        return None


def version_of(raw: bytes) -> int:
    """The number that a list gives itself, unverified, to take several in their order; −1 where there is none."""
    try:
        return parse_trust(split_note(raw, TRUST_LIMIT)[0]).version
    except BadBytes:
        return -1
