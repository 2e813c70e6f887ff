"""What the live screen does for a trainer who glances: the next thing on one key, quiet nudges, the alarm from
anywhere, cue cards, why somebody is missing, a disk that lags, more on a larger terminal."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from fieldkit.core import intents as w
from fieldkit.core.views import Nudge, PersonLine
from fieldkit.tui.panels.big import HIGH, big_number
from fieldkit.tui.panels.foot import nudge_words
from fieldkit.tui.panels.head import title_line
from fieldkit.tui.panels.who import who_lines
from fieldkit.tui.screens.base import Said
from tests.tui.room import ROSTER, live, text_of, until, until_text

MIN = 60_000


async def test_one_key_closes_reveals_and_goes_on_a_press_each(tmp_path: Path) -> None:
    """Space does what the bottom line says first, and says it: begin, next, close, reveal, next."""
    async with live(tmp_path) as (room, _app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await until_text(pilot, "[space] begin")
        await pilot.press("space")
        await until_text(pilot, "STEP 1/5")
        await until_text(pilot, "[space] next")
        await room.do(w.OpenActivity(activity="hurt"))
        await until_text(pilot, "[space] close")
        await room.answer(p, "hurt", "c")
        await asyncio.sleep(0.45)
        await pilot.press("space")
        await until_text(pilot, "[space] reveal")
        one = room.desk.session.round("hurt")
        assert one is not None and not one.is_open and not one.revealed, "closing never reveals"
        await asyncio.sleep(0.45)
        await pilot.press("space")
        await until_text(pilot, "[space] next")
        assert one.revealed


async def test_what_was_closed_last_is_revealed_though_something_else_stays_open(tmp_path: Path) -> None:
    """A discussion beside it: the question is closed and revealed first; tab brings the others."""
    async with live(tmp_path) as (room, _app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await pilot.press("space")
        await until_text(pilot, "STEP 1/5")
        await room.do(w.OpenActivity(activity="talk"))
        await room.do(w.OpenActivity(activity="hurt"))
        await room.answer(p, "hurt", "c")
        await until_text(pilot, "[space] close")
        room.clock.advance(1000)
        await pilot.press("f")
        screen = await until_text(pilot, "[space] reveal")
        assert "What can still hurt" in screen
        await pilot.press("r")
        screen = await until_text(pilot, "[space] next")
        one = room.desk.session.round("hurt")
        assert one is not None and one.revealed and "talk" in room.desk.session.open_rounds
        assert "What can still hurt" in screen
        await pilot.press("tab")
        await until_text(pilot, "[space] close")
        assert "What would you check first?" in text_of(pilot.app)


async def test_a_second_press_at_once_is_a_slip(tmp_path: Path) -> None:
    """A key held down or pressed twice closes and does not reveal."""
    async with live(tmp_path) as (room, _app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="hurt"))
        await room.answer(p, "hurt", "c")
        await until_text(pilot, "[space] close")
        for _again in range(6):
            await pilot.press("space")
            await asyncio.sleep(0.08)
        await until_text(pilot, "[space] reveal")
        one = room.desk.session.round("hurt")
        assert one is not None and not one.is_open and not one.revealed


async def test_after_the_last_step_the_key_asks_before_it_ends(tmp_path: Path) -> None:
    """And in a pause it goes on."""
    async with live(tmp_path) as (room, _app, pilot):
        await room.do(w.NextStep())
        await room.do(w.Pause(why="break"))
        await until_text(pilot, "[space] go on")
        await pilot.press("space")
        await until(pilot, lambda: room.desk.session.state == "running")
        for _step in range(4):
            await room.do(w.NextStep())
        for line in room.desk.room_view().open:
            await room.do(w.CloseActivity(activity=line.activity))
        await until_text(pilot, "[space] end the session")
        await asyncio.sleep(0.45)
        await pilot.press("space")
        await until_text(pilot, "End the session for everybody?")
        await pilot.press("space", "enter")
        await pilot.pause(0.1)
        assert room.desk.session.state == "running"


async def test_a_nudge_is_one_quiet_line_that_goes_with_its_reason(tmp_path: Path) -> None:
    """It takes no focus and no place of an answer that was just given."""
    async with live(tmp_path) as (room, app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.NextStep())
        await room.do(w.RaiseHand(up=True), p)
        room.clock.advance(3 * MIN)
        await until_text(pilot, "· Ana Ruiz has had a hand up for 3 minutes.")
        assert app.focused is None and len(app.screen_stack) == 1
        await pilot.press("g")
        await until_text(pilot, "✕ The session is not paused.")
        room.desk.pulse_changed()
        await pilot.pause(0.2)
        assert "has had a hand up" not in text_of(app), "an answer stays long enough to be read"
        await room.do(w.LowerHand(who=p))
        room.clock.advance(12 * MIN)
        await until(pilot, lambda: bool(app.view.nudges) and app.view.nudges[0].kind == "over")


async def test_an_old_answer_gives_way_to_a_nudge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one of something that was done."""
    monkeypatch.setattr(Said, "STAYS_S", 0.3)
    async with live(tmp_path) as (room, app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await pilot.press("n")
        await until_text(pilot, "✓ Next step.")
        await room.do(w.RaiseHand(up=True), p)
        room.clock.advance(2 * MIN)
        await until_text(pilot, "Ana Ruiz has had a hand up for 2 minutes.")
        await room.do(w.LowerHand(who=p))
        await until(pilot, lambda: "has had a hand up" not in text_of(app))


def test_every_nudge_has_words() -> None:
    """With its number and a few names."""
    names = ["Ana", "Bo", "Li", "Olu"]
    assert nudge_words(Nudge("over", 5)) == "This segment is 5 minutes over."
    assert nudge_words(Nudge("quiet", 11)) == "11 minutes since anybody acted."
    assert nudge_words(Nudge("silent", 2, names[:2])) == "2 people have not answered for two questions: Ana, Bo"
    assert nudge_words(Nudge("silent", 4, names)) == "4 people have not answered for two questions: Ana, Bo, Li …"
    assert nudge_words(Nudge("hand", 2, ["Ana"])) == "Ana has had a hand up for 2 minutes."


async def test_the_alarm_comes_from_every_screen_and_dialog(tmp_path: Path) -> None:
    """The clock stops and the muster list is on top, whatever was; in the midst of a text `!` is a sign, ^g is not."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.NextStep())
        for presses in (("w",), ("s",), ("t",), ("k",), ("E",), ("question_mark",), ("q",), ("T", "question_mark")):
            await pilot.press(*presses)
            await until(pilot, lambda n=len(presses): len(app.screen_stack) == 1 + n)  # type: ignore[misc]
            await pilot.press("exclamation_mark")
            await until_text(pilot, "NOT ACCOUNTED FOR")
            await until(pilot, lambda: room.desk.session.state == "paused", f"{presses}")
            await pilot.press("g")
            await until_text(pilot, "[y] yes")
            await pilot.press("y")
            await until(pilot, lambda: room.desk.session.state == "running")
            while len(app.screen_stack) > 1:
                app.pop_screen()
            await pilot.pause()
        await pilot.press("y")
        assert "[^g] alarm" in await until_text(pilot, "Tell the room")
        await pilot.press("H", "i", "exclamation_mark")
        await pilot.pause(0.1)
        assert room.desk.session.state == "running"
        await pilot.press("ctrl+g")
        await until_text(pilot, "NOT ACCOUNTED FOR")
        await until(pilot, lambda: room.desk.session.state == "paused")


async def test_the_alarm_again_brings_its_list_back_with_its_ticks(tmp_path: Path) -> None:
    """There is one list, however often the key is pressed; the number of who is missing is large."""
    async with live(tmp_path) as (room, app, pilot):
        for badge, name in ROSTER[:3]:
            await room.join(name, badge)
        await room.do(w.NextStep())
        await pilot.press("exclamation_mark")
        await until_text(pilot, "NOT ACCOUNTED FOR")
        await until_text(pilot, big_number(4, "")[0].plain)
        await pilot.press("space")
        screen = await until_text(pilot, "1 of 4 ticked off")
        missing = screen.split("NOT ACCOUNTED FOR")[1].split("[ ]")[0]
        assert "Bo Tran · Li Wei" in missing and "Ana Ruiz" not in missing
        await pilot.press("question_mark")
        await until_text(pilot, "All keys here")
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: len(app.screen_stack) == 2)
        assert "1 of 4 ticked off" in text_of(app)


async def test_a_false_alarm_leaves_a_note_too(tmp_path: Path) -> None:
    """Nobody was ticked off: the record says so."""
    async with live(tmp_path) as (room, _app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.NextStep())
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: room.desk.session.state == "paused")
        await until_text(pilot, "NOT ACCOUNTED FOR")
        await pilot.press("g")
        await until_text(pilot, "[y] yes")
        await pilot.press("y")
        wanted = "Muster: 0 of 2 ticked off. Not ticked off: Sam Ortiz, Ana Ruiz"
        await until(pilot, lambda: room.noticed == wanted)


def test_big_digits_are_told_apart() -> None:
    """Every digit is five lines high, as wide as the others, and like no other."""
    drawn = {tuple(x.plain for x in big_number(n, "")) for n in range(10)}
    assert len(drawn) == 10 and {len(x) for x in drawn} == {HIGH}


async def test_cue_cards_are_turned_without_moving_the_room(tmp_path: Path) -> None:
    """n moves the room, and the card goes with it; h comes back to the step that is on."""
    async with live(tmp_path) as (room, _app, pilot):
        await room.do(w.NextStep())
        await until_text(pilot, "STEP 1/5")
        await pilot.press("K")
        screen = await until_text(pilot, "1 of 5")
        assert "Welcome everybody" in screen and "▸ NOW" in screen and "Ask who has seen the ram drift." in screen
        saved = room.desk.session.saved
        await pilot.press("right", "right")
        screen = await until_text(pilot, "3 of 5")
        assert "The breaker is open and locked." in screen and "▸ NOW" not in screen
        await pilot.press("left")
        await until_text(pilot, "2 of 5")
        assert room.desk.session.saved == saved
        await pilot.press("h")
        await until_text(pilot, "1 of 5")
        await pilot.press("n")
        await until_text(pilot, "2 of 5")
        assert [x.activity for x in room.desk.room_view().open] == ["warm"]


async def test_why_somebody_is_missing_stands_beside_the_name(tmp_path: Path) -> None:
    """Away, no phone, never came; a long name gives way to its reason."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001", live=False)
        await room.do(w.CheckIn(new_p="", badge="E1004"))
        await room.do(w.OpenActivity(activity="hurt"))
        screen = await until_text(pilot, "missing 2")
        assert (
            "Ana Ruiz (away)" in screen
            and "(no phone)" in screen
            and "never came 3" in screen
            and "· Bo Tran" in screen
        )
        assert "away 1" in screen and "no phone 1" in screen, "and how many, beside the phones"
        line = app.view.open[0]
        long = [replace(x, name="Maria de la Concepción Hernández Lopez") for x in line.missing]
        for width in (20, 27, 36):
            shown = [x.plain for x in who_lines(app.view, replace(line, missing=long), width, 12)]
            assert all(len(x) <= width for x in shown)
            assert any(x.rstrip().endswith("(away)") for x in shown)


