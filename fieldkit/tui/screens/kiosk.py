"""A tablet that everybody without a phone uses in turn: its address, once, and how it is doing."""

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
from fieldkit.tui.say import _, error_words
from fieldkit.tui.screens.base import RoomScreen, Said, heading
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.qr import code_lines, width_beside


def state_words(state: str) -> tuple[str, str]:
    """(what is, style)."""
    return {
        "off": (_("There is no kiosk. [n] makes an address for one."), "bold"),
        "offered": (_("The address waits for a tablet. The first one that opens it is the kiosk."), "bold $accent"),
        "on": (_("The kiosk is connected."), "bold $saved"),
        "away": (_("The kiosk is silent: is its screen off, or its Wi-Fi gone?"), "bold $waiting"),
    }.get(state, (state, "bold"))


class KioskScreen(RoomScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("n", "offer", "make an address", "Kiosk", foot=True),
        key("D", "off", "take the kiosk back", "Kiosk", foot=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        """The address that waits for a tablet; it works once."""

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with Horizontal(classes="body"):
            yield Block(id="qr", auto=True)
            yield Block(id="how")
        yield Block(id="address")
        yield Said(id="said")
        yield KeyBar()

    def show_room(self, view: RoomView) -> None:
        self.query_one("#top", Block).show(fit(heading(_("Kiosk"), view.title), self.size.width))
        state = self.live.tools.kiosk_state()
        self.url = self.live.tools.kiosk_url()
        code, why = code_lines(self.url, self.size.height - 4)
        self.query_one("#qr", Block).show(*code)
        width = width_beside(code, self.size.width)
        words, style = state_words(state)
        out: list[Content] = [*wrap(words, width, 4, style), plain("")]
        if self.url:
            out += wrap(why, width, 3, "bold $waiting") if why else []
            scan = _("Open this on the tablet, or scan the code with it") if code else _("Open this on the tablet")
            out += wrap(scan, width, 3, "$muted")
        whole = self.url if len(self.url) <= self.size.width and len(code) <= self.size.height - 5 else ""
        if self.url and not whole:
            # No room for it on a line of its own: broken where a reader would.
            path, query, token = self.url.partition("?")
            out += [*wrap(path, width, 3, "bold"), *wrap(query + token, width, 3, "bold"), plain("")]
        self.query_one("#address", Block).show(plain(whole, "bold"))
        about = _("One after the other scans the badge or types the name, answers, and gives the tablet on.")
        self.query_one("#how", Block).show(*out, *wrap(about, width, 5, "$muted"))

    def next_keys(self) -> Sequence[str]:
        """There is nothing to take back where there is none."""
        return ("n", "escape") if self.live.tools.kiosk_state() == "off" else ("D", "n", "escape")

    def action_offer(self) -> None:
        self.run_worker(self._offer(), exclusive=True)

    async def _offer(self) -> None:
        try:
            await self.live.tools.kiosk()
        except FieldkitError as wrong:
            self.tell(error_words(wrong))
            return
        self.tell(_("This address works once."), ok=True)
        self.redraw()

    def action_off(self) -> None:
        question = _("Take the kiosk back? The tablet shows nothing any more; what was answered on it stays.")

        def sure(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._off(), exclusive=True)

        self.app.push_screen(Confirm(question), sure)

    async def _off(self) -> None:
        try:
            was = await self.live.tools.kiosk_off()
        except FieldkitError as wrong:
            self.tell(error_words(wrong))
            return
        self.tell(_("The kiosk is taken back.") if was else _("There was no kiosk."), ok=was)
        self.redraw()
