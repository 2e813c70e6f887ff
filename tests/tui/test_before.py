"""Before a session: the form, the roster with its fixes, the pack's plan, planning for later, the dry run."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from fieldkit.cli.compiled import compile_for
from fieldkit.cli.console import as_planned, begin
from fieldkit.cli.demo import begin as demo_begin
from fieldkit.cli.net import Net
from fieldkit.cli.practice import PracticeTools, run_practice
from fieldkit.cli.room import Room
from fieldkit.config import Settings
from fieldkit.core import records as r
from fieldkit.core.program import Within
from fieldkit.errors import NotPossible
from fieldkit.log.read import SessionFile
from fieldkit.planned import Changes, Planned, PlannedFolder
from fieldkit.station import Setup, Station
from fieldkit.tui.hometools import NewSession, Practice
from tests.kit.clock import ManualClock
from tests.tui.homekit import home, station_in
from tests.tui.room import text_of, until, until_text
from tests.tui.test_home_roster import crew

FORM = """\
 fieldkit  New session  Toolbox talk · 15 min
────────────────────────────────────────────────────────────────────────────────

 ▸ Start now
   The plan              4 segments, 15 min · nothing changed for today
   Who is expected       whoever comes
   Plan for later        it stands on the home screen on that day

  Title                 as it stands on the phones; empty: the pack's
                       ────────────────────────────────────────────────────────
  Place                 Hall 2
                       ────────────────────────────────────────────────────────
  Your name (trainer)   Sam Ortiz
                       ────────────────────────────────────────────────────────
  Language              of this screen and the wall; empty: the pack's
                       ────────────────────────────────────────────────────────
  Pack                  toolbox-blank
                       ────────────────────────────────────────────────────────




 [^s] start   [^e] the pack's plan   [^r] who is expected   [^l] plan for later
 [tab] to the fields   [esc] back   [?] all keys"""


async def test_the_form_is_filled_in_from_last_time_and_says_what_is_wrong(tmp_path: Path) -> None:
    """Every line at 80×24; a pack that is not there; what was typed is remembered."""
    station = station_in(tmp_path)
    async with home(station) as (app, pilot, tools):
        await pilot.press("t")
        await until_text(pilot, "4 segments, 15 min")
        assert text_of(app) == FORM
        await pilot.press("tab", *"L4 night", "enter", "end", *" [/] north", "enter", "end", *" jr", "enter", *"es")
        await pilot.press("enter", "end", *"x", "enter")
        await until_text(pilot, "There is no pack called toolbox-blankx here.")
        await pilot.press("shift+tab", "end", "backspace", "ctrl+s")
        await until(pilot, lambda: app.return_value is not None)
    wish = NewSession(
        pack="toolbox-blank", title="L4 night", site="Hall 2 [/] north", facilitator="Sam Ortiz jr", lang="es"
    )
    assert app.return_value == wish
    kept = tools.memory()
    assert (kept.place, kept.trainer, kept.lang) == ("Hall 2 [/] north", "Sam Ortiz jr", "es")


async def test_minutes_and_skipped_segments_of_today_go_with_the_wish(tmp_path: Path) -> None:
    """+, -, k on the pack's plan; notes below; 0 puts all back; the last segment cannot be skipped."""
    station = station_in(tmp_path)
    async with home(station) as (app, pilot, tools):
        segments = (await tools.plan_of("toolbox-blank", "", "en")).segments
        first, second = segments[0], segments[1]
        await pilot.press("t")
        await until_text(pilot, "4 segments, 15 min")
        await pilot.press("down", "enter")
        await until_text(pilot, "NOTES")
        await pilot.press("plus", "plus")
        await until_text(pilot, f"✓ {first.title}: {first.minutes + 2} minutes")
        assert f"{first.minutes} in the pack" in text_of(app)
        await pilot.press("minus")
        await until_text(pilot, f"✓ {first.title}: {first.minutes + 1} minutes")
        await pilot.press(*["down"] * (len(first.steps) + 1), "k")
        await until_text(pilot, f"✓ Skipped: {second.title}")
        await pilot.press("escape")
        await until_text(pilot, "1 with other minutes, 1 skipped")
        await pilot.press("home", "enter")
        await until(pilot, lambda: app.return_value is not None)
    assert isinstance(app.return_value, NewSession)
    assert app.return_value.changes == Changes(minutes=((first.id, first.minutes + 1),), skip=(second.id,))


