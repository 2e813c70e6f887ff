"""Delivery figures out of the database, as far as whoever asks may see them (`core.figures.shared`).

    groups     sums of groups of five facilitators or more, of all sites and of each
    by_name    of each facilitator, where every session of the sum was recorded under an agreement that says so
    own        one facilitator's own

All three read what the digest keeps (`sync.central.digest`): who led which session, and sums by site and by
facilitator, version of a pack and quarter. Nothing is folded here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.figures import NOTHING, Figures, few, plus
from fieldkit.core.figures.shared import Block, Cell, Wanted, facilitators, released, view
from fieldkit.core.plan import Plan
from fieldkit.core.tables.governance import ALL, Part
from fieldkit.errors import DamagedData
from fieldkit.sync.central.digest import cells, sums
from fieldkit.sync.central.digest.cells import Held
from fieldkit.sync.central.digest.said import OK
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.replay import plan_of

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

AGREED = dict[tuple[str, str, str], set[str]]
"""(pack, version, quarter) → facilitators whose figures an agreement lets others see."""


async def groups(tx: Tx, wanted: Wanted, site: str = "", known: str = "", brief: bool = False) -> list[Part]:
    """A part for each version of a pack and each site of which enough can be shown, and one over all sites; where there
    are several versions, also one (`pack` ALL) of how all of them were delivered. `site`: that one alone.

    `known`: key name of the facilitator who looks; their own sessions count for nobody. `brief`: how it was delivered,
    and nothing of what was measured.
    """
    every = await cells.held(tx, wanted.pack, wanted.version)  # blocks of one version know nothing of another
    all_ = released(_cells(every, await _who(tx, every), await _agreed(tx), known))
    blocks = view(all_, wanted)
    # What few answered is held back by blocks that are not asked for as well.
    figures = await _by_block(tx, blocks if brief else all_, wanted, brief)
    held = _Few({} if brief else figures)
    at: dict[str | None, list[Block]] = {}
    for one in blocks:
        at.setdefault(one.sites[0] if len(one.sites) == 1 else None, []).append(one)
    sessions: Counter[tuple[str, str, str]] = Counter()
    for cell in every:
        if wanted.has(*_of(cell)):
            sessions.update(dict.fromkeys([(ALL, *_of(cell)[:2]), (cell.site, *_of(cell)[:2])], cell.sessions))
    added = {place: _by_version(some, figures) for place, some in at.items()}
    found: list[Part] = []
    sites, spelled = sorted(one for one in at if one is not None), _spelled(every)
    for place in [ALL, *sites] if not site else [place_key(site)]:
        some = blocks if place == ALL else at.get(place, [])
        mine = [added[one] for one in added if place in (ALL, one)]
        versions: list[Part] = []
        for key in sorted({(one.pack, one.version) for one in some}):
            whole = _total(one[key] for one in mine if key in one)
            same = [one for one in some if (one.pack, one.version) == key]
            part = _part(spelled.get(place, place), same, whole, sessions[place, *key])
            versions.append(msgspec.structs.replace(part, few=held.of(same)))
        found += versions
        if len(versions) > 1:
            delivery = _total(Figures(delivery=one.figures.delivery) for one in versions)
            n = sum(n for (where, _, _), n in sessions.items() if where == place)
            over = _part(spelled.get(place, place), some, delivery, n)
            found.append(msgspec.structs.replace(over, pack=ALL, version=""))
    return found


async def matching(tx: Tx, wanted: Wanted, sites: Collection[str] | None = None) -> int:
    """How many sessions there are of what is asked for, shown or not; at these sites, as they are compared, or all."""
    return sum(
        n
        for pack, version, quarter, site, n in await cells.sessions(tx, wanted.pack, wanted.version)
        if wanted.has(pack, version, quarter) and (sites is None or site in sites)
    )


async def by_name(tx: Tx, wanted: Wanted, brief: bool = False) -> list[Part]:
    """A part for each facilitator and version of a pack, over the quarters in which all their sessions of it were
    recorded under an agreement that names facilitators' figures. Sites are not told apart."""
    if not await _any_agreed(tx):
        return []
    found: dict[tuple[str, str, str], list[tuple[str, sums.Sum]]] = {}
    for one in await sums.by_quarter(tx, sums.FAC, wanted.pack, wanted.version, brief=brief):
        if _named(one):
            found.setdefault((one.key, one.pack, one.version), []).append((one.period, one))
    return _owns(found, wanted)


async def own(tx: Tx, fac: str, wanted: Wanted) -> list[Part]:
    """A part for each version of a pack that this facilitator led: everything, under an agreement or not."""
    found: dict[tuple[str, str, str], list[tuple[str, sums.Sum]]] = {}
    mine = [fac] if fac else []
    for one in await sums.by_quarter(tx, sums.FAC, wanted.pack, wanted.version, keys=mine):
        found.setdefault((one.key, one.pack, one.version), []).append((one.period, one))
    return _owns(found, wanted)


async def plans(
    tx: Tx, parts: Iterable[Part], newer: list[tuple[str, str]] | None = None
) -> dict[tuple[str, str], Plan]:
    """The plan of each version, as the newest session of it brought it. Of a version whose plan another release made
    there is none: `newer` gets it, and without that list DamagedData is raised."""
    found: dict[tuple[str, str], Plan] = {}
    for pack, version in sorted({(one.pack, one.version) for one in parts}):
        rows = await tx.rows(
            "SELECT origin FROM digest WHERE pack = ?1 AND version = ?2 AND state = ?3 ORDER BY day DESC, origin DESC"
            " LIMIT 1",
            *(pack, version, OK),
        )
        stored = await tx.stored(rows[0][0]) if rows else None
        if stored is not None:
            try:
                found[pack, version] = await plan_of(tx, stored)
            except DamagedData:
                if newer is None:
                    raise
                newer.append((pack, version))
    return found


