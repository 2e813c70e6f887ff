"""To head office over the network: which address, the trip with a box that can stop it or hurry it, and its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.screen import Screen

from fieldkit.errors import FieldkitError, Stopped
from fieldkit.tui.panels.sent import sent_words
from fieldkit.tui.say import _, error_words
from fieldkit.tui.screens.carry import Teller, show_words
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.screens.progress import SendBox, worked
from fieldkit.tui.tools import Carrier, Sent
from fieldkit.tui.work import Work


def ask_office(app: App[Any], tools: Carrier, value: str, then: Callable[[str], object]) -> None:
    """Ask until an address is typed that can be one, or until Escape; `then` gets it."""

    def typed(text: str | None) -> None:
        if text:
            then(text)

    def wrong(text: str) -> str:
        try:
            tools.check_office(text)
        except FieldkitError as e:
            return error_words(e)
        return ""

    hint = _("What it has not receipted goes there, sealed; its receipts come back at once.")
    missing = _("Type the address that head office gave you, or press Esc.")
    title = _("Head office's address?")
    app.push_screen(LineBox(title, hint, does=_("send there"), missing=missing, value=value, check=wrong), typed)


async def send_there(tools: Carrier, address: str, screen: Screen[Any], said: Teller) -> Sent | None:
    """Send with a box over `screen`, and say what came of it; None when it did not get through."""
    kept: list[str] = []

    async def send(work: Work) -> Sent:
        return await tools.send(address, work.told, work.stopped, work.hurried, kept.append)

    try:
        done = await worked(screen, _("Sending to {address}", address=address), send, writes=True, kind=SendBox)
    except Stopped:
        said.tell(_("Stopped. What head office has by now it keeps; send again when you like: nothing is sent twice."))
        return None
    except FieldkitError as e:
        said.tell(error_words(e))
        return None
    finally:
        for words in kept:  # also of a trip that broke off: head office may have the file
            show_words(screen.app, screen, words)
    words, ok = sent_words(done)
    said.tell(words, ok=ok)
    return done
