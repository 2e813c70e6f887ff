"""Which arrival a receipt's short code leads to: an index beside the records, written with them.

Part of `Tx`. A code is ten signs of a line's hash (`fieldkit.log.receipt`), so the index holds nothing that the lines
do not say, and can be made again from them.
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.core.records import PersonJoined
from fieldkit.log.line import read_line
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.receipt import short_code
from fieldkit.sync.central.tx_history import HistoryTx

ARRIVAL = f'"k":"{PersonJoined.kind}"'.encode()
"""Stands in every line of an arrival, and in few others."""
ADD_CODE = "INSERT INTO code (origin, i, code) VALUES (?1, ?2, ?3)"
_BATCH = 2000


class CodeTx(HistoryTx):
    """The verbs of a transaction about short codes, and about the one record that a code leads to."""

    async def add_codes(self, origin: str, lines: Iterable[tuple[int, bytes]]) -> None:
        """The codes of the arrivals among these records (index, line)."""
        await self._later(ADD_CODE, [(origin, i, code) for i, line in lines if (code := code_of(line))])

    async def fill_codes(self) -> None:
        """The codes of what was stored before there was an index."""
        at: tuple[str, int] = ("", -1)
        while True:
            rows = await self._all(
                "SELECT origin, i, line FROM record WHERE (origin, i) > (?1, ?2)"
                f" AND instr(line, ?3) > 0 ORDER BY origin, i LIMIT {_BATCH}",
                *(*at, ARRIVAL),
            )
            if not rows:
                return
            await self._later(ADD_CODE, [(o, i, code) for o, i, line in rows if (code := code_of(line))])
            at = (rows[-1][0], rows[-1][1])

    async def coded(self, code: str) -> list[tuple[str, int]]:
        """(origin, index) of every arrival with this code: one, but for two in 2⁵⁰."""
        sql = "SELECT origin, i FROM code WHERE code = ?1 ORDER BY origin, i"
        return [(origin, i) for origin, i in await self._all(sql, code)]

    async def line(self, origin: str, i: int) -> bytes | None:
        """One record line; None where there is none."""
        rows = await self._all("SELECT line FROM record WHERE origin = ?1 AND i = ?2", origin, i)
        return rows[0][0] if rows else None

    async def opening(self, origin: str, i: int) -> bytes | None:
        """The private half of one record, if it is still here."""
        rows = await self._all("SELECT line FROM opening WHERE origin = ?1 AND i = ?2", origin, i)
        return rows[0][0] if rows else None

    async def cosigned_first(self, origin: str, i: int) -> int:
        """When central first cosigned this record, Unix seconds by its clock; 0 if it never did."""
        rows = await self._all("SELECT min(s) FROM cosigned WHERE origin = ?1 AND size > ?2", origin, i)
        return int(rows[0][0] or 0)


def code_of(line: bytes) -> str:
    """The short code of an arrival's line; empty for any other record."""
    if ARRIVAL not in line or read_line(line).k != PersonJoined.kind:
        return ""
    return short_code(leaf_hash(line))
