"""Files that wait for a person, and the people in them who were erased everywhere: the file is written again without.

Tombstones go by session and index, and a file that waits has proved neither: its laptop may be unknown, its history may
be the other one of two. So here what goes is named by its salted hash (`x`), which fits one private half in the world;
when the session is taken in later, the record with that hash gets its tombstone then.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.errors import BadBytes
from fieldkit.log.files import said, sync_folder
from fieldkit.log.line import opening_x, parse_opening, read_line
from fieldkit.log.seal import Keys, opened
from fieldkit.log.unbundle import Bundle, Part
from fieldkit.sync.central import forgotten, held
from fieldkit.sync.central.scrub import written

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.sqlite import Database

Going = dict[str, dict[int, str | None]]
"""origin → index → `x` of private halves that go."""


async def sweep(home: Home, db: Database, only: str = "") -> list[str]:
    """Take everybody whose badge is remembered out of the files on the shelf (`only`: of the one with this SHA-256);
    the names of files that were written again. A file that cannot be read is `scrub.unreadable`'s to tell."""
    known = forgotten.read(home)
    out: list[str] = []
    if not known:
        return out
    keys, sealer = Keys(home.identities()), forgotten.Sealer(home)
    for path in held.shelved(home.held):
        if only and path.stem != only:
            continue
        going, why = people_in(path, keys, known, sealer)
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


def people_in(path: Path, keys: Keys, known: forgotten.Known, sealer: forgotten.Sealer) -> tuple[Going, str]:
    """The private halves in a file that belong to remembered people, and the code why; none for a file that cannot be
    read to its end."""
    going: Going = {}
    why = "other"
    try:
        with path.open("rb") as raw, opened(raw, keys) as plain:
            for part in Bundle(plain):
                if part.wrong is None:
                    refs, code = _of_part(part, known, sealer)
                    if refs:
                        going.setdefault(part.checkpoint.origin, {}).update(refs)
                        why = code
    except (BadBytes, OSError, ValueError):
        return {}, why
    return going, why


def _of_part(part: Part, known: forgotten.Known, sealer: forgotten.Sealer) -> tuple[dict[int, str | None], str]:
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
    halves: dict[int, bytes] = {}
    for _, lines in part.openings():
        halves.update((i, raw) for raw in lines if (i := parse_opening(raw)[0]) in whose)
    seen = forgotten.badges(halves, known, sealer)
    found = {badge: known[digest] for badge, digest in seen.items() if began < known[digest][0] * 1000}
    people = {whose[i] for i, raw in halves.items() if parse_opening(raw)[1].get("badge") in found}
    refs: dict[int, str | None] = {i: opening_x(raw) for i, raw in halves.items() if whose[i] in people}
    return refs, next((why for _, why in found.values()), "other")
