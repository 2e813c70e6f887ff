"""What a trainer sees at a glance is all of it: choices, hands, counters, who is missing; and the keys that are named
work where they are named."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from fieldkit.core import intents as w
from fieldkit.core.views import Tempo
from fieldkit.tui import say
from fieldkit.tui.panels.foot import News, room_line
from fieldkit.tui.panels.head import join_line, title_line
from fieldkit.tui.panels.question import question_lines
from fieldkit.tui.panels.who import who_lines
from tests.tui.room import FakeTools, live, text_of, until, until_text


async def test_the_run_sheet_reveals_and_asks_again_what_was_closed_for_another_question(tmp_path: Path) -> None:
    """Enter says which keys do it there; they act on the step under the cursor, not on what is open."""
    async with live(tmp_path) as (room, _app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="hurt"))
        await room.answer(p, "hurt", "c")
        await room.do(w.Ask(text="Ready?", options=("Yes", "No")))
        assert not room.desk.session.round("hurt").is_open
        await pilot.press("o")
        await pilot.press("s")
        await until_text(pilot, "Take it to the floor")
        await pilot.press("home", "r")
        await until_text(pilot, "This step asks nothing.")
        await pilot.press("down", "down", "down", "enter")
        screen = await until_text(pilot, "It has been run. [r] reveals it, [v] opens another round.")
        assert "[r] reveal   [v] re-vote" in screen
        await pilot.press("r")
        await until(pilot, lambda: room.desk.session.round("hurt").revealed)
        await pilot.press("v")
        await until(pilot, lambda: room.desk.session.round("hurt").no == 2)


async def test_a_show_of_hands_stands_with_the_bars(tmp_path: Path) -> None:
    """On the live screen and in the results, at 80×24, by letter; it is never the line that is cut."""
    async with live(tmp_path) as (room, app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="hurt"))
        await room.answer(p, "hurt", "c")
        await room.do(w.CountHands(activity="hurt", counts={"b": 2, "a": 3}, ids=True))
        await until_text(pilot, "show of hands: A 3  B 2")
        line = app.view.open[0]
        for height in (7, 8, 10, 14):
            drawn = [x.plain for x in question_lines(line, 53, height)][:height]
            assert any("A 3  B 2" in x for x in drawn), height
            assert any("D ◆" in x for x in drawn), height
        await pilot.press("t")
        await until_text(pilot, "1 round")
        await until_text(pilot, "show of hands: A 3  B 2")


async def test_a_narrow_window_shows_every_choice(tmp_path: Path) -> None:
    """60×20: open with the names beside it; closed over the whole width, with how many have answered below."""
    async with live(tmp_path, size=(60, 20)) as (room, app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.NextStep())
        await room.do(w.OpenActivity(activity="hurt"))
        await room.answer(p, "hurt", "c")
        await until_text(pilot, "answered 1 of 1")
        assert all(x in text_of(app) for x in ("A ●", "B ■", "C ▲", "D ◆"))
        await room.do(w.CloseActivity(activity="hurt"))
        await until_text(pilot, "answered 1 of 1 present    right 1 of 1")
        screen = text_of(app)
        assert all(x in screen for x in ("A ●", "B ■ Air in the cylinder", "C ▲", "D ◆ A second feed"))


async def test_missing_counts_the_names_below_it(tmp_path: Path) -> None:
    """Who never came is counted apart, also where there is no room for a name."""
    async with live(tmp_path) as (room, app, pilot):
        for badge, name in (("E1001", "Ana Ruiz"), ("E1002", "Bo Tran")):
            await room.join(name, badge)
        await room.do(w.OpenActivity(activity="hurt"))
        await until_text(pilot, "never came 3")
        line = app.view.open[0]
        for height in range(5, 14):
            drawn = [x.plain.strip() for x in who_lines(app.view, line, 27, height)]
            assert len(drawn) <= height
            at, never = drawn.index("missing 2"), drawn.index("never came 3")
            named = [x for x in drawn[at + 1 : never] if x.startswith("·")]
            left = [int(x.split()[1]) for x in drawn[at + 1 : never] if x.startswith("and ")]
            assert len(named) + sum(left) == 2, height


async def test_a_badge_that_is_on_no_list_is_said_until_it_was_looked_at(tmp_path: Path) -> None:
    """Typed on a phone; who was taken at the desk is known already. Without a list none is missing there."""
    async with live(tmp_path) as (room, app, pilot):
        await room.do(w.CheckIn(new_p=room.desk.new_p(), badge="Z9", name="Zed Zee"))
        await room.join("Ana Ruiz", "E1001")
        await until_text(pilot, "phones 1")
        assert "not on the list" not in text_of(app)
        await room.join("Pat", "4999")
        await until_text(pilot, "ROOM 1 badge is not on the list [w]")
        await pilot.press("w")
        await until_text(pilot, "4999")
        await pilot.press("escape")
        await until(pilot, lambda: "JOIN" in text_of(app) and "not on the list" not in text_of(app))
        assert not room_line(replace(app.view, expected=0), News(), 80).plain.count("ROOM")


async def test_hands_questions_and_tempo_are_always_there(tmp_path: Path) -> None:
    """In every language of the terminal, at 80 columns, with somebody at the door."""
    async with live(tmp_path) as (_room, app, _pilot):
        view = replace(app.view, hands=["Ana Ruiz"], lobby=12, tempo=Tempo(lost=17, ok=12))
        try:
            for lang, hands in (("en", "HANDS 1"), ("es", "MANOS 1"), ("fr", "MAINS 1"), ("de", "HÄNDE 1")):
                say.use(lang)
                line = room_line(view, News(), 80).plain.rstrip()
                assert hands in line and "Q 0" in line and "12 " in line and "17 " in line, line
                assert len(line) < 80 and "…" not in line, line
        finally:
            say.use("en")


async def test_what_is_known_of_an_arrival_stands_under_the_list_of_people(tmp_path: Path) -> None:
    """How it is known and when they came and went, of whom the cursor is on; nothing of it while names are away."""
    async with live(tmp_path) as (room, app, pilot):
        room.clock.advance(65_000)
        await room.do(w.CheckIn(new_p=room.desk.new_p(), badge="E1001"))
        await pilot.press("w")
        await until_text(pilot, "here from minute 1:05   known by: trainer's word, badge shown")
        room.clock.advance(60_000)
        await room.do(w.CheckIn(new_p="", badge="E1001", out=True))
        await room.do(w.CheckIn(new_p="", badge="E1001"))
        await until_text(pilot, "here 1:05–2:05, from 2:05   known by: trainer's word, badge shown")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "badge shown" not in text_of(app))


async def test_a_clock_that_was_set_is_said_for_a_while(tmp_path: Path) -> None:
    """With the record that notices it; the minutes of the session are the same."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.NextStep())
        room.clock.jump_wall(3_600_000)
        await room.do(w.AddNote(text="something"))
        await until_text(pilot, "The laptop's clock jumped by +1:00:00; durations are not touched.")
        assert text_of(app).splitlines()[0].count("0:00 of 45:00")
        room.clock.advance(4 * 60_000)
        room.desk.pulse_changed()
        await until(pilot, lambda: "clock jumped" not in text_of(app))


