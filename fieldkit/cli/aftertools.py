"""What the terminal may ask once a session has ended: tables to take along, keys to sign with, the way to head office.

Plain functions that read and write files; `fieldkit.cli.tools` runs them off the loop.
"""

from __future__ import annotations

import datetime
import hashlib
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from fieldkit.clock import local_zone
from fieldkit.errors import DamagedData, FieldkitError
from fieldkit.station import SessionRef, Station
from fieldkit.tui.answerline import AnswerLine
from fieldkit.tui.tools import KeyLine, Preview, WayLine

if TYPE_CHECKING:
    from fieldkit.core.tables import Table
    from fieldkit.log.facilitators import Facilitator
    from fieldkit.log.keys import Signer

LINES = 200
"""Most lines of a preview."""
LONGEST = 4000
"""Signs of a line of it."""
READ_FIRST = {
    "attendance": ("name", "attendance_status", "minutes_present", "score_pct", "result"),
    "answers": ("question", "name", "value_text", "text", "right"),
    "results": ("question", "option_text", "count", "share_pct"),
    "discussion": ("name", "text", "votes"),
    "pacing": ("title", "planned_min", "real_min"),
    "checklists": ("name", "item_text", "ok", "passed"),
    "corrections": ("name", "what", "old", "new", "why", "reason"),
}
"""Columns that a person reads first, by table: a preview of a CSV file begins with them, the file itself does not."""
NO_TEXT = ("xlsx", "pdf")
"""Formats that cannot be shown as they are written."""
ENDINGS = {"xapi": "xapi.json"}
"""What a file of a format ends with, where that is not its name."""
MOST_NAMES = 999
AT = "%Y-%m-%d %H:%M"


def read_first(made: Table) -> Table:
    """The first rows, with the columns in front that a person reads first; the others keep their order."""
    first = [made.columns.index(x) for x in READ_FIRST.get(made.name, ()) if x in made.columns]
    order = [*first, *(k for k in range(len(made.columns)) if k not in first)]
    rows = [tuple(row[k] for k in order) for row in made.rows[:LINES]]
    return msgspec.structs.replace(made, columns=tuple(made.columns[k] for k in order), rows=rows)


