"""Tables out of central: the same fold and the same formats as on the laptop, so the same bytes for the same input."""

from __future__ import annotations

import msgspec

from fieldkit.core.plan import Plan
from fieldkit.core.session import Session
from fieldkit.errors import DamagedData, NotPossible
from fieldkit.formats.export import check, render
from fieldkit.formats.signed import signatures
from fieldkit.log.note import Checkpoint
from fieldkit.sync.central.home import Home, known_keys
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.sqlite import Database, Tx
from fieldkit.sync.central.take import records_of


async def find(tx: Tx, which: str) -> Stored:
    """SESSION as people write it: an origin, its last part or suffix, a sequence number, or `last` (newest taken)."""
    every = await tx.sessions()
    if not every:
        raise NotPossible("Central holds no session yet.", "Take one in: `fieldkit central ingest`.")
    if which == "last":
        return max(every, key=lambda one: (one.ms, one.origin))
    found = [one for one in every if which in (one.origin, *_short(one.origin)) or which == str(one.seq)]
    if not found:
        raise NotPossible(
            f"Central holds no session {which[:80]!r}.", "`fieldkit central findings` tells what is held."
        )
    if len(found) > 1:
        raise NotPossible(
            f"{which[:80]!r} means {len(found)} sessions.", "Write the origin, or its last eight letters."
        )
    return found[0]


def _short(origin: str) -> tuple[str, str]:
    last = origin.rsplit("/", 1)[-1]
    return last, last.rpartition("-")[2]


async def export(db: Database, home: Home, which: str, what: str, as_: str, sep: str = ",") -> tuple[bytes, Checkpoint]:
    """One table of one session, and the checkpoint it was folded from. Raises NotPossible, WrongUsage, DamagedData."""
    check(what, as_)
    async with db.transaction() as tx:
        stored = await find(tx, which)
        raw = await tx.blob(stored.origin, stored.plan)
        records = await records_of(tx, stored.origin)
    try:
        plan = msgspec.json.decode(raw or b"", type=Plan)
    except msgspec.MsgspecError as error:
        raise DamagedData(
            f"The plan of {stored.origin} cannot be read by this release.", "Use a newer release of fieldkit."
        ) from error
    signed = signatures(stored.checkpoint, known_keys(home.trust(), [home.central().vkey]))
    session = Session(origin=stored.origin, plan=plan).fold(records)
    return render(session, plan, signed, what, as_, sep), Checkpoint(stored.origin, stored.size, stored.root)
