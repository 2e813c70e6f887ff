"""The page of the trainer's phone, in one piece: style, HMAC library and script are in it, each pinned by its hash.

It is the same for everybody and holds no secret. The library is published code as it stands (`remote/noble`): SHA-256
and HMAC of noble-hashes 1.0.0, the release that was audited. A page that is not a secure context has no
`crypto.subtle`.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from html import escape
from importlib import resources

import msgspec

from fieldkit.consoles.remote_words import strings
from fieldkit.words import words_for

_FOLDER = resources.files("fieldkit.consoles") / "remote"

LIBRARY = {
    "@noble/hashes/crypto": "cryptoBrowser.js",
    "./utils.js": "utils.js",
    "./_sha2.js": "_sha2.js",
    "./sha256.js": "sha256.js",
    "./hmac.js": "hmac.js",
}
"""Name by which the files ask for each other → file, in the order in which they must be run."""


class Page(msgspec.Struct, frozen=True):
    """The page's bytes and its own headers."""

    html: bytes
    headers: dict[str, str]


def read(name: str) -> str:
    """A file of the folder `remote`, as it is written."""
    return (_FOLDER / name).read_text("utf-8")


@lru_cache(maxsize=1)
def library() -> str:
    """The library's files, unchanged, each in a function of its own; our script calls `noble.hmac(key, bytes)`."""
    held = "".join(
        f"modules['{name}']=(function(exports){{{read('noble/' + file)}\nreturn exports;}})({{}});\n"
        for name, file in LIBRARY.items()
    )
    return (
        "var noble=(function(){var modules={};function require(name){return modules[name];}\n"
        f"{held}"
        "var hash=modules['./sha256.js'].sha256,hmac=modules['./hmac.js'].hmac;\n"
        "return{hmac:function(key,bytes){return hmac(hash,key,bytes);},hex:modules['./utils.js'].bytesToHex};})();\n"
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@lru_cache(maxsize=2)
def page(lang: str) -> Page:
    """In `lang`, one of the terminal's languages."""
    words = words_for(lang)
    ours = "(function () {\n'use strict';\n" + read("remote_views.js") + read("remote.js") + "}());\n"
    style, script = read("remote.css"), library() + read("remote_base.js") + ours
    html = read("remote.html")
    for name, text in {
        "lang": words.lang,
        "title": escape(words.say("Trainer's remote")),
        "noscript": escape(words.say("The remote needs JavaScript. Switch it on for this page.")),
        "words": escape(msgspec.json.encode(strings(words)).decode()),
        "style": style,
        "script": script,
    }.items():
        html = html.replace("{{ " + name + " }}", text)
    policy = [
        "default-src 'none'",
        f"script-src {_source(script)}",
        f"style-src {_source(style)}",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
    }
    return Page(html.encode(), headers)
