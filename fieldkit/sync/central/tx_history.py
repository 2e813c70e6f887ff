"""What central's database does when a person chooses between two histories, and with signatures that come late.

Part of `Tx`; no rule is decided here either.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fieldkit.sync.central.rows import Arrival
from fieldkit.sync.central.tx_marks import MarkTx

_ARRIVAL = ", ".join(Arrival.__struct_fields__)


class HistoryTx(MarkTx):
    """The verbs of a transaction that take a stored history back to where it parted from another one."""

    async def arrivals_of(self, origin: str) -> list[Arrival]:
        """Every file in which this session came and was not taken."""
        sql = f"SELECT {_ARRIVAL} FROM arrival WHERE origin = ?1 AND result IN ('held', 'fork', 'refused') ORDER BY ms"
        return [Arrival(*row) for row in await self._all(sql, origin)]

    async def discard(self, sha256: str) -> int:
        """A file that a person has decided about waits no longer; how many sessions were in it."""
        sql = "UPDATE arrival SET result = 'discarded' WHERE sha256 = ?1 AND result IN ('held', 'fork', 'refused')"
        return len(await self._all(f"{sql} RETURNING origin", sha256))

    async def cut_back(self, origin: str, n: int, root: bytes, frontier: bytes, aside: str) -> None:
        """Keep the first `n` records of a session and what belongs to them; with 0 nothing is left of it.

        Tombstones of the records that go are laid aside under the key `aside`: an index means another record in
        another history, and an erasure must still hold if this one is ever chosen again.
        """
        await self.mark(origin)
        for table in ("record", "opening", "code"):
            await self._run(f"DELETE FROM {table} WHERE origin = ?1 AND i >= ?2", origin, n)
        await self._run("DELETE FROM said WHERE log = ?1 AND i >= ?2 AND (origin <> '' OR ?2 = 0)", origin, n)
        await self._run("UPDATE said SET i = ?1 WHERE origin = '' AND log = ?2 AND i > ?1", n, origin)
        for table in ("cosigned", "signed"):
            await self._run(f"DELETE FROM {table} WHERE origin = ?1 AND size > ?2", origin, n)
        await self._run("DELETE FROM presence WHERE origin = ?1", origin)
        await self._move_tombs(origin, aside, n)
        if n:
            sql = "UPDATE session SET size = ?1, root = ?2, frontier = ?3 WHERE origin = ?4"
            await self._run(sql, n, root, frontier, origin)
        else:
            await self._run("DELETE FROM session WHERE origin = ?1", origin)
            await self.unlist(origin)
        self._seen.clear()

    async def tombs_back(self, origin: str, aside: str) -> None:
        """The tombstones that were laid aside count again: their history is the one that is stored."""
        await self._move_tombs(aside, origin, 0)

    async def _move_tombs(self, here: str, there: str, first: int) -> None:
        await self.mark(here if "#" not in here else there)
        await self._run(
            "INSERT INTO erased (origin, i, why, ms) SELECT CAST(?1 AS TEXT), i, why, ms FROM erased"
            " WHERE origin = ?2 AND i >= ?3 ON CONFLICT DO NOTHING",
            *(there, here, first),
        )
        await self._run("DELETE FROM erased WHERE origin = ?1 AND i >= ?2", here, first)
        self._forget("tombs")

    async def blobs(self, origin: str, first: str) -> list[tuple[str, bytes]]:
        """(SHA-256, bytes) of what is kept beside a session: `first` in front, the others by hash."""
        sql = "SELECT sha256, bytes FROM blob WHERE origin = ?1 ORDER BY sha256 <> ?2, sha256"
        return [(sha256, data) for sha256, data in await self._all(sql, origin, first)]

    async def renamed(self, old: str, new: str) -> None:
        """The file on the shelf with SHA-256 `old` has other bytes now."""
        await self._run(
            "DELETE FROM arrival WHERE sha256 = ?1 AND origin IN (SELECT origin FROM arrival WHERE sha256 = ?2)",
            *(new, old),
        )
        await self._run("UPDATE arrival SET sha256 = ?1 WHERE sha256 = ?2", new, old)
        await self._run("UPDATE finding SET detail = replace(detail, ?1, ?2)", old, new)
        self._seen.clear()

    async def cosigned(self, origin: str) -> list[tuple[int, bytes]]:
        """(size, root) of every checkpoint of this session that central has cosigned, ascending."""
        sql = "SELECT size, root FROM cosigned WHERE origin = ?1 ORDER BY size"
        return [(size, root) for size, root in await self._all(sql, origin)]

    async def put_signed(self, origin: str, size: int, note: bytes) -> None:
        """Keep an earlier checkpoint in place of the one that is there, which has fewer signatures."""
        await self._run(
            "INSERT INTO signed (origin, size, note) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (origin, size) DO UPDATE SET note = excluded.note",
            *(origin, size, note),
        )

    async def files_of(self, origin: str) -> list[str]:
        """SHA-256 of the files on the shelf that hold something of this session, those that came first first."""
        return list(dict.fromkeys(one.sha256 for one in await self.arrivals_of(origin)))


def as_json(detail: dict[str, Any]) -> str:
    """How a finding's detail is stored."""
    return msgspec.json.encode(detail, order="sorted").decode()
