"""Erased stays erased: tombstones in the database, and the same once more in a file of signed notes beside it.

`erased.notes` is only ever added to: one `fieldkit-erase/1` note an erasure, signed by the office key. Whenever the
database is opened the two are made equal, so a database that was put back from a backup loses every name again before
anybody reads from it; and whatever log, stick or held file comes later finds the tombstone there first.

The database keeps which file it agrees with. The same file is not read again; of one that begins with it only what was
added; any other is read and verified whole.

While `erasing` lies in the folder an erasure is not through: pages of the database, or a file on the shelf, may still
hold what went. It goes on at the next opening.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.core.erasing import WHYS
from fieldkit.errors import BadBytes, DamagedData, FieldkitError
from fieldkit.log.erase_note import erase_notes, parse_erase_note
from fieldkit.log.files import said, sync_folder, write_durable
from fieldkit.log.keys import VKey
from fieldkit.log.receipt import SEPARATOR, split_notes
from fieldkit.log.valid import valid_path
from fieldkit.sync.central import findings
from fieldkit.sync.central.replay import batches
from fieldkit.sync.central.spool import clear
from fieldkit.sync.central.tx_tombs import Settled

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

FILE = "erased.notes"
MARK = "erasing"
LIMIT = 256 << 20
ASIDE = "#"
"""In an origin of the table: tombstones of a history that somebody decided against (`sync.central.resolve`)."""
Tombs = dict[str, dict[int, str]]
"""origin → index → why."""


def read(path: Path, keys: Iterable[VKey]) -> Tombs:
    """What the file says. A note that a crash cut off at its end was never acknowledged and is cut away.

    Raises DamagedData for anything else that is no note of this office: names would come back unseen.
    """
    raw = _bytes(path)
    try:
        return _told(_whole(path, raw), keys)
    except BadBytes as wrong:
        raise _damaged(path) from wrong


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as wrong:
        raise _damaged(path) from wrong


def _told(notes: Iterable[bytes], keys: Iterable[VKey]) -> Tombs:
    """What these notes say, verified. Raises BadBytes."""
    known = list(keys)
    out: Tombs = {}
    for note in notes:
        one = parse_erase_note(note, known)
        for i in one.refs:
            out.setdefault(one.origin, {}).setdefault(i, one.why)
    return out


def stamp(path: Path) -> str:
    """What the disk says of the file; empty where there is none. `ctime` moves with every change of its bytes."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def _added(raw: bytes, before: Settled, keys: Iterable[VKey]) -> Tombs | None:
    """What stands behind the part that the table agrees with; None if this is not that file, or its end is no note."""
    if hashlib.sha256(raw[: before.size]).hexdigest() != before.sha256:
        return None
    tail = raw[before.size :]
    if before.size and tail:
        if not tail.startswith(SEPARATOR):
            return None
        tail = tail[len(SEPARATOR) :]
    try:
        return _told(split_notes(tail, LIMIT), keys)
    except BadBytes:
        return None


def _whole(path: Path, raw: bytes) -> list[bytes]:
    try:
        return split_notes(raw, LIMIT)
    except BadBytes:
        pass
    head, gap, _ = raw.rpartition(b"\n" + SEPARATOR)
    kept = head + b"\n" if gap else b""
    try:
        notes = split_notes(kept, LIMIT)
    except BadBytes as wrong:
        raise _damaged(path) from wrong
    write_durable(path, kept)
    return notes


def append(path: Path, notes: Iterable[bytes]) -> None:
    """Add notes, durable when it returns. Raises FieldkitError."""
    with said(path):
        fresh = not path.exists()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb") as file:
            empty = os.fstat(file.fileno()).st_size == 0
            for note in notes:
                file.write(note if empty else SEPARATOR + note)
                empty = False
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            sync_folder(path.parent)


def _damaged(path: Path) -> DamagedData:
    return DamagedData(
        f"The list of what was erased ({path.name}) cannot be read.",
        "Put it back from a backup: without it erased names could come back.",
    )


# ---- erasing -------------------------------------------------------------------------------------------------


