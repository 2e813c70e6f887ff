"""Sam's laptop: keys, times and paths that are always the same; what asks this machine is answered for it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
from textual.pilot import Pilot

from fieldkit.cli.hometools import StationTools
from fieldkit.config import Settings
from fieldkit.log.keys import Signer
from fieldkit.roster import Fixes
from fieldkit.rosterlook import Look
from fieldkit.station import Station
from fieldkit.tui.app import HomeApp
from fieldkit.tui.hometools import CheckLine, HomeState, Memory, PhoneCheck, PhoneWords, RosterFile
from fieldkit.tui.tools import Carried, StickLine, Stop, Told
from tests.kit.clock import ManualClock
from tests.tui.homekit import ORG
from tests.tui.room import until_text

EVENING = 1_795_199_400_000
"""2026-11-20 18:30 UTC: half an hour before the night shift's session."""
SIZE = (80, 24)
DAY = 86_400_000
STICK = Path("/media/sam/FIELDKIT")
OFFICE = "https://fieldkit.acme.example"
PAPERS = Path("/srv/sam/Documents")
TRAINER, SITE = "Sam Ortiz", "Press shop, L4"
TITLE = "Lockout/Tagout refresher"


def counted() -> Callable[[int], bytes]:
    """Bytes for whoever asks for random ones: other ones each time, the same in each run."""
    n = 0

    def more(size: int) -> bytes:
        nonlocal n
        n += 1
        return bytes((n * 37 + k * 11) % 256 for k in range(size))

    return more


def station_at(folder: Path, clock: ManualClock) -> Station:
    """The data folder with a key that was made beforehand."""
    home = folder / "data"
    (home / "keys").mkdir(parents=True, mode=0o700)
    Signer(f"{ORG}/dev/l4p7q2", bytes(range(32))).save(home / "keys" / "device.key")
    station = Station.open(home, org=ORG, clock=clock)
    station.entropy = counted()
    return station


CHECKS = (
    CheckLine(check="network", ok=True, words="Phones reach this laptop at 10.42.0.1 (wlan0)."),
    CheckLine(check="port", ok=True, words="Port 80 is free: the address needs no number behind it."),
    CheckLine(
        check="firewall",
        ok=None,
        words="Whether the firewall lets phones in cannot be seen from here.",
        hint="Open http://10.42.0.1 on a phone before people come.",
    ),
    CheckLine(check="clock", ok=True, words="The clock can be right."),
    CheckLine(check="disk", ok=True, words="41.2 GB are free."),
    CheckLine(check="key", ok=True, words=f"This laptop signs as {ORG}/dev/l4p7q2."),
    CheckLine(
        check="trust",
        ok=False,
        words=f"The trust list of {ORG} (version 7) has run out.",
        hint="Ask head office: fieldkit enrol, then fieldkit trust accept.",
    ),
)


class BookStation(StationTools):
    """The home screen's tools; the disk, the network and the folders of this machine stay out of the book."""

    opened = False
    answered: int | None = None
    phone = False

    async def look(self) -> HomeState:
        found = await super().look()
        return msgspec.structs.replace(found, status=msgspec.structs.replace(found.status, free=41_200_000_000))

    async def room_check(self) -> list[CheckLine]:
        return list(CHECKS)

    async def roster_files(self) -> list[RosterFile]:
        return [
            msgspec.structs.replace(x, path=PAPERS / x.name, day=f"2026-11-{19 - k}", place="Documents")
            for k, x in enumerate(sorted(await super().roster_files(), key=lambda x: x.name))
        ]

    async def roster(self, path: Path, fixes: Fixes, told: Told | None = None, stop: Stop | None = None) -> Look:
        folder = self._folders[0] if self._folders else path.parent
        return await super().roster(folder / path.name, fixes, told, stop)

    async def open_check(self, words: PhoneWords) -> None:
        self.opened = True

    def phone_check(self) -> PhoneCheck:
        url = "http://10.42.0.1"
        return PhoneCheck(url=url, qr_text=url.upper(), phone=self.phone, here=False, answer=self.answered, findings=())

    async def close_check(self) -> None:
        self.opened = False

    async def sticks(self) -> list[StickLine]:
        return [StickLine(path=str(STICK), name=STICK.name, free=3_200_000_000)]

    async def office(self) -> str:
        return OFFICE

    async def carry(self, folder: Path, told: Told | None = None, stop: Stop | None = None) -> Carried:
        return Carried(folder=folder, sessions=1)


@contextlib.asynccontextmanager
async def at_home(
    station: Station,
    *,
    welcomed: bool = True,
    folder: Path | None = None,
    wait: str = "START NEW FROM A PACK",
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[tuple[Pilot[object], BookStation]]:
    """The home screen; `folder`: where rosters lie."""
    tools = BookStation(station, Settings(home=station.home, tz="UTC"), folders=[folder] if folder else [])
    if welcomed:
        tools.remember(Memory(trainer=TRAINER, place=SITE, welcomed=True))
    app = HomeApp(tools, ())
    async with app.run_test(size=size) as pilot:
        await until_text(pilot, wait)
        yield pilot, tools
