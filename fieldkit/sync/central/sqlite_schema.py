"""The tables of central's database, and how an older one becomes the newest: forward only, in one transaction.

Every unique key begins with the session's origin and there are no serials and no triggers, so that the same tables run
on a database that is spread over machines by origin.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from fieldkit.errors import BadBytes, DamagedData
from fieldkit.sync.central.sqlite_codes import fill_codes
from fieldkit.sync.central.sqlite_tombs import SWEPT
from fieldkit.sync.central.sqlite_tombs import TABLES as TOMBS

APPLICATION_ID = 0x464B4954

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

Step = tuple[str, Callable[[Any], Awaitable[None]] | None]
STEPS: tuple[Step, ...] = ((CODES, fill_codes), (TOMBS, None), (SWEPT, None))
"""From version 1 on: what is made, and what is filled in from what is stored."""
VERSION = 1 + len(STEPS)


async def migrate(db: Any, path: Path) -> None:
    """Make the tables, or bring those of an older release up to this one. Raises DamagedData for what is not ours.

    `db` is the connection of `sync.central.sqlite`, which alone knows the library. A crash on the way leaves the old
    version whole.
    """
    if await _version(db, path) == VERSION:
        return
    await db.execute("BEGIN IMMEDIATE")
    try:
        version = await _version(db, path)  # another command may have done it while this one waited
        if version == 0:
            await _run(db, SCHEMA)
            await db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for script, fill in STEPS[max(0, version - 1) :]:
            await _run(db, script)
            if fill is not None:
                await fill(db)
        await db.execute(f"PRAGMA user_version = {VERSION}")
        await db.execute("COMMIT")
    except BadBytes as wrong:
        raise DamagedData(
            f"Central's database {path} is damaged.", "Restore it from a backup of this folder."
        ) from wrong
    finally:
        if db.in_transaction:
            await db.execute("ROLLBACK")


async def _version(db: Any, path: Path) -> int:
    """The version of the tables that are here, 0 for an empty file. Raises DamagedData."""
    ((version,),) = await db.execute_fetchall("PRAGMA user_version")
    if version > VERSION:
        raise DamagedData(
            f"Central's database {path} was written by a newer release.", "Use that release, or restore a backup."
        )
    ((ours,),) = await db.execute_fetchall("PRAGMA application_id")
    ((tables,),) = await db.execute_fetchall("SELECT count(*) FROM sqlite_master")
    if ours != APPLICATION_ID if version else tables:
        raise DamagedData(f"{path} is not central's database.", "Check --home.")
    return int(version)


async def _run(db: Any, script: str) -> None:
    """Statements one by one: a script would end the transaction it stands in."""
    for statement in script.split(";"):
        if statement.strip():
            await db.execute(statement)
