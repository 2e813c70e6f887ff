"""Sockets of head office's listener: how many, how slow, how long idle. aiohttp limits none of this by itself.

A body has limits of its own (`fieldkit.sync.central.arrive`); here are requests that never begin or never end their
headers, answers that nobody reads, and too many of all.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from fieldkit.sync.central.door import Limits

PLAIN = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Server": "fieldkit"}
"""Headers of every answer."""
IDLE, READING, HANDLING = 0, 1, 2
UNREAD_S = 60.0
"""So long an answer may lie unread before its socket is closed."""


class Connection(web.RequestHandler):
    """One socket, after its TLS handshake. `since` is of the steady clock."""

    __slots__ = ("peer", "phase", "since", "sockets", "unread")

    def __init__(self, server: web.Server, sockets: Sockets, **kw: Any) -> None:
        super().__init__(server, **kw)
        self.sockets = sockets
        self.peer = ""
        self.phase = IDLE
        self.since = 0.0
        self.unread = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.peer = peer[0] if isinstance(peer, tuple) else ""
        self.since = self._loop.time()
        self.sockets.opened(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.sockets.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.phase == IDLE:
            self.phase, self.since = READING, self._loop.time()
        super().data_received(data)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Bytes that are no HTTP, or too much of it: nothing of them is repeated, the socket is closed."""
        said = web.Response(status=status, text="This is not what a laptop would send.", headers=dict(PLAIN))
        said.force_close()
        return said

    def begin(self) -> None:
        self.phase, self.since = HANDLING, self._loop.time()

    def end(self) -> None:
        self.phase, self.since = IDLE, self._loop.time()

    def drop(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def stuck(self, now: float) -> bool:
        """Whether an answer lies here that nobody takes; one that moves begins its time anew."""
        left = 0
        if self.transport is not None:
            left = self.transport.get_write_buffer_size()
        if left and left == self.unread:
            return now - self.since > UNREAD_S
        if left:
            self.unread, self.since = left, now
        return False


class Sockets:
    """All open sockets, counted by address."""

    def __init__(self, limits: Limits, *, one_peer: bool = False) -> None:
        """`one_peer`: everybody comes from the proxy's address, so there is no limit for each."""
        self._limits = limits
        self._one_peer = one_peer
        self._open: dict[Connection, None] = {}
        self._peers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, one: Connection) -> None:
        self._open[one] = None
        self._peers[one.peer] = self._peers.get(one.peer, 0) + 1
        if len(self._open) > self._limits.sockets:
            self._make_room(one)
        elif not self._one_peer and self._peers[one.peer] > self._limits.sockets_a_peer:
            one.drop()

    def closed(self, one: Connection) -> None:
        if one in self._open:
            del self._open[one]
            self._peers[one.peer] -= 1
            if not self._peers[one.peer]:
                del self._peers[one.peer]

    def sweep(self, now: float) -> None:
        """Close what is idle, drips its headers, or does not read its answer. Once a second is enough."""
        for one in list(self._open):
            waited = now - one.since
            if (
                (one.phase == READING and waited > self._limits.header_s)
                or one.stuck(now)
                or (one.phase == IDLE and waited > self._limits.idle_s)
            ):
                one.drop()

    def _make_room(self, newest: Connection) -> None:
        """The one that has been idle longest goes; if all are busy, the newcomer."""
        idle = [one for one in self._open if one.phase != HANDLING and one is not newest]
        (min(idle, key=lambda one: one.since) if idle else newest).drop()
