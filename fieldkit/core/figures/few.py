"""What is held back of groups because few answered: answers of four that are left out at one site are not to be had by
taking the site beside it from the whole.

    counts(figures) → how many stand behind each cell
    units(...)      → blocks that a cell shows together or not at all, each with LEAST people or more
    bound(...)      → the units of every cell
    held_back(...)  → the cells that one sum of blocks does not show

Whatever is shown of a question is a sum of whole units, so whatever somebody adds and takes from one another is made of
whole units too: of LEAST people or more, as blocks are of FIVE facilitators (`figures.shared`). Units do not depend on
what is asked for. Statistics call this secondary suppression.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from fieldkit.core.figures import read
from fieldkit.core.figures.counts import Figures

Counts = Mapping[str, int]
"""Cell (`items:q1`, `spread:q1#2`, `gain:post`, `rounds:again`, `agreement:kit/lock`) → people it rests on."""
Blocks = Sequence[tuple[Sequence[str], Counts]]
"""Of each block its quarters and its counts, in an order that does not depend on what is asked for."""


Bound = Mapping[str, Sequence[set[int]]]


def cell(what: str, id: str, round: str = "") -> str:
    return f"{what}:{id}#{round}" if round else f"{what}:{id}"


def counts(figures: Figures) -> dict[str, int]:
    """How many people stand behind each cell of what was measured; cells of nobody are not in it."""
    found = {cell("items", id): one.n for id, one in figures.items.items()}
    found |= {cell("spread", id, no): one.n for id, some in figures.spread.items() for no, one in some.items()}
    found |= {cell("gain", id): one.n for id, one in figures.gain.items()}
    found |= {cell("rounds", id): read.asked_again(one) for id, one in figures.moved.items()}
    found |= {cell("agreement", id): read.judged_twice(one) for id, one in figures.agreed.items()}
    return {name: n for name, n in found.items() if n}


def bound(blocks: Blocks, least: int = read.LEAST) -> Bound:
    """Cell → its units of more than one block."""
    names = sorted({name for _, of in blocks for name in of})
    found = {name: [unit for unit in units(blocks, name, least) if len(unit) > 1] for name in names}
    return {name: some for name, some in found.items() if some}


def held_back(bound: Bound, shown: Collection[int]) -> frozenset[str]:
    """The cells that the sum of the blocks with these indexes does not show, although LEAST may have answered: it would
    cut a unit in two."""
    mine = set(shown)
    return frozenset(name for name, some in bound.items() if any(0 < len(one & mine) < len(one) for one in some))


def units(blocks: Blocks, name: str, least: int = read.LEAST) -> list[set[int]]:
    """Indexes of blocks that this cell shows together. Blocks with too few are put together: those of the same
    quarters, with the smallest of the others there where they are not enough by themselves; else with those of the next
    quarters, so that what is over stays as it was. What is left at the end goes with the newest."""
    quarters: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for k, (when, of) in enumerate(blocks):
        if of.get(name, 0):
            quarters.setdefault(tuple(when), []).append((of[name], k))
    found: list[set[int]] = []
    newest: tuple[int, set[int]] | None = None
    loose: list[tuple[int, int]] = []
    for _, some in sorted(quarters.items()):
        loose += [x for x in some if x[0] < least]
        enough = sorted(x for x in some if x[0] >= least)
        if loose and _n(loose) < least and enough:
            loose.append(enough.pop(0))
        made = [(n, {k}) for n, k in enough]
        if loose and _n(loose) >= least:
            made.append((_n(loose), {k for _, k in loose}))
            loose = []
        newest = min(made, key=lambda x: (x[0], sorted(x[1])), default=newest)
        found += [unit for _, unit in made]
    if loose and newest is not None:
        newest[1].update(k for _, k in loose)
    elif loose:
        found.append({k for _, k in loose})
    return found


def _n(some: Iterable[tuple[int, int]]) -> int:
    return sum(n for n, _ in some)
