"""Hostile input on every route: a status with a sentence, no traceback, nothing lost, the room undisturbed."""

from __future__ import annotations

import asyncio
import logging

import pytest

from fieldkit.core.intents import PinSay
from fieldkit.lan.connections import Connection
from fieldkit.lan.routes import ROUTES
from tests.kit.phone import Phone
from tests.lan.conftest import CODE, Room
from tests.lan.raw import ask, request, status

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LEAVE = b'{"id":"abcdefghijklmnopqrstuv","kind":"leave"}'


@pytest.fixture(autouse=True)
async def undisturbed(room: Room, caplog: pytest.LogCaptureFixture) -> object:
    """After every attack an honest phone still joins, and nothing was logged as a mistake of ours."""
    caplog.set_level(logging.WARNING)
    yield
    async with Phone(room.url, "Honest") as honest:
        await honest.come_in(CODE)
        assert (await honest.view()).me is not None
    assert not [r for r in caplog.records if r.name.startswith(("fieldkit", "asyncio", "aiohttp"))], caplog.text


@pytest.mark.parametrize("path", [p for _, p in ROUTES] + ["/K7M4"])
async def test_a_foreign_host_is_421_everywhere(room: Room, path: str) -> None:
    for host in ("evil.example", "evil.example:80", "", "[", "127.0.0.1.evil.example", "ev\u202eil", "a" * 3000):
        answer = await ask(room.lan.port, request("GET", path, host=host))
        assert status(answer) == 421, (host, answer)
    answer = await ask(room.lan.port, b"GET " + path.encode() + b" HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert status(answer) in (400, 421)


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "https://127.0.0.1", "http://127.0.0.1.evil", "é"])
async def test_asvs_3_5_1_a_foreign_origin_is_403_and_null_too(room: Room, origin: str) -> None:
    for headers in (JSON, FORM):
        answer = await ask(room.lan.port, request("POST", "/v1/intents", {**headers, "Origin": origin}, LEAVE))
        assert status(answer) == 403
    assert status(await ask(room.lan.port, request("GET", "/v1/view", {"Origin": origin}))) == 403


async def test_our_own_origin_is_taken(room: Room) -> None:
    host = f"127.0.0.1:{room.lan.port}"
    headers = {**JSON, "Origin": f"http://{host}"}
    assert status(await ask(room.lan.port, request("POST", "/v1/intents", headers, LEAVE, host=host))) == 401


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "multipart/form-data; boundary=x", "application/xml", "text/html", "\u202e", "a" * 2000, "json/"],
)
async def test_another_content_type_is_a_bad_shape(room: Room, kind: str) -> None:
    assert status(await ask(room.lan.port, request("POST", "/v1/intents", {"Content-Type": kind}, LEAVE))) == 400


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"\x00" * 100, b"[" * 16_000, b'{"a":' * 3000, b"\xff" * 50, b'{"id":1}', b"kind=leave"],
)
async def test_bodies_that_are_no_intent_are_400_as_json(room: Room, body: bytes) -> None:
    answer = await ask(room.lan.port, request("POST", "/v1/intents", JSON, body))
    assert status(answer) == 400
    assert b'"reason":"bad-shape"' in answer and b"Traceback" not in answer


@pytest.mark.parametrize(
    "body",
    [b"", b"kind=leave", b"kind=explode&form=f", b"kind=answer&form=f&round=x&activity=q", b"%ff=%ff", b"&" * 9000],
)
async def test_forms_that_are_no_intent_lead_back_to_the_page(room: Room, body: bytes) -> None:
    answer = await ask(room.lan.port, request("POST", "/v1/intents", FORM, body))
    assert status(answer) == 303 and b"Location: /?r=bad-shape" in answer


async def test_a_large_body_is_413_declared_or_not(room: Room) -> None:
    big = b'{"id":"' + b"a" * 20_000
    assert status(await ask(room.lan.port, request("POST", "/v1/intents", JSON, big))) == 413
    chunks = b"".join(b"1000\r\n" + b"a" * 4096 + b"\r\n" for _ in range(8)) + b"0\r\n\r\n"
    head = request("POST", "/v1/intents", {**JSON, "Transfer-Encoding": "chunked"})
    assert status(await ask(room.lan.port, head + chunks)) == 413
    declared = request("POST", "/v1/intents", {**JSON, "Content-Length": "99999999"})
    assert status(await ask(room.lan.port, declared)) == 413


