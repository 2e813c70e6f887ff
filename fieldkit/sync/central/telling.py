"""Telling laptops that head office has said something about their sessions: whoever filed an old sheet hears of it.

One note a session and office's log (`fieldkit.log.amended_note`), made from what is stored now, so that the same state
gives the same bytes. It names no person and holds no value.
"""

from __future__ import annotations

from fieldkit.core.office import ref_of
from fieldkit.log.amended_note import Amended, amended_note
from fieldkit.sync.central.desk_said import believed, every_record
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.tx import Tx


async def amended_notes(tx: Tx, home: Home, device: str = "") -> dict[str, list[bytes]]:
    """Session → its notes, of every session (of one device) about which something is said that holds."""
    named = {ref.o for _, one in await every_record(tx) if (ref := ref_of(one)) is not None and ref.o}
    out: dict[str, list[bytes]] = {}
    for origin in sorted(one for one in named if one.startswith(f"{device}/" if device else "")):
        stored = await tx.stored(origin)
        if stored is None:
            continue
        by_log: dict[str, Amended] = {}
        for log, record in await believed(tx, home, stored):
            refs, at = (known.refs, known.at) if (known := by_log.get(log)) is not None else ((), 0)
            by_log[log] = Amended(origin, log, (*refs, record.i), max(at, record.t // 1000))
        if by_log:
            out[origin] = [amended_note(home.office(), by_log[log]) for log in sorted(by_log)]
    return out
