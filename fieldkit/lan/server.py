"""The listener for phones and the wall: assemble, limit, start, stop. Nothing on it controls the session.

aiohttp's low-level server is used with a connection and a dispatcher of our own: every guard sits in front of
every route, and a phone that only listens costs a socket and nothing else (`push`).
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import socket
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from fieldkit.errors import FieldkitError
from fieldkit.lan import seats, wire
from fieldkit.lan.address import Address, own_addresses, to_show, web_address
from fieldkit.lan.connections import Connection
from fieldkit.lan.doors import IDLE_SECONDS, Hosts
from fieldkit.lan.push import ended
from fieldkit.lan.routes import handle
from fieldkit.lan.routes_pages import tell_each
from fieldkit.lan.site import Site

if TYPE_CHECKING:
    from fieldkit.desk import Desk
    from fieldkit.lan.announce import Announcer

BACKLOG = 4096
"""A whole room scans the QR at once; aiohttp's 128 drops SYNs, which come back after a second or three."""
SEND_BUFFER = 32 * 1024
FILES = 65_536
PORTS = [80, 8080, 0]
RARELY = (200_000, 10, 20)
"""Thresholds of the garbage collector while serving: requests leave few cycles, and what phones hold lives long."""

log = logging.getLogger("fieldkit.lan")
quiet = logging.getLogger("fieldkit.lan.http")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


class LanServer:
    """Phones and wall of one desk. `url`, `wall_url`, `port`, `addresses` are known after `start`."""

    def __init__(self, desk: Desk, *, list_addresses: Callable[[], list[Address]] = own_addresses) -> None:
        self.desk = desk
        self._list_addresses = list_addresses
        self._bind = ""
        self.port = 0
        self.url = ""
        """What people type, e.g. `http://192.168.43.17` (port 80) or `http://192.168.43.17:8080`."""
        self.addresses: list[Address] = []
        self.host_name = ""
        """`fk-….local` while announced, an extra beside the address."""
        self.site: Site | None = None
        self.announcer: Announcer | None = None
        self._server: asyncio.Server | None = None
        self._web: web.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._unsubscribe: Any = None
        self._frozen = False
        self._thresholds: tuple[int, int, int] | None = None
        self._ended = desk.session.state == "ended"
        self._telling: asyncio.Task[None] | None = None

    @property
    def invite(self) -> str:
        """The address with the room code, for the QR."""
        return f"{self.url}/{self.desk.code}"

    @property
    def urls(self) -> list[str]:
        """Every address of this laptop that a phone might reach, the shown one first."""
        others = [web_address(a.ip, self.port) for a in self.addresses if a.reachable]
        named = [web_address(self.host_name, self.port)] if self.host_name else []
        return list(dict.fromkeys([self.url, *others, *named]))

    @property
    def wall_url(self) -> str:
        return f"{self.url}/wall?t={seats.wall_token(self.desk.secret)}"

    # ---- start -------------------------------------------------------------------------------------------------

    async def start(
        self,
        *,
        bind: str = "",
        port: int | None = None,
        allow_hosts: Sequence[str] = (),
        announce: bool = False,
        prefer: int | None = None,
        lang: str = "",
        fingerprint: str = "",
        sock: socket.socket | None = None,
    ) -> None:
        """Listen and serve. `sock` listens already (`open_door`), else: `port` None tries 80, 8080, then any; 0 is
        any; `prefer` (the port before a restart)
        comes first and is skipped when it is taken. `lang` is the wall's, else the pack's own; `fingerprint` of the
        device key is announced. Raises FieldkitError when nothing can be opened.
        """
        raise_file_limit()
        self.addresses = self._list_addresses()
        self._bind = bind
        sock = sock or open_door(bind, port, prefer)
        self.port = sock.getsockname()[1]
        shown = to_show(self.addresses, bind)
        self.url = web_address(shown, self.port)
        hosts = Hosts([*(a.ip for a in self.addresses), *allow_hosts, bind])
        site = self.site = Site(self.desk, self.url, self.addresses, hosts, lang)
        loop = asyncio.get_running_loop()
        self._web = web.Server(
            lambda request: handle(site, request), request_factory=_make_request, handler_cancellation=False
        )
        server = self._web
        options: dict[str, Any] = {
            "keepalive_timeout": IDLE_SECONDS,
            "access_log": None,
            "logger": quiet,
            "lingering_time": 2.0,
            "auto_decompress": False,
            "tcp_keepalive": True,
            "max_line_size": 4096,
            "max_field_size": 8190,
            "max_headers": 64,
        }
        site.phones.start()
        site.walls.start()
        self._unsubscribe = self.desk.subscribe(self._changed)
        self._sweeper = asyncio.create_task(self._sweep(), name="sweep")
        self._server = await loop.create_server(
            lambda: Connection(server, site.sockets, loop=loop, **options), sock=sock, backlog=BACKLOG
        )
        if announce:
            self._announce(fingerprint)
        self._thresholds = gc.get_threshold()
        gc.set_threshold(*RARELY)

    def _announce(self, fingerprint: str) -> None:
        from fieldkit.lan.announce import Announcer, new_host

        info = self.desk.session.info
        host = new_host()
        self.host_name = host.removesuffix(".")
        assert self.site is not None
        self.site.hosts.allow([self.host_name])
        self.announcer = Announcer(
            info.title if info else "fieldkit",
            self.port,
            {
                "v": "1",
                "sid": seats.session_suffix(self.desk.session.origin),
                "path": "/",
                "fp": fingerprint or (info.dev if info else ""),
                "lang": self.desk.plan.language,
            },
            host,
        )
        self.announcer.start()

    def _changed(self) -> None:
        """After each commit: cheap; the channels' own tasks render and send."""
        if self.site is None:
            return
        ended = self.desk.session.state == "ended"
        if ended != self._ended:
            self._ended = ended
            # Before the page that shows it: what is personal in the goodbye is there when the page needs it.
            self._telling = asyncio.create_task(tell_each(self.site), name="goodbye")
        self.site.phones.touch()
        self.site.walls.touch()

    async def _sweep(self) -> None:
        """Once a second: slow sockets, quiet counters, seats that were given away, the wall's fresh code."""
        turn = 0
        while True:
            await asyncio.sleep(1.0)
            turn += 1
            try:
                if turn == 1:
                    # What start-up made stays: with it in every collection, a burst of joins costs half as much again.
                    # Not before serving: looking through all of it takes as long as everything else `start` does.
                    gc.collect()
                    gc.freeze()
                    self._frozen = True
                self._sweep_once(turn)
            except Exception:  # the limits must outlive a mistake
                log.exception("the sweep did not finish")

    def _sweep_once(self, turn: int) -> None:
        site, now = self.site, asyncio.get_running_loop().time()
        assert site is not None
        site.sockets.sweep(now)
        if len(site.walls):
            site.walls.touch()
        if turn % 3 == 0:
            for stream in site.phones.streams():
                if stream.p not in self.desk.seat_of(stream.key):
                    site.phones.close_key(stream.key)
        if turn % 10 == 0:
            self.look_again()
        if turn % 60 == 0:
            site.pace.sweep(now)

    def look_again(self) -> None:
        """The laptop may have changed its Wi-Fi: new addresses are ours too, and the QR shows one that still is."""
        found = self._list_addresses()
        if self.site is None or found == self.addresses:
            return
        self.addresses = found
        self.url = web_address(to_show(found, self._bind), self.port)
        self.site.moved(self.url, found)
        self._changed()

    # ---- stop --------------------------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Say goodbye on the network, close streams, then sockets. Safe to call at any time, also twice."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self.announcer is not None:
            await self.announcer.stop()
            self.announcer = None
        if self._server is not None:
            self._server.close()
        for task in (self._sweeper, self._telling):
            await ended(task)
        self._sweeper = self._telling = None
        if self.site is not None:
            await self.site.phones.stop()
            await self.site.walls.stop()
        if self._web is not None:
            self._web.pre_shutdown()
            await self._web.shutdown(2.0)
            self._web = None
        if self._server is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2.0):
                    await self._server.wait_closed()
            self._server = None
        if self._thresholds is not None:
            gc.set_threshold(*self._thresholds)
            self._thresholds = None
        if self._frozen:
            gc.unfreeze()
            self._frozen = False


