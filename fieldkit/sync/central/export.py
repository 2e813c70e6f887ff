"""Tables out of central: the same fold and the same formats as on the laptop, so the same bytes for the same input."""

from __future__ import annotations

import msgspec

from fieldkit.core.attendance import groups
from fieldkit.errors import NotPossible
from fieldkit.formats.columns import ColumnMap
from fieldkit.formats.export import check, provable, render
from fieldkit.formats.pdf import Printing
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.names import b64
from fieldkit.log.note import Checkpoint
from fieldkit.log.proven import Prover, join_proofs
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk_said import PLAN_SHA256, desks
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.sheets import Sheets, origins_of
from fieldkit.sync.central.tx import Tx


async def find(tx: Tx, which: str) -> Stored:
    """SESSION as people write it: an origin, its last part or suffix, a sequence number, or `last` (newest taken).

    The office's own log is found by its origin or suffix only.
    """
    if "/" in which and (whole := await tx.stored(which)) is not None:
        return whole  # named in full: nothing else is looked through
    every = await tx.sessions()
    trained = [one for one in every if one.plan != PLAN_SHA256]
    if not trained:
        raise NotPossible("Central holds no session yet.", "Take one in: `fieldkit central ingest`.")
    if which == "last":
        return max(trained, key=lambda one: (one.ms, one.origin))
    found = [one for one in every if which in (one.origin, *_short(one.origin))]
    found += [one for one in trained if which == str(one.seq)]
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


class Made(msgspec.Struct, frozen=True):
    """One table of one session, the checkpoint it was folded from, and of attendance the proofs of its people."""

    data: bytes
    at: Checkpoint
    proofs: bytes = b""
    office: tuple[Checkpoint, ...] = ()
    """Checkpoints of the office's logs whose corrections are in it."""


async def export(db: Database, home: Home, which: str, what: str, as_: str, sep: str = ",") -> tuple[bytes, Checkpoint]:
    """One table of one session, and the checkpoint it was folded from. Raises NotPossible, WrongUsage, DamagedData."""
    found = await made(db, home, which, what, as_, sep)
    return found.data, found.at


async def made(
    db: Database,
    home: Home,
    which: str,
    what: str,
    as_: str,
    sep: str = ",",
    now: int | None = None,
    by: str = "",
    profile: str = "",
    columns: ColumnMap | None = None,
    printing: Printing | None = None,
) -> Made:
    """The same with its proofs, all of one moment. `now`: central's clock (Unix s), by which a revocation to come does
    not count yet; without it every one does. The rest as in `fieldkit.formats.export.render`.
    Raises NotPossible, WrongUsage, DamagedData."""
    check(what, as_, by, profile, columns)
    proved = provable(what, as_, columns)
    async with db.reading() as tx:
        stored = await find(tx, which)
        lines = [line async for batch in tx.lines(stored.origin) for line in batch] if proved or as_ == "xapi" else []
        openings = await tx.openings(stored.origin) if proved else {}
        sheets = Sheets(home, now)
        laid = await sheets.read(tx, stored)
        logs = origins_of(laid.office)
        said = [one for one in await desks(tx) if one.origin in logs] if logs else []
        desks_at = [Checkpoint(one.origin, one.size, one.root) for one in said]
        desk_lines = [(one, [x async for batch in tx.lines(one.origin) for x in batch]) for one in said if proved]
    proofs = b""
    if proved:
        people = [{x.p for x in one} for one in groups(laid.session).values()]
        prover = Prover(lines, openings.get, stored.checkpoint)
        there = prover.proved()
        only_here = {p for one in people if there.isdisjoint(one) for p in one}  # whom head office alone says was there
        found = prover.receipts(people)
        for one, theirs in desk_lines:
            found += Prover(theirs, lambda i: None, one.checkpoint).corrections(stored.origin, only_here)
        proofs = join_proofs(found)
    leaves = [b64(leaf_hash(line)) for line in lines] if as_ == "xapi" else []
    more = (by, profile, columns, leaves.__getitem__, stored.checkpoint, printing, sheets.people_of(stored.origin))
    data = render(laid.session, laid.plan, laid.signed, what, as_, sep, None, *more)
    return Made(data, Checkpoint(stored.origin, stored.size, stored.root), proofs, tuple(desks_at))
