"""What a stranger, or a laptop that was let in and went bad, can send: it costs them the line and the room nothing."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from fieldkit.consoles import attach_limits, attach_line, attach_server, attach_wire
from fieldkit.consoles.attach_asks import MOST_ASKING
from fieldkit.consoles.attach_wire import Done, No, Wait
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR
from fieldkit.desk import Accepted, Refused
from fieldkit.log.keys import Signer
from tests.consoles.attach_kit import HELPER, Laptops, until
from tests.kit.room import DeskRoom


@pytest.fixture
async def laptops(tmp_path: Path) -> AsyncIterator[Laptops]:
    room = DeskRoom(tmp_path)
    await room.begin()
    made = Laptops(room)
    await made.on()
    yield made
    await made.close()
    await room.close()


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


DEEP = b'{"t":"wish","id":"' + b"A" * 22 + b'","n":1,"kind":"Mark","d":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
BAD_FIRST = {
    "a length of 4 GiB": b"\xff\xff\xff\xff",
    "one byte too long": (attach_wire.FIRST_MAX + 1).to_bytes(4, "big"),
    "empty": framed(b""),
    "not JSON": framed(b"\x00\xfe\xff"),
    "deep": framed(b"[" * 4000),
    "another type": framed(b'{"t":"wish","id":"AAAAAAAAAAAAAAAAAAAAAA","n":1,"kind":"End","d":{}}'),
    "no note": framed(b'{"t":"attach","note":"hello"}'),
    "a note of the wrong shape": framed(msgspec.json.encode({"t": "attach", "note": "fieldkit-attach/1\n\n- x y\n"})),
    "a field more": framed(b'{"t":"attach","note":"","co":3}'),
    "http": b"GET / HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("raw", BAD_FIRST.values(), ids=BAD_FIRST)
async def test_a_stranger_gets_one_small_frame_and_only_a_note(laptops: Laptops, raw: bytes) -> None:
    one = await laptops.stranger()
    await one.say(raw)
    assert isinstance(await one.hear(), No)
    assert await one.hear() is None
    assert not laptops.server.asking()


BAD_LATER = {
    "too long": (attach_wire.WISH_MAX + 1).to_bytes(4, "big"),
    "not JSON": framed(b"{"),
    "deep": framed(DEEP),
    "another type": framed(b'{"t":"attach","note":""}'),
    "no id": framed(b'{"t":"wish","id":"","n":1,"kind":"Mark","d":{}}'),
    "a counter that is no counter": framed(b'{"t":"wish","id":"AAAAAAAAAAAAAAAAAAAAAA","n":-1,"kind":"Mark","d":{}}'),
}


@pytest.mark.parametrize("raw", BAD_LATER.values(), ids=BAD_LATER)
async def test_a_bad_frame_ends_a_console_that_was_let_in(laptops: Laptops, raw: bytes) -> None:
    one = await laptops.insider(Signer.generate(HELPER))
    before = laptops.room.desk.session.saved
    await one.say(raw)
    found = await one.answer()
    if isinstance(found, Done):  # a frame as such, with nonsense in its depth
        assert (raw, found.reason) == (framed(DEEP), "wrong-value")
        one.leave()
    await until(lambda: not laptops.server.live())
    assert laptops.room.desk.session.saved == before


BAD_WISHES = {
    "no such wish": ("Fold", {}, "not-allowed"),
    "the base of all": ("Intent", {}, "not-allowed"),
    "a number for a name": ("Mark", {"who": 7, "status": "late"}, "wrong-value"),
    "a list for a wish": ("Mark", [], "wrong-value"),
    "a field is missing": ("Mark", {"who": "B1"}, "wrong-value"),
}


@pytest.mark.parametrize(("kind", "d", "why"), BAD_WISHES.values(), ids=BAD_WISHES)
async def test_a_wish_of_the_wrong_type_is_refused_and_the_line_stays(
    laptops: Laptops, kind: str, d: object, why: str
) -> None:
    one = await laptops.insider(Signer.generate(HELPER))
    await one.say(framed(msgspec.json.encode({"t": "wish", "id": "C" * 22, "n": 1, "kind": kind, "d": d})))
    found = await one.answer()
    assert isinstance(found, Done)
    assert (found.result, found.reason) == ("refused", why)
    await one.wish(w.CheckIn(new_p="", badge="B1", name="Ann"), "D" * 22, n=2)
    found = await one.answer()
    assert isinstance(found, Done)
    assert found.result == "accepted"


async def test_what_a_console_types_is_cleaned_like_everything_foreign(laptops: Laptops) -> None:
    far = laptops.far()
    await laptops.attach(far)
    evil = "A\x1b]0;owned\x07nn\u202e\u2028  Lee\x00"
    answer = await far.submit(w.CheckIn(new_p="", badge="b1", name=evil), FACILITATOR)
    assert isinstance(answer, Accepted)
    name = laptops.room.desk.session.people[answer.p or ""].name
    assert name == "A]0;ownednn Lee"


async def test_what_drips_in_is_hung_up(laptops: Laptops, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then holds a connection for some seconds, not for the session; a silent one too."""
    monkeypatch.setattr(attach_wire, "FRAME_S", 0.3)
    monkeypatch.setattr(attach_server, "FIRST_S", 2.0)
    slow, silent = await laptops.stranger(), await laptops.stranger()
    for byte in b"\x00\x00":
        await slow.say(bytes([byte]))
        await asyncio.sleep(0.1)
    async with asyncio.timeout(10):
        assert await slow.hear() is None
        assert await silent.hear() is None


