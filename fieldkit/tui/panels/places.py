"""Places on a picture: how many hit each, and where people tapped, as a small map of digits."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from fieldkit.core.activities.hotspot import ELSEWHERE, PLACE, RIGHT_PLACE, heat, inside
from fieldkit.core.views import Bar, RoundLine
from fieldkit.tui.panels.bars import value_lines
from fieldkit.tui.panels.sorting import fully_right
from fieldkit.tui.safe import Content, fit, join, plain
from fieldkit.tui.say import _

MAP_WIDTH = 24
MAP_HEIGHT = 8


def map_lines(line: RoundLine, width: int = MAP_WIDTH, height: int = MAP_HEIGHT) -> list[Content]:
    """Taps in each cell of the picture as a digit (9: nine or more), `·` inside a region nobody tapped."""
    taps = heat(line.points, width, height)
    out = [plain("┌" + "─" * width + "┐", "$muted")]
    for y in range(height):
        cells = [plain("│", "$muted")]
        for x in range(width):
            n, middle = taps[x, y], (Decimal(2 * x + 1) / (2 * width), Decimal(2 * y + 1) / (2 * height))
            here = any(inside(t, middle) for t in line.targets)
            if n:
                cells.append(plain(str(min(n, 9)), "bold $saved" if here else "bold $waiting"))
            else:
                cells.append(plain("·" if here else " ", "$saved"))
        out.append(join(*cells, plain("│", "$muted")))
    return [*out, plain("└" + "─" * width + "┘", "$muted")]


def region(bar: Bar) -> str:
    """The words of a row; those that the core made up in the trainer's language."""
    if bar.id == ELSEWHERE:
        return _("elsewhere")
    if bar.text == RIGHT_PLACE:
        return _("the right place")
    head, _space, n = bar.text.rpartition(" ")
    if n.isdecimal() and head == RIGHT_PLACE:
        return _("the right place {n}", n=n)
    return _("place {n}", n=n) if n.isdecimal() and head == PLACE else bar.text or bar.id


def hotspot_lines(line: RoundLine, width: int, height: int) -> list[Content]:
    """The map and, beside it, how many hit each region, tapped elsewhere, or answered in words."""
    bars = [replace(b, text=region(b)) for b in line.bars]
    tall = min(MAP_HEIGHT, height - 2)
    drawn = map_lines(line, MAP_WIDTH, tall) if tall >= 3 and (line.points or line.targets) else []
    side = width - (MAP_WIDTH + 3 if drawn else 0)
    tail = [fit(t, side) for t in fully_right(line)]
    room = max(1, (len(drawn) or height) - len(tail) - 1)
    right = [*value_lines(bars, side, room, of=max(1, line.answered)), plain(""), *tail]
    if not drawn:
        return right
    out = []
    for k in range(max(len(drawn), len(right))):
        first = fit(drawn[k], MAP_WIDTH + 2) if k < len(drawn) else plain(" " * (MAP_WIDTH + 2))
        out.append(join(plain(" "), first, right[k] if k < len(right) else plain("")))
    return out
