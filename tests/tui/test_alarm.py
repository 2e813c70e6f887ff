"""The alarm on the trainer's terminal: it comes up whoever raised it, stays on every screen, ends only on a yes."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core import intents as w
from fieldkit.tui.app import LiveApp
from fieldkit.tui.screens.live import LiveScreen
from fieldkit.tui.screens.lock import LockScreen
from fieldkit.tui.screens.muster import MusterScreen
from tests.tui.room import FakeTools, live, open_room, text_of, until, until_text


async def test_raised_elsewhere_the_list_comes_up_and_its_bar_stays_on_every_screen(tmp_path: Path) -> None:
    """Esc leaves the list and not the alarm; space, g and E on the live screen are the way back to it."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("w")
        await until_text(pilot, "Who is here")
        await room.do(w.Pause(why="alarm"))
        screen = await until_text(pilot, "0 of 2 ticked off")
        assert "name" in screen and "badge" in screen and "crew or role" in screen
        assert "▸ [ ] Ana Ruiz" in screen and "trainer" in screen
        await pilot.press("escape")
        await until_text(pilot, "Who is here")
        assert text_of(app).startswith(" !! ALARM 0:0") and "2 not accounted for" in text_of(app)
        for press in ("space", "g", "E"):
            while not isinstance(app.screen, LiveScreen):
                await pilot.press("escape")
            screen = await until_text(pilot, "2 not accounted for")
            assert "‖ paused" not in screen and "[space] muster list" in screen
            await pilot.press(press)
            await until_text(pilot, "NOT ACCOUNTED FOR")
        for press in ("s", "t", "k", "T", "d", "q"):
            while not isinstance(app.screen, LiveScreen):
                await pilot.press("escape")
            await pilot.press(press)
            await until(pilot, lambda: len(app.screen_stack) == 2)
            await until(pilot, lambda: text_of(app).startswith(" !! ALARM"), press)
        assert room.desk.session.state == "paused"


async def test_a_no_keeps_the_alarm_and_its_list_and_is_noted(tmp_path: Path) -> None:
    """So is Escape; a yes ends it, with everybody named who is missing."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("exclamation_mark")
        await until_text(pilot, "0 of 2 ticked off")
        for press in ("n", "escape"):
            await until(pilot, lambda: room.desk.session.alarm_m is not None)
            await pilot.press("g")
            screen = " ".join((await until_text(pilot, "[y] yes")).split())
            assert "2 people are not ticked off: Ana Ruiz, Sam Ortiz. All" in screen  # the rest is on the next line
            before = room.desk.session.saved
            await pilot.press(press)
            await until(pilot, lambda n=before: room.desk.session.saved == n + 1)  # type: ignore[misc]
            assert room.noticed == "Muster: 0 of 2 ticked off. Not ticked off: Sam Ortiz, Ana Ruiz"
            assert room.desk.session.state == "paused" and isinstance(app.screen, MusterScreen)
        await pilot.press("g")
        await until_text(pilot, "[y] yes")
        await pilot.press("y")
        await until_text(pilot, "✓ Going on.")
        await until(pilot, lambda: "!! ALARM" not in text_of(app) and isinstance(app.screen, LiveScreen))
        assert room.desk.session.state == "running" and "Ana Ruiz" in room.noticed


async def test_one_list_for_every_console_and_its_end_elsewhere_takes_it_away(tmp_path: Path) -> None:
    """Somebody else's tick is seen here; a screen that is started again has the alarm and the ticks."""
    async with open_room(tmp_path) as room:
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.Pause(why="alarm"))
        assert room.desk.tick(p) and not room.desk.tick("nobody")
        for _ in range(2):
            app = LiveApp(room.desk, FakeTools(tmp_path), "")
            async with app.run_test(size=(80, 24)) as pilot:
                assert "[x] Ana Ruiz" in await until_text(pilot, "1 of 2 ticked off")
        app = LiveApp(room.desk, FakeTools(tmp_path), "", lock="1234")
        async with app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "1 of 2 ticked off")
            await pilot.press("space")
            await until(pilot, lambda: room.desk.pulse.mustered == {p, "trainer"})
            await room.do(w.Resume(safe=True))
            await until(pilot, lambda: isinstance(app.screen, LockScreen))
            assert not room.desk.pulse.mustered and room.noticed == "Muster: 2 of 2 ticked off."


async def test_the_sign_of_the_alarm_works_in_a_field_that_is_empty(tmp_path: Path) -> None:
    """The badge field, and a dialog's; their foot names the key that works in the midst of a text too."""
    async with live(tmp_path) as (room, app, pilot):
        await pilot.press("b", "exclamation_mark")
        await until_text(pilot, "NOT ACCOUNTED FOR")
        await room.do(w.Resume(safe=True))
        await until(pilot, lambda: isinstance(app.screen, LiveScreen))
        assert "[^g] alarm" in text_of(app)
        await pilot.press("4", "exclamation_mark", "1")
        await pilot.pause(0.1)
        assert room.desk.session.state == "running"
        await pilot.press("escape", "y")
        assert "[^g] alarm" in await until_text(pilot, "Tell the room")
        await pilot.press("exclamation_mark")
        await until_text(pilot, "NOT ACCOUNTED FOR")


async def test_colours_and_words_of_the_bar(tmp_path: Path) -> None:
    """Reversed over its whole width, so that it is a bar without colours too."""
    async with live(tmp_path) as (room, app, pilot):
        await room.do(w.Pause(why="alarm"))
        await until_text(pilot, "!! ALARM")
        strip = app.screen._compositor.render_strips()[0]
        assert strip.text.rstrip().endswith("!!") and len(strip.text) == 80
        assert all(x.style is not None and x.style.reverse for x in strip)
