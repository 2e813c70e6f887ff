"""Answers on their way down: of each laptop one note, signed by the office and sealed to it, of what stands now.

Nothing of it is kept here but `answers.json`: of each laptop how the note was that it could have got last, as a hash,
and its moment. So the note is made from what is stored each time, the same state gives the same bytes, another one a
later moment, and what was erased is in none that is made from then on. A question whose words are erased takes its
answer with it.
"""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.models import learn
from fieldkit.core.questions import CLOSED
from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log.answers_note import ANSWERS_LIMIT, MOST, NOTE_MOST, Answer, AnswersNote, answers_note, text_of
from fieldkit.log.files import write_durable
from fieldkit.log.keys import VKey, seal_to
from fieldkit.log.line import read_line
from fieldkit.log.lock import turn
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.names import split_origin
from fieldkit.sync.central.digest import parked

if TYPE_CHECKING:
    from pathlib import Path

    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.digest.parked import Parked
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

FILE = "answers.json"
ROOM = ANSWERS_LIMIT - NOTE_MOST
"""Bytes of words in one note: what is older than the newest that fit waits for no one, head office has it."""


class Mark(msgspec.Struct, frozen=True):
    """The note of one laptop as it was last: its moment (Unix s) and the SHA-256 of everything else of it."""

    as_of: int
    sha256: str


learn(Mark)


async def note_for(home: Home, db: Database, laptop: VKey, now: int) -> bytes | None:
    """The note of this laptop, not sealed; None where nothing of it was ever answered. Raises FieldkitError."""
    office = home.office()
    async with db.reading() as tx:
        found = await _found(tx, home.org, laptop)
    same = hashlib.sha256("\0".join((text_of(found), str(office.vkey))).encode()).hexdigest()
    with turn(home.path / FILE):
        every = _marks(home.path / FILE)
        before = every.get(laptop.name)
        if before is None and not found.answers:
            return None
        if before is None or before.sha256 != same:
            before = Mark(now if before is None else max(now, before.as_of + 1), same)
            write_durable(home.path / FILE, msgspec.json.encode({**every, laptop.name: before}) + b"\n")
    return answers_note(msgspec.structs.replace(found, as_of=before.as_of), office)


async def _found(tx: Tx, org: str, laptop: VKey) -> AnswersNote:
    """What stands, without a moment; the newest answers first, as many as there is room for."""
    rows, halves, room = [], dict[str, bytes](), ROOM
    for one in await parked.of_device(tx, laptop.name, MOST):
        stored = await tx.stored(one.origin)
        made = await _answer(tx, one) if stored is not None and stored.device == laptop.pub.hex() else None
        if made is None:
            continue
        answer, half = made
        room -= len(half) + 1
        if room < 0:
            break
        rows.append(answer)
        halves[answer.x] = half
    rows.sort(key=lambda one: (one.session, one.i))
    return AnswersNote(org, laptop.name, 0, tuple(rows), halves)


async def _answer(tx: Tx, one: Parked) -> tuple[Answer, bytes] | None:
    """None where the words of the question or of the answer are not here any more."""
    asked, line = await tx.opening(one.origin, one.i), await tx.line(one.origin, one.i)
    half, said = await tx.opening(one.log, one.at), await tx.line(one.log, one.at)
    if asked is None or line is None or half is None or said is None:
        return None
    try:
        x = read_line(said).x
    except BadBytes:
        return None
    if x is None:
        return None
    session = one.origin.rpartition("/")[2]
    leaf = leaf_hash(line).hex()
    return Answer(session, one.i, leaf, one.said // 1000, one.log, one.at, x, one.state == CLOSED), half


def _marks(path: Path) -> dict[str, Mark]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Mark])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise DamagedData(
            f"{path.name} in head office's folder cannot be read.", "Delete it: it is made anew."
        ) from wrong


# ---- sealed ------------------------------------------------------------------------------------------------------


def file_name(device: str) -> str:
    """How the sealed note for a laptop is called on a stick."""
    return f"answers-{device.rsplit('/', 1)[-1]}.age"


async def sealed_answers(home: Home, db: Database, now: int, only: set[str] | None = None) -> dict[str, bytes]:
    """Name of the file → the sealed note, for every laptop of the list that is in time (of `only`, names of devices) of
    whose sessions something is or was answered. Raises FieldkitError."""
    async with db.reading() as tx:
        if only is None:
            names = {split_origin(origin).device for origin in await parked.origins(tx)}
        else:  # with each file of a laptop: nothing is read of the hundreds that are not in it
            names = {name for name in only if await parked.any_of(tx, name)}
        names |= set(_marks(home.path / FILE))
    out = {}
    for key in home.trust().of("device"):
        if key.vkey.name in names and (only is None or key.vkey.name in only) and key.state(now) == "ok":
            raw = await note_for(home, db, key.vkey, now)
            if raw is not None:
                out[file_name(key.vkey.name)] = seal_to(key.vkey, raw)
    return out


def sealed_now(home: Home, now: int, only: set[str] | None = None) -> dict[str, bytes]:
    """The same for who has no database open; it may have a loop running, which waits."""

    async def made() -> dict[str, bytes]:
        db = await home.database()
        try:
            return await sealed_answers(home, db, now, only)
        finally:
            await db.close()

    with ThreadPoolExecutor(1, "answers") as apart:
        return apart.submit(asyncio.run, made()).result()


def note_now(home: Home, laptop: VKey, now: int) -> bytes | None:
    """`note_for` for a thread without a loop."""

    async def made() -> bytes | None:
        db = await home.database()
        try:
            return await note_for(home, db, laptop, now)
        finally:
            await db.close()

    return asyncio.run(made())