async def erase(home: Home, db: Database, wanted: Mapping[str, Iterable[int]], why: str, now: int) -> int:
    """Erase these records (origin → indexes), whether their sessions came yet or not; how many private halves went."""
    from fieldkit.sync.central.digest import work as digest  # late: opening a database needs no fold

    mark(home)
    with said(valid_path(home.path)):
        valid_path(home.path).unlink(missing_ok=True)  # they may be in it; the next one is made without them
    every = {origin: sorted(set(refs)) for origin, refs in wanted.items()}
    async with db.transaction() as tx:  # the file is written by one at a time, who holds the database
        for origin, refs in every.items():
            known = await tx.tombs_under(origin) - {i for o, i, _ in await tx.unsettled() if o == origin}
            append(home.path / FILE, erase_notes(home.office(), origin, [i for i in refs if i not in known], why))
        gone = 0
        for origin, refs in every.items():
            gone += await lay(tx, origin, dict.fromkeys(refs, why), now)
            await tx.written(origin, refs)
    await settle(home, db, now)
    await digest.follow(home, db, every, now)
    return gone


async def settle(home: Home, db: Database, now: int) -> list[str]:
    """Make file and database say the same, and leave no copy of what went. What is still pending, in sentences.

    Raises DamagedData for a file that cannot be read.
    """
    path = home.path / FILE
    if not await _agreed(db, path):
        await _made_equal(home, db, path, now)
    if not (home.path / MARK).exists():
        return []
    return await _through(home, db)


async def _agreed(db: Database, path: Path) -> bool:
    """Whether there is nothing to do, so that who opens the database to read waits for nobody who writes."""
    async with db.reading() as tx:
        before = await tx.settled()
        return before is not None and not await tx.unsettled() and before.stamp == stamp(path)


async def _made_equal(home: Home, db: Database, path: Path, now: int) -> None:
    async with db.transaction() as tx:
        before = await tx.settled()
        changed = before is None or before.stamp != stamp(path)
        if changed:
            raw = _bytes(path)
            file = _added(raw, before, _keys(home)) if before is not None else None
            whole = file is None
            await _from_file(home, tx, read(path, _keys(home)) if file is None else file, now, whole=whole)
        changed = await _to_file(home, tx) or changed
        if changed:
            raw = _bytes(path)
            await tx.set_settled(Settled(stamp(path), len(raw), hashlib.sha256(raw).hexdigest()))


async def _from_file(home: Home, tx: Tx, file: Tombs, now: int, *, whole: bool) -> None:
    """Lay what the file says and the table does not. If this is the `whole` file, whatever else the table has is not in
    it, and is written there next."""
    for origin, refs in file.items():
        here = await tx.tombs_under(origin)
        missing = {i: why for i, why in refs.items() if i not in here}
        if missing:
            mark(home)
            await lay(tx, origin, missing, now)
        await tx.written(origin, refs)
    if whole:
        for origin, i, why in await tx.tombs():
            if ASIDE not in origin and i not in file.get(origin, {}):
                await tx.unwritten(origin, i, why)


async def _to_file(home: Home, tx: Tx) -> bool:
    """Write down what only the table has, laptops' own `erase` records; whether there was anything."""
    only: dict[tuple[str, str], list[int]] = {}
    for origin, i, why in await tx.unsettled():
        only.setdefault((origin, why if why in WHYS else "other"), []).append(i)
    for (origin, why), refs in only.items():
        append(home.path / FILE, erase_notes(home.office(), origin, refs, why))
        await tx.written(origin, refs)
    return bool(only)


async def _through(home: Home, db: Database) -> list[str]:
    """Nothing of it is left on the shelf or in the pages of the database; or what is."""
    from fieldkit.sync.central.scrub import scrub_shelf  # late: opening a database needs no archive

    left = await scrub_shelf(home, db)
    clear(home.spool)
    if not await db.forget_pages():
        left.append("Another program is reading central's database.")
    if not left:
        (home.path / MARK).unlink(missing_ok=True)
    return left


def mark(home: Home) -> None:
    """Before anything goes: from here on it is pending until it is through."""
    if not (home.path / MARK).exists():
        write_durable(home.path / MARK, b"")


async def lay(tx: Tx, origin: str, refs: Mapping[int, str], now: int) -> int:
    """Tombstones (index → why) in one session, and what follows from that; how many private halves went."""
    gone = 0
    for why in sorted(set(refs.values())):
        gone += await tx.erase(origin, [i for i, code in refs.items() if code == why], why, now * 1000)
    stored = await tx.stored(origin)
    if gone and stored is not None:
        plan = await tx.blob(origin, stored.plan)
        look = findings.Look(origin, plan or b"")
        async for records in batches(tx, origin):
            look.take(records)
        await findings.people(tx, look.found(), stored.ms)
    return gone


def _keys(home: Home) -> list[VKey]:
    """Every office key there ever was: a tombstone outlives the key it was signed with."""
    try:
        own = [home.office().vkey]
    except FieldkitError:
        own = []
    return [*home.trust().vkeys("office"), *own]
