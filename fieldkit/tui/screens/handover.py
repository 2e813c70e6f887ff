"""Handing a running session over: who led signs what is recorded so far, somebody else leads from here on."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from textual import on

from fieldkit.tui.safe import Pick, plain
from fieldkit.tui.say import _
from fieldkit.tui.screens.attest import AttestBox
from fieldkit.tui.tools import Stop, Tools

NONE = "-"
"""The row for: no key of theirs lies here."""


class HandOverBox(AttestBox):
    """Gives the sentence of what was done; Escape gives None at every step, and the session stays whose it was."""

    def __init__(self, to_name: str) -> None:
        super().__init__("handover")
        self.to_name, self.to = to_name, ""

    def _keyed(self) -> None:
        """Whose key it will be is asked where another one lies on this laptop."""
        self._ask("to" if self._others() else "name")

    def _others(self) -> list[str]:
        return [one.id for one in self.keys if self.key is None or one.id != self.key.id]

    def _ask(self, step: str) -> None:
        super()._ask(step)
        if step != "to":
            return
        pick = self.query_one(Pick)
        theirs = [(one.id, self._key_row(one)) for one in self.keys if one.id in self._others()]
        pick.show([*theirs, (NONE, plain(_("none of these")))], at=NONE)
        pick.display = True
        pick.focus()

    def _words(self, step: str) -> tuple[str, str]:
        if step == "key":
            return (
                _("Hand over to {name}: your key?", name=self.to_name),
                _("Your signature stands under what is recorded so far, and travels with it."),
            )
        if step == "to":
            return (
                _("Which key is {name}'s?", name=self.to_name),
                _("Head office asks whether that key is certified for this pack."),
            )
        return super()._words(step)

    @on(Pick.OptionSelected)
    def _picked_theirs(self) -> None:
        at = self.query_one(Pick).at
        if self.step == "to" and not self.busy and at is not None:
            self.to = "" if at == NONE else at
            self._ask("name")

    def _signs(self, tools: Tools, id: str, passphrase: str, stop: Stop) -> Coroutine[Any, Any, int]:
        return tools.hand_over(id, passphrase, self.printed, self.to_name, self.to, stop)

    def _done_words(self) -> str:
        done = _("{name} leads from here on. What was recorded before is signed.", name=self.to_name)
        return done + self._unknown_words()
