"""The short answer to an intent, head and body written in one piece.

Five thousand answers at once are five thousand times the same head. aiohttp's `Response` builds it anew from a dict
each time, which costs as much as taking the answer does; everything rarer than this goes through it all the same.
"""

from __future__ import annotations

import asyncio
from email.utils import formatdate

from aiohttp import web

HEAD = (
    b"HTTP/1.1 200 OK\r\nX-Content-Type-Options: nosniff\r\nCache-Control: private, no-cache\r\nServer: fieldkit\r\n"
    b"Content-Type: application/json\r\n"
)
"""What `site.PLAIN` says, spelt out."""

_dated = (-1, b"")


def head_now() -> bytes:
    """The head with its Date, made once a second."""
    global _dated
    second = int(asyncio.get_running_loop().time())
    if _dated[0] != second:
        _dated = (second, HEAD + b"Date: " + formatdate(usegmt=True).encode() + b"\r\nContent-Length: ")
    return _dated[1]


class Brief(web.StreamResponse):
    """200 with a JSON body, for a connection that stays open. Anything else takes `web.Response`."""

    def __init__(self, body: bytes) -> None:
        # Not `super().__init__()`: the headers, state and counters it makes are for the two methods replaced below.
        self.bytes = body

    @staticmethod
    def fits(request: web.BaseRequest) -> bool:
        """HTTP/1.1 with keep-alive: then the head needs no Connection line."""
        return request.keep_alive and request.version == (1, 1)

    @property
    def keep_alive(self) -> bool:
        return True

    async def prepare(self, request: web.BaseRequest) -> None:
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError
        transport.write(b"%b%d\r\n\r\n%b" % (head_now(), len(self.bytes), self.bytes))

    async def write_eof(self, data: bytes = b"") -> None:
        """Everything has been written by `prepare`."""
