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
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from fieldkit.errors import WrongUsage
from fieldkit.hosts import Hosts
from fieldkit.lan import seats, wire
from fieldkit.lan.address import ANY, Address, own_addresses, to_show, web_address
from fieldkit.lan.connections import Connection
from fieldkit.lan.doors import IDLE_SECONDS
from fieldkit.lan.joining import Joining, as_json, joining
from fieldkit.lan.listen import BACKLOG, open_door, raise_file_limit
from fieldkit.lan.neighbours import neighbours
from fieldkit.lan.personal import Teller
from fieldkit.lan.push import ended
from fieldkit.lan.routed import Routed
from fieldkit.lan.routes import handle
from fieldkit.lan.site import Site
from fieldkit.lan.wifi import Wifi

if TYPE_CHECKING:
    from fieldkit.desk import Desk
    from fieldkit.lan.alike import Alike
    from fieldkit.lan.announce import Announcer

LOOK_S = 3
"""How often the own addresses are compared: a laptop changes its Wi-Fi, and the QR must not lead to the old one."""
NEAR_S = 5
"""How often the table of neighbours is read."""
TOLD_S = 900.0
"""So long a changed address is told of, if nobody looks at the new QR code."""
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
        self._chosen = ""
        self.port = 0
        self.url = ""
        """What people type, e.g. `http://192.168.43.17` (port 80) or `http://192.168.43.17:8080`."""
        self.addresses: list[Address] = []
        self.host_name = ""
        """`fk-….local` while announced, an extra beside the address."""
        self.routed: tuple[Routed, ...] = ()
        """Addresses beyond our own that lead here (`--invite`)."""
        self.wifi = Wifi("")
        """Of the room, for its QR code on the trainer's screen."""
        self.near: int | None = None
        """Other devices on our networks; None while nobody knows."""
        self.alike: list[Alike] = []
        """Announcements on this network that could be taken for ours."""
        self.since = 0.0
        self._moved_at: float | None = None
        self._looking: asyncio.Task[None] | None = None
        self.site: Site | None = None
        self.announcer: Announcer | None = None
        self._server: asyncio.Server | None = None
        self._web: web.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._unsubscribe: Any = None
        self._frozen = False
        self._thresholds: tuple[int, int, int] | None = None
        self._teller: Teller | None = None

    @property
    def invite(self) -> str:
        """The address with the room code, for the QR."""
        return f"{self.url}/{self.desk.code}"

    @property
    def shown(self) -> str:
        """The IP address or name in the QR."""
        return to_show(self.addresses, self._bind, self._chosen)

    @property
    def bound(self) -> bool:
        """It listens on one address only."""
        return bool(self._bind) and self._bind not in ANY

    @property
    def moved(self) -> bool:
        """The shown address changed by itself, and nobody has looked at the new QR code (`seen_moved`)."""
        return self._moved_at is not None and asyncio.get_running_loop().time() - self._moved_at < TOLD_S

    @property
    def urls(self) -> list[str]:
        """Every address of this laptop that a phone might reach, the shown one first."""
        others = [web_address(a.ip, self.port) for a in self.addresses if a.reachable]
        named = [web_address(self.host_name, self.port)] if self.host_name else []
        return list(dict.fromkeys([self.url, *others, *named]))

    @property
    def wall_url(self) -> str:
        return f"{self.url}/wall?t={seats.wall_token(self.desk.secret)}"

    @property
    def kiosk_url(self) -> str:
        """The address that makes one device the shared tablet; empty when no token waits (`offer_kiosk`)."""
        token = self.site.kiosk.token if self.site is not None else ""
        return f"{self.url}/kiosk?t={token}" if token else ""

    @property
    def kiosk_state(self) -> str:
        """`off` (no token, no device), `offered` (a token waits), `away` (its device is silent) or `on`."""
        k = self.site.kiosk if self.site is not None else None
        if k is None or not (k.on or k.token):
            return "off"
        if not k.on:
            return "offered"
        return "on" if k.connected(asyncio.get_running_loop().time()) else "away"

    async def offer_kiosk(self) -> str:
        """An address that makes one device the kiosk, once. Raises FieldkitError when that cannot be saved."""
        assert self.site is not None
        await self.site.kiosk.offer()
        self.desk.pulse_changed()
        return self.kiosk_url

    async def kiosk_off(self) -> bool:
        """No device is the kiosk any more; False if none was, and no token waited. Raises FieldkitError."""
        assert self.site is not None
        done = await self.site.kiosk.off()
        self.desk.pulse_changed()
        return done

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
        invites: Sequence[Routed] = (),
    ) -> None:
        """Listen and serve. `sock` listens already (`open_door`), else: `port` None tries 80, 8080, then any; 0 is
        any; `prefer` (the port before a restart) comes first and is skipped when it is taken. `lang` is the wall's,
        else the pack's own; `fingerprint` of the device key is announced; `invites` are further addresses that lead
        here. Raises FieldkitError when nothing can be opened.
        """
        raise_file_limit()
        self.addresses = self._list_addresses()
        self._bind = bind
        sock = sock or open_door(bind, port, prefer)
        self.port = sock.getsockname()[1]
        self.routed = tuple(invites)
        self.url = web_address(self.shown, self.port)
        routed = (web_address(one.host, one.port).removeprefix("http://") for one in self.routed)
        hosts = Hosts([*(a.ip for a in self.addresses), *allow_hosts, bind, *routed])
        site = self.site = Site(self.desk, self.url, self.addresses, hosts, lang)
        site.routed = self.routed
        await site.kiosk.start()
        loop = asyncio.get_running_loop()
        self.since = loop.time()
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
        self._teller = Teller(site)
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
        from fieldkit.lan.announce import Announcer, host_of

        info = self.desk.session.info
        host = host_of(self.desk.session.origin)
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
            addresses=self._announced,
        )
        self.announcer.start()

    def _announced(self) -> list[Address]:
        """The addresses to announce: where it listens, and nowhere else."""
        found = self._list_addresses()
        return [a for a in found if a.ip == self._bind] if self.bound else [a for a in found if a.reachable]

    def _changed(self) -> None:
        """After each commit: cheap; the channels' own tasks render and send."""
        if self.site is None:
            return
        if self._teller is not None:
            # Before the page that shows it: what is personal in the goodbye is there when the page needs it.
            self._teller.touch()
        self.site.phones.touch()
        self.site.walls.touch()

    async def _sweep(self) -> None:
        """Once a second: slow sockets, quiet counters, seats that were given away, the wall's fresh code."""
        turn = 0
        while True:
            await asyncio.sleep(1.0)
            turn += 1
            try:
                if turn == 1 and not gc.get_freeze_count():
                    # What start-up made stays: with it in every collection, a burst of joins costs half as much again.
                    # Not before serving: looking through all of it takes as long as everything else `start` does. Who
                    # has frozen what they made (another room, the tests) is left to thaw it.
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
        if self.desk.pulse.forget(now):
            self.desk.pulse_changed()
        if len(site.walls):
            site.walls.touch()
        if turn % 3 == 0:
            for stream in site.phones.streams():
                if stream.p not in self.desk.seat_of(stream.key):
                    site.phones.close_key(stream.key)
        if turn % LOOK_S == 0:
            self.look_again()
        if turn % NEAR_S == 1 and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look_near(), name="neighbours")
        if turn % 60 == 0:
            site.pace.sweep(now)

    def look_again(self) -> None:
        """The laptop may have changed its Wi-Fi: new addresses are ours too, and the QR shows one that still is."""
        found = self._list_addresses()
        if self.site is None or found == self.addresses:
            return
        self.addresses = found
        if self.announcer is not None:
            self.announcer.look_again()
        if web_address(self.shown, self.port) != self.url:
            self._moved_at = asyncio.get_running_loop().time()
        self._show()

    def choose(self, ip: str) -> None:
        """Show this one of our own addresses, for as long as the laptop has it. Raises WrongUsage for any other."""
        if self.bound and ip != self._bind:
            raise WrongUsage(f"This session listens on {self._bind} only.", "Start it without --bind to choose.")
        if not any(a.ip == ip for a in self.addresses):
            raise WrongUsage(f"{ip[:60]} is not an address of this laptop.", "`fieldkit doctor` lists them.")
        self._chosen = ip
        self.seen_moved()
        self._show()

    def _show(self) -> None:
        """Phones, wall and console get the address that holds now."""
        assert self.site is not None
        self.url = web_address(self.shown, self.port)
        self.site.moved(self.url, self.addresses)
        self.desk.pulse_changed()

    def seen_moved(self) -> None:
        """The trainer has the new QR code before them."""
        self._moved_at = None

    async def _look_near(self) -> None:
        """Who is on the network: devices that looked for us, and announcements that could be taken for ours."""
        self._look_alikes()
        networks = [a.network for a in self.addresses if a.reachable]
        found = await asyncio.to_thread(neighbours, networks, {a.ip for a in self.addresses}) if networks else []
        self.near = None if found is None else len(found)

    def _look_alikes(self) -> None:
        if self.announcer is None or self.site is None:
            return
        from fieldkit.lan.alike import look_alikes

        own = {a.ip for a in self.addresses}
        announcer = self.announcer
        found = look_alikes(
            announcer.others, announcer.title, self.site.sid, self.port, own, announcer.txt.get("fp", "")
        )
        if found != self.alike:
            self.alike = found
            self.desk.pulse_changed()

    def joining(self) -> Joining:
        """How far people get, and what is wrong with it."""
        return joining(self)

    def joining_json(self) -> dict[str, Any]:
        return as_json(joining(self), [{"url": x.url, "place": x.place} for x in self.routed])

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
        for task in (self._sweeper, self._looking):
            await ended(task)
        self._sweeper = self._looking = None
        if self._teller is not None:
            await self._teller.stop()
            self._teller = None
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
