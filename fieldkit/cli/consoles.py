"""Second consoles of a running room: switched on and off, who asks, who is in, for `ctl` and for the terminal app."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from fieldkit.core.intents import FACILITATOR, UnpairConsole
from fieldkit.core.pairings import CONSOLES
from fieldkit.errors import NotPossible
from fieldkit.lan.qr import invite_text
from fieldkit.verbs import SecondConsole

if TYPE_CHECKING:
    from fieldkit.consoles.attach_asks import Asking
    from fieldkit.consoles.attach_server import AttachServer
    from fieldkit.consoles.attach_wire import Invited
    from fieldkit.consoles.remote_port import RemotePort
    from fieldkit.desk import Answer, Desk
    from fieldkit.lan.server import LanServer


T = TypeVar("T")


class Attached(msgspec.Struct, frozen=True):
    """A laptop whose pairing is in force. `no` is the index of its record; `live`: it is connected now."""

    no: int
    role: str
    name: str
    live: bool


class Consoles:
    """One a room. Nothing listens before somebody switches it on."""

    def __init__(self, desk: Desk, lan: LanServer, bind: str = "", lang: str = "") -> None:
        """`lang` of the trainer, else the pack's."""
        self._desk, self._lan, self._bind, self._lang = desk, lan, bind, lang
        self._attach: AttachServer | None = None
        """Made, and its TLS loaded, when it is first switched on."""
        self._remote: RemotePort | None = None
        self._going: set[asyncio.Future[Any]] = set()

    # ---- another laptop --------------------------------------------------------------------------------------

    @property
    def words(self) -> str:
        """Six words; empty while nothing listens."""
        return self._attach.words if self._attach is not None else ""

    @property
    def address(self) -> str:
        """What stands behind `fieldkit attach`; empty while nothing listens."""
        if self._attach is None or not self._attach.on:
            return ""
        host = urlsplit(self._lan.url).hostname or "localhost"
        return f"[{host}]:{self._attach.port}" if ":" in host else f"{host}:{self._attach.port}"

    def asking(self) -> list[Asking]:
        return self._attach.asking() if self._attach is not None else []

    def attached(self) -> list[Attached]:
        live = self._attach.live() if self._attach is not None else frozenset()
        return [
            Attached(one.i, one.role, one.name, one.key in live)
            for one in self._desk.session.staff
            if one.key and one.role in CONSOLES
        ]

    async def attach_on(self, port: int | None = None) -> None:
        """Listen, with a new key. Raises FieldkitError when no port can be had."""
        from fieldkit.consoles.attach_server import AttachServer
        from fieldkit.consoles.attach_wire import PORT

        if self._attach is None:
            self._attach = AttachServer(self._desk, self._invited)
        await self._whole(self._attach.start(self._bind, (PORT, 0) if port is None else (port,)))

    async def attach_off(self) -> bool:
        """False: it was off."""
        return self._attach is not None and await self._whole(self._attach.stop())

    async def let_in(self, no: int, role: str) -> Answer:
        """Raises FieldkitError."""
        return await self._whole(self._some().let_in(no, role))

    def turn_away(self, no: int) -> None:
        """Raises FieldkitError."""
        self._some().turn_away(no)

    async def throw_out(self, co: int) -> Answer:
        if self._attach is not None:
            return await self._whole(self._attach.throw_out(co))
        return await self._desk.submit(UnpairConsole(co=co), FACILITATOR)

    async def _whole(self, doing: Coroutine[Any, Any, T]) -> T:
        """To its end, also when whoever asked leaves the screen: half off is still on, half on holds a port."""
        task = asyncio.ensure_future(doing)
        self._going.add(task)
        task.add_done_callback(self._going.discard)
        return await asyncio.shield(task)

    def _some(self) -> AttachServer:
        if self._attach is None or not self._attach.on:
            raise NotPossible("Other laptops are off.", "Switch them on first: fieldkit ctl attach.")
        return self._attach

    def _invited(self) -> Invited:
        """What another laptop may tell people who want to join: not the wall's token, not the Wi-Fi's password."""
        from fieldkit.consoles.attach_wire import Invited

        lan, desk = self._lan, self._desk
        return Invited(
            url=lan.url,
            code=desk.code,
            fresh=desk.fresh(),
            urls=tuple(lan.urls),
            qr_text=invite_text(f"{lan.url}/{desk.code}"),
        )

    # ---- the trainer's phone ---------------------------------------------------------------------------------

    def remote(self) -> dict[str, Any]:
        """`state` off, offered, on or away; `url` with the key while it is offered; `phone`: the network address of
        the one that is paired; `refused`: how many requests, by reason."""
        one = self._remote
        if one is None:
            return {"state": "off", "url": "", "phone": "", "refused": {}}
        return {"state": one.state, "url": one.url, "phone": one.phone, "refused": one.refused}

    async def remote_on(self) -> str:
        """The address for one phone; a phone that had the remote is out. Raises FieldkitError."""
        from fieldkit.consoles.remote_port import RemotePort

        if self._remote is None:
            lan = self._lan
            self._remote = RemotePort(
                self._desk,
                lambda: urlsplit(lan.url).hostname or "localhost",
                lambda: [*(a.ip for a in lan.addresses), lan.host_name],
                bind=self._bind,
                lang=self._lang,
            )
        return await self._whole(self._remote.on())

    async def remote_off(self) -> bool:
        """False: it was off."""
        return self._remote is not None and await self._whole(self._remote.off())

    # ---- for ctl ---------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        attach = {
            "on": bool(self.address),
            "address": self.address,
            "words": self.words,
            "asking": msgspec.to_builtins(self.asking()),
            "attached": msgspec.to_builtins(self.attached()),
        }
        remote = {k: v for k, v in self.remote().items() if k != "url"}
        return {"attach": attach, "remote": remote}

    async def order(self, wish: SecondConsole) -> Answer | tuple[str, str]:
        """A verb of `ctl`. Raises FieldkitError."""
        first = wish.words[0] if wish.words else ""
        if wish.do == "attach":
            if first == "off":
                return ("Other laptops are off." if await self.attach_off() else "They were off."), ""
            await self.attach_on(int(first) if first.isdecimal() else None)
            return f"Six words: {self.words}. On the other laptop: fieldkit attach {self.address}", self.address
        if wish.do == "remote":
            if first == "off":
                return ("The remote is off." if await self.remote_off() else "It was off."), ""
            return "Open this on your phone; the first one that does is the remote.", await self.remote_on()
        no = int(first)
        if wish.do == "let-in":
            return await self.let_in(no, wish.words[1])
        if wish.do == "turn-away":
            self.turn_away(no)
            return "Turned away.", ""
        return await self.throw_out(no)

    async def close(self) -> None:
        try:
            await self.remote_off()
        finally:
            await self.attach_off()
