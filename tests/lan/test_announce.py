"""Announcing and finding: a hint, never a proof. Other people's devices answer too, some of them with nonsense."""

from __future__ import annotations

import asyncio
import secrets
from types import SimpleNamespace
from typing import Any

import pytest

from fieldkit.lan import announce
from fieldkit.lan.address import Address
from fieldkit.lan.alike import look_alikes


def info(**more: Any) -> Any:
    fields: dict[str, Any] = {
        "port": 80,
        "server": "fk-00112233.local.",
        "properties": {b"v": b"1", b"sid": b"000017-k3m9w2p4", b"fp": b"abc", b"lang": b"en"},
        "addresses": ["192.168.43.17"],
        **more,
    }
    return SimpleNamespace(parsed_addresses=lambda version=None: fields["addresses"], **fields)


def some_host() -> str:
    return announce.host_of(secrets.token_hex(8))


NAME = "Lockout." + announce.TYPE


def test_an_honest_answer_is_read() -> None:
    found = announce.read_found(info(), NAME)
    assert found is not None
    assert (found.title, found.url, found.sid) == ("Lockout", "http://192.168.43.17", "000017-k3m9w2p4")


@pytest.mark.parametrize(
    "bad",
    [
        {"port": None},
        {"port": 0},
        {"port": 99_999},
        {"port": "x"},
        {"addresses": []},
        {"addresses": None},
        {"properties": 7},
        {"server": None, "addresses": [None]},
    ],
)
def test_a_sick_device_is_left_out(bad: dict[str, Any]) -> None:
    found = announce.read_found(info(**bad), NAME)
    assert found is None or found.port == 80


def test_hostile_txt_is_cleaned_and_cut() -> None:
    props = {b"sid": b"\x1b[2J" + b"x" * 500, b"fp": None, b"\xff": b"\xff\xfe", b"lang": True, "v": "1"}
    found = announce.read_found(info(properties=props), "Evil\x1b]0;x\x07\u202e" + "z" * 300 + "." + announce.TYPE)
    assert found is not None
    assert "\x1b" not in found.sid + found.title and len(found.sid) <= 64 and len(found.title) <= 80
    assert found.fingerprint == "" and found.lang == ""


@pytest.mark.parametrize("title", ["Seguridad " + "ñ" * 60, "日本語" * 30, "", "...", "a.b.c", "\x00", "x" * 300])
def test_every_title_makes_a_name_that_dns_takes(title: str) -> None:
    made = announce.service(title, "fk-00112233.local.", 80, ["127.0.0.1"], {"sid": "s" * 300, "lang": "ñ" * 300})
    label = made.name.removesuffix("." + announce.TYPE)
    assert 1 <= len(label.encode()) <= announce.LABEL_BYTES
    assert all(len(v or b"") < 200 for v in made.properties.values())


def test_a_session_keeps_its_host_name_and_no_other_has_it() -> None:
    one, other = announce.host_of("ld.acme.example/dev/7q2k/000017-k3m9w2p4"), some_host()
    assert one == announce.host_of("ld.acme.example/dev/7q2k/000017-k3m9w2p4") != other
    assert one.startswith("fk-") and len(one) == len("fk-00112233.local.")


async def test_announced_and_found_on_the_loopback_until_the_goodbye() -> None:
    loopback = [Address("127.0.0.1", 8, "lo", "loopback")]
    one = announce.Announcer(
        "Lockout/Tagout", 8123, {"v": "1", "sid": "000017-k3m9w2p4"}, some_host(), addresses=lambda: loopback
    )
    one.start()
    found: list[announce.Found] = []
    try:
        for _ in range(3):
            heard = await announce.discover(2.0, interfaces=["127.0.0.1"])
            found = [one for one in heard if one.sid == "000017-k3m9w2p4"]  # others may run on this machine
            if found or one.problem:
                break
        if one.problem:
            pytest.skip(f"no multicast on this machine: {one.problem}")
        assert [f.title for f in found] == ["Lockout/Tagout"]
        assert (found[0].port, found[0].sid) == (8123, "000017-k3m9w2p4")
    finally:
        await one.stop()


