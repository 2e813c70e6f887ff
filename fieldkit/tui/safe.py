"""The only door by which text becomes something on the terminal.

Textual hands escape sequences inside user text to the terminal (OSC 52 writes the clipboard, CSI 2J clears the
screen) and reads square brackets as markup: a worker called `Ann [/] Lee` would end the app, `[@click=…]` would run
an action. So strings become Content only here, by `plain`, and only the widgets of this module are used: they take
Content, never `str`, and mypy holds everybody to it. tests/tui/test_lint.py forbids every other way in.

What is dropped: control and C1 characters, bidi embeddings, overrides and isolates, zero-width and other format
characters, private and unassigned ones; variation selectors and skin tones, because terminals disagree with Textual
about their width and the line would break; combining marks beyond three on one letter. ZWJ and ZWNJ stay between
letters (Persian, Hindi) and go elsewhere (emoji sequences).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.visual import VisualType
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

__all__ = [
    "FIELD_KEYS",
    "Block",
    "Content",
    "Field",
    "Pick",
    "Secret",
    "Tick",
    "fit",
    "join",
    "plain",
    "rows",
    "tidy",
    "width_of",
    "wrap",
]

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINERS = "\u200c\u200d"
_MARKS_MAX = 3
HEADING = "-"
PASTED = 4
"""So many times what a field holds is looked at of a pasted text: some of it may be dropped."""
EMPTY = Content("")


@lru_cache(maxsize=8192)
def tidy(text: str) -> str:
    """`text` on one line, with nothing in it that a terminal would obey or measure differently from us."""
    if text.isascii() and text.isprintable():
        return text
    out: list[str] = []
    marks = 0
    for c in text:
        if c in _JOINERS:
            if out and unicodedata.category(out[-1])[0] in "LM":
                out.append(c)
            continue
        kind = unicodedata.category(c)
        if kind in ("Zl", "Zp", "Zs") or c in "\t\n\v\f\r\x85":
            out.append(" ")
            marks = 0
            continue
        if kind in _DROPPED or "\ufe00" <= c <= "\ufe0f" or "\U0001f3fb" <= c <= "\U0001f3ff":
            continue
        if kind[0] == "M":
            marks += 1
            if marks > _MARKS_MAX or not out:
                continue
        else:
            marks = 0
        out.append(c)
    return "".join(out)


def plain(text: str, style: str = "") -> Content:
    """`text` as it is, never as markup; `style` is ours and literal (`bold $accent`)."""
    return Content.styled(tidy(text), style, strip_control_codes=False) if text else EMPTY


def fit(text: str | Content, width: int, style: str = "", *, right: bool = False) -> Content:
    """Exactly `width` cells: cut with … or padded, on the left for numbers."""
    made = plain(text, style) if isinstance(text, str) else text
    if width <= 0:
        return EMPTY
    if right and made.cell_length < width:
        return made.pad_left(width - made.cell_length)
    return made.truncate(width, ellipsis=True, pad=True)


def join(*parts: Content) -> Content:
    """Contents one after the other."""
    return EMPTY.join(parts)


def rows(lines: Iterable[Content]) -> Content:
    """Contents one under the other."""
    return Content("\n").join(lines)


def width_of(text: str) -> int:
    """Cells that `text` takes once it is cleaned."""
    return plain(text).cell_length


def wrap(text: str | Content, width: int, limit: int, style: str = "") -> list[Content]:
    """At most `limit` lines of `width` cells, broken between words; the last ends in … when something is left."""
    made = plain(text, style) if isinstance(text, str) else text
    if not made or width < 1 or limit < 1:
        return []
    lines = [line.rstrip() for line in made.wrap(width)]
    if len(lines) <= limit:
        return lines
    kept = lines[:limit]
    kept[-1] = fit(join(kept[-1], EMPTY if kept[-1].cell_length >= width else plain(" …")), width)
    if not kept[-1].plain.rstrip().endswith("…"):
        kept[-1] = join(kept[-1].truncate(width - 1), plain("…"))
    return kept


class Block(Static):
    """Lines that are only looked at. Redrawn when they changed, not once a second."""

    can_focus = False

    def __init__(self, *, id: str | None = None, classes: str | None = None, auto: bool = False) -> None:
        """`auto`: its width follows what it shows (style sheet: `width: auto`)."""
        super().__init__(EMPTY, id=id, classes=classes, markup=False)
        self._shown: Content = EMPTY
        self._height = 1
        self._auto = auto

    def show(self, *lines: Content) -> None:
        made = rows(lines)
        if made.is_same(self._shown):
            return
        grown = self._auto or len(lines) != self._height
        self._shown, self._height = made, len(lines)
        self.update(made, layout=grown)


class Pick(OptionList):
    """A list with a cursor. The row under it bears ▸ as well, for terminals without colours.

    `show` keeps the cursor on the same row id while rows come and go, and redraws only rows that changed, so that a
    hall of thousands costs what moved. `self.at` is the id under the cursor.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes, markup=False, compact=True)
        self._ids: list[str] = []
        self._rows: list[Content] = []
        self._marked: int | None = None

    @property
    def at(self) -> str | None:
        k = self.highlighted
        return self._ids[k] if k is not None and k < len(self._ids) else None

    def show(self, lines: Sequence[tuple[str, Content]], *, at: str | None = None) -> None:
        """Rows as (id, line); `at` moves the cursor there, else it stays where it was. An id that begins with
        HEADING is a heading: the cursor passes it over."""
        held = at if at is not None else self.at
        ids = [i for i, _ in lines]
        made = [line for _, line in lines]
        if ids == self._ids:
            for k, (old, new) in enumerate(zip(self._rows, made, strict=True)):
                if not new.is_same(old):
                    self._rows[k] = new
                    self.replace_option_prompt_at_index(k, self._prompt(k))
        else:
            self._ids, self._rows, self._marked = ids, made, None
            self.set_options([Option(self._prompt(k), disabled=i.startswith(HEADING)) for k, i in enumerate(ids)])
        if self._ids:
            k = self._ids.index(held) if held in self._ids else min(self.highlighted or 0, len(self._ids) - 1)
            while k + 1 < len(self._ids) and self._ids[k].startswith(HEADING):
                k += 1
            self.highlighted = k
            self._move_mark(k)

    def watch_highlighted(self, highlighted: int | None) -> None:
        super().watch_highlighted(highlighted)
        self._move_mark(highlighted)

    def _prompt(self, k: int) -> Content:
        lines = self._rows[k].split("\n")
        first = "▸ " if k == self._marked else "  "
        return rows(join(plain("  " if j else first), line) for j, line in enumerate(lines))

    def _move_mark(self, k: int | None) -> None:
        old, self._marked = self._marked, k
        for j in {old, k} - {None}:
            if j is not None and old != k and j < self.option_count and j < len(self._rows):
                self.replace_option_prompt_at_index(j, self._prompt(j))


