"""What the terminal app may ask of the rest of the house: the invite, exports, the way to head office, what can be run.

This is the roof's answer to the small protocols in `fieldkit.tui.tools`, so that the terminal knows neither the
network nor the disk.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.cli.aftertools import AfterTools
from fieldkit.cli.carrytools import CarryTools
from fieldkit.cli.console_tools import ConsoleTools
from fieldkit.cli.erasetools import EraseTools
from fieldkit.cli.progress import each_of
from fieldkit.errors import Stopped
from fieldkit.lan.qr import invite_text
from fieldkit.sync.outbox import Outbox
from fieldkit.tui.answerline import AnswerLine
from fieldkit.tui.tools import (
    AddressLine,
    FindingLine,
    Invite,
    JoiningState,
    KeyLine,
    Preview,
    RoutedWay,
    SheetLink,
    Stop,
    Told,
    WayLine,
)

if TYPE_CHECKING:
    from fieldkit.cli.room import Room


class RoomTools(CarryTools):
    """For a live session."""

    def __init__(self, room: Room, *, documents: bool = True) -> None:
        """`documents`: exports may go beside other papers of whoever sits here."""
        super().__init__(room.station)
        self._room = room
        self._after = AfterTools(room.station, room.desk.store.origin, documents=documents)

    @property
    def consoles(self) -> ConsoleTools:
        return ConsoleTools(self._room.consoles)

    @property
    def erasing(self) -> EraseTools:
        return EraseTools(self._room.station, self.sticks, self._room.desk)

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

    def formats(self, what: str) -> tuple[str, ...]:
        from fieldkit.formats.export import writable

        return writable(what)

    async def preview(self, what: str, as_: str, told: Told | None = None, stop: Stop | None = None) -> Preview:
        return await asyncio.to_thread(self._after.preview, what, as_, each_of("records", told, stop))

    async def export(self, what: str, as_: str, path: Path, told: Told | None = None, stop: Stop | None = None) -> Path:
        return await asyncio.to_thread(self._after.export, what, as_, path, each_of("records", told, stop))

    async def way(self) -> list[WayLine]:
        return await asyncio.to_thread(self._after.way)

    async def keys(self) -> list[KeyLine]:
        return await asyncio.to_thread(self._after.keys)

    async def make_key(self, id: str, passphrase: str, stop: Stop | None = None) -> KeyLine:
        each = each_of("key", None, stop)
        return await asyncio.to_thread(self._after.make_key, id, passphrase, lambda: each(0, 0))

    async def attest(self, key: str, passphrase: str, meaning: str, name: str, stop: Stop | None = None) -> int:
        from fieldkit.cli.attest import sign_desk

        signer = await asyncio.to_thread(self._after.unlock, key, passphrase)
        if stop is not None and stop():
            raise Stopped
        record = await sign_desk(self._room.desk, signer, meaning, name)
        await asyncio.to_thread(self._room.station.remember, self._room.desk.store)
        return record

    async def hand_over(
        self, key: str, passphrase: str, name: str, to_name: str, to: str, stop: Stop | None = None
    ) -> int:
        from fieldkit.cli.attest import hand_over_desk

        signer = await asyncio.to_thread(self._after.unlock, key, passphrase)
        theirs = next((one.name for one in await self.keys() if one.id == to), "") if to else ""
        if stop is not None and stop():
            raise Stopped
        record = await hand_over_desk(self._room.desk, signer, name, to_name, theirs)
        await asyncio.to_thread(self._room.station.remember, self._room.desk.store)
        return record

    async def stage(self) -> str:
        desk, outbox = self._room.desk, Outbox(self._room.station.outbox)
        facts = await asyncio.to_thread(outbox.known, desk.store.origin)
        stage = facts.stage(desk.session.saved + 1)
        if stage == "kept":
            return "part" if facts.left() else ""
        return stage

    async def answers(self) -> list[AnswerLine]:
        return await asyncio.to_thread(self._after.answers)

    def sheet(self) -> SheetLink:
        from fieldkit.cli.handtools import link

        return link(self._room)

    async def hand(self, what: str, as_: str) -> None:
        from fieldkit.cli.handtools import hand

        await hand(self._room, self._after, what, as_)

    def hand_off(self) -> bool:
        site = self._room.lan.site
        return site is not None and site.handout.off()

    def kiosk_state(self) -> str:
        return self._room.lan.kiosk_state

    def kiosk_url(self) -> str:
        return self._room.lan.kiosk_url

    async def kiosk(self) -> str:
        return await self._room.lan.offer_kiosk()

    async def kiosk_off(self) -> bool:
        return await self._room.lan.kiosk_off()
