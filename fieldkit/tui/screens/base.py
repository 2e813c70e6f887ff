"""What every screen of a live session has: the view, a way to wish, one line for answers, keys at the bottom."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.binding import BindingType
from textual.screen import ModalScreen, Screen

from fieldkit.core.intents import Intent
from fieldkit.core.views import RoomView
from fieldkit.tui.bridge import Outcome
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Content, join, plain

if TYPE_CHECKING:
    from fieldkit.tui.app import LiveApp

T = TypeVar("T")
Then = Callable[[Outcome], None]


class Said(Block):
    """The one line of answers: what was done, or why not."""

    def tell(self, words: str, detail: str = "", *, ok: bool = False) -> None:
        mark = plain(" ✓ ", "bold $saved") if ok else plain(" ✕ ", "bold $refused")
        beside = plain(f"  ({detail})", "$muted") if detail else plain("")
        room = max(10, self.size.width - mark.cell_length - beside.cell_length)
        told = plain(words)
        self.show(join(mark, told.truncate(room, ellipsis=True), beside) if words else plain(""))

    def hint(self, words: str) -> None:
        self.show(plain(" " + words, "$muted"))


class RoomScreen(Screen[None]):
    """A full screen of a live session. `show_room` is called at each change and once a second."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (106, "-wide"), (128, "-wider")]
    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "back", "back", "Screen", foot=True)]

    @property
    def live(self) -> LiveApp:
        return cast("LiveApp", self.app)

    def show_room(self, view: RoomView) -> None:
        """Draw from the view, which is whole."""

    ready = False
    """Its widgets are there: before that a view has nowhere to go."""

    def redraw(self) -> None:
        if self.is_mounted:
            self.ready = True
            self.show_room(self.live.view)
            for bar in self.query(KeyBar):
                bar.show_keys()

    def on_mount(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self.redraw)

    def tell(self, words: str, detail: str = "", *, ok: bool = False) -> None:
        for line in self.query(Said):
            line.tell(words, detail, ok=ok)

    def wish(self, intent: Intent, done: str = "", then: Then | None = None) -> None:
        """Submit, without waiting; say what came of it. `done` is the sentence when it was taken."""
        self.live.wish(intent, lambda outcome: self._answered(outcome, done, then))

    def _answered(self, outcome: Outcome, done: str, then: Then | None) -> None:
        if not self.is_mounted or not self.ready:
            return
        if outcome.ok:
            self.tell(done, ok=True)
        else:
            self.tell(outcome.words, outcome.detail)
        if then is not None:
            then(outcome)

    def action_back(self) -> None:
        self.dismiss(None)


class Box(ModalScreen[T]):
    """A small dialog. Escape gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "cancel", "back", "Screen", foot=True)]

    def action_cancel(self) -> None:
        self.dismiss(None)


def heading(title: str, beside: str = "") -> Content:
    """The first line of a screen."""
    more = plain(f"  {beside}" if beside else "", "$muted")
    return join(plain(" fieldkit  ", "bold $accent"), plain(title, "bold"), more)