# ---- reading -------------------------------------------------------------------------------------------------


async def _who(tx: Tx, every: Iterable[Held]) -> Mapping[tuple[str, str], str]:
    """As whom each of these sessions is counted. Whose laptop it may be is asked of all sessions, not of these."""
    pairs = {who for one in every for who in one.led}
    if any(not fac for fac, _ in pairs):
        pairs |= {who for one in await cells.held(tx) for who in one.led}
    return facilitators(pairs)


def _spelled(every: Iterable[Held]) -> dict[str, str]:
    """Place as it is compared → as most sessions write it."""
    found: Counter[tuple[str, str]] = Counter()
    for one in every:
        found.update({(one.site, place): n for place, n in one.places.items()})
    return {site: place for (site, place), _ in sorted(found.items(), key=lambda x: (x[1], x[0]))}


def _of(one: Held) -> tuple[str, str, str]:
    return one.pack, one.version, one.quarter


def _cells(every: list[Held], who: Mapping[tuple[str, str], str], agreed: AGREED, known: str) -> list[Cell]:
    found = []
    for one in sorted(every, key=lambda one: (*_of(one), one.site)):
        hidden = {"", known, *agreed.get(_of(one), ())}
        facs = frozenset(who[pair] for pair in one.led) - hidden
        found.append(Cell(*_of(one), one.site, facs, one.sessions))
    return found


async def _any_agreed(tx: Tx) -> bool:
    return any(one.figures.delivery.named for one in await sums.sums_of(tx))


async def _agreed(tx: Tx) -> AGREED:
    found: AGREED = {}
    for one in await sums.by_quarter(tx, sums.FAC, brief=True) if await _any_agreed(tx) else []:
        if _named(one):
            found.setdefault((one.pack, one.version, one.period), set()).add(one.key)
    return found


def _named(one: sums.Sum) -> bool:
    return one.figures.delivery.named == one.sessions


async def _by_block(tx: Tx, blocks: list[Block], wanted: Wanted, brief: bool) -> dict[Block, Figures]:
    """What each block comes to, in their order."""
    if not blocks:
        return {}
    asked = (wanted.since, wanted.until) if brief else ("", "")
    every = await sums.by_quarter(tx, sums.SITE, wanted.pack, wanted.version, *asked, brief=brief)
    found = {(one.pack, one.version, one.period, one.key): one.figures for one in every}
    return {
        block: _total(
            found[key] for one in block.cells if (key := (one.pack, one.version, one.quarter, one.site)) in found
        )
        for block in blocks
    }


class _Few:
    """What is held back of blocks because few answered (`core.figures.few`), version by version."""

    def __init__(self, figures: Mapping[Block, Figures]) -> None:
        self._at: dict[Block, int] = {}
        by: dict[tuple[str, str], list[tuple[tuple[str, ...], dict[str, int]]]] = {}
        for block, one in figures.items():
            mine = by.setdefault((block.pack, block.version), [])
            self._at[block] = len(mine)
            mine.append((block.quarters, few.counts(one)))
        self._bound = {key: few.bound(some) for key, some in by.items()}

    def of(self, some: list[Block]) -> frozenset[str]:
        """Of the sum of these, all of one version."""
        if not self._at:
            return frozenset()
        return few.held_back(self._bound[some[0].pack, some[0].version], [self._at[one] for one in some])


def _by_version(some: list[Block], figures: Mapping[Block, Figures]) -> dict[tuple[str, str], Figures]:
    """(pack, version) → what these blocks come to."""
    found: dict[tuple[str, str], list[Figures]] = {}
    for one in some:
        found.setdefault((one.pack, one.version), []).append(figures[one])
    return {key: _total(mine) for key, mine in found.items()}


def _total(some: Iterable[Figures]) -> Figures:
    out: Figures | None = None
    for one in some:
        out = one if out is None else plus(out, one)
    return out or NOTHING


def _part(site: str, some: list[Block], figures: Figures, matching: int) -> Part:
    quarters = sorted({quarter for one in some for quarter in one.quarters})
    facs = frozenset[str]().union(*(one.facs for one in some))
    return Part(site, "", some[0].pack, some[0].version, quarters[0], quarters[-1], len(facs), matching, figures)


def _owns(found: Mapping[tuple[str, str, str], list[tuple[str, sums.Sum]]], wanted: Wanted) -> list[Part]:
    """Of each what lies in the quarters that are asked for."""
    return [part for key, some in sorted(found.items()) if (part := _own(key, some, wanted)) is not None]


def _own(key: tuple[str, str, str], every: list[tuple[str, sums.Sum]], wanted: Wanted) -> Part | None:
    fac, pack, version = key
    at = [k for k, (quarter, _) in enumerate(every) if wanted.has(pack, version, quarter)]
    if not at:
        return None
    bound = few.bound([((quarter,), few.counts(one.figures)) for quarter, one in every])
    some = [every[k] for k in at]
    n = sum(one.sessions for _, one in some)
    quarters = sorted(quarter for quarter, _ in some)
    out = _total(one.figures for _, one in some)
    held = few.held_back(bound, at)
    return Part(ALL, fac, pack, version, quarters[0], quarters[-1], 1, n, out, held)
