"""HTTP of the remote's listener: reading a body within limits, saying no, an answer with its code."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from fieldkit.consoles.remote_wire import BODY_MAX, HEADER, code

BODY_SECONDS = 5.0
PLAIN = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Server": "fieldkit"}
"""Headers of every answer."""


async def body_of(request: web.BaseRequest) -> bytes | None:
    """JSON of at most 4 KiB within 5 s; None for anything else."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("Content-Encoding", "identity").lower() != "identity":
        return None
    if (request.content_length or 0) > BODY_MAX:
        return None
    with contextlib.suppress(web.HTTPRequestEntityTooLarge, web.RequestPayloadError, TimeoutError):
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    return None


def said(reason: str, status: int) -> web.Response:
    """What is refused at the door. It has no code, so that no request sent before can be made to look refused."""
    body = msgspec.json.encode({"reason": reason})
    return web.Response(body=body, status=status, content_type="application/json", headers=PLAIN)


def seal(key: bytes, lane: str, n: int, answer: dict[str, Any]) -> web.Response:
    body = msgspec.json.encode(answer)
    headers = {**PLAIN, HEADER: code(key, lane, body, n)}
    return web.Response(body=body, content_type="application/json", headers=headers)


def make_request(
    message: RawRequestMessage, payload: StreamReader, protocol: Any, writer: Any, task: Any
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=BODY_MAX)
