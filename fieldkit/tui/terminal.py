"""The terminal may go away under us: its window is closed, the line breaks. The session must not notice."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Any, TypeVar

from textual._styles_cache import StylesCache
from textual.app import App
from textual.driver import Driver

from fieldkit.tui.marks import spelled, unicode_level

T = TypeVar("T")

EXIT_S = 5.0
"""So long an app that was asked to exit may take; then it is left to itself."""


class Deaf:
    """A stream that swallows what cannot be written any more.

    Textual's writer is a thread with a short queue: if an error ended it, the queue would fill up, and the next write
    would stop the event loop, and with it every phone, for good.
    """

    def __init__(self, file: Any, level: str = "all") -> None:
        """`level`: how much of Unicode the terminal shows (`fieldkit.tui.marks`)."""
        self._file = file
        self._level = level

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            self._file.write(spelled(text, self._level))
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def deaf(kind: type[Driver]) -> type[Driver]:
    """The driver of this system, writing through `Deaf`."""

    class DeafDriver(kind):  # type: ignore[valid-type, misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            file = getattr(self, "_file", None)  # where the drivers of all systems keep it
            if file is not None:
                self._file: Any = Deaf(file, unicode_level(os.environ))

    return DeafDriver


def forget_lines() -> None:
    """Let go of the lines that closed screens drew.

    Textual memoises a method of the cache that each widget keeps its drawn lines in, and so holds the lines of the last
    1,024 widgets there were: some 25 MB after four hours of going through the screens.
    """
    clear = getattr(getattr(StylesCache, "get_inner_outer", None), "cache_clear", None)
    if clear is not None:
        clear()


async def run_until(app: App[T], leave: asyncio.Event | None, **options: Any) -> T | None:
    """Run an app; when `leave` is set it exits in order, the terminal restored, also when there is none any more."""
    if leave is None:
        return await app.run_async(**options)
    running = asyncio.ensure_future(app.run_async(**options))
    asked = asyncio.ensure_future(leave.wait())
    try:
        await asyncio.wait((running, asked), return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            app.exit()
            await asyncio.wait((running,), timeout=EXIT_S)
        if running.done():
            with contextlib.suppress(*[OSError] if leave.is_set() else []):  # of a terminal that is gone
                return await running
        return None
    finally:
        for task in (running, asked):
            task.cancel()
        await asyncio.wait((running, asked), timeout=EXIT_S)
