"""The list of revoked certificates that goes down to the laptops: out of head office's own log, signed anew each day.

A line that was on a list once stays on every later one, also when the database was put back from an older backup.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from fieldkit.log.files import write_durable
from fieldkit.log.lock import turn
from fieldkit.log.revoked import Revoked, hash_of, held_revoked, revoked_note, revoked_path
from fieldkit.sync.central.credentials_said import issued, key_path

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home

DAY = 86_400


def of_today(home: Home, now: int) -> bytes | None:
    """The list that lies here, if it is not a day old."""
    held = held_revoked(home.path)
    return revoked_path(home.path).read_bytes() if held is not None and abs(now - held.as_of) < DAY else None


async def fresh(home: Home, db: Database, now: int, *, anew: bool = False) -> bytes | None:
    """The list as of `now` (Unix s), or as of a moment of the last day unless `anew`; None where no certificate was
    ever given. Raises DamagedData, FieldkitError (disk)."""
    if held_revoked(home.path) is None and not key_path(home).exists():
        return None
    if not anew and (raw := of_today(home, now)) is not None:
        return raw
    async with db.reading() as tx:
        found = {hash_of(one.id): one.revoked for one in (await issued(tx, home)).values() if one.revoked is not None}
    with turn(revoked_path(home.path)):
        held = held_revoked(home.path)  # as it is now: who revoked one after the log was read has written it meanwhile
        before = held.gone if held is not None else {}
        gone = {id: min(found.get(id, date.max), before.get(id, date.max)) for id in found.keys() | before.keys()}
        # A laptop takes a newer list only: two of one second, or of a clock that was put back, are told apart.
        as_of = max(now, held.as_of + 1) if held is not None else now
        raw = revoked_note(Revoked(home.org, as_of, gone), home.office())
        write_durable(revoked_path(home.path), raw)
    return raw
