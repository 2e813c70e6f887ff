"""What head office signs and hands down: notes that begin with its organisation, each kind with lines of its own.

Who may have signed one, and for whom, is judged here for all of them; what stands in it reads each kind itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from fieldkit.errors import BadBytes
from fieldkit.log.names import is_org
from fieldkit.log.note import open_note, read_fields, split_note
from fieldkit.log.trust import TrustList


class OfOrg(Protocol):
    @property
    def org(self) -> str: ...


class Dated(OfOrg, Protocol):
    @property
    def as_of(self) -> int: ...


N = TypeVar("N", bound=OfOrg)
D = TypeVar("D", bound=Dated)
OFFICE, ROOT = "office", "root"


def opened(
    raw: bytes, trust: TrustList, now: int, limit: int, parse: Callable[[str], N], *kinds: str, what: str = "note"
) -> N:
    """A note that a key of one of these kinds on the list has signed, read by `parse`. `now`: Unix s; a revoked key
    vouches for nothing. `what` it is called. Raises BadBytes: `no-known-signature`, `bad-signature`, `wrong-org`, and
    whatever `parse` raises."""
    keys = [key.vkey for key in trust.of(*kinds) if key.state(now) != "revoked"]
    found = parse(open_note(raw, keys, limit).text)
    if found.org != trust.org:
        raise BadBytes("wrong-org", f"the {what} is of {found.org}, not of {trust.org}")
    return found


def head_of(text: str, kind: str, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The values of the first lines, of which the organisation is the first, and the lines after them. Raises
    BadBytes."""
    lines = text.split("\n")
    values = read_fields("\n".join([*lines[: len(names) + 1], ""]), kind, names)
    if not is_org(values[0]):
        raise BadBytes("bad-name", "the organisation is not written like a domain name")
    return values, lines[len(names) + 1 : -1]


def lying(path: Path, limit: int, parse: Callable[[str], N]) -> N | None:
    """The note that lies there, verified when it was taken in; None where there is none. Raises OSError, BadBytes."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    return parse(split_note(raw, limit)[0])


def newer(found: D, held: D | None) -> D:
    """What came, if it may take the place of what is held. Raises BadBytes("not-newer")."""
    if held is not None and held.org == found.org and found.as_of <= held.as_of:
        raise BadBytes("not-newer", "what is held was made at the same time or later")
    return found
