"""Reading a session file beside its writer: for export, bundle, fsck, lists. Synchronous, read-only, one snapshot.

In WAL mode a reader never makes the writer wait, nor the reverse. But while one stays open the -wal cannot be taken
back into the file and grows: open late, read, close soon.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from fieldkit.core.plan import Plan
from fieldkit.core.records import Record, SignedBy
from fieldkit.core.session import Session
from fieldkit.errors import BadBytes, DamagedData, NotPossible
from fieldkit.log import schema
from fieldkit.log.attest import Attestation, Sign, attestations
from fieldkit.log.bulk import parse_records
from fieldkit.log.keys import VKey
from fieldkit.log.merkle import EMPTY_ROOT
from fieldkit.log.note import Checkpoint, parse_checkpoint, split_note
from fieldkit.log.windows import EVERYBODY, Windows

BLOB = "blob/"
"""Keys of meta whose values travel with the log: attachments, by SHA-256 (hex) of their bytes."""


FOLDED = 512
"""Records that are folded before it is told how far it is."""


class SessionFile:
    """A session file as it was at the moment of opening."""

    def __init__(self, path: Path) -> None:
        """Raises NotPossible (no such file), DamagedData, FieldkitError (newer release, cannot be opened)."""
        if not path.is_file():
            raise NotPossible(f"There is no session file {path.name}.", "`fieldkit sessions` lists those there are.")
        self.path = path
        try:
            self._db = _connect(path)
        except schema.FAILED as wrong:
            raise schema.unreadable(path, wrong) from wrong
        try:
            schema.check_version(self._db, path)
            self._db.execute("BEGIN")  # the first read fixes the snapshot that all others see
            origin, plan = self.meta("origin"), self.meta("plan")
            if (origin is None or plan is None) and not len(self):
                raise schema.NeverBegun(f"{path.name} is empty: its session never began.", "It can be deleted.")
            if origin is None or plan is None:
                raise DamagedData(f"{path.name} does not say which session it is.", "Restore it from a backup.")
            self.origin = origin.decode("utf-8", "replace")
            self.plan = plan
        except schema.FAILED as wrong:
            self._db.close()
            raise schema.unreadable(path, wrong) from wrong
        except BaseException:
            self._db.close()
            raise

    @classmethod
    def open(cls, path: Path) -> Self:
        return cls(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, what: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def _rows(self, sql: str, *args: Any, null: bool = False) -> Iterator[Any]:
        try:
            cursor = self._db.execute(sql, args)
            while rows := cursor.fetchmany(512):
                yield from schema.cells(rows, null=null)
        except schema.FAILED as wrong:
            raise schema.unreadable(self.path, wrong) from wrong

    # ---- the log ---------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many records there are, whatever the checkpoint says."""
        return int(next(self._rows("SELECT count(*) FROM records"))[0])

    def numbered(self) -> Iterator[tuple[int, bytes]]:
        """(index by which the line is stored, line) in order; fsck compares the two."""
        yield from self._rows("SELECT i, line FROM records ORDER BY i")

    def lines(self) -> Iterator[bytes]:
        """Record lines in order, without newlines."""
        for (line,) in self._rows("SELECT line FROM records ORDER BY i"):
            yield line

    def numbered_openings(self) -> Iterator[tuple[int, bytes]]:
        """(index by which the opening is stored, line) in order; fsck compares the two."""
        yield from self._rows("SELECT i, line FROM openings ORDER BY i")

    def openings(self) -> Iterator[bytes]:
        """Opening lines in order of their records; erased ones are missing."""
        for (line,) in self._rows("SELECT line FROM openings ORDER BY i"):
            yield line

    def line(self, i: int) -> bytes:
        """One record line. Raises NotPossible."""
        row = next(self._rows("SELECT line FROM records WHERE i = ?", i), None)
        if row is None:
            raise NotPossible(f"There is no record {i}.")
        line: bytes = row[0]
        return line

    def opening(self, i: int) -> bytes | None:
        """The opening line of record `i`; None when it has none, or none any more."""
        row = next(self._rows("SELECT line FROM openings WHERE i = ?", i), None)
        return row[0] if row else None

    def records(self, each: Callable[[int, int], None] = lambda done, of: None) -> list[Record]:
        """All records, with their private halves where those are still there. `each(0, of)` is told now and then: what
        it raises ends the reading. Raises DamagedData."""
        of = len(self)
        rows = self._rows(
            "SELECT records.line, openings.line FROM records LEFT JOIN openings USING (i) ORDER BY records.i", null=True
        )
        out: list[Record] = []
        try:
            while some := list(islice(rows, 512)):
                each(0, of)
                out += parse_records(some)
            return out
        except BadBytes as wrong:
            raise DamagedData(
                f"A record of {self.path.name} cannot be read ({wrong}).", "`fieldkit fsck` says which one."
            ) from wrong

    def weights(self) -> tuple[int, int]:
        """Bytes of all record lines and of all opening lines, newlines counted."""
        sql = "SELECT coalesce(sum(length(line) + 1), 0) FROM"
        return next(self._rows(f"{sql} records"))[0], next(self._rows(f"{sql} openings"))[0]

    # ---- what was signed -------------------------------------------------------------------------------------

    def session(self, each: Callable[[int, int], None] = lambda done, of: None) -> Session:
        """The fold of the whole log under its plan. `each(done, of)` records are folded; what it raises ends it.
        Raises DamagedData."""
        records = self.records(each)
        try:
            plan = msgspec.json.decode(self.plan, type=Plan)
        except (msgspec.DecodeError, RecursionError) as wrong:
            raise DamagedData(f"The plan in {self.path.name} cannot be read.", "`fieldkit fsck` says more.") from wrong
        session = Session(origin=self.origin, plan=plan)
        for done in range(0, len(records), FOLDED):
            each(done, len(records))
            session.fold(records[done : done + FOLDED])
        return session

    def record(self, i: int) -> Record:
        """One record with its private half. Raises NotPossible, DamagedData."""
        sql = "SELECT r.line, o.line FROM records r LEFT JOIN openings o USING (i) WHERE r.i = ?"
        row = next(self._rows(sql, i, null=True), None)
        if row is None:
            raise NotPossible(f"There is no record {i}.")
        try:
            return parse_records([row])[0]
        except BadBytes as wrong:
            raise DamagedData(
                f"Record {i} of {self.path.name} cannot be read ({wrong}).", "Run fieldkit fsck."
            ) from wrong

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint. Raises NotPossible when nothing is saved yet."""
        row = next(self._rows("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1"), None)
        if row is None:
            raise NotPossible("Nothing is saved in this session yet.")
        note: bytes = row[0]
        return note

    def signed(self) -> list[bytes]:
        """Earlier checkpoints that bear more than the device's signature, ascending."""
        rows = self._rows(
            "SELECT note FROM checkpoints WHERE human AND size < (SELECT max(size) FROM checkpoints) ORDER BY size"
        )
        return [note for (note,) in rows]

    def attested(self, keys: Sequence[VKey], windows: Windows = EVERYBODY) -> list[Attestation]:
        """Who has signed this log and what it means, oldest first; `windows`: when each key counts. Raises
        DamagedData."""
        sql = (
            "SELECT r.line, o.line FROM records r LEFT JOIN openings o USING (i)"
            ' WHERE instr(r.line, CAST(\'"k":"sign.by"\' AS BLOB)) ORDER BY r.i'
        )
        try:
            records = parse_records(list(self._rows(sql, null=True)))
            signs = [
                Sign(x.i, x.t, x.fact.role, x.fact.key, x.fact.meaning, str((x.private or {}).get("name", "")))
                for x in records
                if isinstance(x.fact, SignedBy)
            ]
            return attestations(signs, [*self.signed(), self.checkpoint()] if signs else [], keys, windows)
        except BadBytes as wrong:
            raise DamagedData(
                f"A signature of {self.path.name} is not good ({wrong}).", "`fieldkit fsck` says more."
            ) from wrong

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        """(size, note) of every commit, ascending."""
        yield from self._rows("SELECT size, note FROM checkpoints ORDER BY size")

    def frontier(self) -> bytes | None:
        """The hashes kept beside the newest checkpoint, from which the tree grows on (`Frontier.to_bytes`)."""
        row = next(self._rows("SELECT size, frontier FROM checkpoints ORDER BY size DESC LIMIT 1", null=True), None)
        return row[1] if row else None

    @property
    def head(self) -> Checkpoint:
        """What the newest checkpoint says; its signature is not verified here. Raises DamagedData."""
        try:
            return parse_checkpoint(split_note(self.checkpoint())[0])
        except NotPossible:
            return Checkpoint(self.origin, 0, EMPTY_ROOT)
        except BadBytes as wrong:
            raise DamagedData(
                f"The checkpoint of {self.path.name} cannot be read ({wrong}).", "`fieldkit fsck` says more."
            ) from wrong

    # ---- beside the log --------------------------------------------------------------------------------------

    def meta(self, key: str) -> bytes | None:
        row = next(self._rows("SELECT value FROM meta WHERE key = ?", key), None)
        return row[0] if row else None

    def intents(self) -> Iterator[tuple[bytes, int]]:
        """(SHA-256 of the scoped intent id, index it ended in), in order of arrival."""
        yield from self._rows("SELECT key, i FROM intents ORDER BY n")

    def seats(self) -> Iterator[tuple[bytes, int]]:
        """(SHA-256 of a seat's token, index of the record it was given with)."""
        yield from self._rows("SELECT token, i FROM seats ORDER BY i")

    def erased(self) -> Iterator[int]:
        """Indices whose openings were to be erased."""
        for (i,) in self._rows("SELECT i FROM erased ORDER BY i"):
            yield i

    def faults(self) -> list[str]:
        """What SQLite finds wrong with its own pages; most single flipped bits it does not notice, the tree does."""
        sql = "SELECT CAST(quick_check AS BLOB) FROM pragma_quick_check(10)"
        found = [text.decode("utf-8", "replace") for (text,) in self._rows(sql)]
        return [] if found == ["ok"] else found

    def blobs(self) -> dict[str, bytes]:
        """What travels with the log, by SHA-256 (hex) of the bytes: the plan, always first, and attachments."""
        out = {hashlib.sha256(self.plan).hexdigest(): self.plan}
        for _, value in self.attachments():
            out.setdefault(hashlib.sha256(value).hexdigest(), value)
        return out

    def attachments(self) -> Iterator[tuple[str, bytes]]:
        """(SHA-256 in hex under which it is kept, bytes) of each picture and clip, unchecked."""
        sql = "SELECT CAST(key AS BLOB), value FROM meta WHERE key GLOB ? ORDER BY key"
        for key, value in self._rows(sql, f"{BLOB}*"):
            yield key.decode("utf-8", "replace").removeprefix(BLOB), value


def uri_of(path: Path) -> str:
    """How SQLite is told to open a database for reading alone."""
    uri = f"{path.resolve().as_uri()}?mode=ro"
    wal = path.with_name(f"{path.name}-wal")
    if not os.access(path.parent, os.W_OK) and not wal.exists():
        uri += "&immutable=1"  # a read-only stick: there is no room for the -shm, and nobody can be writing
    return uri


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(uri_of(path), uri=True, isolation_level=None, timeout=schema.BUSY_MS / 1000)
    try:
        for setting in ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON", "temp_store=MEMORY"):
            db.execute(f"PRAGMA {setting}")
    except BaseException:
        db.close()
        raise
    return db
