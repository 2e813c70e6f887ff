"""Where a learning record store is, whom TLS trusts, how long to wait between two tries, and who we are to it."""

from __future__ import annotations

import base64
import ipaddress
import secrets
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from fieldkit.errors import FieldkitError, WrongUsage
from fieldkit.sync.central.rows import KEY

LOOKS = "It looks like https://lrs.acme.example/xAPI"
END = "/statements"


class Store(msgspec.Struct, frozen=True):
    """`url` is the endpoint, without a slash at its end; `here`: on this machine."""

    url: str
    host: str
    tls: bool
    here: bool


class Rest(msgspec.Struct, frozen=True):
    """How patient: so many tries of one request, and between them first `first_s`, then twice as long each time up to
    `most_s`."""

    tries: int = 6
    first_s: float = 1.0
    most_s: float = 60.0
    chance: Callable[[], float] = lambda: secrets.randbelow(1000) / 1000

    def wait(self, k: int, asked: float = 0.0) -> float:
        """Seconds before try k + 2; `asked`: what the store wished, which is heeded up to twice the longest rest."""
        own = min(self.most_s, self.first_s * float(2**k))
        return max(own * (0.5 + self.chance() / 2), min(asked, 2 * self.most_s))


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
    here = _loopback(host)
    if parts.scheme == "http" and not (here or plain_http):
        raise WrongUsage(
            "Over plain http others can read what is forwarded, and the password.",
            "Write https://; only with --plain-http it goes without.",
        )
    url = text.rstrip("/").removesuffix(END).rstrip("/")
    return Store(url, host, parts.scheme == "https", here)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def trusting(ca: Path | None) -> ssl.SSLContext:
    """TLS 1.2 and above; with `ca` only what that file (PEM) vouches for. Raises FieldkitError."""
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ValueError) as wrong:
        raise FieldkitError(f"{ca} holds no certificate that can be used.", "--ca takes a file in PEM.") from wrong
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def basic(secret: str) -> str:
    """`user:password` as the header of basic authentication (RFC 7617, in UTF-8). Raises WrongUsage, which quotes
    nothing of it."""
    user, colon, password = secret.partition(":")
    if not (user and colon and password) or not secret.isprintable():
        raise WrongUsage("The secret is not of the form user:password.", "The store's administrator has both.")
    return "Basic " + base64.b64encode(secret.encode()).decode()
