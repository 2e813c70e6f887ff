"""The SQL of one commit, and of looking at what earlier ones left: plain functions on the database's own thread.

Only the store calls them, inside its transactions; who may write, when, and what a failure means is decided there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import msgspec

from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log import schema
from fieldkit.log.batch import Clocks, Moment, Numbered
from fieldkit.log.bulk import leaf_hashes
from fieldkit.log.keys import VKey
from fieldkit.log.merkle import EMPTY_ROOT, Frontier
from fieldkit.log.note import open_checkpoint

NEWEST = "FROM checkpoints ORDER BY size DESC LIMIT 1"
_DAMAGED = "Nothing is added to a damaged file: start a new session, and run `fieldkit fsck` on this one."

# One statement a table, whatever the size of the batch: `key` counts from 0 and `value` is start·2^14 + length within
# one blob of all lines. Each call into SQLite gives up the interpreter's lock, and against a busy event loop a call
# a record cost 0.1 ms a record.
_PUT_RECORDS = "INSERT INTO records SELECT ?1 + key, substr(?2, (value >> 14) + 1, value & 16383) FROM json_each(?3)"
_PUT_OPENINGS = (
    "INSERT INTO openings SELECT ?1 + key, substr(?2, (value >> 14) + 1, value & 16383) FROM json_each(?3)"
    " WHERE value & 16383"
)
_PUT_INTENTS = "INSERT INTO intents (i, key) SELECT value, substr(?1, key * 32 + 1, 32) FROM json_each(?2)"
_PUT_SEATS = "INSERT INTO seats (i, token) SELECT value, substr(?1, key * 32 + 1, 32) FROM json_each(?2)"
_PUT_CHECKPOINT = (
    "INSERT INTO checkpoints (size, note, human, frontier, m, t, last_m, last_t, boot, reading)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_STRIP = (
    "UPDATE checkpoints SET frontier = NULL, m = NULL, t = NULL, last_m = NULL, last_t = NULL, boot = NULL,"
    " reading = NULL WHERE size = ?"
)


class Head(msgspec.Struct, frozen=True):
    """Where the log ends: number of records and their root."""

    size: int
    root: bytes


class Found(msgspec.Struct, frozen=True):
    """What an audit found in a session file."""

    origin: str
    plan: bytes
    head: Head


def meta(db: sqlite3.Connection, key: str) -> bytes | None:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def leaves(db: sqlite3.Connection, upto: int | None = None, start: int = 0) -> list[bytes]:
    """The leaf hashes of the records from `start` on, up to the first `upto` or all."""
    rows: Iterable[tuple[bytes]] = db.execute(
        "SELECT line FROM records WHERE i >= ? AND i < ? ORDER BY i", (start, 1 << 62 if upto is None else upto)
    )
    return leaf_hashes(line for (line,) in schema.cells(rows))


def read_head(db: sqlite3.Connection, path: Path) -> tuple[int, Frontier, Clocks]:
    """The head as the database has it. Raises DamagedData when records and newest checkpoint disagree."""
    row = db.execute(f"SELECT size, frontier, m, t, last_m, last_t {NEWEST}").fetchone()
    last = db.execute("SELECT max(i) FROM records").fetchone()[0]
    size = 0 if last is None else last + 1
    if (row[0] if row else 0) != size:
        raise DamagedData(f"{path.name} holds {size} records where {row[0] if row else 0} were signed.", _DAMAGED)
    if row is None:
        return 0, Frontier(), Clocks()
    try:
        tree = Frontier.from_bytes(row[1] or b"")
    except BadBytes as wrong:
        raise DamagedData(f"The checkpoint of {path.name} cannot be read ({wrong}).", _DAMAGED) from wrong
    if tree.size != size:
        raise DamagedData(f"The checkpoint of {path.name} does not fit its records.", _DAMAGED)
    return size, tree, Clocks(*row[2:])


def insert(db: sqlite3.Connection, size: int, numbered: Numbered) -> None:
    """Records from index `size` on, their openings, intents and seats."""
    if numbered.lines:
        db.execute(_PUT_RECORDS, (size, *_packed(numbered.lines)))
    if any(numbered.openings):
        db.execute(_PUT_OPENINGS, (size, *_packed(numbered.openings)))
    for sql, rows in ((_PUT_INTENTS, numbered.intents), (_PUT_SEATS, numbered.seats)):
        if rows:
            db.execute(sql, (b"".join([key for _, key in rows]), str([i for i, _ in rows])))


def insert_checkpoint(
    db: sqlite3.Connection, note: bytes, before: int, tree: Frontier, now: Clocks, at: Moment, human: bool
) -> None:
    """The signed checkpoint of `tree`; the clocks of the one before, at size `before`, are forgotten. `human`: more
    than the device has signed it, so it travels when it is no longer the newest."""
    db.execute(_STRIP, (before,))
    row = (tree.size, note, int(human), tree.to_bytes(), now.m, now.t, now.last_m, now.last_t, at.boot, at.reading)
    db.execute(_PUT_CHECKPOINT, row)


def _packed(lines: list[bytes]) -> tuple[bytes, str]:
    at, spans = 0, []
    for line in lines:
        spans.append(at << 14 | len(line))
        at += len(line)
    return b"".join(lines), str(spans)


def audit(db: sqlite3.Connection, path: Path, device: VKey) -> Found:
    """Bring the schema up to date and check that the file is whole: as many records as its newest checkpoint says,
    under its root, signed by `device`. Raises DamagedData; signing never repairs anything.
    """
    try:
        schema.migrate(db, path, schema.check_version(db, path))
        db.execute("BEGIN")
        origin, plan = meta(db, "origin"), meta(db, "plan")
        row = db.execute(f"SELECT size, note, frontier {NEWEST}").fetchone()
        tree = Frontier()
        tree.extend(leaves(db))
        db.execute("COMMIT")
    except schema.FAILED as wrong:
        schema.rollback(db)
        raise schema.unreadable(path, wrong) from wrong
    if origin is None or plan is None:
        raise DamagedData(f"{path.name} does not say which session it is.", _DAMAGED)
    name = origin.decode("utf-8", "replace")
    size, root = tree.size, tree.root()
    if row is None:
        if size:
            raise DamagedData(f"{path.name} holds {size} records that nobody signed.", _DAMAGED)
        return Found(name, plan, Head(0, EMPTY_ROOT))
    if row[0] != size:
        raise DamagedData(f"{path.name} holds {size} records where {row[0]} were signed.", _DAMAGED)
    try:
        signed, _ = open_checkpoint(row[1], [device])
    except BadBytes as wrong:
        raise DamagedData(
            f"The checkpoint of {path.name} does not bear this laptop's signature ({wrong.reason}).", _DAMAGED
        ) from wrong
    if (signed.origin, signed.size, signed.root) != (name, size, root) or row[2] != tree.to_bytes():
        raise DamagedData(f"The records of {path.name} are not those that were signed.", _DAMAGED)
    return Found(name, plan, Head(size, root))