async def test_one_segment_stays_and_everything_can_be_put_back(tmp_path: Path) -> None:
    """From the home screen the plan is one key away; what is changed there opens the form."""
    station = station_in(tmp_path)
    async with home(station) as (app, pilot, tools):
        plan = await tools.plan_of("forklift-preuse", "", "en")
        await pilot.press("s")
        await until_text(pilot, "NOTES")
        for segment in plan.segments:
            await pilot.press("k", *["down"] * (len(segment.steps) + 1))
        await until_text(pilot, "✕ One segment has to stay.")
        assert text_of(app).count("– skipped") >= 1
        await pilot.press("end", "0")
        last = plan.segments[-1].title
        await until_text(pilot, f"✓ As the pack has it: {last}")
        assert "– skipped" in text_of(app)
        await pilot.press("u")
        await until_text(pilot, "✓ Everything is as the pack has it.")
        assert "– skipped" not in text_of(app)
        await pilot.press("minus", "enter")
        await until_text(pilot, "1 with other minutes")


async def test_a_session_is_planned_for_later_with_everything_in_it(tmp_path: Path) -> None:
    """^l asks for the time; no time is a sentence; on its day it stands on the home screen."""
    clock = ManualClock()
    station = station_in(tmp_path, clock)
    path = crew(tmp_path / "Documents")
    async with home(station, folders=[path.parent]) as (_app, pilot, _tools):
        await pilot.press("t")
        await until_text(pilot, "Start now")
        await pilot.press("ctrl+r")
        await until_text(pilot, "crew.csv")
        await pilot.press("enter")
        await until_text(pilot, "Take these 3 people")
        await pilot.press("enter")
        await until_text(pilot, "3 people by name")
        path.unlink()
        await pilot.press("ctrl+l")
        await until_text(pilot, "When?")
        for typed, words in (("later", "“later” is no date and time."), ("2020-01-01 10:00", "has passed.")):
            await pilot.press("ctrl+u", *typed, "enter")
            assert "[enter] plan for later" in await until_text(pilot, words)
        await pilot.press("ctrl+u", *"2026-11-21 06:30", "enter")
        await until_text(pilot, "✓ Planned for 2026-11-21 06:30.")
        await until_text(pilot, "1 session is planned for later: press p")
        await pilot.press("p")
        await until_text(pilot, "2026-11-21 06:30  Toolbox talk · Hall 2")
        await pilot.press("escape")
        clock.jump_wall(20 * 3_600_000)
        await pilot.press("ctrl+r")
        screen = await until_text(pilot, "06:30  Toolbox talk · Hall 2")
        assert "TODAY" in screen and "3 expected" in screen
    (entry,) = PlannedFolder(station.home).entries()
    assert entry.plan is not None and len(entry.plan.expected) == 3 and entry.plan.trainer == "Sam Ortiz"


def changes_of(station: Station, which: str) -> list[tuple[str, int | None, bool | None]]:
    """`plan.change` records of a session, read from its file."""
    with SessionFile.open(station.find(which).path) as file:
        facts = [file.record(i).fact for i in range(file.head.size)]
    return [(x.segment, x.minutes, x.skip) for x in facts if isinstance(x, r.PlanChanged)]


async def test_what_was_changed_becomes_records_and_the_plan_is_marked_done(tmp_path: Path) -> None:
    """A planned session begun from the home screen's wish, through the very function that bare `fieldkit` runs."""
    station = station_in(tmp_path)
    folder = PlannedFolder(station.home)
    compiled = compile_for(station, "toolbox-blank", "")
    first, second = compiled.plan.segments[:2]
    changes = Changes(minutes=((first.id, 9),), skip=(second.id,))
    id = folder.add(Planned(v=1, pack="toolbox-blank", at="2026-11-20 10:00", title="Night", changes=changes))
    async with home(station) as (app, pilot, _tools):
        await until_text(pilot, "Night")
        await pilot.press("enter")
        await until(pilot, lambda: app.return_value is not None)
    wish = app.return_value
    assert isinstance(wish, NewSession)
    settings = Settings(home=station.home)
    room = await Room.open(station, begin(station, settings, wish), Net(port=0, bind="127.0.0.1", announce=False))
    try:
        told: list[str] = []
        await as_planned(station, wish, told)(room)
        view = room.desk.room_view()
        assert [(s.id, s.minutes) for s in view.plan[:2]] == [(first.id, 9), (second.id, second.minutes)]
        assert view.plan[1].state == "skipped" and view.plan[0].state != "skipped"
        assert told == []
    finally:
        await room.close("exit")
    assert changes_of(station, "last") == [(first.id, 9, None), (second.id, None, True)]
    entry = folder.find(id)
    assert entry.plan is not None and entry.plan.done == station.find("last").origin and entry.plan.expected == ()
    assert folder.waiting() == []


