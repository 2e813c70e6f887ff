"""Neighbours, firewall, addresses, look-alikes and the Wi-Fi code: what systems say, read without believing it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from fieldkit.lan import hotspot, qr
from fieldkit.lan.address import Address, best_first, to_show
from fieldkit.lan.alike import look_alikes, same_name, twins
from fieldkit.lan.announce import Found
from fieldkit.lan.firewall import UFW_CONF, UFW_RULES, firewall
from fieldkit.lan.neighbours import (
    from_arp_a,
    from_ip_neigh,
    from_proc,
    gateways_from_proc,
    gateways_from_table,
    near,
    neighbours,
)
from fieldkit.lan.wifi import Wifi

PROC = """IP address       HW type     Flags       HW address            Mask     Device
192.168.43.1     0x1         0x2         02:00:00:00:00:01     *        wlan0
192.168.43.20    0x1         0x2         02:00:00:00:00:14     *        wlan0
192.168.43.21    0x1         0x0         00:00:00:00:00:00     *        wlan0
192.168.43.22    0x1         0x6         02:00:00:00:00:16     *        wlan0
224.0.0.251      0x1         0x2         01:00:5e:00:00:fb     *        wlan0
192.168.43.255   0x1         0x2         ff:ff:ff:ff:ff:ff     *        wlan0
999.1.1.1        0x1         0x2         02:00:00:00:00:01     *        wlan0
"""
ROUTE = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask
wlan0\t00000000\t012BA8C0\t0003\t0\t0\t0\t00000000
wlan0\t002BA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF
"""
NEIGH = """192.168.43.20 dev wlan0 lladdr 02:00:00:00:00:14 STALE
192.168.43.21 dev wlan0  FAILED
192.168.43.23 dev wlan0 lladdr 02:00:00:00:00:17 FAILED
192.168.43.24 dev wlan0 lladdr 02:00:00:00:00:18 router REACHABLE
fe80::1 dev wlan0 lladdr 02:00:00:00:00:01 router REACHABLE
"""
MAC = """? (192.168.43.1) at 2:0:0:0:0:1 on en0 ifscope [ethernet]
? (192.168.43.20) at 2:0:0:0:0:14 on en0 ifscope [ethernet]
? (192.168.43.21) at (incomplete) on en0 ifscope [ethernet]
phone.local (192.168.43.22) at 2:0:0:0:0:16 on en0 ifscope [ethernet]
? (224.0.0.251) at 1:0:5e:0:0:fb on en0 ifscope permanent [ethernet]
"""
WINDOWS = """
Schnittstelle: 192.168.43.17 --- 0x5
  Internetadresse       Physische Adresse     Typ
  192.168.43.1          02-00-00-00-00-01     dynamisch
  192.168.43.20         02-00-00-00-00-14     dynamisch
  192.168.43.255        ff-ff-ff-ff-ff-ff     statisch
  224.0.0.22            01-00-5e-00-00-16     statisch
"""
NETSTAT = """default            192.168.43.1       UGScg                 en0
127                127.0.0.1          UCS                   lo0
"""
PRINT = "          0.0.0.0          0.0.0.0     192.168.43.1    192.168.43.17     25\n"
NET = [ipaddress.ip_network("192.168.43.0/24")]


def test_each_system_s_table_gives_the_devices_that_answered() -> None:
    assert from_proc(PROC) == ["192.168.43.1", "192.168.43.20", "192.168.43.22"]
    assert from_ip_neigh(NEIGH) == ["192.168.43.20", "192.168.43.24"]
    assert from_arp_a(MAC) == ["192.168.43.1", "192.168.43.20", "192.168.43.22"]
    assert from_arp_a(WINDOWS) == ["192.168.43.1", "192.168.43.20"]
    assert gateways_from_proc(ROUTE) == gateways_from_table(NETSTAT) == gateways_from_table(PRINT) == {"192.168.43.1"}


@pytest.mark.parametrize(
    "junk", ["", "\x00" * 50, "1.2.3.4", "IP address\n" * 3, "é" * 1000, "(1.2.3.4) at zz", "\n" * 9]
)
def test_junk_in_a_table_is_nobody(junk: str) -> None:
    assert from_proc(junk) == from_ip_neigh(junk) == from_arp_a(junk) == []
    assert gateways_from_proc(junk) == gateways_from_table(junk) == set()


