"""The listener of the trainer's phone: off until it is switched on, on a port of its own, for one phone.

Whoever is on the network can reach it and load the page, which holds nothing. What it shows and takes needs the key in
the address that stands on the console (docs/remote.md); everything else is refused and counted.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from fieldkit.consoles.remote_http import PLAIN, body_of, make_request, said, seal
from fieldkit.consoles.remote_page import page
from fieldkit.consoles.remote_pairing import Deny, Pairing
from fieldkit.consoles.remote_sockets import Connection, Sockets
from fieldkit.consoles.remote_talk import Talk
from fieldkit.consoles.remote_wire import DO, HEADER, SEE, Do, fragment, read
from fieldkit.desk import Desk
from fieldkit.errors import FieldkitError
from fieldkit.hosts import Hosts
from fieldkit.words import TRAINER, choose

PORTS = (8076, 0)
"""One that a trainer can let through a firewall, else any."""
AWAY_S = 45.0
"""A phone that has not asked for so long is silent: it asks at least twice in that time."""
PATHS = {"/v1/see": SEE, "/v1/do": DO}
STATUS = {
    Deny.HOST: 421,
    Deny.ORIGIN: 403,
    Deny.SHAPE: 400,
    Deny.MAC: 403,
    Deny.PHONE: 409,
    Deny.COUNTER: 409,
}

log = logging.getLogger("fieldkit.consoles")
quiet = logging.getLogger("fieldkit.consoles.http")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


class RemotePort:
    """Made with the room, off until `on`. Nothing of it is kept on the disk."""

    def __init__(
        self,
        desk: Desk,
        here: Callable[[], str],
        names: Callable[[], Iterable[str]] = tuple,
        *,
        bind: str = "",
        lang: str = "",
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """`here` is the address or name to show; `names` are all by which this laptop may be asked; `bind`: listen
        there only; `lang` of the trainer, else the pack's."""
        self._desk, self._here, self._names, self._bind, self._entropy = desk, here, names, bind, entropy
        self.lang = choose(lang or desk.plan.language, TRAINER)
        self.port = 0
        self._hosts = Hosts(())
        self._sockets = Sockets()
        self._pairing: Pairing[asyncio.Task[Any]] | None = None
        self._talk: Talk | None = None
        self._refused: dict[str, int] = {}
        self._server: asyncio.Server | None = None
        self._web: web.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[bool] | None = None
        self._turn = asyncio.Lock()

    # ---- on and off --------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """`off`, `offered` (its address waits for a phone), `on`, or `away` (its phone is silent)."""
        if self._pairing is None or self._talk is None:
            return "off"
        if not self._pairing.phone:
            return "offered"
        silent = asyncio.get_running_loop().time() - self._talk.heard > AWAY_S
        return "away" if silent and not self._talk.waiting else "on"

    @property
    def url(self) -> str:
        """The address with the key, while no phone has it: nobody else should see it afterwards."""
        if self._pairing is None or self._pairing.phone:
            return ""
        return f"{self.address}/#{fragment(self._pairing.key)}"

    @property
    def address(self) -> str:
        """Without the key."""
        here = self._here()
        return f"http://{f'[{here}]' if ':' in here else here}:{self.port}"

    @property
    def phone(self) -> str:
        """Where the phone is: its network address; empty without one."""
        return self._talk.peer if self._talk is not None else ""

    @property
    def refused(self) -> dict[str, int]:
        """How many requests were refused for which reason since the program began."""
        found = dict(self._refused)
        for why, n in self._pairing.refused.items() if self._pairing is not None else ():
            found[why.value] = found.get(why.value, 0) + n
        return found

    async def on(self) -> str:
        """The address for a phone. While one waits it is the same; a phone that had it before is out.

        Raises FieldkitError when nothing can be opened."""
        async with self._turn:
            if self.url:
                return self.url
            await self._end()
            await self._listen()
            self._pairing = Pairing(self._entropy)
            self._talk = Talk(self._desk, self.lang)
            self._desk.pulse_changed()
            return self.url

    async def off(self) -> bool:
        """At once: the key is forgotten before anything is waited for. False if it was off."""
        was = self._pairing is not None
        if self._pairing is not None:
            self._pairing.forget()
        async with self._turn:
            await self._end()
            await self._close()
        self._desk.pulse_changed()
        return was

    async def _end(self) -> None:
        pairing, talk = self._pairing, self._talk
        if pairing is None or talk is None:
            return
        pairing.forget()
        self._refused = self.refused
        self._pairing = self._talk = None
        self._sockets.estrange()
        await talk.end()

    async def _listen(self) -> None:
        if self._server is not None:
            return
        loop = asyncio.get_running_loop()
        made = web.Server(self._handle, request_factory=make_request, handler_cancellation=False)
        options: dict[str, Any] = {
            "keepalive_timeout": 75.0,
            "access_log": None,
            "logger": quiet,
            "lingering_time": 1.0,
            "auto_decompress": False,
            "max_line_size": 2048,
            "max_field_size": 4096,
            "max_headers": 48,
        }
        wrong: OSError | None = None
        for port in PORTS:
            try:
                self._server = await loop.create_server(
                    lambda: Connection(made, self._sockets, loop=loop, **options),
                    self._bind or "0.0.0.0",
                    port,
                    backlog=16,
                )
                break
            except OSError as error:
                wrong = error
        if self._server is None:
            raise FieldkitError(f"The remote cannot listen: {wrong}.", "Close the program that has the port.")
        self._web = made
        self.port = self._server.sockets[0].getsockname()[1]
        self._hosts = Hosts([*self._names(), self._here(), self._bind])
        self._sweeper = asyncio.create_task(self._sweep(), name="remote")

    async def _close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._web is not None:
            self._web.pre_shutdown()
            await self._web.shutdown(1.0)  # whoever waits is told first
            self._web = None
        self._sockets.drop_all()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self._sockets.sweep(asyncio.get_running_loop().time())

    # ---- requests ----------------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Every request comes through here. A mistake ends the request, never the room."""
        connection = request.protocol
        if isinstance(connection, Connection):
            connection.begin()
        try:
            return await self._answer(request)
        except (ConnectionError, web.HTTPException):
            raise
        except Exception:
            log.exception("a request of the remote could not be answered")
            return web.Response(text="500: a mistake in fieldkit", status=500, headers=PLAIN)
        finally:
            if isinstance(connection, Connection):
                connection.end()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        host, origin, path = request.headers.get("Host"), request.headers.get("Origin"), request.rel_url.raw_path
        if not self._ours(host):
            return self._deny(Deny.HOST)
        if origin is not None and not self._hosts.same_origin(origin, host):
            return self._deny(Deny.ORIGIN)
        if path == "/" and request.method in ("GET", "HEAD"):
            made = page(self.lang)
            return web.Response(body=made.html, headers={**PLAIN, **made.headers})
        lane = PATHS.get(path)
        if lane is None or request.method != "POST":
            return said("not-found", 404 if lane is None else 405)
        return await self._sealed(request, lane)

    def _ours(self, host: str | None) -> bool:
        if self._hosts.knows(host):
            return True
        self._hosts.allow([*self._names(), self._here()])  # the laptop may have another address by now
        return self._hosts.knows(host)

    async def _sealed(self, request: web.BaseRequest, lane: str) -> web.Response:
        """A request with a code, and its answer with one."""
        body = await body_of(request)
        if body is None:
            return self._deny(Deny.SHAPE)
        pairing, talk = self._pairing, self._talk
        if pairing is None or talk is None:
            return self._deny(Deny.MAC)
        key = pairing.key  # the last answer of a remote that is switched off still has its code
        asked = pairing.judge(lane, body, request.headers.get(HEADER, ""), talk.now())
        if asked is Deny.LATE:
            held = read(lane, body)
            assert held is not None
            return seal(key, lane, held.n, talk.late())
        if isinstance(asked, Deny):
            return said(asked.value, STATUS[asked])
        if isinstance(request.protocol, Connection):
            request.protocol.known = True
        talk.hear(request.remote or "")
        if isinstance(asked, Do):
            return seal(key, lane, asked.n, await self._do(pairing, talk, asked))
        return seal(key, lane, asked.n, await talk.see(asked))

    async def _do(self, pairing: Pairing[asyncio.Task[Any]], talk: Talk, asked: Do) -> dict[str, Any]:
        if talk.gives_back(asked.wish):
            self._leaving = asyncio.create_task(self.off(), name="remote off")
            return talk.given_back()
        made = pairing.once(asked.id, asked.wish, lambda: asyncio.create_task(talk.act(asked.wish)))
        if made is None:
            return talk.refused("id-reused")
        found: dict[str, Any] = await asyncio.shield(made)
        return found

    def _deny(self, why: Deny) -> web.Response:
        if self._pairing is not None:
            self._pairing.deny(why)
        no = said(why.value, STATUS[why])
        no.force_close()
        return no
