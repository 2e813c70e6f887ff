"""A person decides that a session is taken although its laptop's key had ended: what was held as `revoked`, `expired`.

Records that were made before a laptop was lost may arrive after it. Head office's clock cannot tell them from those
made after; somebody who knows where the stick was can. Decided is one checkpoint, its size and root: what the laptop
signed beyond it stays held. The reason is kept for ever, and nothing is taken back: what was cosigned is cosigned.
"""

from __future__ import annotations

import msgspec

from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.log.names import b64
from fieldkit.log.note import Checkpoint, parse_checkpoint, split_note
from fieldkit.sync.central import findings
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.rows import Finding
from fieldkit.sync.central.tx import Tx

REASONS = ("revoked", "expired", "not-yet-valid")


class Admitted(msgspec.Struct, frozen=True):
    """The checkpoint that may be taken now; `root` is base64."""

    origin: str
    size: int
    root: str


async def admit(db: Database, session: str, root: str, why: str, now: int) -> Admitted:
    """Decide for one held session; `root`: the beginning of its root, where several are held. Taking it in comes next.

    Raises NotPossible when nothing like it is held, WrongUsage when it is not clear which.
    """
    async with db.transaction() as tx:
        found = await _held(tx, session)
        if not found:
            raise NotPossible(
                f"No session {session[:80]!r} is held because a key had ended.",
                "`fieldkit central findings` lists them.",
            )
        found = [one for one in found if not root or root in (b64(one.root)[: len(root)], one.root.hex()[: len(root)])]
        if len(found) != 1:
            said = ", ".join(f"{one.size} records, root {b64(one.root)}" for one in found[:6])
            raise WrongUsage(
                f"{len(found)} held checkpoints of this session are meant.", f"--root is the beginning of one: {said}"
            )
        at = found[0]
        detail = {"size": at.size, "root": b64(at.root), "why": why}
        await tx.put_finding(Finding(at.origin, findings.ADMITTED, at.root.hex(), detail, now * 1000))
    return Admitted(at.origin, at.size, b64(at.root))


async def _held(tx: Tx, session: str) -> list[Checkpoint]:
    """Checkpoints of held files of this session: an origin, its last part, or its suffix."""
    found: dict[Checkpoint, None] = {}
    for one in await tx.arrivals():
        last = one.origin.rpartition("/")[2]
        if one.reason in REASONS and one.checkpoint and session in (one.origin, last, last.rpartition("-")[2]):
            found[parse_checkpoint(split_note(one.checkpoint)[0])] = None
    return list(found)


async def is_admitted(tx: Tx, at: Checkpoint) -> bool:
    """Whether somebody has decided for this checkpoint, or it is an older copy of one that was taken like this."""
    roots = {one.other for one in await tx.findings(at.origin, findings.ADMITTED)}
    if at.root.hex() in roots:
        return True
    stored = await tx.stored(at.origin) if roots else None
    return stored is not None and stored.root.hex() in roots and at.size <= stored.size
