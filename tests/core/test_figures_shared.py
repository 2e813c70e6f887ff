"""Whose figures others see: five or more, whatever somebody adds up and takes away."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core.figures.shared import FIVE, Block, Cell, Wanted, facilitators, released, view

QUARTERS = ("2026-Q1", "2026-Q2", "2026-Q3")
PLACES = ("a", "b", "c")
PACKS = (("p", "1"), ("p", "2"), ("q", "1"))


def cell(
    facs: str, site: str = "a", quarter: str = "2026-Q1", pack: str = "p", version: str = "1", sessions: int = 0
) -> Cell:
    """One letter a facilitator."""
    return Cell(pack, version, quarter, site, frozenset(facs), sessions or len(facs))


def sites(blocks: Sequence[Block]) -> list[tuple[str, ...]]:
    return [one.sites for one in blocks]


def views(cells: Sequence[Cell], least: int) -> list[set[int]]:
    """What every question that can be asked shows: indexes of cells."""
    blocks = released(cells, least)
    ends = ("", *QUARTERS)
    packs = [("", ""), ("p", ""), *PACKS]
    out = []
    for (pack, version), since, until, site in product(packs, ends, ends, (None, *PLACES)):
        shown = view(blocks, Wanted(pack, version, since, until), site)
        found = {cells.index(x) for one in shown for x in one.cells}
        if found and found not in out:
            out.append(found)
        for each in {(one.pack, one.version) for one in shown}:  # each version is a row of its own
            row = {cells.index(x) for one in shown if (one.pack, one.version) == each for x in one.cells}
            if row not in out:
                out.append(row)
    return out


def rank(rows: list[list[Fraction]]) -> int:
    """By elimination."""
    left, found = [list(row) for row in rows], 0
    for column in range(len(left[0]) if left else 0):
        at = next((k for k in range(found, len(left)) if left[k][column]), None)
        if at is None:
            continue
        left[found], left[at] = left[at], left[found]
        for k in range(found + 1, len(left)):
            if left[k][column]:
                by = left[k][column] / left[found][column]
                left[k] = [x - by * y for x, y in zip(left[k], left[found], strict=True)]
        found += 1
    return found


def isolated(cells: Sequence[Cell], shown: Sequence[set[int]], least: int) -> list[str]:
    """Groups of fewer than `least` of whom some sum or difference of what is shown, with any weights, speaks alone.

    Such a combination is zero outside their cells: it exists if leaving those cells out lowers the rank.
    """
    rows = [[Fraction(int(k in one)) for k in range(len(cells))] for one in shown]
    everybody = sorted({fac for one in cells for fac in one.facs})
    whole = rank(rows)
    bad = []
    for some in combinations(everybody, min(least - 1, len(everybody))):
        outside = [k for k, one in enumerate(cells) if not one.facs <= set(some)]
        if rank([[row[k] for k in outside] for row in rows]) < whole:
            bad.append("".join(some))
    return bad


CELLS = st.dictionaries(
    st.tuples(st.sampled_from(PACKS), st.sampled_from(QUARTERS), st.sampled_from(PLACES)),
    st.frozensets(st.sampled_from("ABCDEFG"), min_size=1, max_size=5),
    max_size=9,
).map(lambda found: [Cell(*pack, quarter, site, facs, len(facs)) for (pack, quarter, site), facs in found.items()])


@settings(max_examples=60, deadline=None)
@given(CELLS, st.sampled_from([2, 3, 4]))
def test_no_combination_of_what_is_shown_speaks_of_fewer(cells: list[Cell], least: int) -> None:
    shown = views(cells, least)
    assert isolated(cells, shown, least) == []
    blocks = released(cells, least)
    assert all(len(one.facs) >= least for one in blocks)
    used = [x for one in blocks for x in one.cells]
    assert len(used) == len(set(used)) and set(used) <= set(cells)


def test_the_test_itself_finds_a_leak() -> None:
    """A site with three of four, shown beside everything: the fourth."""
    cells = [cell("ABC"), cell("D", "b")]
    assert isolated(cells, [{0, 1}], 3) == []
    assert isolated(cells, [{0, 1}, {0}], 3) == ["AD", "BD", "CD"]
    assert isolated(cells, views(cells, 3), 3) == []


@settings(max_examples=60, deadline=None)
@given(CELLS, st.randoms())
def test_what_is_shown_does_not_depend_on_the_order_or_on_later_quarters(cells: list[Cell], rng: object) -> None:
    """What was shown of quarters that are over stays as it was when another begins."""
    before = released([one for one in cells if one.quarter < QUARTERS[2]], 3)
    mixed = sorted(cells, key=lambda one: hash((one, str(rng))))
    assert released(mixed, 3) == released(cells, 3)
    after = [one for one in released(cells, 3) if one.quarters[-1] < QUARTERS[2]]
    assert after == before


@pytest.mark.parametrize(
    ("cells", "want"),
    [
        ([cell("ABCD")], []),
        ([cell("ABCDE")], [("a",)]),
        ([cell("ABCDE"), cell("F", "b")], [("a", "b")]),  # five of six: only all of them
        ([cell("ABCDE"), cell("FGHIJ", "b")], [("a",), ("b",)]),
        ([cell("ABCDE"), cell("FGH", "b"), cell("IJ", "c")], [("a",), ("b", "c")]),
        ([cell("ABCDE"), cell("ABCDE", "b")], [("a",), ("b",)]),  # the same five at two sites
        ([cell("ABCDE"), cell("ABCD", "b")], [("a", "b")]),
        ([cell("ABC"), cell("DEF", "b")], [("a", "b")]),
        ([cell(""), cell("ABCD", "b")], []),
    ],
)
def test_a_group_that_leaves_a_few_over_is_not_shown(cells: list[Cell], want: list[tuple[str, ...]]) -> None:
    assert sites(released(cells)) == want


def test_quarters_are_put_together_until_there_are_five() -> None:
    cells = [cell("ABC", quarter="2026-Q1"), cell("DE", quarter="2026-Q2"), cell("FG", quarter="2026-Q3")]
    found = released(cells)
    assert [one.quarters for one in found] == [("2026-Q1", "2026-Q2")]
    assert view(found, Wanted(since="2026-Q2")) == view(found, Wanted(until="2026-Q1")) == []
    assert view(found, Wanted(until="2026-Q2")) == found == view(found, Wanted(pack="p"), "a")
    assert view(found, Wanted(version="2")) == view(found, Wanted(), "b") == []


def test_who_looks_knows_their_own_and_counts_for_nobody() -> None:
    """Their cell is without them, as `sync.central.governance` makes it: five with oneself are four others."""
    assert released([cell("ABCDE")]) and not released([cell("BCDE", sessions=5)])


def test_who_has_no_key_is_their_laptop_unless_somebody_has_one_there() -> None:
    led = [("ann", "L1"), ("", "L1"), ("", "L2"), ("", "L3"), ("ben", "L4")]
    assert {pair: facilitators(led)[pair] for pair in led} == {
        ("ann", "L1"): "ann",
        ("", "L1"): "",
        ("", "L2"): "L2",
        ("", "L3"): "L3",
        ("ben", "L4"): "ben",
    }
    assert FIVE == 5
