"""A page to try the network with, before any session: one small page, one question, served while somebody looks.

It knows no session, keeps nothing and takes one thing: which of the four choices was tapped. The guards are those of
the room's listener (Host, Origin, size, idle sockets), and what it noticed is judged by the same inferences, so that
what is said here is what would be said in a session.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import msgspec
from aiohttp import web

from fieldkit.hosts import Hosts
from fieldkit.lan import probes
from fieldkit.lan.address import ANY, Address, own_addresses, to_show, web_address
from fieldkit.lan.connections import PLAIN, Connection, Sockets
from fieldkit.lan.diagnose import Facts, Finding, infer
from fieldkit.lan.doors import IDLE_SECONDS
from fieldkit.lan.funnel import Funnel
from fieldkit.lan.listen import open_door
from fieldkit.lan.neighbours import neighbours
from fieldkit.lan.push import ended
from fieldkit.lan.server import quiet

BODY_MAX = 256
NEAR_S = 3.0
HARMLESS = ("pages-no-join", "nobody-live")
"""Findings about a room code, which there is none of here."""
CSP = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
STYLE = (
    "body{font:18px system-ui;margin:24px;color:#15181E;background:#FBFAF6}"
    "button{display:block;width:100%;min-height:64px;margin:12px 0;font:inherit;text-align:left;padding:0 16px;"
    "border:2px solid #0B5A6B;border-radius:10px;background:#fff;color:inherit}b{color:#176B39}"
)


class Words(msgspec.Struct, frozen=True):
    """What stands on the page, in the trainer's language. `choices`: four at most."""

    title: str
    seen: str
    question: str
    choices: tuple[str, ...]
    thanks: str
    lang: str = "en"


class Found(msgspec.Struct, frozen=True):
    """What was noticed so far. `phone`: another device opened the page; `here`: a browser on this laptop did;
    `answer`: index of the choice that was tapped last, or None."""

    url: str
    phone: bool
    here: bool
    answer: int | None
    findings: tuple[Finding, ...]


