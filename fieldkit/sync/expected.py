"""Rosters of planned sessions on this laptop: a person who is erased is not expected there any more.

People are found by badge alone, as everywhere; a row without one is nobody that a program could tell. Bundles of other
laptops that wait in the data folder's `held` are sealed to head office: who is in them nobody can tell here.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from fieldkit.core.session import Session
from fieldkit.errors import FieldkitError
from fieldkit.log.read import SessionFile
from fieldkit.planned import PlannedFolder
from fieldkit.station import SessionRef, Station
from fieldkit.sync.planned import remember_gone


def badges(session: Session, who: str) -> set[str]:
    """Every badge under which this person is in a session, in capitals; empty where nobody is called that."""
    head = session.entry(who)
    entries = session.entries(head.p) if head is not None else []
    found = {badge for one in entries for badge in (one.badge, one.fields.get("badge", ""))}
    return {badge.strip().upper() for badge in found if badge.strip()}


def badges_in(ref: SessionRef, who: str) -> set[str]:
    """The same for a session file. Raises FieldkitError."""
    with SessionFile.open(ref.path) as file:
        return badges(file.session(), who)


def not_expected(station: Station, gone: Collection[str]) -> list[str]:
    """Take the rows with these badges out of every planned session; the ids of plans that had one, ascending. A plan
    that cannot be read or written is told of by the station and left."""
    out: list[str] = []
    if not gone:
        return out
    folder = PlannedFolder(station.home)
    for entry in folder.entries():
        if entry.plan is None:
            station.warn(entry.wrong, "Its roster may still hold the person.")
            continue
        kept = tuple(row for row in entry.plan.expected if row.fields.get("badge", "").strip().upper() not in gone)
        if len(kept) == len(entry.plan.expected):
            continue
        try:
            remember_gone(station.home, entry.id, gone)  # first: the next note of head office may still name them
            folder.put(entry.id, msgspec.structs.replace(entry.plan, expected=kept))
            out.append(entry.id)
        except FieldkitError as wrong:
            station.warn(f"{wrong.sentence}", f"The roster of the plan {entry.id} may still hold the person.")
    return sorted(out)


def sealed(station: Station) -> list[str]:
    """Names of bundles of other laptops that wait here."""
    folder = station.home / "held"
    return sorted(path.name for path in folder.glob("*.fkb")) if folder.is_dir() else []
