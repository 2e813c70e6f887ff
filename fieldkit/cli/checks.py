"""The checks of `fieldkit doctor`: one line each, ok or what to do. They look, and change nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fieldkit.errors import FieldkitError
from fieldkit.words.joining import fill

if TYPE_CHECKING:
    from fieldkit.cli.door import Joining
    from fieldkit.config import Settings
    from fieldkit.station import Station

EARLIEST_MS = 1_735_689_600_000
"""2025-01-01: a laptop that believes it is earlier has lost its clock."""
SOON_S = 30 * 86_400
DAY_MS = 86_400_000


class Said(msgspec.Struct, frozen=True):
    """One sentence as its template and what fills it, so that a terminal can say it in its own language."""

    template: str
    params: dict[str, str] = {}

    def __str__(self) -> str:
        return fill(self.template, self.params)


def say(template: str, **params: object) -> Said:
    """A sentence with `{named}` places. Found by `fieldkit.words.collect` where it stands as a literal."""
    return Said(template, {k: str(v) for k, v in params.items()})


class Check(msgspec.Struct, frozen=True):
    """One line. `ok` None: the system does not tell; `hint` is what to do then. `parts` and `todo` are the same
    sentences before they were filled in; empty for what came from elsewhere as a whole sentence."""

    check: str
    ok: bool | None
    words: str
    hint: str = ""
    parts: tuple[Said, ...] = ()
    todo: Said | None = None


def line(check: str, ok: bool | None, parts: Said | tuple[Said, ...], todo: Said | None = None) -> Check:
    """A line of sentences of our own."""
    every = parts if isinstance(parts, tuple) else (parts,)
    return Check(check, ok, " ".join(map(str, every)), str(todo) if todo is not None else "", every, todo)


def network(bind: str = "") -> Check:
    """Addresses that phones might reach, with those that they cannot."""
    from fieldkit.lan.address import own_addresses, to_show
    from fieldkit.lan.diagnose import KINDS

    found = own_addresses()
    good = [a for a in found if a.reachable]
    shown = to_show(found, bind)
    others = [f"{a.ip} ({a.interface}, {KINDS[a.kind]})" for a in found if not a.reachable and a.kind != "loopback"]
    beside = (say("Not for phones: {addresses}.", addresses=", ".join(others[:6])),) if others else ()
    if bind and all(a.ip != bind for a in found) and bind not in ("0.0.0.0", "::"):
        return line(
            "network",
            False,
            say("{address} is not an address of this laptop.", address=bind),
            say("Change `bind` in the settings."),
        )
    if not good:
        return line(
            "network",
            False,
            (say("This laptop is not on a network that phones can reach."), *beside),
            say("Join the Wi-Fi of the room, or open a hotspot: fieldkit doctor --hotspot says how."),
        )
    more = [f"{a.ip} ({a.interface})" for a in good if a.ip != shown]
    also = (say("Also {addresses}.", addresses=", ".join(more[:6])),) if more else ()
    return line("network", True, (say("Phones are shown {address}.", address=shown), *also, *beside))


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
        return line("port", True, say("Port 80 is free: the address needs no number behind it.")), [80]
    if wanted:
        return line("port", True, say("Port {n} is free; phones type it behind the address, :{n}.", n=got)), [got]
    if got == 8080:
        words = say("Port 80 cannot be had; 8080 is free, and phones type :8080 behind the address.")
        return line("port", True, words, free_80()), [8080]
    if wanted == 0:
        return line("port", True, say("Any free port will be taken; phones type it behind the address.")), []
    words = say("Neither port 80 nor 8080 can be had; phones will have to type a long number.")
    return line("port", False, words, say("See what runs on 8080, or choose a port with --port.")), []


def free_80() -> Said | None:
    """How this system lets an ordinary program have port 80."""
    from fieldkit.lan.hotspot import system_of

    if system_of() != "linux":
        return None
    return say("For port 80: sudo sysctl net.ipv4.ip_unprivileged_port_start=80, unless another program has it.")


def firewall(ports: list[int]) -> Check:
    from fieldkit.lan.firewall import firewall as look

    found = look(ports or [8080])
    todo = Said(found.hint) if found.hint and not found.open else None
    return line("firewall", found.open, Said(found.words), todo)


FIREWALLS = (
    say("No firewall was found."),
    say("The firewall is off."),
    say("ufw is on and lets phones in."),
    say("ufw keeps phones out."),
    say("firewalld is on and lets phones in."),
    say("firewalld keeps phones out."),
    say("This Mac does not say whether its firewall is on."),
)
"""What `fieldkit.lan.firewall` says, for whoever translates; its commands are the same in every language."""


def clock(station: Station | None, now_ms: int, zone: str, stated: str = "") -> Check:
    """Whether the laptop's clock can be right: not before the last session, nor before this program was made."""
    newest = max((ref.opened_t for ref in station.sessions()), default=0) if station is not None else 0
    hint = say("Set date and time, then look again: arrivals and the fresh code are told by this clock.")
    if now_ms < EARLIEST_MS:
        return line("clock", False, say("The clock of this laptop is years behind."), hint)
    if newest > now_ms + 60_000:
        days = (newest - now_ms) // DAY_MS
        behind = say("The clock is minutes behind this laptop's last session.")
        if days > 1:
            behind = say("The clock is {n} days behind this laptop's last session.", n=days)
        elif newest - now_ms > 2 * 3_600_000:
            behind = say("The clock is hours behind this laptop's last session.")
        return line("clock", False, behind, hint)
    if zone == "UTC" and not stated:
        unknown = say("The time zone is UTC, or this laptop does not tell it.")
        return line("clock", None, unknown, say("Say it with --tz Europe/Madrid."))
    return line("clock", True, say("The clock is plausible; times are told in {zone}.", zone=stated or zone))


