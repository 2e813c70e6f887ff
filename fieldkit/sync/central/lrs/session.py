"""What a stored session makes for a store, and what is to be done so that the store has that and no more."""

from __future__ import annotations

from typing import Any

import msgspec

from fieldkit.core.alone import alone
from fieldkit.core.tables import Sheet
from fieldkit.core.tables.profiles import COMPLIANCE, holds
from fieldkit.formats.xapi import VERBS_OF, statements, told
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.names import b64
from fieldkit.sync.central.lrs.entries import BACK, SENT, STANDING, STAYS, TAKEN, Entry
from fieldkit.sync.central.lrs.memory import Kept
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.sheets import Laid, Sheets
from fieldkit.sync.central.tx import Tx

Json = dict[str, Any]
OPEN, FORKED, LOCKED, UNREADABLE = "open", "forked", "locked", "unreadable"
"""Why a session is left out: it has not ended, the laptop signed two histories and nobody has chosen, its policy does
not allow what is wished, this release cannot read it. What the store has of it stays."""


class Makes(msgspec.Struct, frozen=True):
    """Content id → statement, in their order; or why there are none."""

    statements: dict[str, Json] = {}
    left_out: str = ""


async def makes(sheets: Sheets, tx: Tx, stored: Stored, profile: str) -> Makes:
    """`profile`: what is wished; empty for the one that the session's policy locks, else compliance. Raises
    DamagedData, BadBytes for a session that cannot be read."""
    laid = await sheets.read(tx, stored)
    why = left_out(laid, profile, sheets.ours(stored))
    if why:
        return Makes(left_out=why)
    leaves = [b64(leaf_hash(line)) async for batch in tx.lines(stored.origin) for line in batch]
    policy = laid.session.info.policy if laid.session.info is not None else None
    chosen = (policy.profile if policy is not None else None) or profile or COMPLIANCE
    locked = (policy.locked if policy is not None else None) or []
    tables = [table for table in VERBS_OF if holds(chosen, table) and table not in locked]
    sheet, people_of = Sheet(laid.session, laid.plan, laid.signed), sheets.people_of(stored.origin)
    every = statements(sheet, leaves.__getitem__, nameless=False, people_of=people_of)
    return Makes({one["id"]: one for one in told(every, tables, chosen)})


def left_out(laid: Laid, profile: str, ours: bool) -> str:
    """Why nothing of a session is told, if so. What is answered alone in a log of head office's (`ours`) never ends:
    each answer is told as it stands."""
    info = laid.session.info
    if info is None or (laid.session.closed_m is None and not (ours and alone(laid.session))):
        return OPEN
    if laid.signed.fork == "fork":
        return FORKED
    locked = info.policy.profile or ""
    return LOCKED if profile and locked and profile != locked else ""


class Todo(msgspec.Struct, frozen=True):
    """What is to be done: `kept` is to be remembered first. `back`: content ids to take back; `new`: to say; `doubt`:
    were on their way when something broke, and are not wished any more; `later`: some are to be taken back before they
    can be said anew, so the session is to be looked at once more after that."""

    kept: Kept
    back: list[str]
    new: list[str]
    doubt: list[str]
    later: bool = False


def todo(known: Kept, wished: Makes, ms: int, again: bool = False) -> Todo:
    """`again`: what the store refused is tried once more. `ms`: central's clock."""
    entries, doubt = dict(known.entries), list[str]()
    if not wished.left_out:
        for id, one in known.entries.items():
            if (state := _now(one.state, id in wished.statements, again)) is None:
                del entries[id]
            elif state != one.state:
                entries[id] = Entry(state, one.version)
            elif state == SENT and id not in wished.statements:
                doubt.append(id)
    back = [id for id, one in entries.items() if one.state == BACK]
    fresh = doubt or any(known.entries[id].state not in (BACK, STAYS) for id in back)
    version, begun = (known.version + 1, ms) if fresh else (known.version, known.begun)
    new = [id for id in wished.statements if id not in entries or entries[id].state == SENT]
    return Todo(Kept("", version, begun, entries), back, new, doubt, any(id in wished.statements for id in back))


def _now(state: int, wished: bool, again: bool) -> int | None:
    """What a statement is from here on; None: it is forgotten, and said as for the first time if it is wished."""
    if state == STAYS:
        return TAKEN if wished else BACK if again else STAYS
    if state in STANDING:
        return None if again or not wished else state
    return BACK if state == TAKEN and not wished else state
