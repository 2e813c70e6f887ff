"""The live screen: each key becomes an intent on the real desk, and the view that comes back is on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from fieldkit.core import intents as w
from fieldkit.core.notices import ALARM
from tests.tui.kinds import every_plan
from tests.tui.room import ROSTER, live, plan, text_of, until, until_text


async def test_what_is_never_revealed_is_closed_without_the_offer(tmp_path: Path) -> None:
    """The key that reveals it would only be refused."""
    made = plan()
    kept = [replace(a, reveal="never") if a.id == "hurt" else a for a in made.activities]
    async with live(tmp_path, made=replace(made, activities=kept)) as (room, _app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="hurt"))
        await until_text(pilot, "OPEN")
        await pilot.press("space")
        assert "[r]" not in await until_text(pilot, "✓ Closed.")


async def test_a_question_from_opening_to_reveal_and_re_vote(tmp_path: Path) -> None:
    """n, space, r, h, v: the steps of one question, each seen on the desk and on the screen."""
    async with live(tmp_path) as (room, _app, pilot):
        phones = [await room.join(name, badge) for badge, name in ROSTER[:4]]
        await pilot.press("n")
        await until_text(pilot, "STEP 1/5 activation  ▸ say: Welcome everybody")
        await pilot.press("n")
        await until_text(pilot, "answered 0 of 4 present")
        assert [x.activity for x in room.desk.room_view().open] == ["warm"]
        await pilot.press("n")
        await until_text(pilot, "Gravity")
        for p, choice in zip(phones, "cca", strict=False):
            await room.answer(p, "hurt", choice)
        screen = await until_text(pilot, "answered 3 of 4 present")
        assert "missing 1" in screen and "· Maria Lopez" in screen
        assert "hidden from the room until you reveal" in screen
        await pilot.press("space")
        await until_text(pilot, "choice  round 1  closed")
        assert not room.desk.session.open_rounds
        await pilot.press("r")
        screen = await until_text(pilot, "shown to the room")
        assert "right 2 of 3" in screen and "2 ✓ right" in screen
        assert room.desk.session.round("hurt").revealed
        await pilot.press("h")
        await until_text(pilot, "choice  round 1  closed")
        assert not room.desk.session.round("hurt").revealed
        await pilot.press("v")
        await until_text(pilot, "choice  round 2  OPEN")
        assert room.desk.session.round("hurt").no == 2


async def test_a_refusal_is_one_sentence_in_the_rules_own_words(tmp_path: Path) -> None:
    """Keys always submit; what the rules answer is shown, and nothing else happens."""
    async with live(tmp_path) as (room, _app, pilot):
        for key, words in (
            ("f", "✕ Nothing is open."),
            ("r", "✕ It has not been run yet."),
            ("g", "✕ The session is not paused."),
            ("p", "✕ Nothing is open."),
        ):
            await pilot.press(key)
            await until_text(pilot, words)
        assert room.desk.session.saved == len(ROSTER)


async def test_open_the_question_of_this_step_again_and_void_it(tmp_path: Path) -> None:
    """o opens what the step is about (the rules may say no); V asks first, and only y says yes."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("n")
        await until_text(pilot, "STEP 1/5")
        await pilot.press("o")
        await until_text(pilot, "Run sheet")  # this step has no question: the sheet offers them all
        await pilot.press("escape")
        await pilot.press("n")
        await until_text(pilot, "poll  round 1  OPEN")
        await pilot.press("o")
        await until_text(pilot, "It is already open.")
        await pilot.press("V")
        await until_text(pilot, "Void this round?")
        await pilot.press("enter")
        assert "Void this round?" in text_of(app), "Enter must not confirm: a scanner sends it"
        await pilot.press("n")
        await until(pilot, lambda: "Void this round?" not in text_of(app))
        assert not room.desk.session.round("warm").void
        await pilot.press("V")
        await until_text(pilot, "Void this round?")
        await pilot.press("y")
        await until_text(pilot, "void: it does not count")
        assert room.desk.session.round("warm").void


