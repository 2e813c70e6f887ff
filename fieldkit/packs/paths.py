"""Which file names a pack may hold: names that mean one and the same file on every system, inside the pack.

Nothing is ever extracted by these names, but packs are unpacked by hand, copied to sticks and served to browsers.
"""

from __future__ import annotations

import unicodedata

FILES_MAX = 500
FILE_MAX = 20 * 1024 * 1024
ALL_MAX = 50 * 1024 * 1024
NAME_MAX = 200

_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"}
    | {f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"}
)


def judge(name: str) -> str:
    """Why this relative path is refused, as a reason code; empty when it is fine. Shape: `slides/energy.md`."""
    if not name or len(name) > NAME_MAX:
        return "name-length"
    if "\\" in name:
        return "backslash"
    if name.startswith("/"):
        return "absolute"
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in name):
        return "name-control"
    for part in name.split("/"):
        if part in (".", ".."):
            return "dot-dot"
        if not part:
            return "name-empty"
        if ":" in part:
            return "drive"
        if any(c in part for c in '<>"|?*'):
            return "name-sign"
        if part != part.strip(" ") or part.endswith("."):
            return "name-end"
        if part.split(".")[0].strip().lower() in _DEVICES:
            return "device-name"
    return ""


SENTENCES = {
    "name-length": f"A file name is empty or longer than {NAME_MAX} characters.",
    "backslash": "A file name contains a backslash.",
    "absolute": "A file name begins at the root of a disk.",
    "name-control": "A file name contains characters that cannot be seen.",
    "dot-dot": "A file name leads out of the pack.",
    "name-empty": "A file name has an empty part.",
    "drive": "A file name contains a colon.",
    "name-sign": 'A file name contains one of < > " | ? *.',
    "name-end": "A part of a file name begins or ends with a space, or ends with a dot.",
    "device-name": "A file name is a device on Windows.",
}


def twin_key(name: str) -> str:
    """Equal for names that some system takes for the same file (case, composed accents)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def hidden(name: str) -> bool:
    """Left there by a desktop or a version control system: never read, never part of the pack's hash."""
    parts = name.split("/")
    return any(p.startswith(".") for p in parts) or parts[0] == "__MACOSX" or parts[-1] in ("Thumbs.db", "desktop.ini")


class Twins:
    """Refuses duplicates, case twins, and a file that is also somebody's folder."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def add(self, name: str) -> str:
        """The reason code, or empty."""
        if name in self._files.values():
            return "duplicate"
        key = twin_key(name)
        if key in self._files or key in self._folders:
            return "case-twin"
        parts = name.split("/")
        for n in range(1, len(parts)):
            folder = "/".join(parts[:n])
            known = self._folders.setdefault(twin_key(folder), folder)
            if known != folder or twin_key(folder) in self._files:
                return "case-twin"
        self._files[key] = name
        return ""
