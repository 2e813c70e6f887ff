"""Who may see the figures of whom. Facilitators are employees: their own figures are theirs; others see groups of five.

    released(cells) → blocks; every figure that is shown is a sum of whole blocks

Sessions fall into cells: one version of a pack, one quarter, one site. Cells are put together to blocks that share
nothing, each with at least FIVE different facilitators, and a view shows the sum of the blocks that lie wholly inside
what was asked for. So whatever views somebody lays side by side, adds and takes from one another, what remains is made
of whole blocks: no fewer than five can be told apart. A view that was made from its own sessions instead could be taken
from a greater one; five of six at a site is the sixth.

How blocks are made does not depend on what is asked for, and only on what came before: quarters are put together, the
oldest first, until there are five; what is left at the end waits for the next quarter. Such a stretch is divided by
site where each site in it has five, and those that have not have five together; else it is one block.

Whoever looks knows their own figures, and those shown under a name by an agreement: these sessions count for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

FIVE = 5
"""The smallest group of facilitators whose figures others see."""


class Cell(msgspec.Struct, frozen=True):
    """Sessions of one version of a pack in one quarter (`2026-Q4`) at one site. `facs`: who led those that the viewer
    does not know already. `sessions`: all of them."""

    pack: str
    version: str
    quarter: str
    site: str
    facs: frozenset[str]
    sessions: int


class Block(msgspec.Struct, frozen=True):
    """Cells whose sum may be shown. `sites`: those in it, sorted."""

    pack: str
    version: str
    quarters: tuple[str, ...]
    sites: tuple[str, ...]
    facs: frozenset[str]
    sessions: int
    cells: tuple[Cell, ...]


class Wanted(msgspec.Struct, frozen=True):
    """What is asked for; empty is everything. `since`, `until`: quarters, ends included."""

    pack: str = ""
    version: str = ""
    since: str = ""
    until: str = ""

    def has(self, pack: str, version: str, *quarters: str) -> bool:
        """Whether all of these quarters of this version are asked for."""
        return (
            (not self.pack or pack == self.pack)
            and (not self.version or version == self.version)
            and all((not self.since or one >= self.since) and (not self.until or one <= self.until) for one in quarters)
        )


def view(blocks: Iterable[Block], wanted: Wanted, site: str | None = None) -> list[Block]:
    """The blocks that lie wholly in what is asked for, and wholly at this site; None: wherever they are."""
    return [
        one
        for one in blocks
        if wanted.has(one.pack, one.version, *one.quarters) and (site is None or one.sites == (site,))
    ]


def released(cells: Iterable[Cell], least: int = FIVE) -> list[Block]:
    """The blocks, by pack, version, quarters, sites. Sessions in none of them are shown to nobody but who led them."""
    packs: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        packs.setdefault((cell.pack, cell.version), []).append(cell)
    out: list[Block] = []
    for _, some in sorted(packs.items()):
        for stretch in _stretches(some, least):
            out += _by_site(stretch, least)
    return out


def _stretches(cells: Sequence[Cell], least: int) -> list[list[Cell]]:
    """Consecutive quarters put together until enough facilitators are in them. What is not enough at the end is left
    out, not added to the stretch before: that one may have been shown."""
    found: list[list[Cell]] = []
    open_: list[Cell] = []
    for quarter in sorted({one.quarter for one in cells}):
        open_ = [*open_, *(one for one in cells if one.quarter == quarter)]
        if len(_facs(open_)) >= least:
            found.append(open_)
            open_ = []
    return found


def _by_site(stretch: Sequence[Cell], least: int) -> list[Block]:
    sites: dict[str, list[Cell]] = {}
    for cell in stretch:
        sites.setdefault(cell.site, []).append(cell)
    enough = {site: some for site, some in sites.items() if len(_facs(some)) >= least}
    rest = [cell for site, some in sites.items() if site not in enough for cell in some]
    if not enough or (rest and len(_facs(rest)) < least):
        return [_block(stretch)]
    return [_block(some) for _, some in sorted(enough.items())] + ([_block(rest)] if rest else [])


def _block(cells: Sequence[Cell]) -> Block:
    return Block(
        pack=cells[0].pack,
        version=cells[0].version,
        quarters=tuple(sorted({one.quarter for one in cells})),
        sites=tuple(sorted({one.site for one in cells})),
        facs=_facs(cells),
        sessions=sum(one.sessions for one in cells),
        cells=tuple(sorted(cells, key=lambda one: (one.quarter, one.site))),
    )


def _facs(cells: Iterable[Cell]) -> frozenset[str]:
    return frozenset(fac for cell in cells for fac in cell.facs)


# ---- who is who ----------------------------------------------------------------------------------------------


def facilitators(led: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """(key of who led it or empty, laptop) → whom that is counted as; empty where nobody can say.

    Who has no key is counted as their laptop, unless somebody led with a key on it: then it may be that one.
    """
    pairs = set(led)
    keyed = {laptop for fac, laptop in pairs if fac}
    return {(fac, laptop): fac or ("" if laptop in keyed else laptop) for fac, laptop in pairs}