async def test_ask_a_question_on_the_spot(tmp_path: Path) -> None:
    """a: the question, its choices, ticks; an empty choice sends it off."""
    async with live(tmp_path) as (room, _app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await pilot.press("a")
        await until_text(pilot, "Ask the room")
        for line in ("Is the press off?", "Yes", "No"):
            await pilot.press(*line, "enter")
        await pilot.press("enter")
        await until_text(pilot, " OPEN  Is the press off?")
        spot = room.desk.session.round("spot-1").activity
        assert [o.text[0] for o in spot.options] == ["Yes", "No"]
        await room.answer(p, "spot-1", "a")
        await until_text(pilot, "answered 1 of 1 present")
        await pilot.press("a")
        await until_text(pilot, "Ask the room")
        await pilot.press(*"Why", "ctrl+s")
        await until_text(pilot, " OPEN  Why ")
        await until_text(pilot, "✓ Open. Closed for it: “Is the press off?”")
        await room.do(w.CloseActivity(activity="spot-2"))
        await pilot.press("z")
        await until_text(pilot, "‖ paused")
        await pilot.press("v")
        screen = await until_text(pilot, "✕ The session is paused. [g] goes on.")
        assert "spot-" not in screen


async def test_hands_and_proxy_for_people_without_a_phone(tmp_path: Path) -> None:
    """c counts hands; p answers for one person after the other."""
    async with live(tmp_path) as (room, _app, pilot):
        await room.do(w.CheckIn(new_p=room.desk.new_p(), badge="E1001"))
        await room.do(w.CheckIn(new_p=room.desk.new_p(), badge="E1002"))
        await room.do(w.OpenActivity(activity="hurt"))
        await until_text(pilot, " OPEN  The breaker is open")
        await pilot.press("p")
        await until_text(pilot, "Answer for somebody: who?")
        await pilot.press("enter")
        await until_text(pilot, "Answer for Ana Ruiz")
        await pilot.press("c")
        await until_text(pilot, "Saved for Ana Ruiz.")
        await until_text(pilot, "has answered")
        await pilot.press("enter")
        await until_text(pilot, "Answer for Bo Tran")
        await pilot.press("down", "enter")
        await until_text(pilot, "Saved for Bo Tran.")
        assert room.desk.room_view().open[0].counts == {"a": 0, "b": 1, "c": 1, "d": 0}
        await pilot.press("escape")
        await until_text(pilot, "answered 2 of 2 present")
        await pilot.press("c")
        await until_text(pilot, "Show of hands")
        await pilot.press("3", "enter", "enter", "١", "٢", "enter", "enter")
        await until_text(pilot, "15 hands, but 2 are checked in.")
        assert not room.desk.room_view().open[0].hands
        await pilot.press("y")
        await until_text(pilot, "show of hands: A 3  C 12")


async def test_another_open_activity_is_one_tab_away(tmp_path: Path) -> None:
    """A discussion stays open beside a vote; keys act on the one that is looked at."""
    async with live(tmp_path) as (room, _app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="talk"))
        await room.do(w.OpenActivity(activity="warm"))
        screen = await until_text(pilot, " OPEN  How sure are you")
        assert "[tab] also open: What would" in screen
        await pilot.press("tab")
        await until_text(pilot, " OPEN  What would you check first?")
        await pilot.press("space")
        await until_text(pilot, "Closed.")
        assert list(room.desk.session.open_rounds) == ["warm"]


async def test_what_was_opened_last_is_looked_at(tmp_path: Path) -> None:
    """Groups that a step opens beside a vote come up by themselves, and the vote is one tab away."""
    async with live(tmp_path, made=every_plan()) as (room, _app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="hurt"))
        await until_text(pilot, " OPEN  The breaker")
        await room.do(w.OpenActivity(activity="teams"))
        screen = await until_text(pilot, " OPEN  Find three hazards")
        assert "[tab] also open: The breaker" in screen and "[G] groups" in screen
        await pilot.press("tab")
        await until_text(pilot, " OPEN  The breaker")


async def test_nobody_answers_an_anonymous_question_for_somebody(tmp_path: Path) -> None:
    """p, P and a show of hands: the reason is said before anything is typed."""
    async with live(tmp_path, made=every_plan()) as (room, app, pilot):
        for badge, name in ROSTER:
            await room.join(name, badge)
        await room.do(w.OpenActivity(activity="quiet"))
        await until_text(pilot, " OPEN  Have you ever")
        for key in ("p", "P"):
            await pilot.press(key)
            await until_text(pilot, "✕ This question is anonymous")
            assert "Answer for somebody" not in text_of(app)
        await pilot.press("Y", "c")
        await until_text(pilot, "✕ This question is anonymous")
        assert "Show of hands" not in text_of(app)


