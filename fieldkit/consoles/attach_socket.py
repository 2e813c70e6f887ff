"""Sockets between two laptops: listening, TLS on top, hanging up in good order."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
import sys

from fieldkit import tls
from fieldkit.errors import FieldkitError

HANDSHAKE_S = 10.0
GOODBYE_S = 2.0
BUFFER = 64 * 1024
BACKLOG = 32
SEND_BUFFER = 128 * 1024
UNREACHABLE = (errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN)


def listen(bind: str, ports: tuple[int, ...]) -> socket.socket:
    wrong: OSError | None = None
    for port in ports:
        sock = socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform != "win32":  # there it would let two programs share a port
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((bind or "0.0.0.0", port))
            sock.listen(BACKLOG)
            sock.setblocking(False)
            return sock
        except (OSError, OverflowError) as error:
            sock.close()
            wrong = error if isinstance(error, OSError) else OSError(str(error))
    raise FieldkitError(
        f"No port for a second console can be had: {(wrong.strerror if wrong else '') or wrong}.",
        "Name another one: fieldkit ctl attach on PORT.",
    )


def prepare(conn: socket.socket) -> None:
    """A laptop whose lid was shut must not look attached for a quarter of an hour, and what a slow one still has to
    read must not be minutes old."""
    conn.setblocking(False)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 20_000)


async def streams(conn: socket.socket, listening: tls.Listening) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=BUFFER, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol,
        conn,
        ssl=listening.context,
        ssl_handshake_timeout=HANDSHAKE_S,
        ssl_shutdown_timeout=GOODBYE_S,
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def lost(wrong: OSError) -> bool:
    """Whether the network or whoever is at its other end ended a connection; any other error is this laptop's own."""
    return isinstance(wrong, ConnectionError | TimeoutError | ssl.SSLError) or wrong.errno in UNREACHABLE


async def hang_up(conn: socket.socket, writer: asyncio.StreamWriter | None) -> None:
    if writer is None:
        conn.close()
        return
    with contextlib.suppress(OSError):
        async with asyncio.timeout(GOODBYE_S):
            await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        async with asyncio.timeout(GOODBYE_S):
            await writer.wait_closed()
    writer.transport.abort()