async def test_the_palette_knows_other_words(tmp_path: Path) -> None:
    """What people call it, when that is not what it is called here."""
    async with live(tmp_path) as (_room, _app, pilot):
        for typed, found in (("stick", "export tables"), ("beamer", "QR and addresses"), ("muster", "alarm")):
            await pilot.press("ctrl+p")
            await pilot.pause(0.2)
            await pilot.press(*typed)
            await until_text(pilot, found + "  [")
            await pilot.press("escape")
            await until_text(pilot, "JOIN")


async def test_the_counters_are_explained_and_named_in_full_where_there_is_room(tmp_path: Path) -> None:
    """In the help of the live screen; wide terminals say what is saved and what is fresh."""
    async with live(tmp_path, size=(80, 24)) as (room, app, pilot):
        invite = FakeTools(tmp_path).invite()
        assert "SAVED 5 records" in title_line(app.view, 120).plain
        assert "fresh code 417" in join_line(app.view, invite, 120).plain
        assert "fresh 417" in join_line(app.view, invite, 70).plain
        await pilot.press("question_mark")
        await until_text(pilot, "All keys here")
        await pilot.press("end")
        screen = await until_text(pilot, "What the lines say")
        for words in ("SAVED 405", "fresh 417", "HANDS 1", "QUESTIONS 3 new", "TEMPO", "ROOM"):
            assert words in screen, words
        assert room.desk.session.saved == 5


async def test_the_way_in_breaks_no_word_in_a_narrow_window(tmp_path: Path) -> None:
    async with live(tmp_path, size=(60, 20)) as (_room, app, pilot):
        await pilot.press("q")
        await until_text(pilot, "Room code")
        words = " ".join(line[29:].strip() for line in text_of(app).splitlines())
        assert "type this address" in words and "changes every 30 s" in words, words
