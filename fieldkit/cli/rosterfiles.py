"""Where rosters lie: CSV and Excel files in Documents, Downloads, on the desktop, on sticks; and paths half typed."""

from __future__ import annotations

import contextlib
import datetime
import getpass
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from fieldkit.clock import local_zone
from fieldkit.config import typed_path
from fieldkit.tui.hometools import RosterFile

ENDINGS = (".csv", ".xlsx", ".tsv", ".txt")
HOME = ("Documents", "Downloads", "Desktop", "Documents/fieldkit")
MOST = 60
LOOKED = 2_000
"""Names looked at in one folder; a folder with more is no place for a roster."""


def places() -> list[Path]:
    """Folders to look in: the usual ones of whoever sits here, the one fieldkit was started in, and every stick."""
    home = Path.home()
    found = [home / name for name in HOME]
    with contextlib.suppress(OSError):  # it may have been deleted meanwhile
        found += [here] if (here := Path.cwd()) not in found else []
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = ""
    for media in (Path("/media") / who, Path("/run/media") / who, Path("/Volumes")):
        try:
            found += sorted(x for x in media.iterdir() if not x.is_symlink() and x.is_dir())[:8]
        except OSError:
            continue
    return found


def written(folder: Path) -> str:
    """As people write it: `~/Documents`."""
    home = Path.home()
    return str("~" / folder.relative_to(home)) if folder.is_relative_to(home) else str(folder)


def files(folders: list[Path] | None = None) -> list[RosterFile]:
    """The files there, newest first. Never raises; blocks for as long as a slow stick takes."""
    found: list[tuple[float, RosterFile]] = []
    zone = ZoneInfo(local_zone())
    for folder in places() if folders is None else folders:
        for path, state in _inside(folder):
            day = datetime.datetime.fromtimestamp(state.st_mtime, zone).strftime("%Y-%m-%d")
            line = RosterFile(path=path, name=path.name, place=folder.name, day=day, size=state.st_size)
            found.append((state.st_mtime, line))
    return [line for _time, line in sorted(found, key=lambda pair: (-pair[0], pair[1].name))[:MOST]]


def _inside(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            for n, entry in enumerate(entries):
                if n >= LOOKED:
                    return
                name = entry.name.lower()
                if name.startswith((".", "~")) or not name.endswith(ENDINGS[:3]):
                    continue
                try:
                    state = entry.stat()
                except OSError:
                    continue
                if stat.S_ISREG(state.st_mode):
                    yield Path(entry.path), state
    except OSError:
        return


def going_on(typed: str) -> list[str]:
    """What a typed beginning of a path may go on to: folders (with a `/`) and files that could be rosters, sorted."""
    try:
        path = typed_path(typed)
        folder, begun = (path, "") if typed.endswith(("/", os.sep)) else (path.parent, path.name)
        out = []
        with os.scandir(folder) as entries:
            for n, entry in enumerate(entries):
                if n >= LOOKED:
                    break
                if not entry.name.lower().startswith(begun.lower()) or (entry.name.startswith(".") and not begun):
                    continue
                if entry.is_dir():
                    out.append(f"{entry.path}/")
                elif entry.name.lower().endswith(ENDINGS):
                    out.append(entry.path)
        return sorted(out)[:MOST]
    except (OSError, ValueError, RuntimeError):
        return []
