"""Whom of these people there is a page about: those who were in a session, or were expected at one that came here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.tx_marks import marks

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

Who = tuple[str, str]
"""Badge and issuer, as somebody wrote them."""
BATCH = 200


async def met(tx: Tx, some: Iterable[Who], sites: Sequence[str] | None = None) -> set[Who]:
    """Those of these who are known, and whose page may be seen by who sees these `sites` (None: all)."""
    asked: dict[Who, set[Who]] = {}
    for badge, issuer in some:  # one who was written down in two ways is known in both
        asked.setdefault((badge.strip().upper(), issuer.strip().upper()), set()).add((badge, issuer))
    badges = sorted({badge for badge, _ in asked})
    keys = None if sites is None else {place_key(one) for one in sites}
    found: set[Who] = set()
    for at in range(0, len(badges), BATCH):
        batch = badges[at : at + BATCH]
        sql = f"SELECT badge, issuer, site FROM person WHERE badge IN ({marks(len(batch))})"
        for badge, issuer, site in await tx.rows(sql, *batch):
            if (badge, issuer) in asked and (keys is None or place_key(site) in keys):
                found |= asked[badge, issuer]
    return found
