"""The lock: the session goes on and stays visible, keys do nothing until the code is typed.

It keeps a curious colleague from ending the session, not somebody who owns the laptop: whoever may end the program and
read the data folder can start it again without the code. Badges are taken, and the alarm works, as ever.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Field, join, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.box import Box

if TYPE_CHECKING:
    from fieldkit.tui.app import LiveApp

LEAST, MOST = 4, 8
"""Signs of a code."""
TRIES = 3
WAIT_S = 10.0
"""Pause after so many wrong codes: nobody tries all of them between two questions."""


class LockCodeBox(Box[str]):
    """Asks for the code twice; gives it."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "take", "go on", "Dialog", foot=True)]

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            for k in (1, 2):
                field = Field(limit=MOST, id=f"code{k}")
                field.password = True
                yield field
            yield Block(id="missing")
            yield KeyBar()

    def on_mount(self) -> None:
        words = _("4 to 8 letters or digits, typed twice. Badges are still taken, and the alarm works.")
        self.query_one("#question", Block).show(
            plain(_("Lock this screen with a code"), "bold"), *wrap(words, 56, 3, "$muted"), plain("")
        )
        self.query_one("#code1", Field).focus()
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    def action_take(self) -> None:
        """The line takes Enter itself; this is for whoever finds it in the palette."""
        if isinstance(self.focused, Field):
            self.focused.post_message(Field.Submitted(self.focused, self.focused.value))

    @on(Field.Submitted)
    def _entered(self, event: Field.Submitted) -> None:
        event.stop()
        first, again = (self.query_one(f"#code{k}", Field).value for k in (1, 2))
        missing = self.query_one("#missing", Block)
        if not (first.isascii() and first.isalnum() and LEAST <= len(first) <= MOST):
            missing.show(plain(_("4 to 8 letters or digits, please."), "bold $refused"))
        elif event.input.id == "code1":
            self.focus_next()
        elif first != again:
            missing.show(plain(_("The two are not the same."), "bold $refused"))
        else:
            self.dismiss(first)


class LockScreen(ModalScreen[None]):
    """One line at the bottom, over a screen that goes on. What is typed is the code and nothing else."""

    BINDINGS: ClassVar[list[BindingType]] = [key("exclamation_mark", "alarm", "alarm", "People", foot=True)]

    def __init__(self, code: str) -> None:
        super().__init__()
        self._code = code
        self._typed = ""
        self._wrong = 0
        self._waits = False

    def compose(self) -> ComposeResult:
        with Vertical(id="locked"):
            yield Block(id="code")
            yield KeyBar()

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self, words: str = "") -> None:
        mark = plain(f" {_('LOCKED')}  ", "bold $waiting")
        said = words or _("Type the code, then enter: {signs}", signs="•" * len(self._typed))
        self.query_one("#code", Block).show(join(mark, plain(said)))
        self.query_one(KeyBar).show_keys()

    def on_key(self, event: events.Key) -> None:
        if cast("LiveApp", self.app).works_anywhere(event) == "alarm":
            return
        event.stop()
        event.prevent_default()
        if self._waits:
            return
        if event.key == "enter":
            self._try()
        elif event.key in ("backspace", "escape"):
            self._typed = self._typed[:-1] if event.key == "backspace" else ""
            self._draw()
        elif event.character and event.character.isalnum() and len(self._typed) < MOST:
            self._typed += event.character
            self._draw()

    def _try(self) -> None:
        typed, self._typed = self._typed, ""
        if hmac.compare_digest(typed.encode(), self._code.encode()):
            cast("LiveApp", self.app).unlock()
            return
        if not typed:
            return
        self._wrong += 1
        self._waits = self._wrong % TRIES == 0
        if self._waits:
            self.set_timer(WAIT_S, self._again)
            self._draw(_("Not the code. Wait ten seconds."))
        else:
            self._draw(_("Not the code."))

    def _again(self) -> None:
        self._waits = False
        self._draw()

    def action_alarm(self) -> None:
        cast("LiveApp", self.app).alarm()
