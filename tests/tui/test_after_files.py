"""Tables with preview, carrying to a stick, the way to head office: real files, a real room, hostile names."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import threading
from collections.abc import Callable
from pathlib import Path

from fieldkit.cli.tools import RoomTools
from fieldkit.core import intents as w
from fieldkit.log.keys import words
from fieldkit.log.seal import Keys
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipts_file
from fieldkit.sync.judged import Known
from fieldkit.sync.verify import judge_all
from fieldkit.tui.app import LiveApp
from fieldkit.tui.tools import At, Carried, StickLine
from tests.kit.central import Laptop, Office
from tests.tui.afterkit import After, after, held, training
from tests.tui.room import ROSTER, text_of, until, until_text

EVIL = "=HYPERLINK(1) \x1b]0;evil\x07[@click=app.bell]x[/]"


class Sticks(RoomTools):
    """The tools of the command line on a machine into which these sticks are plugged; a trip may wait at a gate."""

    found: tuple[StickLine, ...] = ()
    gate: threading.Event | None = None

    async def sticks(self) -> list[StickLine]:
        return list(self.found)

    async def carry(
        self, folder: Path, told: Callable[[At], None] | None = None, stop: Callable[[], bool] | None = None
    ) -> Carried:
        def held_up() -> bool:
            if self.gate is not None:
                self.gate.wait(20)
            return stop is not None and stop()

        return await super().carry(folder, told, held_up)


def with_sticks(x: After, *found: StickLine) -> Sticks:
    tools = Sticks(x.room, documents=False)
    tools.found = found
    x.tools, x.app = tools, LiveApp(x.room.desk, tools, "")
    return tools


# ---- tables --------------------------------------------------------------------------------------------------


async def test_the_preview_is_what_is_written_and_nothing_is_overwritten(tmp_path: Path) -> None:
    """The lines shown are the file's first lines, formulas guarded; the second file gets a number; both verify."""
    async with after(tmp_path, training(), title="Lock/out: =1", expected=()) as x:
        await x.join(EVIL, "E1")
        await x.do(w.End())
        async with x.app.run_test(size=(120, 36)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await pilot.press("x")
            screen = await until_text(pilot, "It names 1 person")
            assert "1 row, 48 columns" in screen and "\x1b" not in screen
            for _ in range(30):
                if "'=HYPERLINK" in text_of(x.app):
                    break
                await pilot.press("right")
                await pilot.pause()
            assert "'=HYPERLINK" in text_of(x.app), text_of(x.app)
            shown = await x.tools.preview("attendance", "csv")
            assert not shown.path.exists() and not shown.taken
            await pilot.press("enter")
            await until_text(pilot, "✓ Written:")
            written = list(csv.DictReader(io.StringIO(shown.path.read_text("utf-8").removeprefix("\ufeff"))))
            previewed = list(csv.DictReader(io.StringIO("\r\n".join(shown.lines))))
            assert written == previewed and next(iter(written[0])) == "record_id"
            assert list(previewed[0])[:3] == ["name", "attendance_status", "minutes_present"]
            await until_text(pilot, "nothing is overwritten")
            first = shown.path.read_bytes()
            await pilot.press("enter")
            await until(pilot, lambda: len(list(shown.path.parent.glob("*.csv"))) == 2)
        assert shown.path.read_bytes() == first
        files = sorted(shown.path.parent.glob("*.csv"))
        assert [path.name for path in files] == [f"{shown.path.stem} (2).csv", shown.path.name]
        verdicts = judge_all(files, Known(keys=[x.room.station.signer.vkey]))
        assert [v.verdict for v in verdicts] == ["verified", "verified"]


async def test_a_name_taken_in_the_meantime_is_refused(tmp_path: Path) -> None:
    """Between look and Enter somebody put a file there: a sentence, and theirs stays as it is, without a note."""
    async with after(tmp_path, training()) as x:
        await x.do(w.End())
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await pilot.press("x")
            await until_text(pilot, "attendance.csv")
            path = (await x.tools.preview("attendance", "csv")).path
            path.write_text("theirs", "utf-8")
            await pilot.press("enter")
            await until_text(pilot, "✕ There is a file")
        assert path.read_text("utf-8") == "theirs" and [p.name for p in path.parent.iterdir()] == [path.name]


async def test_formats_and_tables_can_be_looked_at_one_after_the_other(tmp_path: Path) -> None:
    """f goes through what this release writes; the cursor through the tables; held keys break nothing."""
    async with after(tmp_path, training(), expected=ROSTER) as x:
        await held(x)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await pilot.press("x")
            await until_text(pilot, " CSV  7 rows")
            await pilot.press("f")
            await until_text(pilot, " JSON  7 rows")
            assert "attendance.json" in text_of(x.app)
            await pilot.press(*["down"] * 40, *["up"] * 40, *["right"] * 200, *["left"] * 200)
            await pilot.press("down", "down", "down", "down")
            await until_text(pilot, "It names nobody.")
            assert "pacing.json" in text_of(x.app)


# ---- a stick -------------------------------------------------------------------------------------------------


def six(screen: str) -> str:
    """The six words that a screen shows, three a row."""
    rows = (m.groups() for m in re.finditer(r"([a-z]+) {3}([a-z]+) {3}([a-z]+)", screen))
    return " ".join(word for row in rows if set(row) <= set(words()) for word in row)


async def test_a_stick_is_chosen_written_and_taken_out(tmp_path: Path) -> None:
    """Name and free space; the six words until they are written down; a bundle that verifies; what to do with it; the
    way says so."""
    stick = tmp_path / "STICK"
    stick.mkdir()
    async with after(tmp_path, training(), title="Lockout", expected=ROSTER) as x:
        with_sticks(x, StickLine(path=str(stick), name="STICK", free=3_200_000_000))
        await held(x)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await pilot.press("y")
            screen = await until_text(pilot, "3.2 GB free")
            assert "▸ STICK" in screen
            await pilot.press("enter")
            screen = await until_text(pilot, "sealed to these six words")
            await pilot.press("escape", "enter")
            await until_text(pilot, "sealed to these six words")
            await pilot.press("y")
            await until_text(pilot, "✓ 1 session is carried to")
            await until_text(pilot, "Take the stick out as your system asks")
            (bundle,) = stick.iterdir()
            known = Known(keys=[x.room.station.signer.vkey], unseal=Keys(words=six(screen)))
            assert judge_all([bundle], known)[0].verdict == "verified"
            await pilot.press("escape")
            screen = await until_text(pilot, "STILL TO DO")
            assert "carry it" not in screen
            await pilot.press("v")
            screen = await until_text(pilot, "●●○○  carried")
            assert "Copies:" in screen


async def test_a_trip_shows_its_progress_and_can_be_stopped(tmp_path: Path) -> None:
    """While it waits the room goes on and the bar is there; Escape stops it, nothing half is left; it goes again."""
    stick = tmp_path / "STICK"
    stick.mkdir()
    async with after(tmp_path, training(), expected=ROSTER) as x:
        tools = with_sticks(x, StickLine(path=str(stick), name="STICK"))
        tools.gate = threading.Event()
        await held(x)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await pilot.press("y")
            await until_text(pilot, "▸ STICK")
            await pilot.press("enter")
            screen = await until_text(pilot, "sealing, 0 of 1 sessions")
            assert "░" in screen and "Carrying to" in screen and "[esc] stop" in screen
            p = next(iter(x.room.desk.session.people))
            await x.do(
                w.Correct(do="correct", by="fac", why="mistake", who=p, status="late")
            )  # the desk is not held up
            await pilot.press("escape")
            await until_text(pilot, "Stopping…")
            tools.gate.set()
            await until_text(pilot, "✕ Stopped: nothing was carried, and no half file")
            assert list(stick.iterdir()) == []
            await pilot.press("enter")
            await until_text(pilot, "sealed to these six words")
            assert len(list(stick.iterdir())) == 1


async def test_no_stick_a_wrong_folder_and_one_that_cannot_be_written(tmp_path: Path) -> None:
    """Each is one sentence with a next step, and the screen stays."""
    async with after(tmp_path, training()) as x:
        with_sticks(x)
        await x.do(w.End())
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await pilot.press("y")
            await until_text(pilot, "no stick is found: put one in")
            await pilot.press("enter")
            await until_text(pilot, "Carry to which folder?")
            await pilot.press(*"/nowhere/at/all", "enter")
            screen = await until_text(pilot, "There is no folder /nowhere/at/all.")
            assert "plugged in?" in screen and "Carry to which folder?" in screen
            await pilot.press("escape")
            x.tools.found = (StickLine(path="/media/x", name="LOCKED", read_only=True),)  # type: ignore[attr-defined]
            await until_text(pilot, "read-only")
            await pilot.press("home", "enter")
            await until_text(pilot, "Nothing may be written to this one")


async def test_receipts_on_the_stick_are_taken_in_on_the_same_trip(tmp_path: Path) -> None:
    """Carry, head office ingests and leaves its receipt on the stick, carry again: receipted, and the way is whole.

    The session stands open in this room, so central's line waits; the receipt itself counts."""
    stick = tmp_path / "STICK"
    stick.mkdir()
    async with after(tmp_path, training(), title="Lockout", expected=ROSTER) as x:
        station = x.room.station
        office = await Office.make(tmp_path)
        office.enrol(Laptop(station.signer))
        (station.home / "trust.note").write_bytes(office.home.trust_path.read_bytes())
        with_sticks(x, StickLine(path=str(stick), name="STICK", free=1))
        await x.do(w.End())
        await x.tools.carry(stick)
        async with await Intake.open(office.home) as intake:
            taken = [one for path in stick.glob("*.fkb") for one in await intake.file(path, office.now)]
            assert [one.result for one in taken] == ["stored"]
            origins = [str(one.origin) for one in taken]
            (stick / "receipts.note").write_bytes(await receipts_file(intake.db, origins, intake.office))
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await pilot.press("y")
            await until_text(pilot, "▸ STICK")
            await pilot.press("enter")
            screen = await until_text(pilot, "1 receipt is taken in.")
            assert "There is nothing more to carry there." in screen
            await pilot.press("escape")
            await until_text(pilot, "STILL TO DO")
            await pilot.press("v")
            screen = await until_text(pilot, "●●●●  receipted")
            assert "Receipt of 20" in screen and "0 without a receipt" in screen


async def test_hostile_sticks_and_titles_are_only_text(tmp_path: Path) -> None:
    """Escape sequences, markup and endless names of sticks and sessions are drawn as text and cut."""
    async with after(tmp_path, training(), title=EVIL * 5) as x:
        with_sticks(x, *(StickLine(path=f"/media/{EVIL}{k}", name=EVIL * (1 + 40 * k), free=k) for k in range(30)))
        await x.do(w.End())
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            for key in ("y", "v"):
                await pilot.press(key)
                screen = await until_text(pilot, "]0;evil")
                assert "\x1b" not in screen and "\x07" not in screen
                assert all(len(line) <= 80 for line in screen.split("\n"))
                await pilot.press("escape")
                await asyncio.sleep(0.1)
