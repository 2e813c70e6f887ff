"""Bytes on a socket: what no HTTP client would send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def ask(port: int, data: bytes, seconds: float = 5.0, whole: Callable[[bytes], bool] | None = None) -> bytes:
    """Send and read until the other side closes, or nothing comes for 0.3 s after the first bytes. With `whole`: until
    that is true of what came, and nothing follows it for 0.05 s."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = b""
    try:
        writer.write(data)
        await writer.drain()
        got = await asyncio.wait_for(reader.read(65536), seconds)
        while True:
            rest = 0.3 if whole is None else 0.05 if whole(got) else seconds
            more = await asyncio.wait_for(reader.read(65536), rest)
            if not more:
                break
            got += more
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return got


def request(
    method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", host: str = "127.0.0.1"
) -> bytes:
    head = {
        "Host": host,
        "Connection": "close",
        **({"Content-Length": str(len(body))} if body else {}),
        **(headers or {}),
    }
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in head.items()), "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0
