"""The checks of `fieldkit doctor`: one line each, ok or what to do. They look, and change nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fieldkit.errors import FieldkitError

if TYPE_CHECKING:
    from fieldkit.cli.door import Joining
    from fieldkit.config import Settings
    from fieldkit.station import Station

EARLIEST_MS = 1_735_689_600_000
"""2025-01-01: a laptop that believes it is earlier has lost its clock."""
SOON_S = 30 * 86_400
DAY_MS = 86_400_000


class Check(msgspec.Struct, frozen=True):
    """One line. `ok` None: the system does not tell; `hint` is what to do then."""

    check: str
    ok: bool | None
    words: str
    hint: str = ""


def network(bind: str = "") -> Check:
    """Addresses that phones might reach, with those that they cannot."""
    from fieldkit.lan.address import own_addresses, to_show
    from fieldkit.lan.diagnose import KINDS

    found = own_addresses()
    good = [a for a in found if a.reachable]
    shown = to_show(found, bind)
    others = [f"{a.ip} ({a.interface}, {KINDS[a.kind]})" for a in found if not a.reachable and a.kind != "loopback"]
    beside = f" Not for phones: {', '.join(others[:6])}." if others else ""
    if bind and all(a.ip != bind for a in found) and bind not in ("0.0.0.0", "::"):
        return Check("network", False, f"{bind} is not an address of this laptop.", "Change `bind` in the settings.")
    if not good:
        return Check(
            "network",
            False,
            f"This laptop is not on a network that phones can reach.{beside}",
            "Join the Wi-Fi of the room, or open a hotspot: fieldkit doctor --hotspot says how.",
        )
    more = [f"{a.ip} ({a.interface})" for a in good if a.ip != shown]
    also = f" Also {', '.join(more[:6])}." if more else ""
    return Check("network", True, f"Phones are shown {shown}.{also}{beside}")


def port(wanted: int | None, bind: str = "") -> tuple[Check, list[int]]:
    """The port that a session would take now; and the ports a firewall must let through for it."""
    from fieldkit.lan.listen import PORTS, listen

    ports = [wanted] if wanted is not None else list(PORTS)
    try:
        sock = listen(bind, ports)
    except FieldkitError as wrong:
        return Check("port", False, wrong.sentence, wrong.hint), [p for p in ports if p]
    try:
        got = int(sock.getsockname()[1])
    finally:
        sock.close()
    if got == 80:
        return Check("port", True, "Port 80 is free: the address needs no number behind it."), [80]
    if wanted:
        return Check("port", True, f"Port {got} is free; phones type it behind the address, :{got}."), [got]
    if got == 8080:
        words = "Port 80 cannot be had; 8080 is free, and phones type :8080 behind the address."
        return Check("port", True, words, free_80()), [8080]
    if wanted == 0:
        return Check("port", True, "Any free port will be taken; phones type it behind the address."), []
    words = "Neither port 80 nor 8080 can be had; phones will have to type a long number."
    return Check("port", False, words, "See what runs on 8080, or choose a port with --port."), []


def free_80() -> str:
    """How this system lets an ordinary program have port 80."""
    from fieldkit.lan.hotspot import system_of

    if system_of() != "linux":
        return ""
    return "For port 80: sudo sysctl net.ipv4.ip_unprivileged_port_start=80, unless another program has it."


def firewall(ports: list[int]) -> Check:
    from fieldkit.lan.firewall import firewall as look

    found = look(ports or [8080])
    return Check("firewall", found.open, found.words, "" if found.open else found.hint)


def clock(station: Station | None, now_ms: int, zone: str, stated: str = "") -> Check:
    """Whether the laptop's clock can be right: not before the last session, nor before this program was made."""
    newest = max((ref.opened_t for ref in station.sessions()), default=0) if station is not None else 0
    hint = "Set date and time, then look again: arrivals and the fresh code are told by this clock."
    if now_ms < EARLIEST_MS:
        return Check("clock", False, "The clock of this laptop is years behind.", hint)
    if newest > now_ms + 60_000:
        days = (newest - now_ms) // DAY_MS
        behind = f"{days} days" if days > 1 else "hours" if newest - now_ms > 2 * 3_600_000 else "minutes"
        return Check("clock", False, f"The clock is {behind} behind this laptop's last session.", hint)
    if zone == "UTC" and not stated:
        return Check(
            "clock", None, "The time zone is UTC, or this laptop does not tell it.", "Say it with --tz Europe/Madrid."
        )
    return Check("clock", True, f"The clock is plausible; times are told in {stated or zone}.")


