"""Every screen of the terminal in one language, as text: what a trainer goes through before, in and after a session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from textual.app import App
from textual.pilot import Pilot

from fieldkit.core import intents as w
from fieldkit.tui import say
from fieldkit.tui.say import language
from tests.tui.afterkit import after, held, training
from tests.tui.homekit import carried, enrolled, held_session, home, receipted, station_in
from tests.tui.room import ROSTER, live, text_of
from tests.tui.test_home_roster import crew

Seen = tuple[str, str]
"""What was pressed, and the screen's text then."""

LIVE = (
    "", "w", "w S", "w a", "w j", "w plus", "w m", "s", "d", "t", "t enter", "t w", "k", "k a", "q", "q w", "q k", "J", "H",
    "Q", "C", "C r", "l", "G", "p", "p enter", "p enter slash", "P", "a", "x", "E", "V", "c", "K", "T", "L", "y", "b", "B",
    "ctrl+l", "question_mark", "ctrl+q", "u", "z", "exclamation_mark",
)  # fmt: skip
AFTER = ("", "enter", "g", "x", "x f", "y", "v", "w", "w o", "t", "question_mark")
HOME = (
    "", "t", "t ctrl+e", "t ctrl+l", "t ctrl+r", "t ctrl+r enter", "t ctrl+r enter m", "n", "s", "p", "c", "i", "y", "W",
    "question_mark",
)  # fmt: skip


async def settled(pilot: Pilot[object]) -> str:
    """The screen once it has stood still for a moment."""
    before = ""
    for _ in range(100):
        await pilot.pause(0.05)
        now = text_of(pilot.app)
        if now == before:
            break
        before = now
    return before


async def walk(app: App[object], pilot: Pilot[object], keys: tuple[str, ...]) -> AsyncIterator[Seen]:
    depth = len(app.screen_stack)
    for typed in keys:
        for one in typed.split():
            await pilot.press(one)
            await settled(pilot)
        yield typed, await settled(pilot)
        for _ in range(8):
            if len(app.screen_stack) <= depth:
                break
            await pilot.press("escape")
            await settled(pilot)
        assert len(app.screen_stack) <= depth, text_of(app)


async def in_session(folder: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Seen]:
    """A question is open; people are in by phone, by badge and away, marked by hand; a hand, a question, a message."""
    async with live(folder, size=size) as (room, app, pilot):
        phones = [await room.join(name, badge, live=badge != "E1004") for badge, name in ROSTER[:4]]
        await room.do(w.CheckIn(new_p=room.desk.new_p(), badge="Z9", name="Zed Zee"))
        await room.do(w.Mark(who="E1001", status="left_early"))
        await room.do(w.OpenActivity(activity="talk"))
        await room.do(w.PutSay(text="Check the air", activity="talk"), phones[1])
        await room.do(w.PutSay(text="Who signs?"), phones[2])
        await room.do(w.OpenActivity(activity="hurt"))
        await room.answer(phones[0], "hurt", "c")
        await room.answer(phones[1], "hurt", "b")
        await room.do(w.RaiseHand(up=True), phones[0])
        room.desk.pulse.knocked("somebody")
        room.desk.pulse.tap(phones[1], "lost")
        room.desk.pulse_changed()
        async for seen in walk(app, pilot, LIVE):
            yield seen


async def after_it(folder: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Seen]:
    async with after(folder, training(), expected=ROSTER) as x:
        await held(x)
        async with x.app.run_test(size=size) as pilot:
            async for seen in walk(x.app, pilot, AFTER):
                yield seen


async def before_it(folder: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Seen]:
    """Sessions of every kind, a trust list, a roster with faults, a plan that cannot be read."""
    station = station_in(folder)
    enrolled(station)
    await held_session(station, "Gloves", end=False)
    receipted(station, await held_session(station, "Ladders"))
    carried(station, await held_session(station, "Forklift"))
    (station.home / "planned").mkdir()
    (station.home / "planned" / "2026-broken.json").write_text("{}")
    crew(folder / "Documents")
    async with home(station, size=size, folders=[folder / "Documents"], lang=language(), wait="fieldkit") as (
        app,
        pilot,
        _,
    ):
        async for seen in walk(app, pilot, HOME):
            yield seen


async def everything(folder: Path, lang: str, size: tuple[int, int] = (80, 24)) -> list[Seen]:
    found: list[Seen] = []
    for k, part in enumerate((in_session, after_it, before_it)):
        say.use(lang)
        try:
            (folder / str(k)).mkdir()
            async for seen in part(folder / str(k), size):
                found.append(seen)
        finally:
            say.use("en")
    return found
