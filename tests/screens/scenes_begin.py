"""A new session: its form, who is expected, the plan, a window that is too small."""

from __future__ import annotations

from pathlib import Path

from tests.kit.clock import ManualClock
from tests.screens.book import Camera, Chapter, page
from tests.screens.laptop import EVENING, at_home, station_at
from tests.tui.room import until_text

CREW_FILE = """Badge No;Nombre;Schuhgröße;Team
E1001;Ana Ruiz;43;B
E1002;;41;B
E1001;Bo Tran;44;B
;;;C
E1005;Zoë Brandt;38;B
E1006;Priya Nair;39;B
"""


async def new_session(shot: Camera, folder: Path) -> None:
    station = station_at(folder, ManualClock(EVENING))
    papers = folder / "Documents"
    papers.mkdir()
    (papers / "night shift.csv").write_bytes(CREW_FILE.encode("cp1252"))
    (papers / "day shift.csv").write_text("badge,name\n" + "".join(f"E2{k:03},Worker {k}\n" for k in range(40)))
    async with at_home(station, folder=papers) as (pilot, _tools):
        await pilot.press("t")
        await shot.take(pilot, "toolbox", "Start now")
        await pilot.press("escape")
        await until_text(pilot, "START NEW FROM A PACK")
        await pilot.press(*["down"] * 3, "s")
        await shot.take(pilot, "plan", "The energy you cannot see")
        await pilot.press("k", *["down"] * 8, "plus", "plus")
        await shot.take(pilot, "plan-changed", "skipped")
        await pilot.press("enter")
        await shot.take(pilot, "new", "Start now")
        await pilot.press("ctrl+r")
        await shot.take(pilot, "roster-files", "night shift.csv")
        await pilot.press("down", "enter")
        await shot.take(pilot, "roster-preview", "Take these 4 people")
        await pilot.press(*["down"] * 2, "enter")
        await shot.take(pilot, "roster-fix", "Row 3: whole name")
        await pilot.press(*"Bea Cho", "enter")
        await until_text(pilot, "Bea Cho")
        await pilot.press("enter")
        await until_text(pilot, "Row 4: badge")
        await pilot.press(*"E1003", "enter")
        await shot.take(pilot, "roster-fixed", "Take these 5 people")
        await pilot.press("ctrl+s")
        await shot.take(pilot, "new-expected", "5 people by name")
        await pilot.press("ctrl+l")
        await shot.take(pilot, "plan-later", "When?")
        await pilot.press("escape")
        await pilot.resize_terminal(52, 14)
        await shot.take(pilot, "too-small-home", "Make the window larger")


BEGIN = Chapter(
    "A new session",
    (
        page("plan", "What the pack will do, with its minutes (`s`); the notes of the row below."),
        page("plan-changed", "One segment skipped, two minutes more for another: for this session only."),
        page("toolbox", "A blank toolbox talk takes two keys: `t`, Enter."),
        page("new", "The form: place and name are as last time, and the changes are counted."),
        page("roster-files", "Who is expected (`^r`): the lists that lie on this laptop."),
        page("roster-preview", "How the list was read, and what there is to put right."),
        page("roster-fix", "A name is missing and is typed in here; the file stays as it is."),
        page("roster-fixed", "Everything put right."),
        page("new-expected", "Back in the form: five people are expected by name."),
        page("plan-later", "The same session for another day (`^l`)."),
        page("too-small-home", "A window of 52×14: too small, and it says what is needed."),
    ),
    new_session,
)
