"""Sockets: how many, how slow, how long idle. A room may sit behind one address; a scanner must not fill it.

`Connection` is aiohttp's own protocol, told apart by what it is doing; `Sockets` keeps the count and drops the
oldest idle one first. A connection that became a stream leaves this file (`push.Channel`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from fieldkit.lan.doors import HEADER_SECONDS, IDLE_SECONDS, SOCKETS_A_SEAT, SOCKETS_WITHOUT_SEAT

PLAIN = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache", "Server": "fieldkit"}
"""Headers of every answer. `no-store` would break back/forward restore of what somebody has typed."""
IDLE, READING, HANDLING = 0, 1, 2
TLS_HELLO = b"\x16"


class Connection(web.RequestHandler):
    """One socket. `phase`: waiting for a request, reading its headers, or answering it; `since` on the steady clock."""

    __slots__ = ("peer", "phase", "seat", "since", "sockets")

    def __init__(self, server: web.Server, sockets: Sockets, **kw: Any) -> None:
        super().__init__(server, **kw)
        self.sockets = sockets
        self.peer = ""
        self.seat = ""
        self.phase = IDLE
        self.since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.peer = peer[0] if peer else ""
        self.since = self._loop.time()
        self.sockets.opened(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.sockets.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.phase == IDLE:
            if data[:1] == TLS_HELLO:
                # Somebody typed https: a TLS hello will never become a request.
                self.sockets.on_tls(self.peer)
                self.drop()
                return
            self.phase = READING
            self.since = self._loop.time()
        super().data_received(data)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Bytes that are no HTTP: one sentence, nothing of them repeated, no line in any log, the socket closed."""
        said = web.Response(status=status, text="This is not something a browser would send.", headers=dict(PLAIN))
        said.force_close()
        return said

    def drop(self) -> None:
        """Close at once; what was on its way to the phone is lost."""
        if self.transport is not None:
            self.transport.abort()

    def begin(self) -> None:
        """A request is being answered."""
        self.phase = HANDLING
        self.since = self._loop.time()

    def end(self) -> None:
        self.phase = IDLE
        self.since = self._loop.time()


class Sockets:
    """All open sockets but streams, oldest first within an address and within a seat."""

    def __init__(self, on_tls: Callable[[str], None] = lambda peer: None) -> None:
        self.on_tls = on_tls
        self._strangers: dict[str, dict[Connection, None]] = {}
        self._seated: dict[str, dict[Connection, None]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._strangers.values())) + sum(map(len, self._seated.values()))

    def opened(self, one: Connection) -> None:
        group = self._strangers.setdefault(one.peer, {})
        group[one] = None
        if len(group) > SOCKETS_WITHOUT_SEAT:
            self._make_room(group, one)

    def sat(self, one: Connection, seat: str) -> None:
        """A request on this socket showed a valid seat."""
        if one.seat == seat:
            return
        self.closed(one)
        one.seat = seat
        group = self._seated.setdefault(seat, {})
        group[one] = None
        if len(group) > SOCKETS_A_SEAT:
            self._make_room(group, one)

    def closed(self, one: Connection) -> None:
        table, key = (self._seated, one.seat) if one.seat else (self._strangers, one.peer)
        group = table.get(key)
        if group is not None:
            group.pop(one, None)
            if not group:
                del table[key]

    def sweep(self, now: float) -> None:
        """Close what has been idle or dripping for too long. Once a second is enough."""
        for table in (self._strangers, self._seated):
            for group in list(table.values()):
                for one in list(group):
                    waited = now - one.since
                    if (one.phase == IDLE and waited > IDLE_SECONDS) or (
                        one.phase == READING and waited > HEADER_SECONDS
                    ):
                        one.drop()

    @staticmethod
    def _make_room(group: dict[Connection, None], newest: Connection) -> None:
        """Drop the one that has been idle longest; if all are busy, the newcomer has to go."""
        idle = [one for one in group if one.phase != HANDLING and one is not newest]
        (min(idle, key=lambda one: (one.phase, one.since)) if idle else newest).drop()
