"""A small HTML form as it was sent, with or without a file: names and values, nothing of it kept on disk.

Only what this page's own form sends is understood; everything else is an empty form, never an error.
"""

from __future__ import annotations

import asyncio
import re
from urllib.parse import parse_qsl

from aiohttp import StreamReader

MOST = 192 * 1024
"""Bytes of a body: a receipt, and what a form puts around it."""
FIELDS = 16
"""Fields of a form; the largest of ours, of a planned session, has eleven."""
_BOUNDARY = re.compile(r'multipart/form-data;.*boundary="?([A-Za-z0-9\'()+_,./:=?-]{1,70})"?\s*\Z', re.I | re.S).match
_NAME = re.compile(rb'content-disposition:[^\r\n]*;\s*name="([a-z]{1,20})"', re.I).search


def read_form(kind: str, body: bytes) -> dict[str, bytes]:
    """The fields of a form; `kind` is its Content-Type. Of two fields with one name the first that is not empty."""
    out: dict[str, bytes] = {}
    for name, value in _pairs(kind[:200], body):
        if value.strip():
            out.setdefault(name, value)
    return out


def _pairs(kind: str, body: bytes) -> list[tuple[str, bytes]]:
    if kind.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        try:
            found = parse_qsl(body.decode("ascii"), max_num_fields=FIELDS, encoding="utf-8", errors="replace")
        except ValueError:
            return []
        return [(name, value.encode()) for name, value in found]
    match = _BOUNDARY(kind)
    if match is None:
        return []
    out = []
    for piece in (b"\r\n" + body).split(b"\r\n--" + match[1].encode(), FIELDS)[1:]:
        head, gap, value = piece.partition(b"\r\n\r\n")
        name = _NAME(head)
        if gap and name is not None:
            out.append((name[1].decode(), value))
    return out


async def small(content: StreamReader, announced: int | None, seconds: float, most: int = MOST) -> bytes | None:
    """A body of at most `most` bytes; None for a larger one. Raises TimeoutError."""
    if (announced or 0) > most:
        return None
    body = bytearray()
    async with asyncio.timeout(seconds):
        while piece := await content.readany():
            body += piece
            if len(body) > most:
                return None
    return bytes(body)
