"""The listening socket: which port, how long a queue, how many files a room needs."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Sequence

from fieldkit.errors import FieldkitError

BACKLOG = 4096
"""A whole room scans the QR at once; aiohttp's 128 drops SYNs, which come back after a second or three."""
SEND_BUFFER = 32 * 1024
FILES = 65_536
PORTS = [80, 8080, 0]


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
