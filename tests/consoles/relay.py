"""Somebody between the phone and the laptop: a relay that may change, keep or repeat what passes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

Lie = Callable[[bytes, bytes], bytes]
"""(request, answer) → the answer that the phone gets."""


async def message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message whose length is told; empty at the end."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return head + await reader.readexactly(length)
    return b""


class Relay:
    """`lie` may be set at any time; None is an honest relay."""

    def __init__(self, port: int) -> None:
        self.to = port
        self.port = 0
        self.lie: Lie | None = None
        self.passed: list[bytes] = []
        """Every request that went through."""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.to)
        self._open |= {writer, back}
        try:
            while request := await message(reader):
                self.passed.append(request)
                back.write(request)
                answer = await message(there)
                if not answer:
                    break
                writer.write(self.lie(request, answer) if self.lie is not None else answer)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self._open -= {writer, back}
            writer.close()
            back.close()


def with_body(answer: bytes, body: bytes, status: bytes = b"") -> bytes:
    """The same answer with another body (and status)."""
    head = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    kept = [line for line in head[1:] if not line.lower().startswith(b"content-length:")]
    return b"\r\n".join([status or head[0], *kept, b"Content-Length: %d" % len(body), b"", b""]) + body
