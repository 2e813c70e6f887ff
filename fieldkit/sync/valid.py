"""Taking in who may do what, and which certificates count no more: verified under the trust list held, newer than what
is held, kept as it came."""

from __future__ import annotations

from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log.files import write_durable
from fieldkit.log.revoked import Revoked, held_revoked, open_revoked, revoked_path
from fieldkit.log.trust import TrustList
from fieldkit.log.valid import Valid, held_valid, open_valid, valid_path
from fieldkit.station import Station


def take_valid(station: Station, trust: TrustList, raw: bytes) -> Valid:
    """Accept a note. Raises BadBytes for one that is not head office's, damaged, or not newer (`not-newer`),
    FieldkitError (disk). One that lies here damaged gives way to any that head office signed."""
    found = open_valid(raw, trust, station.clock.wall_ms() // 1000)
    try:
        held = held_valid(station.home)
    except DamagedData:
        held = None
    if held is not None and held.org == found.org and found.as_of <= held.as_of:
        raise BadBytes("not-newer", "what is held was made at the same time or later")
    write_durable(valid_path(station.home), raw)
    return found


def take_revoked(station: Station, trust: TrustList, raw: bytes) -> Revoked:
    """The same of the list of revoked certificates. Raises BadBytes, FieldkitError."""
    found = open_revoked(raw, trust, station.clock.wall_ms() // 1000)
    try:
        held = held_revoked(station.home)
    except DamagedData:
        held = None
    if held is not None and held.org == found.org and found.as_of <= held.as_of:
        raise BadBytes("not-newer", "what is held was made at the same time or later")
    write_durable(revoked_path(station.home), raw)
    return found