def test_neighbours_are_others_in_our_subnets_and_no_router() -> None:
    found = ["192.168.43.1", "192.168.43.17", "192.168.43.20", "192.168.43.20", "10.0.0.9", "192.168.43.255", "x"]
    assert near(found, NET, {"192.168.43.17"}, {"192.168.43.1"}) == ["192.168.43.20"]
    flood = near([f"192.168.43.{n % 256}" for n in range(100_000)], NET)
    assert len(flood) == len(set(flood)) == 254


def test_every_system_is_asked_in_its_own_way_and_none_sends_anything(tmp_path: Path) -> None:
    """Linux reads two files; without them `ip neigh`; the others run `arp -a`. A system that tells nothing is None."""
    asked: list[str] = []

    def says(table: dict[str, str]) -> object:
        def run(command: Sequence[str]) -> str:
            asked.append(command[0])
            return table.get(command[0], "")

        return run

    arp, route, none = tmp_path / "arp", tmp_path / "route", tmp_path / "none"
    arp.write_text(PROC)
    route.write_text(ROUTE)

    def look(platform: str, table: dict[str, str], arp: Path = none, route: Path = none) -> list[str] | None:
        return neighbours(NET, {"192.168.43.17"}, platform=platform, run=says(table), arp=arp, route=route)  # type: ignore[arg-type]

    assert look("linux", {}, arp, route) == ["192.168.43.20", "192.168.43.22"] and asked == []
    assert look("linux", {"ip": NEIGH}) == ["192.168.43.20", "192.168.43.24"]
    assert look("darwin", {"arp": MAC, "netstat": NETSTAT}) == ["192.168.43.20", "192.168.43.22"]
    assert look("win32", {"arp": WINDOWS, "route": PRINT}) == ["192.168.43.20"]
    assert look("linux", {}) is look("darwin", {}) is look("win32", {}) is None
    assert set(asked) == {"ip", "arp", "netstat", "route"}


def test_the_shown_address_is_the_chosen_one_while_the_laptop_has_it() -> None:
    wifi, cable = Address("192.168.43.17", 24, "wlan0", "lan"), Address("10.0.0.2", 24, "eth0", "lan")
    vpn = Address("10.8.0.2", 24, "tun0", "vpn")
    every = best_first([vpn, cable, wifi])
    assert to_show(every) == "10.0.0.2"
    assert to_show(every, chosen="10.8.0.2") == "10.8.0.2"
    assert to_show([wifi, vpn], chosen="10.0.0.2") == "192.168.43.17"
    assert to_show(every, "10.0.0.2", "192.168.43.17") == "10.0.0.2"
    assert to_show(every, "0.0.0.0", "192.168.43.17") == "192.168.43.17"


def found(title: str, ip: str, sid: str = "", port: int = 80) -> Found:
    return Found(title, f"http://{ip}", sid, "", "en", "fk-00112233.local.", port, (ip,))


def test_look_alikes_are_others_with_our_name_or_our_session() -> None:
    own = {"10.0.0.2"}
    heard = [
        found("Lockout basics", "10.0.0.2"),
        found("LOCKOUT  Basics-2", "10.0.0.9"),
        found("Ｌockout basics (3)", "10.0.0.10"),
        found("Forklift", "10.0.0.11", "000001-k3m9w2p4"),
        found("Forklift", "10.0.0.12", "000002-aaaaaaaa"),
        found("Lockout basics", "10.0.0.2", port=8080),
    ]
    alike = look_alikes(heard, "Lockout basics", "000001-k3m9w2p4", 80, own)
    assert [(one.url, one.claims) for one in alike] == [
        ("http://10.0.0.11", True),
        ("http://10.0.0.9", False),
        ("http://10.0.0.2", False),
        ("http://10.0.0.10", False),
    ]
    assert look_alikes([found("x", "10.0.0.9")], "", "", 80, own) == []


def test_an_ended_session_of_this_laptop_is_no_look_alike() -> None:
    """Our key from our address on another port; the key alone can be copied by anybody."""
    ended = replace(found("Lockout basics", "10.0.0.2", port=8080), fingerprint="AAAA")
    copied = replace(found("Lockout basics", "10.0.0.9"), fingerprint="AAAA")
    alike = look_alikes([ended, copied], "Lockout basics", "000001-k3m9w2p4", 80, {"10.0.0.2"}, "AAAA")
    assert [one.url for one in alike] == ["http://10.0.0.9"]


