"""Which sticks are plugged in: what the system says about its mounts, read by one pure function.

`sticks` is given text, so that every system's way is tried on every machine; `plugged` asks the system. A stick that is
not found can still be typed as a folder, so a guess that is wrong costs a few letters and no record.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
from collections.abc import Set
from pathlib import Path

import msgspec

PLACE = re.compile(r"/(?:media(?:/[^/]+)?|run/media/[^/]+|mnt)/[^/]+\Z").match
"""Where desktops mount what is plugged in, and people what they mount by hand."""
NO_STICK = frozenset({"autofs", "overlay", "proc", "sysfs", "devtmpfs", "squashfs", "nsfs", "cgroup2", "fuse.portal"})
PATIENCE_S = 5.0
_OCTAL = re.compile(r"\\([0-7]{3})")
_MAC = re.compile(r"\S+ on (/Volumes/.+) \(([^()]*)\)\Z").match
_WINDOWS = re.compile(r"([A-Za-z]:)\s+2(?:\s+(.*))?\Z").match
WINDOWS_ASKS = (
    "Get-CimInstance Win32_LogicalDisk | ForEach-Object { $_.DeviceID + ' ' + $_.DriveType + ' ' + $_.VolumeName }"
)


class Stick(msgspec.Struct, frozen=True):
    """A place to carry to. `free`: bytes, None when the system does not tell."""

    path: str
    name: str
    read_only: bool = False
    free: int | None = None


def sticks(system: str, text: str, removable: Set[str] = frozenset()) -> list[Stick]:
    """The sticks that `text` tells of, in its order, each place once.

    `system` as `sys.platform`. linux: `/proc/self/mountinfo`, and `removable` the device numbers (`8:17`) that sit on
    something removable. darwin: what `mount` prints. win32: lines of drive letter, drive type and label.
    """
    lines = text.splitlines()
    if system == "darwin":
        found = [_mac(line) for line in lines]
    elif system == "win32":
        found = [_windows(line) for line in lines]
    else:
        found = [_linux(line, removable) for line in lines]
    by_path = {one.path: one for one in found if one is not None}  # what is mounted last hides what was there
    return list(by_path.values())


def _linux(line: str, removable: Set[str]) -> Stick | None:
    head, dash, tail = line.partition(" - ")
    fields, kind = head.split(" "), tail.split(" ")
    if not dash or len(fields) < 6 or len(kind) < 3:
        return None
    number, root, path = fields[2], fields[3], _OCTAL.sub(lambda m: chr(int(m[1], 8)), fields[4])
    path = path.encode("latin-1", "replace").decode("utf-8", "replace") if not path.isascii() else path
    plugged_in = number in removable and kind[1].startswith("/dev/")
    mounted = PLACE(path) is not None and kind[0] not in NO_STICK
    if root != "/" or path == "/" or path.startswith("/boot") or not (plugged_in or mounted):
        return None
    ro = "ro" in fields[5].split(",") or "ro" in kind[2].split(",")
    return Stick(path, path.rstrip("/").rsplit("/", 1)[-1], ro)


def _mac(line: str) -> Stick | None:
    found = _MAC(line)
    if found is None:
        return None
    options = [one.strip() for one in found[2].split(",")]
    if "local" not in options or "nobrowse" in options:
        return None
    return Stick(found[1], found[1].rsplit("/", 1)[-1], "read-only" in options)


def _windows(line: str) -> Stick | None:
    found = _WINDOWS(line.strip())
    if found is None:
        return None
    letter = found[1].upper()
    return Stick(f"{letter}\\", f"{found[2]} ({letter})" if found[2] else letter)


# ---- asking the system ---------------------------------------------------------------------------------------


def plugged() -> list[Stick]:
    """The sticks of this machine now, with their free space. Never raises; may take a moment: not for the loop."""
    try:
        if sys.platform == "darwin":
            found = sticks("darwin", _said_by(["/sbin/mount"]))
        elif sys.platform == "win32":
            found = sticks("win32", _said_by(["powershell", "-NoProfile", "-Command", WINDOWS_ASKS]))
        else:
            text = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
            found = sticks("linux", text, _removable(text))
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return []
    return [msgspec.structs.replace(one, free=free_bytes(Path(one.path))) for one in found]


def free_bytes(folder: Path) -> int | None:
    """What may still be written there."""
    try:
        return shutil.disk_usage(folder).free
    except (OSError, ValueError):
        return None


def _said_by(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False, stdin=subprocess.DEVNULL)
    return done.stdout.decode("utf-8", "replace")


def _removable(text: str) -> set[str]:
    """Device numbers whose disk says that it is removable, or that hangs on USB: many sticks and card readers say only
    one of the two."""
    found = set()
    for line in text.splitlines():
        number = "".join(line.split(" ", 3)[2:3])
        with contextlib.suppress(OSError, ValueError):
            disk = Path(f"/sys/dev/block/{number}").resolve(strict=True)
            flags = [path for path in (disk / "removable", disk.parent / "removable") if path.is_file()]
            if "/usb" in str(disk) or any(path.read_text("ascii").strip() == "1" for path in flags):
                found.add(number)
    return found