def _make_request(
    message: RawRequestMessage, payload: StreamReader, protocol: Any, writer: Any, task: Any
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=wire.BODY_MAX)


def open_door(bind: str, port: int | None, prefer: int | None = None) -> socket.socket:
    """A listening socket on `prefer`, then `port` (None: 80, 8080, any). Raises FieldkitError.

    A host opens it before its session, so that an address that cannot be had never leaves a session begun.
    """
    return listen(bind, list(dict.fromkeys(([prefer] if prefer else []) + ([port] if port is not None else PORTS))))


def listen(bind: str, ports: Sequence[int]) -> socket.socket:
    """A listening socket on the first port that can be had. Raises FieldkitError."""
    last: OSError | None = None
    for port in ports:
        family = socket.AF_INET6 if ":" in bind else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            if sys.platform != "win32":  # there it would let two hosts share a port
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Set before listening, so that every accepted socket inherits it: what a stuck phone may hold back.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            sock.bind((bind or "0.0.0.0", port))
            sock.listen(BACKLOG)
            sock.setblocking(False)
            return sock
        except (OSError, OverflowError) as error:
            sock.close()
            last = error if isinstance(error, OSError) else OSError(str(error))
    where = f"port {ports[-1]}" if len(ports) == 1 else f"ports {', '.join(map(str, ports))}"
    raise FieldkitError(
        f"Cannot listen on {bind or 'this laptop'}, {where}: {(last.strerror if last else '') or last}.",
        "Choose another one with --port, or --port 0 for any free one.",
    )


def raise_file_limit() -> None:
    """A phone is an open file; the usual soft limit of 1,024 is a small hall."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft < want:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (want, hard))
