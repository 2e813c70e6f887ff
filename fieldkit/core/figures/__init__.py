"""Delivery governance: how sessions were run and what their questions measured, in sums that hold nobody.

    figures_of(session) → Figures | None      one ended session
    plus, minus, total                        sums of many
    `figures.read`                            what people read: shares, gain, difficulty, discrimination, kappa
    `figures.shared`                          who may see the figures of whom

docs/delivery.md says what each figure means and what it does not say.
"""

from __future__ import annotations

from fieldkit.core.figures.counts import (
    NOTHING,
    Agreed,
    Delivery,
    Figures,
    Gain,
    Item,
    Moved,
    Pace,
    Spread,
    Took,
    minus,
    plus,
    total,
)
from fieldkit.core.figures.session import figures_of

__all__ = [
    "NOTHING",
    "Agreed",
    "Delivery",
    "Figures",
    "Gain",
    "Item",
    "Moved",
    "Pace",
    "Spread",
    "Took",
    "figures_of",
    "minus",
    "plus",
    "total",
]
