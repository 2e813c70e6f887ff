"""The box that comes up when something takes long: what is being done, a bar, seconds, and Escape, which stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen

from fieldkit.errors import Stopped
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.box import Box
from fieldkit.tui.work import LOOK_S, SOON_S, Work, work_lines

T = TypeVar("T")

FRAME = 6
"""Cells of the border and of what is free beside the words."""
WIDE = 58
"""Most cells of the words."""


def stopped_words() -> str:
    return _("Stopped. Nothing was changed, and no half file is left.")


class WorkBox(Box[None]):
    """Escape asks the work to stop; a second one goes away without waiting, and what came of it is said later."""

    BINDINGS: ClassVar[list[BindingType]] = [key("escape", "cancel", "stop", "Dialog", foot=True)]

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.work = work
        self.left = False
        """Somebody did not want to wait."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield Block(id="work")
            yield KeyBar()

    def on_mount(self) -> None:
        self._draw()
        self.set_interval(LOOK_S, self._draw)
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width = min(WIDE, self.app.size.width - FRAME)
        if width > 0 and self.is_mounted:
            self.query_one("#question", Block).show(*wrap(plain(self.work.words, "bold"), width, 3), plain(""))
            self.query_one("#work", Block).show(*work_lines(self.work, width))

    def action_cancel(self) -> None:
        if self.work.stopped():
            self.left = True
            self.dismiss(None)
        else:
            self.work.stop()
            self._draw()

    def over(self) -> None:
        """The work has ended: the box goes, at once or when what has come on top of it is gone."""
        self.dismiss(None)


class SendBox(WorkBox):
    """While it waits for its next try that can be had at once."""

    BINDINGS: ClassVar[list[BindingType]] = [key("space", "now", "try now", "Dialog", foot=True)]

    def next_keys(self) -> tuple[str, ...]:
        return ("space", "escape") if self.work.waits and not self.work.stopped() else ("escape",)

    def _draw(self) -> None:
        super()._draw()
        for bar in self.query(KeyBar):
            bar.show_keys()

    def action_now(self) -> None:
        if self.work.waits:
            self.work.hurry()


async def worked(
    screen: Screen[Any],
    words: str,
    do: Callable[[Work], Awaitable[T]],
    *,
    writes: bool = False,
    kind: type[WorkBox] = WorkBox,
) -> T:
    """What `do` gives. When it takes long a box over `screen` says how far it is and lets it be stopped.

    `words`: what is being done. `writes`: it leaves something behind, so its end is waited for also when it is stopped,
    and only what it says itself counts; else Escape is enough, and its thread is left to end by itself. `kind`: of the
    box. Raises what `do` raises, and Stopped. Cancelling this stops the work, too.
    """
    work = Work(words)
    task = asyncio.ensure_future(do(work))
    asked = asyncio.ensure_future(work.asked())
    box: WorkBox | None = None
    try:
        while not task.done():
            await asyncio.wait((task,) if writes else (task, asked), timeout=SOON_S, return_when="FIRST_COMPLETED")
            if asked.done() and not writes and not task.done():
                raise Stopped
            # Also again: who takes the names away takes every dialog away. Never over an alarm or a lock.
            if not task.done() and screen.app.screen is screen and not (box is not None and box.left):
                box = kind(work)
                screen.app.push_screen(box)
        return await task
    finally:
        work.stop()
        asked.cancel()
        task.cancel()
        if box is not None:
            box.over()
