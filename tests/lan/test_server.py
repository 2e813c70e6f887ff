"""The API over real sockets against a real desk: every route, every status of docs/wire.md."""

from __future__ import annotations

import asyncio
import json
import secrets
import zlib
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from fieldkit.core import intents as w
from fieldkit.lan.address import Address
from fieldkit.lan.client import Client, new_id
from fieldkit.pulse import HEARD_S
from tests.kit.phone import Phone
from tests.lan.conftest import CODE, Room
from tests.lan.raw import ask, request, status

MakeRoom = Callable[..., Awaitable[Room]]


@pytest.fixture
def phone(room: Room) -> Phone:
    return Phone(room.url, "Ana Ruiz")


async def test_a_phone_joins_votes_and_its_retry_is_answered_already_with_the_same_index(room: Room) -> None:
    async with Phone(room.url, "Ana Ruiz") as ana:
        joined = await ana.come_in(CODE)
        assert joined.result == "accepted" and joined.seat and joined.p
        assert (await ana.view()).state == "wait"
        await room.open("c1")
        assert (await ana.view()).state == "activity"
        one = new_id()
        first = await ana.answer("c1", 1, ["b"], id=one)
        again = await ana.answer("c1", 1, ["b"], id=one)
        assert (first.result, again.result) == ("accepted", "already")
        assert first.saved == again.saved == room.desk.session.saved
        assert (await ana.view()).open[0].mine == ["b"]
        other = await ana.answer("c1", 1, ["a"], id=one)
        assert (other.status, other.result, other.reason) == (200, "refused", "id-reused")


async def test_a_repeated_join_gives_the_same_seat_and_person(room: Room) -> None:
    async with Phone(room.url, "Ana Ruiz") as ana:
        one = new_id()
        first = await ana.join(CODE, "Ana Ruiz", id=one)
        ana.seat = ""
        again = await ana.join(CODE, "Ana Ruiz", id=one)
        assert again.result == "already"
        assert (again.seat, again.p, again.saved) == (first.seat, first.p, first.saved)
        assert room.desk.session.joined == 1


async def test_refusals_are_answers_in_the_language_of_the_seat(room: Room) -> None:
    async with Phone(room.url, "Ana Ruiz") as ana:
        wrong = await ana.join("2222", "Ana Ruiz", lang="es")
        assert (wrong.status, wrong.reason) == (200, "wrong-code") and wrong.words.startswith("Ese código")
        await ana.come_in(CODE, lang="es")
        late = await ana.answer("c1", 1, ["b"])
        assert (late.status, late.reason, late.saved) == (200, "not-open", None)
        assert late.words == "Esta pregunta todavía no se ha abierto."
        await room.open("c1")
        await room.do(w.CloseActivity())
        assert (await ana.answer("c1", 1, ["b"])).reason == "closed"


async def test_without_a_seat_everything_but_the_door_is_401(room: Room) -> None:
    async with Phone(room.url) as nobody:
        reply = await nobody.answer("c1", 1, ["a"])
        assert (reply.status, reply.reason, reply.saved) == (401, "no-seat", None)
    for path in ("/v1/view", "/v1/events", "/v1/receipt"):
        assert status(await ask(room.lan.port, request("GET", path))) == 401
    for token in ("x" * 24, "x" * 5000, "é", ""):
        headers = {"Authorization": f"Bearer {token}"}
        assert status(await ask(room.lan.port, request("GET", "/v1/view", headers))) == 401


async def test_a_released_seat_is_told_why(make_room: MakeRoom) -> None:
    room = await make_room(roster=[{"badge": "E7", "name": "Ana Ruiz"}])
    async with Phone(room.url, "Ana Ruiz") as ana:
        await ana.come_in(CODE, "e7")
        assert ana.p == "exp00000"
        async with Phone(room.url, "Somebody") as other:
            assert (await other.join(CODE, "Somebody", "E7")).reason == "badge-in-use"
        stream = asyncio.ensure_future(collect(ana, "gone"))
        await until(lambda: room.desk.pulse.live == {ana.p})
        await room.do(w.Release(who="E7"))
        reply = await ana.answer("c1", 1, ["a"])
        assert (reply.status, reply.reason) == (401, "released")
        await asyncio.wait_for(stream, 20)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


