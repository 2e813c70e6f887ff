"""What every screen that lies on another has: it goes once, and takes nothing else with it.

Textual's `dismiss` takes away whatever is on top. A dialog that was closed twice (a double click), or whose work ended
after an alarm had come up over it, would take the screen of somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

T = TypeVar("T")

if TYPE_CHECKING:
    Mixed = Screen
else:
    Mixed = Generic  # of several bases that are screens Textual would take bindings and looks from the first alone


class Layer(Mixed[T]):
    """Comes first among the bases of a screen."""

    _late: tuple[T | None, ...] = ()
    """With what it goes as soon as it is on top again."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        if self not in self.app.screen_stack:
            return AwaitComplete()
        if self is not self.app.screen:
            self._late = (result,)
            return AwaitComplete()
        return super().dismiss(result)

    def on_screen_resume(self) -> None:
        if self._late:
            (result,), self._late = self._late, ()
            self.call_later(self._leave, result)

    def _leave(self, result: T | None) -> None:
        self.dismiss(result)  # and not awaited: it would wait for itself
