"""What the terminal app may ask of the rest of the house: the invite, exports, the way to head office, what can be run.

This is the roof's answer to the small protocols in `fieldkit.tui.tools`, so that the terminal knows neither the
network nor the disk.
"""

from __future__ import annotations

import asyncio
import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fieldkit.cli.room import Room, compile_for
from fieldkit.clock import local_zone
from fieldkit.errors import FieldkitError
from fieldkit.lan.qr import invite_text
from fieldkit.packs.compile import require_runnable
from fieldkit.packs.find import list_packs
from fieldkit.roster import read_roster
from fieldkit.station import SessionRef, Station
from fieldkit.sync.outbox import Outbox
from fieldkit.tui.tools import Invite, NewSession, PackLine, SessionLine


class RoomTools:
    """For a live session."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def invite(self) -> Invite:
        lan, desk = self._room.lan, self._room.desk
        return Invite(
            url=lan.url,
            code=desk.code,
            fresh=desk.fresh(),
            urls=tuple(lan.urls),
            wall_url=lan.wall_url,
            qr_text=invite_text(f"{lan.url}/{desk.code}"),
        )

    async def export(self, what: str) -> Path:
        """Write the table beside the other exports of this laptop, off the loop."""
        from fieldkit.cli.export import export_file

        station = self._room.station
        ref = station.find(self._room.desk.store.origin)
        name = f"{ref.path.stem}-{what}.csv"
        folder = station.home / "exports"
        folder.mkdir(mode=0o700, exist_ok=True)
        return await asyncio.to_thread(export_file, station, ref, what, "csv", folder / name)

    async def carry(self) -> str:
        return await carry(self._room.station)


class StationTools:
    """For the home screen."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def packs(self) -> list[PackLine]:
        return [
            PackLine(
                id=x.id,
                version=x.version,
                title=x.title or x.id,
                minutes=x.minutes,
                langs=tuple(x.langs),
                problem=x.problem,
            )
            for x in list_packs(self._station.packs_dir)
        ]

    def sessions(self) -> list[SessionLine]:
        outbox = Outbox(self._station.outbox)
        return [self._line(ref, outbox) for ref in reversed(self._station.sessions())]

    def _line(self, ref: SessionRef, outbox: Outbox) -> SessionLine:
        when = datetime.datetime.fromtimestamp(ref.opened_t / 1000, ZoneInfo(local_zone()))
        stage = outbox.facts(ref.origin).stage(ref.size)
        return SessionLine(
            ref=ref.origin,
            seq=ref.seq,
            title=ref.title,
            when=when.strftime("%Y-%m-%d %H:%M"),
            state=ref.state,
            sync="" if stage == "kept" else stage,
        )

    async def check(self, new: NewSession) -> None:
        """Pack and roster are read as they would be at the start, so that what is wrong shows in the form."""

        def read() -> None:
            compiled = compile_for(self._station, new.pack, new.site)
            require_runnable(compiled.plan)
            if new.roster is not None:
                read_roster(new.roster)

        await asyncio.to_thread(read)

    async def carry(self) -> str:
        return await carry(self._station)


async def carry(station: Station) -> str:
    """Pack what head office has not receipted into the outbox; one sentence that says how far it came."""
    from fieldkit.cli.carry import pack_outbox

    try:
        return await asyncio.to_thread(pack_outbox, station)
    except OSError as error:
        raise FieldkitError(f"It could not be written: {error.strerror}.", "Check the disk or the stick.") from error
