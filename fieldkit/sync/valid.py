"""Taking in who may do what, and which certificates count no more: verified under the trust list held, newer than what
is held, kept as it came."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fieldkit.errors import DamagedData
from fieldkit.log.files import write_durable
from fieldkit.log.from_office import D, newer
from fieldkit.log.revoked import Revoked, held_revoked, open_revoked, revoked_path
from fieldkit.log.trust import TrustList
from fieldkit.log.valid import Valid, held_valid, open_valid, valid_path
from fieldkit.station import Station


def take_valid(station: Station, trust: TrustList, raw: bytes) -> Valid:
    """Accept a note. Raises BadBytes for one that is not head office's, damaged, or not newer (`not-newer`),
    FieldkitError (disk). One that lies here damaged gives way to any that head office signed."""
    found = open_valid(raw, trust, station.clock.wall_ms() // 1000)
    return _taken(station.home, raw, found, held_valid, valid_path)


def take_revoked(station: Station, trust: TrustList, raw: bytes) -> Revoked:
    """The same of the list of revoked certificates. Raises BadBytes, FieldkitError."""
    found = open_revoked(raw, trust, station.clock.wall_ms() // 1000)
    return _taken(station.home, raw, found, held_revoked, revoked_path)


def _taken(home: Path, raw: bytes, found: D, held: Callable[[Path], D | None], path: Callable[[Path], Path]) -> D:
    try:
        before = held(home)
    except DamagedData:
        before = None
    newer(found, before)
    write_durable(path(home), raw)
    return found