def disk(folder: Path) -> Check:
    import shutil

    from fieldkit.station import WARN_FREE

    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Check("disk", False, f"{there} cannot be read ({error.strerror}).", "Choose a folder with --data.")
    if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
        return Check("disk", False, f"You may not write in {there}.", "Choose another folder with --data.")
    words = f"{free / 1e9:.1f} GB are free for {folder}."
    if free < WARN_FREE:
        return Check("disk", False, words, "Free some space before a session; answers are refused on a full disk.")
    return Check("disk", True, words)


def key(station: Station | None) -> Check:
    if station is None:
        return Check("key", True, "This laptop makes its key with its first session.")
    if station.keyless is not None:
        return Check("key", False, station.keyless.sentence, station.keyless.hint)
    return Check("key", True, f"This laptop signs as {station.device}.")


def trust(station: Station | None, now_ms: int) -> Check:
    """The accepted trust list: whether it still holds, and whether it names this laptop."""
    ask = "Ask head office: fieldkit enrol, then fieldkit trust accept."
    try:
        held = station.trust if station is not None else None
    except FieldkitError as wrong:
        return Check("trust", False, wrong.sentence, wrong.hint)
    if station is None or held is None:
        return Check("trust", True, "No head office yet; sessions are signed by this laptop alone.", ask)
    at = now_ms // 1000
    if held.expired(at):
        return Check("trust", False, f"The trust list of {held.org} (version {held.version}) has run out.", ask)
    if station.keyless is None:
        line = held.find(station.signer.vkey)
        state = line.state(at) if line is not None else "not in it"
        if state != "ok":
            words = {"expired": "has run out", "revoked": "is revoked", "not-yet": "does not count yet"}
            said = words.get(state, "is not in it")
            return Check("trust", False, f"This laptop's key {said}: trust list {held.version} of {held.org}.", ask)
    if held.expired(at + SOON_S):
        return Check("trust", None, f"The trust list of {held.org} runs out within 30 days.", "Take the next one in.")
    return Check("trust", True, f"Trust list {held.version} of {held.org} holds and names this laptop.")


def before(folder: Path, settings: Settings) -> list[Check]:
    """Everything that can be looked at without a session."""
    from fieldkit.clock import SystemClock, local_zone

    station, broken = look(folder)
    now = SystemClock().wall_ms()
    at, ports = port(settings.port, settings.bind)
    return [
        network(settings.bind),
        at,
        firewall(ports),
        clock(station, now, local_zone(), settings.tz),
        disk(folder),
        broken or key(station),
        trust(station, now),
    ]


def look(folder: Path) -> tuple[Station | None, Check | None]:
    """The station as it lies there, or the line that says why it cannot be read."""
    from fieldkit.station import Station

    try:
        return Station.look(folder), None
    except FieldkitError as wrong:
        return None, Check("key", False, wrong.sentence, wrong.hint)


def during(folder: Path, settings: Settings, joining: Joining) -> list[Check]:
    """The same while a session runs: its own port, and whether phones come through."""
    lines = [one for one in before(folder, settings) if one.check not in ("port", "firewall")]
    end = joining.url.rpartition(":")[2]
    number = int(end) if end.isdecimal() and len(end) < 6 else 80
    open_ = Check("firewall", True, "Phones come through.") if joining.funnel.joined else firewall([number])
    return [lines[0], Check("port", True, f"A session is open at {joining.url}."), open_, *lines[1:]]