async def collect(phone: Client, until: str) -> list[tuple[str, str]]:
    found = []
    async for kind, data in phone.events():
        found.append((kind, data))
        if kind == until or until in data:
            break
    return found


async def test_the_view_is_not_sent_again_while_nothing_changed(room: Room, phone: Phone) -> None:
    async with phone:
        await phone.come_in(CODE)
        await room.open("c1")
        async with phone.http.get(f"{room.url}/v1/view", headers=phone.headers()) as one:
            etag = one.headers["ETag"]
        headers = {**phone.headers(), "If-None-Match": etag}
        await asyncio.sleep(0.02)
        async with phone.http.get(f"{room.url}/v1/view", headers=headers) as again:
            assert again.status == 304 and await again.read() == b""
        await phone.answer("c1", 1, ["a"])
        async with phone.http.get(f"{room.url}/v1/view", headers=headers) as changed:
            assert changed.status == 200


async def test_the_key_stays_on_the_laptop_until_the_reveal(room: Room, phone: Phone) -> None:
    async with phone, Phone(room.url, "Bo Tanaka") as bo:
        await phone.come_in(CODE)
        await bo.come_in(CODE)
        await room.open("c1")
        await bo.answer("c1", 1, ["b"])
        for path in ("/v1/view", "/", "/v1/events?once=1"):
            async with phone.http.get(room.url + path, headers=phone.headers()) as got:
                text = await got.text()
            assert "Because." not in text and "Bo Tanaka" not in text and '"correct"' not in text, path
        await room.do(w.CloseActivity())
        await room.do(w.Reveal(activity="c1"))
        view = await phone.view()
        assert view.state == "result" and view.results[0].correct == ["b"] and view.results[0].counts["b"] == 1


async def test_the_stream_says_what_changed_and_the_newest_stream_wins(room: Room, phone: Phone) -> None:
    async with phone:
        await phone.come_in(CODE)
        old = asyncio.ensure_future(collect(phone, "taken"))
        await until(lambda: room.desk.pulse.live == {phone.p})
        new = asyncio.ensure_future(collect(phone, "c1?"))
        events = await asyncio.wait_for(old, 20)
        assert events[0][0] == "me" and json.loads(events[0][1])["f"]["name"] == "Ana Ruiz"
        assert events[-1][0] == "taken"
        await room.open("c1")
        assert "option a" in (await asyncio.wait_for(new, 20))[-1][1]
        await until(lambda: room.desk.pulse.live == set())
        assert len(room.lan.site.phones) == 0  # type: ignore[union-attr]


async def test_a_phone_without_script_is_there_as_long_as_it_asks(room: Room, phone: Phone) -> None:
    async with phone:
        await phone.come_in(CODE)
        assert room.desk.pulse.live == set(), "the join itself comes from nobody's seat"
        await phone.view()
        pulse, now = room.desk.pulse, asyncio.get_running_loop().time()
        (line,) = room.desk.room_view().people
        assert pulse.live == {phone.p} and not line.away
        pulse.forget(now)
        assert not pulse.forget(now + HEARD_S - 1) and pulse.live == {phone.p}
        assert pulse.forget(now + HEARD_S + 2), "the console is told"
        (line,) = room.desk.room_view().people
        assert pulse.live == set() and line.away
        await phone.view()
        assert pulse.forget(now) and pulse.live == {phone.p}, "back, and the console is told"


async def test_the_goodbye_reaches_every_phone_by_itself(room: Room, phone: Phone) -> None:
    async with phone:
        await phone.come_in(CODE)
        stream = asyncio.ensure_future(collect(phone, '"bye"'))
        await until(lambda: room.desk.pulse.live == {phone.p})
        await room.do(w.End())
        mine = json.loads((await asyncio.wait_for(stream, 20))[-1][1])
        assert "<dt>Minutes</dt><dd>0</dd>" in mine["f"]["bye"] and not mine["left"]
        assert (await phone.receipt()).startswith(b"")
        assert (await phone.view()).state == "bye"


