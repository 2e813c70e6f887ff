"""Delivery figures out of the database, as far as whoever asks may see them (`core.figures.shared`).

    groups     sums of groups of five facilitators or more, of all sites and of each
    by_name    of each facilitator, where every session of the sum was recorded under an agreement that says so
    own        one facilitator's own

All three read what the digest keeps (`sync.central.digest`): who led which session, and sums by site and by
facilitator, version of a pack and quarter. Nothing is folded here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.figures import NOTHING, Figures, plus
from fieldkit.core.figures.shared import Block, Cell, Wanted, facilitators, released, view
from fieldkit.core.plan import Plan
from fieldkit.core.tables.governance import ALL, Part
from fieldkit.sync.central.digest import sums
from fieldkit.sync.central.digest.said import OK
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.replay import plan_of

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

AGREED = dict[tuple[str, str, str], set[str]]
"""(pack, version, quarter) → facilitators whose figures an agreement lets others see."""
Key = tuple[str, str, str, str]
"""(pack, version, quarter, site)."""


class Led(msgspec.Struct, frozen=True):
    """One session: where (`site` as it is compared, `place` as it was written) and when, under whose key, on which
    laptop."""

    pack: str
    version: str
    quarter: str
    site: str
    place: str
    fac: str
    laptop: str


def quarter_of(day: date) -> str:
    return _quarter(day.isoformat())


async def groups(tx: Tx, wanted: Wanted, site: str = "", known: str = "") -> list[Part]:
    """A part for each version of a pack and each site of which enough can be shown, and one over all sites; where there
    are several versions, also one (`pack` ALL) of how all of them were delivered. `site`: that one alone.

    `known`: key name of the facilitator who looks; their own sessions count for nobody.
    """
    every = await led(tx, wanted.pack, wanted.version)  # blocks of one version know nothing of another
    blocks = view(released(_cells(every, await _who(tx, every), await _agreed(tx), known)), wanted)
    figures = await _by_cell(tx, blocks, wanted)
    asked = [one for one in every if wanted.has(*_of(one))]
    found: list[Part] = []
    sites, spelled = sorted({one.sites[0] for one in blocks if len(one.sites) == 1}), _spelled(every)
    for place in [ALL, *sites] if not site else [place_key(site)]:
        some = view(blocks, wanted, None if place == ALL else place)
        there = [one for one in asked if place in (ALL, one.site)]
        versions = sorted({(one.pack, one.version) for one in some})
        for pack, version in versions:
            mine = [one for one in some if (one.pack, one.version) == (pack, version)]
            n = sum((one.pack, one.version) == (pack, version) for one in there)
            found.append(_part(spelled.get(place, place), mine, figures, n))
        if len(versions) > 1:
            whole = _part(spelled.get(place, place), some, figures, len(there))
            delivery = Figures(delivery=whole.figures.delivery)
            found.append(msgspec.structs.replace(whole, pack=ALL, version="", figures=delivery))
    return found


async def matching(tx: Tx, wanted: Wanted, site: str = "") -> int:
    """How many sessions there are of what is asked for, shown or not."""
    every = await led(tx, wanted.pack, wanted.version)
    return sum(wanted.has(*_of(one)) and (not site or one.site == place_key(site)) for one in every)


async def by_name(tx: Tx, wanted: Wanted) -> list[Part]:
    """A part for each facilitator and version of a pack, over the quarters in which all their sessions of it were
    recorded under an agreement that names facilitators' figures. Sites are not told apart."""
    if not await _any_agreed(tx):
        return []
    found: dict[tuple[str, str, str], list[tuple[str, sums.Sum]]] = {}
    for one in await sums.by_quarter(tx, sums.FAC, wanted.pack, wanted.version, wanted.since, wanted.until):
        if _named(one):
            found.setdefault((one.key, one.pack, one.version), []).append((one.period, one))
    return [_own(key, some) for key, some in sorted(found.items())]


async def own(tx: Tx, fac: str, wanted: Wanted) -> list[Part]:
    """A part for each version of a pack that this facilitator led: everything, under an agreement or not."""
    found: dict[tuple[str, str, str], list[tuple[str, sums.Sum]]] = {}
    mine = [fac] if fac else []
    for one in await sums.by_quarter(tx, sums.FAC, wanted.pack, wanted.version, wanted.since, wanted.until, mine):
        found.setdefault((one.key, one.pack, one.version), []).append((one.period, one))
    return [_own(key, some) for key, some in sorted(found.items())]


