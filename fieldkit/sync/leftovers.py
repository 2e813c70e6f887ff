"""Copies of a session's records that this laptop made and may delete: what an erasure looks through at its end."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from fieldkit.log import handed
from fieldkit.log.handed import BACKUP, EXPORT, Handed
from fieldkit.log.read import SessionFile
from fieldkit.station import SessionRef, Station
from fieldkit.sync.outbox import Facts, Outbox

BESIDE = (".note", ".proofs", "")
"""What may lie beside a table, and the table: it goes last, for what lies beside one that is gone is easily missed."""


def sweep(station: Station, ref: SessionRef, t: int, told: list[str]) -> list[str]:
    """Delete what may hold the openings erased after `t` (Unix ms); the paths. `told` gets a sentence for what
    could not be deleted. Bundles can be packed again from the logs, tables exported again, a backup made again."""
    gone: list[str] = []
    copies = [
        *_bundles(station, ref, t / 1000),
        *_halves(station.home, t / 1000),
        *ref.path.parent.glob(f"{ref.path.name}.v*"),
    ]
    for path in copies:
        _delete(path, gone, told)
    _forget_seals(station)
    every = handed.read(station.home)
    known = {(one.path, one.sha256) for one in every}
    lines = [one for one in handed.of_session(every, ref.origin) if one.t <= t + 1]
    done = [one for one in lines if _swept(station.home, one, known, gone, told)]
    handed.keep(station.home, lambda one: one not in done)
    return gone


def _bundles(station: Station, ref: SessionRef, after: float) -> list[Path]:
    """Every bundle in the outbox but one that was packed from this session as it is now: an older copy does not grow
    by an erasure, so the size alone does not tell."""
    sealed = Outbox(station.outbox).facts(ref.origin).sealed
    with SessionFile.open(ref.path) as file:
        size = file.head.size
    fresh = sealed.file if sealed is not None and sealed.size >= size else ""
    return [
        path for path in sorted(station.outbox.glob("*.fkb")) if path.name != fresh or path.stat().st_mtime <= after
    ]


def _halves(home: Path, before: float) -> list[Path]:
    """Temporary files that a crash left behind, older than the erasure."""
    found = [path for folder in (home, home / "outbox", home / "sessions") for path in folder.glob(".*.tmp")]
    return [path for path in found if path.is_file() and path.stat().st_mtime < before]


def _forget_seals(station: Station) -> None:
    """A bundle that is gone is no stage on the way."""
    outbox = Outbox(station.outbox)
    for path in station.outbox.glob("*.json"):
        try:
            facts = msgspec.json.decode(path.read_bytes(), type=Facts)
        except (OSError, msgspec.MsgspecError):
            continue  # how far that session is cannot be read: it is carried again
        sealed = facts.sealed
        if sealed is not None and "/" not in sealed.file and not (station.outbox / sealed.file).exists():
            outbox.put(msgspec.structs.replace(facts, sealed=None))


def _swept(home: Path, one: Handed, known: set[tuple[str, str]], gone: list[str], told: list[str]) -> bool:
    """Delete a backup, or a table in the data folder; True when the line about it has no more to say. `known`: (path,
    SHA-256) of every file that was handed out: what lies there as another line says is that line's."""
    path = Path(one.path)
    # What went to a phone, or to standard output, has no path: from within the data folder it would look like a file.
    here = path.is_absolute() and home.resolve() in Path(os.path.realpath(path)).parents
    ours = one.kind == BACKUP or (one.kind == EXPORT and here)
    if not ours:
        return False
    try:
        if one.kind == BACKUP and not path.parent.is_dir():
            told.append(f"The backup {path} is not within reach.")
            return False
        if not path.is_file():  # somebody deleted it; its proofs hold names too
            return _all_deleted(path, BESIDE[:-1] if one.kind == EXPORT else (), gone, told)
        changed = (found := handed.sha256_of(path)) != one.sha256
    except OSError as wrong:
        told.append(f"{path} cannot be read: {wrong.strerror}.")
        return False
    if changed and (one.path, found) in known:
        return True
    if changed:
        # Saved again by a spreadsheet, say: it may hold a person's own work, so it is theirs to delete.
        told.append(f"{path} was changed by somebody and may still hold the name: look at it, then delete it.")
    return _all_deleted(path, BESIDE[:-1] if changed else BESIDE, gone, told) and not path.exists()


def _all_deleted(path: Path, ends: tuple[str, ...], gone: list[str], told: list[str]) -> bool:
    """Delete what lies at `path` + each end, in this order."""
    deleted = [_delete(path.with_name(path.name + end), gone, told) for end in ends]
    return all(deleted)


def _delete(path: Path, gone: list[str], told: list[str]) -> bool:
    """Whether it is gone now."""
    try:
        path.unlink()
        gone.append(str(path))
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError as wrong:
        told.append(f"{path} could not be deleted: {wrong.strerror}.")
        return False
    return True
