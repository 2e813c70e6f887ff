"""What the terminal app may ask about second consoles: of the room here, and of a room that is far away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.desk import Answer, Refused
from fieldkit.errors import NotPossible
from fieldkit.tui.answerline import AnswerLine
from fieldkit.tui.tools import (
    AskingLine,
    Carried,
    ConsoleLine,
    ConsoleState,
    Invite,
    JoiningState,
    KeyLine,
    Preview,
    RemoteState,
    Sent,
    SheetLink,
    StickLine,
    Stop,
    Told,
    WayLine,
    Words,
)

if TYPE_CHECKING:
    from fieldkit.cli.consoles import Consoles
    from fieldkit.consoles.attach_far import FarDesk


class ConsoleTools:
    """The terminal app's side of it."""

    def __init__(self, consoles: Consoles) -> None:
        self._consoles = consoles

    def state(self) -> ConsoleState:
        consoles = self._consoles
        return ConsoleState(
            on=bool(consoles.address),
            address=consoles.address,
            words=consoles.words,
            asking=tuple(AskingLine(no=x.no, name=x.name, words=x.words) for x in consoles.asking()),
            attached=tuple(ConsoleLine(no=x.no, role=x.role, name=x.name, live=x.live) for x in consoles.attached()),
        )

    async def on(self) -> None:
        await self._consoles.attach_on()

    async def off(self) -> None:
        await self._consoles.attach_off()

    async def let_in(self, no: int, role: str) -> None:
        _taken(await self._consoles.let_in(no, role))

    async def turn_away(self, no: int) -> None:
        self._consoles.turn_away(no)

    async def throw_out(self, no: int) -> None:
        _taken(await self._consoles.throw_out(no))

    def remote(self) -> RemoteState:
        return RemoteState(**self._consoles.remote())

    async def remote_on(self) -> None:
        await self._consoles.remote_on()

    async def remote_off(self) -> None:
        await self._consoles.remote_off()


def _taken(answer: Answer) -> None:
    if isinstance(answer, Refused):
        raise NotPossible(answer.refusal.words)


class FarTools:
    """For a terminal that is attached to a session on another laptop: what needs that laptop's disk or network is done
    there."""

    consoles = None
    erasing = None

    def __init__(self, far: FarDesk) -> None:
        self._far = far

    def invite(self) -> Invite:
        found = self._far.invited
        return Invite(
            url=found.url, code=found.code, fresh=found.fresh, urls=found.urls, wall_url="", qr_text=found.qr_text
        )

    def joining(self) -> JoiningState:
        view = self._far.room_view()
        return JoiningState(joined=view.joined, live=view.live)

    def show_address(self, ip: str) -> None:
        raise _there()

    def seen_moved(self) -> None:
        return None

    def formats(self, what: str) -> tuple[str, ...]:
        return ("csv",)

    async def preview(self, what: str, as_: str, told: Told | None = None, stop: Stop | None = None) -> Preview:
        raise _there()

    async def export(self, what: str, as_: str, path: Path, told: Told | None = None, stop: Stop | None = None) -> Path:
        raise _there()

    async def sticks(self) -> list[StickLine]:
        return []

    async def carry(self, folder: Path, told: Told | None = None, stop: Stop | None = None) -> Carried:
        raise _there()

    async def office(self) -> str:
        return ""

    def check_office(self, address: str) -> None:
        raise _there()

    async def send(
        self,
        address: str,
        told: Told | None = None,
        stop: Stop | None = None,
        now: Stop | None = None,
        words: Words | None = None,
    ) -> Sent:
        raise _there()

    async def way(self) -> list[WayLine]:
        return []

    async def keys(self) -> list[KeyLine]:
        return []

    async def make_key(self, id: str, passphrase: str, stop: Stop | None = None) -> KeyLine:
        raise _there()

    async def attest(self, key: str, passphrase: str, meaning: str, name: str, stop: Stop | None = None) -> int:
        raise _there()

    async def hand_over(
        self, key: str, passphrase: str, name: str, to_name: str, to: str, stop: Stop | None = None
    ) -> int:
        raise _there()

    async def stage(self) -> str:
        raise _there()

    async def answers(self) -> list[AnswerLine]:
        return []

    def sheet(self) -> SheetLink:
        return SheetLink()

    async def hand(self, what: str, as_: str) -> None:
        raise _there()

    def hand_off(self) -> bool:
        return False

    def kiosk_state(self) -> str:
        return "off"

    def kiosk_url(self) -> str:
        return ""

    async def kiosk(self) -> str:
        raise _there()

    async def kiosk_off(self) -> bool:
        raise _there()


def _there() -> NotPossible:
    return NotPossible("This is done at the trainer's laptop.", "Ask the trainer.")
