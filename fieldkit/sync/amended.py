"""What head office has said about this laptop's sessions: kept as its signed note, so that old sheets are known as old.

`receipts/<session>.amended.note`, one a session. What was said stands in head office's own log and on its sheets; here
is only that there is something, and since when.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log import handed
from fieldkit.log.amended_note import Amended, parse_amended_note
from fieldkit.log.files import write_durable
from fieldkit.log.handed import Handed
from fieldkit.station import SessionRef, Station

LIMIT = 64 << 10


def take_amended(station: Station, said: Sequence[tuple[Amended, bytes]]) -> list[Amended]:
    """Keep (what a note says, its bytes) about sessions that are here; those that say more than was known."""
    refs = {ref.origin: ref for ref in station.sessions()}
    new = []
    for one, note in said:
        ref = refs.get(one.origin)
        known = amended(station, ref) if ref is not None else None
        if ref is None or (known is not None and not _more(one, known)):
            continue
        write_durable(_path(station, ref), note)
        new.append(one)
    return new


def amended(station: Station, ref: SessionRef) -> Amended | None:
    """What is known of a session; None where head office said nothing, or nobody can tell any more who said it."""
    try:
        path = _path(station, ref)
        if path.stat().st_size > LIMIT or station.trust is None:
            return None
        return parse_amended_note(path.read_bytes(), station.trust.vkeys("office"))
    except (OSError, BadBytes, DamagedData):
        return None


def old_sheets(station: Station, one: Amended) -> list[Handed]:
    """Tables of the session that were written here before the newest of what head office said. Oldest first. A receipt
    proves an arrival and is never old."""
    every = [file for file in handed.of_session(handed.read(station.home), one.origin) if file.kind == handed.EXPORT]
    return [file for file in every if file.t < one.at * 1000 and file.what != "receipts"]


def _more(one: Amended, known: Amended) -> bool:
    """Another log of the office counts when it is newer: the one before was lost."""
    return len(one.refs) > len(known.refs) if one.log == known.log else one.at > known.at


def _path(station: Station, ref: SessionRef) -> Path:
    return station.receipts_dir / f"{ref.path.stem}.amended.note"
