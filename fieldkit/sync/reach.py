"""How head office is reached: its address, whom TLS trusts, how long to wait between two tries."""

from __future__ import annotations

import ipaddress
import secrets
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from fieldkit.errors import FieldkitError, WrongUsage


class Rest(msgspec.Struct, frozen=True):
    """How patient: so many tries of one request, and between them first `first_s`, then twice as long each time up to
    `most_s`."""

    tries: int = 6
    first_s: float = 1.0
    most_s: float = 60.0
    chance: Callable[[], float] = lambda: secrets.randbelow(1000) / 1000
    """0 to 1: a whole plant whose line comes back must not ask in the same second."""

    def wait(self, k: int, told: float = 0.0) -> float:
        """Seconds before try k + 2; `told` is what the other side asked for, heeded up to twice the longest rest."""
        own = min(self.most_s, self.first_s * float(2**k))
        return max(own * (0.5 + self.chance() / 2), min(told, 2 * self.most_s))


class Address(msgspec.Struct, frozen=True):
    """Where head office listens: scheme, host, and the address without a slash at its end."""

    url: str
    host: str
    tls: bool
    here: bool
    """On this machine."""


def address(text: str, *, plain_http: bool = False) -> Address:
    """The address as somebody typed it. `plain_http`: http is wished for beyond this machine. Raises WrongUsage."""
    hint = "It looks like https://fieldkit.acme.example"
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
        host.encode("idna")  # a part of a name that is too long is found out by nobody before it is asked for
    except ValueError as wrong:
        raise WrongUsage("That is not an address of head office.", hint) from wrong
    odd = parts.query or parts.fragment or parts.username or parts.password or not text.isprintable()
    odd = odd or " " in text.strip()
    if parts.scheme not in ("https", "http") or not host or odd or port == 0:
        raise WrongUsage("That is not an address of head office.", hint)
    here = loopback(host)
    if parts.scheme == "http" and not (here or plain_http):
        raise WrongUsage(
            "Over plain http others can see who syncs, and keep it from arriving.",
            "Write https://; only the command line, with --plain-http, sends without it.",
        )
    return Address(text.strip().rstrip("/"), host, parts.scheme == "https", here)


def loopback(host: str) -> bool:
    """Whether that is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def tls(ca: Path | None) -> ssl.SSLContext:
    """TLS 1.2 and above; with `ca` only what that file (PEM) vouches for. Raises OSError, ValueError."""
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def trusting(ca: Path | None) -> ssl.SSLContext:
    """How a laptop trusts head office: by `ca`, or the very certificate in it, alone. Raises FieldkitError."""
    try:
        return tls(ca)
    except (OSError, ValueError) as wrong:
        raise FieldkitError(
            f"{ca} holds no certificate that can be used.", "It is the file (PEM) that head office gave you."
        ) from wrong
