"""Guards, tested without a socket: time is an argument."""

from __future__ import annotations

import pytest

from fieldkit.hosts import Hosts
from fieldkit.lan.address import Address, best_first, is_near, kind_of, to_show, web_address
from fieldkit.lan.doors import CODE, Pace, RoomDoor
from fieldkit.lan.funnel import Funnel
from fieldkit.pulse import MOST_WAITING, Pulse


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("192.168.43.17", True),
        ("192.168.43.17:8080", True),
        ("FIELDKIT.test", True),
        ("fieldkit.test.", True),
        ("localhost:1", True),
        ("127.0.0.7", True),
        ("[::1]:80", True),
        ("evil.example", False),
        ("192.168.43.17.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
        (None, False),
        ("192.168.43.17@evil.example", False),
    ],
)
def test_only_our_own_names_are_answered(host: str | None, known: bool) -> None:
    assert Hosts(["192.168.43.17", "fieldkit.test"]).knows(host) is known


@pytest.mark.parametrize(
    ("origin", "ok"),
    [
        (None, True),
        ("http://a.test:8080", True),
        ("HTTP://A.test:8080", True),
        ("null", False),
        ("http://a.test", False),
        ("https://a.test:8080", False),
        ("http://evil.example", False),
        ("", False),
    ],
)
def test_asvs_3_5_1_an_origin_must_be_the_host_itself(origin: str | None, ok: bool) -> None:
    assert Hosts.same_origin(origin, "a.test:8080") is ok


def test_asvs_2_4_1_twenty_intents_a_minute_and_no_more() -> None:
    pace = Pace(20)
    assert all(pace.take("p", float(n)) for n in range(20))
    assert not pace.take("p", 30.0)
    assert pace.take("other", 30.0)
    assert pace.take("p", 61.0)
    assert pace.take("p", 61.5)
    assert not pace.take("p", 61.6)
    pace.sweep(500.0)
    assert len(pace) == 0


def test_a_room_code_may_be_typed_in_the_digits_of_any_keyboard() -> None:
    door = RoomDoor("K7M4")
    assert all(door.opens(typed) for typed in ("k7m4 ", "K٧M٤", "k۷m۴", "K７M４"))
    assert not door.opens("K٨M٤") and not door.opens("K²M4")


def test_asvs_6_3_1_guessing_makes_the_door_ask_for_the_fresh_code_for_a_while() -> None:
    door = RoomDoor("k7m4")
    assert door.opens(" K7m4 ") and not door.opens("K7M5") and not door.opens("")
    for n in range(60):
        door.wrong(n * 0.5)
    assert not door.asks_fresh(30.0)
    door.wrong(30.0)
    assert door.asks_fresh(31.0)
    assert not door.asks_fresh(61.0)


def test_three_times_the_expected_people_and_then_a_lobby() -> None:
    door = RoomDoor("K7M4")
    assert not door.full(299, 0, 20) and door.full(300, 0, 20)
    assert not door.full(1199, 0, 400) and door.full(1200, 0, 400)
    assert not door.full(29, 10, 400) and door.full(30, 10, 400)


def test_places_in_the_lobby_are_given_and_taken_one_by_one() -> None:
    pulse = Pulse()
    assert pulse.knocked("ann") and pulse.knocked("bo") and not pulse.knocked("ann")
    assert (pulse.lobby, pulse.take_place()) == (2, False)
    assert (pulse.admit(1), pulse.lobby, list(pulse.waiting)) == (1, 1, ["bo"])
    assert pulse.take_place() and not pulse.take_place()
    assert (pulse.admit(), pulse.admit(), pulse.lobby, pulse.admitted) == (1, 0, 0, 1)
    assert (pulse.admit(5), pulse.admitted) == (5, 6)
    for n in range(MOST_WAITING + 10):
        pulse.knocked(f"{n}")
    assert pulse.lobby == MOST_WAITING


def test_a_room_code_has_no_signs_to_mistake() -> None:
    assert CODE.match("K7M4")
    assert not any(CODE.match(bad) for bad in ("K7M", "K7M44", "K0M4", "KIM4", "KOM4", "KLM4", "KUM4", "K7M4\n"))


def test_what_the_funnel_remembers_is_bounded() -> None:
    funnel = Funnel()
    for n in range(100):
        funnel.typed(f"{n}.example" + "x" * 500)
    assert len(funnel.foreign_hosts) == 20
    assert all(len(host) <= 100 for host in funnel.foreign_hosts)


def test_the_address_to_show_is_one_that_phones_reach() -> None:
    kinds = {
        ("192.168.43.17", "wlan0"): "lan",
        ("10.8.0.2", "tun0"): "vpn",
        ("100.101.102.103", "en0"): "vpn",
        ("172.17.0.1", "docker0"): "container",
        ("172.20.0.1", "vEthernet (WSL)"): "container",
        ("169.254.3.4", "eth0"): "link-local",
        ("127.0.0.1", "lo"): "loopback",
        ("8.8.8.8", "eth0"): "public",
    }
    assert {key: kind_of(*key) for key in kinds} == kinds
    listed = best_first(Address(ip, 24, name, kind) for (ip, name), kind in kinds.items())
    assert listed[0].ip == "192.168.43.17" and listed[-1].ip == "127.0.0.1"
    assert to_show(listed) == "192.168.43.17"
    assert to_show(listed, "10.0.0.9") == "10.0.0.9"
    assert web_address("10.0.0.9", 80) == "http://10.0.0.9"
    assert web_address("10.0.0.9", 8080) == "http://10.0.0.9:8080"
    with pytest.raises(ValueError, match="Expected"):
        kind_of("nonsense", "eth0")


def test_a_peer_in_our_subnet_is_near_and_others_came_over_a_router() -> None:
    networks = [Address("192.168.43.17", 24, "wlan0", "lan").network]
    assert is_near("192.168.43.99", networks)
    assert is_near("::ffff:192.168.43.99", networks)
    assert is_near("127.0.0.1", [])
    assert not is_near("192.168.44.1", networks)
    assert not is_near("nonsense", networks)
