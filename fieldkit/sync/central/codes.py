"""Whose record a receipt's short code is, as head office holds it."""

from __future__ import annotations

import msgspec

from fieldkit.log.line import parse_opening, read_line
from fieldkit.sync.central import findings
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.tx import Tx


class Found(msgspec.Struct, frozen=True):
    """An arrival that a code leads to. `size`: how far central holds the log. `t`: Unix ms, as the laptop believed."""

    origin: str
    record: int
    kind: str
    t: int
    size: int
    title: str
    site: str
    erased: bool = False
    """The private half is no longer here."""
    name: str = ""
    badge: str = ""
    received: int = 0
    """When central first cosigned it, Unix s by its own clock."""
    tz: str = ""
    """The session's time zone, as the laptop named it."""
    disputed: bool = False
    """The laptop signed two histories of this session, and nobody has decided yet."""


async def find_code(db: Database, code: str, *, named: bool = False) -> list[Found]:
    """Every arrival with this code, as `read_code` gives it: one, but for two in 2⁵⁰. With `named` who it was."""
    async with db.reading() as tx:
        found = [await _found(tx, origin, i, named) for origin, i in await tx.coded(code)]
    return [one for one in found if one is not None]


async def _found(tx: Tx, origin: str, i: int, named: bool) -> Found | None:
    stored, line, head = await tx.stored(origin), await tx.line(origin, i), await tx.line(origin, 0)
    if stored is None or line is None or head is None:
        return None
    it, tz = read_line(line), read_line(head).d.get("tz")
    opening = await tx.opening(origin, i)
    x = parse_opening(opening)[1] if opening is not None and named else {}
    return Found(
        origin,
        i,
        it.k,
        it.t,
        stored.size,
        stored.title,
        stored.site,
        opening is None and it.x is not None,
        str(x.get("name", "")),
        str(x.get("badge", "")),
        await tx.cosigned_first(origin, i),
        tz if isinstance(tz, str) else "",
        bool(await tx.findings(origin, findings.FORK)),
    )