def disk(folder: Path) -> Check:
    import shutil

    from fieldkit.station import WARN_FREE

    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        words = say("{folder} cannot be read ({why}).", folder=there, why=error.strerror)
        return line("disk", False, words, say("Choose a folder with --data."))
    if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
        words = say("You may not write in {folder}.", folder=there)
        return line("disk", False, words, say("Choose another folder with --data."))
    words = say("{n} GB are free for {folder}.", n=f"{free / 1e9:.1f}", folder=folder)
    if free < WARN_FREE:
        hint = say("Free some space before a session; answers are refused on a full disk.")
        return line("disk", False, words, hint)
    return line("disk", True, words)


def key(station: Station | None) -> Check:
    if station is None:
        return line("key", True, say("This laptop makes its key with its first session."))
    if station.keyless is not None:
        return Check("key", False, station.keyless.sentence, station.keyless.hint)
    return line("key", True, say("This laptop signs as {key}.", key=station.device))


def trust(station: Station | None, now_ms: int) -> Check:
    """The accepted trust list: whether it still holds, and whether it names this laptop."""
    ask = say("Ask head office: fieldkit enrol, then fieldkit trust accept.")
    try:
        held = station.trust if station is not None else None
    except FieldkitError as wrong:
        return Check("trust", False, wrong.sentence, wrong.hint)
    if station is None or held is None:
        return line("trust", True, say("No head office yet; sessions are signed by this laptop alone."), ask)
    at = now_ms // 1000
    which = {"org": held.org, "version": held.version}
    if held.expired(at):
        return line("trust", False, say("The trust list of {org} (version {version}) has run out.", **which), ask)
    if station.keyless is None:
        found = held.find(station.signer.vkey)
        state = found.state(at) if found is not None else "missing"
        said = {
            "expired": say("This laptop's key has run out: trust list {version} of {org}.", **which),
            "revoked": say("This laptop's key is revoked: trust list {version} of {org}.", **which),
            "not-yet": say("This laptop's key does not count yet: trust list {version} of {org}.", **which),
            "missing": say("This laptop's key is not in it: trust list {version} of {org}.", **which),
        }
        if state in said:
            return line("trust", False, said[state], ask)
    if held.expired(at + SOON_S):
        soon = say("The trust list of {org} runs out within 30 days.", org=held.org)
        return line("trust", None, soon, say("Take the next one in."))
    return line("trust", True, say("Trust list {version} of {org} holds and names this laptop.", **which))


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
    open_ = line("firewall", True, say("Phones come through.")) if joining.funnel.joined else firewall([number])
    return [lines[0], line("port", True, say("A session is open at {url}.", url=joining.url)), open_, *lines[1:]]
