"""Why the trust list changed: one JSON line a change in `lists/reasons.jsonl`, beside the lists themselves.

The list has no room for reasons and goes to every laptop; the reasons stay at head office. It is no record: what
counts is what root signed. A line is on disk before the command says that it is done.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec

from fieldkit.core.models import learn
from fieldkit.errors import FieldkitError
from fieldkit.log.note import utc_text
from fieldkit.sync.central.home import Home

WHY_LIMIT = 500
FILE = "reasons.jsonl"


class Entry(msgspec.Struct, frozen=True):
    """One change: `at` is UTC, `version` the list it went into, `do` a verb, `key` whom it is about."""

    at: str
    version: int
    do: str
    key: str
    why: str = ""


learn(Entry)


def write(home: Home, now: int, version: int, do: str, key: str, why: str = "") -> None:
    """Add one line. Raises FieldkitError when the disk refuses."""
    line = msgspec.json.encode(Entry(utc_text(now), version, do, key, why[:WHY_LIMIT])) + b"\n"
    path = home.lists / FILE
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "rb+") as file:
            whole = file.seek(0, os.SEEK_END) == 0 or (file.seek(-1, os.SEEK_END) >= 0 and file.read(1) == b"\n")
            file.write(line if whole else b"\n" + line)  # a crash may have left half a line
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FieldkitError(f"{path} could not be written: {error.strerror}.", "Check the disk.") from error


def read(home: Home) -> list[Entry]:
    """Every line, oldest first; one that cannot be read (a crash in the middle of it) is passed over."""
    try:
        raw = (home.lists / FILE).read_bytes()
    except FileNotFoundError:
        return []
    found: list[Entry] = []
    for line in raw.splitlines():
        try:
            found.append(msgspec.json.decode(line, type=Entry))
        except msgspec.MsgspecError:
            continue
    return found


def builtins(entries: list[Entry]) -> list[dict[str, Any]]:
    """As `--json` tells them."""
    return [msgspec.to_builtins(one) for one in entries]
