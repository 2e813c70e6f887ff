"""The remote over real sockets: what a press becomes, who is let in, and everything that is refused and counted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fieldkit.consoles import remote_port, remote_sockets, remote_talk
from fieldkit.core import intents as w
from fieldkit.core.records import Record
from tests.consoles.remote_kit import Phone, Side, code, id22, post
from tests.lan.raw import ask, request, status


async def records(side: Side) -> list[Record]:
    found: list[Record] = await side.desk.store.records()
    return found


# ---- what a press becomes ------------------------------------------------------------------------------------------


async def test_it_is_off_until_it_is_switched_on(side: Side) -> None:
    assert (side.remote.state, side.remote.url, side.remote.refused) == ("off", "", {})
    assert await side.remote.off() is False
    url = await side.remote.on()
    assert side.remote.state == "offered" and await side.remote.on() == url
    assert len(await records(side)) == 2  # the session and its trainer: an address that waits is no record


async def test_pairing_is_recorded_and_every_record_of_the_phone_names_it(side: Side) -> None:
    phone = await side.pair()
    for press in ({"do": "next"}, {"do": "open", "activity": "c1"}, {"do": "close"}, {"do": "note", "text": "a leak"}):
        assert (await phone.press(**press))["result"] == "accepted"
    found = await records(side)
    paired = found[2]
    assert (paired.fact.kind, paired.fact.role, paired.fact.key) == ("staff.set", "remote", None)  # type: ignore[attr-defined]
    assert paired.private == {"name": "Sam Ortiz"}
    assert len(found) > 6 and all(x.fact.co == paired.i for x in found[3:])
    await side.remote.off()
    last = (await records(side))[-1]
    assert (last.fact.kind, last.fact.off) == ("staff.set", True)  # type: ignore[attr-defined]


async def test_every_wish_does_what_it_says(side: Side) -> None:
    p = await side.join("Ana Ruiz", "B-1")
    phone, session = await side.pair(), side.desk.session

    async def done(do: str, **more: Any) -> None:
        found = await phone.press(do, **more)
        assert found["result"] == "accepted" and found["saved"] == side.desk.session.saved, found

    await done("next")
    assert (session.segment, session.step) == ("open", 0)
    await done("open", activity="c1")
    await done("timer", activity="c1", seconds=30)
    assert (await phone.see())["t"]["left"]["c1"] <= 30_000
    await done("timer", seconds=60)
    assert 60_000 < (await phone.see())["t"]["left"]["c1"] <= 90_000
    await done("timer", activity="c1")
    assert (await phone.see())["t"]["left"] == {} and session.runs["c1"][0].until is None
    await done("close", activity="c1")
    assert (await phone.press("timer", activity="c1", seconds=30))["reason"] == "reopen-first"
    await done("reveal", activity="c1")
    assert session.runs["c1"][0].revealed
    await done("hide", activity="c1")
    assert not session.runs["c1"][0].revealed
    await done("minutes", segment="open", minutes=17)
    assert session.minutes_of("open") == 17
    await done("mark", who=p, status="late", text="the bus")
    marked = (await records(side))[-1]
    assert (marked.fact.by, marked.fact.co, marked.private) == ("co", 3, {"reason": "the bus"})  # type: ignore[attr-defined]
    await done("here")
    assert "attendance" in session.open_rounds
    checklist = next(a for a in side.desk.plan.activities if a.type == "checklist")
    await done("open", activity=checklist.id)
    await done("check", who=p, activity=checklist.id, item=checklist.items[0].id, ok=False)
    again = await phone.press("check", who=p, activity=checklist.id, item=checklist.items[0].id, ok=False)
    assert again["result"] == "already"
    await done("pause")
    await done("resume")
    await done("alarm")
    assert session.state == "paused"
    assert "Ana Ruiz" in str((await phone.see())["room"]["alarm"]["people"])
    assert (await phone.press("resume"))["reason"] == "alarm" and session.state == "paused"
    assert (await phone.press("tick", who=p))["result"] == "accepted"
    assert [x.name for x in side.desk.room_view().alarm.missing] == ["Sam Ortiz"]  # type: ignore[union-attr]
    assert (await phone.press("tick", who=p, ok=False))["result"] == "accepted"
    assert (await phone.press("tick", who="nobody"))["reason"] == "unknown-person"
    await done("resume", safe=False)
    assert session.state == "paused" and session.notices[-1].text.startswith("Muster: 0 of 2 ticked off.")
    await done("resume", safe=True)
    assert session.state == "running" and "Ana Ruiz" in session.notices[-1].text


@pytest.mark.parametrize("do", ["end", "void", "revote", "remove", "staff", "", "__class__"])
async def test_a_phone_has_no_word_for_what_would_end_or_void(side: Side, phone: Phone, do: str) -> None:
    await phone.press("open", activity="c1")
    before = len(await records(side))
    assert (await phone.press(do, activity="c1"))["reason"] == "not-your-role"
    assert len(await records(side)) == before and side.desk.session.state != "ended"


@pytest.mark.parametrize("seconds", [0, -30, 10_000, 2**70, 1.5, "30", True, [30]])
async def test_a_time_that_is_none_moves_no_end(side: Side, phone: Phone, seconds: object) -> None:
    await phone.press("open", activity="c1")
    before = len(await records(side))
    got = await phone.send("do", phone.asking("timer", activity="c1", seconds=seconds))
    assert (got.status, got.reason) == (400, "shape") and len(await records(side)) == before


async def test_a_refusal_is_said_in_words_of_the_trainers_language(side: Side) -> None:
    side.remote.lang = "es"
    phone = await side.pair()
    found = await phone.press("close")
    assert (found["result"], found["reason"], found["words"]) == ("refused", "nothing-open", "No hay nada abierto.")
    found = await phone.press("open", activity="nothing of the kind")
    assert (found["reason"], found["detail"]) == ("unknown-activity", "nothing of the kind")


async def test_a_console_that_was_thrown_out_may_nothing_any_more(side: Side, phone: Phone) -> None:
    await phone.press("next")
    await side.lead(w.UnpairConsole(co=2))
    assert (await phone.press("next"))["reason"] == "not-your-role"


# ---- how it stands -------------------------------------------------------------------------------------------------


async def test_a_question_waits_until_something_changes(side: Side, phone: Phone) -> None:
    waiting = asyncio.create_task(phone.see(have=phone.tag))
    await asyncio.sleep(0.3)
    assert not waiting.done() and side.remote.state == "on"
    await side.lead(w.OpenActivity(activity="c1"))
    found = await asyncio.wait_for(waiting, 10)
    assert [x["id"] for x in found["room"]["open"]] == ["c1"]


async def test_a_newer_question_ends_the_older_one(side: Side, phone: Phone) -> None:
    old = asyncio.create_task(phone.see(have=phone.tag))
    await asyncio.sleep(0.1)
    new = asyncio.create_task(phone.see(have=phone.tag))
    found = await asyncio.wait_for(old, 10)
    assert "room" not in found and not new.done()
    new.cancel()


async def test_a_burst_of_answers_is_a_few_looks_at_the_room(side: Side, phone: Phone) -> None:
    looks = 0
    inner = side.desk.room_view

    def counted(lang: str = "") -> Any:
        nonlocal looks
        looks += 1
        return inner(lang)

    side.desk.room_view = counted  # type: ignore[method-assign]  # counts; the view is the real one
    waiting = asyncio.create_task(phone.see(have=phone.tag, want="none"))
    loop = asyncio.get_running_loop()
    began, n = loop.time(), 0
    while loop.time() - began < 1.0:
        side.desk.pulse_changed()
        n += 1
        await asyncio.sleep(0)
    waiting.cancel()
    assert n > 100 and looks <= 2 + 1.0 / remote_talk.GAP_S + 1


async def test_off_is_told_to_the_phone_that_waits_and_then_nobody_listens(side: Side, phone: Phone) -> None:
    port = side.remote.port
    waiting = asyncio.create_task(phone.see(have=phone.tag))
    await asyncio.sleep(0.1)
    assert await side.remote.off() is True
    assert await asyncio.wait_for(waiting, 10) == {"off": True}
    assert side.remote.state == "off"
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_the_phone_can_give_it_back(side: Side, phone: Phone) -> None:
    assert (await phone.press("off"))["result"] == "accepted"
    async with asyncio.timeout(20):
        while side.remote.state != "off":
            await asyncio.sleep(0.02)


async def test_switching_on_again_puts_the_old_phone_out(side: Side, phone: Phone) -> None:
    url = await side.remote.on()
    assert side.remote.state == "offered" and phone.key != Phone(url, 0).key
    got = await phone.send("see", {"n": 99, "phone": phone.id})
    assert (got.status, got.reason, got.sealed) == (403, "mac", False)
    new = Phone(url, side.remote.port)
    await new.see()
    assert (await new.press("next"))["result"] == "accepted"


async def test_a_silent_phone_is_away(side: Side, phone: Phone) -> None:
    assert side.remote.state == "on" and side.remote.phone == "127.0.0.1" and side.remote.url == ""
    talk = side.remote._talk
    assert talk is not None
    talk.heard -= remote_port.AWAY_S + 1
    assert side.remote.state == "away"


# ---- what is refused -----------------------------------------------------------------------------------------------


async def refused(side: Side, **expected: int) -> None:
    assert side.remote.refused == expected


async def test_without_the_key_nothing_is_shown_and_nothing_is_done(side: Side, phone: Phone) -> None:
    before = len(await records(side))
    stranger = Phone("http://x/#" + "A" * 43, side.remote.port)
    stranger.id = phone.id
    for lane, body in (("see", {"n": 9, "phone": phone.id}), ("do", stranger.asking("next"))):
        got = await stranger.send(lane, body)
        assert (got.status, got.reason) == (403, "mac") and b"Ana" not in got.body
        assert "fieldkit-mac" not in got.headers
    assert len(await records(side)) == before
    await refused(side, mac=2)


async def test_a_request_that_was_altered_is_refused(side: Side, phone: Phone) -> None:
    body, head = phone.seal("do", phone.asking("close"))
    got = await post(phone.port, "/v1/do", body.replace(b'"close"', b'"alarm"'), head)
    assert (got.status, got.reason) == (403, "mac") and side.desk.session.state != "paused"
    await refused(side, mac=1)


async def test_a_request_sent_twice_is_done_once_and_its_copy_gets_no_code(side: Side, phone: Phone) -> None:
    body, head = phone.seal("do", phone.asking("next"))
    first = await post(phone.port, "/v1/do", body, head)
    saved = side.desk.session.saved
    again = await post(phone.port, "/v1/do", body, head)
    assert (first.status, again.status, again.reason) == (200, 409, "counter")
    assert "fieldkit-mac" not in again.headers and side.desk.session.saved == saved
    await refused(side, counter=1)


async def test_two_requests_in_another_order_are_not_both_done(side: Side, phone: Phone) -> None:
    earlier, later = phone.asking("next"), phone.asking("note", text="second")
    assert (await phone.send("do", later)).status == 200
    got = await phone.send("do", earlier)
    assert (got.status, got.reason) == (409, "counter")
    await refused(side, counter=1)


async def test_a_press_that_comes_late_is_told_so_and_not_done(side: Side, phone: Phone) -> None:
    talk = side.remote._talk
    assert talk is not None
    asking = phone.asking("next")
    talk._began -= 60  # a minute has passed on the laptop
    saved = side.desk.session.saved
    got = await phone.send("do", asking)
    assert got.sealed and got.json["result"] == "late" and side.desk.session.saved == saved
    assert (await phone.press("next"))["result"] == "accepted"  # with the time that the answer told
    await refused(side, late=1)


async def test_the_same_press_under_a_new_counter_is_done_once(side: Side, phone: Phone) -> None:
    id = id22()
    first = await phone.press("next", id)
    again = await phone.press("next", id)
    assert again == first
    assert (await phone.press("close", id))["reason"] == "id-reused"


async def test_a_second_phone_with_the_code_is_refused(side: Side, phone: Phone) -> None:
    second = Phone(f"#{remote_port.fragment(phone.key)}", phone.port)
    got = await second.send("see", {"n": second.next(), "phone": second.id})
    assert (got.status, got.reason, got.sealed) == (409, "phone", False)
    await phone.see()
    await refused(side, phone=1)


@pytest.mark.parametrize(
    ("headers", "status", "why"),
    [
        ({"Host": "elsewhere.example"}, 421, "host"),
        ({"Host": "127.0.0.1.elsewhere.example"}, 421, "host"),
        ({"Origin": "http://elsewhere.example"}, 403, "origin"),
        ({"Origin": "null"}, 403, "origin"),
        ({"Origin": "http://127.0.0.1"}, 403, "origin"),
        ({"Content-Type": "text/plain"}, 400, "shape"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 400, "shape"),
        ({"Content-Encoding": "gzip"}, 400, "shape"),
    ],
)
async def test_another_page_name_or_type_is_refused(
    side: Side, phone: Phone, headers: dict[str, str], status: int, why: str
) -> None:
    got = await phone.send("do", phone.asking("next"), headers)
    assert (got.status, got.reason) == (status, why)
    assert side.desk.session.segment is None
    await refused(side, **{why: 1})


async def test_a_body_that_is_too_large_or_no_request_is_refused(side: Side, phone: Phone) -> None:
    for body in (b" " * 5000, b"[]", b"{}", b'{"n":1}', b"\xff" * 20):
        head = {"Fieldkit-Mac": code(phone.key, "do", body)}
        got = await post(phone.port, "/v1/do", body, head)
        assert (got.status, got.reason) == (400, "shape"), body[:10]
    endless = {"Transfer-Encoding": "chunked", "Content-Length": "", "Fieldkit-Mac": "0" * 64}
    got = await post(
        phone.port, "/v1/do", b"1000\r\n" + b"x" * 4096 + b"\r\n" + b"10\r\n" + b"x" * 16 + b"\r\n0\r\n\r\n", endless
    )
    assert got.status in (0, 400)
    assert (await phone.press("next"))["result"] == "accepted"


async def test_other_paths_and_methods_lead_nowhere(side: Side, phone: Phone) -> None:
    for method, path, expected in (
        ("GET", "/v1/do", 405),
        ("PUT", "/v1/see", 405),
        ("OPTIONS", "/v1/do", 405),
        ("POST", "/", 404),
        ("POST", "/v1/intents", 404),
        ("GET", "/../etc/passwd", 404),
        ("GET", "/health", 404),
    ):
        got = await post(phone.port, path, b"", {"Content-Length": ""}, method)
        assert got.status == expected, (method, path, got.status)


async def test_the_page_holds_no_secret_and_a_strict_policy(side: Side, phone: Phone) -> None:
    got = await post(phone.port, "/", b"", {"Content-Length": ""}, "GET")
    assert got.status == 200 and remote_port.fragment(phone.key).encode() not in got.body
    assert got.headers["content-security-policy"].startswith("default-src 'none'; script-src 'sha256-")
    assert got.headers["cache-control"] == "no-store" and got.headers["referrer-policy"] == "no-referrer"
    assert "fieldkit.test" not in str(got.headers)


async def test_bytes_that_are_no_http_end_the_socket_and_nothing_else(side: Side, phone: Phone) -> None:
    for junk in (
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"A" * 9000 + b"\r\n\r\n",
        b"\x00" * 64 + b"\r\n\r\n",
    ):
        assert status(await ask(phone.port, junk, 3.0)) in (0, 400, 505)
    assert status(await ask(phone.port, request("GET", "/", {"X": "y" * 9000}))) == 400
    assert status(await ask(phone.port, b"GET / HTTP/1.1\r\n\r\n")) == 400
    assert (await phone.press("next"))["result"] == "accepted"


async def test_strangers_cannot_take_the_phones_place(side: Side, phone: Phone) -> None:
    held = []
    try:
        for _ in range(remote_sockets.MOST * 3):
            held.append(await asyncio.open_connection("127.0.0.1", phone.port))
        await asyncio.sleep(0.2)
        assert len(side.remote._sockets) <= remote_sockets.MOST
        assert (await phone.press("next"))["result"] == "accepted"
    finally:
        for _, writer in held:
            writer.close()


async def test_a_participants_listener_takes_no_wish_of_the_remote(side: Side, phone: Phone) -> None:
    from fieldkit.lan.server import LanServer

    lan = LanServer(side.desk)
    await lan.start(bind="127.0.0.1", port=0)
    try:
        body, head = phone.seal("do", phone.asking("next"))
        for path in ("/v1/do", "/v1/see", "/"):
            got = await post(lan.port, path, body, head)
            assert got.status in (404, 405), path
        assert side.desk.session.segment is None
    finally:
        await lan.stop()
