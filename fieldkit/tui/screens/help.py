"""All keys of the screen below, made from the table that gives them their meaning."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen, Screen

from fieldkit.tui.keys import KeyBar, key, key_name, keys_of
from fieldkit.tui.safe import Block, Content, Field, fit, join, plain, width_of, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import brand
from fieldkit.tui.screens.layer import Layer


def help_columns(bindings: list[Binding], width: int) -> list[Content]:
    """Groups one under the other, in as many columns of 38 cells as fit."""
    groups: dict[str, list[Binding]] = {}
    for binding in bindings:
        groups.setdefault(binding.group.description if binding.group else "", []).append(binding)
    columns = max(1, min(3, width // 39))
    cell = width // columns
    blocks: list[list[Content]] = []
    for title, members in groups.items():
        rows = [plain(_(title), "bold")]
        rows += [
            join(fit(key_name(b), 7, "bold $accent", right=True), plain("  "), plain(_(b.description))) for b in members
        ]
        blocks.append([*rows, plain("")])
    total = sum(len(b) for b in blocks)
    stacks: list[list[Content]] = [[]]
    for block in blocks:
        if stacks[-1] and len(stacks[-1]) + len(block) // 2 > -(-total // columns) and len(stacks) < columns:
            stacks.append([])
        stacks[-1] += block
    height = max(len(s) for s in stacks)
    return [join(*(fit(s[k] if k < len(s) else plain(""), cell - 1) for s in stacks)) for k in range(height)]


def explained_lines(pairs: list[tuple[str, str]], width: int) -> list[Content]:
    """Under a heading, what stands on a screen at the left and what it means at the right."""
    column = max((width_of(name) for name, _words in pairs), default=0)
    out = [plain(_("What the lines say"), "bold")] if pairs else []
    for name, words in pairs:
        lines = wrap(words, max(10, width - column - 4), 3)
        out += [join(fit("" if k else f"  {name}", column + 4), line) for k, line in enumerate(lines)]
    return out


def found(bindings: list[Binding], typed: str) -> list[Binding]:
    """Those whose key or words hold what was typed."""
    looked = typed.strip().casefold()
    return [b for b in bindings if looked in _(b.description).casefold() or looked == key_name(b).casefold()]


class HelpScreen(Layer[None], ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape,question_mark", "close", "back", "Screen", foot=True),
        key("slash", "find", "search", "Screen", foot=True),
    ]

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self.below = below

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with VerticalScroll(classes="body"):
            yield Block(id="keys")
        with Horizontal(id="search"):
            yield Block(id="looked")
            yield Field(limit=40)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        title = join(brand(), plain(_("All keys here"), "bold"))
        every = keys_of(self.below)
        lines = help_columns(found(every, self.query_one(Field).value) or every, max(30, self.size.width - 2))
        if not self.query_one(Field).value:
            lines += explained_lines(getattr(self.below, "explained", list)(), max(30, self.size.width - 2))
        self.query_one("#looked", Block).show(plain(_("SEARCH ▸"), "bold $accent"))
        if len(lines) > self.query_one(VerticalScroll).size.height:
            title = join(title, plain("  " + _("↓ there are more below"), "$waiting"))
        self.query_one("#top", Block).show(title)
        self.query_one("#keys", Block).show(*(join(plain(" "), line) for line in lines))
        self.query_one(KeyBar).show_keys()

    @on(Field.Changed)
    def _typed(self) -> None:
        self._draw()

    def action_find(self) -> None:
        self.query_one("#search").add_class("-on")
        self.query_one(Field).focus()

    def action_close(self) -> None:
        self.dismiss(None)
