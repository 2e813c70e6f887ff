"""A log goes on after somebody in it was erased: what it still brings of that `p` is erased as it comes.

A laptop that has not been told yet records a new name, a reason, a signature under the same random `p`. Whoever has
lost every private half that was stored of them counts as erased in that session, and what comes later of their `p`
gets its tombstone in the transaction that takes it in; the tombstones go down to the laptop with the others.

It ends where the log itself says it: after an `erase` record about that `p` the laptop knew, and what somebody types
in that room from then on is theirs anew (docs/policy.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.log.erasing import erased_by
from fieldkit.log.line import read_line
from fieldkit.sync.central import tombs

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx


async def follow(tx: Tx, origin: str, first: int, now: int) -> bool:
    """Lay tombstones over what the records from index `first` on brought of people who were erased before; whether
    there was any. `now`: Unix seconds by head office's clock."""
    why = {i: code for _, i, code in await tx.tombs(origin) if i < first}
    if not why:
        return False
    halves: dict[str, list[int]] = {}
    told: list[tuple[int, list[int]]] = []
    async for lines in tx.lines(origin):
        for line in map(read_line, lines):
            if line.p is not None and line.x is not None:
                halves.setdefault(line.p, []).append(line.i)
            if refs := erased_by(line):
                told.append((line.i, refs))
    late: dict[int, str] = {}
    for every in halves.values():
        before = {i for i in every if i < first}
        if not before or not before <= why.keys():
            continue
        ends = next((i for i, refs in told if not before.isdisjoint(refs)), None)
        late |= {i: why[max(before)] for i in every if i >= first and (ends is None or i < ends)}
    known = {i for _, i, _ in await tx.tombs(origin)}
    late = {i: code for i, code in late.items() if i not in known}
    await tombs.lay(tx, origin, late, now)
    return bool(late)
