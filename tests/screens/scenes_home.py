"""Before the evening: the first start, the home screen, the room check, a dry run."""

from __future__ import annotations

from pathlib import Path

from fieldkit.tui import label as label_of
from fieldkit.tui.screens.page import practice_hint, practice_label
from tests.kit.clock import ManualClock
from tests.screens.book import Camera, Chapter, page
from tests.screens.evening import live
from tests.screens.laptop import DAY, EVENING, SITE, TITLE, TRAINER, at_home, station_at
from tests.tui.homekit import carried, enrolled, held_session, receipted, signed_pack
from tests.tui.room import until_text


async def first_start(shot: Camera, folder: Path) -> None:
    station = station_at(folder, ManualClock(EVENING))
    async with at_home(station, welcomed=False, wait="step 1 of 3") as (pilot, tools):
        await shot.take(pilot, "welcome-name", "as the workers know you")
        await pilot.press(*TRAINER, "enter")
        await shot.take(pilot, "welcome-phone", "Waiting for your phone")
        tools.phone = True
        await shot.take(pilot, "welcome-phone-came", "Your phone was here")
        await pilot.press("enter")
        await until_text(pilot, "step 3 of 3")
        await pilot.press("b")
        await shot.take(pilot, "welcome-question", "Answered with a key.")
        await pilot.press("enter")
        await shot.take(pilot, "home-first", "START NEW FROM A PACK")


FIRST = Chapter(
    "The first start",
    (
        page("welcome-name", "The first of three steps: a name."),
        page("welcome-phone", "The second: a page to try the network with; the code leads the phone to it."),
        page("welcome-phone-came", "The phone has opened it."),
        page("welcome-question", "The third: one question to practise, answered with a key."),
        page("home-first", "Home, before there is any session: only the packs that came with the program."),
    ),
    first_start,
)


def planned(folder: Path) -> None:
    """Tonight's session and one of next week, as *Plan for later* keeps them."""
    folder.mkdir()
    people = ",".join(f'{{"line":{k},"fields":{{"badge":"E10{k:02}","name":"Worker {k}"}}}}' for k in range(1, 13))
    more = f'"place":"{SITE}","trainer":"{TRAINER}","expected":[{people}]'
    (folder / "20261120-1900.json").write_text(
        f'{{"v":1,"pack":"loto-refresher","at":"2026-11-20 19:00","title":"{TITLE}",{more}}}'
    )
    (folder / "20261127-0600.json").write_text('{"v":1,"pack":"toolbox-heat-stress","at":"2026-11-27 06:00"}')


async def week(shot: Camera, folder: Path) -> None:
    clock = ManualClock(EVENING - 3 * DAY)
    station = station_at(folder, clock)
    oldest = await held_session(station, "Gloves and blades")
    clock.jump_wall(DAY)
    await held_session(station, "Working in the heat", pack="toolbox-heat-stress")
    clock.jump_wall(2 * DAY - 11 * 3_600_000)
    enrolled(station, packs=None)
    for pack in ("loto-refresher", "toolbox-blank"):
        signed_pack(station, pack)
    await held_session(station, "Ladders", end=False)
    clock.jump_wall(11 * 3_600_000)
    receipted(station, oldest)
    planned(station.home / "planned")
    async with at_home(station) as (pilot, _tools):
        await shot.take(pilot, "home", "NOT YET")
        await pilot.press("i")
        await shot.take(pilot, "home-not-safe", "WHAT HEAD OFFICE HAS NOT SIGNED FOR")
        await pilot.press("escape", "p")
        await shot.take(pilot, "home-planned", "Planned sessions")
        await pilot.press("escape", "c")
        await shot.take(pilot, "home-check", "Head office")
        await pilot.press("escape", "y")
        await shot.take(pilot, "home-carry", "over the internet")
        await pilot.press("escape", "question_mark")
        await shot.take(pilot, "home-help", "All keys here")
        await pilot.press("escape", "ctrl+p")
        await pilot.press(*"room")
        await until_text(pilot, "  room\n")
        await pilot.pause(0.5)  # it searches while one types
        await shot.take(pilot, "home-palette", "room check  [c]")


WEEK = Chapter(
    "Home",
    (
        page(
            "home",
            "A week later: one session was interrupted, one is planned for tonight, two have no receipt.",
            "dark",
            "light",
        ),
        page("home-not-safe", "What is still missing before Sam may go home, and what to do (`i`)."),
        page("home-planned", "Every planned session, also of later days (`p`)."),
        page("home-check", "Is the room ready (`c`): each line is in order or says what to do."),
        page("home-carry", "Carrying (`y`): the stick that is plugged in, a folder, the internet."),
        page("home-help", "All keys of this screen (`?`)."),
        page("home-palette", "A command found by its words (`^p`)."),
    ),
    week,
)


async def dry_run(shot: Camera, folder: Path) -> None:
    station = station_at(folder / "home", ManualClock(EVENING))
    async with at_home(station) as (pilot, _tools):
        await pilot.press("d")
        await shot.take(pilot, "dry-run-ask", "How many simulated workers?")
    label_of.use(practice_label())
    async with live(folder / "room", label=practice_label(), hint=practice_hint()) as (x, pilot):
        await x.crew()
        await shot.take(pilot, "dry-run", "PRACTICE")


async def homeward(shot: Camera, folder: Path) -> None:
    """The morning after: carried, then receipted."""
    clock = ManualClock(EVENING - DAY)
    station = station_at(folder, clock)
    oldest = await held_session(station, "Working in the heat", pack="toolbox-heat-stress")
    clock.jump_wall(DAY)
    newest = await held_session(station, TITLE, pack="loto-refresher")
    enrolled(station, packs=None)
    for pack in ("loto-refresher", "toolbox-heat-stress"):
        signed_pack(station, pack)
    clock.advance(15 * 3_600_000)
    receipted(station, oldest)
    carried(station, newest)
    async with at_home(station) as (pilot, _tools):
        await shot.take(pilot, "home-carried", "NOT YET")
        receipted(station, newest)
        await pilot.press("ctrl+r")
        await shot.take(pilot, "home-safe", "SAFE TO GO HOME")
        await pilot.press("i")
        await shot.take(pilot, "home-all-safe", "SAFE TO GO HOME")


HOMEWARD = Chapter(
    "Home again",
    (
        page("home-carried", "Back home with everything on a stick: head office has not signed for it yet."),
        page("home-safe", "Its receipts are here: safe to go home.", "high-light"),
        page("home-all-safe", "The same in detail (`i`)."),
    ),
    homeward,
)


DRY = Chapter(
    "A dry run",
    (
        page("dry-run-ask", "How many workers are to be played (`d`)."),
        page("dry-run", "The session with simulated workers: every screen says that it is practice."),
    ),
    dry_run,
)
