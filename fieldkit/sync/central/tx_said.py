"""What head office's own logs say of which session: an index beside the records (`said`), written with them.

Part of `Tx`. A row names a record of an office's log and the session that it refers to, and holds nothing that the line
does not say. One row more a log, under the session "", says how far the log is in here: it moves with the log's head,
in the same transaction, so whoever reads sees whether rows are missing, and reads that log whole then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from fieldkit.core import records as r
from fieldkit.core.office import desk_plan
from fieldkit.errors import BadBytes
from fieldkit.log.line import canonical_plan, read_line
from fieldkit.log.names import split_origin
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx_codes import CodeTx
from fieldkit.sync.central.tx_marks import marks

PLAN = canonical_plan(msgspec.to_builtins(desk_plan()))
PLAN_SHA256 = hashlib.sha256(PLAN).hexdigest()
"""By which an office's log is known among the sessions."""
KINDS = frozenset(
    one.kind
    for one in (r.Amended, r.CreditGranted, r.SignedBy, r.CredentialIssued, r.CredentialRevoked, r.QuestionAnswered)
)
"""Of which `core.office.filed_under` says what they are about."""
_REF, _THERE = b'"ref":{', b'"o":"'
"""Both stand in every line that is about a record of another log, and in few others."""
_ADD = "INSERT INTO said (origin, log, i) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
_BATCH = 2000
_STORED = ", ".join(f"s.{name}" for name in Stored.__struct_fields__)


class Spoken(msgspec.Struct, frozen=True):
    """What offices' logs say about one session, as it is stored: (log, line, private half or None) each, by device,
    number and index; and the logs of which nobody can say so without reading them."""

    logs: tuple[str, ...]
    lines: tuple[tuple[str, bytes, bytes | None], ...]
    unread: frozenset[str]


class SaidTx(CodeTx):
    """The verbs of a transaction about what offices' logs say."""

    async def of_plan(self, plan: str, devices: Sequence[str] | None = None) -> list[Stored]:
        """Every session with this plan (SHA-256, hex), or of these devices (public keys, hex), by device and number."""
        which, values = _devices(devices, 2)
        sql = f"SELECT {_STORED} FROM session s WHERE s.plan = ?1{which} ORDER BY s.device, s.seq, s.origin"
        return [Stored(*row) for row in await self._all(sql, plan, *values)]

    async def spoken(self, origin: str, devices: Sequence[str] | None = None) -> Spoken:
        """What offices' logs, or those of these devices, say about a session; a log says nothing about itself."""
        which, values = _devices(devices, 3)
        behind = f"s.plan = ?2 AND s.origin <> ?1{which}"
        logs, lines = await self._asks(
            (
                "SELECT s.origin, s.size, upto.i FROM session s"
                " LEFT JOIN said upto ON upto.origin = '' AND upto.log = s.origin AND upto.i = s.size"
                f" WHERE {behind} ORDER BY s.device, s.seq, s.origin",
                (origin, PLAN_SHA256, *values),
            ),
            (
                "SELECT a.log, r.line, o.line FROM said a JOIN session s ON s.origin = a.log"
                " JOIN record r ON r.origin = a.log AND r.i = a.i"
                " LEFT JOIN opening o ON o.origin = a.log AND o.i = a.i"
                f" WHERE a.origin = ?1 AND {behind} ORDER BY s.device, s.seq, s.origin, a.i",
                (origin, PLAN_SHA256, *values),
            ),
        )
        unread = frozenset(log for log, size, upto in logs if size != upto)
        return Spoken(tuple(log for log, *_ in logs), tuple(map(tuple, lines)), unread)

    async def add_said(self, log: str, lines: Iterable[tuple[int, bytes]]) -> None:
        """What these records (index, line) of an office's log are about."""
        await self._later(_ADD, [(origin, log, i) for i, line in lines if (origin := about_of(line))])

    async def said_upto(self, new: Stored, before: int | None) -> None:
        """The log goes on from `before` records, or begins: if the index knew all of those, it knows all of these."""
        if new.plan != PLAN_SHA256:
            return
        if before is None:
            await self._run(_ADD, "", new.origin, new.size)
        else:
            sql = "UPDATE said SET i = ?1 WHERE origin = '' AND log = ?2 AND i = ?3"
            await self._run(sql, new.size, new.origin, before)

    async def fill_said(self) -> None:
        """The index of what is stored, made again."""
        await self._run("DELETE FROM said")
        for one in await self.of_plan(PLAN_SHA256):
            at = -1
            while rows := await self._all(
                f"SELECT i, line FROM record WHERE origin = ?1 AND i > ?2 ORDER BY i LIMIT {_BATCH}", one.origin, at
            ):
                await self.add_said(one.origin, rows)
                at = rows[-1][0]
            await self.said_upto(one, None)

    async def of_kinds(self, origin: str, kinds: Iterable[str]) -> list[tuple[bytes, bytes | None]]:
        """(line, private half or None) of the records of a session that may be of these kinds, by index: the others are
        passed over where they lie."""
        named = [f'"k":"{kind}"'.encode() for kind in kinds]
        some = " OR ".join(f"instr(line, {mark}) > 0" for mark in marks(len(named), 2).split(", "))
        sql = (
            f"SELECT r.line, o.line FROM (SELECT i, line FROM record WHERE origin = ?1 AND ({some})) AS r"
            " LEFT JOIN opening o ON o.origin = ?1 AND o.i = r.i ORDER BY r.i"
        )
        return [(line, opening) for line, opening in await self._all(sql, origin, *named)]


def about_of(line: bytes) -> str:
    """The session that a record of an office's log refers to; empty for none, and for what is no origin. At least what
    `core.office.filed_under` says: who reads it looks again."""
    if _REF not in line or _THERE not in line or (it := read_line(line)).k not in KINDS:
        return ""
    ref = it.d.get("ref")
    origin = ref.get("o") if isinstance(ref, dict) else None
    try:
        split_origin(origin if isinstance(origin, str) else "")
    except BadBytes:
        return ""
    return str(origin)


def _devices(devices: Sequence[str] | None, first: int) -> tuple[str, list[str]]:
    if devices is None:
        return "", []
    return (f" AND s.device IN ({marks(len(devices), first)})" if devices else " AND 0 = 1"), list(devices)
