"""A live session as lines of text on standard output, its verbs a line each on standard input."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.cli.talk import data

if TYPE_CHECKING:
    from fieldkit.tui.bridge import RoomDesk
    from fieldkit.tui.tools import Tools

MOST_LINE = 64 * 1024
"""Of one line; a longer one is taken in pieces."""
NO_SCREEN = ("dumb", "unknown")
"""Terminals on which a cursor cannot be moved."""


def wants_lines(chosen: bool, setting: bool, env: Mapping[str, str]) -> bool:
    """Whether lines are wanted, or all that this terminal can show."""
    return chosen or setting or env.get("TERM", "") in NO_SCREEN


async def run_linear(desk: RoomDesk, tools: Tools, lang: str, leave: asyncio.Event) -> str:
    """Until the session ended (`ended`) or was left, which pauses it (`left`)."""
    from fieldkit.tui import label, say
    from fieldkit.tui.linear import Linear
    from fieldkit.tui.output import hung_up

    say.use(lang or desk.plan.language)
    label.use("")
    typed: asyncio.Queue[str | None] = asyncio.Queue(64)
    loop = asyncio.get_running_loop()
    terminal = os.isatty(0)  # a pipe whose writer has finished looks like one that is gone

    def read() -> None:
        """On a thread that nobody waits for: a read of standard input cannot be called off."""
        for line in iter(lambda: sys.stdin.readline(MOST_LINE), ""):
            asyncio.run_coroutine_threadsafe(typed.put(line.rstrip("\r\n")), loop).result()
        if terminal and hung_up(0):  # no `^D`: the terminal is gone, and the session goes on
            loop.call_soon_threadsafe(getattr(leave, "hang_up", leave.set))
        else:
            asyncio.run_coroutine_threadsafe(typed.put(None), loop).result()

    threading.Thread(target=read, daemon=True).start()
    return await Linear(desk, tools, lang, _line).run(typed, leave)


def _line(text: str) -> None:
    from fieldkit.tui.marks import spelled, unicode_level

    try:
        data(spelled(text, unicode_level(os.environ)))
    except OSError:  # whoever reads it has gone; the session has not
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for the rest of this process
