"""What phones ask by themselves to find out whether a network has internet.

Answered before the Host guard (the name asked for is somebody else's) with a tiny page that names our address. The
status is never the one that means "you have internet": a phone that believed it would hide the truth from its
owner, and the page would not open.
"""

from __future__ import annotations

from html import escape

from aiohttp import web

PATHS = frozenset(
    {
        "/generate_204",
        "/gen_204",
        "/hotspot-detect.html",
        "/library/test/success.html",
        "/connecttest.txt",
        "/ncsi.txt",
    }
)


def answer(url: str) -> web.Response:
    """200 with a page; Android expects 204, Apple the word Success, Windows its own text: none gets it."""
    page = (
        "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>fieldkit</title>"
        "<p>This Wi-Fi has no internet; the training does not need it. "
        f"Stay connected and open <b>{escape(url)}</b></p>"
    )
    return web.Response(
        text=page,
        content_type="text/html",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "fieldkit"},
    )
