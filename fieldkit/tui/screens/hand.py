"""One table for the phone of somebody who stands here: a code that works once, and for ten minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from fieldkit.core.views import RoomView
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Content, fit, plain, wrap
from fieldkit.tui.say import _, count, error_words
from fieldkit.tui.screens.base import RoomScreen, Said, heading
from fieldkit.tui.screens.qr import code_lines, width_beside
from fieldkit.tui.tools import SheetLink

LOOK_S = 1.0


def state_words(link: SheetLink) -> tuple[str, str]:
    """(what is, style)."""
    return {
        "off": (_("No link waits. [n] makes one."), "bold"),
        "offered": (_("Whoever opens this gets the file. It works once."), "bold $accent"),
        "taken": (_("The file was taken: {where}", where=link.phone), "bold $saved"),
        "over": (_("The ten minutes are over. [n] makes a new link."), "bold $waiting"),
    }.get(link.state, (link.state, "bold"))


class HandScreen(RoomScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("n", "link", "make a new link", "To a phone", foot=True),
        key("D", "off", "take the link back", "To a phone", foot=True),
    ]

    def __init__(self, what: str, as_: str) -> None:
        super().__init__()
        self.what, self.as_ = what, as_

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with Horizontal(classes="body"):
            yield Block(id="qr", auto=True)
            yield Block(id="how")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(LOOK_S, self.redraw)  # the minutes go by, and the phone takes it, without a record
        self.call_after_refresh(self.action_link)  # what it says needs a width

    def next_keys(self) -> Sequence[str]:
        return ("D", "n", "escape") if self.live.tools.sheet().state == "offered" else ("n", "escape")

    def show_room(self, view: RoomView) -> None:
        link = self.live.tools.sheet()
        title = heading(_("The table for one phone"), f"{self.what}.{self.as_}")
        self.query_one("#top", Block).show(fit(title, self.size.width))
        code, why = code_lines(link.url, self.size.height - 4)
        self.query_one("#qr", Block).show(*code)
        width = width_beside(code, self.size.width)
        words, style = state_words(link)
        out: list[Content] = [*wrap(words, width, 4, style), plain("")]
        if link.url:
            out += wrap(why, width, 3, "bold $waiting") if why else []
            out += [plain(link.url[k : k + width], "bold") for k in range(0, len(link.url), width)]
            minutes = -(-link.left // 60)
            left = count("It works for {n} more minute.", "It works for {n} more minutes.", minutes)
            out += [plain(""), *wrap(left, width, 2), plain("")]
        about = _(
            "The phone must be in this network. Where the file went is written down, for whoever is erased later."
        )
        self.query_one("#how", Block).show(*out, *wrap(about, width, 5, "$muted"))
        self.query_one(KeyBar).show_keys()

    def action_link(self) -> None:
        self.run_worker(self._link(), exclusive=True)

    async def _link(self) -> None:
        try:
            await self.live.tools.hand(self.what, self.as_)
        except FieldkitError as wrong:
            self.tell(error_words(wrong))
        self.redraw()

    def action_off(self) -> None:
        if self.live.tools.hand_off():
            self.tell(_("The link is taken back."), ok=True)
        self.redraw()