async def test_whoever_asks_and_talks_on_is_hung_up(laptops: Laptops) -> None:
    """What was sent before the trainer decided is no wish."""
    one = await laptops.stranger()
    await one.ask(Signer.generate(HELPER))
    await one.hear()
    asking = await laptops.asks()
    await one.wish(w.End(), "E" * 22)
    await until(lambda: not laptops.server.asking())
    assert isinstance(await one.hear(), No)
    assert asking.no not in {x.no for x in laptops.server.asking()}
    assert laptops.room.desk.session.state == "running"


async def test_the_trainers_list_stays_short(laptops: Laptops) -> None:
    """A sixth laptop is told to come back; one that asks again takes its own place."""
    signers = [Signer.generate(HELPER) for _ in range(MOST_ASKING)]
    for signer in signers:
        one = await laptops.stranger()
        await one.ask(signer)
        await one.hear()
    sixth = await laptops.stranger()
    await sixth.ask(Signer.generate(HELPER))
    assert await sixth.hear() == No("busy")


async def test_answers_that_nobody_reads_are_few(laptops: Laptops) -> None:
    """Each may be as long as what was asked; for twenty seconds they would pile up in the trainer's memory."""
    one = await laptops.insider(Signer.generate(HELPER))
    (line,) = laptops.server._lines.values()
    one.writer.transport.pause_reading()  # type: ignore[attr-defined]
    most = 0

    def gone() -> bool:
        nonlocal most
        most = max(most, len(line._answers))
        return not laptops.server.live()

    for k in range(20_000):
        await one.wish(w.MarkItem(who="B1", activity="x" * 400, item="y"), f"{k:022}")
        if gone():
            break
    await until(gone)
    assert most <= attach_line.MOST_ANSWERS


async def test_one_address_cannot_keep_the_others_from_asking(laptops: Laptops) -> None:
    """A stranger with as many keys as there are places gives one up to who comes from elsewhere."""
    held = []
    for _ in range(MOST_ASKING):
        one = await laptops.stranger()
        await one.ask(Signer.generate(HELPER), "Nobody")
        await one.hear()
        held.append(one)
    kim = await laptops.stranger("127.0.0.2")
    await kim.ask(Signer.generate(HELPER))
    assert isinstance(await kim.hear(), Wait)
    assert await held[-1].hear() == No("busy")
    again = await laptops.stranger()
    await again.ask(Signer.generate(HELPER), "Nobody")
    assert await again.hear() == No("busy")
    assert "Kim Lee" in [x.name for x in laptops.server.asking()]


async def test_strangers_cannot_use_up_the_door(laptops: Laptops, monkeypatch: pytest.MonkeyPatch) -> None:
    """One address holds a few connections; the next is closed at once, and when they go there is room again."""
    held = [await laptops.stranger() for _ in range(attach_server.MOST_EACH)]
    with pytest.raises(OSError):
        await laptops.stranger()
    for one in held:
        one.leave()
    await until(lambda: not laptops.server._greeting)
    await laptops.attach(laptops.far())


async def test_many_addresses_cannot_keep_a_helper_out(laptops: Laptops) -> None:
    """Every place before the note is taken, from as many addresses as there are: a helper still gets in, and it is the
    strangers' oldest who goes."""
    addresses = attach_server.MOST // attach_server.MOST_EACH
    held = [await laptops.stranger(f"127.0.0.{10 + k % addresses}") for k in range(attach_server.MOST)]
    await laptops.attach(laptops.far())
    assert await held[0].hear() is None
    assert len(laptops.server._strange) == attach_server.MOST - 1


