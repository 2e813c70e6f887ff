"""How far people have come in the parts of a program, out of `tally`: no person is looked at for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.program import Part, Program
from fieldkit.sync.central.digest.kept import taughts
from fieldkit.sync.central.digest.said import OK
from fieldkit.sync.central.digest.tallies import DONE, LACK, OWES, segment_of
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.tx_marks import marks

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx


class Lack(msgspec.Struct, frozen=True):
    """A segment that `people` miss."""

    segment: str
    title: str
    people: int


class PartCount(msgspec.Struct, frozen=True):
    """Of one part: how many have `done` it, how many miss (`owes`) something of a session of it, and what, in the order
    of its newest session."""

    part: str
    done: int
    owes: int
    lacks: tuple[Lack, ...]


async def parts(tx: Tx, program: Program, cohort: str = "", sites: Sequence[str] | None = None) -> list[PartCount]:
    """Every part, in the order of the program; of one cohort, or everybody, at some sites or all."""
    where, values = "program = ?1 AND dim IN (?2, ?3, ?4)", [program.id, DONE, OWES, LACK]
    if cohort:
        values.append(cohort)
        where += f" AND word = ?{len(values)}"
    if sites is not None:
        if not sites:
            return [PartCount(part.id, 0, 0, ()) for part in program.parts]
        where += f" AND site_key IN ({marks(len(sites), len(values) + 1)})"
        values += map(place_key, sites)
    rows = await tx.rows(f"SELECT dim, crew, state, sum(n) FROM tally WHERE {where} GROUP BY dim, crew, state", *values)
    found: dict[tuple[str, str], dict[str, int]] = {}
    for dim, part, state, n in rows:
        found.setdefault((dim, part), {})[state] = int(n)
    return [await _part(tx, part, found) for part in program.parts]


async def _part(tx: Tx, part: Part, found: dict[tuple[str, str], dict[str, int]]) -> PartCount:
    done, owes = (sum(found.get((dim, part.id), {}).values()) for dim in (DONE, OWES))
    lack = found.get((LACK, part.id), {})
    whole, n, titles = lack.pop("", 0), dict[str, int](), dict[str, tuple[int, str]]()
    for state, people in lack.items():
        id, title = segment_of(state)
        n[id] = n.get(id, 0) + people
        titles[id] = max(titles.get(id, (0, "")), (people, title))  # it may have been written better later
    order = {id: k for k, id in enumerate(await _segments(tx, part) if n else ())}
    ids = sorted(n, key=lambda id: (order.get(id, len(order)), id))
    return PartCount(part.id, done, owes, tuple(Lack(id, titles[id][1], n[id] + whole) for id in ids))


async def _segments(tx: Tx, part: Part) -> tuple[str, ...]:
    """Of the newest session of the newest version of its first pack that was run."""
    for pack in part.packs:
        rows = await tx.rows(
            "SELECT origin FROM digest WHERE pack = ?1 AND state = ?2 ORDER BY version DESC, day DESC, origin DESC"
            " LIMIT 1",
            *(pack.id, OK),
        )
        for one in (await taughts(tx, [origin for (origin,) in rows])).values():
            return one.segments
    return ()
