"""Routed addresses: `--invite "URL[=PLACE]"` for a VPN, a tunnel or a second hall.

Such an address is not one of this laptop's own, so it is told to us: it is allowed as Host, shown beside the others,
and whoever joins through it is known to be at its place. Nothing is believed about it but what the trainer typed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

import msgspec

from fieldkit.core.clean import clean_name
from fieldkit.errors import WrongUsage

MOST = 20
LONGEST = 300
LOOKS = "It looks like http://10.8.0.5:8080=Hall B: an address that leads to this laptop, and who is there."

SCRIPTS = frozenset({"about", "blob", "data", "file", "ftp", "https", "javascript", "mailto", "vbscript", "ws", "wss"})
"""What `javascript:8080` would be taken for by whatever shows it as a link."""
THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")

_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*\Z")


class Routed(msgspec.Struct, frozen=True):
    """One routed address: `url` normalised (`http://10.8.0.5:8080`), `place` cleaned, empty when none was given."""

    url: str
    host: str
    port: int
    place: str = ""


def read_routed(text: str) -> Routed:
    """`URL[=PLACE]` as typed. Raises WrongUsage with a sentence for everything that no phone could open."""
    url, _, place = text.strip().partition("=")
    url = url.strip()
    shown = clean_name(url) or "?"

    def no(why: str) -> WrongUsage:
        return WrongUsage(f"--invite {shown}: {why}.", LOOKS)

    if not url or len(url) > LONGEST:
        raise no("there is no address in it" if not url else "it is too long")
    if not url.isascii() or not url.isprintable() or any(c in url for c in " \"'<>`{}|^%"):
        raise no("it has a sign that no address has")
    scheme, _, rest = url.partition("://") if "://" in url else ("http", "", url)
    if scheme.lower() == "https":
        raise no("phones speak plain http to this laptop, without the s")
    if scheme.lower() != "http":
        raise no("only http:// leads to this laptop")
    if "@" in rest:
        raise no("a name or password before the address is not used here")
    if any(c in rest for c in "?#\\"):
        raise no("it has more behind the address; give the address alone")
    rest = rest.removesuffix("/")
    if "/" in rest:
        raise no("it has a path; the session is at the top, give the address alone")
    host, port = _split(rest, no)
    return Routed(_url(host, port), host, port, clean_name(place))


def _split(rest: str, no: Callable[[str], WrongUsage]) -> tuple[str, int]:
    """Host (without brackets, lower case) and port."""
    found = re.match(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>.*))?\Z", rest)
    if found is None:
        raise no("it is no address; one with several colons stands in brackets, http://[fd00::5]:8080")
    host, port = found["host"].lower(), found["port"]
    if port is not None and not (port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65536):
        scheme = "" if port[:1].isdecimal() or not port else ", or only http:// leads to this laptop"
        raise no(f"its port is a number from 1 to 65535{scheme}")
    if host.startswith("["):
        try:
            return str(_one(ipaddress.IPv6Address(host[1:-1]), no)), int(port or 80)
        except ValueError:
            raise no("what stands in brackets is no IPv6 address") from None
    host = host.removesuffix(".")
    numbers = re.fullmatch(r"[0-9.]+|0x[0-9a-f.x]+", host) is not None
    if numbers:
        try:
            _one(ipaddress.IPv4Address(host), no)
        except ValueError:
            raise no("it is no IPv4 address") from None
    elif host in SCRIPTS:
        raise no("only http:// leads to this laptop")
    elif len(host) > 253 or not _NAME.match(host):
        raise no("it is no host name")
    return host, int(port or 80)


def _one(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, no: Callable[[str], WrongUsage]) -> object:
    """The address of one machine; broadcast, multicast and "any" are of none, and a phone would open nothing there."""
    inner = getattr(ip, "ipv4_mapped", None) or ip
    nowhere = inner.version == 4 and (inner.is_reserved or inner in THIS_NETWORK)
    if nowhere or inner.is_multicast or inner.is_unspecified:
        raise no("it is not the address of one machine")
    return ip


def _url(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}" + ("" if port == 80 else f":{port}")


def read_all(texts: Sequence[str]) -> tuple[Routed, ...]:
    """All of `--invite`, in order, each address once. Raises WrongUsage, also for one address at two places."""
    if len(texts) > MOST:
        raise WrongUsage(f"{len(texts)} times --invite is too many.", f"At most {MOST} routed addresses.")
    found: dict[tuple[str, int], Routed] = {}
    for text in texts:
        one = read_routed(text)
        known = found.setdefault((one.host, one.port), one)
        if known.place != one.place:
            raise WrongUsage(
                f"--invite {one.url} is given for two places, {known.place or 'none'} and {one.place or 'none'}.",
                "One address leads to one place.",
            )
    return tuple(found.values())


def place_of(routed: Sequence[Routed], host: str | None) -> str:
    """The place of whoever asks with this Host header; empty for our own addresses.

    Forwarded ports may tell two halls apart, so host and port are compared first; a host that has one place only is
    enough by itself, since some phones and tunnels drop the port.
    """
    if not host or not routed:
        return ""
    name, port = _header(host)
    mine = [one for one in routed if one.host == name]
    exact = next((one for one in mine if one.port == port), None)
    if exact is not None:
        return exact.place
    places = {one.place for one in mine}
    return places.pop() if len(places) == 1 else ""


def _header(host: str) -> tuple[str, int]:
    name, port = host.strip().lower(), "80"
    if name.startswith("["):
        name, _, rest = name[1:].partition("]")
        port = rest.removeprefix(":") or port
        try:
            name = str(ipaddress.IPv6Address(name))
        except ValueError:
            return "", 0
    elif name.count(":") == 1:
        name, _, port = name.partition(":")
    number = int(port) if port.isascii() and port.isdecimal() and len(port) <= 5 else 0
    return name.removesuffix("."), number
