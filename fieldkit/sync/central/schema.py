"""The tables of central's database, as SQLite writes them, and how an older one becomes the newest: forward only.

Every unique key begins with the session's origin and there are no serials and no triggers, so that the same tables run
on a database that is spread over machines by origin. `fieldkit.sync.central.postgres` says the same in its own tongue.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fieldkit.sync.central.tx import Tx

SCHEMA = """
CREATE TABLE session (
  origin TEXT NOT NULL PRIMARY KEY, device TEXT NOT NULL, seq INTEGER NOT NULL, size INTEGER NOT NULL,
  root BLOB NOT NULL, frontier BLOB NOT NULL, checkpoint BLOB NOT NULL, plan TEXT NOT NULL,
  prev_origin TEXT, prev_size INTEGER, prev_root BLOB, title TEXT NOT NULL, site TEXT NOT NULL, ms INTEGER NOT NULL
) STRICT;
CREATE INDEX session_device ON session (device, seq);
CREATE INDEX session_prev ON session (prev_origin);
CREATE TABLE cosigned (
  origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, s INTEGER NOT NULL, PRIMARY KEY (origin, size)
) STRICT;
CREATE TABLE record (
  origin TEXT NOT NULL, i INTEGER NOT NULL, x TEXT, line BLOB NOT NULL, PRIMARY KEY (origin, i)
) STRICT, WITHOUT ROWID;
CREATE TABLE opening (
  origin TEXT NOT NULL, i INTEGER NOT NULL, line BLOB NOT NULL, PRIMARY KEY (origin, i)
) STRICT, WITHOUT ROWID;
CREATE TABLE erased (
  origin TEXT NOT NULL, i INTEGER NOT NULL, why TEXT NOT NULL, ms INTEGER NOT NULL, PRIMARY KEY (origin, i)
) STRICT;
CREATE TABLE blob (
  origin TEXT NOT NULL, sha256 TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (origin, sha256)
) STRICT;
CREATE TABLE signed (
  origin TEXT NOT NULL, size INTEGER NOT NULL, note BLOB NOT NULL, PRIMARY KEY (origin, size)
) STRICT;
CREATE TABLE arrival (
  origin TEXT NOT NULL, sha256 TEXT NOT NULL, name TEXT NOT NULL, size INTEGER, checkpoint BLOB,
  result TEXT NOT NULL, reason TEXT NOT NULL, ms INTEGER NOT NULL, PRIMARY KEY (origin, sha256)
) STRICT;
CREATE INDEX arrival_file ON arrival (sha256);
CREATE TABLE finding (
  origin TEXT NOT NULL, code TEXT NOT NULL, other TEXT NOT NULL, detail TEXT NOT NULL, ms INTEGER NOT NULL,
  PRIMARY KEY (origin, code, other)
) STRICT;
CREATE TABLE presence (
  origin TEXT NOT NULL, p TEXT NOT NULL, badge TEXT NOT NULL, issuer TEXT NOT NULL,
  from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (origin, p, from_ms)
) STRICT;
CREATE INDEX presence_badge ON presence (badge);
"""
"""Version 1; what came later stands in `STEPS`."""

CODES = """
CREATE TABLE code (
  origin TEXT NOT NULL, i INTEGER NOT NULL, code TEXT NOT NULL, PRIMARY KEY (origin, i)
) STRICT, WITHOUT ROWID;
CREATE INDEX code_code ON code (code);
"""
"""The short code of every arrival (`fieldkit.log.receipt.short_code`)."""

TOMBS = """
CREATE TABLE unsettled (
  origin TEXT NOT NULL, i INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (origin, i)
) STRICT;
CREATE TABLE settled (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), stamp TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL
) STRICT;
"""

SWEPT = """
CREATE TABLE swept (
  origin TEXT NOT NULL, x TEXT NOT NULL, why TEXT NOT NULL, PRIMARY KEY (origin, x)
) STRICT;
"""
"""Private halves, by their salted hash, that were taken out of a file on the shelf before its session was taken in."""

TOUCHING = """
CREATE INDEX finding_other ON finding (code, other);
"""
"""So that what a session has to do with others is looked up, however many sessions there are."""


async def _codes(tx: Tx) -> None:
    await tx.fill_codes()


Step = tuple[str, Callable[[Tx], Awaitable[None]] | None]
STEPS: tuple[Step, ...] = ((SCHEMA, None), (CODES, _codes), (TOMBS, None), (SWEPT, None), (TOUCHING, None))
"""One after another, each a version: what is made, and what is filled in from what is stored."""
VERSION = len(STEPS)


async def bring_up(tx: Tx, version: int, tongue: Callable[[str], str] = str) -> None:
    """The tables of `version` (0: none) become those of this release. Raises BadBytes for lines that cannot be read."""
    for script, fill in STEPS[version:]:
        for statement in script.split(";"):
            if statement.strip():
                await tx.change(tongue(statement))
        if fill is not None:
            await fill(tx)
