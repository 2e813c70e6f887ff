"""Carrying to head office: which folder, the word about names, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from textual.app import App
from textual.screen import Screen

from fieldkit.errors import FieldkitError, Stopped
from fieldkit.tui.say import _, count, error_words
from fieldkit.tui.screens.base import Said
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.screens.progress import worked
from fieldkit.tui.tools import Carried, Stop, Told


class Carrier(Protocol):
    """The tool that carries: a live session's or the home screen's."""

    async def carry(self, folder: Path, told: Told | None = None, stop: Stop | None = None) -> Carried: ...


def ask_folder(app: App[Any], then: Callable[[Path], object]) -> None:
    """Ask for the folder, then for the yes to carry names unsealed; `then` gets the folder."""

    def typed(text: str | None) -> None:
        if not text:
            return
        folder = Path(text).expanduser()
        question = _("The file is not sealed: whoever finds the stick can read the names in it. Carry it there?")

        def sure(yes: bool | None) -> None:
            if yes:
                then(folder)

        app.push_screen(Confirm(question), sure)

    hint = _("A folder on a stick, or one that head office reaches too. What head office left there is taken in.")
    app.push_screen(LineBox(_("Carry to which folder?"), hint, missing=_("Type the folder, or press Esc.")), typed)


async def carry_there(tools: Carrier, folder: Path, screen: Screen[Any], said: Said) -> None:
    """Carry with a box over `screen`, and say how far it came."""
    words = _("Carrying to {folder}", folder=folder)
    try:
        done = await worked(screen, words, lambda work: tools.carry(folder, work.told, work.stopped), writes=True)
    except Stopped:
        said.tell(stopped_words())
        return
    except FieldkitError as e:
        said.tell(error_words(e))
        return
    said.tell(carried_words(done), ok=True)


def stopped_words() -> str:
    return _("Stopped: nothing was carried, and no half file is left. Carry again when you like.")


def carried_words(done: Carried) -> str:
    """One or more sentences."""
    if done.sessions:
        words = [count("{n} session is carried to", "{n} sessions are carried to", done.sessions) + f" {done.folder}."]
    else:
        words = [_("There is nothing more to carry there.")]
    if done.receipted:
        words.append(count("{n} receipt is taken in.", "{n} receipts are taken in.", done.receipted))
    if done.trust is not None:
        words.append(_("Head office's trust list, version {n}, is taken in.", n=done.trust))
    if done.left_out:
        words.append(count("{n} damaged session is left out.", "{n} damaged sessions are left out.", done.left_out))
    return " ".join(words)
