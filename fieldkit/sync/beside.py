"""What a laptop lays on a stick for others: head office's lists as it has them, and the packs that it gives out.

All of it is signed, so it does not matter who brings it. A list that lies there and says of itself that it is newer
stays; whoever takes it in finds out whether that is true.
"""

from __future__ import annotations

import re
from pathlib import Path

from fieldkit.log.files import said, write_durable
from fieldkit.log.packs_note import FILE, held_packs
from fieldkit.log.valid import VALID_LIMIT
from fieldkit.station import Station
from fieldkit.sync.copying import Watch, copy_verified, hash_of
from fieldkit.sync.sent import PACKS, read_small

LISTS = ("trust.note", "policy.note", "valid.note", "revoked.note", FILE)
_MOMENT = re.compile(rb"^(?:version ([0-9]{1,16})|as_of ([0-9TZ:-]{20}))$", re.MULTILINE).search


def lay_lists(station: Station, folder: Path) -> list[str]:
    """The paths of what was laid into `folder`. Raises FieldkitError (the stick)."""
    laid = _packs(station, folder)
    for name in LISTS:
        mine, there = read_small(station.home / name, VALID_LIMIT), read_small(folder / name, VALID_LIMIT)
        if mine is None or mine == there or (there is not None and _moment(there) > _moment(mine)):
            continue
        write_durable(folder / name, mine, 0o644)
        laid.append(str(folder / name))
    return laid


def _moment(raw: bytes) -> tuple[int, bytes]:
    """What a list says of its own age, unverified."""
    found = _MOMENT(raw[:1024])
    return (int(found[1] or 0), found[2] or b"") if found is not None else (-1, b"")


def _packs(station: Station, folder: Path) -> list[str]:
    """Before the list that names them."""
    given = held_packs(station.home)
    laid: list[str] = []
    for item in given.items if given is not None else ():
        mine, there = station.packs_dir / item.file, folder / PACKS / item.file
        if not _whole(mine, item.size) or _whole(there, item.size) or hash_of(mine, Watch(), "look") != item.sha256:
            continue  # not installed, there already, or installed by hand in other bytes than the list names
        with said(there):
            there.parent.mkdir(exist_ok=True)
        copy_verified(mine, there, item.sha256, Watch())
        laid.append(str(there))
    return laid


def _whole(path: Path, size: int) -> bool:
    try:
        return path.is_file() and path.stat().st_size == size
    except OSError:
        return False