async def test_namesakes_have_their_badge_beside_them(tmp_path: Path) -> None:
    """Two of one name are still to come, or missing: which of them is meant?"""
    async with live(tmp_path) as (room, app, _pilot):
        await room.join("Ana Ruiz", "E1001")
        view = room.desk.room_view()
        first = next(p for p in view.people if p.status == "expected")
        twin = replace(first, p="p-twin", badge="E9999")
        both = replace(view, people=[*view.people, twin])
        said = [x.plain.strip() for x in who_lines(both, None, 27, 20)]
        assert {f"· {first.name} {one}" for one in (first.badge, "E9999")} <= {*said}
        assert not any(
            "E" in x.removeprefix("· ") and x.endswith(first.badge)
            for x in (y.plain for y in who_lines(view, None, 27, 20))
        ), "alone of the name it needs none"
        await room.do(w.OpenActivity(activity="hurt"))
        line = room.desk.room_view().open[0]
        open_ = "\n".join(x.plain for x in who_lines(replace(both, open=[line]), line, 27, 20))
        assert f"{first.name} E9999" in open_
        missing = replace(line, missing=[first, replace(twin, name=first.name.upper())], missing_n=2)
        for width in (20, 27, 60):
            shown = [x.plain for x in who_lines(both, missing, width, 20)]
            assert any("E9999" in x for x in shown) and all(len(x) <= width for x in shown)
        assert app.is_running


