"""Putting an audit pack together: transcripts of people, and everything by which they are checked without head office.

    README.txt  check.py  verify-by-hand.sh     how to check it, with Python and openssl, or with bash and openssl
    contents  contents.note                     every file with its SHA-256, signed by the office's key
    trust/000014.note …                         every trust list that root signed
    people/0001-E745738/transcript.csv .html    what somebody was trained in; standing.csv: where they stand in programs
    sessions/ld.acme.example-7q2k-000017-k3m9w2p4/   plan.json, checkpoint.note with every signature, earlier ones, and
                                                records-1.proofs: the records that a row rests on, each proved

A session is read, proved and forgotten, so memory grows with the rows of the people asked for. The same state and the
same moment give the same bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import fieldkit
from fieldkit.core.tables import Sheet
from fieldkit.core.tables.people import attendance_table
from fieldkit.core.tables.profiles import shaped
from fieldkit.core.taught import Who, who_of
from fieldkit.errors import BadBytes, DamagedData, NotPossible
from fieldkit.formats.export import allowed
from fieldkit.log.names import b64
from fieldkit.log.note import Checkpoint
from fieldkit.log.receipt import file_note, join_notes
from fieldkit.sync.central import export
from fieldkit.sync.central.audit import readme, transcript
from fieldkit.sync.central.audit.evidence import Proof, Prover, entries_of
from fieldkit.sync.central.audit.folder import LISTED, NOTE, Pack, plain
from fieldkit.sync.central.audit.whom import Found
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk_said import desks
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.sheets import Laid, Sheets, about_of
from fieldkit.sync.central.tx import Tx
from fieldkit.words import Words

BATCH = 50
"""Sessions that are read in one look at the database."""
SCRIPTS = {"check.py": "check.py.txt", "verify-by-hand.sh": "verify-by-hand.sh"}
"""Name in the pack → name here: a script for any Python is no module of this program."""
FOLDERS = (Path(__file__).parent, Path(fieldkit.__file__).parents[1] / "docs")
"""Where scripts lie: beside the code, and in a checkout what is read there as a document too."""


class Packed(msgspec.Struct, frozen=True):
    """What is in a pack. `left_out`: session → why nothing of it is there."""

    people: int
    sessions: list[str]
    left_out: dict[str, str]
    files: int
    sha256: str
    """Of the list of files, which names all others."""


class Builder:
    """One pack being made at one moment (`now`, Unix s)."""

    def __init__(self, home: Home, db: Database, pack: Pack, now: int, words: Words) -> None:
        self._home, self._db, self._pack, self._now, self._words = home, db, pack, now, words
        self._sheets = Sheets(home, now)
        self._sources: dict[str, Checkpoint] = {}
        self._desk: dict[str, set[int]] = {}
        self._rows: dict[Who, list[transcript.Row]] = {}
        self.left_out: dict[str, str] = {}

    # -- people --------------------------------------------------------------------------------------------------

    async def people(self, found: Found) -> Packed:
        """Transcripts of these people. Raises FieldkitError, and DamagedData for what is stored."""
        self.left_out |= found.unread
        by_session: dict[str, set[Who]] = {}
        for who, origins in found.people.items():
            for origin in origins:
                by_session.setdefault(origin, set()).add(who)
        origins = sorted(by_session)
        for at in range(0, len(origins), BATCH):
            async with self._db.reading() as tx:
                for origin in origins[at : at + BATCH]:
                    await self._session(tx, origin, by_session[origin])
        await self._office()
        day = datetime.fromtimestamp(self._now, UTC).date()
        width = max(4, len(str(len(found.people))))
        for n, (who, _) in enumerate(found.people.items(), 1):
            folder = f"people/{n:0{width}d}-{plain(who[0])}"
            rows, standings = self._rows.get(who, []), found.standings.get(who, [])
            self._sheet(f"{folder}/transcript.csv", transcript.as_csv(rows), [row["session_id"] for row in rows])
            page = transcript.as_page(who, rows, standings, day, self._home.org, day.isoformat(), self._words)
            self._pack.add(f"{folder}/transcript.html", page)
            if standings:
                self._pack.add(f"{folder}/standing.csv", transcript.standing_csv(standings, day))
        return self._end(len(found.people))

    async def _session(self, tx: Tx, origin: str, whom: Collection[Who]) -> None:
        stored = await tx.stored(origin)
        laid = await self._laid(tx, stored) if stored is not None else None
        if stored is None or laid is None:
            return
        try:
            profile = allowed(laid.session, "attendance")
        except NotPossible:
            self.left_out[origin] = "locked"
            return
        sheet = Sheet(laid.session, laid.plan, laid.signed)
        if sheet.alone:  # nobody attended it
            return
        made = shaped(attendance_table, sheet, profile)
        rows = [dict(zip(made.columns, row, strict=True)) for row in made.rows]
        mine = [(row, one, who) for row, one in zip(rows, sheet.attendance, strict=True)
                if (who := who_of(sheet.groups[one.p])) in whom and who is not None]  # fmt: skip
        entries = {p for _, one, _ in mine for p in one.all_p}
        proof = await self._proved(tx, stored, entries)
        told = about_of(laid.office)
        for row, one, who in mine:
            said = {log: [r.i for r in some if r.p is None or r.p in one.all_p] for log, some in told.items()}
            for log, indexes in said.items():
                self._desk.setdefault(log, set()).update(indexes)
            refs = {origin: proof.of(one.all_p), **{log: some for log, some in sorted(said.items()) if some}}
            row |= {
                "corrections": str(len(one.amended)),
                "plan_sha256": stored.plan,
                "log_size": str(stored.size),
                "log_root": b64(stored.root),
                "evidence": " ".join(f"{_folder(log)}#{','.join(map(str, some))}" for log, some in refs.items()),
            }
            self._rows.setdefault(who, []).append(row)

    async def _laid(self, tx: Tx, stored: Stored) -> Laid | None:
        try:
            return await self._sheets.read(tx, stored)
        except DamagedData:
            self.left_out[stored.origin] = "plan"
        except BadBytes as wrong:
            self.left_out[stored.origin] = wrong.reason
        return None

    # -- sessions ------------------------------------------------------------------------------------------------

    async def sessions(self, named: Sequence[str]) -> Packed:
        """Everybody on the sheets of these sessions. Raises NotPossible for one that there is not, or that its policy
        locks; else as `people`."""
        seen: set[str] = set()
        for which in named:
            made = await export.made(self._db, self._home, which, "attendance", "csv", now=self._now)
            if made.at.origin in seen:
                continue
            seen.add(made.at.origin)
            async with self._db.reading() as tx:
                stored = await tx.stored(made.at.origin)
                laid = await self._laid(tx, stored) if stored is not None else None
                if stored is None or laid is None:
                    continue
                await self._proved(tx, stored, {p for all_p in entries_of(laid.session).values() for p in all_p})
                for log, records in about_of(laid.office).items():
                    self._desk.setdefault(log, set()).update(one.i for one in records)
            name = f"sessions/{_folder(stored.origin)}/attendance.csv"
            self._pack.add(name, made.data)
            self._pack.add(f"{name}.note", self._note("attendance.csv", made.data, [made.at, *made.office]))
            if made.proofs:
                self._pack.add(f"{name}.proofs", made.proofs)
        await self._office()
        return self._end(0)

    async def _proved(self, tx: Tx, stored: Stored, people: Collection[str]) -> Proof:
        """The folder of one session: its plan, its checkpoints, and the records about these `p`."""
        lines = [line async for batch in tx.lines(stored.origin, stored.size) for line in batch]
        openings = await tx.openings(stored.origin)
        proof = Prover(lines, stored.checkpoint, openings.get, people).proof()
        folder = f"sessions/{_folder(stored.origin)}"
        self._pack.add(f"{folder}/plan.json", await tx.blob(stored.origin, stored.plan) or b"")
        await self._checkpoints(tx, stored, folder, proof.files)
        return proof

    async def _checkpoints(self, tx: Tx, stored: Stored, folder: str, files: Iterable[bytes]) -> None:
        self._pack.add(f"{folder}/checkpoint.note", stored.checkpoint)
        earlier = await tx.signed(stored.origin)
        if earlier:
            self._pack.add(f"{folder}/earlier.notes", join_notes(earlier))
        for n, data in enumerate(files, 1):
            self._pack.add(f"{folder}/records-{n}.proofs", data)
        self._sources[stored.origin] = Checkpoint(stored.origin, stored.size, stored.root)

    async def _office(self) -> None:
        """Head office's own logs, as far as they say something about these rows: no private half of them."""
        async with self._db.reading() as tx:
            for stored in await desks(tx):
                chosen = self._desk.get(stored.origin)
                if chosen:
                    lines = [line async for batch in tx.lines(stored.origin, stored.size) for line in batch]
                    proof = Prover(lines, stored.checkpoint, lambda i: None, None).chosen(chosen)
                    await self._checkpoints(tx, stored, f"sessions/{_folder(stored.origin)}", proof.files)

    # -- what is signed ------------------------------------------------------------------------------------------

    def _sheet(self, name: str, data: bytes, origins: Iterable[str]) -> None:
        self._pack.add(name, data)
        sources = [self._sources[one] for one in sorted(set(origins)) if one in self._sources]
        if sources:
            self._pack.add(f"{name}.note", self._note(Path(name).name, data, sources))

    def _note(self, name: str, data: bytes, sources: Sequence[Checkpoint]) -> bytes:
        return file_note(self._home.office(), name, data, sources)

    def _end(self, people: int) -> Packed:
        if not self._sources:
            raise NotPossible("There is no session that could be shown.", "`fieldkit central findings` says more.")
        for path in sorted(self._home.lists.glob("[0-9]*.note")):
            self._pack.add(f"trust/{path.name}", path.read_bytes())
        for name, script in SCRIPTS.items():
            path = next(folder / script for folder in FOLDERS if (folder / script).is_file())
            self._pack.add(name, path.read_bytes())
        said = readme.text(self._home.org, self._now, people, self._sources, self.left_out, self._home.roots)
        self._pack.add("README.txt", said)
        listed = self._pack.listing()
        files = len(self._pack.sums) + 2
        self._pack.add(LISTED, listed)
        digest = self._pack.sums[LISTED]
        self._pack.add(NOTE, self._note(LISTED, listed, [self._sources[one] for one in sorted(self._sources)]))
        return Packed(people, sorted(self._sources), dict(self.left_out), files, digest)


def _folder(origin: str) -> str:
    """`ld.acme.example-7q2k-000017-k3m9w2p4`."""
    org, _, rest = origin.partition("/dev/")
    return f"{plain(org, 60)}-{plain(rest.replace('/', '-'))}"
