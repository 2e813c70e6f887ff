"""A browser's request and its answer, as the pages see them: plain data, so that pages run in a thread."""

from __future__ import annotations

from typing import BinaryIO
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from fieldkit.sync.central.front.render import HEADERS, LANGUAGES
from fieldkit.words import Words, choose

LANG = "__Host-fk-lang"


class Asked(msgspec.Struct, frozen=True):
    """One request, as far as pages ask for it."""

    path: str
    raw: str
    query: dict[str, str]
    form: dict[str, str]
    cookies: dict[str, str]
    peer: str
    fetch_site: str
    post: bool
    now: int
    words: Words


class Answer(msgspec.Struct):
    body: bytes | BinaryIO
    status: int = 200
    kind: str = "text/html"
    headers: list[tuple[str, str]] = []


def on(to: str, *headers: tuple[str, str]) -> Answer:
    """See another page."""
    return Answer(b"", 303, "text/plain", [("Location", to), *headers])


def response(made: Answer, words: Words) -> web.Response:
    text = made.kind.startswith("text/")
    out = web.Response(
        body=made.body, status=made.status, content_type=made.kind, charset="utf-8" if text else None, headers=HEADERS
    )
    out.headers["Content-Language"] = words.lang
    for name, value in made.headers:
        out.headers.add(name, value)
    return out


def cookies_of(header: str) -> dict[str, str]:
    """What a browser sent; of several with one name none counts, for somebody else may have set one of them."""
    out: dict[str, list[str]] = {}
    for part in header[:8190].split(";"):
        name, _, value = part.strip().partition("=")
        out.setdefault(name, []).append(value)
    return {name: values[0] for name, values in out.items() if len(values) == 1}


def query_of(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, max_num_fields=16, encoding="utf-8", errors="replace"))
    except ValueError:
        return {}


def language_of(cookies: dict[str, str], query: str, accept: str) -> str:
    kept = cookies.get(LANG, "")
    return kept if kept in LANGUAGES else choose(accept, LANGUAGES)
