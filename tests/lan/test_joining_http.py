"""Joining as the listener sees it: probes, what was typed, the funnel, addresses that change, and places."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Awaitable, Callable

import pytest
from markupsafe import escape

from fieldkit.core import intents as w
from fieldkit.core.tables import Signatures, table
from fieldkit.core.tables.places import by_place
from fieldkit.errors import WrongUsage
from fieldkit.formats import csv as csv_file
from fieldkit.lan import probes
from fieldkit.lan.address import Address
from fieldkit.lan.client import new_id
from fieldkit.lan.routed import read_all
from fieldkit.words import words_for
from tests.kit.phone import Phone
from tests.lan.conftest import CODE, Room
from tests.lan.raw import ask, request, status

MakeRoom = Callable[..., Awaitable[Room]]
WIFI = Address("192.168.43.17", 24, "wlan0", "lan")
OTHER = Address("10.42.0.1", 24, "wlan1", "lan")
VPN = Address("10.8.0.2", 24, "tun0", "vpn")


def codes(room: Room) -> list[str]:
    return [one.code for one in room.lan.joining().findings]


# ---- probes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(probes.PATHS))
async def test_a_probe_is_told_the_address_and_never_that_there_is_internet(room: Room, path: str) -> None:
    """Android takes 204, Apple its Success page, Windows its own words for the internet: none of them gets it."""
    for host in ("connectivitycheck.gstatic.com", "captive.apple.com", "www.msftconnecttest.com", "[/]"):
        answer = await ask(room.lan.port, request("GET", path, host=host))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert status(answer) == 200 and room.lan.url.encode() in body
        assert len(body) < 500 and b"no-store" in head and b"Set-Cookie" not in head
        assert b"Success" not in body and b"Microsoft" not in body and b"<script" not in body
        assert CODE.encode() not in body, "whoever is on the Wi-Fi may ask, and the room code opens the door"
    answer = await ask(room.lan.port, request("HEAD", f"{path}?x=1", host="captive.apple.com"))
    assert status(answer) == 200 and answer.endswith(b"\r\n\r\n")
    assert status(await ask(room.lan.port, request("GET", path + "/", host="127.0.0.1"))) == 404


@pytest.mark.parametrize(
    ("accept", "lang"),
    [("fr-CA,en;q=0.8", "fr"), ("tlh, ar;q=0.9, en;q=0.1", "ar"), ("tlh", "en"), ("", "en"), ("<b>", "en")],
)
async def test_a_probe_is_answered_in_the_phones_language(room: Room, accept: str, lang: str) -> None:
    answer = await ask(room.lan.port, request("GET", "/generate_204", {"Accept-Language": accept}, host="a.example"))
    page = answer.partition(b"\r\n\r\n")[2].decode()
    assert f'<html lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}">' in page
    sentence = words_for(lang).say("If the phone says that there is no internet, stay connected.")
    assert str(escape(sentence)) in page and room.lan.url in page


async def test_probes_without_the_page_are_named_until_the_page_is_opened(room: Room) -> None:
    assert codes(room) == []
    await ask(room.lan.port, request("GET", "/generate_204", host="connectivitycheck.gstatic.com"))
    assert codes(room) == ["portal"]
    await ask(room.lan.port, request("GET", "/"))
    assert codes(room) == []


async def test_a_probe_with_a_body_is_answered_and_leaves_nothing_behind(room: Room) -> None:
    answer = await ask(room.lan.port, request("POST", "/generate_204", body=b"x" * 4000, host="captive.apple.com"))
    assert status(answer) == 200 and answer.count(b"HTTP/1.") == 1


async def test_a_wrong_address_leads_to_the_right_one(room: Room) -> None:
    answer = await ask(room.lan.port, request("GET", "/", {"Accept": "text/html"}, host="10.9.9.9"))
    assert status(answer) == 421 and f'href="{room.lan.url}"'.encode() in answer
    answer = await ask(room.lan.port, request("GET", "/nothing", {"Accept": "text/html"}))
    assert status(answer) == 404 and b'href="/"' in answer


async def test_https_and_a_wrong_address_are_told_as_they_were_typed(room: Room) -> None:
    await ask(room.lan.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200)
    assert codes(room) == ["https"]
    for host in ("192.168.43.71", "192.168.43.71", "evil\u202e.example", "[/]"):
        answer = await ask(room.lan.port, request("GET", "/", host=host))
        assert status(answer) in (400, 421)
    found = {one.code: one for one in room.lan.joining().findings}
    assert found["typed"].sentence.startswith("Somebody typed 192.168.43.71,")
    assert "\u202e" not in json.dumps(room.lan.joining_json(), ensure_ascii=False)
    await ask(room.lan.port, request("GET", "/"))
    assert "https" not in codes(room)


async def test_the_funnel_counts_each_step_once(room: Room) -> None:
    async with Phone(room.url, "Ana Ruiz") as ana:
        async with ana.http.get(room.url) as page:
            await page.text()
        steps = room.lan.joining().funnel
        assert (steps.seen, steps.page, steps.joined, steps.live, steps.answered) == (1, 1, 0, 0, 0)
        await ana.come_in(CODE)
        await room.do(w.CheckIn(new_p=room.desk.new_p(), badge="B1", name="No Phone"))
        await room.open("p1")
        await ana.answer("p1", 1, ["a"])
        await ana.answer("p1", 1, ["b"])
        steps = room.lan.joining().funnel
        assert (steps.seen, steps.page, steps.joined, steps.answered) == (1, 1, 1, 1)


# ---- addresses -------------------------------------------------------------------------------------------------------


class Laptop:
    """Addresses that a test can change."""

    def __init__(self, *now: Address) -> None:
        self.now = list(now)

    def __call__(self) -> list[Address]:
        return [*self.now, Address("127.0.0.1", 8, "lo", "loopback")]


async def test_a_changed_address_is_shown_told_once_and_the_old_one_stays_allowed(make_room: MakeRoom) -> None:
    room = await make_room()
    laptop = Laptop(WIFI)
    room.lan._list_addresses, room.lan._bind = laptop, ""
    room.lan.look_again()
    room.lan.seen_moved()
    port = room.lan.port
    assert room.lan.url == f"http://192.168.43.17:{port}" and codes(room) == []
    laptop.now = [OTHER, VPN]
    changes: list[str] = []
    room.desk.subscribe(lambda: changes.append(room.lan.url))
    room.lan.look_again()
    assert changes == [f"http://10.42.0.1:{port}"], "wall and console are told"
    assert room.lan.moved and codes(room) == ["moved"]
    assert room.lan.invite == f"http://10.42.0.1:{port}/{CODE}" and "192.168.43.17" not in room.lan.wall_url
    for host in ("192.168.43.17", "10.42.0.1", "10.8.0.2"):
        assert status(await ask(port, request("GET", "/", host=host))) == 200
    room.lan.look_again()
    assert len(changes) == 1, "nothing changed"
    room.lan.seen_moved()
    assert codes(room) == []
    laptop.now = [OTHER]
    room.lan.look_again()
    assert not room.lan.moved, "the address that is shown is the same"


async def test_the_trainer_chooses_an_address_and_no_foreign_one(make_room: MakeRoom) -> None:
    room = await make_room()
    laptop = Laptop(WIFI, OTHER, VPN)
    room.lan._list_addresses, room.lan._bind = laptop, ""
    room.lan.look_again()
    room.lan.choose("10.8.0.2")
    assert room.lan.url.startswith("http://10.8.0.2:") and not room.lan.moved
    assert codes(room) == ["shown-unreachable"]
    for wrong in ("1.2.3.4", "", "x" * 500, "10.8.0.2\x1b[2J"):
        with pytest.raises(WrongUsage):
            room.lan.choose(wrong)
    laptop.now = [WIFI]
    room.lan.look_again()
    assert room.lan.url.startswith("http://192.168.43.17:") and room.lan.moved
    laptop.now = [WIFI, VPN]
    room.lan.look_again()
    assert room.lan.url.startswith("http://10.8.0.2:"), "the choice holds when the address is back"
    room.lan._bind = "192.168.43.17"
    with pytest.raises(WrongUsage, match="only"):
        room.lan.choose("10.8.0.2")


async def test_it_is_announced_where_it_listens_and_nowhere_else(make_room: MakeRoom) -> None:
    room = await make_room()
    laptop = Laptop(WIFI, OTHER, VPN)
    room.lan._list_addresses = laptop
    assert [a.ip for a in room.lan._announced()] == ["127.0.0.1"], "it is bound to the loopback"
    room.lan._bind = "10.8.0.2"
    assert [a.ip for a in room.lan._announced()] == ["10.8.0.2"]
    room.lan._bind = "0.0.0.0"
    assert [a.ip for a in room.lan._announced()] == ["192.168.43.17", "10.42.0.1"]


# ---- places ----------------------------------------------------------------------------------------------------------

INVITES = read_all(["http://hall-b.example:8080=Hall B", "http://[fd00::5]=Hall «C»"])


async def join_at(room: Room, phone: Phone, host: str) -> None:
    """Join as a phone that typed a routed address would: the same socket, another Host."""
    body = {"id": new_id(), "kind": "join", "code": CODE, "name": phone.name}
    headers = {"Host": host, "Origin": f"http://{host}", "User-Agent": "Mozilla/5.0 (Linux; Android 9) Mobile"}
    async with phone.http.post(f"{room.url}/v1/intents", json=body, headers=headers) as answered:
        said = await answered.json()
        assert answered.status == 200 and said["result"] == "accepted", said
        phone.seat, phone.p = said["seat"], said["p"]


async def test_whoever_joins_through_a_routed_address_is_at_its_place(make_room: MakeRoom) -> None:
    room = await make_room(invites=INVITES)
    here, there, east = (Phone(room.url, name) for name in ("Ana Ruiz", "Bo Tran", "Li Wei"))
    async with here, there, east:
        await here.come_in(CODE)
        await join_at(room, there, "HALL-B.example:8080")
        await join_at(room, east, "[fd00::5]")
        people = room.desk.session.people
        assert [people[x.p].place for x in (here, there, east)] == ["", "Hall B", "Hall «C»"]
        assert status(await ask(room.lan.port, request("GET", "/", host="hall-x.example"))) == 421
        assert room.lan.joining_json()["invites"] == [
            {"url": "http://hall-b.example:8080", "place": "Hall B"},
            {"url": "http://[fd00::5]", "place": "Hall «C»"},
        ]
        await room.open("p1")
        await here.answer("p1", 1, ["a"])
        await there.answer("p1", 1, ["b"])
        await east.answer("p1", 1, ["b"])
        await room.open("s1")  # confidential
        for phone in (here, there):
            assert (await phone.answer("s1", 1, ["l1"])).ok
    session = room.desk.session
    rows = split(by_place("results", session, session.plan, Signatures()))
    counts = {(x["activity"], x["place"], x["option"]): x["count"] for x in rows}
    assert counts["p1", "", "a"] == counts["p1", "Hall B", "b"] == counts["p1", "Hall «C»", "b"] == "1"
    assert counts["p1", "Hall B", "a"] == "0"
    assert {x["present"] for x in rows if x["activity"] == "p1"} == {"1"}
    assert {x["place"] for x in rows if x["activity"] == "s1"} == {"—"}, "three people are no crowd"
    assert counts["s1", "—", "l1"] == "2"
    whole = split(table("results", session, session.plan, Signatures()))
    for activity in ("p1", "s1"):
        for option in {x["option"] for x in whole if x["activity"] == activity}:
            each = [int(x["count"]) for x in rows if (x["activity"], x["option"]) == (activity, option)]
            assert [str(sum(each))] == [x["count"] for x in whole if (x["activity"], x["option"]) == (activity, option)]
    answers = split(by_place("answers", session, session.plan, Signatures()))
    assert {(x["name"], x["place"]) for x in answers} == {
        ("Ana Ruiz", ""),
        ("Bo Tran", "Hall B"),
        ("Li Wei", "Hall «C»"),
        ("—", "—"),
    }
    sheet = split(by_place("attendance", session, session.plan, Signatures()))
    assert [(x["name"], x["place"]) for x in sheet] == [
        ("Ana Ruiz", ""),
        ("Bo Tran", "Hall B"),
        ("Li Wei", "Hall «C»"),
    ]


def split(table: object) -> list[dict[str, str]]:
    """Through the file that people get."""
    text = csv_file.write(table).decode("utf-8-sig")  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(text)))