async def test_trouble_with_the_network_is_told_and_never_raised() -> None:
    broken = [Address("203.0.113.7", 24, "eth9", "lan")]
    one = announce.Announcer("x", 80, {}, some_host(), addresses=lambda: broken)
    one.start()
    await asyncio.sleep(0.3)
    assert one.problem
    await one.stop()


async def test_a_session_hears_another_one_of_its_name_and_not_itself() -> None:
    """Both on this machine's loopback, with other ports: the second one gets another name, and both are heard."""
    loopback = [Address("127.0.0.1", 8, "lo", "loopback")]
    title = f"Lockout {some_host()[3:11]}"

    def made(port: int, sid: str) -> announce.Announcer:
        return announce.Announcer(title, port, {"sid": sid}, some_host(), addresses=lambda: loopback)

    one, two = made(8123, "000017-k3m9w2p4"), made(8124, "000018-k3m9w2p4")
    one.start()
    await asyncio.sleep(1.5)
    two.start()
    try:
        if one.problem:
            pytest.skip(f"no multicast on this machine: {one.problem}")
        heard: list[str] = []
        async with asyncio.timeout(30):
            while len(heard) < 2:
                heard = [x.url for x in one.others if x.title.startswith(title)]
                await asyncio.sleep(0.1)
        found = look_alikes(one.others, title, "000017-k3m9w2p4", 8123, {"127.0.0.1"})
        assert [(x.url, x.claims) for x in found] == [("http://127.0.0.1:8124", False)]
    finally:
        await two.stop()
        await one.stop()
    assert list(one.others) == []


async def test_nonsense_from_the_network_is_left_out_and_listening_goes_on() -> None:
    """zeroconf may hand over None for a name, names that are none, and a removal of what was never there."""
    from zeroconf import IPVersion, ServiceStateChange
    from zeroconf.asyncio import AsyncZeroconf

    others = announce.Others()
    async with AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only) as zeroconf:
        await others.listen(zeroconf)
        for state in ServiceStateChange:
            for name in (None, "", "x", "\x1b[2J." + announce.TYPE, "z" * 300 + "." + announce.TYPE):
                others._changed(zeroconf.zeroconf, announce.TYPE, name, state)
        for n in range(2 * announce.MOST_FOUND):
            others._changed(zeroconf.zeroconf, announce.TYPE, f"flood{n}.{announce.TYPE}", ServiceStateChange.Added)
        assert len(others._asked) <= announce.MOST_FOUND
        await asyncio.sleep(0.05)
        await others.stop()
        await others.stop()
    assert list(others) == []


async def test_two_that_begin_at_once_end_with_two_names_and_are_both_found() -> None:
    """Whether they hear each other's probes or not; which of them gives way is a matter of luck."""
    loopback = [Address("127.0.0.1", 8, "lo", "loopback")]
    title = f"Forklift {some_host()[3:11]}"
    hosts = ("fk-00000000.local.", "fk-ffffffff.local.")
    both = [
        announce.Announcer(title, 8125 + n, {"sid": f"00000{n}-k3m9w2p4"}, host, addresses=lambda: loopback)
        for n, host in enumerate(hosts)
    ]
    for one in both:
        one.start()
    try:
        found: dict[int, str] = {}
        async with asyncio.timeout(20):
            while len(found) < 2:
                heard = await announce.discover(1.5, interfaces=["127.0.0.1"])
                if any(one.problem for one in both):
                    pytest.skip(f"no multicast on this machine: {both[0].problem or both[1].problem}")
                found = {x.port: x.title for x in heard if x.title.startswith(title)}
        assert len(set(found.values())) == 2
    finally:
        for one in both:
            await one.stop()
