"""A checklist: who has shown what. People down, items across; the same grid is looked at and signed off in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from fieldkit.core.views import CheckLine, ItemView, RoundLine
from fieldkit.tui.panels.figures import in_order
from fieldkit.tui.panels.prose import one_line
from fieldkit.tui.safe import Block, Content, fit, join, plain
from fieldkit.tui.say import _

NAME_LEAST = 14
CELL = 4
"""Cells of one item."""
RESULT = 12


def check_name(line: CheckLine) -> str:
    return line.name or line.badge or line.p


def by_name(lines: Sequence[CheckLine]) -> list[CheckLine]:
    """By group, then by name; two of one name are apart by badge or number."""
    return sorted(lines, key=lambda x: (x.group, in_order(check_name(x)), x.badge, x.p))


def result_words(line: CheckLine) -> Content:
    if line.passed is None:
        return plain(_("{n} of {of}", n=line.done, of=line.of), "$muted")
    return plain("✓ " + _("passed"), "bold $saved") if line.passed else plain("✕ " + _("not passed"), "bold $waiting")


def _cell(line: CheckLine, item: ItemView, here: bool) -> Content:
    """`✓`, `✕` or `·`, with brackets around the cell where the cursor is: readable without colours."""
    ok = line.items.get(item.id)
    sign = "·" if ok is None else "✓" if ok else "✕"
    style = "$muted" if ok is None else "bold $saved" if ok else "bold $waiting"
    left, right = ("[", "]") if here else (" ", " ")
    return join(plain(left, "bold $accent"), plain(sign, style), plain(right, "bold $accent"), plain(" "))


def columns_shown(width: int, items: int) -> int:
    """How many items fit beside names and results."""
    return max(1, min(items, (width - 2 - NAME_LEAST - RESULT) // CELL))


def head_row(items: Sequence[ItemView], first: int, shown: int, name: int, at: int | None = None) -> Content:
    """The numbers of the items; a critical one bears `!`."""
    cells = []
    for k in range(first, min(len(items), first + shown)):
        text = f"{k + 1}{'!' if items[k].critical else ''}"
        if k == at:  # for who sees no colours; beside two digits and their mark there is one cell left
            text = f"[{text}]" if len(text) < CELL - 1 else f"▸{text}"
        elif len(text) < CELL - 1:
            text = f" {text}"
        cells.append(fit(text, CELL, "bold $accent" if k == at else "$muted"))
    return join(plain(" "), fit(_("NAME"), name, "$muted"), plain(" "), *cells)


def grid_lines(
    people: Sequence[CheckLine],
    items: Sequence[ItemView],
    width: int,
    height: int,
    cursor: tuple[int, int] | None = None,
) -> list[Content]:
    """At most `height` lines: the heads, then the people around the cursor (row, column). Draws only what is seen."""
    shown = columns_shown(width, len(items))
    name = max(NAME_LEAST, width - 2 - RESULT - shown * CELL)
    row, column = cursor if cursor is not None else (0, 0)
    first = max(0, min(column - shown + 1, len(items) - shown)) if column >= shown else 0
    room = max(1, height - 1)
    top = max(0, min(row - room // 2, len(people) - room))
    twins = Counter(check_name(x) for x in people)
    out = [head_row(items, first, shown, name, column if cursor is not None else None)]
    for k in range(top, min(len(people), top + room)):
        line = people[k]
        here = cursor is not None and k == row
        cells = [_cell(line, items[c], here and c == column) for c in range(first, min(len(items), first + shown))]
        mark = plain("▸" if here else " ", "bold $accent")
        label = join(plain(f"{line.group} " if line.group else "", "$muted"), plain(_told_apart(line, twins)))
        out.append(join(mark, fit(label, name), plain(" "), *cells, fit(result_words(line), RESULT)))
    return out


def _told_apart(line: CheckLine, names: Mapping[str, int]) -> str:
    """The name, with the badge or the number where another one is called the same."""
    name = check_name(line)
    return f"{name} ({line.badge or line.p})" if names[name] > 1 else name


def item_words(items: Sequence[ItemView], k: int) -> Content:
    """The item under the cursor, whole."""
    if not 0 <= k < len(items):
        return plain("")
    item = items[k]
    critical = plain("  " + _("critical"), "bold $waiting") if item.critical else plain("")
    return join(plain(f"{k + 1}. ", "bold"), plain(one_line(item.text), "bold"), critical)


def checklist_lines(line: RoundLine, width: int, height: int) -> list[Content]:
    """On the live screen: how many passed, then people with their signs."""
    passed = sum(1 for x in line.checks if x.passed)
    words = _("{n} of {of} have passed", n=passed, of=len(line.checks))
    first = join(plain(" " + words, "bold"), plain("   " + _("[l] signs off"), "$accent"))
    people = by_name(line.checks)
    if not people or height < 3:
        return [fit(first, width)]
    room = height - 1
    out = [fit(first, width)]
    if len(people) + 1 > room:
        drawn = grid_lines(people[: room - 2], line.items, width, room - 1)
        return [*out, *drawn, plain("   " + _("… {n} more: press l", n=len(people) - (room - 2)), "$muted")]
    return [*out, *grid_lines(people, line.items, width, room)]


class Grid(Block, can_focus=True):
    """The grid with a cursor: arrows, page up and down, home and end move it. It says so in Moved and Pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1, 0)", show=False),
        Binding("down", "move(1, 0)", show=False),
        Binding("left", "move(0, -1)", show=False),
        Binding("right", "move(0, 1)", show=False),
        Binding("pageup", "move(-10, 0)", show=False),
        Binding("pagedown", "move(10, 0)", show=False),
        Binding("home", "move(-100000, 0)", show=False),
        Binding("end", "move(100000, 0)", show=False),
        Binding("enter", "press", show=False),
    ]

    class Moved(Message):
        """The cursor is elsewhere."""

    class Pressed(Message):
        """Enter on the cell of the cursor."""

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self.people: list[CheckLine] = []
        self.items: list[ItemView] = []
        self.row = self.column = 0

    @property
    def person(self) -> CheckLine | None:
        return self.people[self.row] if self.row < len(self.people) else None

    @property
    def item(self) -> ItemView | None:
        return self.items[self.column] if self.column < len(self.items) else None

    def fill(self, people: list[CheckLine], items: list[ItemView]) -> None:
        """The newest state; the cursor stays with its person when others come or go."""
        at = self.person
        self.people, self.items = people, items
        rows = [x.p for x in people]
        if at is not None and at.p in rows:
            self.row = rows.index(at.p)
        self._draw()

    def go_to(self, column: int) -> bool:
        """The cursor to this item of the same person; False where there is none."""
        if not 0 <= column < len(self.items):
            return False
        self.action_move(0, column - self.column)
        return True

    def action_move(self, down: int, right: int) -> None:
        self.row += down
        self.column += right
        self._draw()
        self.post_message(self.Moved())

    def action_press(self) -> None:
        self.post_message(self.Pressed())

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        self.row = max(0, min(self.row, len(self.people) - 1))
        self.column = max(0, min(self.column, len(self.items) - 1))
        width, height = self.size.width, self.size.height
        if width < 1 or height < 1:
            return
        if not self.people:
            self.show(plain(" " + _("Nobody is checked in."), "$muted"))
            return
        self.show(*grid_lines(self.people, self.items, width, height, (self.row, self.column)))
