"""Which address to show: this laptop's own IPv4 addresses, best first.

An address in an ordinary private network comes before one of a VPN, a container or a 169.254 network: phones cannot
reach those, and the QR would lead nowhere. All of them are ours, so all of them are allowed as Host.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

import msgspec

_VIRTUAL = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "podman", "cni", "lxc", "lxd", "flannel", "cali")
_TUNNEL = ("tun", "tap", "wg", "ppp", "utun", "tailscale", "zt", "ipsec", "gpd", "nordlynx", "proton")
_WORDS_VIRTUAL = ("vethernet", "virtualbox", "vmware", "hyper-v", "wsl", "container")
_WORDS_TUNNEL = ("vpn", "wireguard", "tunnel", "anyconnect", "fortinet", "wintun")


class Address(msgspec.Struct, frozen=True):
    """One of our own addresses. `kind`: lan, public, vpn, container, link-local, loopback."""

    ip: str
    prefix: int
    interface: str
    kind: str

    @property
    def network(self) -> ipaddress.IPv4Network:
        return ipaddress.ip_network(f"{self.ip}/{self.prefix}", strict=False)  # type: ignore[return-value]

    @property
    def reachable(self) -> bool:
        """A phone on the same Wi-Fi can probably open it."""
        return self.kind in ("lan", "public")


_ORDER = {"lan": 0, "public": 1, "vpn": 2, "container": 3, "link-local": 4, "loopback": 5}


def own_addresses() -> list[Address]:
    """Every IPv4 address of this laptop, best first. A broken adapter is left out; never raises."""
    import ifaddr  # zeroconf's own way of listing interfaces

    found: list[Address] = []
    try:
        adapters = list(ifaddr.get_adapters())
    except OSError:
        adapters = []
    for adapter in adapters:
        for ip in adapter.ips:
            if not isinstance(ip.ip, str):
                continue
            name = f"{adapter.name} {adapter.nice_name}"
            try:
                found.append(Address(ip.ip, ip.network_prefix, adapter.name, kind_of(ip.ip, name)))
            except ValueError:
                continue
    if not any(a.kind == "loopback" for a in found):
        found.append(Address("127.0.0.1", 8, "lo", "loopback"))
    return best_first(found)


def best_first(addresses: Iterable[Address]) -> list[Address]:
    return sorted(addresses, key=lambda a: (_ORDER[a.kind], _common_last(a.ip), a.interface, a.ip))


def _common_last(ip: str) -> int:
    # A phone's hotspot and a workshop router hand out 192.168 or 10; 172.16/12 is mostly containers.
    return 1 if ip.startswith("172.") else 0


def kind_of(ip: str, interface: str) -> str:
    """`interface` is its system name and, after a space, its display name. Raises ValueError for no address."""
    address = ipaddress.IPv4Address(ip)
    name = interface.lower()
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if name.startswith(_VIRTUAL) or any(w in name for w in _WORDS_VIRTUAL):
        return "container"
    # 100.64/10 is carrier or overlay space: nobody's Wi-Fi hands it out.
    if name.startswith(_TUNNEL) or any(w in name for w in _WORDS_TUNNEL) or address in _SHARED:
        return "vpn"
    return "lan" if address.is_private else "public"


_SHARED = ipaddress.IPv4Network("100.64.0.0/10")


def to_show(addresses: Sequence[Address], bind: str = "", chosen: str = "") -> str:
    """The address for the QR: the one bound to, else the chosen one while the laptop has it, else the best."""
    if bind and bind not in ANY:
        return bind
    if chosen and any(a.ip == chosen for a in addresses):
        return chosen
    return addresses[0].ip if addresses else "127.0.0.1"


ANY = ("0.0.0.0", "::", "*")
"""Spellings of every address."""


def is_near(peer: str, networks: Sequence[ipaddress.IPv4Network]) -> bool:
    """Whether the peer is inside a subnet of ours (evidence `lan`); anything else came over a router (`net`)."""
    if peer.startswith("127."):
        return True
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return address.is_loopback
        address = address.ipv4_mapped
    return address.is_loopback or any(address in n for n in networks)


def web_address(ip: str, port: int, scheme: str = "http") -> str:
    """`http://192.168.43.17` with the port where it is not 80; an IPv6 address in brackets."""
    host = f"[{ip}]" if ":" in ip else ip
    return f"{scheme}://{host}" + ("" if port == 80 else f":{port}")