async def test_pause_alarm_go_on_notice_and_roll_call(tmp_path: Path) -> None:
    """z, g, !, y, u."""
    async with live(tmp_path) as (room, _app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("n")
        await until_text(pilot, "STEP 1/5")
        await pilot.press("z")
        await until_text(pilot, "‖ paused")
        await pilot.press("g")
        await until_text(pilot, "Going on.")
        await pilot.press("u")
        await until_text(pilot, "0 of 1 have said: here")
        await pilot.press("y")
        await until_text(pilot, "Tell the room")
        await pilot.press(*"Back at ten", "enter")
        await until_text(pilot, "TOLD THE ROOM Back at ten")
        await pilot.press("exclamation_mark")
        screen = await until_text(pilot, "0 of 2 ticked off")
        assert "Muster list" in screen and "[ ] Ana Ruiz" in screen and "Bo Tran" not in screen
        assert room.desk.session.state == "paused"
        assert room.desk.seat_view(None, "en").notice == ALARM == room.desk.wall_view("en").notice
        await pilot.press("space")
        await until_text(pilot, "1 of 2 ticked off")
        await pilot.press("space")
        await until_text(pilot, "2 of 2 ticked off")
        await pilot.press("g")
        await until_text(pilot, "Everybody is accounted for. All safe: go on?")
        await pilot.press("y")
        await until_text(pilot, "✓ Going on.")
        await until(pilot, lambda: room.noticed == "Muster: 2 of 2 ticked off.")
        assert room.desk.session.state == "running" and not room.desk.wall_view("en").notice


async def test_a_notice_is_taken_down(tmp_path: Path) -> None:
    """Y: what stood on phones and wall is gone; without one there is nothing to take down."""
    async with live(tmp_path) as (room, app, pilot):
        await pilot.press("Y")
        await until_text(pilot, "No notice stands.")
        await room.do(w.Announce(text="Back at ten"))
        await until_text(pilot, "TOLD THE ROOM Back at ten")
        await pilot.press("Y")
        await until_text(pilot, "✓ The notice is taken down.")
        await until(pilot, lambda: "TOLD THE ROOM" not in text_of(app))
        assert room.desk.wall_view("en").notice == ""


async def test_a_step_without_a_question_shows_its_words_and_not_the_last_result(tmp_path: Path) -> None:
    """What to say is in the middle; a question asked meanwhile is there while it is open and when it was closed."""
    async with live(tmp_path) as (room, _app, pilot):
        await room.do(w.OpenActivity(activity="ticket"))
        await room.do(w.CloseActivity(activity="ticket"))
        room.clock.advance(5_000)
        await room.do(w.EnterSegment(segment="start"))
        await pilot.press("n")
        screen = await until_text(pilot, "STEP 1/5 activation  ▸ say: Welcome everybody")
        middle = screen.split("─" * 80)[1]
        assert " SAY " in middle and "Welcome everybody" in middle and "differently tomorrow" not in screen
        await pilot.press("p")
        await until_text(pilot, "✕ Nothing is open.")
        room.clock.advance(5_000)
        await room.do(w.OpenActivity(activity="warm"))
        await until_text(pilot, " OPEN  How sure are you")
        await pilot.press("space")
        await until_text(pilot, " closed  How sure are you")


async def test_the_clock_the_pace_and_the_countdown(tmp_path: Path) -> None:
    """Elapsed of planned, minutes behind or ahead; both by the desk's clock, once a second."""
    async with live(tmp_path) as (room, _app, pilot):
        await pilot.press("n")
        await until_text(pilot, "0:00 of 45:00  on time")
        room.clock.advance(80_000)
        await until_text(pilot, "1:20 of 45:00  0:20 behind")


async def test_trouble_with_the_disk_is_said_and_stays(tmp_path: Path) -> None:
    """While the laptop cannot save, the header says so instead of a number."""
    from fieldkit.errors import FieldkitError

    async with live(tmp_path) as (room, _app, pilot):
        room.desk.failing = FieldkitError("The disk is full.", "Free 200 MB and it goes on by itself.")
        await until_text(pilot, "NOT SAVED")
        await until_text(pilot, "The disk is full. Free 200 MB and it goes on by itself.")
        room.desk.failing = None
        await until_text(pilot, "SAVED 5")


async def test_end_asks_first_then_shows_what_was_recorded(tmp_path: Path) -> None:
    """E, y: the summary; x exports, y carries, Escape is done."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.join("Somebody Else")
        await pilot.press("E")
        await until_text(pilot, "End the session for everybody?")
        await pilot.press("y")
        screen = await until_text(pilot, "The session has ended")
        assert "1 of 5 expected, and 1 more" in screen
        assert room.desk.session.state == "ended"
        await pilot.press("x")
        await until_text(pilot, "It names 1 person: Ana Ruiz")
        await pilot.press("enter")
        await until_text(pilot, "✓ Written:")
        await pilot.press("escape")
        await pilot.press("y")
        await until_text(pilot, "3.0 GB free")
        await pilot.press("enter")
        await until_text(pilot, "✓ 1 session is carried to /media/sam/STICK.")
        assert app.tools.asked == ["export attendance csv", "carry /media/sam/STICK"]  # type: ignore[attr-defined]
        await pilot.press("escape")
        await until_text(pilot, "The session has ended")
        await pilot.press("escape")
    assert app.return_value == "ended"


async def test_a_closed_session_can_be_opened_again(tmp_path: Path) -> None:
    """o on the summary, confirmed: the live screen is back."""
    async with live(tmp_path) as (room, _app, pilot):
        await room.do(w.End())
        await until_text(pilot, "The session has ended")
        await pilot.press("o")
        await until_text(pilot, "Open the session again?")
        await pilot.press("y")
        await until_text(pilot, "JOIN")
        assert room.desk.session.state != "ended"


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_leaving_pauses_the_session_after_a_question(tmp_path: Path, key: str) -> None:
    """Quitting is a pause that can be resumed, and never an accident."""
    async with live(tmp_path) as (room, app, pilot):
        await pilot.press("n")
        await until_text(pilot, "STEP 1/5")
        await pilot.press(key)
        await until_text(pilot, "Leave now?")
        await pilot.press("escape")
        await until(pilot, lambda: "Leave now?" not in text_of(app))
        assert room.desk.session.state == "running"
        await pilot.press(key)
        await until_text(pilot, "Leave now?")
        await pilot.press("y")
        await until(pilot, lambda: room.desk.session.state == "paused")
    assert app.return_value == "left"


async def test_who_waits_at_the_door_and_the_tempo_are_in_the_line_of_counts(tmp_path: Path) -> None:
    """i lets in everybody who waits; taps show while anybody has tapped in this segment."""
    async with live(tmp_path) as (room, app, pilot):
        pulse = room.desk.pulse
        people = [await room.join(name, badge) for badge, name in ROSTER]
        assert "ROOM" not in text_of(app) and "TEMPO –" in text_of(app)
        for name in ("Bo", "Cy"):
            pulse.knocked(name)
        room.desk.pulse_changed()
        await until_text(pilot, " HANDS 0     QUESTIONS 0 new     TEMPO –     ROOM 2 wait at the door")
        saved = room.desk.session.saved
        await pilot.press("i")
        await until_text(pilot, "✓ 2 may come in now.")
        assert (pulse.admitted, pulse.lobby, room.desk.session.saved) == (2, 0, saved)
        await until(pilot, lambda: "ROOM" not in text_of(app))
        await pilot.press("i")
        await until_text(pilot, "✕ Nobody is waiting.")
        for p, v in zip(people, ("lost", "ok", "ok", "faster", "lost"), strict=True):
            pulse.tap(p, v)
        pulse.tap(people[0], "ok")
        room.desk.pulse_changed()
        await until_text(pilot, "QUESTIONS 0 new     TEMPO 1 lost, 3 ok, 1 faster")
        await room.do(w.RaiseHand(up=True), people[0])
        pulse.knocked("Di")
        await until_text(pilot, " HANDS 1 Ana Ruiz  Q 0  TEMPO 1 lost, 3 ok, 1 faster  ROOM 1 waits at the door")
        await pilot.press("n")
        await until(pilot, lambda: "TEMPO 1 lost" not in text_of(app))
