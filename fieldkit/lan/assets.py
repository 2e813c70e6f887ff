"""Style, scripts and templates of the pages: read once, squeezed once, pinned by hash in the Content-Security-Policy.

The phone's script is `phone.js` and, for what is rarer, parts (`part-<name>.js`). A page carries the parts that it
needs at once; others are fetched as text (`/part/<name>`) and put in as inline scripts, which the policy lets through
by their hash alone. So no page ever allows a script by where it comes from.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from fieldkit.words import words_for

_FOLDER = resources.files("fieldkit.lan") / "page"

PARTS = ("order", "quiz", "spot", "sign", "aloud")
"""What a phone loads only when a page needs it."""
STYLES = ("pic", "sign", "order", "cloud")
"""Styles that stand in the fragment of the questions that need them."""


def read(name: str) -> str:
    """A file of the folder `page`, as it is written."""
    return (_FOLDER / name).read_text("utf-8")


def squeeze_css(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return re.sub(r"\s*\n\s*", "", text).strip()


_QUOTED = re.compile(r"('(?:[^'\\]|\\.)*')")
_LOOSE = re.compile(r"\s*([=<>!&|?:;,(){}\[\]])\s*")


def squeeze_js(text: str) -> str:
    """Comment lines, indentation and blanks beside punctuation out, strings untouched. Our scripts keep to what makes
    this safe: comments on lines of their own, single quotes, a semicolon after every statement, no blank in a regular
    expression; `+` and `-` keep their blanks."""
    lines = (line.strip() for line in text.split("\n"))
    code = "\n".join(line for line in lines if line and not line.startswith("//"))
    return "".join(piece if k % 2 else _LOOSE.sub(r"\1", piece) for k, piece in enumerate(_QUOTED.split(code)))


def squeeze_html(text: str) -> str:
    """Line ends of the template out. Foreign text has none: it was cleaned on the way in."""
    return re.sub(r"\s*\n\s*", "", text)


class _Loader(jinja2.BaseLoader):
    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Any]:
        return squeeze_html(read(template)), template, lambda: True


env = jinja2.Environment(loader=_Loader(), autoescape=True, auto_reload=False, undefined=jinja2.StrictUndefined)
"""Autoescape is on, and no template marks foreign text as safe."""


class Asset(msgspec.Struct, frozen=True):
    """A style or script as it goes out, and its CSP source."""

    text: Markup
    source: str


@lru_cache(maxsize=16)
def asset(name: str) -> Asset:
    """`name` is a file of the folder `page`, or several joined by `+`."""
    squeeze = squeeze_css if name.endswith(".css") else squeeze_js
    text = "".join(squeeze(read(one)) for one in name.split("+"))
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Asset(Markup(text), f"'sha256-{digest}'")


def part(name: str) -> str:
    """The file of a part."""
    return f"part-{name}.js"


@lru_cache(maxsize=1)
def parts_tag() -> str:
    """Changes when any part does: it stands in the address, so a browser may keep a part for good."""
    return hashlib.sha256("".join(asset(part(name)).text for name in PARTS).encode()).hexdigest()[:8]


def style(name: str) -> str:
    """The file of a style."""
    return f"style-{name}.css"


def csp(css: str, script: str | None, parts: Sequence[str] = (), styles: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of a page with this style and this script (none: no script at all)."""
    policy = ["default-src 'none'"]
    if script:
        sources = [asset(script).source, *(asset(part(name)).source for name in parts)]
        policy.append(f"script-src {' '.join(sources)}")
    policy += [
        f"style-src {' '.join([asset(css).source, *(asset(style(name)).source for name in styles)])}",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    return "; ".join(policy)


@lru_cache(maxsize=256)
def head_of(lang: str, title: str, style: str, refresh: int, at: str = "") -> str:
    """A page's head, the same for everybody. `refresh`: seconds after which a page without script asks again."""
    head = ""
    if refresh:
        head = Markup('<noscript><meta http-equiv="refresh" content="{}{}"></noscript>').format(
            refresh, f";url={at}" if at else ""
        )
    return env.get_template("page.html").render(w=words_for(lang), title=title, css=asset(style).text, head=head)
