"""Every screen of the terminal in one language, as text: what a trainer goes through before, in and after a session."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

from textual.app import App
from textual.pilot import Pilot

import fieldkit
from fieldkit.core import intents as w
from fieldkit.tui import say
from fieldkit.tui.say import language
from fieldkit.words.collect import written
from tests.tui.afterkit import after, held, training
from tests.tui.homekit import carried, enrolled, held_session, home, receipted, station_in
from tests.tui.room import ROSTER, live, text_of, until
from tests.tui.test_home_roster import crew

Seen = tuple[str, str]
"""What was pressed, and the screen's text then."""

WORD = re.compile(r"[^\W\d_]{4,}")
TAIL = 14
"""Letters before a cut that are looked for in our sentences."""

LIVE = (
    "", "w", "w S", "w a", "w j", "w plus", "w m", "s", "d", "t", "t enter", "t w", "k", "k a", "q", "q w", "q k",
    "J", "H", "Q", "C", "C r", "l", "G", "p", "p enter", "p enter slash", "P", "a", "x", "E", "V", "c", "K", "T", "L",
    "y", "b", "B", "ctrl+l", "question_mark", "ctrl+q", "u", "z", "exclamation_mark",
)  # fmt: skip
CLOSED = ("", "s", "t", "T", "L", "p")
AFTER = ("", "enter", "g", "x", "x f", "y", "v", "w", "w o", "t", "question_mark")
HOME = (
    "", "t", "t ctrl+e", "t ctrl+l", "t ctrl+r", "t ctrl+r enter", "t ctrl+r enter m", "n", "s", "p", "c", "i", "y",
    "W", "question_mark",
    "k", "k b", "k w", "k down", "k end", "k plus", "k o", "k o enter", "end X", "end X enter", "end X enter enter",
    "end X enter enter enter", "end X slash",
)  # fmt: skip


def mine(lang: str) -> tuple[list[str], set[str]]:
    """Pieces of our own sentences in a language, without what is filled in; and the words in them."""
    catalogue = written((Path(fieldkit.__file__).parent / "words" / f"{lang}.po").read_bytes())
    pieces = [x.strip() for forms in catalogue.values() for form in forms for x in re.split(r"\{\w*\}", form)]
    return [x for x in pieces if len(x) > 2], {word for x in pieces for word in WORD.findall(x)}


def english() -> set[str]:
    """Words of our sentences as they stand in the code."""
    catalogue = written((Path(fieldkit.__file__).parent / "words" / "es.po").read_bytes())
    return {
        word for said in catalogue for one in ((said,) if isinstance(said, str) else said) for word in WORD.findall(one)
    }


def foreign() -> set[str]:
    """Words that packs, rosters and people of these tests bring."""
    found: set[str] = set()
    here = Path(__file__).parent
    for path in [*here.glob("*kit.py"), here / "room.py", here / "test_home_roster.py", Path(__file__)]:
        found |= set(WORD.findall(path.read_text("utf-8")))
    for path in (here.parents[1] / "content_packs").rglob("*.yaml"):
        found |= set(WORD.findall(path.read_text("utf-8")))
    return found


def cut(text: str, pieces: list[str]) -> list[str]:
    """Lines in which `…` stands for the rest of one of our own sentences or words."""
    found = []
    for line in text.split("\n"):
        for mark in re.finditer("…", line):
            part = re.split(r"  |[│▸●○◌✓✕◷·\[\]]", line[: mark.start()])[-1].strip()
            tail = part if len(part) <= TAIL else part[-TAIL:].partition(" ")[2] or part[-TAIL:]
            if len(tail) > 2 and _goes_on(tail, pieces) and not any(f"{tail}…" in x for x in pieces):
                found.append(line.strip())
    return found


def _goes_on(tail: str, pieces: list[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(tail)}.", x) for x in pieces if tail in x)


async def settled(pilot: Pilot[object]) -> str:
    """The screen once it has stood still for a moment; one that came up and is not drawn yet has not."""
    before = ""
    for _ in range(100):
        await pilot.pause(0.03)
        now = text_of(pilot.app)
        if now == before and now.strip():
            break
        before = now
    return before


async def walk(app: App[object], pilot: Pilot[object], keys: tuple[str, ...]) -> AsyncIterator[Seen]:
    """Each of `keys`, from where it was begun; one that begins with all of the last one goes on from there."""
    depth = len(app.screen_stack)
    before: list[str] = []
    for typed in keys:
        words = typed.split()
        if words[: len(before)] != before:
            await back(app, pilot, depth)
            before = []
        for one in words[len(before) :]:
            await pilot.press(one)
            text = await settled(pilot)
        yield typed, text if words != before else await settled(pilot)
        before = words
    await back(app, pilot, depth)


async def back(app: App[object], pilot: Pilot[object], depth: int) -> None:
    for _ in range(8):
        if len(app.screen_stack) <= depth:
            break
        await pilot.press("escape")
        await settled(pilot)
    assert len(app.screen_stack) <= depth, text_of(app)


async def in_session(folder: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Seen]:
    """A question is open; people are in by phone, by badge and away, marked by hand; a hand, a question, a message."""
    async with live(folder, size=size) as (room, app, pilot):
        yield "before", await settled(pilot)
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
        await until(pilot, lambda: "Gravity" in text_of(app))
        async for seen in walk(app, pilot, LIVE):
            yield seen
        await room.do(w.CloseActivity(activity="hurt"))
        async for seen in walk(app, pilot, CLOSED):
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
