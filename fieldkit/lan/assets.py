"""Style, scripts and templates of the pages: read once, squeezed once, pinned by hash in the Content-Security-Policy.

The phone's script is `phone.js` and, for what is rarer, parts (`part-<name>.js`). A page carries the parts that it
needs at once; others are fetched as text (`/part/<name>`) and put in as inline scripts, which the policy lets through
by their hash alone. So no page ever allows a script by where it comes from.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from fieldkit.words import words_for

_FOLDER = resources.files("fieldkit.lan") / "page"

PARTS = ("far", "order", "quiz", "spot", "sign")
"""What a phone loads only when a page needs it."""
BARS, REST, TAP = "bars.css", "rest.css", "tap.css"
"""Styles of what is not on every page. A page brings one where it is needed at once; else a part of the script does."""


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


_KEPT = re.compile(r"('(?:[^'\\]|\\.)*'|(?<=[(,=:!&|?])/(?:[^/\\\n]|\\.)+/)")
"""Strings and regular expressions. A division never stands right behind these signs in a squeezed script."""
_NAME = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]*")
_MADE = re.compile(r"\bfunction\b ?([\w$]*)\(([^)]*)\)|\bcatch\((\w+)\)")
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def shorten_js(text: str) -> str:
    """Names that a squeezed script makes (variables, functions, arguments) become short ones, the commonest first.

    One name becomes one short name wherever it stands, so what shadowed what still does; properties, keys of objects
    and strings stay. It knows as much JavaScript as our scripts use: `tests/lan/test_pages.py` holds them to it.
    """
    pieces = _KEPT.split(text)
    code = "''".join(pieces[::2])
    made = {
        name for found in _MADE.finditer(code) for name in [found[1], *(found[2] or "").split(","), found[3]] if name
    }
    made |= {name for found in re.finditer(r"\bvar ", code) for name in _declared(code, found.end())}
    uses = Counter(name for name in _NAME.findall(code) if name in made)
    taken = set(_NAME.findall(code)) - made
    free = (x for x in [*_LETTERS, *(a + b for a in _LETTERS for b in _LETTERS)] if x not in taken)
    short = {name: next(free) for name, _ in sorted(uses.items(), key=lambda x: (-x[1], x[0]))}
    out, before = [], ";"
    for k, piece in enumerate(pieces):
        out.append(piece if k % 2 else _renamed(piece, before, short))
        before = piece[-1:] or before
    return "".join(out)


def _renamed(code: str, before: str, short: dict[str, str]) -> str:
    def named(found: re.Match[str]) -> str:
        start, end = found.span()
        key = code[end : end + 1] == ":" and (code[start - 1] if start else before) in "{,"
        return found[0] if key else short.get(found[0], found[0])

    return _NAME.sub(named, code)


def _declared(code: str, at: int) -> list[str]:
    """The names of one `var` statement that begins at `at`."""
    found, depth, wanted = [], 0, True
    while at < len(code):
        if wanted:
            name = _NAME.match(code, at)
            assert name is not None
            found.append(name[0])
            at, wanted = name.end(), False
            continue
        c = code[at]
        depth += (c in "([{") - (c in ")]}")
        if depth < 0 or (depth == 0 and (c == ";" or code.startswith(" in ", at))):
            break
        wanted = depth == 0 and c == ","
        at += 1
    return found


def squeeze_html(text: str) -> str:
    """Line ends of the template out. Foreign text has none: it was cleaned on the way in."""
    return re.sub(r"\s*\n\s*", "", text)


class _Loader(jinja2.BaseLoader):
    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Any]:
        return squeeze_html(read(template)), template, lambda: True


env = jinja2.Environment(loader=_Loader(), autoescape=True, auto_reload=False, undefined=jinja2.StrictUndefined)
"""Autoescape is on, and no template marks foreign text as safe."""


def _small_js(text: str) -> str:
    return shorten_js(squeeze_js(text))


def quoted(text: str) -> Markup:
    """For an attribute in single quotes: JSON keeps its own as they are, and a page is smaller."""
    return Markup(text.replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;").replace(">", "&gt;"))


env.filters["quoted"] = quoted


class Asset(msgspec.Struct, frozen=True):
    """A style or script as it goes out, and its CSP source."""

    text: Markup
    source: str


@lru_cache(maxsize=16)
def asset(name: str) -> Asset:
    """`name` is a file of the folder `page`, or several joined by `+`."""
    squeeze = squeeze_css if name.endswith(".css") else _small_js
    text = "".join(squeeze(read(one)) for one in name.split("+"))
    for sheet in (BARS, REST, TAP):
        if f"@{sheet}@" in text:
            text = text.replace(f"@{sheet}@", asset(sheet).text)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Asset(Markup(text), f"'sha256-{digest}'")


def part(name: str) -> str:
    """The file of a part."""
    return f"part-{name}.js"


@lru_cache(maxsize=1)
def parts_tag() -> str:
    """Changes when any part does: it stands in the address, so a browser may keep a part for good."""
    return hashlib.sha256("".join(asset(part(name)).text for name in PARTS).encode()).hexdigest()[:8]


def csp(css: str, script: str | None, parts: Sequence[str] = (), sheets: Sequence[str] = (BARS, REST)) -> str:
    """The Content-Security-Policy of a page with this style and this script (none: no script at all)."""
    policy = ["default-src 'none'"]
    if script:
        sources = [asset(script).source, *(asset(part(name)).source for name in parts)]
        policy.append(f"script-src {' '.join(sources)}")
    policy += [
        f"style-src {' '.join(asset(name).source for name in (css, *sheets))}",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    return "; ".join(policy)


@lru_cache(maxsize=256)
def head_of(lang: str, title: str, style: str, refresh: int, at: str = "", script: str = "") -> str:
    """A page's head, the same for everybody, so it is packed once. `refresh`: seconds after which a page without
    script asks again, `at` where."""
    head = ""
    if refresh:
        head = Markup('<noscript><meta http-equiv="refresh" content="{}{}"></noscript>').format(
            refresh, f";url={at}" if at else ""
        )
    return env.get_template("page.html").render(
        w=words_for(lang), title=title, css=asset(style).text, js=asset(script).text if script else "", head=head
    )
