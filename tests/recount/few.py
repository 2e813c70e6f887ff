"""What is held back because few answered: blocks that a figure shows together or not at all (docs/delivery.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.recount.figures import FEW, Sums

Cell = tuple[str, ...]
"""`item q1`, `spread q1 2`, `gain post`, `agree kit lock`: what a number of people stands behind."""


def cells(sums: Sums) -> dict[Cell, int]:
    """How many answered, by cell; none of nobody."""
    found: dict[Cell, int] = {}
    for key, n in sums.items():
        cell: Cell | None = None
        if key[0] in ("item", "gain") and key[2:] == ("n",):
            cell = key[:2]
        elif key[0] == "agree" or (key[0] == "spread" and key[3:] == ("n",)):
            cell = key[:3]
        if cell is not None and n:
            found[cell] = found.get(cell, 0) + n
    return found


def groups(blocks: Sequence[tuple[tuple[str, ...], int]]) -> list[set[int]]:
    """Of each block its quarters and how many answered → indexes that stand together, each group with five or more.

    Those with few are put together with others of the same quarters that have few, else with the smallest of the rest
    there, else with those of the next quarters; what is left at the end goes with the newest.
    """
    by: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for k, (quarters, n) in enumerate(blocks):
        if n:
            by.setdefault(quarters, []).append((n, k))
    done: list[set[int]] = []
    newest: set[int] | None = None
    open_: list[tuple[int, int]] = []
    for quarters in sorted(by):
        rest = sorted(x for x in by[quarters] if x[0] >= FEW)
        open_ += [x for x in by[quarters] if x[0] < FEW]
        if open_ and sum(n for n, _ in open_) < FEW and rest:
            open_.append(rest.pop(0))
        made = [(n, {k}) for n, k in rest]
        if sum(n for n, _ in open_) >= FEW:
            made.append((sum(n for n, _ in open_), {k for _, k in open_}))
            open_ = []
        if made:
            newest = min(made, key=lambda x: (x[0], sorted(x[1])))[1]
        done += [one for _, one in made]
    left = {k for _, k in open_}
    if left and newest is not None:
        newest |= left
    elif left:
        done.append(left)
    return done


def held(blocks: Sequence[tuple[tuple[str, ...], Sums]], shown: Iterable[int]) -> set[Cell]:
    """The cells that a sum of the blocks with these indexes does not show: it would cut a group in two."""
    mine, counted = set(shown), [(quarters, cells(sums)) for quarters, sums in blocks]
    out: set[Cell] = set()
    for cell in {x for _, of in counted for x in of}:
        for group in groups([(quarters, of.get(cell, 0)) for quarters, of in counted]):
            if 0 < len(group & mine) < len(group):
                out.add(cell)
    return out
