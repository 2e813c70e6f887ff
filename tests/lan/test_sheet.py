"""The one-time link: one phone gets the file, once, within ten minutes, and it is written down before it leaves."""

from __future__ import annotations

import asyncio
import re
import socket
from urllib.parse import unquote

import aiohttp
import pytest

from fieldkit.errors import FieldkitError
from fieldkit.lan.handout import SECONDS, Handout, Paper
from tests.lan.conftest import Room

NAME = 'Größe "=1" Ann [⁄] Lee שלום attendance.csv'
PAPER = Paper(NAME, "text/csv; charset=utf-8", b"\xef\xbb\xbfname\r\n'=cmd()\r\n" + b"x" * 200_000)


class Desk:
    """Offers a paper on a room's listener, and keeps what was noted."""

    def __init__(self, room: Room) -> None:
        assert room.lan.site is not None
        self.handout, self.room = room.lan.site.handout, room
        self.noted: list[str] = []
        self.trouble = False

    async def note(self, who: str) -> None:
        if self.trouble:
            raise FieldkitError("The disk is full.")
        self.noted.append(who)

    def offer(self, ago: float = 0.0) -> str:
        now = asyncio.get_running_loop().time()
        self.handout.offer(PAPER, self.note, now - ago)
        return f"{self.room.url}/sheet?t={self.handout._token}"

    @property
    def state(self) -> str:
        return self.handout.state(asyncio.get_running_loop().time())


async def test_one_phone_takes_it_once(room: Room) -> None:
    """The page first, which takes nothing; the press; then nothing for anybody, in the same words as for a guess."""
    desk = Desk(room)
    url = desk.offer()
    async with aiohttp.ClientSession() as phone, aiohttp.ClientSession() as other:
        for _ in range(3):
            page = await phone.get(url, headers={"Accept": "text/html"})
            text = await page.text()
            assert page.status == 200 and "Ann [⁄] Lee" in text and "&#34;=1&#34;" in text and not desk.noted
            assert page.headers["Cache-Control"] == "no-store" and "script-src" not in text
        assert (await phone.head(url)).status == 200
        action = re.search(r'<form method="post" action="([^"]+)"', text)
        assert action is not None
        got = await phone.post(room.url + action[1], headers={"Origin": room.url})
        assert got.status == 200 and await got.read() == PAPER.data and desk.noted == ["127.0.0.1"]
        assert got.headers["Content-Type"] == PAPER.kind and got.headers["X-Content-Type-Options"] == "nosniff"
        said = got.headers["Content-Disposition"]
        assert re.fullmatch(r"attachment; filename=\"[\w .,()-]+\"; filename\*=UTF-8''[\w%.~-]+", said, re.ASCII), said
        assert unquote(said.partition("''")[2]) == NAME
        assert desk.state == "taken" and desk.handout.taken_by == "127.0.0.1"
        gone = [await (await who.post(url)).text() for who in (phone, other)]
        guess = await other.post(f"{room.url}/sheet?t=x")
        assert guess.status == 403 and {await guess.text()} == set(gone) and (await other.get(url)).status == 403
        assert len(desk.noted) == 1


async def test_two_at_once_and_one_of_them_gets_it(room: Room) -> None:
    desk = Desk(room)
    url = desk.offer()
    async with aiohttp.ClientSession() as one, aiohttp.ClientSession() as two:
        answers = await asyncio.gather(*(who.post(url) for who in (one, two, one, two)))
        assert sorted(x.status for x in answers) == [200, 403, 403, 403]
    assert len(desk.noted) == 1


async def test_it_is_over_after_ten_minutes_and_a_new_link_ends_the_old_one(room: Room) -> None:
    desk = Desk(room)
    async with aiohttp.ClientSession() as phone:
        old = desk.offer(SECONDS - 30)
        assert (await phone.get(old)).status == 200
        assert (await phone.get(desk.offer(SECONDS))).status == 403 and desk.state == "over"
        new = desk.offer()
        assert old != new and (await phone.post(old)).status == 403 and (await phone.get(new)).status == 200
        assert desk.handout.off() and not desk.handout.off()
        assert (await phone.post(new)).status == 403 and desk.state == "off" and not desk.noted


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 2000, "%00", "../..", "<b>", "\u202e"])
async def test_a_made_up_token_opens_nothing(room: Room, token: str) -> None:
    desk = Desk(room)
    desk.offer()
    async with aiohttp.ClientSession() as phone:
        for ask in (phone.get, phone.post):
            assert (await ask(f"{room.url}/sheet", params={"t": token})).status == 403
        assert (await phone.put(f"{room.url}/sheet")).status == 405
    assert desk.state == "offered" and not desk.noted


def test_a_token_has_128_bits_and_is_new_each_time() -> None:
    found = set()
    for _ in range(50):
        one = Handout()
        assert one.token(0.0) == "" and one.find("", 0.0) is None
        one.offer(PAPER, Desk.note.__get__(object()), 0.0)
        found.add(one.token(1.0))
        assert one.token(SECONDS) == "" and one.left(SECONDS - 61) == 61
    assert len(found) == 50 and all(len(token) >= 22 for token in found)


async def test_where_it_went_cannot_be_written_down_so_it_does_not_go(room: Room) -> None:
    desk = Desk(room)
    url = desk.offer()
    desk.trouble = True
    async with aiohttp.ClientSession() as phone:
        refused = await phone.post(url)
        assert refused.status == 403 and PAPER.data not in await refused.read()
    assert desk.state == "off" and not desk.noted


async def test_another_page_cannot_press_the_button_and_another_name_is_no_address(room: Room) -> None:
    desk = Desk(room)
    url = desk.offer()
    async with aiohttp.ClientSession() as phone:
        assert (await phone.post(url, headers={"Origin": "http://evil.example"})).status == 403
        assert (await phone.post(url, headers={"Host": "evil.example"})).status == 421
    assert desk.state == "offered" and not desk.noted


async def test_a_download_that_breaks_off_can_be_tried_again(room: Room) -> None:
    """The phone is gone after the first bytes of a large file."""
    desk = Desk(room)
    assert room.lan.site is not None
    big = Paper("big.csv", "text/csv", b"x" * 30_000_000)
    desk.handout.offer(big, desk.note, asyncio.get_running_loop().time())
    path = f"/sheet?t={desk.handout._token}"
    with socket.create_connection(("127.0.0.1", room.lan.port)) as line:
        line.setblocking(False)
        request = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{room.lan.port}\r\nContent-Length: 0\r\n\r\n"
        await asyncio.get_running_loop().sock_sendall(line, request.encode())
        assert await asyncio.get_running_loop().sock_recv(line, 1000)
    async with asyncio.timeout(10):
        while desk.handout.find(desk.handout._token, asyncio.get_running_loop().time()) is None:
            await asyncio.sleep(0.02)
    async with aiohttp.ClientSession() as phone:
        assert (await phone.post(room.url + path)).status == 200
    assert desk.noted == ["127.0.0.1"] * 2
