"""The types on a real desk: what a retry is compared with, and the moment at which reading ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.desk import Accepted, Already
from tests.kit.plans import ALL
from tests.kit.room import DeskRoom, reason

READ = [msgspec.structs.replace(a, reading=30) if a.id == "o1" else a for a in ALL.activities]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DeskRoom]:
    made = DeskRoom(tmp_path, msgspec.structs.replace(ALL, activities=READ))
    await made.begin()
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("id", "first", "again", "other"),
    [
        ("n1", {"v": ("4,50",), "sure": "sure"}, {"v": ("4.5",), "sure": "sure"}, {"v": ("4.5",), "sure": "unsure"}),
        ("w1", {"v": ("pump",)}, {"text": "pump"}, {"text": "Pump"}),
        ("k1", {"v": ("Heat", "dark")}, {"text": "Heat, dark"}, {"text": "dark, Heat"}),
        ("o1", {"v": ("shut", "lock", "verify", "notify")}, None, {"v": ("notify", "verify", "lock", "shut")}),
        ("m1", {"v": ("hasp=p", "cover=e", "tag=h")}, {"v": ("tag=h", "hasp=p", "cover=e")}, {"v": ("hasp=p",)}),
        ("h2", {"v": ("0.80001,0.8", "0.1,0.2")}, {"v": (".1,.2", "0.8,0.8")}, {"v": ("0.1,0.2",)}),
        ("z1", {"v": ("b",), "q": "q1"}, None, {"v": ("b",), "q": "q2"}),
    ],
)
async def test_a_retry_is_known_as_its_type_records_it(
    room: DeskRoom, id: str, first: dict[str, object], again: dict[str, object] | None, other: dict[str, object]
) -> None:
    """Refusing the repeat of a saved answer would show it as lost; another order is another answer."""
    ann = await room.join("Ann")
    await room.lead(w.OpenActivity(activity=id))

    def put(fields: dict[str, object]) -> w.PutAnswer:
        return w.PutAnswer(activity=id, round=1, **fields)  # type: ignore[arg-type]

    assert isinstance(await room.send(ann, put(first), "x1"), Accepted)
    assert isinstance(await room.send(ann, put(again or first), "x1"), Already)
    assert reason(await room.send(ann, put(other), "x1")) == "id-reused"
    await room.lead(w.CloseActivity())
    assert isinstance(await room.send(ann, put(first), "x1"), Already)
    await room.check()


async def test_everybody_is_told_when_reading_is_over(room: DeskRoom) -> None:
    """It is no record, so nothing else would wake the screens; the round stays open."""
    await room.join("Ann")
    await room.lead(w.OpenActivity(activity="o1"))
    told = 0

    def count() -> None:
        nonlocal told
        told += 1

    stop = room.desk.subscribe(count)
    saved = room.desk.session.saved
    assert room.desk.wall_view("en").options == []
    room.clock.advance(30_001)
    for _ in range(60):
        await asyncio.sleep(0.05)
        if told:
            break
    stop()
    assert told and room.desk.session.saved == saved and "o1" in room.desk.session.open_rounds
    assert len(room.desk.wall_view("en").options) == 4
