"""Taking openings out of a session file, so that nothing of them stays in it.

Deleting a row is not enough. SQLite's `secure_delete` overwrites what a page frees, but where cells move between pages
it leaves copies behind (measured: 1 to 5 of 1,000 deleted rows could still be read in the file), and the -wal keeps
the pages as they were. So after the commit the file is written anew (VACUUM) and the -wal is emptied; while a reader
still stands on the old pages that cannot be done, and the erasure is *pending*.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from fieldkit.core.records import Erased, Record
from fieldkit.log import schema
from fieldkit.log.line import Line


def lay(db: sqlite3.Connection, refs: Iterable[int]) -> None:
    """Tombstones for these indices, and their openings away; inside the caller's transaction."""
    rows = [(ref,) for ref in refs]
    db.executemany("INSERT INTO erased (i) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM erased WHERE i = ?1)", rows)
    db.executemany("DELETE FROM openings WHERE i = ?", rows)


def obey(db: sqlite3.Connection, batch: Iterable[Sequence[Record]]) -> None:
    """What `erase` records among these ask for, in the transaction that writes them: a log never says that something
    is gone which is still there, and never loses a private half without saying so."""
    for record in (one for group in batch for one in group):
        if isinstance(record.fact, Erased):
            lay(db, [ref for ref in record.fact.refs if 0 <= ref < record.i])


def erased_by(line: Line) -> list[int]:
    """Indices whose openings this record takes away: only records before it. None for any other kind."""
    refs = line.d.get("refs") if line.k == "erase" else None
    return [ref for ref in refs if type(ref) is int and 0 <= ref < line.i] if isinstance(refs, list) else []


def forget(db: sqlite3.Connection, path: Path) -> bool:
    """Write the file anew and empty its -wal; False while a reader keeps the old pages. Raises FieldkitError (no room
    for the copy, say)."""
    try:
        db.execute("VACUUM")
        busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as wrong:
        raise schema.unreadable(path, wrong) from wrong
    return not busy
