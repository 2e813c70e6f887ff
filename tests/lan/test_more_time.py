"""An end that moved comes to phones that listen, to phones that ask, and to the wall."""

from __future__ import annotations

import asyncio

import pytest

from fieldkit.core import intents as w
from tests.kit.phone import Phone
from tests.lan.conftest import CODE, Room
from tests.lan.test_server import collect, until


@pytest.fixture
def phone(room: Room) -> Phone:
    return Phone(room.url, "Ana Ruiz")


async def test_who_asks_with_a_tag_is_told_when_only_the_end_moved(room: Room, phone: Phone) -> None:
    """A 304 would leave the old countdown there; while it only runs, a 304 is right."""
    async with phone:
        await phone.come_in(CODE)
        await room.open("c1")
        headers = phone.headers()
        for wish, left in (
            (None, None),
            (w.Extend(seconds=40), 40_000),
            (w.Extend(seconds=40), 80_000),
            (w.Extend(), None),
        ):
            if wish is not None:
                await room.do(wish)
            async with phone.http.get(f"{room.url}/v1/view", headers=headers) as moved:
                shown = (await moved.json())["open"][0]["left_ms"]
                assert moved.status == 200 and (shown is None if left is None else left - 20_000 < shown <= left)
                headers["If-None-Match"] = moved.headers["ETag"]
            await asyncio.sleep(0.02)
            async with phone.http.get(f"{room.url}/v1/view", headers=headers) as again:
                assert again.status == 304


async def test_more_time_reaches_the_phone_and_the_wall_by_themselves(room: Room, phone: Phone) -> None:
    """As a countdown on the page that is open, without a question asked."""
    async with phone:
        await phone.come_in(CODE)
        await room.open("c1")
        told = asyncio.ensure_future(collect(phone, "data-left"))
        await until(lambda: room.desk.pulse.live == {phone.p})
        await room.do(w.Extend(seconds=75))
        page = (await asyncio.wait_for(told, 20))[-1][1]
        left = int(page.partition('data-left="')[2].partition('"')[0])
        assert 55_000 < left <= 75_000
        assert room.desk.wall_view("en").left_ms is not None
