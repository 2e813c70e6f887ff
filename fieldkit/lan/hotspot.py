"""How to open a Wi-Fi from this laptop, system by system: steps for a person, never carried out by the program.

A phone's own hotspot does as well, and often better: then the laptop joins it like every other phone.
"""

from __future__ import annotations

import sys

import msgspec


class Way(msgspec.Struct, frozen=True):
    """One system's way. `address` is what the laptop usually has there."""

    system: str
    title: str
    steps: tuple[str, ...]
    address: str


WAYS = (
    Way(
        "linux",
        "Linux (NetworkManager)",
        (
            "See which adapter can do it: nmcli device status (the one of type wifi).",
            'Open it: nmcli device wifi hotspot ifname wlan0 con-name training ssid training password "PASSWORD"',
            "Show name and password again: nmcli device wifi show-password",
            "Close it: nmcli connection down training",
            "With ufw: sudo ufw allow in on wlan0 (phones also need an address and a name server from this laptop).",
            "With firewalld: sudo firewall-cmd --zone=nm-shared --add-service=http (until the next start).",
        ),
        "10.42.0.1",
    ),
    Way(
        "windows",
        "Windows 10 and 11",
        (
            "Settings > Network & internet > Mobile hotspot: On; Edit sets name and password.",
            "It asks for a connection to share. Without any: plug in a cable or use the loopback adapter; else "
            "use a phone's hotspot.",
            "Older adapters: netsh wlan show drivers (Hosted network supported: Yes), then as administrator "
            'netsh wlan set hostednetwork mode=allow ssid=training key="PASSWORD" and netsh wlan start hostednetwork',
            "The firewall asks once whether Python may be reached: tick private and public networks. Later: as "
            'administrator netsh advfirewall firewall add rule name="fieldkit" dir=in action=allow protocol=TCP '
            "localport=80,8080",
        ),
        "192.168.137.1",
    ),
    Way(
        "macos",
        "macOS",
        (
            "System Settings > General > Sharing > Internet Sharing > (i): share from any connection that is not "
            "Wi-Fi, to computers using Wi-Fi; Wi-Fi Options sets name and password (WPA2/WPA3 Personal).",
            "Switch Internet Sharing on. It needs a connection to share from, a cable or a phone on USB will do.",
            "If the firewall is on: System Settings > Network > Firewall > Options: allow incoming connections for "
            "Python, or sudo /usr/libexec/ApplicationFirewall/socketfilterfw --add $(which python3)",
        ),
        "192.168.2.1",
    ),
    Way(
        "phone",
        "A phone's hotspot (any laptop)",
        (
            "Android: Settings > Network & internet > Hotspot & tethering > Wi-Fi hotspot. Some phones keep their "
            "guests apart; then phones find no page, and `fieldkit doctor` says so.",
            "iPhone: Settings > Personal Hotspot > Allow Others to Join, and Maximise Compatibility for older phones.",
            "Join the laptop to it. No mobile data is needed; most hotspots take ten phones or fewer.",
        ),
        "192.168.43.x or 172.20.10.x",
    ),
)

AFTER = (
    "Then start or go on with the session: fieldkit host. Its address changes with the network, and so does the QR "
    "code; phones that say “no internet” must tap “Stay connected”."
)


def system_of(platform: str = sys.platform) -> str:
    """The key in WAYS for this machine: linux, windows, macos."""
    return {"win32": "windows", "cygwin": "windows", "darwin": "macos"}.get(platform, "linux")


def ways(every: bool = False, platform: str = sys.platform) -> list[Way]:
    """This system's way and the phone's, or all of them."""
    return [way for way in WAYS if every or way.system in (system_of(platform), "phone")]
