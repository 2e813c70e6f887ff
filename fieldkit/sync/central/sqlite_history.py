"""What central's database does when a person chooses between two histories, and with signatures that come late.

Part of `Tx`; no rule is decided here either.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fieldkit.sync.central.rows import Arrival

_ARRIVAL = ", ".join(Arrival.__struct_fields__)


class HistoryTx:
    """The verbs of a transaction that take a stored history back to where it parted from another one.

    `db` is the connection of `sync.central.sqlite`, which alone knows the library.
    """

    def __init__(self, db: Any) -> None:
        self._db = db

    async def _all(self, sql: str, *values: Any) -> list[Any]:
        return list(await self._db.execute_fetchall(sql, values))

    async def arrivals_of(self, origin: str) -> list[Arrival]:
        """Every file in which this session came and was not taken."""
        sql = f"SELECT {_ARRIVAL} FROM arrival WHERE origin = ? AND result IN ('held', 'fork', 'refused') ORDER BY ms"
        return [Arrival(*row) for row in await self._all(sql, origin)]

    async def discard(self, sha256: str) -> int:
        """A file that a person has decided about waits no longer; how many sessions were in it."""
        done = await self._db.execute(
            "UPDATE arrival SET result = 'discarded' WHERE sha256 = ? AND result IN ('held', 'fork', 'refused')",
            (sha256,),
        )
        return max(0, int(done.rowcount))

    async def cut_back(self, origin: str, n: int, root: bytes, frontier: bytes, aside: str) -> None:
        """Keep the first `n` records of a session and what belongs to them; with 0 nothing is left of it.

        Tombstones of the records that go are laid aside under the key `aside`: an index means another record in
        another history, and an erasure must still hold if this one is ever chosen again.
        """
        for table in ("record", "opening", "code"):
            await self._db.execute(f"DELETE FROM {table} WHERE origin = ? AND i >= ?", (origin, n))
        for table in ("cosigned", "signed"):
            await self._db.execute(f"DELETE FROM {table} WHERE origin = ? AND size > ?", (origin, n))
        await self._db.execute("DELETE FROM presence WHERE origin = ?", (origin,))
        await self._move_tombs(origin, aside, n)
        if n:
            await self._db.execute(
                "UPDATE session SET size = ?, root = ?, frontier = ? WHERE origin = ?", (n, root, frontier, origin)
            )
        else:
            await self._db.execute("DELETE FROM session WHERE origin = ?", (origin,))

    async def tombs_back(self, origin: str, aside: str) -> None:
        """The tombstones that were laid aside count again: their history is the one that is stored."""
        await self._move_tombs(aside, origin, 0)

    async def _move_tombs(self, here: str, there: str, first: int) -> None:
        await self._db.execute(
            "INSERT INTO erased (origin, i, why, ms) SELECT ?, i, why, ms FROM erased WHERE origin = ? AND i >= ?"
            " ON CONFLICT DO NOTHING",
            (there, here, first),
        )
        await self._db.execute("DELETE FROM erased WHERE origin = ? AND i >= ?", (here, first))

    async def blobs(self, origin: str, first: str) -> list[tuple[str, bytes]]:
        """(SHA-256, bytes) of what is kept beside a session: `first` in front, the others by hash."""
        sql = "SELECT sha256, bytes FROM blob WHERE origin = ? ORDER BY sha256 <> ?, sha256"
        return [(sha256, data) for sha256, data in await self._all(sql, origin, first)]

    async def renamed(self, old: str, new: str) -> None:
        """The file on the shelf with SHA-256 `old` has other bytes now."""
        await self._db.execute(
            "DELETE FROM arrival WHERE sha256 = ? AND origin IN (SELECT origin FROM arrival WHERE sha256 = ?)",
            (new, old),
        )
        await self._db.execute("UPDATE arrival SET sha256 = ? WHERE sha256 = ?", (new, old))
        await self._db.execute("UPDATE finding SET detail = replace(detail, ?, ?)", (old, new))

    async def cosigned(self, origin: str) -> list[tuple[int, bytes]]:
        """(size, root) of every checkpoint of this session that central has cosigned, ascending."""
        sql = "SELECT size, root FROM cosigned WHERE origin = ? ORDER BY size"
        return [(size, root) for size, root in await self._all(sql, origin)]

    async def put_signed(self, origin: str, size: int, note: bytes) -> None:
        """Keep an earlier checkpoint in place of the one that is there, which has fewer signatures."""
        await self._db.execute(
            "INSERT INTO signed (origin, size, note) VALUES (?, ?, ?)"
            " ON CONFLICT (origin, size) DO UPDATE SET note = excluded.note",
            (origin, size, note),
        )

    async def files_of(self, origin: str) -> list[str]:
        """SHA-256 of the files on the shelf that hold something of this session, those that came first first."""
        return list(dict.fromkeys(one.sha256 for one in await self.arrivals_of(origin)))


def as_json(detail: dict[str, Any]) -> str:
    """How a finding's detail is stored."""
    return msgspec.json.encode(detail, order="sorted").decode()
