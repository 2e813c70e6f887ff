"""Small things that a reader of the screens stumbles over: words cut to a letter, keys that do nothing, said twice."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from fieldkit.core import intents as w
from fieldkit.core.plan import Activity
from fieldkit.tui import say
from fieldkit.tui.hometools import PackLine, PlannedLine, Status
from fieldkit.tui.keys import KeyBar
from fieldkit.tui.nextthing import keys_at, shown_round
from fieldkit.tui.panels.after import loose_row
from fieldkit.tui.panels.foot import News, room_line
from fieldkit.tui.panels.home import light, pack_row, planned_row
from fieldkit.words import TRAINER
from tests.tui.kinds import every_plan
from tests.tui.room import ROSTER, live, text_of, until, until_text

OFFICE = Status(office="acme.example", enrolled=True, key="k", sessions=1, receipt=1)


def test_an_id_stands_whole_beside_its_pack_or_not_at_all() -> None:
    """`hygiene-han…` is nothing that anybody could type."""
    line = PackLine(id="hygiene-handwash", version="1", title="Clean hands in food production", minutes=40)
    assert "hygiene-handwash" in pack_row(line, 80, certified=False).plain
    narrow = pack_row(line, 54, certified=False).plain
    assert "hygiene" not in narrow and "Clean hands in food production " in narrow


def test_a_plan_that_is_not_overdue_gives_its_room_to_the_place() -> None:
    line = PlannedLine(
        id="x", at="2026-11-20 19:00", title="Lockout/Tagout refresher", place="Press shop, L4", people=12
    )
    assert "Press shop, L4" in planned_row(line, 78, day=True).plain
    assert "overdue" in planned_row(replace(line, late=True), 78).plain


def test_nothing_unsynced_is_not_counted() -> None:
    """One session is open and has its receipt so far: what is missing is its end."""
    words = light(replace(OFFICE, open=1))[2]
    assert words.startswith("1 session is not ended · ") and "lack" not in words


def test_names_beside_a_loose_end_are_whole() -> None:
    """As many as fit, and a sign that there are more."""
    named = loose_row("4 people are not judged", ["Ana Ruiz", "Bo Tran", "Li Wei"], "carry", 57).plain
    assert "Ana Ruiz, Bo Tran …" in named and "Li" not in named
    assert "A" not in loose_row("4 people are not judged", ["Ana Ruiz"], "carry", 40).plain


async def test_keys_of_what_has_its_own_screen_are_keys_that_do_something(tmp_path: Path) -> None:
    """The space bar does nothing at groups and checklists, tab nothing with one question open: neither is offered."""
    async with live(tmp_path, made=every_plan()) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.NextStep())
        await room.do(w.OpenActivity(activity="teams"))
        screen = await until_text(pilot, "[G] groups")
        assert "[space]" not in screen and "[tab]" not in screen and "[f] close" in screen
        await room.do(w.OpenActivity(activity="talk"))
        await room.do(w.OpenActivity(activity="skills"))
        await until_text(pilot, "[l] sign off")
        assert "tab" in keys_at(app.view, shown_round(app.view))
        assert "[tab]" in text_of(app)


async def test_a_notice_is_read_whole_before_noughts_are(tmp_path: Path) -> None:
    async with live(tmp_path) as (room, app, _pilot):
        await room.do(w.Announce(text="Back at half past seven"))
        view = room.desk.room_view()
        assert room_line(view, News(), 80).plain.rstrip().endswith("Back at half past seven")
        assert "TEMPO" in room_line(view, News(), 120).plain and app.is_running


async def test_notes_stand_once(tmp_path: Path) -> None:
    """Below the words of a step while there is no question; at the foot beside one, as wide and as narrow."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("n")
        await until_text(pilot, "STEP 1/5")
        await until(pilot, lambda: text_of(app).count("NOTES") == 1 and text_of(app).count("ram drift") == 1)
        await pilot.resize_terminal(120, 36)
        await until(pilot, lambda: text_of(app).count("ram drift") == 1)
        await pilot.resize_terminal(80, 24)
        await pilot.press("n")
        await until_text(pilot, "answered 0 of 1")
        await until(pilot, lambda: text_of(app).count("ram drift") == 1)
        assert " NOTES  Ask who has seen" in text_of(app)


async def test_the_header_has_no_empty_line_after_the_window_was_wider(tmp_path: Path) -> None:
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.EnterSegment(segment="start"))
        for _ in range(3):
            await room.do(w.NextStep())
        await until_text(pilot, "STEP 3/5")
        for size in ((120, 36), (80, 24)):
            await pilot.resize_terminal(*size)
            await until(
                pilot, lambda: text_of(app).split("\n")[3].startswith("─" * 20), "the rule is not the fourth line"
            )