class CheckPage:
    """The listener. `start`, then `found` once a second, then `stop`."""

    def __init__(self, words: Words, *, list_addresses: Callable[[], list[Address]] = own_addresses) -> None:
        self.words = words
        self.url = ""
        self.port = 0
        self._list = list_addresses
        self._addresses: list[Address] = []
        self._bind = ""
        self._hosts = Hosts(())
        self._funnel = Funnel()
        self._sockets = Sockets(self._funnel.tls)
        self._near: int | None = None
        self._answer: int | None = None
        self._since = 0.0
        self._web: web.Server | None = None
        self._server: asyncio.Server | None = None
        self._looking: asyncio.Task[None] | None = None

    async def start(self, *, bind: str = "", port: int | None = None, allow_hosts: Sequence[str] = ()) -> None:
        """Listen as a session would. Raises FieldkitError when no port can be had."""
        self._addresses, self._bind = self._list(), bind
        sock = open_door(bind, port)
        self.port = sock.getsockname()[1]
        self.url = web_address(to_show(self._addresses, bind), self.port)
        self._hosts = Hosts([*(a.ip for a in self._addresses), *allow_hosts, bind])
        loop = asyncio.get_running_loop()
        self._since = loop.time()
        self._web = web.Server(self._handle, request_factory=_request, handler_cancellation=False)
        server = self._web
        options: dict[str, Any] = {
            "keepalive_timeout": IDLE_SECONDS,
            "access_log": None,
            "logger": quiet,
            "max_line_size": 4096,
            "max_field_size": 8190,
            "max_headers": 64,
        }
        try:
            self._server = await loop.create_server(
                lambda: Connection(server, self._sockets, loop=loop, **options), sock=sock, backlog=64
            )
        except BaseException:
            sock.close()
            raise
        self._looking = asyncio.create_task(self._look(), name="check page")

    async def stop(self) -> None:
        """Close the door. Safe to call twice."""
        await ended(self._looking)
        self._looking = None
        if self._server is not None:
            self._server.close()
        if self._web is not None:
            self._web.pre_shutdown()
            await self._web.shutdown(1.0)
            self._web = None
        if self._server is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._server.wait_closed()
            self._server = None

    def found(self) -> Found:
        """What was noticed until now; cheap."""
        own = {a.ip for a in self._addresses}
        others = {ip for ip in self._funnel.seen if ip not in own and not _loopback(ip)}
        phones = {ip for ip in self._funnel.page if ip in others}
        shown = to_show(self._addresses, self._bind)
        typed = sorted(self._funnel.foreign_hosts.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
        facts = Facts(
            url=self.url,
            port=self.port,
            kind=next((a.kind for a in self._addresses if a.ip == shown), "lan"),
            reachable=any(a.reachable for a in self._addresses),
            bound=bool(self._bind) and self._bind not in ANY,
            after_s=max(0.0, asyncio.get_running_loop().time() - self._since),
            neighbours=self._near,
            seen=len(self._funnel.seen),
            others=len(others),
            page=len(phones),
            probing=len(self._funnel.probed_from - self._funnel.page),
            tls=len(self._funnel.tls_from - self._funnel.page),
            typed=tuple(typed),
        )
        findings = tuple(x for x in infer(facts) if x.code not in HARMLESS)
        return Found(self.url, bool(phones), bool(self._funnel.page - phones), self._answer, findings)

    async def _look(self) -> None:
        """The table of neighbours, off the loop: a command may have to be asked for it."""
        networks: list[ipaddress.IPv4Network] = [a.network for a in self._addresses if a.reachable]
        own = {a.ip for a in self._addresses}
        while True:
            near = await asyncio.to_thread(neighbours, networks, own)
            self._near = None if near is None else len(near)
            self._sockets.sweep(asyncio.get_running_loop().time())
            await asyncio.sleep(NEAR_S)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection)
        connection.begin()
        try:
            return await self._answered(request)
        finally:
            connection.end()

    async def _answered(self, request: web.BaseRequest) -> web.Response:
        peer = request.remote or ""
        self._funnel.saw(peer)
        if request.path in probes.PATHS:
            self._funnel.probed(request.path, peer)
            return probes.answer(self.url, self.words.lang)
        host = request.headers.get("Host")
        if not self._hosts.knows(host):
            self._funnel.typed(host or "")
            return _said(421, f"The address is {self.url}")
        if request.path != "/":
            return _said(404, f"The address is {self.url}")
        if request.method == "GET":
            self._funnel.opened_page(peer)
            return self._page()
        if request.method != "POST" or not Hosts.same_origin(request.headers.get("Origin"), host):
            return _said(405, "This page takes a tap and nothing else.")
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _said(413, "This page takes a tap and nothing else.")
        chosen = [k for k in range(len(self.words.choices)) if body == f"v={k}".encode()]
        if not chosen:
            return _said(400, "This page takes a tap and nothing else.")
        self._answer = chosen[0]
        return self._page()

    def _page(self) -> web.Response:
        w = self.words
        marks = "●■▲◆"
        buttons = "".join(
            f'<button name="v" value="{k}">{"ABCD"[k]} {marks[k]} {escape(text)}</button>'
            for k, text in enumerate(w.choices[:4])
        )
        asked = f"<form method=post action=/>{buttons}</form>"
        told = f"<p><b>✓ {escape(w.thanks)}</b></p>" if self._answer is not None else ""
        page = (
            f'<!doctype html><html lang="{escape(w.lang)}"><meta charset=utf-8>'
            f"<meta name=viewport content='width=device-width'><title>{escape(w.title)}</title><style>{STYLE}</style>"
            f"<p><b>✓ {escape(w.seen)}</b></p><h1>{escape(w.question)}</h1>{asked}{told}</html>"
        )
        headers = {**PLAIN, "Cache-Control": "no-store", "Content-Security-Policy": CSP}
        return web.Response(text=page, content_type="text/html", headers=headers)


def _loopback(ip: str) -> bool:
    return ip.startswith("127.") or ip == "::1"


def _said(status: int, words: str) -> web.Response:
    return web.Response(status=status, text=words, headers=dict(PLAIN))


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    return web.BaseRequest(
        message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=BODY_MAX
    )
