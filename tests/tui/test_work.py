"""Long work: a box with a bar after a moment, Escape stops it and nothing half-done is left, and the room goes on."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import fieldkit.tui
from fieldkit.cli.hometools import StationTools
from fieldkit.cli.tools import RoomTools
from fieldkit.errors import NotPossible, Stopped
from fieldkit.roster import AS_IT_IS, Fixes
from fieldkit.rosterlook import Look
from fieldkit.tui import say
from fieldkit.tui.app import LiveApp
from fieldkit.tui.marks import spelled
from fieldkit.tui.program import FieldkitApp
from fieldkit.tui.safe import shown
from fieldkit.tui.screens.attest import AttestBox
from fieldkit.tui.screens.carry import SixWords
from fieldkit.tui.screens.export import ExportScreen
from fieldkit.tui.screens.muster import MusterScreen
from fieldkit.tui.screens.progress import WorkBox, worked
from fieldkit.tui.screens.stick import StickScreen
from fieldkit.tui.tools import At, Carried, StickLine, Stop, Told
from fieldkit.tui.work import SOON_S, Work, moving, work_lines
from tests.sync.laptop import session
from tests.tui.afterkit import SECRET, After, after, held, training
from tests.tui.homekit import home, station_in
from tests.tui.room import text_of, until, until_text

PEOPLE = 9_000
"""Of a session that makes a bundle of several chunks."""


def slowed(told: Told | None, step: str, s: float) -> Told:
    """The work's own thread waits at each step of this kind: a slow disk."""

    def tell(at: At) -> None:
        if told is not None:
            told(at)
        if at.step == step:
            time.sleep(s)

    return tell


class SlowTools(RoomTools):
    """The tools of the command line on slow disks."""

    slow = "write"
    wait_s = 0.15

    async def sticks(self) -> list[StickLine]:
        return []

    async def carry(self, folder: Path, told: Told | None = None, stop: Stop | None = None) -> Carried:
        return await super().carry(folder, slowed(told, self.slow, self.wait_s), stop)

    async def export(self, what: str, as_: str, path: Path, told: Told | None = None, stop: Stop | None = None) -> Path:
        return await super().export(what, as_, path, slowed(told, self.slow, self.wait_s), stop)


class SlowHome(StationTools):
    """A roster on a slow stick."""

    async def roster(self, path: Path, fixes: Fixes, told: Told | None = None, stop: Stop | None = None) -> Look:
        return await super().roster(path, fixes, slowed(told, "read", 0.1), stop)


def slow(x: After, step: str, wait_s: float = 0.15) -> SlowTools:
    tools = SlowTools(x.room, documents=False)
    tools.slow, tools.wait_s = step, wait_s
    x.tools, x.app = tools, LiveApp(x.room.desk, tools, "")
    return tools


class Bare(FieldkitApp[None]):
    """Nothing but a screen."""

    CSS_PATH = Path(fieldkit.tui.__file__).with_name("theme.tcss")


def gated(gate: threading.Event, tell: Callable[[Work], None] = lambda work: None) -> Callable[[Work], asyncio.Future]:
    """Work on a thread that ends when the gate opens or somebody stops it."""

    def wait(work: Work) -> str:
        tell(work)
        while not gate.wait(0.01):
            if work.stopped():
                raise Stopped
        return "done"

    return lambda work: asyncio.ensure_future(asyncio.to_thread(wait, work))


# ---- the box -------------------------------------------------------------------------------------------------


async def test_what_ends_at_once_shows_nothing() -> None:
    """No box, whatever it gives or raises."""

    async def quick(work: Work) -> int:
        await asyncio.sleep(0.05)
        return 7

    async def bad(work: Work) -> int:
        raise NotPossible("No.")

    app = Bare()
    async with app.run_test(size=(80, 24)):
        seen: list[bool] = []
        app.screen_change_signal.subscribe(app.screen, lambda screen: seen.append(isinstance(screen, WorkBox)))
        assert await worked(app.screen, "Quick", quick) == 7
        with pytest.raises(NotPossible):
            await worked(app.screen, "Bad", bad)
        assert not any(seen) and len(app.screen_stack) == 1


