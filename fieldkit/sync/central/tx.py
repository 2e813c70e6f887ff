"""One transaction on central's database, told in plain verbs; no rule of the log is decided here.

Every unique key begins with the session's origin and there are no serials and no triggers, so that the same tables
run on a database that is spread over machines by origin. What a verb leaves to be written goes with the next question
(`tx_base`). Times are Unix ms (`ms`) or s (`s`) as central's clock gave them; roots and hashes are raw bytes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec

from fieldkit.sync.central.rows import Arrival, Finding, Presence, Stored
from fieldkit.sync.central.tx_base import Question, Values
from fieldkit.sync.central.tx_codes import ADD_CODE
from fieldkit.sync.central.tx_history import as_json
from fieldkit.sync.central.tx_said import PLAN_SHA256
from fieldkit.sync.central.tx_tombs import TombTx

BATCH = 2000
"""Rows fetched at a time: bounds memory without paying a journey a row."""

_STORED = ", ".join(Stored.__struct_fields__)
_ARRIVAL = ", ".join(Arrival.__struct_fields__)
_FINDING = "origin, code, other, detail, ms"
_BY_AGE = "ORDER BY ms, origin, code, other"
ADD_RECORD = "INSERT INTO record (origin, i, x, line) VALUES (?1, ?2, ?3, ?4)"
ADD_OPENING = (
    "INSERT INTO opening (origin, i, line) SELECT CAST(?1 AS TEXT), ?2, ?3"
    " WHERE NOT EXISTS (SELECT 1 FROM erased WHERE origin = ?1 AND i = ?2) ON CONFLICT DO NOTHING"
)
ADD_PRESENCE = (
    "INSERT INTO presence (origin, p, badge, issuer, from_ms, until_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    " ON CONFLICT DO NOTHING"
)
_LOOK = (
    f"SELECT 0, {_STORED} FROM session WHERE origin = ?1"
    f" UNION ALL SELECT 1, {_STORED} FROM (SELECT * FROM session WHERE device = ?2 AND (seq, origin) < (?3, ?1)"
    " ORDER BY seq DESC, origin DESC LIMIT 1) AS earlier"
    f" UNION ALL SELECT 2, {_STORED} FROM (SELECT * FROM session WHERE device = ?2 AND (seq, origin) > (?3, ?1)"
    " ORDER BY seq, origin LIMIT 1) AS later"
    f" UNION ALL SELECT 3, {_STORED} FROM session WHERE prev_origin = ?1 AND device = ?2"
)
OVERLAP = "overlap"
"""Code of the finding that is laid at one of two sessions and names the other: `fieldkit.sync.central.findings`."""
FORK = "fork"
"""Code of the finding while which a session says nothing."""


class Around(msgspec.Struct, frozen=True):
    """The sessions of the same laptop beside one: the next smaller and the next larger number, and those that name it
    as the one before them."""

    before: Stored | None
    after: Stored | None
    followers: list[Stored]


class Tx(TombTx):
    """One transaction. Only `Database` makes these."""

    # -- sessions --------------------------------------------------------------------------------------------

    async def look(self, origin: str, device: str, seq: int, sha256: str) -> set[str]:
        """Everything that taking in a session begins with, in one journey; the verbs below then know it. Returns the
        origins of which the file with this SHA-256 brought something before."""
        some, found, tombs, swept, came = await self._asks(
            (_LOOK, (origin, device, seq)),
            _touching(origin),
            ("SELECT origin, i, why FROM erased WHERE origin = ?1 ORDER BY i", (origin,)),
            ("SELECT x FROM swept WHERE origin = ?1 LIMIT 1", (origin,)),
            ("SELECT origin FROM arrival WHERE sha256 = ?1", (sha256,)),
        )
        self._see(origin, some)
        touching = _findings(found)
        self._seen["findings", origin] = [one for one in touching if one.origin == origin]
        self._seen["touching", origin] = touching
        self._seen["tombs", origin] = tombs
        self._seen["swept", origin] = swept
        return {row[0] for row in came}

    def _see(self, origin: str, rows: list[Values]) -> None:
        by: dict[int, list[Stored]] = {}
        for kind, *row in rows:
            by.setdefault(kind, []).append(Stored(*row))
        one, before, after = (next(iter(by.get(kind, [])), None) for kind in range(3))
        self._seen["stored", origin] = one
        self._seen["around", origin] = Around(before, after, by.get(3, []))

    async def stored(self, origin: str) -> Stored | None:
        if ("stored", origin) in self._seen:
            found: Stored | None = self._seen["stored", origin]
            return found
        rows = await self._all(f"SELECT {_STORED} FROM session WHERE origin = ?1", origin)
        return Stored(*rows[0]) if rows else None

    async def around(self, new: Stored) -> Around:
        """What stands beside a session that was just written."""
        if ("around", new.origin) not in self._seen:
            self._see(new.origin, await self._all(_LOOK, new.origin, new.device, new.seq))
            self._forget("stored")
        found: Around = self._seen["around", new.origin]
        return found

    async def sessions(self) -> list[Stored]:
        return [Stored(*row) for row in await self._all(f"SELECT {_STORED} FROM session ORDER BY device, seq, origin")]

    async def signed_at(self, origin: str, size: int) -> list[bytes]:
        """The earlier checkpoint of just this size that is kept, if one is."""
        sql = "SELECT note FROM signed WHERE origin = ?1 AND size = ?2"
        return [row[0] for row in await self._all(sql, origin, size)]

    async def of_device(self, device: str) -> list[Stored]:
        """All sessions signed by one public key, by sequence number."""
        sql = f"SELECT {_STORED} FROM session WHERE device = ?1 ORDER BY seq, origin"
        return [Stored(*row) for row in await self._all(sql, device)]

    async def add_session(self, new: Stored) -> None:
        """Compare-and-set from nothing: `Lost` is raised, here or later, if somebody else made it first."""
        marks = ", ".join(f"?{n}" for n in range(1, len(Stored.__struct_fields__) + 1))
        sql = f"INSERT INTO session ({_STORED}) VALUES ({marks}) ON CONFLICT DO NOTHING"
        await self._later(sql, [msgspec.structs.astuple(new)], must=True)
        await self.said_upto(new, None)
        await self.mark(new.origin)
        await self.unlist(new.origin)
        self._seen["stored", new.origin] = new

    async def move_head(self, new: Stored, size: int, root: bytes, about: Iterable[str] | None = None) -> None:
        """Compare-and-set: put `new`'s head in place of exactly (size, root); `Lost` is raised, here or later, if it is
        not there any more. `about`: the sessions of which something else is true now, if it is not this one."""
        sql = (
            "UPDATE session SET size = ?1, root = ?2, frontier = ?3, checkpoint = ?4, ms = ?5"
            " WHERE origin = ?6 AND size = ?7 AND root = ?8"
        )
        values = (new.size, new.root, new.frontier, new.checkpoint, new.ms, new.origin, size, root)
        await self._later(sql, [values], must=True)
        await self.said_upto(new, size)
        await self.mark(*([new.origin] if about is None else about))
        self._forget("stored")

    async def set_checkpoint(self, origin: str, note: bytes) -> None:
        await self._run("UPDATE session SET checkpoint = ?1 WHERE origin = ?2", note, origin)
        self._forget("stored")
        self._forget("around")

    async def add_cosigned(self, origin: str, size: int, root: bytes, s: int) -> None:
        sql = "INSERT INTO cosigned (origin, size, root, s) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
        await self._run(sql, origin, size, root, s)

    async def cosigned_before(self, origin: str, s: int) -> int:
        """The largest size of this session that central cosigned before the given second; 0 if none."""
        rows = await self._all("SELECT max(size) FROM cosigned WHERE origin = ?1 AND s < ?2", origin, s)
        return int(rows[0][0] or 0)

    # -- records and what belongs to them --------------------------------------------------------------------

    async def add_records(
        self,
        origin: str,
        rows: Sequence[tuple[str, int, str | None, bytes]],
        plan: str,
        codes: Sequence[tuple[int, str]] | None = None,
    ) -> None:
        """(origin, index, x, line) each; an index that is there already is a bug and raises. `plan`: SHA-256 of the
        session's, by which an office's log is known. `codes`: (index, short code) of the arrivals among them, where the
        caller knows them."""
        await self._later(ADD_RECORD, rows)
        if plan == PLAN_SHA256:
            await self.add_said(origin, [(i, line) for _, i, _, line in rows])
        if codes is None:
            await self.add_codes(origin, [(i, line) for _, i, _, line in rows])
        else:
            await self._later(ADD_CODE, [(origin, i, code) for i, code in codes])

    async def lines(self, origin: str, upto: int | None = None) -> AsyncIterator[list[bytes]]:
        """The record lines in order, in batches."""
        at = 0
        stop = (1 << 53) if upto is None else upto
        while at < stop:
            rows = await self._all(
                "SELECT line FROM record WHERE origin = ?1 AND i >= ?2 AND i < ?3 ORDER BY i",
                *(origin, at, min(stop, at + BATCH)),
            )
            if not rows:
                return
            yield [row[0] for row in rows]
            at += len(rows)

    async def xs_settled(self, origin: str) -> list[str]:
        """The x values, by index, whose opening central holds or has erased: what a receipt vouches for."""
        sql = (
            "SELECT r.x FROM record r WHERE r.origin = ?1 AND r.x IS NOT NULL AND ("
            " EXISTS (SELECT 1 FROM opening o WHERE o.origin = r.origin AND o.i = r.i)"
            " OR EXISTS (SELECT 1 FROM erased e WHERE e.origin = r.origin AND e.i = r.i)) ORDER BY r.i"
        )
        return [row[0] for row in await self._all(sql, origin)]

    async def add_openings(self, origin: str, rows: Sequence[tuple[int, bytes]]) -> None:
        """Merge (index, line); those held already or erased stay as they are."""
        await self._later(ADD_OPENING, [(origin, i, line) for i, line in rows])

    async def opened(self, origin: str) -> int:
        """How many openings of a session are here."""
        return int((await self._all("SELECT count(*) FROM opening WHERE origin = ?1", origin))[0][0])

    async def openings(self, origin: str, first: int = 0, stop: int = 1 << 53) -> dict[int, bytes]:
        """Index → line of the openings that are there, from `first` to before `stop`."""
        sql = "SELECT i, line FROM opening WHERE origin = ?1 AND i >= ?2 AND i < ?3"
        return dict(await self._all(sql, origin, first, stop))

    async def xs(self, origin: str) -> dict[int, str]:
        """Index → x of the stored records that have a private half."""
        sql = "SELECT i, x FROM record WHERE origin = ?1 AND x IS NOT NULL"
        return dict(await self._all(sql, origin))

    async def add_blob(self, origin: str, sha256: str, data: bytes) -> None:
        sql = "INSERT INTO blob (origin, sha256, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
        await self._run(sql, origin, sha256, data)

    async def blob(self, origin: str, sha256: str) -> bytes | None:
        rows = await self._all("SELECT bytes FROM blob WHERE origin = ?1 AND sha256 = ?2", origin, sha256)
        return rows[0][0] if rows else None

    async def add_signed(self, origin: str, size: int, note: bytes) -> None:
        sql = "INSERT INTO signed (origin, size, note) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
        await self._run(sql, origin, size, note)

    async def signed(self, origin: str) -> list[bytes]:
        return [row[0] for row in await self._all("SELECT note FROM signed WHERE origin = ?1 ORDER BY size", origin)]

    # -- what happened, and what needs a person --------------------------------------------------------------

    async def put_arrival(self, new: Arrival) -> None:
        """What became of a session of a file. Judged again off the shelf it keeps the name that it came with: somebody
        looks for it on a stick. What waits for a person waits since it came, however often it is judged again."""
        marks = ", ".join(f"?{n}" for n in range(1, len(Arrival.__struct_fields__) + 1))
        await self._run(
            f"INSERT INTO arrival ({_ARRIVAL}) VALUES ({marks}) ON CONFLICT (origin, sha256) DO UPDATE SET"
            " name = CASE WHEN excluded.name = excluded.sha256 || '.fkb' THEN arrival.name ELSE excluded.name END,"
            " size = excluded.size, checkpoint = excluded.checkpoint,"
            " ms = CASE WHEN excluded.result = arrival.result AND excluded.result IN ('held', 'fork', 'refused')"
            " THEN arrival.ms ELSE excluded.ms END, result = excluded.result, reason = excluded.reason",
            *msgspec.structs.astuple(new),
        )

    async def drop_arrivals(self, sha256: str, keep: Iterable[str]) -> None:
        """Forget older verdicts on a file that its newest reading did not repeat."""
        kept = set(keep)
        for (origin,) in await self._all("SELECT origin FROM arrival WHERE sha256 = ?1", sha256):
            if origin not in kept:
                await self._run("DELETE FROM arrival WHERE origin = ?1 AND sha256 = ?2", origin, sha256)

    async def arrivals(self, sha256: str | None = None) -> list[Arrival]:
        """By file, or all that were not taken."""
        if sha256 is not None:
            rows = await self._all(f"SELECT {_ARRIVAL} FROM arrival WHERE sha256 = ?1 ORDER BY origin", sha256)
        else:
            rows = await self._all(
                f"SELECT {_ARRIVAL} FROM arrival WHERE result IN ('held', 'fork', 'refused')"
                " ORDER BY ms, origin, sha256"
            )
        return [Arrival(*row) for row in rows]

    async def arrived_with(self, piece: str) -> list[tuple[str, bytes]]:
        """(origin, checkpoint as it came) of every file in whose checkpoint `piece` stands."""
        sql = "SELECT origin, checkpoint FROM arrival WHERE instr(checkpoint, ?1) > 0 ORDER BY ms, origin, sha256"
        return [(origin, note) for origin, note in await self._all(sql, piece.encode())]

    async def put_finding(self, new: Finding) -> None:
        """A finding that is known already keeps the time at which it was first seen."""
        await self._run(
            f"INSERT INTO finding ({_FINDING}) VALUES (?1, ?2, ?3, ?4, ?5)"
            " ON CONFLICT (origin, code, other) DO UPDATE SET detail = excluded.detail",
            *(new.origin, new.code, new.other, as_json(new.detail), new.ms),
        )
        if new.code == FORK:
            await self.mark(new.origin)
        self._seen.pop(("findings", new.origin), None)
        self._forget("touching")

    async def drop_finding(self, origin: str, code: str, other: str) -> None:
        known: list[Finding] | None = self._seen.get(("findings", origin))
        if known is not None and not any(one.code == code and one.other == other for one in known):
            return
        await self._run("DELETE FROM finding WHERE origin = ?1 AND code = ?2 AND other = ?3", origin, code, other)
        if code == FORK:
            await self.mark(origin)
        self._seen.pop(("findings", origin), None)
        self._forget("touching")

    async def findings(self, origin: str | None = None, code: str | None = None) -> list[Finding]:
        """All of them, those of one session, or those of one code, oldest first."""
        known: list[Finding] | None = self._seen.get(("findings", origin)) if origin is not None else None
        if known is None:
            known = _findings(await self._all(*_wanted(origin, code)))
        return [one for one in known if code is None or one.code == code]

    async def touching(self, origin: str) -> list[Finding]:
        """The findings of a session, and those about somebody in it and elsewhere that are laid at another one."""
        if ("touching", origin) in self._seen:
            known: list[Finding] = self._seen["touching", origin]
            return list(known)
        sql, values = _touching(origin)
        return _findings(await self._all(sql, *values))

    async def set_presence(self, origin: str, rows: Iterable[Presence]) -> None:
        await self._run("DELETE FROM presence WHERE origin = ?1", origin)
        await self.mark(origin)  # it is worked out anew exactly when what the session says may be something else
        await self._later(ADD_PRESENCE, [msgspec.structs.astuple(row) for row in rows])

    async def overlaps(self, origin: str) -> list[tuple[Presence, Presence]]:
        """(stay in this session, stay of the same badge in another one that shares a moment with it), all of them: one
        question, because a journey for each stay would cost more than everything else here."""
        sql = (
            "SELECT a.origin, a.p, a.badge, a.issuer, a.from_ms, a.until_ms,"
            " b.origin, b.p, b.badge, b.issuer, b.from_ms, b.until_ms"
            " FROM presence a CROSS JOIN presence b WHERE b.badge = a.badge AND b.origin <> a.origin"
            " AND b.from_ms < a.until_ms AND b.until_ms > a.from_ms"
            " AND (b.issuer = a.issuer OR b.issuer = '' OR a.issuer = '')"
            " AND a.origin = ?1 ORDER BY a.p, a.from_ms, b.origin, b.p, b.from_ms"
        )
        return [(Presence(*row[:6]), Presence(*row[6:])) for row in await self._all(sql, origin)]


def _findings(rows: list[Values]) -> list[Finding]:
    return [Finding(o, c, other, msgspec.json.decode(detail), ms) for o, c, other, detail, ms in rows]


def _touching(origin: str) -> Question:
    sql = f"SELECT {_FINDING} FROM finding WHERE origin = ?1 OR (code = ?2 AND other >= ?3 AND other < ?4) {_BY_AGE}"
    return sql, (origin, OVERLAP, f"{origin} ", f"{origin}!")


def _wanted(origin: str | None, code: str | None) -> tuple[str, ...]:
    """A statement for what was named, so that the database can use its keys, and the values for it."""
    named = [(name, value) for name, value in (("origin", origin), ("code", code)) if value is not None]
    which = " AND ".join(f"{name} = ?{n}" for n, (name, _) in enumerate(named, 1))
    return f"SELECT {_FINDING} FROM finding {'WHERE ' + which if which else ''} {_BY_AGE}", *(v for _, v in named)
