"""`fieldkit central export --all-sessions`: attendance of many sessions in one file, streamed."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fieldkit.cli import talk
from fieldkit.cli.central_trust import now
from fieldkit.errors import BadBytes, WrongUsage

if TYPE_CHECKING:
    from fieldkit.formats.columns import ColumnMap
    from fieldkit.sync.central.across import Across, Which
    from fieldkit.sync.central.home import Home


class _Hashed:
    """A file that is hashed and counted while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest, self.size = hashlib.sha256(), 0

    def write(self, data: bytes, /) -> None:
        self.digest.update(data)
        self.size += len(data)
        self._file.write(data)


def export_across(
    office: Home,
    out: Path,
    what: str,
    as_: str,
    sep: str,
    profile: str,
    columns: ColumnMap | None,
    site: str,
    since: str,
    until: str,
    json: bool,
) -> int:
    """Write the table and its note, all or nothing; exit code 1 if a session could not be read. Raises WrongUsage,
    FieldkitError, DamagedData."""
    from fieldkit.log import handed
    from fieldkit.log.files import durable, write_durable
    from fieldkit.log.receipt import hashed_note
    from fieldkit.sync.central.across import FIRST, LAST, WHATS, Which, head_of

    if what not in WHATS:
        raise WrongUsage(f"{what} is a table of one session.", "With --all-sessions, --what is attendance.")
    if str(out) == "-":
        raise WrongUsage("A table across sessions goes into a file.", "Name one: -o attendance.csv")
    head_of(profile, columns)
    which = Which(site, _ms(since, 0) if since else FIRST, _ms(until, 1) if until else LAST)
    if which.since >= which.until:
        raise WrongUsage("--since is after --until.", "Write the earlier day first.")
    at, beside = now(), out.with_name(out.name + ".note")
    with durable(out) as file:
        hashed = _Hashed(file)
        made = asyncio.run(_written(office, hashed, which, as_, sep, profile, columns, at))
        digest = hashed.digest.hexdigest()
        if made.sources:
            try:
                note = hashed_note(office.office(), out.name, digest, made.sources)
            except BadBytes as wrong:
                raise WrongUsage(
                    f"A note cannot name a file like this ({wrong.reason}).", "Give it a plain name."
                ) from wrong
            origins = [one.origin for one in made.sources]
            one = handed.Handed(at * 1000, handed.EXPORT, os.path.realpath(out), f"{what} {as_}", digest, origins)
            handed.note(office.path, one)
            write_durable(beside, note)
    if json:
        told = {"sha256": digest, "size": hashed.size, "rows": made.rows, "sessions": len(made.sources)}
        talk.emit({"file": str(out), "note": str(beside) if made.sources else None, **told, "left_out": made.left_out})
    for origin, why in sorted(made.left_out.items())[:20]:
        talk.warn(f"{origin} is left out ({why}).")
    if len(made.left_out) > 20:
        talk.warn(f"{len(made.left_out) - 20} more sessions are left out.")
    talk.say(f"{out} is written: {made.rows} rows of {len(made.sources)} logs.")
    return 1 if made.unread else 0


async def _written(
    office: Home,
    file: _Hashed,
    which: Which,
    as_: str,
    sep: str,
    profile: str,
    columns: ColumnMap | None,
    at: int,
) -> Across:
    from fieldkit.formats.stream import sink
    from fieldkit.sync.central.across import head_of, write

    db = await office.database()
    try:
        with sink(as_, file, head_of(profile, columns), sep) as out:
            return await write(office, db, which, out, profile, columns, at)
    finally:
        await db.close()


def _ms(text: str, days: int) -> int:
    from fieldkit.sync.central.front.foreign import day_ms

    found = day_ms(text, days)
    if found is None:
        raise WrongUsage(f"{text[:40]!r} is no day.", "Write it like 2026-11-22.")
    return found
