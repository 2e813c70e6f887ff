"""The book of screens: its chapters, how one screen is taken, and the pages made of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
from textual.pilot import Pilot

from fieldkit.tui import label, prefs, say
from fieldkit.tui.app import LiveApp
from fieldkit.tui.screens import live
from fieldkit.tui.screens.base import Said
from fieldkit.tui.theme import THEMES
from tests.house.tree import ROOT
from tests.screens.pictures import cleaned
from tests.tui.room import text_of, until_text

FOLDER = ROOT / "docs" / "screens"
AGAIN = "run: python -m tests.screens"
WIDTH, HEIGHT = 80, 24
SIZE = (WIDTH, HEIGHT)

INTRO = """# An evening on the terminal

Sam Ortiz gives the Lockout/Tagout refresher to the night shift: every screen of the console in the order in which a
trainer may meet it, exactly as it stands in a window of 80×24 characters. What each key does is in
[console.md](../console.md). Each screen is also a file of its own here, some are pictures in colours as well.
`python -m tests.screens` draws all of it anew, with the real program; a test compares.
"""


class Look(msgspec.Struct, frozen=True):
    """A picture of a screen in one of the sets of colours."""

    theme: str
    size: tuple[int, int] = SIZE

    @property
    def slug(self) -> str:
        return self.theme if self.size == SIZE else f"{self.theme}-{self.size[0]}x{self.size[1]}"


class Page(msgspec.Struct, frozen=True):
    """One screen: its name in the file, one sentence on what is to be seen, and its pictures."""

    name: str
    words: str
    looks: tuple[Look, ...] = ()


def page(name: str, words: str, *looks: str | Look) -> Page:
    return Page(name, words, tuple(Look(x) if isinstance(x, str) else x for x in looks))


Scene = Callable[["Camera", Path], Awaitable[None]]


class Chapter(msgspec.Struct, frozen=True):
    """A piece of the evening: `play` goes through it and takes every page once, in any order."""

    title: str
    pages: tuple[Page, ...]
    play: Scene


class Camera:
    """Takes the pages of one chapter. `drawn`: file name → what belongs into it."""

    def __init__(self, chapter: Chapter, numbers: dict[str, str]) -> None:
        self._pages = {one.name: one for one in chapter.pages}
        self._numbers = numbers
        self.drawn: dict[str, str] = {}

    async def take(self, pilot: Pilot[object], name: str, words: str = "") -> str:
        """The page `name`, once `words` are on the screen and nothing moves any more; its text."""
        one = self._pages[name]
        if words:
            await until_text(pilot, words)
        screen = await still(pilot)
        number = self._numbers[name]
        assert f"{number}.txt" not in self.drawn, f"{name} is taken twice"
        self.drawn[f"{number}.txt"] = screen + "\n"
        for look in one.looks:
            self.drawn[f"{number}-{look.slug}.svg"] = await picture(pilot, look)
        return screen


async def still(pilot: Pilot[object]) -> str:
    """The text of the screen once two looks in a row find the same, each at what the next second would show."""
    was = ""
    for _ in range(200):
        await pilot.pause()
        await asyncio.sleep(0.03)
        if isinstance(pilot.app, LiveApp):
            pilot.app.look()
            await pilot.pause()
        now = text_of(pilot.app)
        if now == was:
            return now
        was = now
    raise AssertionError(f"the screen does not come to rest\n{was}")


def a_while(pilot: Pilot[object]) -> None:
    """So long that an answer is old, and a muted line may take its place."""
    for line in pilot.app.screen.query(Said):
        line._fresh = False
        line._hush()


async def picture(pilot: Pilot[object], look: Look) -> str:
    """The screen as it is in these colours and this size; it goes back to its own afterwards."""
    app = pilot.app
    theme, size = app.theme, (app.size.width, app.size.height)
    app.theme = THEMES[look.theme].name
    if look.size != size:
        await pilot.resize_terminal(*look.size)
    await still(pilot)
    drawn = cleaned(app.export_screenshot(title="fieldkit"))
    app.theme = theme
    if look.size != size:
        await pilot.resize_terminal(*size)
        await still(pilot)
    return drawn


@contextlib.contextmanager
def as_always() -> Iterator[None]:
    """UTC, English, the first colours, whatever this machine has; an answer stands until the scene says that it is old,
    however slow the machine is."""
    stays, Said.STAYS_S = Said.STAYS_S, 3600.0
    settled, live.SETTLED_S = live.SETTLED_S, 3600.0
    zone = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    prefs.use()
    say.use("en")
    label.use("")
    try:
        yield
    finally:
        Said.STAYS_S, live.SETTLED_S = stays, settled
        os.environ.pop("TZ")
        if zone is not None:
            os.environ["TZ"] = zone
        time.tzset()
        prefs.use()
        say.use("en")
        label.use("")


def numbers(chapters: tuple[Chapter, ...]) -> dict[str, str]:
    """Name of a page → `007-name`, counted through the whole book."""
    names = [one.name for chapter in chapters for one in chapter.pages]
    assert len(names) == len(set(names)) and len(names) < 1000
    return {name: f"{k:03}-{name}" for k, name in enumerate(names, 1)}


async def play(chapter: Chapter, chapters: tuple[Chapter, ...], folder: Path) -> dict[str, str]:
    """File name → text of every page and picture of the chapter; `folder` is an empty one."""
    camera = Camera(chapter, numbers(chapters))
    with as_always():
        await chapter.play(camera, folder)
    wanted = files_of(chapter, numbers(chapters))
    assert sorted(camera.drawn) == sorted(wanted), sorted(set(camera.drawn) ^ set(wanted))
    return camera.drawn


def files_of(chapter: Chapter, named: dict[str, str]) -> list[str]:
    return [
        file
        for one in chapter.pages
        for file in (f"{named[one.name]}.txt", *(f"{named[one.name]}-{look.slug}.svg" for look in one.looks))
    ]


def index(chapters: tuple[Chapter, ...], read: Callable[[str], str]) -> str:
    """The page that shows them all; `read` gives the text of a file of the folder."""
    named = numbers(chapters)
    out = [INTRO]
    for chapter in chapters:
        out.append(f"## {chapter.title}\n")
        for one in chapter.pages:
            number = named[one.name]
            pictures = [f"[{words_of(look)}]({number}-{look.slug}.svg)" for look in one.looks]
            beside = f" In colours: {', '.join(pictures)}." if pictures else ""
            # An empty line at the end of a screen is no line of its text.
            out.append(f"**{int(number[:3])}** {one.words}{beside}\n\n```text\n{read(f'{number}.txt').rstrip()}\n```\n")
    return "\n".join(out)


def words_of(look: Look) -> str:
    size = "" if look.size == SIZE else f", {look.size[0]}×{look.size[1]}"
    return look.theme.replace("-", " ") + size
