"""The one-time link: a table that a phone takes from the console, over the room's network."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fieldkit.errors import NotPossible
from fieldkit.lan.handout import Paper
from fieldkit.tui.tools import SheetLink

if TYPE_CHECKING:
    from fieldkit.cli.aftertools import AfterTools
    from fieldkit.cli.room import Room

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


async def hand(room: Room, after: AfterTools, what: str, as_: str) -> None:
    """Make the link. The file is as it is now; what changes afterwards is not in it. Raises FieldkitError."""
    site = room.lan.site
    if site is None:
        raise NotPossible("Nobody can reach this laptop yet.", "Wait until the room is open.")
    name, raw = await asyncio.to_thread(after.handed_out, what, as_)

    async def note(who: str) -> None:
        await asyncio.to_thread(after.note_down, f"phone {who}: {name}", f"{what} {as_}", raw)

    paper = Paper(name, KINDS.get(as_, "application/octet-stream"), raw)
    site.handout.offer(paper, note, asyncio.get_running_loop().time())


def link(room: Room) -> SheetLink:
    """How the link is doing."""
    if room.lan.site is None:
        return SheetLink()
    one, now = room.lan.site.handout, asyncio.get_running_loop().time()
    token = one.token(now)
    url = f"{room.lan.url}/sheet?t={token}" if token else ""
    return SheetLink(state=one.state(now), url=url, phone=one.taken_by, left=one.left(now))
