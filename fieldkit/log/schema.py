"""What is in a session file, and how every connection to one is opened.

One SQLite file a session. The bytes that count are `records.line` and `openings.line`; everything else can be made
from them or is a note about them. `records` and `checkpoints` only ever grow: triggers refuse the rest, and
`recursive_triggers` makes them refuse INSERT OR REPLACE too, which otherwise passes them.

Forward only: `user_version` is the number of migrations applied, each in one transaction, after a copy of the file.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from fieldkit.errors import DamagedData, DiskFull, FieldkitError, NotPossible
from fieldkit.log.files import sync_folder

APPLICATION_ID = 0x464B4954
"""`FKIT`, in bytes 68–71 of the file."""

BUSY_MS = 2000


class NeverBegun(DamagedData):
    """A file that was being made when the power went: nothing was ever saved in it."""


MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE meta (
            key TEXT PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE records (
            i INTEGER PRIMARY KEY,
            line BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE openings (
            i INTEGER PRIMARY KEY,
            line BLOB NOT NULL
        ) STRICT""",
        # An index whose opening is to go: the one door through which an opening may be deleted.
        "CREATE TABLE erased (i INTEGER PRIMARY KEY) STRICT",
        # SHA-256 of the scoped intent id and the index it ended in, in order of arrival. Read whole when a session
        # is opened and looked up in memory, so no index: random keys would dirty a page for every answer.
        """CREATE TABLE intents (
            n INTEGER PRIMARY KEY,
            key BLOB NOT NULL,
            i INTEGER NOT NULL
        ) STRICT""",
        # SHA-256 of a seat's token and the record that seated somebody with it.
        """CREATE TABLE seats (
            i INTEGER PRIMARY KEY,
            token BLOB NOT NULL
        ) STRICT""",
        # The clock columns stand in the newest row only: older ones would tell the second of a confidential answer,
        # whose own time is floored to the minute. `human`: bears more than the device's signature.
        """CREATE TABLE checkpoints (
            size INTEGER PRIMARY KEY CHECK (size > 0),
            note BLOB NOT NULL,
            human INTEGER NOT NULL DEFAULT 0,
            frontier BLOB,
            m INTEGER,
            t INTEGER,
            last_m INTEGER,
            last_t INTEGER,
            boot TEXT,
            reading INTEGER
        ) STRICT""",
        """CREATE TRIGGER records_stay BEFORE DELETE ON records
            BEGIN SELECT RAISE(ABORT, 'records are never deleted'); END""",
        """CREATE TRIGGER records_keep BEFORE UPDATE ON records
            BEGIN SELECT RAISE(ABORT, 'records are never changed'); END""",
        """CREATE TRIGGER openings_stay BEFORE DELETE ON openings
            WHEN NOT EXISTS (SELECT 1 FROM erased WHERE i = OLD.i)
            BEGIN SELECT RAISE(ABORT, 'an opening goes by erasure only'); END""",
        """CREATE TRIGGER openings_keep BEFORE UPDATE ON openings
            BEGIN SELECT RAISE(ABORT, 'openings are never changed'); END""",
        """CREATE TRIGGER checkpoints_stay BEFORE DELETE ON checkpoints
            BEGIN SELECT RAISE(ABORT, 'checkpoints are never deleted'); END""",
        # Signature lines are added at the end of a note; the text before them, and so the root, stays.
        """CREATE TRIGGER checkpoints_keep BEFORE UPDATE OF size, note ON checkpoints
            WHEN NEW.size <> OLD.size OR substr(NEW.note, 1, length(OLD.note)) <> OLD.note
            BEGIN SELECT RAISE(ABORT, 'a checkpoint only gains signatures'); END""",
        # With the primary key: two roots at one size cannot be, nor a step back.
        """CREATE TRIGGER checkpoints_grow BEFORE INSERT ON checkpoints
            WHEN EXISTS (SELECT 1 FROM checkpoints WHERE size >= NEW.size)
            BEGIN SELECT RAISE(ABORT, 'a checkpoint of this size or more exists'); END""",
    ),
)


def connect(path: Path) -> sqlite3.Connection:
    """A writer's connection with everything that is set per connection; the caller holds the session's lock.

    `path` must exist. Raises NotPossible when it does not, DamagedData when it is no session file.
    """
    if not path.is_file():
        raise NotPossible(f"There is no session file {path.name}.", "`fieldkit sessions` lists those that there are.")
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000)
    try:
        # Somebody else's database is not even switched to WAL.
        if path.stat().st_size and db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise _foreign(path)
        # secure_delete before the first write, else pages freed by it keep what was in them.
        db.execute("PRAGMA secure_delete=ON")
        mode = db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise FieldkitError(
                "This folder cannot keep a session safely.",
                "Choose a data folder on the laptop's own disk, not on a network drive.",
            )
        for setting in (
            "synchronous=FULL",
            "fullfsync=1",
            "checkpoint_fullfsync=1",
            "recursive_triggers=ON",
            "temp_store=MEMORY",
            "trusted_schema=OFF",
            "cell_size_check=ON",
        ):
            db.execute(f"PRAGMA {setting}")
    except (sqlite3.DatabaseError, UnicodeDecodeError) as wrong:
        db.close()
        raise unreadable(path, wrong) from wrong
    except BaseException:
        db.close()
        raise
    return db


