"""A laptop that was let in and speaks for itself: what it sends is cut, cleaned and coded as on the trainer's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fieldkit.consoles.attach_wire import Done
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Intent
from fieldkit.core.records import fields_of
from fieldkit.desk import Accepted
from fieldkit.log.keys import Signer
from tests.consoles.attach_kit import HELPER, Laptops
from tests.kit.room import DeskRoom, reason


@pytest.fixture
async def laptops(tmp_path: Path) -> AsyncIterator[Laptops]:
    room = DeskRoom(tmp_path)
    await room.begin()
    await room.join("Ann", "B1")
    made = Laptops(room)
    await made.on()
    yield made
    await made.close()
    await room.check()
    await room.close()


async def wished(laptops: Laptops, kind: str, d: dict[str, Any], role: str = "helper") -> Done:
    """What is answered to a wish that no terminal of ours would have made."""
    one = await laptops.insider(Signer.generate(HELPER), role)
    body = msgspec.json.encode({"t": "wish", "id": "C" * 22, "n": 1, "kind": kind, "d": d})
    await one.say(len(body).to_bytes(4, "big") + body)
    found = await one.answer()
    assert isinstance(found, Done), found
    return found


async def test_a_name_has_the_length_that_names_have(laptops: Laptops) -> None:
    """Else one helper could fill every screen in the room."""
    found = await wished(laptops, "CheckIn", {"new_p": "", "badge": " b\u200b9 ", "name": "N" * 5000})
    who = laptops.room.desk.session.people[found.p or ""]
    assert (who.badge, who.name) == ("B9", "N" * 80)


async def test_whom_a_list_names_is_not_taken_for_a_badge(laptops: Laptops) -> None:
    desk = laptops.room.desk
    (p,) = desk.session.people
    await laptops.room.lead(w.CheckIn(new_p="", badge=p, out=True))
    assert (await wished(laptops, "CheckIn", {"new_p": "", "badge": p})).result == "accepted"
    assert desk.session.people[p].present


@pytest.mark.parametrize(
    ("kind", "d", "why"),
    [
        ("Mark", {"who": "B1", "status": "late", "reason": "r" * 501}, "too-long"),
        ("Mark", {"who": "B1", "status": "late", "reason": "r" * 20_000}, "too-long"),
        ("MarkItem", {"who": "B1", "activity": "x" * 60_000, "item": "y"}, "too-long"),
        ("Expect", {"new_p": "", "fields": {"Ann's secret": "x"}}, "wrong-value"),
        ("Expect", {"new_p": "", "fields": {"name": "Bo"}, "notes": [["k", "v" * 400]] * 100}, "too-long"),
    ],
    ids=["a reason", "more than a line holds", "an id", "a column", "notes that no line holds"],
)
async def test_what_is_too_long_is_refused_and_the_line_stays(
    laptops: Laptops, kind: str, d: dict[str, Any], why: str
) -> None:
    """A mistyped text must not throw the helper out of the session."""
    before = laptops.room.desk.session.saved
    found = await wished(laptops, kind, d)
    assert (found.result, found.reason) == ("refused", why)
    assert laptops.room.desk.session.saved == before + 1  # the pairing
    assert laptops.server.live()


@pytest.mark.parametrize(
    "intent",
    [
        w.Mark(who="B1", status="late", why="Ann is pregnant"),
        w.RenamePerson(who="B1", name="Anna", why="Ann is pregnant"),
        w.RemovePerson(who="B1", why="Ann is pregnant"),
        w.Correct(do="correct", by="fac", why="Ann is pregnant", who="B1", status="late"),
    ],
    ids=lambda intent: type(intent).__name__,
)
async def test_a_signed_line_takes_codes_only(laptops: Laptops, intent: Intent) -> None:
    """Nothing in it can ever be erased."""
    far = laptops.far()
    await laptops.attach(far, "lead")
    assert reason(await far.submit(intent, FACILITATOR)) == "wrong-value"


@pytest.mark.parametrize(
    "intent",
    [w.Resume(why="start"), w.Resume(gap=3_600_000, src="boot"), w.Pause(why="exit")],
    ids=["came back", "with a gap", "goodbye"],
)
async def test_what_the_laptop_says_of_itself_a_lead_cannot(laptops: Laptops, intent: Intent) -> None:
    """A forged absence of the program would stand in the record as if the laptop had been away."""
    far = laptops.far()
    await laptops.attach(far, "lead")
    if isinstance(intent, w.Resume):
        await laptops.room.lead(w.Pause())
    assert reason(await far.submit(intent, FACILITATOR)) == "not-your-role"
    for plain in (w.Resume(),) if isinstance(intent, w.Resume) else (w.Pause(), w.Resume()):
        answer = await far.submit(plain, FACILITATOR)
        assert isinstance(answer, Accepted)
    assert "src" not in fields_of((await laptops.room.store.records())[-1].fact)
