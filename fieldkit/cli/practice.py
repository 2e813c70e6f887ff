"""A dry run from the home screen: the pack with simulated workers in a temporary folder, of which nothing is kept.

It listens on this machine only, is announced nowhere, and every screen says PRACTICE. Its own folder and its own key:
no record of it can ever be taken for one of this laptop's.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.cli.tools import RoomTools
from fieldkit.errors import NotPossible
from fieldkit.tui.tools import Carried, KeyLine, Sent, Stop, Told, Words

if TYPE_CHECKING:
    from fieldkit.station import Station
    from fieldkit.tui.hometools import Practice

ARRIVE_S = 0.4
UNHURRIED = 3.0


class PracticeTools(RoomTools):
    """As for a session, but nothing leaves the temporary folder."""

    async def export(self, what: str, as_: str, path: Path, told: Told | None = None, stop: Stop | None = None) -> Path:
        raise NotPossible("This is practice: nothing of it is kept.", "In a session the table is written here.")

    async def hand(self, what: str, as_: str) -> None:
        raise NotPossible("This is practice: nothing of it is kept.", "In a session the table is written here.")

    async def carry(self, folder: Path, told: Told | None = None, stop: Stop | None = None) -> Carried:
        raise NotPossible("This is practice: there is nothing to carry.", "In a session it goes to the stick.")

    async def send(
        self,
        address: str,
        told: Told | None = None,
        stop: Stop | None = None,
        now: Stop | None = None,
        words: Words | None = None,
    ) -> Sent:
        raise NotPossible("This is practice: there is nothing to send.", "In a session it goes to head office.")

    async def keys(self) -> list[KeyLine]:
        raise NotPossible("This is practice: nobody signs it.", "In a session your key signs the record.")


def practise(station: Station, wish: Practice, lang: str) -> bool:
    """Run it until the trainer leaves. True: somebody asked the whole program to go."""
    with tempfile.TemporaryDirectory(prefix="fieldkit-practice-", ignore_cleanup_errors=True) as folder:
        return asyncio.run(run_practice(Path(folder), station, wish, lang))


async def run_practice(folder: Path, station: Station, wish: Practice, lang: str, **options: Any) -> bool:
    """The session in `folder`, of which the caller disposes. `options` go to the terminal app."""
    from fieldkit.cli.demo import begin
    from fieldkit.cli.leave import on_leave
    from fieldkit.cli.planning import change_plan
    from fieldkit.packs.find import find_pack
    from fieldkit.tui import say
    from fieldkit.tui.app import run_live
    from fieldkit.tui.screens.page import practice_hint, practice_label

    leave = on_leave()
    pack = str(find_pack(wish.new.pack, station.packs_dir))
    room, workers = await begin(folder, pack, wish.workers, unhurried=UNHURRIED)

    async def arrive() -> None:
        for worker in workers:
            await worker.come_in(room.desk.code)
            await asyncio.sleep(ARRIVE_S)

    arriving = asyncio.create_task(arrive())
    try:
        await change_plan(room.desk, wish.new.changes)
        chosen = lang or room.desk.plan.language
        say.use(chosen)
        tools, label, hint = PracticeTools(room, documents=False), practice_label(), practice_hint()
        await run_live(room.desk, tools, chosen, leave=leave, label=label, hint=hint, **options)
    finally:
        arriving.cancel()
        await asyncio.gather(arriving, return_exceptions=True)
        await asyncio.gather(*(x.stop() for x in workers), return_exceptions=True)
        await room.close(None)
    return leave.is_set()
