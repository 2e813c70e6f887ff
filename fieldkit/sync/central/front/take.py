"""Tables taken from a page: the bytes of `central export`, with the office's note and the receipts beside them."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

import msgspec

from fieldkit.core.tables import TABLES
from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.formats.export import writable
from fieldkit.log import handed
from fieldkit.log.handed import Handed
from fieldkit.log.receipt import file_note
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.export import made
from fieldkit.sync.central.home import Home

KINDS = {
    "csv": "text/csv",
    "ics": "text/calendar",
    "json": "application/json",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Taken(msgspec.Struct, frozen=True):
    """A file for a browser. `sha256` is empty for what lies beside a table; `file`, where it is not None, has the bytes
    in place of `data`, and is closed by whoever has sent it."""

    data: bytes
    name: str
    kind: str
    origin: str
    what: str
    sha256: str = ""
    file: BinaryIO | None = None

    @property
    def disposition(self) -> str:
        return f'attachment; filename="{self.name}"'


def formats(what: str = "attendance") -> list[str]:
    """What a browser can take a table as."""
    return list(writable(what))


async def taken(db: Database, home: Home, origin: str, what: str, as_: str, beside: str, now: int) -> Taken | None:
    """One table of one session; `beside` is `.note` or `.proofs`. None for a table or format that there is not, and for
    one that the session's policy locks."""
    if what not in TABLES or as_ not in formats(what):
        return None
    try:
        found = await made(db, home, origin, what, as_, ",", now)
    except (NotPossible, WrongUsage):
        return None
    name = f"{origin.rpartition('/')[2]}-{what}.{as_}"
    if beside == ".note":
        note = file_note(home.office(), name, found.data, [found.at, *found.office])
        return Taken(note, f"{name}.note", "text/plain", origin, what)
    if beside == ".proofs":
        return Taken(found.proofs, f"{name}.proofs", "text/plain", origin, what) if found.proofs else None
    kind = KINDS.get(as_, "application/octet-stream")
    return Taken(found.data, name, kind, origin, f"{what} {as_}", hashlib.sha256(found.data).hexdigest())


def note_down(home: Home, file: Taken, who: str, now: int) -> None:
    """Where names went: an erasure looks through it, and a correction tells who has the old sheet."""
    if file.sha256:
        one = Handed(
            now * 1000,
            handed.EXPORT,
            f"{who}: {file.name}",
            file.what,
            file.sha256,
            [file.origin] if file.origin else [],
        )
        handed.note(home.path, one)
