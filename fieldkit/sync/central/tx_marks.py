"""What the digest (`sync.central.digest`) does not know any more, written down where it changes.

Part of `Tx`. `stale` is a queue of sessions that have to be read again, `touched` one of people. A mark is fresh each
time: whoever has read a session takes its mark off only if it still is the one that stood there before the reading, so
what changed meanwhile is read once more. A mark goes with what is written anyway, as every step does.

What an erasure takes out of the digest goes in the transaction of the erasure itself (`purge`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from fieldkit.sync.central.tx_base import Asking, Engine

ADD_STALE = "INSERT INTO stale (origin, mark) VALUES (?1, ?2) ON CONFLICT (origin) DO UPDATE SET mark = excluded.mark"
ADD_TOUCHED = (
    "INSERT INTO touched (badge, issuer, again, mark) VALUES (?1, ?2, '', ?3)"
    " ON CONFLICT (badge, issuer) DO UPDATE SET again = '', mark = excluded.mark"
)
_OF_IT = "SELECT badge, issuer FROM did WHERE origin = ?1"
_PURGE = (
    *(f"DELETE FROM {table} WHERE (badge, issuer) IN ({_OF_IT})" for table in ("standing", "person", "touched")),
    "INSERT INTO touched (badge, issuer, again, mark) SELECT DISTINCT badge, issuer, '', CAST(?2 AS TEXT) FROM did"
    f" WHERE (badge, issuer) IN ({_OF_IT}) AND origin <> ?1",
    "DELETE FROM did WHERE origin = ?1",
    "DELETE FROM learnt WHERE origin = ?1",
)


def marks(n: int, first: int = 1) -> str:
    """`?1, ?2, …`"""
    return ", ".join(f"?{k}" for k in range(first, first + n))


class MarkTx(Asking):
    """The verbs of a transaction that say what is to be read again."""

    def __init__(self, engine: Engine, begin: str = "write") -> None:
        super().__init__(engine, begin)
        self._marked: set[str] = set()

    async def mark(self, *origins: str) -> None:
        """What these sessions say has changed, or may have: once a transaction is enough for each."""
        new = [one for one in dict.fromkeys(origins) if one not in self._marked]
        self._marked.update(new)
        await self._later(ADD_STALE, [(origin, secrets.token_hex(8)) for origin in new])

    async def unlist(self, origin: str) -> None:
        """The list of sessions that pages show says of this one what it was, or nothing: it came, or it is gone."""
        await self._later("INSERT INTO unlisted (origin) VALUES (?1) ON CONFLICT DO NOTHING", [(origin,)])

    async def mark_all(self) -> None:
        """All of them."""
        await self.mark(*[origin for (origin,) in await self._all("SELECT origin FROM session ORDER BY origin")])

    async def purge(self, origin: str) -> None:
        """Nobody who was in this session is left in the digest by it: what was known of each of them goes, and those
        who are in other sessions too are looked at again."""
        from fieldkit.sync.central.digest import tallies  # late: it knows what a transaction is

        await self.mark(origin)
        sql = f"SELECT {tallies.COLUMNS} FROM standing WHERE (badge, issuer) IN ({_OF_IT})"
        await tallies.change(self, await self._all(sql, origin), [])
        for sql in _PURGE:
            await self._run(sql, *(origin, secrets.token_hex(8))[: 2 if "?2" in sql else "?1" in sql])

    async def touch(self, people: Iterable[tuple[str, str]]) -> None:
        """These people (badge, issuer) have to be looked at again. One mark, so that they are looked at together: who
        was in a session with others mostly was in the next one too, and each session is read once for all of them."""
        mark = secrets.token_hex(8)
        await self._later(ADD_TOUCHED, [(*who, mark) for who in sorted(set(people))])

    async def touch_all(self) -> None:
        """Everybody has."""
        await self._run(
            "INSERT INTO touched (badge, issuer, again, mark) SELECT DISTINCT badge, issuer, '', CAST(?1 AS TEXT)"
            " FROM did WHERE badge <> '' ON CONFLICT (badge, issuer) DO UPDATE SET again = '', mark = excluded.mark",
            secrets.token_hex(8),
        )

    async def put_rows(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Change derived tables, a statement for each of these rows; its SQL is written beside who changes them."""
        await self._later(sql, rows)

    async def rows(self, sql: str, *values: object) -> list[Any]:
        """The rows of one question about derived tables; its SQL is written beside who asks."""
        return await self._all(sql, *values)
