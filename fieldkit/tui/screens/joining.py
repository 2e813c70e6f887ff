"""Who gets how far on the way in, what keeps the others out, and which address phones are shown."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core.views import RoomView
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Content, Pick, fit, join, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import RoomScreen, Said, heading
from fieldkit.tui.tools import AddressLine, FindingLine, JoiningState

MOST_FINDINGS = 4
"""With sentence and hint each; more than these nobody can do at once."""


def finding_words(found: FindingLine) -> tuple[str, str]:
    """Sentence and hint in the trainer's language, by code; what this terminal does not know as it came."""
    known = {
        "no-network": (
            _("This laptop is not on a network."),
            _("Join the Wi-Fi of the room, or open a hotspot: `fieldkit doctor --hotspot` says how."),
        ),
        "shown-unreachable": (
            _("The address {address} is on a network that phones cannot reach."),
            _("Choose another address of this laptop, or join the Wi-Fi of the room."),
        ),
        "moved": (
            _("The laptop's address changed: show the QR code again."),
            _("Phones that are in come back by themselves only if they can still reach the old address."),
        ),
        "no-neighbours": (
            _("No other device is on this laptop's network."),
            _("Phones are on another Wi-Fi or mobile data; or this Wi-Fi keeps devices apart: use a hotspot."),
        ),
        "isolation": (
            _("Devices are near ({n}), but nothing they send arrives."),
            _("This Wi-Fi keeps devices apart (use a hotspot), or the firewall here blocks port {port} (allow it)."),
        ),
        "portal": (
            _("Phones look for the internet ({n}) and do not open the page."),
            _("Tell them: tap “Stay connected”, switch mobile data off, then open {url}."),
        ),
        "https": (
            _("Somebody typed https."),
            _("The address begins with http, without the s: {url}"),
        ),
        "typed": (
            _("Somebody typed {typed}, which is not this laptop."),
            _("The right address is {url}. A name that should lead here is allowed with --allow-host or --invite."),
        ),
        "wrong-codes": (
            _("Wrong room codes were typed ({n})."),
            _("The room code is {code}. Another session may be near: compare the title on the phone."),
        ),
        "pages-no-join": (
            _("The page is open on phones ({n}) and nobody has come in."),
            _("Say what to type: the room code {code} and their name."),
        ),
        "nobody-live": (
            _("People came in ({n}) and no phone is connected now."),
            _("Phones asleep are normal. If they say “not connected”, they left the Wi-Fi: look at mobile data."),
        ),
        "not-announced": (
            _("The session is not announced on the network."),
            _("Phones do not need it; `fieldkit join` needs the address. The cause: {problem}"),
        ),
        "look-alike": (
            _("Another laptop announces the same name: {name} at {where}."),
            _("Say which address is yours, and compare the room code."),
        ),
        "impostor": (
            _("Somebody at {where} announces this very session."),
            _("Show the address on the wall, and do not rely on discovery; the address {url} is yours."),
        ),
    }.get(found.code)
    if known is None:
        return found.sentence, found.hint
    return filled(known[0], found.params), filled(known[1], found.params)


def filled(template: str, params: dict[str, str]) -> str:
    """`{name}` replaced in one pass: foreign text with braces in it stays what it is."""
    out, rest = [], template
    while "{" in rest:
        before, _brace, after = rest.partition("{")
        name, _end, rest = after.partition("}")
        out += [before, params.get(name, "")]
    return "".join([*out, rest])


def steps_line(state: JoiningState, width: int) -> Content:
    """The funnel, left to right; where a number falls to nothing, that is where people are stuck."""
    near = "–" if state.near is None else str(state.near)
    steps = [(_("near"), near), (_("seen"), state.seen), (_("page"), state.page), (_("joined"), state.joined)]
    steps += [(_("live"), state.live), (_("answered"), state.answered)]
    parts = [join(plain(f"{word} ", "$muted"), plain(str(n), "bold")) for word, n in steps]
    return fit(join(plain(" "), plain("  ▸ ").join(parts)), width)


def address_row(line: AddressLine, width: int) -> Content:
    kinds = {
        "lan": _("Wi-Fi or cable"),
        "public": _("public address"),
        "vpn": _("VPN: phones do not reach it"),
        "container": _("virtual network: phones do not reach it"),
        "link-local": _("no network: phones do not reach it"),
        "loopback": _("this laptop only"),
    }
    shown = plain("✓ " + _("shown"), "bold $saved") if line.shown else plain("")
    good = line.kind in ("lan", "public")
    head = join(fit(line.ip, 17, "bold" if good else "$muted"), fit(line.interface, 14, "$muted"))
    return fit(join(head, fit(kinds.get(line.kind, line.kind), 38, "" if good else "$muted"), shown), width)


class JoiningScreen(RoomScreen):
    """Above how far people get, below the laptop's addresses; enter shows the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "show", "show this address", "Screen", foot=True)]

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Block(id="steps")
        yield Pick(classes="body")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Pick).focus()
        super().on_mount()

    def show_room(self, view: RoomView) -> None:
        width = self.size.width
        if width < 40:
            return
        try:
            state = self.live.tools.joining()
        except FieldkitError as wrong:
            self.tell(wrong.sentence)
            return
        self.query_one("#top", Block).show(fit(heading(_("Joining"), view.title), width))
        out = [steps_line(state, width), plain("")]
        for found in state.findings[:MOST_FINDINGS]:
            sentence, hint = finding_words(found)
            out += [join(plain(" "), line) for line in wrap(sentence, width - 2, 2, "bold $waiting")]
            out += [join(plain("   "), line) for line in wrap(hint, width - 4, 2)]
        if not state.findings:
            out.append(plain(" " + _("Nothing is wrong with joining."), "$muted"))
        self.query_one("#steps", Block).show(*out, plain(""))
        lines = [(a.ip, address_row(a, width - 3)) for a in state.addresses]
        self.query_one(Pick).show(lines)

    @on(Pick.OptionSelected)
    def action_show(self) -> None:
        at = self.query_one(Pick).at
        if at is None:
            return
        try:
            self.live.tools.show_address(at)
        except FieldkitError as wrong:
            self.tell(wrong.sentence, wrong.hint)
            return
        self.tell(_("Phones are shown this address now."), at, ok=True)
        self.redraw()