async def test_who_is_in_or_asks_takes_no_strangers_place(laptops: Laptops) -> None:
    """Helpers who share an address with strangers: only those who have not said who they are count."""
    for k in range(3):
        await laptops.attach(laptops.far(name=f"Kim {k}"))
    asking = await laptops.stranger()
    await asking.ask(Signer.generate(HELPER))
    assert isinstance(await asking.hear(), Wait)
    assert not laptops.server._strange
    held = [await laptops.stranger() for _ in range(attach_server.MOST_EACH)]
    assert len(laptops.server._strange) == len(held)


async def test_bad_connections_are_one_line_a_minute_with_their_number(
    laptops: Laptops, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        one = await laptops.stranger()
        await one.say(b"GET / HTTP/1.1\r\n\r\n")
        assert isinstance(await one.hear(), No)
    lines = [x.getMessage() for x in caplog.records if x.name == "fieldkit.consoles"]
    assert lines == ["127.0.0.1 sent what is no frame (too-long)"]
    await laptops.server.stop()
    lines = [x.getMessage() for x in caplog.records if x.name == "fieldkit.consoles"]
    assert lines[1:] == ["4 more connections of this kind; the last: 127.0.0.1 sent what is no frame (too-long)"]


async def test_a_console_wishes_no_faster_than_a_pair_of_hands(laptops: Laptops) -> None:
    """Beyond the burst it is refused without the rules being asked; the same wish, sent again, is done once."""
    one = await laptops.insider(Signer.generate(HELPER))
    most = int(attach_limits.BURST) + 20
    ids = [f"{k:022}" for k in range(most)]
    for k, id in enumerate(ids):
        await one.wish(w.CheckIn(new_p="", badge=f"B{k}", name=f"Worker {k}"), id)
    found = await one.done(most)
    refused = [x.id for x in found if x.result == "refused"]
    assert 0 < len(refused) <= 20 and {x.reason for x in found if x.result == "refused"} == {"too-fast"}
    await asyncio.sleep(len(refused) / attach_limits.RATE + 0.5)
    for id in [*refused, ids[0]]:
        await one.wish(w.CheckIn(new_p="", badge=f"B{int(id)}", name=f"Worker {int(id)}"), id)
    again = await one.done(len(refused) + 1)
    assert [x.result for x in again] == ["accepted"] * len(refused) + ["already"]
    assert len(laptops.room.desk.session.people) == most


async def test_a_burst_at_a_terminal_is_all_done_once(laptops: Laptops) -> None:
    """The helper's own program sends again what came too fast; nobody is asked to press again."""
    far = laptops.far()
    await laptops.attach(far)
    wishes = [w.CheckIn(new_p="", badge=f"B{k}", name=f"Worker {k}") for k in range(int(attach_limits.BURST) + 15)]
    answers = await asyncio.gather(*(far.submit(x, FACILITATOR) for x in wishes))
    assert all(isinstance(x, Accepted) for x in answers)
    assert len(laptops.room.desk.session.people) == len(wishes)


async def test_a_helper_expects_nobody_without_a_name_or_badge(laptops: Laptops) -> None:
    far = laptops.far()
    await laptops.attach(far)
    for fields in ({}, {"crew": "Press line"}, {"name": "", "badge": " "}):
        answer = await far.submit(w.Expect(new_p="", fields=fields), FACILITATOR)
        assert isinstance(answer, Refused) and answer.refusal.reason == "name-missing", fields
    assert not laptops.room.desk.session.people
    assert isinstance(await far.submit(w.Expect(new_p="", fields={"name": "Bo"}), FACILITATOR), Accepted)


async def test_a_console_that_does_not_read_never_holds_up_the_room(
    laptops: Laptops, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line is let go; the trainer's own wishes go on as if it were not there."""
    monkeypatch.setattr(attach_line, "STUCK_S", 0.5)
    monkeypatch.setattr(attach_line, "GAP_S", 0.0)
    one = await laptops.insider(Signer.generate(HELPER))
    one.writer.transport.pause_reading()  # type: ignore[attr-defined]
    async with asyncio.timeout(60):
        for k in itertools.count():
            if not laptops.server.live():
                break
            assert isinstance(await laptops.room.lead(w.Announce(text=f"{k} " + "x" * 200)), Accepted)
    await laptops.attach(laptops.far(name="Ana Ruiz"))