async def test_a_packed_body_is_not_unpacked(room: Room) -> None:
    import gzip

    bomb = gzip.compress(b"a" * 5_000_000)
    for coding in ("gzip", "deflate", "br"):
        answer = await ask(room.lan.port, request("POST", "/v1/intents", {**JSON, "Content-Encoding": coding}, bomb))
        assert status(answer) == 400


async def test_asvs_1_2_1_names_and_words_come_back_escaped_on_every_page(room: Room) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=1> Ann [/] {name} {0} %s \x1b]0;x\x07\u202e"
    async with Phone(room.url, evil) as phone:
        joined = await phone.join(CODE, evil)
        assert joined.ok
        await room.open("d1")
        await phone.say(evil + "{{7*7}}", "d1")
        await room.do(PinSay(ref=room.desk.session.saved))
        for path in ("/", "/v1/events?once=1"):
            async with phone.http.get(room.url + path, headers=phone.headers()) as got:
                text = await got.text() if path == "/" else (await got.json())["html"]
            assert "<script>alert" not in text and "<img" not in text and "\x1b" not in text and "\u202e" not in text
            assert "49" not in text.split("{{7*7}}")[0][-5:]
        wall = room.lan.site.wall_live("en")  # type: ignore[union-attr]
        assert "<script>alert" not in wall and "&lt;script&gt;" in wall


@pytest.mark.parametrize(
    "path",
    [
        "/?r=%3Cscript%3E&k=%00&lang=%3Cb%3E&code=%22%3E%3Cscript%3Ealert(1)",
        "/?lang=" + "e" * 3000,
        "/?r=wrong-code&k=../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..;/v1/view",
        "//evil.example/",
        "/K7M4%0d%0aSet-Cookie:x=1",
        "/v1/events?once=%00&h=%ff",
        "/wall?t=%ff%00" + "x" * 500,
        "/\u202e",
    ],
)
async def test_asvs_1_2_1_and_5_3_2_strange_addresses_harm_nobody(room: Room, path: str) -> None:
    answer = await ask(room.lan.port, request("GET", path))
    assert status(answer) in (200, 303, 400, 401, 404), answer
    assert b"<script>alert" not in answer and b"\nSet-Cookie: x=1" not in answer and b"Traceback" not in answer


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "fk_000001-k3m9w2p4=" + "x" * 3000},
        {"Cookie": ";;;=;fk_000001-k3m9w2p4;=fk_000001-k3m9w2p4=é"},
        {"Authorization": "Bearer \x7f\x00"},
        {"Accept-Language": "es;q=abc,,;;;q=," * 50},
        {"Accept-Language": "\xff\xfe"},
        {"If-None-Match": "*" * 3000},
        {"Accept-Encoding": "gzip" * 500},
        {"Content-Length": "-1"},
        {"Content-Length": "1e3"},
        {"Transfer-Encoding": "chunked, chunked"},
        {"Upgrade": "websocket", "Connection": "upgrade", "Sec-WebSocket-Key": "x"},
        {"X" * 5000: "y"},
        {f"X-{n}": "y" for n in range(200)},
    ],
)
async def test_strange_headers_harm_nobody(room: Room, headers: dict[str, str]) -> None:
    for path in ("/", "/v1/view", "/v1/events"):
        answer = await ask(room.lan.port, request("GET", path, headers))
        assert status(answer) in (200, 400, 401, 431) and b"Traceback" not in answer, answer


