"""Who gets how far on the way in, what keeps the others out, and which address phones are shown."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core.views import RoomView
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import key
from fieldkit.tui.safe import Block, Content, fit, join, plain, wrap
from fieldkit.tui.say import _, error_words, told
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.listing import ListScreen
from fieldkit.tui.tools import AddressLine, FindingLine, JoiningState
from fieldkit.words.joining import SENTENCES, fill

MOST_FINDINGS = 4
"""With sentence and hint each; more than these nobody can do at once."""


def finding_words(found: FindingLine) -> tuple[str, str]:
    """Sentence and hint in the trainer's language, by code; what this terminal does not know as it came."""
    if found.code not in SENTENCES:
        return told(found.sentence), told(found.hint)
    sentence, hint = SENTENCES[found.code]
    return fill(_(sentence), found.params), fill(_(hint), found.params)


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


class JoiningScreen(ListScreen):
    """Above how far people get, below the laptop's addresses; enter shows the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "show", "show this address", "Screen", foot=True)]

    def __init__(self) -> None:
        super().__init__()
        self.state = JoiningState()

    def between(self) -> ComposeResult:
        yield Block(id="steps")

    def top(self, view: RoomView, width: int) -> Content:
        return heading(_("Joining"), view.title)

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        return [(a.ip, address_row(a, width)) for a in self.state.addresses]

    def show_room(self, view: RoomView) -> None:
        try:
            self.state = self.live.tools.joining()
        except FieldkitError as wrong:
            self.tell(told(wrong.sentence))
            return
        super().show_room(view)
        width, state = self.size.width, self.state
        out = [steps_line(state, width), plain("")]
        for found in state.findings[:MOST_FINDINGS]:
            sentence, hint = finding_words(found)
            out += [join(plain(" "), line) for line in wrap(sentence, width - 2, 2, "bold $waiting")]
            out += [join(plain("   "), line) for line in wrap(hint, width - 4, 2)]
        if not state.findings:
            out.append(plain(" " + _("Nothing is wrong with joining."), "$muted"))
        self.query_one("#steps", Block).show(*out, plain(""))

    def action_show(self) -> None:
        at = self.at
        if not at:
            return
        try:
            self.live.tools.show_address(at)
        except FieldkitError as wrong:
            self.tell(error_words(wrong))
            return
        self.tell(_("Phones are shown this address now."), at, ok=True)
        self.redraw()
