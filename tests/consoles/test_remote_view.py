"""What crosses the room in the clear: no key and no counts before the reveal, names only where they are needed."""

from __future__ import annotations

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core.intents import Actor
from tests.consoles.remote_kit import Phone, Side, id22
from tests.kit.plans import ALL

KEYED = [a.id for a in ALL.activities if a.answer or a.number or a.spellings or a.targets or a.questions]


async def answer(side: Side, p: str, activity: str, *v: str) -> None:
    await side.desk.submit(
        w.PutAnswer(activity=activity, round=1, v=v), Actor(by="self", via="phone", p=p), id=id22(), scope=p
    )


def fields(found: object) -> set[str]:
    """Every name of a field, however deep."""
    if isinstance(found, dict):
        return set(found) | {name for x in found.values() for name in fields(x)}
    return {name for x in found for name in fields(x)} if isinstance(found, list) else set()


@pytest.mark.parametrize("activity", KEYED)
async def test_no_key_and_no_count_before_it_is_revealed(side: Side, phone: Phone, activity: str) -> None:
    """Whatever the answer is: the view of a plan with another key is the same."""
    await side.join("Ana Ruiz", "B-1")
    await side.lead(w.OpenActivity(activity=activity))
    for close in (False, True):
        if close:
            await side.lead(w.CloseActivity(activity=activity))
        room = (await phone.see(want="people"))["room"]
        for one in [*room["open"], *([room["last"]] if room["last"] else [])]:
            assert one["bars"] == []
        assert not fields(room) & {"correct", "answer", "counts", "targets", "explain", "spellings", "questions"}


@pytest.mark.parametrize("activity", [a.id for a in ALL.activities])
async def test_live_the_phone_shows_what_the_wall_shows(side: Side, phone: Phone, activity: str) -> None:
    """The trainer's own screen has more: what would be right in an order, a match or a picture stands in its rows."""
    await side.join("Ana Ruiz", "B-1")
    await side.lead(w.OpenActivity(activity=activity, live=True))
    (one,) = (await phone.see())["room"]["open"]
    assert len(one["bars"]) == len(side.desk.wall_view("en").counts or {})


async def test_counts_and_the_right_one_come_with_the_reveal(side: Side, phone: Phone) -> None:
    p = await side.join("Ana Ruiz", "B-1")
    await side.lead(w.OpenActivity(activity="c1"))
    await answer(side, p, "c1", "b")
    await side.lead(w.CloseActivity())
    assert (await phone.see())["room"]["last"]["bars"] == []
    await phone.press("reveal", activity="c1")
    bars = (await phone.see())["room"]["last"]["bars"]
    assert [(b["n"], b["right"]) for b in bars] == [(0, False), (1, True), (0, False)]


async def test_live_counts_are_shown_without_the_key(side: Side, phone: Phone) -> None:
    p = await side.join("Ana Ruiz", "B-1")
    await side.lead(w.OpenActivity(activity="c1", live=True))
    await answer(side, p, "c1", "b")
    bars = (await phone.see())["room"]["open"][0]["bars"]
    assert [(b["n"], b["right"]) for b in bars] == [(0, False), (1, False), (0, False)]


async def test_names_come_only_where_they_are_asked_for_or_needed(side: Side, phone: Phone) -> None:
    await side.join("Ana Ruiz", "B-1")
    checklist = next(a.id for a in ALL.activities if a.type == "checklist")
    await side.lead(w.OpenActivity(activity=checklist))

    async def held(want: str) -> bool:
        return "Ana Ruiz" in msgspec.json.encode(await phone.see(want=want)).decode()

    assert [await held(want) for want in ("", "people", checklist, "c1")] == [False, True, True, False]
    await side.lead(w.Pause(why="alarm"))
    assert await held("")  # the muster list
    await side.lead(w.Resume(safe=True))
    assert not await held("")


async def test_after_the_end_no_name_comes_whatever_is_asked_for(side: Side, phone: Phone) -> None:
    """Neither the list, nor a checklist, nor what a press is about."""
    p = await side.join("Ana Ruiz", "B-1")
    checklist = next(a.id for a in ALL.activities if a.type == "checklist")
    await side.lead(w.OpenActivity(activity=checklist))
    await phone.see(want="people")
    await side.lead(w.End())
    for want in ("", "people", checklist):
        assert "Ana Ruiz" not in msgspec.json.encode(await phone.see(want=want)).decode()
    found = await phone.press("mark", who=p, status="late")
    assert found["result"] == "refused" and "Ana Ruiz" not in msgspec.json.encode(found).decode()


async def test_time_alone_is_no_news(side: Side, phone: Phone) -> None:
    await side.lead(w.OpenActivity(activity="c1"))
    one = await phone.see()
    two = await phone.see()
    assert one["tag"] == two["tag"] and one["t"]["at"] < two["t"]["at"]
