"""What phones ask by themselves to find out whether a network has internet.

Answered before the Host guard (the name asked for is somebody else's) with a tiny page that names our address. The
status is never the one that means "you have internet": a phone that believed it would hide the truth from its
owner, and the page would not open.
"""

from __future__ import annotations

from aiohttp import web
from markupsafe import Markup

from fieldkit.words import direction, words_for

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


def answer(url: str, lang: str) -> web.Response:
    """200 with a page; Android expects 204, Apple the word Success, Windows its own text: none gets it."""
    words = words_for(lang)
    page = Markup(
        '<!doctype html><html lang="{}" dir="{}"><meta charset=utf-8>'
        "<meta name=viewport content='width=device-width'><title>fieldkit</title>"
        "<p>{} {}</p><p>{}: <b><bdi>{}</bdi></b></p>"
    ).format(
        words.lang,
        direction(words.lang),
        words.say("Nothing is installed on your phone, and it needs no internet."),
        words.say("If the phone says that there is no internet, stay connected."),
        words.say("Address"),
        url,
    )
    return web.Response(
        text=page,
        content_type="text/html",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "fieldkit"},
    )
