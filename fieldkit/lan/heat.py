"""Where people tapped on a picture, as an SVG laid over it: a heat of cells, the points, and what was right.

Attributes only: the page's policy allows no inline style. Coordinates are fractions of the picture's width and height,
drawn in a box of 1000 × 1000 that is stretched over it.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from fieldkit.core.activities.hotspot import heat
from fieldkit.core.views import TargetView

COLUMNS, ROWS = 16, 10
MOST_POINTS = 300
"""More dots than this say nothing beside the heat, and cost a slow projector its breath."""


def fraction(text: str) -> float:
    """A decimal fraction as records have it; 0 for what is none (a view never breaks a page)."""
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0


def overlay(points: Sequence[Sequence[str]], targets: Sequence[TargetView]) -> Markup:
    """The SVG; empty when there is nothing to show."""
    if not points and not targets:
        return Markup("")
    at = [(fraction(p[0]), fraction(p[1])) for p in points if len(p) == 2]
    cells = heat(points, COLUMNS, ROWS)
    most = max(cells.values(), default=1)
    wide, high = 1000 / COLUMNS, 1000 / ROWS
    parts = [
        f'<rect x="{cx * wide:.0f}" y="{cy * high:.0f}" width="{wide:.0f}" height="{high:.0f}" '
        f'fill-opacity="{0.15 + 0.5 * n / most:.2f}"/>'
        for (cx, cy), n in sorted(cells.items())
    ]
    parts += [f'<ellipse cx="{x * 1000:.0f}" cy="{y * 1000:.0f}" rx="7" ry="10"/>' for x, y in at[:MOST_POINTS]]
    parts += [region(t, 1000, ' class="right"') for t in targets]
    return Markup(
        '<svg class="heat" viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">'
        + "".join(parts)
        + "</svg>"
    )


def region(t: TargetView, side: int, attribute: str = "") -> str:
    """A region in a box of `side` × `side`, with this attribute of ours; empty for a shape of another release."""
    at = [f"{fraction(x) * side:g}" for x in t.at]
    if t.shape == "circle" and len(at) == 3:
        return f'<ellipse{attribute} cx="{at[0]}" cy="{at[1]}" rx="{at[2]}" ry="{at[2]}"/>'
    if t.shape == "rect" and len(at) == 4:
        return f'<rect{attribute} x="{at[0]}" y="{at[1]}" width="{at[2]}" height="{at[3]}"/>'
    return ""
