"""The sums of groups that pages show (`governance.groups`), kept as they came out: of every version of a pack, and how
all of them together were delivered. What changes a session empties them in the same transaction, and whoever catches up
makes them again when nothing is left to read; until then a page works them out. Of some quarters they are always worked
out.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.figures.shared import Wanted
from fieldkit.core.tables.governance import ALL, Part
from fieldkit.sync.central import governance
from fieldkit.sync.central.digest.words import place_key

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.tx import Tx

_enc = msgspec.json.Encoder()
_dec = msgspec.json.Decoder(list[Part])


async def forget(tx: Tx, versions: Iterable[tuple[str, str]]) -> None:
    """Sessions of these versions (pack, version) have changed."""
    some = sorted(set(versions))
    await tx.put_rows(
        "INSERT INTO shown (pack, version, mark, said) VALUES (?1, ?2, ?3, NULL)"
        " ON CONFLICT (pack, version) DO UPDATE SET mark = excluded.mark, said = NULL",
        [(*one, secrets.token_hex(8)) for one in (("", ""), *some)] if some else [],
    )


async def refresh(db: Database) -> None:
    """Make again what was forgotten; what changes meanwhile is left to the next time."""
    async with db.reading() as tx:
        rows = await tx.rows("SELECT pack, version, mark FROM shown WHERE said IS NULL ORDER BY pack, version")
        made = [
            (pack, version, mark, _enc.encode(await governance.groups(tx, Wanted(pack, version), brief=not pack)))
            for pack, version, mark in rows
        ]
    if made:
        async with db.transaction() as tx:
            await tx.put_rows("UPDATE shown SET said = ?4 WHERE pack = ?1 AND version = ?2 AND mark = ?3", made)


async def groups(tx: Tx, wanted: Wanted, site: str = "", brief: bool = False) -> list[Part]:
    """As `governance.groups`."""
    kept = bool(wanted.version) if wanted.pack else brief
    if not kept or wanted.since or wanted.until or place_key(site) == ALL:
        return await governance.groups(tx, wanted, site, brief=brief)
    rows = await tx.rows("SELECT said FROM shown WHERE pack = ?1 AND version = ?2", wanted.pack, wanted.version)
    if not rows or rows[0][0] is None:
        return await governance.groups(tx, wanted, site, brief=brief)
    found = _dec.decode(rows[0][0])
    return [one for one in found if one.site != ALL and place_key(one.site) == place_key(site)] if site else found
