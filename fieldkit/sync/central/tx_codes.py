"""Which arrival a receipt's short code leads to, and which log a set of pre-work or reinforcement has: an index beside
the records, written with them.

Part of `Tx`. A code is ten signs of a line's hash (`fieldkit.log.receipt`), so the index holds nothing that the lines
do not say, and can be made again from them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence

from fieldkit.core.blended import BLENDED
from fieldkit.core.records import PersonJoined, SessionClosed, SessionOpened, SessionReopened
from fieldkit.log.line import Line, read_line
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.receipt import CODE_LETTERS, short_codes
from fieldkit.sync.central.tx_history import HistoryTx

ARRIVAL = f'"k":"{PersonJoined.kind}"'.encode()
"""Stands in every line of an arrival, and in few others."""
OPENING = f'"kind":"{BLENDED}"'.encode()
"""Stands in the first line of every log of a set."""
CODE = CODE_LETTERS
"""Signs of a short code: what is longer is the key of a set."""
ADD_CODE = "INSERT INTO code (origin, i, code) VALUES (?1, ?2, ?3)"
_BATCH = 2000


class CodeTx(HistoryTx):
    """The verbs of a transaction about short codes, and about the one record that a code leads to."""

    async def add_codes(self, origin: str, lines: Iterable[tuple[int, bytes]]) -> None:
        """The codes of these records (index, line), as `codes_of` has them."""
        await self._later(ADD_CODE, [(origin, i, code) for i, line in lines if (code := code_of(line))])

    async def fill_codes(self) -> None:
        """The codes of what was stored before there was an index."""
        at: tuple[str, int] = ("", -1)
        while True:
            rows = await self._all(
                "SELECT origin, i, line FROM record WHERE (origin, i) > (?1, ?2)"
                " AND (instr(line, ?3) > 0 OR (i = 0 AND instr(line, ?4) > 0))"
                f" ORDER BY origin, i LIMIT {_BATCH}",
                *(*at, ARRIVAL, OPENING),
            )
            if not rows:
                return
            await self._later(ADD_CODE, [(o, i, code) for o, i, line in rows if (code := code_of(line))])
            at = (rows[-1][0], rows[-1][1])

    async def coded(self, code: str) -> list[tuple[str, int]]:
        """(origin, index) of every arrival, and opening of a log of a set (index 0), with this code: one, but for two
        in 2⁵⁰; of a set's key, one of each device that began such a log."""
        sql = "SELECT origin, i FROM code WHERE code = ?1 ORDER BY origin, i"
        return [(origin, i) for origin, i in await self._all(sql, code)]

    async def last_of(self, device: str) -> tuple[int, str, int, bytes]:
        """Number, origin, size and root of the last session signed by this public key; (0, "", 0, b"") without any."""
        sql = "SELECT seq, origin, size, root FROM session WHERE device = ?1 ORDER BY seq DESC, origin DESC LIMIT 1"
        rows = await self._all(sql, device)
        return (int(rows[0][0]), rows[0][1], int(rows[0][2]), rows[0][3]) if rows else (0, "", 0, b"")

    async def stays_of(self, badge: str, since: int) -> list[tuple[str, str]]:
        """(session, issuer) of every room that this badge was in after `since` (Unix ms), the one that they left last
        at the end."""
        sql = (
            "SELECT origin, issuer FROM presence WHERE badge = ?1 AND until_ms >= ?2 GROUP BY origin, issuer"
            " ORDER BY max(until_ms), origin, issuer"
        )
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

    async def lines_from(self, origin: str, first: int) -> list[bytes]:
        """The record lines from index `first` on, which are few."""
        rows = await self._all("SELECT line FROM record WHERE origin = ?1 AND i >= ?2 ORDER BY i", origin, first)
        return [row[0] for row in rows]

    async def private_of(self, origin: str) -> tuple[int, int]:
        """How many private halves of a log are here, and how many were erased."""
        sql = "SELECT (SELECT count(*) FROM opening WHERE origin = ?1), (SELECT count(*) FROM erased WHERE origin = ?1)"
        ((halves, tombs),) = await self._all(sql, origin)
        return int(halves), int(tombs)

    async def opening(self, origin: str, i: int) -> bytes | None:
        """The private half of one record, if it is still here."""
        rows = await self._all("SELECT line FROM opening WHERE origin = ?1 AND i = ?2", origin, i)
        return rows[0][0] if rows else None

    async def cosigned_first(self, origin: str, i: int) -> int:
        """When central first cosigned this record, Unix seconds by its clock; 0 if it never did."""
        rows = await self._all("SELECT min(s) FROM cosigned WHERE origin = ?1 AND size > ?2", origin, i)
        return int(rows[0][0] or 0)


def codes_of(read: Sequence[Line], leaves: Sequence[bytes]) -> list[tuple[int, str]]:
    """(index, code) of these records, whichever way they came: the short code of an arrival, and of the opening of a
    log of pre-work; of one of reinforcement, what it is found by (`set_key`). `leaves`: their leaf hashes."""
    coded = [(line, leaf) for line, leaf in zip(read, leaves, strict=True) if _is_coded(line)]
    short = short_codes([leaf for _, leaf in coded])
    return [(line.i, _key_of(line) or code) for (line, _), code in zip(coded, short, strict=True)]


def code_of(line: bytes) -> str:
    """The same of one line; empty for a record that has none."""
    if ARRIVAL not in line and OPENING not in line:
        return ""
    found = codes_of([read_line(line)], [leaf_hash(line)])
    return found[0][1] if found else ""


def _is_coded(line: Line) -> bool:
    return line.k == PersonJoined.kind or (
        line.i == 0 and line.k == SessionOpened.kind and line.d.get("kind") == BLENDED
    )


def _key_of(line: Line) -> str:
    of, name = line.d.get("of"), line.d.get("set")
    if line.k != SessionOpened.kind or not isinstance(of, str) or not isinstance(name, str):
        return ""
    return set_key(of, name)


def set_key(origin: str, name: str) -> str:
    """What the log of a set of reinforcement of this session is found by: 20 signs, so that it is nobody's code."""
    return base64.b32encode(hashlib.sha256(f"{origin}\n{name}".encode()).digest())[:20].decode()
