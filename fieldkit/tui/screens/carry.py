"""Carrying to head office: which folder, what came of it, and who can read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Protocol

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen

from fieldkit.config import typed_path
from fieldkit.errors import FieldkitError, Stopped
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.sent import answered_words, planned_words
from fieldkit.tui.safe import Block, plain, wrap
from fieldkit.tui.say import _, count, error_words
from fieldkit.tui.screens.box import Box
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.screens.progress import worked
from fieldkit.tui.tools import Carried, Carrier
from fieldkit.tui.work import SOON_S


class Teller(Protocol):
    """Where what came of it is said: a screen, or its line for that."""

    def tell(self, words: str, *, ok: bool = False) -> None: ...


def ask_folder(app: App[Any], then: Callable[[Path], object]) -> None:
    """Ask until a folder is named that is there, or until Escape; `then` gets it."""

    def typed(text: str | None) -> None:
        if text:
            then(typed_path(text))

    def wrong(text: str) -> str:
        folder = typed_path(text)
        if folder.is_dir():
            return ""
        return _("There is no folder {folder}. Check the path; is the stick plugged in?", folder=folder)

    hint = _("A folder on a stick, or one that head office reaches too. What head office left there is taken in.")
    missing = _("Type the folder, or press Esc.")
    box = LineBox(_("Carry to which folder?"), hint, does=_("carry there"), missing=missing, check=wrong)
    app.push_screen(box, typed)


async def carry_there(tools: Carrier, folder: Path, screen: Screen[Any], said: Teller) -> Carried | None:
    """Carry with a box over `screen`, and say how far it came; None when it did not."""
    words = _("Carrying to {folder}", folder=folder)
    try:
        done = await worked(screen, words, lambda work: tools.carry(folder, work.told, work.stopped), writes=True)
    except Stopped:
        said.tell(stopped_words())
        return None
    except FieldkitError as e:
        said.tell(error_words(e))
        return None
    said.tell(carried_words(done), ok=True)
    if done.words:
        show_words(screen.app, screen, done.words)
    return done


def show_words(app: App[Any], screen: Screen[Any], words: str) -> None:
    """The six words, when nothing is on top of `screen`: an alarm or a lock stays above them, and a `y` that is for
    those does not put them away."""
    if screen in app.screen_stack and app.screen is not screen:
        # A timer of the app: a screen that goes meanwhile takes its own timers with it.
        app.set_timer(SOON_S, lambda: show_words(app, screen, words))
    else:
        app.push_screen(SixWords(words))


class SixWords(Box[bool]):
    """What a bundle is sealed to that left before head office's key was here. There is no second time, so neither
    Escape nor a scanner's Enter puts them away."""

    BINDINGS: ClassVar[list[BindingType]] = [key("y", "yes", "they are written down", "Dialog", foot=True)]

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words.split()

    def next_keys(self) -> tuple[str, ...]:
        return ("y",)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield KeyBar()

    def on_mount(self) -> None:
        width = min(56, self.app.size.width - 8)
        why = _("It is sealed to these six words. Write them down now: head office needs them, and nothing keeps them.")
        rows = ["   ".join(self.words[k : k + 3]) for k in range(0, len(self.words), 3)]
        shown = [plain(row, "bold $accent") for row in rows]
        self.query_one("#question", Block).show(*wrap(why, width, 4), plain(""), *shown, plain(""))
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    def action_yes(self) -> None:
        self.dismiss(True)

    def action_cancel(self) -> None:
        """Escape is no answer to this."""


def stopped_words() -> str:
    return _("Stopped: nothing was carried, and no half file is left. Carry again when you like.")


def carried_words(done: Carried) -> str:
    """One or more sentences."""
    if done.sessions:
        words = [count("{n} session is carried to", "{n} sessions are carried to", done.sessions) + f" {done.folder}."]
        if done.sealed and not done.words:
            words.append(_("Only head office can read it."))
    else:
        words = [_("There is nothing more to carry there.")]
    if done.open:
        words.append(
            count(
                "{n} session is not ended yet: it goes along as it is.",
                "{n} sessions are not ended yet: they go along as they are.",
                done.open,
            )
        )
    if done.kept:
        words.append(
            count(
                "{n} session in which nobody took part stays here until it is ended.",
                "{n} sessions in which nobody took part stay here until they are ended.",
                done.kept,
            )
        )
    if done.receipted:
        words.append(count("{n} receipt is taken in.", "{n} receipts are taken in.", done.receipted))
    if done.trust is not None:
        words.append(_("Head office's trust list, version {n}, is taken in.", n=done.trust))
    words += planned_words(done.plans, done.packs) + answered_words(done.answered)
    if done.left_out:
        words.append(count("{n} damaged session is left out.", "{n} damaged sessions are left out.", done.left_out))
    return " ".join(words)
