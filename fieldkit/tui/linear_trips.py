"""The ways to head office from the session of lines: one trip at a time, its progress, how far each session is.

A trip runs beside what is typed: `stop` ends it, `now` does not wait for its next try.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fieldkit.config import typed_path
from fieldkit.errors import FieldkitError, NotPossible, Stopped
from fieldkit.tui.panels.sent import sent_lines, sent_words
from fieldkit.tui.panels.way import stage_word
from fieldkit.tui.safe import tidy
from fieldkit.tui.say import _, error_words, told
from fieldkit.tui.screens.carry import carried_words, stopped_words
from fieldkit.tui.tools import At, Tools
from fieldkit.tui.work import LOOK_S, Work, step_words

VERBS = {
    "sync": ("[FOLDER|ADDRESS]", "carry to head office"),
    "way": ("", "on the way to head office"),
    "stop": ("", "stop"),
    "now": ("", "try now"),
}
"""Verb → what stands behind it, what it does (words of the screen)."""
WIDE = 4_000
QUARTER = 25


class Trips:
    """Of one session. `out` takes one line at a time."""

    def __init__(self, tools: Tools, out: Callable[[str], None]) -> None:
        self.tools = tools
        self._out = out
        self._work: Work | None = None
        self._task: asyncio.Task[None] | None = None

    async def take(self, verb: str, words: list[str]) -> None:
        """One of VERBS. Raises FieldkitError."""
        if verb == "way":
            await self._way()
        elif verb == "sync":
            await self._begin(" ".join(words))
        elif self._work is None:
            raise NotPossible(_("Nothing is on its way now."), _("Type sync for a trip to head office."))
        elif verb == "stop":
            self._work.stop()
        else:
            self._work.hurry()

    async def over(self) -> None:
        """Return once no trip runs."""
        if self._task is not None:
            await asyncio.wait((self._task,))
            self._task.result()

    async def close(self) -> None:
        """End a trip that runs, and wait until it has."""
        if self._work is not None:
            self._work.stop()
        await self.over()

    async def _way(self) -> None:
        for line in await self.tools.way():
            state = stage_word(line.stage) if line.readable else _("damaged")
            held = f", {_('held')} ({line.why})" if line.said else ""
            self._out(tidy(f"{line.seq} {line.title or _('unknown title')}: {state}{held}"))

    async def _begin(self, where: str) -> None:
        if self._work is not None:
            raise NotPossible(_("A trip is under way."), _("Type stop to end it."))
        where = where or await self.tools.office()
        if not where:
            raise NotPossible(_("Where to?"), _("Type sync with a folder or with head office's address behind it."))
        folder = typed_path(where)
        if "://" not in where and await asyncio.to_thread(folder.is_dir):
            trip = self._carry(folder)
        elif "://" not in where and ("/" in where.rstrip("/") or "\\" in where):
            raise NotPossible(_("There is no folder {folder}. Check the path; is the stick plugged in?", folder=where))
        else:
            self.tools.check_office(where)
            trip = self._send(where)
        self._task = asyncio.ensure_future(self._run(where, trip))

    async def _run(self, where: str, trip: Callable[[Work], Coroutine[Any, Any, None]]) -> None:
        work = self._work = Work(where)
        self._out(tidy(_("Under way to {where}. Type stop to end it.", where=where)))
        looks = asyncio.ensure_future(self._look(work))
        try:
            await trip(work)
        except Stopped:
            self._out(f"✕ {tidy(stopped_words())}")
        except FieldkitError as wrong:
            self._out(f"✕ {tidy(error_words(wrong))}")
        finally:
            looks.cancel()
            self._work = None

    async def _look(self, work: Work) -> None:
        """A line at each step, at each quarter of a long one, and once for each wait."""
        said: tuple[object, ...] = ()
        while True:
            await asyncio.sleep(LOOK_S)
            at = work.at
            now = _where(at)
            if at is None or now == said:
                continue
            said = now
            if at.step == "wait":
                tried = _("Trying again in {n} s.", n=at.of - at.done)
                self._out(tidy(f"{told(at.why)} {tried} {_('Type now to try at once.')}"))
            elif words := step_words(at):
                self._out(tidy(words))

    def _carry(self, folder: Path) -> Callable[[Work], Coroutine[Any, Any, None]]:
        async def trip(work: Work) -> None:
            done = await self.tools.carry(folder, work.told, work.stopped)
            self._out(tidy(f"✓ {carried_words(done)}"))
            if done.words:
                self._six(done.words)

        return trip

    def _send(self, address: str) -> Callable[[Work], Coroutine[Any, Any, None]]:
        async def trip(work: Work) -> None:
            kept: list[str] = []
            try:
                done = await self.tools.send(address, work.told, work.stopped, work.hurried, kept.append)
            finally:
                for words in kept:
                    self._six(words)
            for line in sent_lines(done, WIDE, WIDE):
                self._out(tidy(line.plain.strip()))
            words, ok = sent_words(done)
            self._out(tidy(f"{'✓' if ok else '✕'} {words}"))

        return trip

    def _six(self, words: str) -> None:
        why = _("It is sealed to these six words. Write them down now: head office needs them, and nothing keeps them.")
        self._out(tidy(f"{why} {words}"))


def _where(at: At | None) -> tuple[object, ...]:
    """What makes a line of its own: a step, a quarter of it, a wait."""
    if at is None:
        return ()
    return (at.step, at.of) if at.step == "wait" else (at.step, at.of and at.done * 100 // at.of // QUARTER)


__all__ = ["VERBS", "Trips"]