async def test_bytes_that_are_no_http_are_dropped_and_a_tls_hello_is_counted(room: Room) -> None:
    for junk in (b"\x00" * 100, b"GET\r\n\r\n", b"\r\n" * 500, b"A" * 20_000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
        assert status(await ask(room.lan.port, junk, 1.0)) in (0, 400, 405, 421)
    await ask(room.lan.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 1.0)
    assert room.lan.site is not None and room.lan.site.funnel.tls_hellos == 1


async def test_asvs_15_2_2_a_body_that_drips_is_given_up_after_five_seconds(room: Room) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", room.lan.port)
    writer.write(request("POST", "/v1/intents", {**JSON, "Content-Length": "500"}) + b'{"id"')
    loop = asyncio.get_running_loop()
    start = loop.time()
    answer = await asyncio.wait_for(reader.read(65536), 8)
    assert status(answer) == 408 and 4.5 < loop.time() - start < 7.5
    writer.close()


async def open_are(room: Room, n: int) -> None:
    """As many sockets, as soon as that is so; and it stays so."""
    assert room.lan.site is not None
    async with asyncio.timeout(20):
        while len(room.lan.site.sockets) != n:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert len(room.lan.site.sockets) == n


async def test_asvs_15_2_2_headers_that_drip_and_sockets_that_sleep_are_closed_by_the_sweeper(room: Room) -> None:
    assert room.lan.site is not None
    sockets = room.lan.site.sockets
    pairs = [await asyncio.open_connection("127.0.0.1", room.lan.port) for _ in range(2)]
    pairs[0][1].write(b"GET / HTTP/1.1\r\nHo")
    await open_are(room, 2)
    now = asyncio.get_running_loop().time()
    sockets.sweep(now + 9.0)
    await asyncio.sleep(0.05)
    assert len(sockets) == 2
    sockets.sweep(now + 11.0)
    await open_are(room, 1)
    sockets.sweep(now + 31.0)
    await open_are(room, 0)
    for reader, writer in pairs:
        with pytest.raises((ConnectionError, EOFError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()


async def test_asvs_15_2_2_six_hundred_sockets_from_one_address_leave_512_and_the_oldest_idle_go(room: Room) -> None:
    assert room.lan.site is not None
    pairs = [await asyncio.open_connection("127.0.0.1", room.lan.port) for _ in range(600)]
    await open_are(room, 512)
    first, last = pairs[0], pairs[-1]
    assert await first[0].read(1) in (b"",) or first[0].at_eof()
    last[1].write(request("GET", "/health"))
    assert b"ok" in await asyncio.wait_for(last[0].read(4096), 20)
    for _, writer in pairs:
        writer.close()


async def test_a_seat_has_four_sockets_and_the_oldest_idle_goes(room: Room) -> None:
    assert room.lan.site is not None
    async with Phone(room.url, "Ana") as ana:
        await ana.come_in(CODE)
    keep = {"Authorization": f"Bearer {ana.seat}", "Connection": "keep-alive"}
    pairs = []
    for _ in range(6):
        reader, writer = await asyncio.open_connection("127.0.0.1", room.lan.port)
        writer.write(request("GET", "/v1/view", keep))
        await reader.readuntil(b"\r\n\r\n")
        pairs.append((reader, writer))
    await open_are(room, 4)
    for _, writer in pairs:
        writer.close()


async def test_a_stream_that_talks_is_closed(room: Room) -> None:
    async with Phone(room.url, "Ana") as ana:
        await ana.come_in(CODE)
    reader, writer = await asyncio.open_connection("127.0.0.1", room.lan.port)
    writer.write(request("GET", "/v1/events", {"Authorization": f"Bearer {ana.seat}"}))
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"more\r\n" * 1000)
    with pytest.raises((ConnectionError, TimeoutError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1_000_000), 2)
    await asyncio.sleep(0.05)
    assert room.lan.site is not None and len(room.lan.site.phones) == 0
    writer.close()


async def test_streams_want_http_1_1_and_no_body(room: Room) -> None:
    async with Phone(room.url, "Ana") as ana:
        await ana.come_in(CODE)
    bearer = f"Authorization: Bearer {ana.seat}"
    old = f"GET /v1/events HTTP/1.0\r\nHost: 127.0.0.1\r\n{bearer}\r\n\r\n".encode()
    assert b" 400 " in (await ask(room.lan.port, old)).split(b"\r\n")[0]
    head = {"Authorization": f"Bearer {ana.seat}"}
    assert status(await ask(room.lan.port, request("GET", "/v1/events", head, b"body"))) == 400
    assert status(await ask(room.lan.port, request("HEAD", "/v1/events", head))) == 400


def test_a_connection_is_aiohttps_own_with_five_fields_more() -> None:
    assert set(Connection.__slots__) == {"peer", "phase", "seat", "since", "sockets"}
