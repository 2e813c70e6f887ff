"""Files that wait for a person, and the people in them who were erased: the file is written again without.

Tombstones go by session and index, and a file that waits has proved neither: its laptop may be unknown, its history may
be the other one of two, with other salts. So here what goes is named by its salted hash (`x`), which fits one private
half in the world; when the session is taken in later, the record with that hash gets its tombstone then, and when the
same file comes again the same halves are taken out again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.files import said, sync_folder
from fieldkit.log.line import opening_x, parse_opening, read_line
from fieldkit.log.seal import Keys, opened
from fieldkit.log.unbundle import Bundle, Part
from fieldkit.sync.central import forgotten, held
from fieldkit.sync.central.scrub import written

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home

Going = dict[str, dict[int, str | None]]
"""origin → index → `x` of private halves that go."""


class Half(msgspec.Struct, frozen=True):
    """A participant's private half: whose (`p`), its bytes."""

    p: str
    raw: bytes

    @property
    def badge(self) -> str:
        found = parse_opening(self.raw)[1].get("badge")
        return found if isinstance(found, str) else ""


class Whom(Protocol):
    """Who goes."""

    def among(self, origin: str, began: int, halves: Mapping[int, Half]) -> tuple[set[int], str]:
        """Which of the halves (by index) of a session that began at `began` (Unix ms) go, and the code why."""


class Remembered:
    """Everybody whose badge is remembered, in sessions from before."""

    def __init__(self, home: Home) -> None:
        self._known, self._sealer = forgotten.read(home), forgotten.Sealer(home)

    def among(self, origin: str, began: int, halves: Mapping[int, Half]) -> tuple[set[int], str]:
        seen = forgotten.badges({i: half.raw for i, half in halves.items()}, self._known, self._sealer)
        found = {badge: self._known[digest] for badge, digest in seen.items() if began < self._known[digest][0] * 1000}
        people = {half.p for half in halves.values() if half.badge in found}
        why = next((why for _, why in found.values()), "other")
        return {i for i, half in halves.items() if half.p in people}, why


class Named:
    """One person by each `p` and badge that is known of them, in the sessions `here`, or in all."""

    def __init__(self, called: Collection[str], here: Collection[str] | None, why: str) -> None:
        self._called, self._badges = set(called), {_spelt(one) for one in called}
        self._here, self._why = here, why

    def among(self, origin: str, began: int, halves: Mapping[int, Half]) -> tuple[set[int], str]:
        if self._here is not None and origin not in self._here:
            return set(), self._why
        people = {
            half.p
            for half in halves.values()
            if half.p in self._called or (half.badge and _spelt(half.badge) in self._badges)
        }
        return {i for i, half in halves.items() if half.p in people}, self._why


class Again:
    """What was taken out of a file that waited (origin → `x` → why), when it comes again."""

    def __init__(self, xs: Mapping[str, Mapping[str, str]]) -> None:
        self._xs = xs

    def among(self, origin: str, began: int, halves: Mapping[int, Half]) -> tuple[set[int], str]:
        xs = self._xs.get(origin, {})
        found = {i: why for i, half in halves.items() if (why := xs.get(opening_x(half.raw))) is not None}
        return set(found), next(iter(found.values()), "other")


def _spelt(badge: str) -> str:
    return unicodedata.normalize("NFC", badge.strip().upper())


async def sweep(home: Home, db: Database, only: str = "") -> list[str]:
    """Take everybody who was erased before out of the files on the shelf (`only`: of the one with this SHA-256); the
    names of files that were written again. A file that cannot be read is `scrub.unreadable`'s to tell."""
    async with db.transaction() as tx:
        before = await tx.swept_everywhere()
    out = await take_out(home, db, Remembered(home), only) if forgotten.read(home) else []
    if before:
        only = Path(out[0]).stem if only and out else only
        out += await take_out(home, db, Again(before), only)
    return sorted(set(out))


async def take_out(home: Home, db: Database, whom: Whom, only: str = "") -> list[str]:
    """Take these people out of the files on the shelf; else as `sweep`."""
    out: list[str] = []
    keys = Keys(home.identities())
    for path in held.shelved(home.held):
        if only and path.stem != only:
            continue
        going, why = people_in(path, keys, whom)
        if not going:
            continue
        with said(path):
            new = written(path, keys, going, home.spool)
            async with db.transaction() as tx:
                for origin, refs in going.items():
                    await tx.sweep(origin, [x for x in refs.values() if x is not None], why)
                await tx.renamed(path.stem, new.stem)
            if new != path:
                path.unlink(missing_ok=True)
            sync_folder(path.parent)
        out.append(new.name)
    return out


def people_in(path: Path, keys: Keys, whom: Whom) -> tuple[Going, str]:
    """The private halves in a file that go, and the code why; none for a file that cannot be read to its end."""
    going: Going = {}
    why = "other"
    try:
        with path.open("rb") as raw, opened(raw, keys) as plain:
            for part in Bundle(plain):
                if part.wrong is None:
                    refs, code = _of_part(part, whom)
                    if refs:
                        going.setdefault(part.checkpoint.origin, {}).update(refs)
                        why = code
    except (BadBytes, OSError, ValueError):
        return {}, why
    return going, why


def _of_part(part: Part, whom: Whom) -> tuple[dict[int, str | None], str]:
    whose: dict[int, str] = {}
    began = 0
    at = 0
    for _, lines in part.log():
        for line in lines:
            it = read_line(line)
            began = it.t if at == 0 else began
            if it.p is not None and it.x is not None:
                whose[at] = it.p
            at += 1
    halves: dict[int, Half] = {}
    for _, lines in part.openings():
        halves.update((i, Half(whose[i], raw)) for raw in lines if (i := parse_opening(raw)[0]) in whose)
    refs, why = whom.among(part.checkpoint.origin, began, halves)
    return {i: opening_x(halves[i].raw) for i in refs}, why
