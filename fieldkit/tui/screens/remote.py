"""The trainer's phone as a remote: its code, how it is doing, what this does not stop, and off."""

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
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.qr import code_lines, width_beside
from fieldkit.tui.tools import ConsoleTools, RemoteState


def state_words(state: RemoteState) -> tuple[str, str]:
    """(what is, style)."""
    return {
        "off": (_("Your phone can be the remote. [n] shows a code for it."), "bold"),
        "offered": (_("Scan this with your phone, so that nobody else can: the first is the one."), "bold $accent"),
        "on": (_("Your phone is the remote: {where}", where=state.phone), "bold $saved"),
        "away": (_("Your phone is silent: is its screen off, or its Wi-Fi gone?"), "bold $waiting"),
    }.get(state.state, (state.state, "bold"))


def refused_words(reason: str) -> str:
    """Why the listener refused requests, in two or three words."""
    return {
        "host": _("another name"),
        "origin": _("another page"),
        "shape": _("not a request"),
        "mac": _("without the key"),
        "phone": _("another phone"),
        "counter": _("sent again"),
        "late": _("too late"),
    }.get(reason, reason)


def refused_lines(refused: dict[str, int], width: int) -> list[Content]:
    total = sum(refused.values())
    if not total:
        return []
    why = ", ".join(f"{refused_words(reason)} {n}" for reason, n in refused.items())
    words = count("{n} request was refused: {why}", "{n} requests were refused: {why}", total, why=why)
    return [plain(""), *wrap(words, width, 3, "$muted")]


class RemoteScreen(RoomScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("n", "on", "show a code", "Remote", foot=True),
        key("D", "off", "switch the remote off", "Remote", foot=True),
    ]

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with Horizontal(classes="body"):
            yield Block(id="qr", auto=True)
            yield Block(id="how")
        yield Said(id="said")
        yield KeyBar()

    @property
    def tools(self) -> ConsoleTools | None:
        """None where this terminal is itself a second console."""
        return self.live.tools.consoles

    @property
    def state(self) -> RemoteState:
        return self.tools.remote() if self.tools is not None else RemoteState()

    def next_keys(self) -> Sequence[str]:
        return ("n", "escape") if self.state.state == "off" else ("D", "n", "escape")

    def show_room(self, view: RoomView) -> None:
        state = self.state
        self.query_one("#top", Block).show(fit(heading(_("Your phone as a remote"), view.title), self.size.width))
        code, why = code_lines(state.url, self.size.height - 4)
        self.query_one("#qr", Block).show(*code)
        width = width_beside(code, self.size.width)
        words, style = state_words(state)
        out: list[Content] = [*wrap(words, width, 4, style), plain("")]
        if why:
            out += [*wrap(why, width, 3, "bold $waiting"), plain("")]
            out += [plain(state.url[k : k + width], "bold") for k in range(0, len(state.url), width)] + [plain("")]
        stops = _("Nobody can press without this code, nor send again what your phone sent.")
        remains = _(
            "It does not stop somebody who changes pages on an open Wi-Fi, or who sees this code and reads along: then "
            "they press as you. Use a Wi-Fi with a password."
        )
        out += [*wrap(stops, width, 4, "$muted"), plain(""), *wrap(remains, width, 7, "$muted")]
        self.query_one("#how", Block).show(*out, *refused_lines(state.refused, width))
        self.query_one(KeyBar).show_keys()  # off, there is nothing to switch off

    def action_on(self) -> None:
        if self.state.state in ("on", "away"):
            self._ask(_("Show a new code? The phone that is the remote now is out."))
        else:
            self.run_worker(self._on(), exclusive=True)

    def action_off(self) -> None:
        if self.state.state == "off":
            self.tell(_("It is off."))
        else:
            # Off is off at once: whoever lost the phone has no time for a question.
            self.run_worker(self._off(), exclusive=True)

    def _ask(self, question: str) -> None:
        def sure(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._on(), exclusive=True)

        self.app.push_screen(Confirm(question), sure)

    async def _on(self) -> None:
        if self.tools is None:
            self.tell(_("This is done at the trainer's laptop."))
            return
        try:
            await self.tools.remote_on()
        except FieldkitError as wrong:
            self.tell(error_words(wrong))
        self.redraw()

    async def _off(self) -> None:
        if self.tools is not None:
            try:
                await self.tools.remote_off()
            except FieldkitError as wrong:
                self.tell(error_words(wrong))
            else:
                self.tell(_("The remote is off."), ok=True)
        self.redraw()