async def plans(tx: Tx, parts: Iterable[Part]) -> dict[tuple[str, str], Plan]:
    """The plan of each version, as the newest session of it brought it. Raises DamagedData for another release's."""
    found: dict[tuple[str, str], Plan] = {}
    for pack, version in sorted({(one.pack, one.version) for one in parts}):
        rows = await tx.rows(
            "SELECT origin FROM digest WHERE pack = ?1 AND version = ?2 AND state = ?3 ORDER BY day DESC, origin DESC"
            " LIMIT 1",
            *(pack, version, OK),
        )
        stored = await tx.stored(rows[0][0]) if rows else None
        if stored is not None:
            found[pack, version] = await plan_of(tx, stored)
    return found


# ---- reading -------------------------------------------------------------------------------------------------


async def led(tx: Tx, pack: str = "", version: str = "") -> list[Led]:
    """Every session that counts, of one pack or version where it is named."""
    where = [f"{column} = ?{k}" for k, column in enumerate(("pack", "version")[: 1 + bool(version)], 2)] if pack else []
    rows = await tx.rows(
        f"SELECT pack, version, day, site, fac, origin FROM digest WHERE {' AND '.join(['state = ?1', *where])}",
        *(OK, pack, version)[: 1 + len(where)],
    )
    return [
        Led(pack, version, _quarter(day), place_key(site), site, fac, _laptop(origin))
        for pack, version, day, site, fac, origin in rows
    ]


def _laptop(origin: str) -> str:
    return origin.rpartition("/")[0]


async def _who(tx: Tx, every: Iterable[Led]) -> Mapping[tuple[str, str], str]:
    """As whom each of these sessions is counted. Whose laptop it may be is asked of all sessions, not of these."""
    pairs = {(one.fac, one.laptop) for one in every}
    if any(not fac for fac, _ in pairs):
        rows = await tx.rows("SELECT fac, origin FROM digest WHERE state = ?1 AND fac <> ''", OK)
        pairs |= {(fac, _laptop(origin)) for fac, origin in rows}
    return facilitators(pairs)


def _quarter(day: str) -> str:
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


def _spelled(every: Iterable[Led]) -> dict[str, str]:
    """Place as it is compared → as most sessions write it."""
    found = Counter((one.site, one.place) for one in every)
    return {site: place for (site, place), _ in sorted(found.items(), key=lambda x: (x[1], x[0]))}


def _of(one: Led) -> tuple[str, str, str]:
    return one.pack, one.version, one.quarter


def _cells(every: list[Led], who: Mapping[tuple[str, str], str], agreed: AGREED, known: str) -> list[Cell]:
    found: dict[tuple[str, str, str, str], tuple[set[str], int]] = {}
    for one in every:
        facs, n = found.get((*_of(one), one.site), (set(), 0))
        fac = who[one.fac, one.laptop]
        if fac and fac != known and fac not in agreed.get(_of(one), ()):
            facs.add(fac)
        found[*_of(one), one.site] = facs, n + 1
    return [Cell(*key, frozenset(facs), n) for key, (facs, n) in sorted(found.items())]


async def _any_agreed(tx: Tx) -> bool:
    return any(one.figures.delivery.named for one in await sums.sums_of(tx))


async def _agreed(tx: Tx) -> AGREED:
    found: AGREED = {}
    for one in await sums.by_quarter(tx, sums.FAC) if await _any_agreed(tx) else []:
        if _named(one):
            found.setdefault((one.pack, one.version, one.period), set()).add(one.key)
    return found


def _named(one: sums.Sum) -> bool:
    return one.figures.delivery.named == one.sessions


async def _by_cell(tx: Tx, blocks: list[Block], wanted: Wanted) -> dict[Key, Figures]:
    if not blocks:
        return {}
    keys = {(one.pack, one.version, one.quarter, one.site) for block in blocks for one in block.cells}
    every = await sums.by_quarter(tx, sums.SITE, wanted.pack, wanted.version, wanted.since, wanted.until)
    found = {(one.pack, one.version, one.period, one.key): one.figures for one in every}
    return {key: found[key] for key in keys & found.keys()}


def _part(site: str, some: list[Block], figures: dict[Key, Figures], matching: int) -> Part:
    out = NOTHING
    for one in some:
        for cell in one.cells:
            out = plus(out, figures.get((cell.pack, cell.version, cell.quarter, cell.site), NOTHING))
    quarters = sorted({quarter for one in some for quarter in one.quarters})
    facs = frozenset[str]().union(*(one.facs for one in some))
    return Part(site, "", some[0].pack, some[0].version, quarters[0], quarters[-1], len(facs), matching, out)


def _own(key: tuple[str, str, str], some: list[tuple[str, sums.Sum]]) -> Part:
    fac, pack, version = key
    out = NOTHING
    for _, one in some:
        out = plus(out, one.figures)
    n = sum(one.sessions for _, one in some)
    quarters = sorted(quarter for quarter, _ in some)
    return Part(ALL, fac, pack, version, quarters[0], quarters[-1], 1, n, out)
