"""A session's run sheet as a picture: above what was planned, below what passed, on one scale of minutes.

The table under it says the same. Lengths are attributes, so that no style has to stand in the page; the numbers in the
bars are those of the table's rows.
"""

from __future__ import annotations

from markupsafe import Markup

from fieldkit.sync.central.front.look import Segment

WIDE, HIGH, GAP, TOP = 1000, 34, 8, 22


def drawn(segments: list[Segment], title: str, planned: str, real: str) -> Markup:
    """The picture, named by `title`; empty where there is nothing to draw."""
    start = min((a for one in segments for a, _ in one.spans), default=0.0)
    whole = max(
        [sum(one.planned for one in segments), *[b - start for one in segments for _, b in one.spans]], default=0
    )
    if whole <= 0:
        return Markup("")
    scale, parts = WIDE / whole, []
    at = 0.0
    for k, one in enumerate(segments, 1):
        parts.append(_bar(at * scale, one.planned * scale, TOP, k, "plan"))
        at += one.planned
    for k, one in enumerate(segments, 1):
        for a, b in one.spans:
            parts.append(_bar((a - start) * scale, (b - a) * scale, TOP * 2 + HIGH + GAP, k, "real"))
    high = TOP * 2 + HIGH * 2 + GAP + 22
    step = next((s for s in (5, 10, 15, 30, 60, 120, 240) if whole / s <= 8), 480)
    ticks = [
        Markup('<text class="tick" x="{}" y="{}">{}</text>').format(_n(m * scale), high - 4, m)
        for m in range(0, int(whole) + 1, step)
        if m * scale < WIDE - 20
    ]
    rows = Markup('<text class="row" x="0" y="{}">{}</text><text class="row" x="0" y="{}">{}</text>').format(
        TOP - 7, planned, TOP * 2 + HIGH + GAP - 7, real
    )
    return Markup('<svg class="line" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>').format(
        WIDE, high, title, rows, Markup("").join(parts), Markup("").join(ticks)
    )


def _bar(x: float, wide: float, y: int, k: int, what: str) -> Markup:
    if wide <= 0:
        return Markup("")
    inside = Markup('<text class="in" x="{}" y="{}">{}</text>').format(_n(x + wide / 2), y + 23, k)
    return Markup('<rect class="{} c{}" x="{}" y="{}" width="{}" height="{}"/>{}').format(
        what, (k - 1) % 6, _n(x), y, _n(max(wide - 2, 1)), HIGH, inside if wide > 22 else ""
    )


def _n(value: float) -> str:
    return f"{value:.1f}"
