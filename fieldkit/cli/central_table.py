"""One table of one session at head office, to a file: noted down, with the office's note and the proofs beside it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.cli import talk
from fieldkit.cli.printed import warn_unwritten
from fieldkit.errors import BadBytes, WrongUsage

if TYPE_CHECKING:
    from fieldkit.formats.columns import ColumnMap
    from fieldkit.formats.pdf import Printing
    from fieldkit.sync.central.export import Made
    from fieldkit.sync.central.home import Home


async def made_of(
    office: Home,
    session: str,
    what: str,
    as_: str,
    sep: str,
    now: int,
    by: str,
    profile: str,
    columns: ColumnMap | None,
    printing: Printing,
) -> Made:
    """The table as `fieldkit.sync.central.export.made` makes it; names that a sheet cannot write are said."""
    from fieldkit.sync.central.export import made

    db = await office.database()
    try:
        found = await made(db, office, session, what, as_, sep, now, by, profile, columns, printing)
    finally:
        await db.close()
    warn_unwritten(printing)
    return found


def write_table(office: Home, out: Path, table: str, made: Made, now: int, json: bool) -> None:
    """Write it to `out`, or to standard output without a note. `table` says what it is, `attendance csv`."""
    from fieldkit.cli.export import beside, forget_proofs, proofs_of
    from fieldkit.log import handed
    from fieldkit.log.files import write_together
    from fieldkit.log.handed import Handed
    from fieldkit.log.receipt import file_note

    data, at = made.data, made.at
    digest = hashlib.sha256(data).hexdigest()
    if str(out) == "-":
        talk.data(data)
        handed.note(office.path, Handed(now * 1000, handed.EXPORT, "-", table, "", [at.origin]))
        return
    try:
        note = file_note(office.office(), out.name, data, [at, *made.office])
    except BadBytes as wrong:
        raise WrongUsage(f"A note cannot name a file like this ({wrong.reason}).", "Give it a plain name.") from wrong
    noted, proved = beside(out), proofs_of(out)
    line = Handed(now * 1000, handed.EXPORT, os.path.realpath(out), table, digest, [at.origin])
    with handed.noted(office.path, line):
        write_together([(noted, note), *([(proved, made.proofs)] if made.proofs else []), (out, data)])
    if not made.proofs:
        forget_proofs(out)
    if json:
        shown = {"file": str(out), "note": str(noted), "sha256": digest, "size": len(data), "session": at.origin}
        talk.emit(shown | {"proofs": str(proved) if made.proofs else None})
    talk.say(f"{out} is written; {noted.name} beside it says who made it.")
