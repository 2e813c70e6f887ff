"""How to join, large: the QR code of the page, the address, the codes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from fieldkit.core.views import RoomView
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.step import here_words
from fieldkit.tui.safe import Block, Content, fit, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import RoomScreen, heading
from fieldkit.tui.screens.joining import JoiningScreen
from fieldkit.tui.screens.kiosk import KioskScreen
from fieldkit.tui.screens.qr import code_lines, spread_out, width_beside
from fieldkit.tui.tools import Invite, RoutedWay

WIFI = "wifi"


def wall_lines(url: str, width: int) -> list[Content]:
    """The projector's address from the first cell on, on one line where it fits: a mouse takes it whole."""
    return [plain(_("Projector"), "$muted"), *wrap(url, width, 3, "bold")] if url else []


class InviteScreen(RoomScreen):
    """One code at a time, so that a phone across the room never reads the wrong one: the page's first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("w", "turn", "next code: Wi-Fi, page", "Screen", foot=True),
        key("j", "joining", "who gets how far", "Screen", foot=True),
        key("k", "kiosk", "kiosk on a tablet", "Screen", foot=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._turn = 0

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with Horizontal(classes="body"):
            yield Block(id="qr", auto=True)
            yield Block(id="how")
        yield Block(id="address")
        yield KeyBar()

    def show_room(self, view: RoomView) -> None:
        self.query_one("#top", Block).show(fit(heading(_("How to join"), view.title), self.size.width))
        invite = self.live.invite()
        how = self.query_one("#how", Block)
        if invite is None:
            self.query_one("#address", Block).show(plain(""))
            how.show(plain(_("This laptop is not on a network yet."), "bold $waiting"))
            return
        if invite.moved and self.app.screen is self:
            self.live.tools.seen_moved()
        kind, text, way = self._codes(invite)[self._turn % len(self._codes(invite))]
        code, why = code_lines(text, self.size.height - 3)
        self.query_one("#qr", Block).show(*code)
        width = width_beside(code, self.size.width)
        out: list[Content] = []

        def part(label: str, value: str, style: str = "bold") -> None:
            if value:
                out.extend([*wrap(label, width, 2, "$muted"), *(wrap(value, width, 3, style)), plain("")])

        if why:
            out += [*wrap(why, width, 2, "bold $waiting"), plain("")]

        def address(label: str, url: str) -> None:
            if code:
                part(label, url)
            else:
                out.extend([*wrap(label, width, 2, "$muted"), *spread_out(url, width), plain("")])

        scan = _("Scan the code, or type this address") if code else _("Type this address on the phone")
        if kind == WIFI:
            part(_("First: scan the code to join the Wi-Fi") if code else _("First: join the Wi-Fi"), invite.wifi_name)
            part(_("Then press w: the next code opens the page"), invite.url)
        elif way is not None:
            address(scan, way.url)
            part(_("Place"), way.place)
        else:
            address(scan, invite.url)
        part(_("Room code"), ("  " if code else "    ").join(invite.code), "bold $accent")
        part(_("Fresh code, changes every 30 s: shows who is in the room"), "  ".join(invite.fresh))
        part(_("Also"), "   ".join(u for u in invite.urls if u != invite.url), "")
        part(_("From elsewhere"), "   ".join(f"{x.url} {x.place}".rstrip() for x in invite.routed), "")
        below = wall_lines(invite.wall_url, self.size.width)
        if len(code) + len(below) > self.size.height - 3:
            # A code that needs the height is not cut for it.
            part(_("Projector"), invite.wall_url, "")
            below = []
        self.query_one("#address", Block).show(*(below or [plain("")]))
        out += wrap(here_words(view), width, 2, "bold")
        how.show(*out)

    def _codes(self, invite: Invite) -> list[tuple[str, str, RoutedWay | None]]:
        """(kind, what the code says, the routed way it is for), in the order of the key."""
        wifi = [(WIFI, invite.wifi_qr, None)] if invite.wifi_qr else []
        return [("page", invite.qr_text, None), *wifi, *(("routed", x.qr_text, x) for x in invite.routed)]

    def action_turn(self) -> None:
        self._turn += 1
        self.redraw()

    def action_joining(self) -> None:
        self.app.push_screen(JoiningScreen())

    def action_kiosk(self) -> None:
        self.app.push_screen(KioskScreen())
