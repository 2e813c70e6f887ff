"""Sums → what people read of them: shares with both their numbers, gain, difficulty, discrimination, kappa.

Nothing is said where nothing was asked (None), n stands beside every figure, and what rests on fewer than FEW is not
judged. Decimals are strings with at most two places, rounded half up from whole numbers, so that every machine and
everybody with a pencil gets the same. Where each formula comes from stands in docs/delivery.md.
"""

from __future__ import annotations

from math import isqrt

import msgspec

from fieldkit.core.completion import decimal
from fieldkit.core.figures.counts import Agreed, Gain, Item, Moved, Pace
from fieldkit.core.learning import ratio

FEW = 10
"""Below so many people a question or a pair of evaluators is not judged."""
LEAST = 5
"""Answers of fewer people are not shown: as few as an anonymous round keeps by default."""
TOO_FEW, ALIKE, BACKWARDS = "few", "alike", "backwards"
"""Notes: fewer than FEW; everybody the same, so that nothing goes together with it; who knew the rest got it wrong more
often, so look at the question and its key."""


class Share(msgspec.Struct, frozen=True):
    """`part` of `of`, `of` ≥ 1."""

    part: int
    of: int

    @property
    def percent(self) -> str:
        return ratio(self.part * 100, self.of)


class Judged(msgspec.Struct, frozen=True):
    """A coefficient over `n`; None where there is none. `note`: why not, or what to be careful about; may be empty."""

    n: int
    value: str | None
    note: str = ""


def share(part: int, of: int) -> Share | None:
    """None of nothing."""
    return Share(part, of) if of > 0 else None


def minutes(ms: int, of: int = 1) -> str:
    """ms ÷ `of` as minutes with at most two places; empty of nothing."""
    return ratio(ms, 60_000 * of) if of > 0 else ""


# ---- pace ----------------------------------------------------------------------------------------------------


def off(pace: Pace) -> str:
    """Mean |real − planned| in minutes; empty where nothing was timed."""
    return minutes(pace.off_ms, pace.timed)


# ---- items ---------------------------------------------------------------------------------------------------


def difficulty(item: Item) -> Share | None:
    """Right of answered: the p value of classical test theory. The higher, the easier. None below LEAST."""
    return share(item.right, item.n) if item.n >= LEAST else None


def discrimination(item: Item) -> Judged:
    """Corrected item-total point-biserial correlation: right or wrong here against the points for everything else
    (Lord & Novick 1968): Pearson's r from sums."""
    n = item.whole
    if n < FEW:
        return Judged(n, None, TOO_FEW if n else "")
    both = n * item.xr - item.x * item.r
    spread = (n * item.xx - item.x**2) * (n * item.rr - item.r**2)
    if spread <= 0:
        return Judged(n, None, ALIKE)
    return Judged(n, _root(both, spread), BACKWARDS if both < 0 else "")


def _root(part: int, squared: int) -> str:
    """part ÷ √squared with two places, rounded half up away from zero."""
    hundredths = (isqrt((200 * part) ** 2 // squared) + 1) // 2
    return decimal(hundredths if part >= 0 else -hundredths)


def sure_wrong(item: Item) -> Share | None:
    """Confidently wrong: of those who were sure, how many were wrong. None below LEAST."""
    of = item.sure_right + item.sure_wrong
    return share(item.sure_wrong, of) if of >= LEAST else None


def wrong_sure(item: Item) -> Share | None:
    """Of those who were wrong and said how sure they were, how many were sure: what a poster will not put right. None
    below LEAST."""
    of = item.sure_wrong + item.unsure_wrong
    return share(item.sure_wrong, of) if of >= LEAST else None


# ---- before and after ----------------------------------------------------------------------------------------


def before(gain: Gain) -> Share | None:
    return share(gain.pre_points, gain.pre_of) if gain.n >= LEAST else None


def after(gain: Gain) -> Share | None:
    return share(gain.post_points, gain.post_of) if gain.n >= LEAST else None


def points(gain: Gain) -> str:
    """Percentage points from before to after; empty below LEAST."""
    if gain.n < LEAST or not (gain.pre_of and gain.post_of):
        return ""
    return ratio(100 * _gained(gain), gain.pre_of * gain.post_of)


def normalised(gain: Gain) -> Judged:
    """(after − before) ÷ (1 − before): what was learned of what could be (Hake 1998)."""
    could = (gain.pre_of - gain.pre_points) * gain.post_of
    if gain.n < FEW:
        return Judged(gain.n, None, TOO_FEW if gain.n else "")
    if could <= 0:
        return Judged(gain.n, None, ALIKE)
    return Judged(gain.n, ratio(_gained(gain), could))


def _gained(gain: Gain) -> int:
    return gain.post_points * gain.pre_of - gain.pre_points * gain.post_of


def asked_again(moved: Moved) -> int:
    """How many answered both times."""
    return moved.stayed_right + moved.became_right + moved.became_wrong + moved.stayed_wrong


def became_right(moved: Moved) -> Share | None:
    """Of those who were wrong at first, how many were right after they had talked. None below LEAST answers."""
    return share(moved.became_right, moved.became_right + moved.stayed_wrong) if asked_again(moved) >= LEAST else None


# ---- two evaluators ------------------------------------------------------------------------------------------


def judged_twice(agreed: Agreed) -> int:
    return agreed.yes_yes + agreed.yes_no + agreed.no_yes + agreed.no_no


def same(agreed: Agreed) -> Share | None:
    """Of what two evaluators judged, how often they said the same. None below LEAST."""
    n = judged_twice(agreed)
    return share(agreed.yes_yes + agreed.no_no, n) if n >= LEAST else None


def kappa(agreed: Agreed) -> Judged:
    """Agreement beyond chance (Cohen 1960): (observed − expected) ÷ (1 − expected)."""
    n = judged_twice(agreed)
    if n < FEW:
        return Judged(n, None, TOO_FEW if n else "")
    first, second = agreed.yes_yes + agreed.yes_no, agreed.yes_yes + agreed.no_yes
    chance = first * second + (n - first) * (n - second)
    if chance == n * n:
        return Judged(n, None, ALIKE)
    return Judged(n, ratio(n * (agreed.yes_yes + agreed.no_no) - chance, n * n - chance))
