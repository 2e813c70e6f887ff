"""What the terminal app may ask of the rest of the house: the invite, exports, the way to head office, what can be run.

This is the roof's answer to the small protocols in `fieldkit.tui.tools`, so that the terminal knows neither the
network nor the disk.
"""

from __future__ import annotations

import asyncio
import datetime
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from fieldkit.cli.console_tools import ConsoleTools
from fieldkit.cli.room import Room
from fieldkit.clock import local_zone
from fieldkit.errors import FieldkitError
from fieldkit.lan.qr import invite_text
from fieldkit.station import SessionRef, Station
from fieldkit.sync.outbox import Outbox
from fieldkit.tui.tools import (
    AddressLine,
    Carried,
    FindingLine,
    Invite,
    JoiningState,
    RoutedWay,
)


class RoomTools:
    """For a live session."""

    def __init__(self, room: Room, *, documents: bool = True) -> None:
        """`documents`: exports may go beside other papers of whoever sits here."""
        self._room = room
        self._documents = documents

    @property
    def consoles(self) -> ConsoleTools:
        return ConsoleTools(self._room.consoles)

    def invite(self) -> Invite:
        lan, desk = self._room.lan, self._room.desk
        return Invite(
            url=lan.url,
            code=desk.code,
            fresh=desk.fresh(),
            urls=tuple(lan.urls),
            wall_url=lan.wall_url,
            qr_text=invite_text(f"{lan.url}/{desk.code}"),
            wifi_name=lan.wifi.name,
            wifi_qr=lan.wifi.text,
            routed=tuple(
                RoutedWay(url=one.url, place=one.place, qr_text=invite_text(f"{one.url}/{desk.code}"))
                for one in lan.routed
            ),
            moved=lan.moved,
        )

    def joining(self) -> JoiningState:
        found = self._room.lan.joining()
        steps = found.funnel
        return JoiningState(
            near=steps.near,
            seen=steps.seen,
            page=steps.page,
            joined=steps.joined,
            live=steps.live,
            answered=steps.answered,
            addresses=tuple(
                AddressLine(ip=a.ip, interface=a.interface, kind=a.kind, shown=a.ip == found.shown)
                for a in found.addresses
            ),
            findings=tuple(
                FindingLine(code=f.code, sentence=f.sentence, hint=f.hint, params=f.params) for f in found.findings
            ),
        )

    def show_address(self, ip: str) -> None:
        self._room.lan.choose(ip)

    def seen_moved(self) -> None:
        self._room.lan.seen_moved()

    async def export(self, what: str) -> Path:
        """Write the table where people look for their papers, off the loop."""
        from fieldkit.cli.export import export_file

        station = self._room.station

        def write() -> Path:
            ref = station.find(self._room.desk.store.origin)
            try:
                out = export_folder(station.home, documents=self._documents) / export_name(
                    ref, station.sessions(), what
                )
            except OSError as error:
                raise FieldkitError(f"No folder for exports: {error.strerror}.", "Check the disk.") from error
            return export_file(station, ref, what, "csv", out)

        return await asyncio.to_thread(write)

    async def carry(self, folder: Path) -> Carried:
        return await carry(self._room.station, folder)

    def stage(self) -> str:
        desk = self._room.desk
        stage = Outbox(self._room.station.outbox).facts(desk.store.origin).stage(desk.session.saved + 1)
        return "" if stage == "kept" else stage

    def kiosk_state(self) -> str:
        return self._room.lan.kiosk_state

    def kiosk_url(self) -> str:
        return self._room.lan.kiosk_url

    async def kiosk(self) -> str:
        return await self._room.lan.offer_kiosk()

    async def kiosk_off(self) -> bool:
        return await self._room.lan.kiosk_off()


def export_folder(home: Path, *, documents: bool = True) -> Path:
    """`Documents/fieldkit` of whoever sits here, when they have made one; else `exports` in the data folder."""
    papers = Path.home() / "Documents" / "fieldkit"
    if documents and papers.is_dir():
        return papers
    folder = home / "exports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def export_name(ref: SessionRef, others: Iterable[SessionRef], what: str) -> str:
    """`2026-11-22 Lockout basics attendance.csv`; the session's number too where another one would have that name."""
    day, title = day_of(ref), file_words(ref.title)
    twin = any(x.origin != ref.origin and (day_of(x), file_words(x.title)) == (day, title) for x in others)
    return " ".join(part for part in (day, title, str(ref.seq) if twin else "", f"{what}.csv") if part)


def day_of(ref: SessionRef) -> str:
    return datetime.datetime.fromtimestamp(ref.opened_t / 1000, ZoneInfo(local_zone())).strftime("%Y-%m-%d")


def file_words(title: str) -> str:
    """A title as part of a file name that every system takes: letters, digits and a few signs, at most 60."""
    kept = "".join(c if c.isalnum() or c in "-_.,()" else " " for c in unicodedata.normalize("NFC", title))
    while len(kept.encode()) > 120:  # a name may have 255 bytes, and the note beside it has a longer one
        kept = kept[:-1]
    return " ".join(kept.split())[:60].strip(" .")


async def carry(station: Station, folder: Path) -> Carried:
    """What `fieldkit sync --to FOLDER --plain` does: the trainer has said yes to names unsealed."""
    from fieldkit.sync.carry import sync_folder_to

    try:
        trip = await sync_folder_to(station, folder, plain=True)
    except OSError as error:
        raise FieldkitError(f"It could not be written: {error.strerror}.", "Check the disk or the stick.") from error
    return Carried(
        folder=folder,
        sessions=len(trip.sessions),
        receipted=len(trip.receipts),
        trust=trip.trust,
        left_out=len(trip.left_out),
    )