def test_discovery_marks_twins_by_name_and_by_session() -> None:
    heard = [
        found("A", "1.1.1.1", "s1"),
        found("B", "1.1.1.2", "s2"),
        found("a", "1.1.1.3", "s3"),
        found("C", "1.1.1.4"),
    ]
    assert twins(heard) == {0, 2}
    assert twins([found("A", "1.1.1.1", "s1"), found("B", "1.1.1.2", "s1")]) == {0, 1}
    assert not same_name("Lockout 1", "Lockout 2")


# ---- Wi-Fi -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "password", "hidden", "text"),
    [
        ("Training", "lock and tag", False, "WIFI:T:WPA;S:Training;P:lock and tag;;"),
        ('a\\b;c,d:e"f', '\\;,:"', True, 'WIFI:T:WPA;S:a\\\\b\\;c\\,d\\:e\\"f;P:\\\\\\;\\,\\:\\";H:true;;'),
        ("Taller ñ", "", False, "WIFI:T:nopass;S:Taller ñ;;"),
        (" spaces ", "", True, "WIFI:T:nopass;S: spaces ;H:true;;"),
    ],
)
def test_the_wifi_code_is_what_cameras_read(name: str, password: str, hidden: bool, text: str) -> None:
    assert Wifi(name, password, hidden).text == qr.wifi_text(name, password, hidden) == text


def test_a_wifi_never_shows_its_password_by_accident() -> None:
    one = Wifi("Training", "lock and tag")
    assert "lock" not in repr(one) + str(one) + f"{one}" + str(vars(type(one)))
    assert not Wifi("") and Wifi("").text == ""


# ---- firewall and hotspot --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "said", "expected"),
    [
        ({}, {}, True),
        ({UFW_CONF: "ENABLED=no\n"}, {}, True),
        ({UFW_CONF: "# x\nENABLED=yes\n"}, {}, None),
        ({UFW_CONF: "ENABLED=yes", UFW_RULES: "### tuple ### allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 in\n"}, {}, True),
        ({UFW_CONF: "ENABLED=yes", UFW_RULES: "### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n"}, {}, False),
        ({}, {"--state": "running\n", "--list-services": "ssh http", "--list-ports": ""}, True),
        ({}, {"--state": "running\n", "--list-services": "ssh", "--list-ports": "8080/tcp"}, False),
        ({}, {"--state": "running\n"}, None),
        ({}, {"--state": "not running\n"}, True),
    ],
)
def test_the_firewall_of_linux_is_read_and_never_guessed(
    files: dict[Path, str], said: dict[str, str], expected: bool | None
) -> None:
    wall = firewall([80], platform="linux", run=lambda c: said.get(c[1], ""), read=lambda p: files.get(p, ""))
    assert wall.open is expected
    assert bool(wall.hint) == (expected is not True)


def test_the_firewalls_of_windows_and_macos_say_what_to_do() -> None:
    for platform, said, expected in (
        ("win32", "State    OFF", True),
        ("win32", "Status   EIN", None),
        ("darwin", "Firewall is disabled. (State = 0)", True),
        ("darwin", "Firewall is enabled. (State = 1)", None),
        ("darwin", "", None),
    ):
        wall = firewall([80, 8080], platform=platform, run=lambda c, said=said: said)  # type: ignore[misc]
        assert wall.open is expected and (wall.hint or expected)


def test_hotspot_help_is_for_this_system_and_for_all_when_asked() -> None:
    assert [w.system for w in hotspot.ways(platform="linux")] == ["linux", "phone"]
    assert [w.system for w in hotspot.ways(platform="win32")] == ["windows", "phone"]
    assert [w.system for w in hotspot.ways(platform="darwin")] == ["macos", "phone"]
    assert len(hotspot.ways(every=True)) == 4
    text = " ".join(step for way in hotspot.WAYS for step in way.steps)
    for command in ("nmcli device wifi hotspot", "netsh wlan start hostednetwork", "Internet Sharing"):
        assert command in text