async def test_numbers_instead_of_names_are_in_their_order(tmp_path: Path) -> None:
    """person 2 before person 10, in the list of people and on the muster list."""
    roster = tuple((f"E{k}", f"Worker {k:02}") for k in range(12))
    async with live(tmp_path, roster=roster, size=(80, 30)) as (room, app, pilot):
        for badge, name in roster:
            await room.join(name, badge)
        for key in ("w", "exclamation_mark"):
            await pilot.press(key)
            await until_text(pilot, "Worker 01" if key == "w" else "person 1")
            if key == "w":
                await pilot.press("ctrl+n")
            await until_text(pilot, "person 12")
            lines = [x for x in text_of(app).split("\n") if x[2:].removeprefix("[ ] ").startswith("person ")]
            found = [int(x.partition("person ")[2].split()[0]) for x in lines]
            assert found == sorted(found) and len(found) == 12
            await pilot.press("escape")


async def test_a_notice_is_a_notice_in_the_newest_records(tmp_path: Path) -> None:
    """Told, and taken down; a note is neither."""
    async with live(tmp_path) as (room, _app, pilot):
        await room.do(w.AddNote(text="Two had no gloves"))
        await room.do(w.Announce(text="Back at ten"))
        await room.do(w.Announce(text=""))
        await pilot.press("L")
        screen = await until_text(pilot, "took the notice down")
        assert "told the room: Back at ten" in screen and "wrote a note: Two had no gloves" in screen


async def test_lists_of_messages_begin_where_other_lists_do(tmp_path: Path) -> None:
    async with live(tmp_path) as (room, _app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="talk"))
        await room.do(w.PutSay(activity="talk", text="the valve"), p)
        await pilot.press("d")
        await until_text(pilot, "▸ Ana Ruiz: the valve")


async def test_names_and_badges_of_those_who_did_not_answer_stand_in_columns(tmp_path: Path) -> None:
    async with live(tmp_path) as (room, _app, pilot):
        for badge, _name in ROSTER[:3]:
            await room.do(w.CheckIn(new_p="", badge=badge))
        await room.do(w.OpenActivity(activity="hurt"))
        await until_text(pilot, "answered 0 of 3")
        await pilot.press("p")
        screen = await until_text(pilot, "Answer for somebody: who?")
        lines = screen.split("\n")
        assert len({line.index(badge) for badge, _n in ROSTER[:3] for line in lines if badge in line}) == 1


async def test_a_dialog_with_a_line_says_that_enter_takes_it(tmp_path: Path) -> None:
    async with live(tmp_path) as (room, app, pilot):
        await pilot.press("y")
        await until_text(pilot, "Tell the room")
        screen = await until_text(pilot, "[enter] tell the room   [^g] alarm   [esc] back")
        await pilot.press(*"Back at ten")
        row = next(k for k, line in enumerate(screen.split("\n")) if "[enter] tell the room" in line)
        await pilot.click(offset=(screen.split("\n")[row].index("[enter]") + 2, row))
        await until(pilot, lambda: room.desk.room_view().notice == "Back at ten" and len(app.screen_stack) == 1)


async def test_a_kiosk_that_is_not_there_is_not_taken_back(tmp_path: Path) -> None:
    async with live(tmp_path) as (_room, _app, pilot):
        await pilot.press("q")
        await until_text(pilot, "How to join")
        await pilot.press("k")
        assert "[D]" not in await until_text(pilot, "There is no kiosk.")
        await pilot.press("n")
        await until_text(pilot, "waits for a tablet")
        await until_text(pilot, "[D] take the kiosk back")


async def test_groups_say_what_screen_they_are(tmp_path: Path) -> None:
    """And each number stands once."""
    async with live(tmp_path, made=every_plan()) as (room, _app, pilot):
        for badge, name in ROSTER[:4]:
            await room.join(name, badge)
        await room.do(w.OpenActivity(activity="teams"))
        await until_text(pilot, "[G] groups")
        await pilot.press("G")
        screen = await until_text(pilot, "fieldkit  Groups  Find three hazards")
        assert "▸  group 1" in screen and "1  group 1" not in screen


async def test_after_the_last_step_the_end_stands_at_the_bottom_whatever_is_open(tmp_path: Path) -> None:
    """A signature that people still give: in every language of the terminal, at 80 columns."""
    ack = Activity(id="ack", type="acknowledge", text=["I took part"], meaning="participation", sign="worker")
    made = every_plan()
    async with live(tmp_path, made=replace(made, activities=[*made.activities, ack])) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        while room.desk.room_view().segment is None or room.desk.room_view().next_label:
            await room.do(w.NextStep())
        await room.do(w.OpenActivity(activity="ack"))
        await until_text(pilot, "I took part")
        try:
            for lang in TRAINER:
                say.use(lang)
                app.screen.query_one(KeyBar).show_keys()
                await until_text(pilot, "[E]")
                assert "[n]" not in text_of(app)
        finally:
            say.use("en")
