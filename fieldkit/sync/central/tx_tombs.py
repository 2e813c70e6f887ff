"""What is erased, in central's database: tombstones, and how far they agree with the file `erased.notes`.

Part of `Tx`. `unsettled` holds the tombstones that the file may not have yet; `settled` is one row that says which file
the table was last found to agree with.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fieldkit.sync.central.tx_said import SaidTx

ADD_UNSETTLED = (
    "INSERT INTO unsettled (origin, i, why) SELECT CAST(?1 AS TEXT), CAST(?2 AS BIGINT), CAST(?3 AS TEXT)"
    " WHERE NOT EXISTS (SELECT 1 FROM erased WHERE origin = ?1 AND i = ?2) ON CONFLICT DO NOTHING"
)


class Settled(msgspec.Struct, frozen=True):
    """The file that the table agrees with: what the disk says of it (`stamp`), its bytes and their SHA-256 (hex)."""

    stamp: str
    size: int
    sha256: str


class TombTx(SaidTx):
    """The verbs of a transaction about tombstones."""

    async def erase(self, origin: str, indices: Iterable[int], why: str, ms: int) -> int:
        """Lay tombstones and delete the openings under them; returns how many openings went."""
        refs = sorted(set(indices))
        if not refs:
            return 0
        self._forget("tombs")
        await self.purge(origin)
        await self._later(ADD_UNSETTLED, [(origin, i, why) for i in refs])
        await self._later(
            "INSERT INTO erased (origin, i, why, ms) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            [(origin, i, why, ms) for i in refs],
        )
        sql = "SELECT i FROM opening WHERE origin = ?1 AND i >= ?2 AND i <= ?3"
        here = {i for (i,) in await self._all(sql, origin, refs[0], refs[-1])}
        gone = [(origin, i) for i in refs if i in here]
        await self._later("DELETE FROM opening WHERE origin = ?1 AND i = ?2", gone)
        return len(gone)

    async def tombs(self, origin: str | None = None) -> list[tuple[str, int, str]]:
        """(origin, index, why) of every tombstone, or of those of one session."""
        if origin is None:
            rows = await self._all("SELECT origin, i, why FROM erased ORDER BY origin, i")
        elif ("tombs", origin) in self._seen:
            rows = self._seen["tombs", origin]
        else:
            rows = await self._all("SELECT origin, i, why FROM erased WHERE origin = ?1 ORDER BY i", origin)
        return [(o, i, why) for o, i, why in rows]

    async def tombs_under(self, origin: str) -> set[int]:
        """Indexes of the tombstones of a session, those that were laid aside with another history too."""
        sql = "SELECT i FROM erased WHERE origin = ?1 OR (origin > ?2 AND origin < ?3)"
        return {i for (i,) in await self._all(sql, origin, f"{origin}#", f"{origin}$")}

    async def unsettled(self) -> list[tuple[str, int, str]]:
        """(origin, index, why) of the tombstones that the file may not have."""
        return [(o, i, why) for o, i, why in await self._all("SELECT origin, i, why FROM unsettled ORDER BY origin, i")]

    async def written(self, origin: str, indices: Iterable[int]) -> None:
        """The file has these."""
        await self._later("DELETE FROM unsettled WHERE origin = ?1 AND i = ?2", [(origin, i) for i in indices])

    async def unwritten(self, origin: str, i: int, why: str) -> None:
        """The file does not have this one."""
        sql = "INSERT INTO unsettled (origin, i, why) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
        await self._run(sql, origin, i, why)

    async def sweep(self, origin: str, xs: Iterable[str], why: str) -> None:
        """These private halves (`x`) are erased if their records ever come."""
        self._forget("swept")
        rows = [(origin, x, why) for x in xs]
        await self._later("INSERT INTO swept (origin, x, why) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", rows)

    async def swept(self, origin: str) -> dict[int, str]:
        """Index → why of the stored records of a session whose private halves were swept before they came."""
        if self._seen.get(("swept", origin)) == []:
            return {}
        sql = (
            "SELECT r.i, s.why FROM record r JOIN swept s ON s.origin = r.origin AND s.x = r.x WHERE r.origin = ?1"
            " AND NOT EXISTS (SELECT 1 FROM erased e WHERE e.origin = ?1 AND e.i = r.i)"
        )
        return dict(await self._all(sql, origin))

    async def swept_everywhere(self) -> dict[str, dict[str, str]]:
        """Origin → `x` → why of every private half that was taken out of a file on the shelf."""
        out: dict[str, dict[str, str]] = {}
        for origin, x, why in await self._all("SELECT origin, x, why FROM swept"):
            out.setdefault(origin, {})[x] = why
        return out

    async def settled(self) -> Settled | None:
        rows = await self._all("SELECT stamp, size, sha256 FROM settled")
        return Settled(*rows[0]) if rows else None

    async def set_settled(self, now: Settled) -> None:
        await self._run(
            "INSERT INTO settled (one, stamp, size, sha256) VALUES (1, ?1, ?2, ?3) ON CONFLICT (one) DO UPDATE SET"
            " stamp = excluded.stamp, size = excluded.size, sha256 = excluded.sha256",
            *msgspec.structs.astuple(now),
        )