@pytest.mark.parametrize(("size", "bar"), [((80, 24), 40), ((40, 12), 27)])
async def test_the_box_at_two_sizes_and_in_ascii(size: tuple[int, int], bar: int) -> None:
    """What is done, a bar of which 42 of 100 are full, how much, seconds, the key; as many cells in ASCII."""
    app, gate = Bare(), threading.Event()
    async with app.run_test(size=size) as pilot:
        told = gated(gate, lambda work: work.told(At(step="write", done=2_100_000, of=5_000_000)))
        task = asyncio.ensure_future(worked(app.screen, "Carrying to /media/sam/STICK", told, writes=True))
        screen = await until_text(pilot, "42 %")
        full = bar * 42 // 100
        assert "█" * full + "░" * (bar - full) + "  42 %" in screen
        for words in ("Carrying to /media/sam/STICK", "writing, 2.1 MB of 5.0 MB", " s", "[esc] stop"):
            assert words in screen
        assert all(len(line) <= size[0] for line in screen.split("\n"))
        ascii_ = spelled(screen, "ascii")
        assert ascii_.isascii() and "#" * full + "." * (bar - full) in ascii_
        await until_text(pilot, "· 1 s")
        gate.set()
        assert await task == "done"
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_where_nobody_knows_how_much_there_is_a_piece_moves() -> None:
    """It never leaves the bar, and it is not where it was."""
    lines = {moving(30, k / 10).plain for k in range(100)}
    assert len(lines) == 30 - 8 + 1 and all(len(x) == 30 and x.count("█") == 8 for x in lines)
    assert moving(4, 0.3).cell_length == 4
    work = Work("Reading")
    assert "%" not in "".join(x.plain for x in work_lines(work, 60))
    work.told(At(step="table", done=0, of=0))
    assert "making the table · 0 s" in work_lines(work, 60)[1].plain


@pytest.mark.parametrize("writes", [True, False])
async def test_escape_stops_it(writes: bool) -> None:
    """The thread hears of it and the box goes; what only reads is not waited for."""
    app, gate, ended = Bare(), threading.Event(), threading.Event()

    async def deaf(work: Work) -> None:
        await asyncio.to_thread(lambda: (gate.wait(20), ended.set()))

    async with app.run_test(size=(80, 24)) as pilot:
        task = asyncio.ensure_future(worked(app.screen, "Work", gated(gate) if writes else deaf, writes=writes))
        await until_text(pilot, "[esc] stop")
        await pilot.press("escape")
        with pytest.raises(Stopped):
            await asyncio.wait_for(task, 5)
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert not ended.is_set()
        gate.set()


async def test_a_second_escape_does_not_wait_and_what_came_of_it_counts() -> None:
    """A stick that hangs: the first Escape asks, the second goes away; the work says itself how it ended."""
    app, gate = Bare(), threading.Event()

    async def deaf(work: Work) -> str:
        await asyncio.to_thread(gate.wait, 20)
        return "written all the same"

    async with app.run_test(size=(80, 24)) as pilot:
        task = asyncio.ensure_future(worked(app.screen, "Work", deaf, writes=True))
        await until_text(pilot, "[esc] stop")
        await pilot.press("escape")
        await until_text(pilot, "Stopping…")
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await asyncio.sleep(2 * SOON_S)
        assert len(app.screen_stack) == 1 and not task.done()
        gate.set()
        assert await task == "written all the same"


async def test_who_is_gone_stops_it() -> None:
    """Cancelling the wait tells the thread."""
    app, gate, heard = Bare(), threading.Event(), threading.Event()

    async def work_on(work: Work) -> None:
        def wait() -> None:
            while not work.stopped() and not gate.wait(0.01):
                pass
            heard.set()

        await asyncio.to_thread(wait)

    async with app.run_test(size=(80, 24)) as pilot:
        task = asyncio.ensure_future(worked(app.screen, "Work", work_on, writes=True))
        await until_text(pilot, "[esc] stop")
        task.cancel()
        await until(pilot, heard.is_set)
        await until(pilot, lambda: len(app.screen_stack) == 1)


# ---- real files, a live room ---------------------------------------------------------------------------------


async def test_carrying_is_stopped_in_the_middle_while_the_room_answers(tmp_path: Path) -> None:
    """A slow stick in a live session: people join meanwhile, each at once; Escape leaves no file there, half or whole,
    and the next trip carries everything."""
    stick = tmp_path / "STICK"
    stick.mkdir()
    async with after(tmp_path, training()) as x:
        tools = slow(x, "write")
        await session(x.room.station, *((f"Worker {k}", f"B{k}") for k in range(PEOPLE)))
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "JOIN")
            x.app.push_screen(StickScreen())
            await until_text(pilot, "no stick is found")
            await pilot.press("enter")
            await until_text(pilot, "Carry to which folder?")
            await pilot.press(*str(stick), "enter")
            await until_text(pilot, "writing, ")
            assert [p.suffix for p in stick.iterdir()] == [".tmp"]
            for k in range(20):
                begun = time.monotonic()
                await x.join(f"Late {k}", f"L{k}")
                assert time.monotonic() - begun < 2
            assert isinstance(x.app.screen, WorkBox)
            await pilot.press("escape")
            await until_text(pilot, "✕ Stopped: nothing was carried, and no half file is left.")
            assert list(stick.iterdir()) == []
            tools.wait_s = 0
        done = await x.tools.carry(stick)
        assert done.sessions == 2 and [p.suffix for p in stick.iterdir()] == [".fkb"]


