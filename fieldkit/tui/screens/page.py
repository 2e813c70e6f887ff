"""What the screens before a session share: a first line, a body, one line for answers, the keys; a window too small."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import Widget

from fieldkit.errors import FieldkitError, Stopped
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Pick, fit, wrap
from fieldkit.tui.say import _, error_words
from fieldkit.tui.screens.base import Said, heading
from fieldkit.tui.screens.layer import Layer
from fieldkit.tui.screens.progress import stopped_words

T = TypeVar("T")

SMALLEST = (60, 18)
"""Columns and rows below which rows and fields cannot be read."""


class Page(Layer[T], Screen[T]):
    """Who inherits gives `title_words` and `draw`, a Block `#top`, `Said` and `KeyBar`, and the class `body` or
    `beside` to what a window that is too small hides."""

    AUTO_FOCUS = ""

    def title_words(self) -> tuple[str, str]:
        """(title, what stands beside it)."""
        return "", ""

    def draw(self, width: int, height: int) -> None:
        """Fill the body; the window is large enough."""

    def on_mount(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self.redraw)

    def redraw(self) -> None:
        width, height = self.size
        if not self.is_mounted or width < 1:
            return
        small = width < SMALLEST[0] or height < SMALLEST[1]
        self.set_class(small, "-small")
        for widget in self.query(Widget):
            if widget.has_class("body") or widget.has_class("beside"):
                widget.display = not small
        top = fit(heading(*self.title_words()), width)
        if small:
            words = _("Make the window larger: {width}×{height} at least.", width=SMALLEST[0], height=SMALLEST[1])
            self.query_one("#top", Block).show(top, *wrap(words, max(10, width - 1), 3, "bold $waiting"))
        else:
            self.query_one("#top", Block).show(top)
            self.draw(width, height)
        self.query_one(KeyBar).show_keys()

    def tell(self, words: str, *, ok: bool = False) -> None:
        self.query_one(Said).tell(words, ok=ok)

    def hint(self, words: str) -> None:
        self.query_one(Said).hint(words)

    def wrong(self, e: FieldkitError) -> None:
        if isinstance(e, Stopped):
            self.hint(stopped_words())
            return
        self.tell(error_words(e))

    def go(self, work: Callable[[], Coroutine[Any, Any, None]], group: str = "work") -> None:
        """Run in the background, instead of what of this group still runs; say what is wrong."""

        async def run() -> None:
            try:
                await work()
            except FieldkitError as e:
                if self.is_mounted:
                    self.wrong(e)

        self.run_worker(run(), exclusive=True, group=group)


class Leaf(Page[T]):
    """A page with a way back, which gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "cancel", "back", "Screen", foot=True)]

    def action_cancel(self) -> None:
        self.dismiss(None)


class PickLeaf(Leaf[T]):
    """One of several lines is chosen, and what is said of it stands beside it (`#about`)."""

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Pick(classes="body")
        yield Block(id="about", classes="beside")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Pick).focus()


def practice_label() -> str:
    """What every screen of a dry run says."""
    return _("PRACTICE")


def practice_hint() -> str:
    return _("Practice with simulated workers: nothing is kept. [n] takes the next step, ^q goes back home.")
