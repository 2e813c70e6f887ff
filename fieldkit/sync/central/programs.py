"""Programs at head office: one file a version in its folder, checked whenever it is read; the newest is in force.

A version is for ever: another text under the same number is refused, so that whoever asks later what was asked of
people finds it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.core.program import Program, version_key
from fieldkit.errors import DamagedData, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.files import write_durable

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home

FOLDER = "programs"
MOST = 2_000
"""Files that are looked at."""
_FILE = re.compile(r"(?P<id>[a-z0-9][a-z0-9-]{1,63})@(?P<version>[0-9A-Za-z.+-]{5,110})\.yaml\Z").match


def folder_of(home: Home) -> Path:
    return home.path / FOLDER


def files(home: Home) -> dict[str, dict[str, Path]]:
    """Program → version → its file; names that are none of ours are left out. Raises FieldkitError."""
    found: dict[str, dict[str, Path]] = {}
    try:
        paths = sorted(folder_of(home).iterdir())[:MOST]
    except FileNotFoundError:
        return {}
    except OSError as wrong:
        raise FieldkitError(
            f"The folder of the programs cannot be read: {wrong.strerror}.", "Check the disk."
        ) from wrong
    for path in paths:
        name = _FILE(path.name)
        if name is not None:
            found.setdefault(name["id"], {})[name["version"]] = path
    return found


def put(home: Home, raw: bytes) -> Program:
    """Keep a program's file; the program. Raises WrongUsage for a file with errors, NotPossible for another text of a
    version that is here, FieldkitError (disk). The same again changes nothing."""
    from fieldkit.packs.program import read_program

    found = read_program(raw)
    program = found.program
    if program is None:
        first, more = found.errors[0], len(found.errors) - 1
        others = "" if not more else f" There {'is 1 more error' if more == 1 else f'are {more} more errors'}."
        raise WrongUsage(f"{first.where}: {first.sentence}{others}", f"Write: {first.instead}" if first.instead else "")
    path = folder_of(home) / f"{program.id}@{program.version}.yaml"
    held = _bytes(path)
    if held is not None and held != raw:
        raise NotPossible(
            f"{program.id} {program.version} is here already, with another text.", "Give the new text a new version."
        )
    if held is None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durable(path, raw)
    return program


def remove(home: Home, id: str) -> int:
    """Delete every version of a program; how many there were. Raises NotPossible, FieldkitError."""
    found = files(home).get(id, {})
    if not found:
        raise _unknown(id, files(home))
    for path in found.values():
        path.unlink(missing_ok=True)
    return len(found)


def in_force(home: Home) -> list[Program]:
    """The newest version of every program, by id. Raises DamagedData for a file that cannot be used any more."""
    return [
        read(max(some.items(), key=lambda one: (version_key(one[0]), one[0]))[1])
        for _, some in sorted(files(home).items())
    ]


def one(home: Home, id: str) -> Program:
    """The newest version of one program. Raises NotPossible, DamagedData."""
    found = files(home)
    if id not in found:
        raise _unknown(id, found)
    return read(max(found[id].items(), key=lambda pair: (version_key(pair[0]), pair[0]))[1])


def read(path: Path) -> Program:
    """A program that lies here. Raises DamagedData."""
    from fieldkit.packs.program import read_program

    program = read_program(_bytes(path) or b"", path.name).program
    if program is None or path.name != f"{program.id}@{program.version}.yaml":
        raise DamagedData(f"The program {path.name} cannot be read any more.", "Add it again, or remove its file.")
    return program


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as wrong:
        raise FieldkitError(f"{path.name} cannot be read: {wrong.strerror}.", "Check the disk.") from wrong


def _unknown(id: str, known: dict[str, dict[str, Path]]) -> NotPossible:
    hint = f"There are: {', '.join(sorted(known))}." if known else "Add one: fieldkit central program add FILE"
    return NotPossible(f"There is no program {id[:64]!r} here.", hint)
