"""A trainer's new key, and the passphrase of one that lies here: dots on the screen, gone once they were taken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from fieldkit.errors import FieldkitError, Stopped
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.keytools import KeyTools, OwnKey
from fieldkit.tui.panels.keys import spaced_rows
from fieldkit.tui.safe import Block, Field, Secret, plain, wrap
from fieldkit.tui.say import _, error_words
from fieldkit.tui.screens.attest import SHORTEST
from fieldkit.tui.screens.box import Box
from fieldkit.tui.screens.progress import stopped_words, worked

WIDE = 56
LEAST_SIGNS = 5
"""Different signs of a passphrase: `aaaaaaaa` and `12121212` are the first that anybody tries."""
LONGEST = 200
"""Signs: a text that was pasted by mistake is no passphrase, and half of it would be one that nobody knows."""


def weak(typed: str, id: str) -> str:
    """Why a passphrase is none; empty for one that may be."""
    if len(typed) < SHORTEST:
        return _("That is too short: at least {n} characters.", n=SHORTEST)
    if len(typed) >= LONGEST:
        return _("That is too long: fewer than {n} characters.", n=LONGEST)
    if len(set(typed.casefold())) < LEAST_SIGNS or (id and typed.casefold().replace(id, "").strip("0123456789 ") == ""):
        return _("That is guessed at once. Four or five words that do not belong together are easy to type, and safe.")
    return ""


class SecretBox(Box[str]):
    """Asks for the passphrase of a key and does with it what it is for; a wrong one is said, and asked for again."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "take", "go on", "Dialog", foot=True)]

    def __init__(self, title: str, hint: str, send: Callable[[str], Awaitable[str]]) -> None:
        """`send` gives why not, empty when it is done."""
        super().__init__()
        self.title_words, self.hint = title, hint
        self._send = send
        self.busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield Secret(id="secret")
            yield Block(id="missing")
            yield KeyBar()

    def on_mount(self) -> None:
        hint = wrap(self.hint, WIDE, 4, "$muted")
        self.query_one("#question", Block).show(plain(self.title_words, "bold"), *hint, plain(""))
        self.query_one(Secret).focus()
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    def refuse(self, words: str) -> None:
        self.query_one("#missing", Block).show(*wrap(words, WIDE, 3, "bold $refused"))

    @on(Field.Submitted)
    def action_take(self) -> None:
        typed = self.query_one(Secret).take()
        if typed and not self.busy:
            self.busy = True
            self.query_one("#missing", Block).show(plain(_("Opening the key…"), "$muted"))
            self.run_worker(self._work(typed), exclusive=True)

    async def _work(self, typed: str) -> None:
        try:
            wrong = await self._send(typed)
        finally:
            self.busy = False
        if not self.is_attached:
            return
        if wrong:
            self.refuse(wrong)
        else:
            self.dismiss("done")


class NewKeyBox(Box[OwnKey]):
    """A short name, a passphrase, the same once more. Gives the key; Escape gives None at every step and makes none."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "take", "go on", "Dialog", foot=True)]

    def __init__(self, tools: KeyTools, taken: Collection[str]) -> None:
        """`taken`: ids that have a key here."""
        super().__init__()
        self.tools, self.taken = tools, taken
        self.step, self.id_ = "id", ""
        self._first = ""
        self.busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield Field(limit=40, id="line")
            yield Secret(id="secret")
            yield Block(id="missing")
            yield KeyBar()

    def on_mount(self) -> None:
        self._ask("id")

    def on_unmount(self) -> None:
        self._first = ""

    def _ask(self, step: str) -> None:
        self.step = step
        line, secret = self.query_one("#line", Field), self.query_one(Secret)
        line.display, secret.display = step == "id", step != "id"
        title, *hints = self._words(step)
        hint = [line for words in hints for line in wrap(words, WIDE, 5, "$muted")]
        self.query_one("#question", Block).show(plain(title, "bold"), *hint, plain(""))
        self.query_one("#missing", Block).show(plain(""))
        (line if step == "id" else secret).focus()
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    def _words(self, step: str) -> tuple[str, ...]:
        if step == "id":
            return (
                _("A short name for your key"),
                _(
                    "4 to 12 of a-z and 0-9; it is for ever. Head office counts your signature once it has listed this "
                    "key, by six words on the telephone."
                ),
            )
        if step == "first":
            return (
                _("A passphrase for {key}", key=self.id_),
                _("At least {n} characters. Nobody can bring it back: without it the key is lost.", n=SHORTEST),
                _(
                    "Good: four or five words that do not belong together. Bad: a name, a date, what you use "
                    "elsewhere. Keep it where the laptop is not."
                ),
            )
        return (_("The same passphrase once more"), _("So that it is the one you mean."))

    def _missing(self, words: str, style: str = "bold $refused") -> None:
        self.query_one("#missing", Block).show(*wrap(words, WIDE, 3, style))

    @on(Field.Submitted)
    def action_take(self) -> None:
        if self.busy:
            return
        if self.step == "id":
            self._named(self.query_one("#line", Field).value.strip().lower())
            return
        typed = self.query_one(Secret).take()
        if self.step == "first":
            if wrong := weak(typed, self.id_):
                self._missing(wrong)
            else:
                self._first = typed
                self._ask("again")
        else:
            first, self._first = self._first, ""
            if typed != first:
                self._ask("first")
                self._missing(_("These were two different ones. Once more."))
            else:
                self.busy = True
                self._missing(_("Making the key…"), "$muted")
                self.run_worker(self._make(typed), exclusive=True)

    def _named(self, id: str) -> None:
        if not (4 <= len(id) <= 12 and all(c in "abcdefghijklmnopqrstuvwxyz0123456789" for c in id)):
            self._missing(_("4 to 12 of a-z and 0-9, please."))
        elif id in self.taken:
            self._missing(_("There is a key of that name already."))
        else:
            self.id_ = id
            self._ask("first")

    async def _make(self, passphrase: str) -> None:
        id, tools = self.id_, self.tools
        try:
            made = await worked(
                self, _("Making the key…"), lambda work: tools.make(id, passphrase, work.stopped), writes=True
            )
        except Stopped:
            if self.is_mounted:
                self._ask("first")
                self._missing(stopped_words())
            return
        except FieldkitError as e:
            if self.is_mounted:
                self._missing(error_words(e))
            return
        finally:
            self.busy = False
        if self.is_mounted:
            self.dismiss(made)


class ReadOutBox(Box[None]):
    """Six words as large as a terminal can: one a line, in capitals, letter by letter."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "cancel", "done", "Dialog", foot=True)]

    def __init__(self, title: str, words: str, hint: str = "") -> None:
        super().__init__()
        self.title_words, self.words, self.hint = title, words, hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield KeyBar()

    def on_mount(self) -> None:
        hint = wrap(self.hint, WIDE, 5)
        lines = [line for row in spaced_rows(self.words) for line in (row, plain(""))]
        self.query_one("#question", Block).show(
            *wrap(plain(self.title_words, "bold"), WIDE, 2),
            plain(""),
            *lines[:-1],
            *([plain("")] if hint else []),
            *hint,
        )
        self.call_after_refresh(self.query_one(KeyBar).show_keys)
