"""Which packs head office gives out: one note for every laptop, signed by the office.

    fieldkit-packs/1
    org ld.acme.example
    as_of 2026-11-23T09:00:00Z
    pack dock-safety 1.2.0 54821 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

A line is id, version, bytes and SHA-256 of the archive. The note says which bytes they are; whether the pack in them
is believed, the publisher's own signature says (`pack.note` in it). Lines whose first word this release does not know
are passed over. A pack that a newer note does not name any more stays where it is installed.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.errors import BadBytes
from fieldkit.log.from_office import OFFICE, head_of, lying, opened
from fieldkit.log.keys import Signer
from fieldkit.log.note import parse_number, parse_utc, sign_note, utc_text
from fieldkit.log.trust import TrustList

PACKS_LIMIT = 1 << 20
MOST = 500
"""Packs in one note."""
ARCHIVE_MOST = 51 * 1024 * 1024
"""Bytes of one archive: what a pack may hold, and its directory."""
FILE = "packs.note"
KIND = "fieldkit-packs/1"
_HEAD = ("org", "as_of")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,63}\Z").match
_VERSION = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}([+-][0-9A-Za-z.+-]{1,60})?\Z").match
_HEX = re.compile(r"[0-9a-f]{64}\Z").match


class Item(msgspec.Struct, frozen=True):
    """One archive: `size` bytes, SHA-256 in hex."""

    id: str
    version: str
    size: int
    sha256: str

    @property
    def file(self) -> str:
        """How it is called wherever it lies."""
        return f"{self.id}-{self.version}.fkpack"


class PacksNote(msgspec.Struct, frozen=True):
    """A note as read; `as_of` Unix seconds."""

    org: str
    as_of: int
    items: tuple[Item, ...]


def is_version(text: str) -> bool:
    """Whether a pack of this version can stand in a note."""
    return _VERSION(text) is not None


def packs_note(found: PacksNote, signer: Signer) -> bytes:
    """Signed by the office. Raises BadBytes for what could not be read back."""
    lines = [KIND, f"org {found.org}", f"as_of {utc_text(found.as_of)}"]
    lines += [f"pack {one.id} {one.version} {one.size} {one.sha256}" for one in found.items]
    text = "\n".join([*lines, ""])
    if parse_packs(text) != found:
        raise BadBytes("bad-packs", "these packs cannot be written")
    return sign_note(text, signer)


def parse_packs(text: str) -> PacksNote:
    """Read the text of a note; its signature is `open_packs`'s business. Raises BadBytes."""
    (org, as_of), lines = head_of(text, "packs", _HEAD)
    items: list[Item] = []
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "pack":
            items.append(_item(rest, line))
        elif not re.fullmatch(r"[a-z][a-z_]{0,31}", word):
            raise _bad(line)
    if len(items) > MOST:
        raise BadBytes("too-long", f"a note of {len(items)} packs where {MOST} are allowed")
    if len({one.file for one in items}) != len(items):
        raise BadBytes("bad-packs", "a pack stands there twice")
    return PacksNote(org, parse_utc(as_of), tuple(items))


def _item(rest: str, line: str) -> Item:
    parts = rest.split(" ")
    if len(parts) != 4 or not _ID(parts[0]) or not _VERSION(parts[1]) or not _HEX(parts[3]):
        raise _bad(line)
    size = parse_number(parts[2])
    if not 0 < size <= ARCHIVE_MOST:
        raise BadBytes("too-large", "a pack is larger than any may be")
    return Item(parts[0], parts[1], size, parts[3])


def _bad(line: str) -> BadBytes:
    return BadBytes("bad-packs", f"a line of the note cannot be read: {clean_text(line, 60)}")


def open_packs(raw: bytes, trust: TrustList, now: int) -> PacksNote:
    """Verify a note under the office keys of a trust list, and read it; a revoked key vouches for nothing.

    Raises BadBytes: `no-known-signature`, `bad-signature`, `wrong-org`, `bad-packs`…
    """
    return opened(raw, trust, now, PACKS_LIMIT, parse_packs, OFFICE)


def held_packs(home: Path) -> PacksNote | None:
    """The note that lies here, verified when it was taken in; None where there is none, or none that can be read: then
    the newest one comes again."""
    try:
        return lying(home / FILE, PACKS_LIMIT, parse_packs)
    except (OSError, BadBytes):
        return None
