"""Whose record a receipt's short code is: the sessions that central holds, searched for an arrival with this leaf."""

from __future__ import annotations

import msgspec

from fieldkit.core.records import PersonJoined
from fieldkit.log.line import parse_opening, read_line
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.receipt import short_code
from fieldkit.sync.central.sqlite import Database


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


async def find_code(db: Database, code: str, *, named: bool = False) -> list[Found]:
    """Every arrival with this code, as `read_code` gives it: one, but for two in 2⁵⁰. With `named` who it was.

    A session at a time, so that a search keeps no bundle from being taken in.
    """
    async with db.transaction() as tx:
        sessions = await tx.sessions()
    out = []
    for one in sessions:
        async with db.transaction() as tx:
            for i, line in await tx.of_kind(one.origin, PersonJoined.kind):
                if short_code(leaf_hash(line)) != code:
                    continue
                it = read_line(line)
                opening = (await tx.openings(one.origin)).get(i)
                x = parse_opening(opening)[1] if opening is not None else {}
                told = {k: str(x.get(k, "")) for k in ("name", "badge")} if named else {}
                erased = opening is None and it.x is not None
                out.append(Found(one.origin, i, it.k, it.t, one.size, one.title, one.site, erased, **told))
    return out