class AfterTools:
    """For one session of a station."""

    def __init__(self, station: Station, origin: str, *, documents: bool = True) -> None:
        """`documents`: exports may go beside other papers of whoever sits here."""
        self._station, self._origin, self._documents = station, origin, documents

    # ---- tables ----------------------------------------------------------------------------------------------

    def preview(self, what: str, as_: str, each: Callable[[int, int], None] = lambda done, of: None) -> Preview:
        """`each` as in `fieldkit.cli.export.made`; what it raises ends it."""
        from fieldkit.cli.export import folded, known_keys, revoked_keys
        from fieldkit.core.tables import people_in, table
        from fieldkit.formats import csv
        from fieldkit.formats.export import allowed, render
        from fieldkit.formats.signed import signatures

        station = self._station
        ref = station.find(self._origin)
        session, note, _at, earlier = folded(ref, each)
        each(0, 0)
        signed = signatures(note, known_keys(station), revoked_keys(station), earlier, session.said)
        made = table(what, session, session.plan, signed, profile=allowed(session, what))
        each(0, 0)
        if as_ in NO_TEXT:  # what is in its cells
            first = read_first(made)
            lines = [" │ ".join(row) for row in (first.columns, *first.rows)]
        else:
            raw = csv.write(read_first(made)) if as_ == "csv" else render(session, session.plan, signed, what, as_)
            lines = raw.decode("utf-8").removeprefix("\ufeff").splitlines()
        path = self._place(ref, what, as_)
        free = free_name(path)
        return Preview(
            what=what,
            as_=as_,
            lines=tuple(line[:LONGEST] for line in lines[:LINES]),
            rows=len(made.rows),
            columns=len(made.columns),
            people=tuple(people_in(made).values()),
            path=free,
            taken=free != path,
        )

    def export(self, what: str, as_: str, path: Path, each: Callable[[int, int], None] = lambda done, of: None) -> Path:
        """Raises FieldkitError; NotPossible when something has the name."""
        from fieldkit.cli.export import export_file

        ref = self._station.find(self._origin)
        return export_file(self._station, ref, what, as_, path, over=False, each=each)

    def handed_out(self, what: str, as_: str) -> tuple[str, bytes]:
        """A table as a file for somebody's phone: the name it goes by, and its bytes. Raises FieldkitError."""
        from fieldkit.cli.export import made

        ref = self._station.find(self._origin)
        return export_name(ref, self._station.sessions(), what, as_), made(self._station, ref, what, as_)[0]

    def note_down(self, where: str, what: str, raw: bytes) -> None:
        """That a file with names went to `where`. Raises FieldkitError when that cannot be written."""
        from fieldkit.log import handed

        now, digest = self._station.clock.wall_ms(), hashlib.sha256(raw).hexdigest()
        handed.note(self._station.home, handed.Handed(now, handed.EXPORT, where, what, digest, [self._origin]))

    def _place(self, ref: SessionRef, what: str, as_: str) -> Path:
        try:
            folder = export_folder(self._station.home, documents=self._documents)
        except OSError as error:
            raise FieldkitError(f"No folder for exports: {error.strerror}.", "Check the disk.") from error
        return folder / export_name(ref, self._station.sessions(), what, as_)

    # ---- keys ------------------------------------------------------------------------------------------------

    def keys(self) -> list[KeyLine]:
        from fieldkit.log.facilitators import listed

        return [self._key(one) for one in listed(self._station.home)]

    def make_key(self, id: str, passphrase: str, sealed: Callable[[], None] = lambda: None) -> KeyLine:
        """A key behind a passphrase, under head office's name where it is known. What `sealed` raises leaves none."""
        from fieldkit.log.facilitators import make

        station = self._station
        org = trust.org if (trust := station.trust) else station.signer.vkey.org
        return self._key(make(station.home, org, id, passphrase, sealed))

    def unlock(self, id: str, passphrase: str) -> Signer:
        from fieldkit.log.facilitators import unlock

        return unlock(self._station.home, id, passphrase)

    def _key(self, one: Facilitator) -> KeyLine:
        from fieldkit.log.keys import six_words

        known: bool | None = None
        try:
            if (trust := self._station.trust) is not None:
                found = trust.find(one.vkey)
                known = found is not None and found.state(self._station.clock.wall_ms() // 1000) == "ok"
        except DamagedData:  # said elsewhere; a signature is worth making all the same
            known = None
        return KeyLine(id=one.id, name=one.vkey.name, words=six_words(one.vkey), sealed=one.sealed, listed=known)

    # ---- the way to head office ------------------------------------------------------------------------------

    def way(self) -> list[WayLine]:
        from fieldkit.log.listing import UNREADABLE
        from fieldkit.sync.outbox import Outbox

        outbox, zone = Outbox(self._station.outbox), ZoneInfo(local_zone())
        lines = []
        for ref in reversed(self._station.sessions()):
            facts = outbox.facts(ref.origin)
            signed = facts.receipted.time if facts.receipted is not None else None
            said = facts.ingested
            lacking = said is not None and said.size >= ref.size and said.result not in ("stored", "already", "older")
            lines.append(
                WayLine(
                    seq=ref.seq,
                    title=ref.title,
                    at=_local(ref.opened_t / 1000, zone),
                    stage=facts.stage(ref.size),
                    records=ref.size,
                    carried=tuple(copy.to for copy in facts.carried if copy.size >= ref.size),
                    receipt=_local(signed, zone) if signed is not None else "",
                    readable=ref.state not in UNREADABLE,
                    said=said.result if said is not None and lacking else "",
                    why=said.reason if said is not None and lacking else "",
                )
            )
        return lines

    def answers(self) -> list[AnswerLine]:
        from fieldkit.sync.answered import answered

        zone = ZoneInfo(local_zone())
        return [
            AnswerLine(
                question=one.question,
                text=one.text,
                by=one.by,
                at=_local(one.at, zone),
                office=one.office,
                closed=one.closed,
            )
            for one in answered(self._station, self._station.find(self._origin))
        ]


def _local(seconds: float, zone: ZoneInfo) -> str:
    try:
        return datetime.datetime.fromtimestamp(seconds, zone).strftime(AT) if seconds > 0 else ""
    except (OverflowError, ValueError, OSError):
        return ""


def free_name(path: Path) -> Path:
    """`path`, or with the first number that is free: neither a file nor a note or proofs of that name is there."""
    found, n = path, 1
    while found.is_symlink() or any(found.with_name(found.name + end).exists() for end in ("", ".note", ".proofs")):
        n += 1
        found = path.with_name(f"{path.stem} ({n}){path.suffix}")
    return found


def export_folder(home: Path, *, documents: bool = True) -> Path:
    """`Documents/fieldkit` of whoever sits here, when they have made one; else `exports` in the data folder."""
    papers = Path.home() / "Documents" / "fieldkit"
    if documents and papers.is_dir():
        return papers
    folder = home / "exports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def export_name(ref: SessionRef, others: Iterable[SessionRef], what: str, as_: str = "csv") -> str:
    """`2026-11-22 Lockout basics attendance.csv`; the session's number too where another one would have that name."""
    day, title = day_of(ref), file_words(ref.title)
    twin = any(x.origin != ref.origin and (day_of(x), file_words(x.title)) == (day, title) for x in others)
    return " ".join(
        part for part in (day, title, str(ref.seq) if twin else "", f"{what}.{ENDINGS.get(as_, as_)}") if part
    )


def day_of(ref: SessionRef) -> str:
    return datetime.datetime.fromtimestamp(ref.opened_t / 1000, ZoneInfo(local_zone())).strftime("%Y-%m-%d")


def file_words(title: str) -> str:
    """A title as part of a file name that every system takes: letters, digits and a few signs, at most 60."""
    kept = "".join(c if c.isalnum() or c in "-_.,()" else " " for c in unicodedata.normalize("NFC", title))
    while len(kept.encode()) > 120:  # a name may have 255 bytes, and the note beside it has a longer one
        kept = kept[:-1]
    return " ".join(kept.split())[:60].strip(" .")
