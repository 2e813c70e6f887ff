"""Connections to the remote's listener: few, and the trainer's phone never has to wait behind a stranger's."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

HEADER_SECONDS = 10.0
"""So long a request's head may take."""
IDLE_SECONDS = 60.0
MOST = 24
"""Of all connections. One phone holds two or three."""


class Connection(web.RequestHandler):
    """One socket. `known`: a request with the right code came over it; `busy`: one is being answered."""

    __slots__ = ("busy", "known", "since", "sockets")

    def __init__(self, server: web.Server, sockets: Sockets, **kw: Any) -> None:
        super().__init__(server, **kw)
        self.sockets = sockets
        self.known = self.busy = False
        self.since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.since = self._loop.time()
        self.sockets.opened(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.sockets.closed(self)
        super().connection_lost(exc)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Bytes that are no HTTP: one sentence, nothing of them repeated, the socket closed."""
        said = web.Response(status=status, text="This is not something a browser would send.")
        said.force_close()
        return said

    def drop(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def begin(self) -> None:
        self.busy = True

    def end(self) -> None:
        self.busy = False
        self.since = self._loop.time()


class Sockets:
    """All open ones, the oldest first."""

    def __init__(self) -> None:
        self._open: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, one: Connection) -> None:
        self._open[one] = None
        if len(self._open) > MOST:
            strangers = [x for x in self._open if not x.known and x is not one]
            goes = strangers[0] if strangers else one
            self.closed(goes)  # at once: its socket says so a moment later, and meanwhile others come
            goes.drop()

    def closed(self, one: Connection) -> None:
        self._open.pop(one, None)

    def sweep(self, now: float) -> None:
        """Close what has been idle, or sending its first line, for too long. Once a second is enough."""
        for one in list(self._open):
            if not one.busy and now - one.since > (IDLE_SECONDS if one.known else HEADER_SECONDS):
                one.drop()

    def estrange(self) -> None:
        """Another key: what the phone of before holds open goes like a stranger's."""
        for one in self._open:
            one.known = False

    def drop_all(self) -> None:
        for one in list(self._open):
            one.drop()
