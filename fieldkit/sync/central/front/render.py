"""Templates → pages. One stylesheet for screen, phone and print; no script anywhere, and the policy forbids it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from markupsafe import Markup

from fieldkit.sync.central.front import terms
from fieldkit.sync.central.front.foreign import bdi, moment, sayh, short
from fieldkit.sync.central.front.take import formats
from fieldkit.sync.central.front.timeline import drawn
from fieldkit.sync.central.sockets import PLAIN
from fieldkit.words import Words, native_name

LANGUAGES = ("en", "es")
"""What the pages speak."""
_FOLDER = resources.files("fieldkit.sync.central.front") / "templates"
CSS = (_FOLDER / "front.css").read_bytes()
CSS_PATH = f"/front-{hashlib.sha256(CSS).hexdigest()[:12]}.css"
HEADERS = PLAIN | {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self';"
    " object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Robots-Tag": "noindex",
}
CSS_HEADERS = HEADERS | {"Cache-Control": "public, max-age=31536000, immutable"}


def _load(name: str) -> str | None:
    path = _FOLDER / name
    return path.read_text("utf-8") if path.is_file() else None


_env = jinja2.Environment(
    autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    loader=jinja2.FunctionLoader(_load), auto_reload=False,
)  # fmt: skip
_env.globals.update(css=CSS_PATH, bdi=bdi, short=short, moment=moment, terms=terms, drawn=drawn, formats_of=formats)
_env.globals["languages"] = {code: native_name(code) for code in LANGUAGES}


def address(path: str, values: Mapping[str, object] | None = None, **more: object) -> str:
    """A path of ours with a query; what is empty is left out."""
    put = {k: str(v) for k, v in {**(values or {}), **more}.items() if v not in ("", None)}
    return quote(path, safe="/._-") + (f"?{urlencode(put)}" if put else "")


_env.globals["address"] = address


def page(name: str, words: Words, /, **filled: Any) -> bytes:
    """One page as bytes."""

    def said(sentence: str, **values: object) -> Markup:
        return sayh(words, sentence, **values)

    def term(table: str, code: str) -> str:
        known: str = getattr(terms, table).get(code, "")
        return words.say(known) if known else short(code, 40)

    template = _env.get_template(name)
    return template.render(w=words, say=words.say, sayh=said, count=words.count, term=term, **filled).encode()
