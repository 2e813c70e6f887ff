"""A checklist of nine items for eighteen people at 80×24, the alarm for sixty, and what a helper is told to press."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from fieldkit.core import intents as w
from fieldkit.core.plan import Item, Plan
from fieldkit.core.views import ItemView
from fieldkit.tui.app import LiveApp
from fieldkit.tui.panels.checks import head_row
from tests.tui.kinds import every_plan
from tests.tui.room import FakeTools, live, open_room, text_of, until, until_text

PEOPLE = [(f"E{2000 + k}", f"Worker {k:02}") for k in range(18)]


def nine(per: str | None = None) -> Plan:
    """Every type, the checklist with nine items, two of them critical."""
    made = every_plan()
    items = [Item(id=f"i{k}", text=[f"Point number {k}"], critical=k in (3, 9)) for k in range(1, 10)]
    return replace(
        made,
        activities=[replace(a, items=items, per=per or a.per) if a.type == "checklist" else a for a in made.activities],
    )


CHECKLIST = next(a.id for a in nine().activities if a.type == "checklist")


async def test_nine_items_and_eighteen_people_are_seen_at_once_and_a_digit_is_a_cell(tmp_path: Path) -> None:
    """Critical items and the cell of the cursor are told without colours, in the head too."""
    async with live(tmp_path, roster=PEOPLE, made=nine()) as (room, _app, pilot):
        for badge, name in PEOPLE:
            await room.join(name, badge)
        await room.do(w.OpenActivity(activity=CHECKLIST))
        await until_text(pilot, "have passed")
        await pilot.press("l")
        await until_text(pilot, "1. Point number 1")
        screen = await until_text(pilot, "Worker 17")
        assert all(name in screen for _badge, name in PEOPLE)
        head = next(x for x in screen.splitlines() if "NAME" in x)
        assert head.split()[1:] == ["[1]", "2", "3!", "4", "5", "6", "7", "8", "9!"]
        rows = [x for x in screen.splitlines() if "Worker 00" in x]
        assert rows[0].startswith("▸") and rows[0].index("[·]") == head.index("[1]")
        for k in "123456789":
            await pilot.press(k)
        screen = await until_text(pilot, "1 of 18 have passed")
        assert "[9!]" in screen and "9. Point number 9  critical" in screen
        await pilot.press("down", "3", "x")
        await until_text(pilot, "Worker 01: not ok.")
        lines = room.desk.room_view().open[-1].checks
        assert next(x.items for x in lines if x.name == "Worker 01") == {"i3": False}


async def test_one_key_signs_off_a_pair_and_says_so(tmp_path: Path) -> None:
    async with live(tmp_path, roster=PEOPLE[:4], made=nine("group")) as (room, _app, pilot):
        for badge, name in PEOPLE[:4]:
            await room.join(name, badge)
        breakout = next(a.id for a in nine().activities if a.type == "breakout")
        await room.do(w.OpenActivity(activity=breakout))
        await room.do(w.MakeGroups(activity=breakout, size=2))
        await room.do(w.CloseActivity(activity=breakout))
        await room.do(w.OpenActivity(activity=CHECKLIST))
        await until_text(pilot, "have passed")
        await pilot.press("l")
        await until_text(pilot, "1. Point number 1")
        await pilot.press("2")
        await until_text(pilot, "✓ Group 1: ok.")
        await until(pilot, lambda: sum("i2" in x.items for x in room.desk.room_view().open[-1].checks) == 2)


def test_heads_keep_their_columns_from_ten_items_on() -> None:
    items = [ItemView(id=str(k), text="x", critical=k % 2 == 0) for k in range(12)]
    widths = {head_row(items, 0, 12, 14, at).cell_length for at in (None, 0, 10)}
    assert widths == {1 + 14 + 1 + 12 * 4}
    assert "10" in head_row(items, 0, 12, 14, 10).plain and "▸11!" in head_row(items, 0, 12, 14, 10).plain


async def test_an_alarm_for_sixty_pages_and_its_notes_name_everybody(tmp_path: Path) -> None:
    """At 80×24: pages go on, the ticked go down, and whoever is missing stands in a note."""
    crew = [(f"E{3000 + k}", f"Long Named Worker {k:02}") for k in range(60)]
    async with live(tmp_path, roster=crew) as (room, app, pilot):
        for badge, name in crew:
            await room.join(name, badge)
        await pilot.press("n", "exclamation_mark")
        screen = await until_text(pilot, "0 of 61 ticked off")
        assert "Worker 00" in screen and "▸ [ ]" in screen
        for _ in range(8):
            await pilot.press("pagedown")
        await until_text(pilot, "Long Named Worker 59")
        await pilot.press("home", "space", "space")
        await until_text(pilot, "2 of 61 ticked off")
        await until(pilot, lambda: room.desk.session.state == "paused")
        await pilot.press("g")
        assert "59 people are not ticked off" in await until_text(pilot, "[y] yes")
        await pilot.press("y")
        await until(pilot, lambda: "Worker 59" in room.desk.session.notices[-1].text)
        notes = [x.text for x in room.desk.session.notices if x.text.startswith("Muster: 2 of 61 ticked off.")]
        assert len(notes) > 2 and all(len(x) <= 500 for x in notes)
        assert [f"Long Named Worker {k:02}" in " ".join(notes) for k in range(60)] == [False, False, *[True] * 58]
        assert app.is_running


async def test_a_helper_is_told_to_press_nothing_that_only_the_trainer_may(tmp_path: Path) -> None:
    """Before the first step, in a pause, after the last step; and a refusal."""
    async with open_room(tmp_path) as room:
        app = LiveApp(room.desk, FakeTools(tmp_path), "", label="HELPER", far="helper")
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await until_text(pilot, "STEP –  the trainer begins")
            assert "press n" not in screen and "[n]" not in screen
            await room.do(w.Pause())
            screen = await until_text(pilot, "paused: the trainer goes on")
            assert "[g]" not in screen
            await room.do(w.Resume())
            for _ in range(5):
                await room.do(w.NextStep(small=True))
            for line in room.desk.room_view().open:
                await room.do(w.CloseActivity(activity=line.activity))
            await until_text(pilot, "the plan is finished")
            assert "[E]" not in text_of(app)
