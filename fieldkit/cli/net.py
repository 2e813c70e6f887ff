"""How a room is reached, from settings and options: for every command that hosts."""

from __future__ import annotations

from pathlib import Path

import msgspec

from fieldkit.cli.options import first_line
from fieldkit.config import SETTINGS, Settings
from fieldkit.errors import WrongUsage
from fieldkit.lan.routed import Routed, read_all
from fieldkit.lan.wifi import Wifi


class Net(msgspec.Struct, frozen=True):
    """How the room is reached; as in docs/settings.md."""

    port: int | None = None
    bind: str = ""
    allow_host: tuple[str, ...] = ()
    announce: bool = True
    lang: str = ""
    """Of the wall; empty is the pack's own."""
    invites: tuple[Routed, ...] = ()
    """Routed addresses that lead here too."""
    wifi: Wifi = Wifi("")
    """Of the room, for its QR code."""


def with_wifi(settings: Settings, name: str | None, password_file: Path | None) -> Settings:
    """`--wifi` and `--wifi-password-file` over the settings. Raises WrongUsage for what no Wi-Fi can be called.

    A password that the settings hold belongs to the network they name: another name given here does not inherit it.
    """
    changed: dict[str, object] = {}
    try:
        if name is not None:
            changed["wifi_name"] = SETTINGS["wifi_name"](name)
            if settings.wifi_name not in ("", name):
                changed |= {"wifi_password": SETTINGS["wifi_password"](""), "wifi_hidden": False}
        if password_file is not None:
            changed["wifi_password"] = SETTINGS["wifi_password"](first_line(password_file, "Wi-Fi password"))
    except ValueError as wrong:
        option = "--wifi-password-file" if "wifi_name" in changed or name is None else "--wifi"
        raise WrongUsage(f"{option}: it {wrong}.", "See docs/settings.md for what it takes.") from wrong
    made = msgspec.structs.replace(settings, **changed)
    if made.wifi_password and not made.wifi_name:
        raise WrongUsage("A Wi-Fi password was given and no Wi-Fi name.", "Add --wifi NAME, or set wifi_name.")
    return made


def net_of(settings: Settings, *, announce: bool = True) -> Net:
    """How the room is reached, as the settings say. Raises WrongUsage for a routed address that is none."""
    return Net(
        settings.port,
        settings.bind,
        settings.allow_host,
        announce,
        settings.lang,
        read_all(settings.invite),
        Wifi(settings.wifi_name, settings.wifi_password, settings.wifi_hidden),
    )
