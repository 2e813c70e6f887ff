"""Planned sessions on the home screen: begun, not begun with a sentence, removed."""

from __future__ import annotations

from pathlib import Path

from fieldkit.planned import PlannedFolder
from fieldkit.tui.hometools import NewSession
from tests.tui.homekit import home, station_in
from tests.tui.room import text_of, until, until_text
from tests.tui.test_home import ROWS, plan


async def test_a_plan_of_today_is_begun_with_enter_and_one_that_cannot_be_says_why(tmp_path: Path) -> None:
    """A pack that is gone, and a file that is no plan: a sentence, and both stay."""
    station = station_in(tmp_path)
    folder = PlannedFolder(station.home)
    good = folder.add(plan("2026-11-20 07:00", title="Early", expected=ROWS))
    folder.add(plan("2026-11-20 11:00", pack="gone-pack", title="Gone"))
    (folder.folder / "20261120-1200.json").write_bytes(b'{"v":1,"pack":"x","at":"soon"}')
    async with home(station) as (app, pilot, _tools):
        screen = await until_text(pilot, "✕ The plan 20261120-1200 cannot be used.")
        assert "Early" in screen and "overdue" in screen
        await pilot.press("down", "enter")
        await until_text(pilot, "There is no pack called gone-pack here")
        await pilot.press("down", "enter")
        await until(pilot, lambda: "plan remove 20261120-1200` takes it away" in " ".join(text_of(app).split()))
        await pilot.press("home", "enter")
        await until(pilot, lambda: app.return_value is not None)
    wish = app.return_value
    assert isinstance(wish, NewSession)
    assert (wish.planned, wish.title, [r.fields["name"] for r in wish.expected]) == (good, "Early", ["Ana", "Bo"])
    assert len(folder.entries()) == 3


async def test_plans_that_cannot_be_read_are_told_of_and_never_shown_as_none(tmp_path: Path) -> None:
    """The folder gives no answer: the home screen says so where today's sessions stand, and everything else works."""
    station = station_in(tmp_path)
    PlannedFolder(station.home).folder.write_bytes(b"no folder")
    async with home(station) as (app, pilot, _tools):
        await until_text(pilot, "✕ The folder of the planned sessions cannot be read: Not a directory.")
        assert "Toolbox talk" in text_of(app)


async def test_a_plan_is_removed_after_a_question(tmp_path: Path) -> None:
    """D, then y; n leaves it."""
    station = station_in(tmp_path)
    folder = PlannedFolder(station.home)
    folder.add(plan("2026-11-20 10:00", title="Night"))
    async with home(station) as (app, pilot, _tools):
        await until_text(pilot, "Night")
        await pilot.press("D")
        await until_text(pilot, "Remove this planned session?")
        await pilot.press("n")
        assert len(folder.entries()) == 1
        await pilot.press("D")
        await until_text(pilot, "Remove this planned session?")
        await pilot.press("y")
        await until_text(pilot, "✓ The plan is removed.")
        await until(pilot, lambda: "Night" not in text_of(app))
    assert folder.entries() == []
