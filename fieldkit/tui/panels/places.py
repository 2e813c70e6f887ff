"""Places on a picture: how many hit each, and where people tapped, as a small map of digits."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from fieldkit.core.activities.hotspot import ELSEWHERE, PLACE, RIGHT_PLACE
from fieldkit.core.views import Bar, RoundLine, TargetView
from fieldkit.tui.panels.bars import value_lines
from fieldkit.tui.panels.sorting import fully_right
from fieldkit.tui.safe import Content, fit, join, plain
from fieldkit.tui.say import _

MAP_WIDTH = 24
MAP_HEIGHT = 8


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 <= found <= 1 else None


def _cell(point: Sequence[str], width: int, height: int) -> tuple[int, int] | None:
    if len(point) != 2:
        return None
    x, y = _number(point[0]), _number(point[1])
    if x is None or y is None:
        return None
    return min(width - 1, int(x * width)), min(height - 1, int(y * height))


def inside(target: TargetView, x: float, y: float) -> bool:
    """Whether a point lies in a region; fractions of width and height."""
    at = [_number(n) for n in target.at]
    if any(n is None for n in at):
        return False
    sides = [n for n in at if n is not None]
    if target.shape == "circle" and len(sides) == 3:
        return (x - sides[0]) ** 2 + (y - sides[1]) ** 2 <= sides[2] ** 2
    if target.shape == "rect" and len(sides) == 4:
        return sides[0] <= x <= sides[0] + sides[2] and sides[1] <= y <= sides[1] + sides[3]
    return False


def map_lines(line: RoundLine, width: int = MAP_WIDTH, height: int = MAP_HEIGHT) -> list[Content]:
    """Taps in each cell of the picture as a digit (9: nine or more), `·` inside a region nobody tapped."""
    taps: dict[tuple[int, int], int] = {}
    for point in line.points:
        cell = _cell(point, width, height)
        if cell is not None:
            taps[cell] = taps.get(cell, 0) + 1
    out = [plain("┌" + "─" * width + "┐", "$muted")]
    for y in range(height):
        cells = [plain("│", "$muted")]
        for x in range(width):
            n = taps.get((x, y), 0)
            here = any(inside(t, (x + 0.5) / width, (y + 0.5) / height) for t in line.targets)
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
