"""The digest kept up in the background of `central serve`, in a thread and on a connection of its own; once a day plans
and rosters whose time is over are deleted.

It works at most half of the time, so that a database with many sessions to read (the first time, or after a restore)
answers requests meanwhile. Nothing is lost when it is stopped or killed: what is not read stays marked.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from fieldkit.errors import FieldkitError
from fieldkit.sync.central import planned, programs
from fieldkit.sync.central.digest.work import catch_up, left, today

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home

log = logging.getLogger("fieldkit.central")
EVERY_S = 2.0
"""Between two looks at whether there is anything to do."""
AGAIN_S = 30.0
"""After something stood in the way."""
SHARE = 100
"""Sessions and people at a time."""


class Keeper:
    """Started once; `told` gets a line, once, when something stands in the way."""

    def __init__(
        self,
        home: Home,
        now: Callable[[], int],
        told: Callable[[str], None],
        every_s: float = EVERY_S,
        again_s: float = AGAIN_S,
    ) -> None:
        """`now`: central's clock, Unix seconds."""
        self.home, self.now, self.told, self.every_s, self.again_s = home, now, told, every_s, again_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="digest", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Waits for the step that is under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    async def _run(self) -> None:
        self._said: dict[str, str] = {}
        while not self._stop.is_set():
            try:
                db = await self.home.database()
                try:
                    await self._keep(db)
                finally:
                    await db.close()
            except FieldkitError as wrong:
                self._tell(wrong.sentence, wrong.hint)
                await self._wait(self.again_s)
            except Exception:  # a mistake of ours, or bytes that nobody thought of: the next look may get past it
                log.exception("the lists of people were not kept up")
                self._tell("This is a mistake in fieldkit at head office.", "It tries again by itself.")
                await self._wait(self.again_s)

    def _tell(self, sentence: str, hint: str, what: str = "The lists of people cannot be kept up") -> None:
        if sentence != self._said.get(what):
            self._said[what] = sentence
            self.told(f"{what}: {sentence} {hint}")

    def _tidy(self) -> None:
        """A plan that cannot be read, or a lock that is not to be had, keeps nobody's training from being looked at."""
        what = "Plans whose time is over were not deleted"
        try:
            planned.tidy(self.home, self.now())
        except FieldkitError as wrong:
            self._tell(wrong.sentence, wrong.hint, what)
        except OSError as wrong:
            self._tell(f"The folder of the plans cannot be written: {wrong.strerror}.", "Check the disk.", what)

    async def _keep(self, db: Database) -> None:
        seen: object = None
        tidied: object = None
        while not self._stop.is_set():
            began, day = time.monotonic(), today(self.now())
            if day != tidied:  # with every start, and then every day
                self._tidy()
                tidied = day
            async with db.reading() as tx:
                waiting = await left(tx, day)
            folder = day, _stamps(self.home)
            if not waiting and folder == seen:
                await self._wait(self.every_s)
                continue
            if not await catch_up(self.home, db, self.now(), SHARE, stopped=self._stop.is_set):
                seen = folder
            await self._wait(time.monotonic() - began)

    async def _wait(self, seconds: float) -> None:
        await asyncio.to_thread(self._stop.wait, seconds)


def _stamps(home: Home) -> list[object]:
    """What the disk says of the list and the programs: whether it is worth reading them again."""
    paths = [home.trust_path, *(path for some in programs.files(home).values() for path in some.values())]
    out: list[object] = []
    for path in sorted(paths):
        try:
            found = path.stat()
        except OSError:
            out.append((path, None))
        else:
            out.append((path, found.st_mtime_ns, found.st_size, found.st_ino))
    return out
