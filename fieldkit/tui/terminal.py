"""The terminal may freeze or go away under us: its window is stopped or closed, the line breaks. The session must not
notice."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import queue
import select
import signal
import time
from typing import Any, TypeVar

from textual import events
from textual._styles_cache import StylesCache
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver

from fieldkit.tui.marks import unicode_level
from fieldkit.tui.output import Output, hung_up
from fieldkit.tui.pastes import Pasted, Pastes

T = TypeVar("T")

EXIT_S = 5.0
"""So long an app that was asked to exit may take; then it is left to itself."""
MOST_WAITING = 12
"""Of the writer's queue of 30: more wait only when the terminal takes nothing. To put the terminal back takes
a dozen places."""
LOOK_S = 0.25
"""So often it is looked whether the terminal is there, and takes bytes again."""

READ = 4096
PASTE_S = 1.0
"""So long the next piece of a paste may take to come."""


def deaf(kind: type[Driver]) -> type[Driver]:
    """The driver of this system, for a terminal that may freeze or go away."""

    class DeafDriver(kind):  # type: ignore[valid-type, misc]
        _writer_thread: Any = None
        _behind = False
        """The terminal takes nothing: pictures are let go until it does, then the newest one is drawn whole."""
        _leaving = False
        _begun = False
        """In application mode: what began is not begun again."""
        _look: asyncio.TimerHandle | None = None

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._loop = asyncio.get_running_loop()
            file = getattr(self, "_file", None)  # where the drivers of all systems keep it
            self._file: Any = Output(file, unicode_level(os.environ))
            # Textual's own handlers write in the middle of whatever the loop does, a write included: a deadlock.
            for name, handler in (("SIGTSTP", "_sigtstp_application"), ("SIGCONT", "_sigcont_application")):
                if hasattr(kind, handler):
                    self._loop.add_signal_handler(getattr(signal, name), getattr(self, handler))

        def _sigtstp_application(self, *_: Any) -> None:
            if self._auto_restart and self._begun:
                self.suspend_application_mode()
                self._must_signal_resume = True
            os.kill(os.getpid(), signal.SIGSTOP)

        def _sigcont_application(self, *_: Any) -> None:
            """Also after a stop that nobody could catch: then the terminal may be anyhow, and is set up again."""
            if self._begun:
                self.suspend_application_mode()
            super()._sigcont_application()
            self._loop.call_later(LOOK_S, draw_all, self._app)  # of the same size, Textual takes it for unchanged

        def start_application_mode(self) -> None:
            self._behind = self._leaving = False
            self._file.open_line()
            self._begun = True
            super().start_application_mode()
            self._watch()

        def stop_application_mode(self) -> None:
            self._leaving = True
            self._begun = False
            super().stop_application_mode()

        def write(self, data: str) -> None:
            waiting = getattr(self._writer_thread, "_queue", None)
            if waiting is None:
                super().write(data)
            elif self._leaving:
                with contextlib.suppress(queue.Full):
                    waiting.put_nowait(data)
            elif self._behind or waiting.qsize() >= MOST_WAITING:
                self._behind = True
            else:
                super().write(data)

        def _watch(self) -> None:
            """Every now and then: is the terminal still there, and does it take bytes again?"""
            if self._leaving:
                return
            self._look = self._loop.call_later(LOOK_S, self._watch)
            if hung_up(getattr(self, "fileno", -1)):
                self._look.cancel()
                gone = getattr(self._app, "gone", None)
                if gone is not None:
                    gone.set()
            elif self._behind and self._writer_thread._queue.empty():
                self._behind = False
                draw_all(self._app)

        def _run_input_thread(self) -> None:
            # What reading says of a terminal that is gone is no mistake of the app.
            with contextlib.suppress(OSError):
                if hasattr(self, "exit_event") and hasattr(kind, "_patch_lflag"):
                    read_keys(self)
                else:
                    self.run_input_thread()

        def close(self) -> None:
            if self._look is not None:
                self._look.cancel()
            if not self._app._running and hasattr(kind, "_sigcont_application"):  # else it begins again
                self._loop.remove_signal_handler(signal.SIGTSTP)
                self._loop.remove_signal_handler(signal.SIGCONT)
            thread = self._writer_thread
            if thread is not None:
                with contextlib.suppress(queue.Full):
                    thread._queue.put_nowait(None)
                thread.join(1.0)
                self._file.given_up = True
                with contextlib.suppress(queue.Full):
                    thread._queue.put_nowait(None)
                thread.join(1.0)
                self._file.close_line()

    return DeafDriver


def read_keys(driver: Any) -> None:
    """On the driver's thread until it is told to end: what is typed, and what is pasted. Raises OSError when the
    terminal is gone.
    """
    fd, parser, pastes = driver.fileno, XTermParser(), Pastes()
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    came = time.monotonic()
    while not driver.exit_event.is_set():
        found: list[str | Pasted] = []
        if select.select([fd], [], [], 0.1)[0]:
            raw = os.read(fd, READ)
            if not raw:
                raise OSError
            came = time.monotonic()
            found = pastes.feed(decode(raw), more=len(raw) == READ)
        elif time.monotonic() > came + PASTE_S:
            found = pastes.give_up()
        for one in found:
            if isinstance(one, Pasted):
                driver.process_message(events.Paste(one.text))
            else:
                for event in parser.feed(one):
                    driver.process_message(event)
        for event in parser.tick():
            driver.process_message(event)


def draw_all(app: App[Any]) -> None:
    """The whole screen anew: what lies on the terminal is unknown."""
    if app._running and app.screen_stack:
        app._display(app.screen, app.screen._compositor.render_update(full=True))


def forget_lines() -> None:
    """Let go of the lines that closed screens drew.

    Textual memoises a method of the cache that each widget keeps its drawn lines in, and so holds the lines of the last
    1,024 widgets there were: some 25 MB after four hours of going through the screens.
    """
    clear = getattr(getattr(StylesCache, "get_inner_outer", None), "cache_clear", None)
    if clear is not None:
        clear()


async def run_until(app: App[T], leave: asyncio.Event | None, **options: Any) -> T | None:
    """Run an app; when `leave` is set it exits in order, the terminal restored, also when there is none any more.

    A terminal that goes away without a word (no SIGHUP reaches us) is a hang-up too: `leave.hang_up()` where it has
    one, else `leave` is set.
    """
    if leave is None:
        return await app.run_async(**options)
    running = asyncio.ensure_future(app.run_async(**options))
    asked = asyncio.ensure_future(leave.wait())
    gone = asyncio.ensure_future(getattr(app, "gone", asyncio.Event()).wait())
    try:
        await asyncio.wait((running, asked, gone), return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            getattr(leave, "hang_up", leave.set)()
        if not running.done():
            app.exit()
            await asyncio.wait((running,), timeout=EXIT_S)
        if running.done():
            with contextlib.suppress(*[OSError] if leave.is_set() else []):  # of a terminal that is gone
                return await running
        return None
    finally:
        for task in (running, asked, gone):
            task.cancel()
        await asyncio.wait((running, asked, gone), timeout=EXIT_S)
