"""What head office sends a laptop beyond the signed lists: planned sessions, answers and packs, over the network or by
stick.

Both ways bring the same bytes into the same steps, `fieldkit.sync.planned`, `fieldkit.sync.answered` and
`fieldkit.sync.packs`. Plans and answers are sealed to this laptop's key, so whoever carries them reads nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log import answers_note
from fieldkit.log.packs_note import ARCHIVE_MOST, FILE, PACKS_LIMIT, Item
from fieldkit.log.planned_note import SEALED_LIMIT
from fieldkit.planned import Told
from fieldkit.station import Station
from fieldkit.sync import answered, packs, planned
from fieldkit.sync.answered import Answered
from fieldkit.sync.copying import Watch

if TYPE_CHECKING:
    from fieldkit.sync.link import Link

PACKS = "packs"
"""The folder of archives on a stick."""
Get = Callable[[Item], Awaitable[bytes | None]]


class Sent(msgspec.Struct, frozen=True):
    """What came. `planned`: what is different among the planned sessions; `packs`: `id version` of those that were
    installed; `not_taken`: (name, reason); `answered`: questions of sessions here that were answered since."""

    planned: list[Told] = []
    packs: list[str] = []
    not_taken: list[tuple[str, str]] = []
    answered: list[Answered] = []


NOTHING = Sent()


async def from_office(station: Station, line: Link, watch: Watch) -> Sent:
    """Ask head office for what is newer. Raises FieldkitError, Stopped."""
    trust = station.trust
    if trust is None:
        return NOTHING
    sealed = await line.down("planned", planned.held_sha(station))
    answers = await line.down("answers", answered.held_sha(station))
    note = await line.down("packs", _sha(packs.packs_path(station.home)))

    async def get(item: Item) -> bytes | None:
        return await line.fetch(item.sha256, item.size)

    return await _taken(station, _Came(sealed, answers, note, "plans", "answers"), get, watch)


async def from_folder(station: Station, folder: Path, watch: Watch) -> Sent:
    """Take in what lies on a stick. Raises FieldkitError, Stopped."""
    if station.trust is None:
        return NOTHING
    name, other = planned.file_name(station.signer.name), answered.file_name(station.signer.name)

    async def get(item: Item) -> bytes | None:
        return read_small(folder / PACKS / item.file, min(item.size, ARCHIVE_MOST))

    sealed, note = read_small(folder / name, SEALED_LIMIT), read_small(folder / FILE, PACKS_LIMIT)
    answers = read_small(folder / other, answers_note.SEALED_LIMIT)
    return await _taken(station, _Came(sealed, answers, note, name, other), get, watch)


class _Came(NamedTuple):
    """What came of plans, answers and the list of packs, and what the first two are called where they are no use."""

    plans: bytes | None
    answers: bytes | None
    packs: bytes | None
    plans_name: str
    answers_name: str


async def _taken(station: Station, brought: _Came, get: Get, watch: Watch) -> Sent:
    sealed, answers, note, name, other = brought
    trust = station.trust
    assert trust is not None
    told: list[Told] = []
    wrong: list[tuple[str, str]] = []
    if sealed is not None:
        try:
            taken = planned.take_planned(station, trust, sealed)
            told = taken.told
            wrong += [(f"plan {id}", "a newer release made it") for id in taken.unread]
        except BadBytes as bad:
            if bad.reason != "not-newer":
                wrong.append((name, bad.reason))
    new: list[Answered] = []
    if answers is not None:
        try:
            new = answered.take_answers(station, trust, answers)
        except BadBytes as bad:
            if bad.reason != "not-newer":
                wrong.append((other, bad.reason))
    if note is not None:
        try:
            packs.take_list(station, trust, note)
        except BadBytes as bad:
            if bad.reason != "not-newer":
                wrong.append((FILE, bad.reason))
    came = await packs.fetch(station, get, watch)
    return Sent(told, came.installed, [*wrong, *came.not_taken], new)


def read_small(path: Path, limit: int) -> bytes | None:
    """An ordinary file of at most `limit` bytes; None for anything else, a link on a stick too: it could stand for any
    file of this laptop."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError):
        return None
    with os.fdopen(handle, "rb") as file:
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            raw = file.read(limit + 1)
        except OSError:
            return None
    return raw if len(raw) <= limit else None


def _sha(path: Path) -> str:
    import hashlib

    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return hashlib.sha256(b"").hexdigest()
