"""What is live and no record: who waits at the door, and tempo taps. Over real sockets, driven by `fieldkit ctl`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.lan.control import ControlPort
from fieldkit.lan.doors import LOBBY_TIMES
from fieldkit.verbs import CONTROL_FILE, VERBS, Admit, wish_of
from tests.cli.kit import Done, fieldkit
from tests.kit.phone import Phone
from tests.lan.conftest import CODE, Room

MakeRoom = Callable[..., Awaitable[Room]]
Ctl = Callable[..., Awaitable[Done]]


@pytest.fixture
async def small(make_room: MakeRoom) -> Room:
    """One person is expected, so three come in by themselves."""
    return await make_room(roster=[{"badge": "E1", "name": "Ana"}])


@pytest.fixture
async def ctl(small: Room, tmp_path: Path) -> AsyncIterator[Ctl]:
    port = ControlPort(small.desk)
    (tmp_path / CONTROL_FILE).write_bytes(msgspec.json.encode(await port.start()))

    async def run(*words: str) -> Done:
        return await asyncio.to_thread(fieldkit, "ctl", *words, home=tmp_path)

    yield run
    await port.close()


async def knock(room: Room, name: str) -> str:
    """A new phone at the door: the refusal, or nothing when it is in."""
    async with Phone(room.url, name) as phone:
        return (await phone.join(CODE, name)).reason


async def status(ctl: Ctl) -> Any:
    return (await ctl("status", "--json")).document


async def test_the_trainer_admits_who_waits_at_the_door(small: Room, ctl: Ctl) -> None:
    """Knocking again is not a second person; admitting is no record; places are taken one by one."""
    assert [await knock(small, f"N{n}") for n in range(LOBBY_TIMES)] == [""] * LOBBY_TIMES
    for name in ("Bo", "Cy", "bo ", "Di"):
        assert await knock(small, name) == "lobby"
    assert (await status(ctl))["lobby"] == 3
    saved = small.desk.session.saved
    assert (await ctl("admit", "1")).talk == "1 may come in now.\n"
    assert (small.desk.session.saved, (await status(ctl))["lobby"]) == (saved, 2)
    assert await knock(small, "") == "name-missing"  # the place is still there
    assert [await knock(small, "Bo"), await knock(small, "Cy")] == ["", "lobby"]
    found = (await ctl("admit", "--json")).document
    assert (found["result"], found["saved"], found["exit"]) == ("accepted", None, 0)
    assert found["words"] == "2 may come in now."
    assert [await knock(small, x) for x in ("Cy", "Di", "Ed")] == ["", "", "lobby"]
    assert (await status(ctl))["lobby"] == 1
    await ctl("admit")
    assert (await ctl("admit")).talk == "Nobody is waiting.\n"
    assert small.desk.session.joined == LOBBY_TIMES + 3


async def test_admitting_after_a_restart_counts_from_who_is_in(small: Room, ctl: Ctl) -> None:
    """However many were admitted before (or checked in by hand), one place more is one place more."""
    for n in range(LOBBY_TIMES + 4):
        await small.do(w.CheckIn(new_p=small.desk.new_p(), name=f"N{n}"))
    assert await knock(small, "Bo") == "lobby"
    await ctl("admit")
    assert [await knock(small, "Bo"), await knock(small, "Cy")] == ["", "lobby"]


async def test_a_late_place_is_one_place_however_many_knock_at_once(small: Room, ctl: Ctl) -> None:
    assert [await knock(small, f"N{n}") for n in range(LOBBY_TIMES)] == [""] * LOBBY_TIMES
    await ctl("admit", "2")
    found = await asyncio.gather(*(knock(small, f"M{n}") for n in range(8)))
    assert sorted(found) == ["", "", *["lobby"] * 6]


async def test_the_limit_holds_however_many_join_at_once(small: Room) -> None:
    """Whoever is on the way in counts: else all of them would see the same free place."""
    found = await asyncio.gather(*(knock(small, f"M{n}") for n in range(12)))
    assert sorted(found) == [*[""] * LOBBY_TIMES, *["lobby"] * (12 - LOBBY_TIMES)]
    assert small.desk.session.joined == LOBBY_TIMES
    assert (await knock(small, "Late"), small.desk.room_view().lobby) == ("lobby", 13 - LOBBY_TIMES)


async def test_who_is_refused_at_the_desk_keeps_nobody_out(small: Room) -> None:
    """Joins without a name took no place, also those that came at once."""
    found = await asyncio.gather(*(knock(small, "") for _ in range(LOBBY_TIMES)))
    assert found == ["name-missing"] * LOBBY_TIMES
    assert [await knock(small, f"N{n}") for n in range(LOBBY_TIMES + 1)] == [*[""] * LOBBY_TIMES, "lobby"]


def test_admit_is_a_verb_but_no_intent() -> None:
    assert wish_of("admit", []) == Admit() and wish_of("admit", ["12"]) == Admit(12)
    assert "admit" in VERBS
    for word in ("0", "-1", "x", "10000", "²"):
        with pytest.raises(Exception, match="no number of people"):
            wish_of("admit", [word])


async def test_tempo_is_the_newest_tap_of_each_until_the_next_segment(small: Room, ctl: Ctl) -> None:
    """Nobody's tap is a record."""
    async with Phone(small.url, "Ana") as ana, Phone(small.url, "Bo") as bo:
        await ana.come_in(CODE)
        await bo.come_in(CODE)
        saved = small.desk.session.saved
        for phone, v in ((ana, "lost"), (bo, "lost"), (ana, "faster"), (bo, "lost")):
            reply = await phone.send("tempo", v=v)
            assert (reply.result, reply.saved) == ("accepted", None)
        assert (await status(ctl))["tempo"] == {"lost": 1, "ok": 0, "faster": 1}
        assert "1 lost, 0 ok, 1 faster" in (await ctl("status")).text
        assert small.desk.session.saved == saved
        await small.do(w.EnterSegment(segment=small.desk.plan.segments[0].id))
        assert (await status(ctl))["tempo"] == {"lost": 0, "ok": 0, "faster": 0}
        await ana.send("tempo", v="ok")
        assert (await status(ctl))["tempo"] == {"lost": 0, "ok": 1, "faster": 0}


async def test_a_new_segment_takes_the_tap_off_the_phones_of_those_who_tapped(small: Room) -> None:
    """Others hear nothing of it: a message less for most of the room."""
    async with Phone(small.url, "Ana") as ana, Phone(small.url, "Bo") as bo:
        heard: dict[str, list[bool]] = {"Ana": [], "Bo": []}

        async def listen(phone: Phone) -> None:
            async for kind, data in phone.events():
                if kind == "me":
                    heard[phone.name].append("tempo" in json.loads(data)["mine"])

        await ana.come_in(CODE)
        await bo.come_in(CODE)
        await ana.send("tempo", v="lost")
        listening = [asyncio.ensure_future(listen(phone)) for phone in (ana, bo)]
        await asyncio.sleep(0.3)
        await small.do(w.EnterSegment(segment=small.desk.plan.segments[0].id))
        await asyncio.sleep(0.5)
        assert heard == {"Ana": [True, False], "Bo": [False]}
        for one in listening:
            one.cancel()