class Field(Input):
    """One line to type or scan into. What is pasted is cleaned before it is drawn. What stands in it is selected when
    the cursor comes: typing takes its place, an arrow keeps it."""

    def __init__(self, *, hint: str = "", value: str = "", limit: int = 500, id: str | None = None) -> None:
        super().__init__(
            value=tidy(value), placeholder=tidy(hint), id=id, max_length=limit, compact=True, select_on_focus=True
        )

    def validate_value(self, value: str) -> str:
        return tidy(value)

    def _on_paste(self, event: events.Paste) -> None:
        # An empty clipboard has no first line; Input would raise.
        # Of a whole book only what the field can hold is looked at.
        lines = event.text[: PASTED * (self.max_length or 1)].splitlines()
        if lines:
            self.insert_text_at_cursor(tidy(lines[0])[: self.max_length])
        event.stop()
        event.prevent_default()


FIELD_KEYS = frozenset(
    key for b in Input.BINDINGS for key in (b.key if isinstance(b, Binding) else b[0]).split(",")
) | {"up", "down", "pageup", "pagedown"}
"""Keys that a field or a list needs itself."""


class Secret(Field):
    """One line that nobody may see: dots on the screen, nothing for the clipboard, gone once it was taken."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.password = True

    def take(self) -> str:
        """What was typed; the line is empty then."""
        typed, self.value = self.value, ""
        return typed

    def action_copy(self) -> None:
        """Not what stands behind the dots."""

    def action_cut(self) -> None:
        """As copying."""


class Tick(Static, can_focus=True):
    """A box to tick with space, `[x]` or `[ ]`, with words beside it: readable without colours."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "tick", show=False)]

    def __init__(self, label: Content, *, value: bool = False, id: str | None = None) -> None:
        super().__init__(EMPTY, id=id, markup=False)
        self._label = label
        self.value = value

    def on_mount(self) -> None:
        self._draw()

    def action_tick(self) -> None:
        self.value = not self.value
        self._draw()

    def on_click(self) -> None:
        self.action_tick()

    def _draw(self) -> None:
        self.update(join(plain("[x] " if self.value else "[ ] "), self._label))


def shown(visual: VisualType) -> str:
    """The bare text of what a widget of this module shows (for tests and the palette)."""
    return visual.plain if isinstance(visual, Content) else ""