async def test_a_pack_that_lost_a_changed_segment_is_said_before_anything_begins(tmp_path: Path) -> None:
    """The plan stays; nothing is begun."""
    station = station_in(tmp_path)
    folder = PlannedFolder(station.home)
    folder.add(Planned(v=1, pack="toolbox-blank", at="2026-11-20 10:00", changes=Changes(skip=("gone",))))
    async with home(station) as (app, pilot, _tools):
        await until_text(pilot, "10:00")
        await pilot.press("enter")
        await until(pilot, lambda: "The pack has no segment gone any more" in " ".join(text_of(app).split()))
    assert app.return_value is None and len(folder.waiting()) == 1 and station.sessions() == []


async def test_the_dry_run_says_practice_on_every_screen_and_keeps_nothing(tmp_path: Path) -> None:
    """Real simulated workers over real sockets; screens, dialogs and help; the station has no session afterwards."""
    station = station_in(tmp_path)
    seen: dict[str, str] = {}

    async def drive(pilot: Pilot[object]) -> None:
        await until_text(pilot, "not begun")
        await until(pilot, lambda: "phones 2" in text_of(pilot.app))
        seen["live"] = text_of(pilot.app)
        for key in ("w", "s", "k", "q", "d", "t", "question_mark"):
            await pilot.press(key)
            await until_text(pilot, "back")
            seen[key] = text_of(pilot.app)
            await pilot.press("escape")
            await until_text(pilot, "JOIN")
        await pilot.press("ctrl+q")
        seen["leave"] = await until_text(pilot, "Nothing of this is kept.")
        await pilot.press("y")

    wish = Practice(new=NewSession(pack="toolbox-blank"), workers=3)
    await run_practice(tmp_path / "temporary", station, wish, "en", headless=True, size=(80, 24), auto_pilot=drive)
    assert len(seen) == 9 and all("PRACTICE" in screen.split("\n")[0] for screen in seen.values()), seen
    assert station.sessions() == []


async def test_nothing_of_a_dry_run_is_exported_or_carried(tmp_path: Path) -> None:
    """Both say so in a sentence."""
    room, workers = await demo_begin(tmp_path, "toolbox-blank", 2, 1.0)
    try:
        tools = PracticeTools(room, documents=False)
        with pytest.raises(NotPossible, match="nothing of it is kept"):
            await tools.export("attendance", "csv", tmp_path / "a.csv")
        with pytest.raises(NotPossible, match="nothing to carry"):
            await tools.carry(tmp_path)
    finally:
        await asyncio.gather(*(x.stop() for x in workers))
        await room.close(None)


async def test_a_plan_of_head_office_says_when_by_this_clock_and_begins_as_what_it_is_for(tmp_path: Path) -> None:
    """The hour there beside it; part, cohort, room and the session that it makes up stand in the opening record. One
    that was called off is shown, says so, and does not begin."""
    station = station_in(tmp_path)
    folder = PlannedFolder(station.home)
    origin = f"{station.signer.name}/000001-k3m9w2p4"
    within = Within("press4", "basics", "autumn", origin)
    one = Planned(
        v=1,
        pack="toolbox-blank",
        at="2026-11-20 21:30",
        title="Night",
        place="L4",
        room="Hall 3",
        within=within,
        tz="Asia/Tokyo",
        office="sent",
        was="2026-11-20 20:00 Asia/Tokyo",
    )
    folder.put("h-k3m9w2p4", one)
    folder.put("h-7v0c2d4e", msgspec.structs.replace(one, office="cancelled", title="Off", at="2026-11-20 22:00"))
    async with home(station) as (app, pilot, _tools):
        screen = await until_text(pilot, "12:30  (21:30 Asia/Tokyo)  Night · L4, Hall 3")
        assert "moved, was 11:00" in screen and "called off" in screen
        await pilot.press("down", "enter")
        await until_text(pilot, "Head office called this session off.")
        await pilot.press("up", "enter")
        await until(pilot, lambda: app.return_value is not None)
    wish = app.return_value
    assert isinstance(wish, NewSession) and wish.within == within
    begun = begin(station, Settings(home=station.home), wish)
    assert isinstance(begun, Setup)
    assert (begun.within, begun.place, begun.kind, begun.site) == (within, "Hall 3", "makeup", "L4")
