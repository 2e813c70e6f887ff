"""Where a learning record store is, and who we are to it; how it is reached is as with head office (`sync.reach`)."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from fieldkit.errors import FieldkitError, WrongUsage
from fieldkit.sync.central.rows import KEY
from fieldkit.sync.reach import loopback, tls

LOOKS = "It looks like https://lrs.acme.example/xAPI"
END = "/statements"


class Store(msgspec.Struct, frozen=True):
    """`url` is the endpoint, without a slash at its end; `here`: on this machine."""

    url: str
    host: str
    tls: bool
    here: bool


def store(text: str, *, plain_http: bool = False) -> Store:
    """The endpoint as somebody typed it, with or without `/statements`. Raises WrongUsage."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError as wrong:
        raise WrongUsage("That is not an address of a learning record store.", LOOKS) from wrong
    if parts.username or parts.password:
        raise WrongUsage("A password does not belong into an address.", "Put user:password into a file: --auth-file")
    odd = parts.query or parts.fragment or not text.isprintable() or " " in text or not text.isascii()
    if parts.scheme not in ("https", "http") or not host or odd or port == 0 or len(text) > KEY:
        raise WrongUsage("That is not an address of a learning record store.", LOOKS)
    here = loopback(host)
    if parts.scheme == "http" and not (here or plain_http):
        raise WrongUsage(
            "Over plain http others can read what is forwarded, and the password.",
            "Write https://; only with --plain-http it goes without.",
        )
    url = text.rstrip("/").removesuffix(END).rstrip("/")
    return Store(url, host, parts.scheme == "https", here)


def trusting(ca: Path | None) -> ssl.SSLContext:
    """How a store is trusted. Raises FieldkitError."""
    try:
        return tls(ca)
    except (OSError, ValueError) as wrong:
        raise FieldkitError(f"{ca} holds no certificate that can be used.", "--ca takes a file in PEM.") from wrong


def basic(secret: str) -> str:
    """`user:password` as the header of basic authentication (RFC 7617, in UTF-8). Raises WrongUsage, which quotes
    nothing of it."""
    user, colon, password = secret.partition(":")
    if not (user and colon and password) or not secret.isprintable():
        raise WrongUsage("The secret is not of the form user:password.", "The store's administrator has both.")
    return "Basic " + base64.b64encode(secret.encode()).decode()