@contextlib.contextmanager
def untouched(path: Path) -> Iterator[None]:
    """Within this, closing a writer's connection leaves file and -wal as they lie.

    The last one that closes takes the -wal into the file, whatever is in it. Of a file that was put back from a backup
    beside the -wal of another it would leave neither.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(*FAILED):  # what cannot be read has nothing taken into it either
            uri = f"{path.resolve().as_uri()}?mode=ro"
            db = stack.enter_context(contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)))
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield


def settle(db: sqlite3.Connection, path: Path) -> None:
    """Move what the -wal of an opened file holds into the file itself, synced, before anything found in it counts.

    After a sync that failed the system may drop those bytes and still show them, and say yes to the next sync: a commit
    that is read back may be on no disk. Moving it writes it anew. Raises FieldkitError: also while somebody reads.
    """
    try:
        busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        with wal_path(path).open("r+b") as wal:  # an older end of it that came back would undo what was moved
            os.fsync(wal.fileno())
    except (OSError, *FAILED) as wrong:
        raise unreadable(path, wrong) from wrong
    if busy:
        raise unreadable(path, sqlite3.OperationalError("somebody is reading it"))


def check_version(db: sqlite3.Connection, path: Path) -> int:
    """The number of migrations this file has seen. Raises when it is no session file or comes from a newer release."""
    application = db.execute("PRAGMA application_id").fetchone()[0]
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if not application and not version and not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise NeverBegun(f"{path.name} is empty: its session never began.", "It can be deleted.")
    if application != APPLICATION_ID or version < 1:
        raise DamagedData(
            f"{path.name} is not a session file.", "Take it out of the sessions folder; nothing else does."
        )
    if version > len(MIGRATIONS):
        raise FieldkitError(
            f"{path.name} was made by a newer release of fieldkit.", "Install the newer release on this laptop too."
        )
    return version


def migrate(db: sqlite3.Connection, path: Path, seen: int, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Bring a file that has seen `seen` migrations up to date in one transaction, after a copy `<name>.v<seen>`."""
    if seen == len(migrations):
        return
    if seen:
        copy = path.with_name(f"{path.name}.v{seen}")
        create_private(copy)
        with contextlib.closing(sqlite3.connect(copy)) as into:
            db.backup(into)  # never a plain copy: what is still in the -wal would be missing
    db.execute("BEGIN IMMEDIATE")
    try:
        for script in migrations[seen:]:
            for statement in script:
                db.execute(statement)
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute(f"PRAGMA user_version={len(migrations)}")
        db.execute("COMMIT")
    except BaseException:
        rollback(db)
        raise


def create(path: Path, meta: dict[str, bytes]) -> None:
    """A new session file with these meta rows, durable before this returns. Leaves nothing behind when it fails."""
    create_private(path)
    try:
        with contextlib.closing(connect(path)) as db:
            migrate(db, path, 0)
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            db.execute("COMMIT")
        sync_folder(path.parent)
    except BaseException as wrong:
        for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            with contextlib.suppress(OSError):
                name.unlink()
        if isinstance(wrong, sqlite3.Error):
            raise unreadable(path, wrong) from wrong
        raise


def wal_path(path: Path) -> Path:
    """Where SQLite keeps what was committed last, until it takes it into the file itself."""
    return path.with_name(f"{path.name}-wal")


def lock_path(path: Path) -> Path:
    """Where the lock of a session file is."""
    return path.with_name(f"{path.name}.lock")


def rollback(db: sqlite3.Connection) -> None:
    """Leave the transaction if there still is one: after SQLITE_FULL or an I/O error it is already gone."""
    if db.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")


def create_private(path: Path) -> None:
    """An empty file of mode 0600 from birth; SQLite gives its -wal and -shm the same mode. Raises if it exists."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as wrong:
        raise FieldkitError(f"{path.name} exists already.", "Nothing was overwritten; choose another name.") from wrong
    except OSError as wrong:
        raise FieldkitError(
            f"{path.name} could not be made: {wrong.strerror}.", "Check the data folder and the space on the disk."
        ) from wrong


def _foreign(path: Path) -> DamagedData:
    return DamagedData(f"{path.name} is not a session file.", "Take it out of the sessions folder.")


def disk_full() -> DiskFull:
    return DiskFull(
        "The disk is full: this is not saved yet.",
        "Free some space on the laptop; the phones keep their answers and send them again.",
    )


class NotBytes(sqlite3.DatabaseError):
    """A cell is no blob or integer any more: one flipped bit of its header makes a text of a line."""


_CELLS = {bytes, int}
_CELLS_OR_NULL = {bytes, int, type(None)}


def cells(rows: Iterable[tuple[Any, ...]], *, null: bool = False) -> Iterator[tuple[Any, ...]]:
    """Rows in which every cell is a blob or an integer. `null`: cells behind the first may be NULL, as of a join.

    Raises NotBytes: SQLite checks no type while it reads.
    """
    rows = iter(rows)
    while some := list(islice(rows, 512)):
        behind = chain.from_iterable(row[1:] for row in some) if null else chain.from_iterable(some)
        if not ({*map(type, behind)} <= (_CELLS_OR_NULL if null else _CELLS) and {type(x[0]) for x in some} <= _CELLS):
            raise NotBytes("a cell is of another type than its column")
        yield from some


FAILED = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file may raise: SQLite quotes a damaged schema in its message, which then is no text."""


def unreadable(path: Path, wrong: sqlite3.Error | UnicodeDecodeError | OSError) -> FieldkitError:
    """The sentence for what SQLite, or the system, says about a file that it cannot open."""
    code = getattr(wrong, "sqlite_errorcode", 0) & 0xFF
    if isinstance(wrong, (UnicodeDecodeError, NotBytes)):
        code = sqlite3.SQLITE_CORRUPT
    if code == sqlite3.SQLITE_FULL:
        return disk_full()
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedData(
            f"The session file {path.name} is damaged.",
            "Keep it as it is and restore the newest backup; `fieldkit fsck` says how far it can be read.",
        )
    return FieldkitError(
        f"The session file {path.name} could not be read or written ({wrong}).",
        "Check that the disk is connected, has space, and that the file belongs to you.",
    )
