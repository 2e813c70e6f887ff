"""Which arrival a receipt's short code leads to, and which log a set of pre-work or reinforcement has: an index beside
the records, written with them.

Part of `Tx`. A code is ten signs of a line's hash (`fieldkit.log.receipt`), so the index holds nothing that the lines
do not say, and can be made again from them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from fieldkit.core.blended import BLENDED
from fieldkit.core.records import PersonJoined, SessionClosed, SessionOpened, SessionReopened
from fieldkit.log.line import read_line
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.receipt import short_code
from fieldkit.sync.central.tx_history import HistoryTx

ARRIVAL = f'"k":"{PersonJoined.kind}"'.encode()
"""Stands in every line of an arrival, and in few others."""
OPENING = f'"kind":"{BLENDED}"'.encode()
"""Stands in the first line of every log of a set."""
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

    async def last_of(self, device: str) -> tuple[int, str, int, bytes]:
        """Number, origin, size and root of the last session signed by this public key; (0, "", 0, b"") without any."""
        sql = "SELECT seq, origin, size, root FROM session WHERE device = ?1 ORDER BY seq DESC, origin DESC LIMIT 1"
        rows = await self._all(sql, device)
        return (int(rows[0][0]), rows[0][1], int(rows[0][2]), rows[0][3]) if rows else (0, "", 0, b"")

    async def stays_of(self, badge: str, since: int) -> list[tuple[str, str]]:
        """(session, issuer) of every room that this badge was in after `since` (Unix ms)."""
        sql = "SELECT DISTINCT origin, issuer FROM presence WHERE badge = ?1 AND until_ms >= ?2 ORDER BY origin, issuer"
        return [(origin, issuer) for origin, issuer in await self._all(sql, badge, since)]

    async def end_of(self, origin: str) -> bytes | None:
        """The line of the last `session.close`, or of what opened the session again after it."""
        sql = (
            "SELECT line FROM record WHERE origin = ?1 AND (instr(line, ?2) > 0 OR instr(line, ?3) > 0)"
            " ORDER BY i DESC LIMIT 1"
        )
        kinds = (f'"k":"{kind.kind}"'.encode() for kind in (SessionClosed, SessionReopened))
        rows = await self._all(sql, origin, *kinds)
        return rows[0][0] if rows else None

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
    """The short code of an arrival's line, and of the opening of a log of pre-work; of one of reinforcement, what it is
    found by (`set_key`); empty for any other record."""
    if ARRIVAL in line and read_line(line).k == PersonJoined.kind:
        return short_code(leaf_hash(line))
    if OPENING not in line or (it := read_line(line)).k != SessionOpened.kind or it.d.get("kind") != BLENDED:
        return ""
    of, name = it.d.get("of"), it.d.get("set")
    return set_key(of, name) if isinstance(of, str) and isinstance(name, str) else short_code(leaf_hash(line))


def set_key(origin: str, name: str) -> str:
    """What the log of a set of reinforcement of this session is found by: 20 signs, so that it is nobody's code."""
    return base64.b32encode(hashlib.sha256(f"{origin}\n{name}".encode()).digest())[:20].decode()