async def test_names_away_takes_the_box_and_brings_it_back_and_an_alarm_stands_above_it(tmp_path: Path) -> None:
    """The work goes on below the muster list; nothing comes up on top of that. What it is sealed to comes after it, and
    the key that takes names away does not take it."""
    stick = tmp_path / "STICK"
    stick.mkdir()
    async with after(tmp_path, training()) as x:
        slow(x, "check", 2.5)
        await x.join("Ana Ruiz", "E1")
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "JOIN")
            screen = StickScreen()
            x.app.push_screen(screen)
            await until_text(pilot, "no stick is found")
            await pilot.press("enter")
            await until_text(pilot, "Carry to which folder?")
            await pilot.press(*str(stick), "enter")
            await until_text(pilot, "reading back")
            await pilot.press("ctrl+n")
            await until(pilot, lambda: isinstance(x.app.screen, WorkBox), "the box is back")
            await pilot.press("exclamation_mark")
            await until_text(pilot, "NOT ACCOUNTED FOR")
            await until(pilot, lambda: not screen.going)
            await asyncio.sleep(2 * SOON_S)
            assert isinstance(x.app.screen, MusterScreen) and "six words" not in text_of(x.app)
            await pilot.press("y", "escape")
            screen_words = await until_text(pilot, "sealed to these six words")
            assert "✓ 1 session is carried to" in screen_words and "ALARM" in screen_words
            await pilot.press("ctrl+n")
            await pilot.pause()
            assert isinstance(x.app.screen, SixWords)
            await pilot.press("y")
            await until(pilot, lambda: x.app.screen is screen)
            assert not any(isinstance(one, WorkBox) for one in x.app.screen_stack)


async def test_writing_a_table_is_stopped_and_no_file_is_there(tmp_path: Path) -> None:
    """Neither the table nor its note nor anything half."""
    async with after(tmp_path, training()) as x:
        tools = slow(x, "table", 1.5)
        await held(x)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            x.app.push_screen(ExportScreen())
            await until_text(pilot, "attendance.csv")
            folder = (await tools.preview("attendance", "csv")).path.parent
            await pilot.press("enter")
            await until_text(pilot, "Writing ")
            await until_text(pilot, "making the table")
            await pilot.press("escape")
            await until_text(pilot, "✕ Stopped. Nothing was changed, and no half file is left.")
            assert list(folder.iterdir()) == []
            tools.wait_s = 0
            await pilot.press("enter")
            await until_text(pilot, "✓ Written:")
            assert len(list(folder.iterdir())) == 3  # the sheet, its note and the proofs of its people


async def test_a_key_that_is_being_made_is_not_made(tmp_path: Path) -> None:
    """Escape while it is sealed: no half of it is on the disk, and the dialog asks for the passphrase again."""
    async with after(tmp_path, training()) as x:
        await held(x)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            box = AttestBox()
            x.app.push_screen(box)
            await until_text(pilot, "whose key?")
            await pilot.press("enter")
            await until_text(pilot, "A short name for your key")
            await pilot.press("enter")
            for words in ("A passphrase for", "once more"):
                await until_text(pilot, words)
                await pilot.press(*SECRET, "enter")
            await until_text(pilot, "[esc] stop")
            await pilot.press("escape")
            await until_text(pilot, "Stopped. Nothing was changed")
            assert x.app.screen is box and not box.busy
            assert list((x.room.station.home / "keys").glob("fac-*")) == []


async def test_a_large_roster_on_a_slow_stick_can_be_given_up(tmp_path: Path) -> None:
    """Bytes while it is read; Escape is heard at once and the screen of files is there again."""
    papers = tmp_path / "papers"
    papers.mkdir()
    rows = "".join(f"B{k},Worker number {k} {'of the night shift ' * 6}\n" for k in range(20_000))
    (papers / "crew.csv").write_text("badge,name\n" + rows, "utf-8")
    async with home(station_in(tmp_path), folders=[papers]) as (app, pilot, tools):
        app.tools = SlowHome(tools._station, tools._settings, folders=[papers])
        await pilot.press("t")
        await until_text(pilot, "Start now")
        await pilot.press("ctrl+r")
        await until_text(pilot, "crew.csv")
        await pilot.press("enter")
        await until_text(pilot, "Reading crew.csv")
        await until_text(pilot, " of 2.8 MB")
        await pilot.press("escape")
        await until_text(pilot, "Stopped. Nothing was changed")
        assert "crew.csv" in text_of(app)
        assert (await tools.roster(papers / "crew.csv", AS_IT_IS)).count == 20_000


@pytest.mark.parametrize("lang", ["es", "fr", "de", "pt"])
async def test_the_words_of_every_step_are_in_each_language(lang: str) -> None:
    """None is left in English, and each keeps its numbers."""
    steps = ("look", "take", "pack", "write", "check", "read", "records", "table")
    work = Work("Work")

    def said(step: str) -> str:
        work.told(At(step=step, done=3_000_000, of=9_000_000))
        return " ".join(shown(x) for x in work_lines(work, 70)[1:])

    english = {step: said(step) for step in steps}
    try:
        say.use(lang)
        for step in steps:
            assert said(step) != english[step] and ("3" in said(step)) == ("3" in english[step])
        work.stop()
        assert said("pack") != "Stopping…"
    finally:
        say.use("en")
