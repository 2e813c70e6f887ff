"""The whole data folder in one file and back (`fieldkit backup`, `fieldkit restore`).

A backup is a zip of the folder's files and, last, `fieldkit-backup.json` with size and SHA-256 of each. Databases go in
through SQLite's backup API: a copied .db without its WAL would lack the newest records. `keys/` is written before
`sessions/`, so that in a backup taken during a session the remembered heads are never ahead of the logs (they would
look like an older copy put back). A database that SQLite cannot read goes in as it lies on the disk, with its -wal, and
is marked `raw` in the list: the day something is damaged is the day a backup is needed.

Reading trusts nothing in the archive: names, sizes and hashes are checked while streaming, into a folder beside the
data folder, which takes its place in one rename when everything was right.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from fieldkit.clock import SystemClock
from fieldkit.errors import BadBytes, FieldkitError, NotPossible, WrongUsage
from fieldkit.log import handed
from fieldkit.log.ballots import FOLDER
from fieldkit.log.files import sync_folder
from fieldkit.log.lock import Lock
from fieldkit.log.read import uri_of
from fieldkit.log.scratch import clear, prefix, scratch
from fieldkit.station import require_folder
from fieldkit.verbs import CONTROL_FILE

FORMAT = "fieldkit-backup/1"
MANIFEST = "fieldkit-backup.json"

MAX_FILES = 200_000
MAX_MANIFEST = 64 * 1024 * 1024
MAX_RATIO = 200
"""Unpacked bytes per byte of archive; above it a small file would fill the disk."""

_SIDE_FILES = ("-wal", "-shm", "-journal")
_LIVE = (".lock", ".part", ".tmp", CONTROL_FILE)
"""Files that only mean something while a program runs: locks, halves, port and token of the control port."""
_DEVICE_NAMES = {"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10))}
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def back_up(home: Path, file: Path) -> dict[str, Any]:
    """Write `home` into `file` (a path that does not exist yet); durable before it returns.

    Returns {"file", "sha256", "files", "bytes", "raw"}; `raw`: paths of damaged databases, stored as they are. Raises
    NotPossible without a data folder, WrongUsage for a destination that exists, lies inside it or has no folder.
    """
    require_folder(home)
    if not home.is_dir() or not any(home.iterdir()):
        raise NotPossible(
            f"There is nothing to back up: {home} is empty or missing.", "Name the folder with --data DIR."
        )
    clear(file.parent, prefix("backup"))  # also where nothing is written now
    if os.path.lexists(file):
        raise WrongUsage(f"{file} exists already and is not overwritten.", "Name a new file.")
    if home.resolve() in file.resolve().parents:
        raise WrongUsage(
            "The backup would lie inside the folder it is made of.", "Name a file outside the data folder."
        )
    if not file.parent.is_dir():
        raise WrongUsage(f"There is no folder {file.parent}.", "Make it first, or name another.")
    listed: list[dict[str, Any]] = []
    try:
        with scratch(file.parent, "backup") as work:
            half = work / "backup.zip"
            with zipfile.ZipFile(half, "x", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
                for path in _files(home):
                    listed += _put(archive, path, home, work / "snapshot.db")
                manifest = json.dumps({"format": FORMAT, "files": listed}, indent=1).encode()
                archive.writestr(_entry(MANIFEST), manifest, zipfile.ZIP_DEFLATED)
            half.chmod(0o600)
            digest = _fsync_and_hash(half)
            # An erasure deletes the backups that hold what went: first the line, then the file.
            one = handed.Handed(SystemClock().wall_ms(), handed.BACKUP, str(file.resolve()), "", digest)
            with handed.noted(home, one) if os.access(home, os.W_OK) else contextlib.nullcontext():
                half.replace(file)
                sync_folder(file.parent)
    except OSError as error:
        raise FieldkitError(
            f"The backup could not be written: {error}.", "Choose another place, or make room."
        ) from error
    raw = [one["path"] for one in listed if one.get("raw")]
    size = sum(one["size"] for one in listed)
    return {"file": str(file), "sha256": digest, "files": len(listed), "bytes": size, "raw": raw}


def restore(home: Path, file: Path) -> dict[str, Any]:
    """Make `home` (missing or empty) from a backup. Returns {"data", "files", "bytes"}.

    Raises AnotherHost while a session runs there, WrongUsage when the folder holds anything, and BadBytes
    (`not-a-backup`, `bad-name`, `bad-size`, `bad-hash`, `duplicate`, `too-large`, `not-listed`) for an archive that is
    not exactly what it says; then nothing is kept.
    """
    if (home / "host.lock").is_file():
        Lock(home / "host.lock").release()  # raises AnotherHost while a session runs here
    clear(home.parent, prefix("restore"))
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise WrongUsage(
            f"{home} is not empty, and a restore never overwrites.", "Restore into a new folder: --data NEWFOLDER."
        )
    if not file.is_file():
        raise NotPossible(f"There is no backup file {file}.", "Check the name.")
    with contextlib.ExitStack() as stack:
        try:
            home.parent.mkdir(parents=True, exist_ok=True)
            made = stack.enter_context(scratch(home.parent, "restore")) / "data"
            made.mkdir(mode=0o700)
        except OSError as error:
            raise FieldkitError(
                f"Cannot write beside {home}: {error}.", "Choose another folder with --data DIR."
            ) from error
        try:
            files, size = _unpack(file, made)
            if home.exists():
                home.rmdir()
            made.rename(home)
            sync_folder(home.parent)
        except OSError as error:
            raise FieldkitError(
                f"The backup could not be restored: {error}.", "Make room, or choose another folder."
            ) from error
    return {"data": str(home), "files": files, "bytes": size}


def _files(home: Path) -> Iterator[Path]:
    """What belongs in a backup, sorted by path; links are not followed.

    The ballots of an open anonymous round do not: two copies of them, a vote apart, would tell what was voted.
    """
    for folder, folders, names in os.walk(home):
        folders.sort()
        if Path(folder) == home and FOLDER in folders:
            folders.remove(FOLDER)
        for name in sorted(names):
            path = Path(folder) / name
            if (
                path.is_symlink()
                or not path.is_file()
                or name.endswith((*_SIDE_FILES, *_LIVE))
                or name.startswith(".part")
            ):
                continue
            yield path


def _put(archive: zipfile.ZipFile, path: Path, home: Path, snapshot: Path) -> list[dict[str, Any]]:
    """Store one file; its entries in the list (a damaged database brings its -wal), none when it is gone by now."""
    if path.suffix != ".db":
        return _store(archive, path, path, home)
    snapshot.unlink(missing_ok=True)
    try:
        _snapshot(path, snapshot)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            raise FieldkitError("There is no room for the backup.", "Choose another place, or make room.") from error
        sides = [path.with_name(path.name + side) for side in _SIDE_FILES if side != "-shm"]
        kept = [path, *(side for side in sides if side.is_file() and side.stat().st_size)]
        found = [x for one in kept for x in _store(archive, one, one, home)]
        return [{**one, "raw": True} for one in found]
    return _store(archive, snapshot, path, home)


def _store(archive: zipfile.ZipFile, source: Path, path: Path, home: Path) -> list[dict[str, Any]]:
    """The bytes of `source` under the name that `path` has in `home`."""
    name = path.relative_to(home).as_posix()
    digest, size = hashlib.sha256(), 0
    try:
        file = source.open("rb")
    except FileNotFoundError:
        return []  # a host tidies while we read; what is gone belongs in no backup
    with file, archive.open(_entry(name), "w", force_zip64=True) as sink:
        while piece := file.read(1 << 20):
            digest.update(piece)
            size += len(piece)
            sink.write(piece)
    return [{"path": name, "size": size, "sha256": digest.hexdigest()}]


def _snapshot(path: Path, to: Path) -> None:
    """A consistent copy of a database, also of one that a host is writing this moment. Raises sqlite3.Error."""
    with (
        closing(sqlite3.connect(uri_of(path), uri=True, timeout=30)) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target, pages=1000)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _FIXED_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100600 << 16
    return entry


def _fsync_and_hash(path: Path) -> str:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(file: Path, into: Path) -> tuple[int, int]:
    try:
        with zipfile.ZipFile(file) as archive:
            wanted = _manifest(archive)
            free = shutil.disk_usage(into).free
            total = sum(size for size, _ in wanted.values())
            if total > MAX_RATIO * max(file.stat().st_size, 1 << 16):
                raise BadBytes("too-large", "the archive claims to hold far more than its size can")
            if total > free:
                raise FieldkitError(
                    f"The backup needs {total // 10**6} MB and the disk has {free // 10**6} MB.", "Make room."
                )
            for name, (size, sha256) in wanted.items():
                target = into.joinpath(*name.split("/"))
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with archive.open(name) as source:
                    _write_checked(source, target, name, size, sha256)
            for folder, _, _ in os.walk(into):
                sync_folder(Path(folder))
            return len(wanted), total
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, RuntimeError) as error:
        raise BadBytes("not-a-backup", "this file is not a fieldkit backup, or it is damaged") from error
    except (ValueError, KeyError) as error:
        raise BadBytes("not-a-backup", "the archive does not agree with itself") from error


def _manifest(archive: zipfile.ZipFile) -> dict[str, tuple[int, str]]:
    """path → (size, SHA-256), agreeing exactly with the members of the archive."""
    members: dict[str, zipfile.ZipInfo] = {}
    twins: set[str] = set()
    for entry in archive.infolist():
        if len(members) >= MAX_FILES:
            raise BadBytes("too-large", "too many files")
        if entry.filename in members or entry.filename.casefold() in twins:
            raise BadBytes("duplicate", "two members share a name")
        members[entry.filename] = entry
        twins.add(entry.filename.casefold())
    own = members.pop(MANIFEST, None)
    if own is None or own.file_size > MAX_MANIFEST:
        raise BadBytes("not-a-backup", "this file is not a fieldkit backup")
    with archive.open(own) as stream:
        raw = stream.read(MAX_MANIFEST + 1)
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadBytes("not-a-backup", "its list of files cannot be read") from error
    if (
        not isinstance(document, dict)
        or document.get("format") != FORMAT
        or not isinstance(document.get("files"), list)
    ):
        raise BadBytes("not-a-backup", "it was not made by this kind of release")
    wanted: dict[str, tuple[int, str]] = {}
    for one in document["files"]:
        name, size, sha256 = (
            (one.get("path"), one.get("size"), one.get("sha256")) if isinstance(one, dict) else (None,) * 3
        )
        if not (isinstance(name, str) and _safe(name)):
            raise BadBytes("bad-name", "a member would land outside the folder")
        if type(size) is not int or size < 0 or not isinstance(sha256, str):
            raise BadBytes("bad-size", "a member has no size or hash")
        if name in wanted or name not in members or members[name].file_size != size:
            raise BadBytes("not-listed", "the list of files does not agree with the archive")
        wanted[name] = (size, sha256)
    if set(wanted) != set(members):
        raise BadBytes("not-listed", "the archive holds more than its list says")
    return wanted


def _safe(name: str) -> bool:
    parts = name.split("/")
    return (
        0 < len(name) <= 1000
        and all(char.isprintable() and char not in '\\:*?"<>|' for char in name)
        and all(part not in ("", ".", "..") and part == part.strip() and not part.endswith(".") for part in parts)
        and all(part.split(".")[0].lower() not in _DEVICE_NAMES for part in parts)
    )


def _write_checked(source: IO[bytes], target: Path, name: str, size: int, sha256: str) -> None:
    digest, count = hashlib.sha256(), 0
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(fd, "wb") as sink:
        while piece := source.read(1 << 20):
            count += len(piece)
            if count > size:
                raise BadBytes("bad-size", f"{name[-60:]} is longer than listed")
            digest.update(piece)
            sink.write(piece)
        sink.flush()
        os.fsync(sink.fileno())
    if count != size:
        raise BadBytes("bad-size", f"{name[-60:]} is shorter than listed")
    if digest.hexdigest() != sha256:
        raise BadBytes("bad-hash", f"{name[-60:]} is not what was backed up")
