"""What people read of the sums: published examples, exact rounding, and nothing where nothing was asked."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core.figures import Agreed, Gain, Item, Moved, Pace, read

N = st.integers(0, 40)


def agreed(a: int, b: int, c: int, d: int) -> Agreed:
    return Agreed(yes_yes=a, yes_no=b, no_yes=c, no_no=d)


@pytest.mark.parametrize(
    ("cells", "kappa", "same"),
    [
        ((22, 2, 4, 11), "0.67", "84.62"),  # Sim & Wright, Physical Therapy 85, 2005, table 1
        ((40, 9, 6, 45), "0.7", "85"),  # Feinstein & Cicchetti, J. Clin. Epidemiol. 43, 1990: one agreement,
        ((80, 10, 5, 5), "0.32", "85"),  # two kappas
        ((20, 5, 10, 15), "0.4", "70"),
        ((0, 10, 10, 0), "-1", "0"),
        ((10, 0, 0, 10), "1", "100"),
    ],
)
def test_kappa_is_the_published_one(cells: tuple[int, int, int, int], kappa: str, same: str) -> None:
    found = agreed(*cells)
    share = read.same(found)
    assert (read.kappa(found).value, share.percent if share else None) == (kappa, same)


@given(N, N, N, N)
def test_kappa_is_what_cohens_formula_says(a: int, b: int, c: int, d: int) -> None:
    n, found = a + b + c + d, read.kappa(agreed(a, b, c, d))
    assert found.n == n
    if n < read.FEW:
        assert found.value is None and found.note == (read.TOO_FEW if n else "")
        return
    observed = Fraction(a + d, n)
    chance = Fraction((a + b) * (a + c) + (c + d) * (b + d), n * n)
    if chance == 1:
        assert (found.value, found.note) == (None, read.ALIKE)
    else:
        assert found.value is not None
        assert abs(Fraction(found.value) - (observed - chance) / (1 - chance)) <= Fraction(1, 200)


def test_all_of_one_mind_is_no_kappa_and_full_agreement() -> None:
    found = agreed(30, 0, 0, 0)
    share = read.same(found)
    assert (read.kappa(found).value, read.kappa(found).note) == (None, "alike")
    assert share is not None and share.percent == "100"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=0, max_size=30))
def test_discrimination_is_pearsons_r_of_the_pairs(pairs: list[tuple[bool, int]]) -> None:
    xs, rs = [int(x) for x, _ in pairs], [y for _, y in pairs]
    item = Item(
        whole=len(pairs),
        x=sum(xs),
        r=sum(rs),
        xx=sum(x * x for x in xs),
        rr=sum(y * y for y in rs),
        xr=sum(x * y for x, y in zip(xs, rs, strict=True)),
    )
    found = read.discrimination(item)
    if len(pairs) < read.FEW:
        assert found.value is None
        return
    n, mx, mr = len(pairs), sum(xs) / len(pairs), sum(rs) / len(pairs)
    vx, vr = sum((x - mx) ** 2 for x in xs), sum((y - mr) ** 2 for y in rs)
    if not vx or not vr:
        assert (found.value, found.note, found.n) == (None, "alike", n)
        return
    r = sum((x - mx) * (y - mr) for x, y in zip(xs, rs, strict=True)) / sqrt(vx * vr)
    assert found.value is not None and float(found.value) == pytest.approx(r, abs=0.005001)
    assert -1 <= float(found.value) <= 1
    assert (found.note == "backwards") == (r < -1e-12)


def test_gain_is_in_points_and_normalised_as_hake_has_it() -> None:
    """52 % before and 71 % after is 19 points and (71 − 52) ÷ (100 − 52)."""
    gain = Gain(n=100, pre_points=52, pre_of=100, post_points=71, post_of=100, rose=25, fell=6)
    assert read.points(gain) == "19"
    assert read.normalised(gain).value == "0.4"
    worse = Gain(n=20, pre_points=10, pre_of=20, post_points=5, post_of=20)
    assert (read.points(worse), read.normalised(worse).value) == ("-25", "-0.5")
    ceiling = Gain(n=20, pre_points=20, pre_of=20, post_points=20, post_of=20)
    assert (read.points(ceiling), read.normalised(ceiling).value, read.normalised(ceiling).note) == ("0", None, "alike")
    quiz = Gain(n=10, pre_points=10, pre_of=20, post_points=24, post_of=30)  # two questions before, three after
    assert read.points(quiz) == "30"


def test_nothing_is_said_of_nothing_and_few_is_said() -> None:
    none = Item()
    assert read.share(0, 0) is read.difficulty(none) is read.sure_wrong(none) is read.wrong_sure(none) is None
    assert read.discrimination(none) == read.Judged(0, None, "")
    assert read.normalised(Gain()) == read.kappa(Agreed()) == read.Judged(0, None, "")
    assert read.before(Gain()) is read.after(Gain()) is read.same(Agreed()) is read.became_right(Moved()) is None
    assert read.points(Gain()) == read.off(Pace()) == read.minutes(5, 0) == ""
    four = Item(n=4, right=4, sure_right=2, sure_wrong=2)
    assert read.difficulty(four) is read.sure_wrong(four) is None
    five = Item(n=5, right=2, sure_right=2, sure_wrong=3, unsure_wrong=2)
    share, sure, wrong = read.difficulty(five), read.sure_wrong(five), read.wrong_sure(five)
    assert share is not None and sure is not None and wrong is not None
    assert (share.percent, sure.percent, wrong.percent) == ("40", "60", "60")
    assert read.became_right(Moved(became_right=1, stayed_wrong=2, stayed_right=2)) == read.Share(1, 3)
    assert read.became_right(Moved(became_right=1, stayed_wrong=2)) is None
    assert read.became_right(Moved(stayed_right=9)) is None


@given(st.integers(0, 10**12), st.integers(1, 500))
def test_minutes_are_rounded_half_up(ms: int, of: int) -> None:
    exact = Fraction(ms, 60_000 * of)
    assert abs(Fraction(read.minutes(ms, of)) - exact) <= Fraction(1, 200)
