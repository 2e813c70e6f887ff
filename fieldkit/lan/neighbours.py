"""Who else is on this network, as far as this laptop has noticed: its own table of neighbours, nothing sent.

A phone stands in the table once it has looked for this laptop, whether or not anything it sent came through. So
neighbours without a single request mean that something lies between (client isolation, a firewall), and no
neighbours mean another Wi-Fi. Linux gives the table as a file, else `ip neigh`; macOS and Windows have `arp -a`.
Only addresses are kept; the hardware addresses, which would tell phones apart for years, are read and dropped.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

WAIT_S = 3.0
MOST_BYTES = 1 << 20
MOST = 4096
PROC_ARP = Path("/proc/net/arp")
PROC_ROUTE = Path("/proc/net/route")

Run = Callable[[Sequence[str]], str]

_IP = r"(?P<ip>\d{1,3}(?:\.\d{1,3}){3})"
_MAC = r"(?P<mac>[0-9a-fA-F]{1,2}(?:[:-][0-9a-fA-F]{1,2}){5})"
_PROC = re.compile(rf"^{_IP}\s+0x[0-9a-fA-F]+\s+0x(?P<flags>[0-9a-fA-F]+)\s+{_MAC}\s", re.MULTILINE)
_NEIGH = re.compile(rf"^{_IP}\s.*?\blladdr\s+{_MAC}\b(?P<rest>[^\n]*)", re.MULTILINE)
_ARP_A = re.compile(rf"{_IP}\)?\s+(?:at\s+)?{_MAC}\b")
_DEFAULT = re.compile(rf"^\s*(?:default|0\.0\.0\.0\s+0\.0\.0\.0)\s+{_IP}\s", re.MULTILINE)
COMPLETE = 0x2
"""Flag of /proc/net/arp: the hardware address is known."""


def from_proc(text: str) -> list[str]:
    """Addresses in `/proc/net/arp` that answered."""
    return [m["ip"] for m in _PROC.finditer(text) if int(m["flags"], 16) & COMPLETE and _is_device(m["ip"], m["mac"])]


def from_ip_neigh(text: str) -> list[str]:
    """Addresses in the output of `ip -4 neigh`, without those that failed."""
    gone = ("FAILED", "INCOMPLETE", "NOARP")
    return [
        m["ip"]
        for m in _NEIGH.finditer(text)
        if not any(word in m["rest"] for word in gone) and _is_device(m["ip"], m["mac"])
    ]


def from_arp_a(text: str) -> list[str]:
    """Addresses in the output of `arp -a` (macOS, Windows in any language, BSD)."""
    return [m["ip"] for m in _ARP_A.finditer(text) if _is_device(m["ip"], m["mac"])]


def _is_device(ip: str, mac: str) -> bool:
    """One device: neither a group, everybody, nor nobody."""
    try:
        address = ipaddress.IPv4Address(ip)
        parts = [int(part, 16) for part in re.split("[:-]", mac)]
    except ValueError:
        return False
    return any(parts) and not parts[0] & 1 and not address.is_multicast and not address.is_unspecified


def gateways_from_proc(text: str) -> set[str]:
    """Default gateways in `/proc/net/route`: a router is no phone."""
    found: set[str] = set()
    for line in text.splitlines()[1:MOST]:
        cells = line.split()
        if len(cells) > 2 and cells[1] == "00000000" and re.fullmatch("[0-9A-Fa-f]{8}", cells[2]):
            found.add(socket.inet_ntoa(bytes.fromhex(cells[2])[::-1]))
    return found - {"0.0.0.0"}


def gateways_from_table(text: str) -> set[str]:
    """Default gateways in `netstat -rn` (macOS) or `route print` (Windows)."""
    return {m["ip"] for m in _DEFAULT.finditer(text)} - {"0.0.0.0"}


def near(
    found: Sequence[str],
    networks: Sequence[ipaddress.IPv4Network],
    own: Collection[str] = (),
    gateways: Collection[str] = (),
) -> list[str]:
    """Those inside our subnets that are neither this laptop, its router nor a broadcast address; each once."""
    kept: dict[str, None] = {}
    for ip in found[:MOST]:
        try:
            address = ipaddress.IPv4Address(ip)
        except ValueError:
            continue
        for network in networks:
            edge = network.prefixlen < 31 and address in (network.network_address, network.broadcast_address)
            if address in network and not edge and ip not in own and ip not in gateways:
                kept[ip] = None
    return list(kept)


def run_command(command: Sequence[str]) -> str:
    """What a command prints; empty when it is not there, fails or takes too long."""
    try:
        done = subprocess.run(list(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=WAIT_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout[:MOST_BYTES].decode("utf-8", "replace")


def _file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("ascii", "replace")
    except OSError:
        return ""


def neighbours(
    networks: Sequence[ipaddress.IPv4Network],
    own: Collection[str],
    *,
    platform: str = sys.platform,
    run: Run = run_command,
    arp: Path = PROC_ARP,
    route: Path = PROC_ROUTE,
) -> list[str] | None:
    """Other devices in our subnets that this laptop has noticed; None when the system does not tell.

    Blocks for up to a few seconds where a command must be asked: call it off the loop.
    """
    if platform.startswith("linux"):
        table = _file(arp)
        found = from_proc(table) if table else None
        if found is None:
            table = run(["ip", "-4", "neigh"])
            found = from_ip_neigh(table) if table else None
        gateways = gateways_from_proc(_file(route))
    else:
        table = run(["arp", "-a"])
        found = from_arp_a(table) if table else None
        asked = ["route", "print", "-4", "0.0.0.0"] if platform == "win32" else ["netstat", "-rn", "-f", "inet"]
        gateways = gateways_from_table(run(asked)) if found else set()
    return None if found is None else near(found, networks, own, gateways)
