"""The first start: three steps, each to be skipped; a real page for the phone; nothing of it is a session."""

from __future__ import annotations

import socket
from pathlib import Path

import aiohttp
import pytest

from fieldkit.cli.hometools import StationTools
from fieldkit.config import Settings
from fieldkit.lan.address import Address
from fieldkit.lan.check import CheckPage, Words
from fieldkit.tui.hometools import Memory
from tests.tui.homekit import home, station_in
from tests.tui.room import text_of, until, until_text

NAME = """\
 fieldkit  Welcome  step 1 of 3
────────────────────────────────────────────────────────────────────────────────

    Three short steps, then your first session.

    Workers join with their phones; this laptop keeps every answer. No
    internet is needed.

    First: your name, as it will stand on the phones and on the attendance
    sheet.











 Your name

 [enter] go on   [esc] skip this step"""


async def test_three_steps_with_a_phone_and_they_never_come_again(tmp_path: Path) -> None:
    """The name is remembered, a browser opens the real page and answers on it, and no session is in the records."""
    station = station_in(tmp_path)
    async with home(station, welcomed=False, wait="step 1 of 3") as (app, pilot, tools):
        await until(pilot, lambda: "as the workers know you" in text_of(app))
        assert text_of(app).replace("             as the workers know you", "") == NAME
        await pilot.press(*"Ann [/] Lee", "enter")
        await until_text(pilot, "◷ Waiting for your phone…")
        url = tools.phone_check().url
        assert url in text_of(app) and "███" in text_of(app)
        async with aiohttp.ClientSession() as http:
            async with http.get(url) as page:
                assert page.status == 200 and "This phone reaches the laptop." in await page.text()
            await until_text(pilot, "A browser on this laptop opened it")
            await pilot.press("enter")
            await until_text(pilot, "step 3 of 3")
            async with http.post(url, data="v=1") as page:
                assert "Your answer is on the laptop." in await page.text()
        screen = await until_text(pilot, "From the phone: that is how workers answer.")
        assert "B ■ Air in the cylinder  ◀ your answer" in screen and "C ▲ Gravity  ✓ right" in screen
        await pilot.press("enter")
        await until_text(pilot, "START NEW FROM A PACK")
        await until(pilot, lambda: not listens(url))
        assert tools.memory() == Memory(trainer="Ann [/] Lee", welcomed=True)
    assert station.sessions() == []
    async with home(station) as (app, pilot, _tools):
        await pilot.pause(0.3)
        assert "Welcome" not in text_of(app)


def listens(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as one:
        return one.connect_ex((host, int(port))) == 0


async def test_each_step_is_skipped_with_escape_and_found_again_by_its_key(tmp_path: Path) -> None:
    """Three escapes to the home screen; W brings it back; a key answers the question."""
    station = station_in(tmp_path)
    async with home(station, welcomed=False, wait="step 1 of 3") as (_app, pilot, tools):
        for words in ("step 2 of 3", "step 3 of 3", "START NEW FROM A PACK"):
            await pilot.press("escape")
            await until_text(pilot, words)
        assert tools.memory() == Memory(welcomed=True)
        await pilot.press("W")
        await until_text(pilot, "step 1 of 3")
        await pilot.press("escape")
        await until_text(pilot, "Waiting for your phone")
        await pilot.press("escape")
        await until_text(pilot, "step 3 of 3")
        await pilot.press("c")
        screen = await until_text(pilot, "Answered with a key.")
        assert "C ▲ Gravity  ✓ right  ◀ your answer" in screen


async def test_leaving_in_the_middle_closes_the_page(tmp_path: Path) -> None:
    """Nothing goes on listening behind a screen that is gone."""
    station = station_in(tmp_path)
    async with home(station, welcomed=False, wait="step 1 of 3") as (_app, pilot, tools):
        await pilot.press("escape")
        await until_text(pilot, "Waiting for your phone")
        url = tools.phone_check().url
        assert listens(url)
        await pilot.press("ctrl+q")
        await pilot.pause(0.3)
    assert not listens(url)


async def test_a_port_that_cannot_be_had_is_said_and_the_step_can_be_skipped(tmp_path: Path) -> None:
    """Somebody else has the port that the settings name."""
    station = station_in(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with home(station, welcomed=False, wait="step 1 of 3", port=port) as (_app, pilot, _tools):
            await pilot.press("escape")
            await until_text(pilot, f"✕ Cannot listen on 127.0.0.1, port {port}")
            await pilot.press("escape")
            await until_text(pilot, "step 3 of 3")


WORDS = Words("Check", "Seen <b>", "What?", ("One", "Two", "Three", "Four"), "Thanks")


@pytest.fixture
async def page() -> object:
    """The page on the loopback, as if the laptop were in a Wi-Fi."""
    made = CheckPage(WORDS, list_addresses=lambda: [Address("127.0.0.1", 8, "lo", "loopback")])
    await made.start(bind="127.0.0.1", port=0)
    yield made
    await made.stop()


async def test_the_page_takes_a_tap_and_nothing_else(page: CheckPage) -> None:
    """Another Host, another Origin, another path, a long body, no choice: each refused, and no answer is kept."""
    async with aiohttp.ClientSession() as http:
        wrong = [
            ({"data": "v=9"}, 400),
            ({"data": "v=1&x=1"}, 400),
            ({"data": "v=" + "1" * 4000}, 413),
            ({"data": "v=1", "headers": {"Origin": "http://evil.example"}}, 405),
            ({"data": "v=1", "headers": {"Host": "evil.example"}}, 421),
        ]
        for more, status in wrong:
            async with http.post(page.url, **more) as said:  # type: ignore[arg-type]
                assert said.status == status, more
        async with http.get(f"{page.url}/v1/intents") as said:
            assert said.status == 404
        async with http.put(page.url, data="v=1") as said:
            assert said.status == 405
        assert page.found().answer is None
        async with http.get(page.url) as said:
            text = await said.text()
            assert "Seen &lt;b&gt;" in text and "default-src 'none'" in said.headers["Content-Security-Policy"]
        async with http.post(page.url, data="v=3", headers={"Origin": page.url}) as said:
            assert said.status == 200
        assert page.found().answer == 3
    assert [x.code for x in page.found().findings] == ["typed"]


async def test_a_phone_that_types_https_is_told_of(page: CheckPage) -> None:
    """The same inferences as in a session."""
    with socket.create_connection(("127.0.0.1", page.port)) as one:
        one.sendall(b"\x16\x03\x01\x02\x00")
        one.settimeout(2)
        for _ in range(50):
            if page.found().findings:
                break
            import asyncio

            await asyncio.sleep(0.02)
    assert [x.code for x in page.found().findings] == ["https"]


async def test_hostile_or_damaged_memory_is_cleaned_or_left_alone(tmp_path: Path) -> None:
    """Nothing depends on `console.json`."""
    station = station_in(tmp_path)
    tools = StationTools(station, Settings(home=station.home, facilitator="Sam"))
    file = station.home / "console.json"
    for raw in (b"", b"{", b"[1]", b'{"trainer": 3}', b"\xff" * 20_000):
        file.write_bytes(raw)
        assert tools.memory() == Memory(trainer="Sam")
    file.write_bytes(b'{"trainer": "A\\u001b[2Jnn\\u202e", "welcomed": true, "later": 1}')
    assert tools.memory() == Memory(trainer="A[2Jnn", welcomed=True)
