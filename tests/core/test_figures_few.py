"""Answers of few people cannot be worked out from what is shown beside them, whatever somebody adds and takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core.figures import Figures, few, total
from fieldkit.core.figures.counts import Agreed, Item
from fieldkit.core.figures.shared import Cell, Wanted, released, view
from fieldkit.core.tables.governance import ALL, Part, made
from tests.core.figured import CLASS, by_hand
from tests.core.test_figures_shared import PACKS, PLACES, QUARTERS, cell, rank

Said = Mapping[Cell, int]
"""Cell → how many answered a question there."""


def shown(said: Said, least: int, *, careless: bool = False) -> list[set[int]]:
    """The cells whose answers each row of every view adds up. `careless`: as if too few were left out alone."""
    cells, ends, out = list(said), ("", *QUARTERS), list[set[int]]()
    for pack in PACKS:
        blocks = [one for one in released(cells, 2) if (one.pack, one.version) == pack]
        n = [sum(said[one] for one in block.cells) for block in blocks]
        bound = few.bound([(one.quarters, {"q": x} if x else {}) for one, x in zip(blocks, n, strict=True)], least)
        for since, until, site in product(ends, ends, (None, *PLACES)):
            at = [blocks.index(one) for one in view(blocks, Wanted(*pack, since, until), site)]
            if sum(n[k] for k in at) >= least and (careless or "q" not in few.held_back(bound, at)):
                out.append({cells.index(x) for k in at for x in blocks[k].cells if said[x]})
    return out


def told_apart(said: Said, rows: Sequence[set[int]], least: int) -> bool:
    """Whether some sum or difference of these, with any weights, is of fewer than `least` answers."""
    cells = list(said)
    table = [[Fraction(int(k in one)) for k in range(len(cells))] for one in rows]
    whole, some = rank(table), [k for k, one in enumerate(cells) if said[one]]
    for size in range(1, min(least, len(some) + 1)):
        for few_ in combinations(some, size):
            if sum(said[cells[k]] for k in few_) < least:
                left = [k for k in range(len(cells)) if k not in few_]
                if rank([[row[k] for k in left] for row in table]) < whole:
                    return True
    return False


CELLS = st.dictionaries(
    st.tuples(st.sampled_from(PACKS[:2]), st.sampled_from(QUARTERS), st.sampled_from(PLACES)),
    st.tuples(st.frozensets(st.sampled_from("ABCDE"), min_size=1, max_size=4), st.integers(0, 7)),
    max_size=9,
).map(lambda found: {Cell(*pack, quarter, site, facs, 9): n for (pack, quarter, site), (facs, n) in found.items()})


@settings(max_examples=120, deadline=None)
@given(CELLS, st.sampled_from([3, 5]))
def test_no_combination_of_what_is_shown_is_of_few_answers(said: Said, least: int) -> None:
    rows = shown(said, least)
    assert not told_apart(said, rows, least)
    for pack in PACKS[:2]:  # what everybody together said is not lost, as long as they are enough
        blocks = [one for one in released(list(said), 2) if (one.pack, one.version) == pack]
        every = {x for one in blocks for x in one.cells if said[x]}
        if sum(said[one] for one in every) >= least:
            assert {list(said).index(one) for one in every} in rows


def test_the_test_itself_finds_a_leak() -> None:
    """Twelve at one site, four at another: all of them without the twelve."""
    said = {cell("ABC"): 12, cell("ABD", "b"): 4}
    assert told_apart(said, shown(said, 5, careless=True), 5)
    assert not told_apart(said, shown(said, 5), 5)
    assert shown(said, 5) and all(one == {0, 1} for one in shown(said, 5))
    quarters = {cell("ABC"): 12, cell("ABD", quarter="2026-Q2"): 4}
    assert told_apart(quarters, shown(quarters, 5, careless=True), 5)
    assert not told_apart(quarters, shown(quarters, 5), 5)


def n_of(*some: tuple[str, int]) -> list[tuple[tuple[str, ...], dict[str, int]]]:
    return [((quarter,), {"q": n} if n else {}) for quarter, n in some]


def test_two_sites_with_few_answers_hide_each_other_and_nobody_else() -> None:
    blocks = n_of(("1", 9), ("1", 3), ("1", 2), ("1", 0))
    assert few.units(blocks, "q") == [{0}, {1, 2}]
    assert [few.held_back(few.bound(blocks), [k]) == {"q"} for k in range(4)] == [False, True, True, False]
    assert few.held_back(few.bound(blocks), range(4)) == frozenset()


def test_one_with_few_takes_the_smallest_of_its_quarters_along() -> None:
    assert few.units(n_of(("1", 9), ("1", 6), ("1", 3)), "q") == [{0}, {1, 2}]
    assert few.units(n_of(("1", 3), ("2", 9), ("2", 6)), "q") == [{1}, {0, 2}], "the next quarters"
    assert few.units(n_of(("1", 9), ("1", 6), ("2", 3)), "q") == [{1, 2}, {0}], "the newest, at the end"
    assert few.units(n_of(("1", 2), ("2", 2)), "q") == [{0, 1}], "all there is: too few are left out anyway"
    assert few.units(n_of(("1", 9), ("2", 8)), "q") == [{0}, {1}]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["1", "2", "3"]), st.integers(0, 9)), max_size=8))
def test_what_is_over_stays_as_it_was_once_another_quarter_has_enough(some: list[tuple[str, int]]) -> None:
    some = sorted(some, key=lambda x: x[0])
    before = few.units(n_of(*some), "q")
    later = few.units(n_of(*some, ("4", 9), ("4", 8)), "q")
    settled = [one for one in before if sum(some[k][1] for k in one) >= 5 and all(some[k][1] >= 5 for k in one)]
    assert [one for one in settled if one not in later] == []
    held = sum(n for _, n in some)
    assert sorted(k for one in later for k in one) == [k for k, (_, n) in enumerate([*some, ("4", 9), ("4", 8)]) if n]
    assert held < 5 or all(sum(some[k][1] for k in one) >= 5 for one in before)


def test_every_table_holds_back_what_is_named() -> None:
    """With the same words as where too few answered; of everything else as much as before."""
    figures = total([by_hand(CLASS)] * 4)
    every = frozenset(few.counts(figures))
    whole = Part(ALL, "", "measured", "1.0.0", "", "", 7, 4, figures)
    part = Part(ALL, "", "measured", "1.0.0", "", "", 7, 4, figures, every)
    for what in ("items", "spread", "gain", "rounds", "agreement"):
        table = made(what, [part])
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        assert rows and all(row["note"] == "few" and int(row["n"]) >= 5 for row in rows)
        said = {k for row in rows for k, v in row.items() if v} - set(table.columns[:8])
        assert said <= {"item", "text", "type", "graded", "round", "n", "note", "before", "after", "checklist"}
        assert any(row[-1] != "few" for row in made(what, [whole]).rows)
    for what in ("delivery", "segments", "activities"):
        assert made(what, [part]).rows == made(what, [whole]).rows


def test_sums_over_a_checklist_are_of_the_items_that_are_shown() -> None:
    """Else the one that is left out is what the sum has more."""
    agreed = {"kit/lock": Agreed(yes_yes=9), "kit/tag": Agreed(no_no=2, yes_no=1), "van/door": Agreed(no_no=4)}
    part = Part(ALL, "", "measured", "1.0.0", "", "", 7, 4, Figures(agreed=agreed, items={"q1": Item(n=9)}))
    table = made("agreement", [part])
    rows = {(x["checklist"], x["item"]): x for row in table.rows for x in [dict(zip(table.columns, row, strict=True))]}
    assert [(rows["kit", k]["n"], rows["kit", k]["yes_yes"]) for k in ("lock", "tag", "*")] == [
        ("9", "9"), ("3", ""), ("9", "9"),
    ]  # fmt: skip
    assert (rows["van", "*"]["n"], rows["van", "*"]["no_no"], rows["van", "*"]["note"]) == ("4", "", "few")
    assert (rows["*", "*"]["n"], rows["*", "*"]["no_no"]) == ("9", "0")