async def test_of_a_confidential_question_only_numbers_say_who_cannot_answer(tmp_path: Path) -> None:
    """Names of who is missing would tell who said what."""
    async with live(tmp_path) as (room, app, _pilot):
        await room.join("Ana Ruiz", "E1001", live=False)
        await room.do(w.OpenActivity(activity="hurt"))
        view = room.desk.room_view()
        line = replace(view.open[0], mode="confidential", missing=[])
        shown = "\n".join(x.plain for x in who_lines(view, line, 40, 20))
        assert "away 1" in shown and "Ana Ruiz" not in shown and "never came 4" in shown and "· Bo Tran" in shown
        assert app.is_running and isinstance(view.people[0], PersonLine)


async def test_a_disk_that_lags_is_said_in_a_word(tmp_path: Path) -> None:
    """Beside the number of the record that is saved; a fast one says nothing."""
    async with live(tmp_path) as (_room, app, _pilot):
        assert "slow" not in title_line(replace(app.view, lag_ms=400), 80).plain
        slow = title_line(replace(app.view, lag_ms=4200), 100)
        assert f"SAVED {app.view.saved}, disk slow 4 s" in slow.plain
        assert any("$refused" in str(x.style) for x in slow.spans)


async def test_the_desk_says_how_long_a_commit_takes(tmp_path: Path) -> None:
    """While it is under way; nothing once it is done."""
    async with live(tmp_path) as (room, _app, _pilot):
        append, seen = room.desk.store.append, []

        async def slow(*args: object, **more: object) -> object:
            room.clock.advance(3000)
            seen.append(room.desk.room_view().lag_ms)
            return await append(*args, **more)  # type: ignore[arg-type]

        room.desk.store.append = slow  # type: ignore[method-assign,assignment]
        await room.do(w.NextStep())
        assert seen == [3000] and room.desk.room_view().lag_ms == 0


@pytest.mark.parametrize(("size", "sheet", "notes"), [((80, 24), False, 2), ((120, 36), True, 5), ((160, 50), True, 5)])
async def test_a_larger_terminal_shows_more_and_keeps_its_keys(
    tmp_path: Path, size: tuple[int, int], sheet: bool, notes: int
) -> None:
    """Always: how to join, the step, hands, questions and tempo, the next key; with room the sheet and more notes."""
    async with live(tmp_path, size=size) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="hurt"))
        screen = await until_text(pilot, "answered 0 of 1 present")
        rows = screen.splitlines()
        for words in ("10.42.0.1", "K7M4", "HANDS 0", "QUESTIONS 0 new", "TEMPO –", "[space] close", "[?] all keys"):
            assert words in screen
        assert ("Take it to the floor" in screen) is sheet
        assert len(rows) <= size[1] and "[?] all keys" in rows[-1]
        first = next(k for k, x in enumerate(rows) if "NOTES" in x)
        coming = next(k for k, x in enumerate(rows) if x.startswith(" NEXT"))
        assert coming - first >= notes
        assert app.is_running
