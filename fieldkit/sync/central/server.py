"""`central serve`: files come in and receipts go out over HTTPS, the same bytes and the same ingest as from a stick.

    PUT /v1/bundles/<sha256>   a file; answered with what became of each session, and receipts
    GET /v1/bundles/<sha256>   what became of it, if it came before by whatever way
    GET /v1/trust/<sha256>     the newest trust list that can follow the one with this hash; 204 when that is in force
    GET /v1/planned/<sha256>   what is planned for this laptop, sealed to its key; answers, packs, policy, notes alike
    GET /v1/pack/<sha256>      the archive of a pack on the list of packs
    GET, POST /receipt         the page for people's receipts (`fieldkit.sync.central.receipt_page`)
    GET, POST /learn           pre-work and reinforcement, by badge and code (`fieldkit.sync.central.learn_page`)
    GET /, /sessions, /s/…     the pages for whoever has an account (`fieldkit.sync.central.front.site`)

Each of those under /v1 with a `fieldkit-put/1` note over that hash. Nothing else is served, the root key is never
opened, and between two requests there is no state but folder and database.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import re
import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import HttpVersion11, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from fieldkit.errors import FieldkitError
from fieldkit.log.note import utc_text
from fieldkit.log.put import HEADER
from fieldkit.sync.central import arrive
from fieldkit.sync.central.arrive import Answer, Arrivals
from fieldkit.sync.central.digest.keeping import Keeper
from fieldkit.sync.central.door import Caller, Door, Limits, No, held_limit
from fieldkit.sync.central.front.site import Front
from fieldkit.sync.central.handout import KINDS, beside, hand_out
from fieldkit.sync.central.held import ShelfFull
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.ingest import ListExpired
from fieldkit.sync.central.learn_page import LearnPage
from fieldkit.sync.central.receipt_page import ReceiptPage
from fieldkit.sync.central.sockets import PLAIN, Connection, Sockets

TARGET = re.compile(r"/v1/(bundles|trust|policy|valid|revoked|notes|planned|answers|packs|pack)/([0-9a-f]{64})\Z").match
PAGE, LEARN = "/receipt", "/learn"
BACKLOG = 512

quiet = logging.getLogger("fieldkit.central.http")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False
log = logging.getLogger("fieldkit.central")


class CentralServer:
    """One listener. `told` gets a line for each request that was let in."""

    def __init__(
        self,
        home: Home,
        now: Callable[[], int],
        *,
        behind_proxy: bool = False,
        limits: Limits | None = None,
        told: Callable[[str], None] = lambda line: None,
    ) -> None:
        """`now`: central's clock, Unix seconds. `behind_proxy`: the address of who asks is what the proxy added last to
        X-Forwarded-For. Raises DamagedData when central's files cannot be read."""
        held_limit(home)
        self.home, self.now, self.told = home, now, told
        self.limits = limits or Limits()
        self.port = 0
        self._proxied = behind_proxy
        self._door = Door(home, self.limits)
        self._door.trust()
        self._sockets = Sockets(self.limits, one_peer=behind_proxy)
        self._uploads: dict[str, int] = {}
        self._strangers = 0  # of these, bodies of devices that are not on the list
        self._threads = ThreadPoolExecutor(4, "ingest")
        self._arrivals = Arrivals(home, self.limits, self._threads)
        self._page = ReceiptPage(home, self.limits, time.monotonic)
        self._learn = LearnPage(home, self.limits, now, time.monotonic)
        self._front = Front(home, self.limits, now)
        self._keeper = Keeper(home, now, told)
        self._web: web.Server | None = None
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None

    # -- start and stop --------------------------------------------------------------------------------------

    async def start(self, sock: socket.socket, context: ssl.SSLContext | None) -> None:
        """Serve on a listening socket; without a context plain http, for a proxy on this machine."""
        loop = asyncio.get_running_loop()
        self.port = sock.getsockname()[1]
        server = self._web = web.Server(self._handle, request_factory=_make_request, handler_cancellation=False)
        options: dict[str, Any] = {
            "keepalive_timeout": self.limits.idle_s,
            "access_log": None,
            "logger": quiet,
            "lingering_time": 2.0,
            "auto_decompress": False,
            "max_line_size": 1024,
            "max_field_size": 8190,
            "max_headers": 64,
        }
        tls: dict[str, Any] = {}
        if context is not None:
            tls = {"ssl": context, "ssl_handshake_timeout": self.limits.handshake_s, "ssl_shutdown_timeout": 5.0}
        self._server = await loop.create_server(
            lambda: Connection(server, self._sockets, loop=loop, **options), sock=sock, backlog=BACKLOG, **tls
        )
        self._sweeper = asyncio.create_task(self._sweep(), name="sweep")
        self._keeper.start()

    async def stop(self) -> None:
        """Listen no more; files that are being ingested are finished and answered, those still on their way are not."""
        if self._server is not None:
            self._server.close()
        await self._arrivals.stop()
        if self._web is not None:
            self._web.pre_shutdown()
            await self._web.shutdown(2.0)
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._server is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2.0):
                    await self._server.wait_closed()
        await asyncio.to_thread(self._keeper.stop)
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._page.stop)
        await asyncio.to_thread(self._learn.stop)
        await asyncio.to_thread(self._front.stop)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            now = asyncio.get_running_loop().time()
            self._sockets.sweep(now)
            self._door.sweep(now)
            self._page.guesses.sweep(time.monotonic())
            self._learn.sweep(time.monotonic())
            self._front.entry.sweep()

    # -- requests --------------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        one = request.protocol
        assert isinstance(one, Connection)
        one.begin()
        try:
            return await self._answer(request)
        except No as no:
            return self._no(no)
        except ShelfFull as full:
            return self._no(No(507, "held-full", full.sentence, after=3600))
        except ListExpired as ended:
            return self._no(No(503, "trust-expired", ended.sentence, after=3600))
        except FieldkitError as wrong:
            self.told(f"{wrong.sentence} {wrong.hint}")
            return self._no(No(503, "not-now", "Head office cannot take anything at the moment.", after=60))
        except Exception:  # a mistake of ours ends this request, never the listener
            log.exception("a request was not answered")
            return self._no(No(500, "mistake", "This is a mistake in fieldkit at head office.", after=600))
        finally:
            one.end()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if self._arrivals.stopping:
            raise arrive.stopping()
        if (path := request.raw_path.partition("?")[0]) in (PAGE, LEARN):
            if request.method not in ("GET", "POST"):
                raise No(405, "method", "That cannot be done here.")
            public = self._page if path == PAGE else self._learn
            return await public.answer(request, self._peer(request))
        if self._front.owns(request.raw_path):
            return await self._front.answer(request, self._peer(request))
        target = TARGET(request.raw_path)
        if target is None:
            if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
                return self._front.lost(request)
            raise No(404, "not-found", "There is nothing here. A laptop syncs with `fieldkit sync --to URL`.")
        what, sha256 = target[1], target[2]
        if request.method not in (("PUT", "GET") if what == "bundles" else ("GET",)):
            raise No(405, "method", "That cannot be done here.")
        peer = self._peer(request)
        tick = asyncio.get_running_loop().time()
        headers = request.headers.getall(HEADER, [])
        caller = self._door.admit(headers[0] if len(headers) == 1 else None, sha256, peer, self.now(), tick)
        if request.method == "PUT":
            return await self._put(request, sha256, caller, peer)
        if what in KINDS:
            with self._slot(peer, caller.known) if what == "pack" else contextlib.nullcontext():
                return await hand_out(request, self.home.path, what, sha256, caller, self.now())
        if what != "bundles":
            return await self._down(what, sha256, caller)
        answer = await self._arrivals.known(sha256)
        if answer is None:
            raise No(404, "not-arrived", "This file has not come yet.")
        return _json(200, await asyncio.to_thread(beside, self.home.path, answer, caller, self.now()))

    async def _down(self, what: str, sha256: str, caller: Caller) -> web.Response:
        if not caller.known:
            raise No(403, "unknown-device", "This laptop is not on the trust list.")
        raw = await self._arrivals.down(what, sha256, caller.vkey.name, self.now())
        if raw is None:
            return web.Response(status=204, headers=PLAIN)
        return web.Response(body=raw, content_type="text/plain", charset="utf-8", headers=PLAIN)

    async def _put(self, request: web.BaseRequest, sha256: str, caller: Caller, peer: str) -> web.Response:
        if not caller.known:
            self._door.stranger(asyncio.get_running_loop().time())
        most = self.limits.file if caller.known else self.limits.stranger_file
        if (request.content_length or 0) > most:
            raise arrive.too_large(most)
        with self._slot(peer, caller.known):
            path = self._arrivals.spool_path()
            try:
                await _go_on(request)
                found, size = await self._arrivals.body(request.content, request.content_length, most, path)
                if found != sha256:
                    raise No(400, "hash-mismatch", "The file is not the one its name says; it may have been damaged.")
                if self._arrivals.stopping:
                    raise arrive.stopping()
                taking = self._arrivals.take(path, sha256, caller, self.now())
                path = Path()  # its own now
                answer = await taking
            finally:
                if path != Path():
                    path.unlink(missing_ok=True)
        said = ", ".join(f"{one.result} {one.reason}".strip() for one in answer.sessions)
        self.told(f"{caller.vkey.name}  {sha256[:12]}  {size} bytes  {said}")
        # Nothing could be read: no session has a name.
        nothing = all(one.origin is None for one in answer.sessions)
        answer = await asyncio.to_thread(beside, self.home.path, answer, caller, self.now())
        return _json(422 if nothing else 200, answer)

    @contextlib.contextmanager
    def _slot(self, peer: str, known: bool) -> Any:
        """Room for one more body. Whoever drips holds it for hours, so devices that are not on the list have half of
        the room at most. Raises No."""
        mine = self._uploads.get(peer, 0)
        strangers = self._strangers + (not known)
        if (
            mine >= self.limits.uploads_a_peer
            or sum(self._uploads.values()) >= self.limits.uploads
            or (not known and strangers > max(1, self.limits.uploads // 2))
        ):
            raise No(503, "busy", "Too many files are on their way at once.", after=5)
        self._uploads[peer] = mine + 1
        self._strangers = strangers
        try:
            yield
        finally:
            self._strangers -= not known
            self._uploads[peer] -= 1
            if not self._uploads[peer]:
                del self._uploads[peer]

    def _peer(self, request: web.BaseRequest) -> str:
        one = request.protocol
        assert isinstance(one, Connection)
        if not self._proxied:
            return one.peer
        told = request.headers.getall("X-Forwarded-For", [""])[-1].rpartition(",")[2].strip()
        try:
            return str(ipaddress.ip_address(told))
        except ValueError:
            return one.peer

    def _no(self, no: No) -> web.Response:
        body = {"reason": no.reason, "sentence": no.sentence}
        if no.reason == "stale-note":
            body["now"] = utc_text(self.now())
        said = web.Response(
            body=msgspec.json.encode(body), status=no.status, content_type="application/json", headers=PLAIN
        )
        if no.after:
            said.headers["Retry-After"] = str(no.after)
        return said


async def _go_on(request: web.BaseRequest) -> None:
    """Who waits before sending a large body may begin."""
    if request.version == HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def _json(status: int, answer: Answer) -> web.Response:
    return web.Response(body=msgspec.json.encode(answer), status=status, content_type="application/json", headers=PLAIN)


def _make_request(
    message: RawRequestMessage, payload: StreamReader, protocol: Any, writer: Any, task: Any
) -> web.BaseRequest:
    return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=1)


def certificate(cert: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 and above with this certificate chain and key (PEM). Raises FieldkitError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for path in (cert, key):
        if not path.is_file():
            raise FieldkitError(f"There is no file {path}.", "Name certificate and key in PEM: --cert FILE --key FILE")
    try:
        context.load_cert_chain(cert, key, password="")  # a sealed key must not ask on a terminal nobody watches
    except (OSError, ValueError) as wrong:
        raise FieldkitError(
            f"{cert.name} and {key.name} cannot be used as certificate and key.",
            "Both are PEM, belong together, and the key is not sealed with a passphrase.",
        ) from wrong
    return context
