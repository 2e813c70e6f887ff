"""What small dialogs share."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.screen import ModalScreen

from fieldkit.tui.keys import key
from fieldkit.tui.screens.layer import Layer

T = TypeVar("T")


class Box(Layer[T], ModalScreen[T]):
    """A small dialog. Escape gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "cancel", "back", "Screen", foot=True)]

    def action_cancel(self) -> None:
        if self.is_active:  # a key that was on its way when something came on top would close that instead
            self.dismiss(None)
