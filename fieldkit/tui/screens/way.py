"""On the way to head office: every session of this laptop, and how far its records have come."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core.views import RoomView
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import key
from fieldkit.tui.panels.sent import answer_words
from fieldkit.tui.panels.way import REFUSED, ladder, stage_dots, stage_sentence, stage_word
from fieldkit.tui.safe import Block, Content, fit, join, plain, wrap
from fieldkit.tui.say import _, count, error_words
from fieldkit.tui.screens.base import Said, heading
from fieldkit.tui.screens.listing import ListScreen
from fieldkit.tui.screens.stick import StickScreen
from fieldkit.tui.tools import WayLine


def way_row(line: WayLine, width: int) -> Content:
    state = plain(stage_word(line.stage), "bold") if line.readable else plain(_("damaged"), "bold $refused")
    if line.readable and line.said in REFUSED:
        state = plain("✕ " + _("held"), "bold $refused")
    size = fit(count("{n} record", "{n} records", line.records), 14, "$muted", right=True) if width > 90 else plain("")
    tail = join(
        fit(line.at, 16, "$muted"),
        size,
        plain("  "),
        stage_dots(line.stage),
        plain("  "),
        fit(state, 12),
    )
    head = join(fit(str(line.seq), 4, "$muted", right=True), plain("  "), plain(line.title or _("unknown title")))
    return join(fit(head, max(10, width - tail.cell_length - 1)), plain(" "), tail)


class WayScreen(ListScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "carry", "carry what is missing", "Session", foot=True),
        key("ctrl+r", "again", "look again", "Session", foot=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.way: list[WayLine] | None = None

    def below(self) -> ComposeResult:
        yield Block(id="about")

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.action_again()

    def action_again(self) -> None:
        self.run_worker(self._read(), exclusive=True)

    async def _read(self) -> None:
        try:
            self.way = await self.live.tools.way()
        except FieldkitError as e:
            self.query_one(Said).tell(error_words(e))
        self.redraw()

    def top(self, view: RoomView, width: int) -> Content:
        n = len([x for x in self.way or () if x.stage != "receipted"])
        beside = count("{n} without a receipt", "{n} without a receipt", n) if self.way is not None else _("Reading…")
        return heading(_("On the way to head office"), beside)

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        return [(str(x.seq), way_row(x, width)) for x in self.way or ()]

    def empty(self) -> str:
        return _("Reading…") if self.way is None else _("There is no session on this laptop.")

    def show_room(self, view: RoomView) -> None:
        super().show_room(view)
        line = next((x for x in self.way or () if str(x.seq) == self.at), None)
        width = self.size.width - 2
        said: list[Content] = []
        if line is not None:
            said.append(join(plain(" "), ladder(line.stage)))
            part = "part" if line.receipt or line.carried else ""  # an earlier state of it
            words = [stage_sentence(line.stage if line.stage != "kept" else part) + "."]
            if line.said in REFUSED:
                held, todo = answer_words(line.said, line.why)
                words = [f"{held[:1].upper()}{held[1:]}.", todo]
            if line.receipt:
                words.append(_("Receipt of {time}.", time=line.receipt))
            if line.carried:
                words.append(_("Copies: {folders}.", folders=", ".join(line.carried)))
            said += [plain(" ") + part for part in wrap(" ".join(words), width, 3)]
        self.query_one("#about", Block).show(*said)

    def action_carry(self) -> None:
        self.app.push_screen(StickScreen())