async def test_the_gzip_of_a_stream_is_one_valid_stream_of_flushed_blocks(room: Room, phone: Phone) -> None:
    async with phone:
        await phone.come_in(CODE)
    reader, writer = await asyncio.open_connection("127.0.0.1", room.lan.port)
    head = {"Authorization": f"Bearer {phone.seat}", "Accept-Encoding": "gzip", "Connection": "keep-alive"}
    writer.write(request("GET", "/v1/events", head))
    assert b"gzip" in await reader.readuntil(b"\r\n\r\n")
    inflate = zlib.decompressobj(31)
    text = ""

    async def more() -> str:
        size = int(await reader.readline(), 16)
        return inflate.decompress((await reader.readexactly(size + 2))[:-2]).decode()

    text = await more() + await more()
    assert text.startswith("event: me\ndata: {") and "You are in" in text
    await room.open("c1")
    assert "option a" in await more()
    await room.do(w.CloseActivity())
    assert "option a" not in await more()
    writer.close()


async def test_a_form_is_answered_with_the_page_and_a_cookie(room: Room) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        fields = {"kind": "join", "form": "f" * 22, "code": "2222", "name": "Ana", "badge": "", "lang": "es"}
        async with http.post(f"{room.url}/v1/intents", data=fields) as back:
            page = await back.text()
            assert back.history[0].status == 303 and "Ese código no es el de la pantalla" in page
            assert 'value="Ana"' in page and 'value="2222"' in page
        fields["code"] = CODE.lower()
        async with http.post(f"{room.url}/v1/intents", data=fields) as back:
            page = await back.text()
            assert back.history[0].status == 303 and "Ya está dentro" in page
            cookie = back.history[0].headers["Set-Cookie"]
            assert cookie.startswith("fk_000001-k3m9w2p4=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
        await room.open("c1")
        vote = {"kind": "answer", "form": "g", "activity": "c1", "round": "1", "v": "b"}
        for _ in range(2):
            async with http.post(f"{room.url}/v1/intents", data=vote, allow_redirects=False) as back:
                assert (back.status, back.headers["Location"]) == (303, "/")
        assert room.desk.session.runs["c1"][0].counts == {"b": 1}
        await room.do(w.CloseActivity())
        async with http.post(f"{room.url}/v1/intents", data={**vote, "v": "a"}) as back:
            assert "Demasiado tarde" in await back.text()


async def test_twenty_intents_a_minute_then_429_and_the_answer_is_not_lost(room: Room, phone: Phone) -> None:
    async with phone:
        phone.tries = 1
        await phone.come_in(CODE)
        for n in range(20):
            body = {"id": new_id(), "kind": "say", "text": f"m{n}"}
            assert (await phone.once(body)).status == 200
        reply = await phone.once({"id": new_id(), "kind": "say", "text": "one more"})
        assert (reply.status, reply.reason, reply.result) == (429, "too-fast", "refused")


async def test_asvs_6_3_1_guessing_codes_makes_the_door_ask_for_the_fresh_one(room: Room, phone: Phone) -> None:
    async with phone:
        for _ in range(61):
            assert (await phone.join("2222", "Ana")).reason == "wrong-code"
        assert (await phone.join(CODE, "Ana")).reason == "fresh-needed"
        page = await ask(room.lan.port, request("GET", "/"))
        assert b'name="fresh"' in page
        fresh = room.desk.fresh()
        typed = fresh.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        joined = await phone.join(CODE, "Ana", fresh=typed)
        assert joined.ok
        assert "code" in room.desk.session.people[joined.p].evs


async def test_a_crowd_beyond_three_times_the_roster_waits_in_the_lobby(make_room: MakeRoom) -> None:
    room = await make_room(roster=[{"badge": "E1", "name": "Ana"}])
    async with Phone(room.url, "x") as phone:
        ids = [new_id() for _ in range(4)]
        replies = []
        for n, one in enumerate(ids):
            phone.seat = ""
            replies.append(await phone.join(CODE, f"Walk-in {n}", id=one))
        assert [r.reason for r in replies] == ["", "", "", "lobby"]
        phone.seat = ""
        assert (await phone.join(CODE, "Walk-in 0", id=ids[0])).result == "already"


async def test_two_people_share_one_phone(room: Room, phone: Phone) -> None:
    async with phone:
        await phone.come_in(CODE)
        first = phone.p
        second = await phone.join(CODE, "Bo Tanaka")
        assert second.seat == phone.seat and second.p != first
        await room.open("c1")
        for p, v in ((first, "a"), (second.p, "b")):
            reply = await phone.send("answer", activity="c1", round=1, v=[v], **{"as": p})
            assert reply.ok, reply
        stranger = await phone.send("answer", activity="c1", round=1, v=["a"], **{"as": "zzzzzzzz"})
        assert stranger.reason == "not-joined"
        assert room.desk.session.runs["c1"][0].counts == {"a": 1, "b": 1}


async def test_the_wall_opens_with_its_token_only_and_never_shows_the_key(room: Room) -> None:
    assert status(await ask(room.lan.port, request("GET", "/wall"))) == 303
    assert status(await ask(room.lan.port, request("GET", "/wall?t=wrong"))) == 404
    assert status(await ask(room.lan.port, request("GET", "/wall/events"))) == 401
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.get(room.lan.wall_url.replace(room.lan.url, room.url)) as back:
            page = await back.text()
            assert back.history[0].status == 303 and str(back.url).endswith("/wall")
        assert CODE in page and room.desk.fresh() in page and "<svg" in page
        await room.open("c1")
        async with http.get(f"{room.url}/wall/events") as stream:
            event = await stream.content.readuntil(b"\n\n")
        assert b"option a" in event and b"Because" not in event


async def test_probes_are_answered_before_the_host_guard_with_our_address(room: Room) -> None:
    for path in ("/generate_204", "/gen_204", "/hotspot-detect.html", "/connecttest.txt", "/ncsi.txt"):
        answer = await ask(room.lan.port, request("GET", path, host="connectivitycheck.gstatic.com"))
        # The address and no room code: whoever is on the Wi-Fi may ask this, and the code opens the door.
        assert status(answer) == 200 and room.lan.url.encode() in answer and CODE.encode() not in answer
        assert b"Success" not in answer and b"Microsoft" not in answer
    assert room.desk.pulse.probes == 5


async def test_health_and_unknown_places(room: Room) -> None:
    assert (await ask(room.lan.port, request("GET", "/health"))).endswith(b"ok")
    assert status(await ask(room.lan.port, request("HEAD", "/health"))) == 200
    assert status(await ask(room.lan.port, request("GET", "/nothing"))) == 404
    assert status(await ask(room.lan.port, request("GET", "/v1/intents"))) == 405
    assert status(await ask(room.lan.port, request("DELETE", "/"))) == 405
    assert status(await ask(room.lan.port, request("GET", "/k7m4"))) == 200


async def test_a_disk_that_fails_is_507_and_the_same_intent_is_taken_afterwards(room: Room, phone: Phone) -> None:
    from fieldkit.log.store import DiskFull

    class Full:
        """A store whose disk is full; everything else passes through."""

        def __init__(self, real: object) -> None:
            self.real = real

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

        async def append(self, *args: object, **kw: object) -> None:
            raise DiskFull("The disk is full.", "Free 200 MB.")

    async with phone:
        phone.tries = 1
        await phone.come_in(CODE)
        real = room.desk.store
        room.desk.store = Full(real)  # type: ignore[assignment]
        body = {"id": new_id(), "kind": "say", "text": "kept"}
        reply = await phone.once(body)
        assert (reply.status, reply.reason, reply.saved) == (507, "disk-full", None)
        assert status(await ask(room.lan.port, request("GET", "/health"))) == 503
        room.desk.store = real
        assert (await phone.once(body)).result == "accepted"


async def test_everything_holds_after_the_listener_was_started_again(room: Room, phone: Phone) -> None:
    async with phone:
        await phone.come_in(CODE)
        one = {"id": new_id(), "kind": "say", "text": "once"}
        first = await phone.once(one)
        port = room.lan.port
        await room.lan.stop()
        await room.lan.start(bind="127.0.0.1", port=0, prefer=port)
        assert room.lan.port == port
        again = await phone.send("say", id=str(one["id"]), text="once")
        assert (again.result, again.saved) == ("already", first.saved)


def test_ids_are_22_base64url_characters() -> None:
    assert len(new_id()) == 22 and len(secrets.token_urlsafe(16)) == 22


async def test_a_laptop_that_changes_its_wifi_is_found_at_its_new_address(room: Room) -> None:
    other = "10.42.0.1"
    lan = room.lan
    assert status(await ask(lan.port, request("GET", "/health", host=other))) == 421
    lan._list_addresses = lambda: [Address(other, 24, "wlan0", "lan")]
    lan._bind = ""
    lan.look_again()
    assert status(await ask(lan.port, request("GET", "/health", host=other))) == 200
    assert lan.url == f"http://{other}:{lan.port}" and lan.site is not None and other in lan.site.wall_live("en")
