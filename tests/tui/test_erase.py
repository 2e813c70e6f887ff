"""Erasing a person from the terminal: a stored session and the one that runs, what is asked first, what is pending."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from textual.pilot import Pilot

from fieldkit.cli.compiled import compile_for
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Actor
from fieldkit.core.records import Policy
from fieldkit.core.walkin import walkin_code
from fieldkit.desk import Accepted, Desk
from fieldkit.log import handed
from fieldkit.log.read import SessionFile
from fieldkit.seats import new_participant
from fieldkit.station import Setup, Station
from fieldkit.tui.erasetools import ErasePlan
from fieldkit.tui.panels.erase import plan_lines
from tests.kit.grep import found
from tests.tui.afterkit import after, training
from tests.tui.homekit import home, station_in
from tests.tui.hostile import PAYLOADS
from tests.tui.room import live, text_of, until, until_text
from tests.tui.trustkit import flat, none, typed

ZOE, BADGE = "Zoë Álvarez-Quisbert", "E745738"
OTHERS = (("Ann [/] Lee", "B2"), ("Bo Tran", "C3"))


async def stored(
    station: Station, people: Sequence[tuple[str, str]] = ((ZOE, BADGE), *OTHERS), *, legal: str = "", say: str = ""
) -> str:
    """An ended session with these people, one of whom wrote `say`; its origin."""
    setup = Setup(pack=compile_for(station, "toolbox-blank", ""), title="Ladders", policy=Policy(legal=legal))
    begun = await station.start(setup)
    desk = Desk(begun.store, begun.plan, station.clock, begun.secret, begun.code)
    await desk.start()
    try:
        came = []
        for name, badge in people:
            wish = w.CheckIn(new_p=new_participant(), name=name, badge=badge)
            done = await desk.submit(wish, FACILITATOR)
            assert isinstance(done, Accepted) and done.p is not None
            came.append(done.p)
        for p, text in ((came[0], "I saw it slip"), (came[-1], say)):
            if text:
                said = await desk.submit(w.PutSay(text=text), Actor(by="self", via="phone", p=p))
                assert isinstance(said, Accepted), said
        assert isinstance(await desk.submit(w.End(), FACILITATOR), Accepted)
        station.remember(begun.store)
        return begun.store.origin
    finally:
        await desk.close()


def openings(station: Station, origin: str) -> int:
    with SessionFile.open(station.find(origin).path) as file:
        return len(list(file.openings()))


async def at_person(pilot: Pilot[object], name: str, badge: str = "") -> None:
    """The erase screen of the newest session, and what would go of one person."""
    await pilot.press("end", "X")
    await until_text(pilot, "Names, badges and words of one person go;" if not badge else name)
    for _ in range(20):
        if f"▸ {name}" in text_of(pilot.app):
            break
        await pilot.press("down")
    await pilot.press("enter")
    await until_text(pilot, "Erase ")


async def through(pilot: Pilot[object], sure: str, *, down: int = 0) -> None:
    """From what would go to the last step, with the reason `down` rows below the first."""
    await pilot.press("enter")
    await until_text(pilot, ": why?")
    await pilot.press(*(["down"] * down), "enter")
    await until(pilot, lambda: "to erase this person" in flat(pilot.app))
    await typed(pilot, sure)


# ---- a stored session


async def test_a_person_is_erased_after_the_badge_was_typed(tmp_path: Path) -> None:
    """What goes, what stays and what was handed out is said first; afterwards no file here holds the name."""
    station = station_in(tmp_path)
    origin = await stored(station)
    (station.home / "exports").mkdir()
    inside, outside = station.home / "exports" / "a.csv", tmp_path / "for the office.csv"
    for path in (inside, outside):
        path.write_text(f"name\n{ZOE}\n", "utf-8")
        line = handed.Handed(1, handed.EXPORT, str(path), "attendance", handed.sha256_of(path), [origin])
        handed.note(station.home, line)
    before = openings(station, origin)
    async with home(station) as (_app, pilot, _tools):
        await at_person(pilot, ZOE)
        screen = flat(pilot.app)
        assert f"Erase {ZOE}, badge {BADGE}" in screen
        assert "The name, the badge, 1 message." in screen and "bundles that wait to be carried, too." in screen
        await until_text(pilot, "[enter] read on")
        assert "for the office.csv" not in screen
        await pilot.press("enter")  # goes on only once the end was on the screen
        await until_text(pilot, "for the office.csv")
        await until_text(pilot, "[enter] go on")
        assert "a.csv" not in flat(pilot.app).replace("office.csv", "")
        await through(pilot, "E745739")
        await until(pilot, lambda: "That is not it. Nothing was erased." in flat(pilot.app))
        assert openings(station, origin) == before
        pilot.app.focused.value = ""  # type: ignore[union-attr]
        await typed(pilot, "e745738")
        await until_text(pilot, "DONE")
        screen = flat(pilot.app)
        assert "What was private in 2 records is gone. 1 copy was deleted." in screen and "exports/a.csv" in screen
        assert "Nobody can call these back" in screen and "pending" not in screen
        await pilot.press("enter")
        await until_text(pilot, "✓ What was private in 2 records is gone.")
        await until_text(pilot, "nothing left to erase")
    assert found(station.home, (ZOE, BADGE)) == [] and found(station.home, ["Bo Tran"])
    assert openings(station, origin) == before - 2
    with SessionFile.open(station.find(origin).path) as file:
        assert len([one for one in file.session().people.values() if one.joined_i is not None]) == 3


async def test_a_walk_in_is_told_by_the_code_of_the_list_of_people(tmp_path: Path) -> None:
    station = station_in(tmp_path)
    origin = await stored(station, ((ZOE, BADGE), ("Kim Wu", ""), ("Kim Wu", "")))
    with SessionFile.open(station.find(origin).path) as file:
        codes = {walkin_code(one.p) for one in file.session().people.values() if one.name == "Kim Wu"}
    async with home(station) as (_app, pilot, _tools):
        await pilot.press("end", "X")
        screen = await until_text(pilot, "Kim Wu")
        rows = [row for row in screen.split("\n") if "Kim Wu" in row]
        assert len(codes) == 2 and {code for code in codes for row in rows if f"Kim Wu  {code} " in row} == codes


async def test_escape_at_every_step_erases_nothing(tmp_path: Path) -> None:
    station = station_in(tmp_path)
    origin = await stored(station)
    before = openings(station, origin)
    async with home(station) as (_app, pilot, _tools):
        await at_person(pilot, ZOE)
        for steps in range(3):
            if steps:
                await pilot.press("enter")
                await until_text(pilot, "THIS STAYS")
            for _ in range(steps):
                await pilot.press("enter")
                await pilot.pause(0.1)
            await pilot.press("escape")
            await until(pilot, lambda: "┌" not in text_of(pilot.app))
    assert openings(station, origin) == before


async def test_names_that_attack_the_screen_are_names_like_any_other(tmp_path: Path) -> None:
    """Brackets, escape codes and a novel: shown as text, found by search, erased by typing them."""
    station = station_in(tmp_path)
    people = [("Ann [/] Lee", "B2"), *((f"x{k} {p}", "") for k, p in enumerate(PAYLOADS[:3])), ("y" * 79, "")]
    await stored(station, people)
    async with home(station) as (_app, pilot, _tools):
        await pilot.press("end", "X")
        await until_text(pilot, "Ann [/] Lee")
        assert "\x1b" not in text_of(pilot.app)
        await pilot.press("slash")
        await until_text(pilot, "Whom?")
        await typed(pilot, "yyyy")
        await until(pilot, lambda: "Ann" not in text_of(pilot.app))
        await pilot.press("home", "enter")
        await until_text(pilot, "THIS STAYS")
        await through(pilot, "Y" * 79)
        await until_text(pilot, "DONE")
    assert found(station.home, ["y" * 79]) == []


async def test_what_others_wrote_goes_only_when_it_is_asked_for(tmp_path: Path) -> None:
    station = station_in(tmp_path)
    origin = await stored(station, say="Zoë Álvarez-Quisbert held the ladder")
    async with home(station) as (_app, pilot, _tools):
        await at_person(pilot, ZOE)
        await until_text(pilot, "[enter] go on")
        assert "(message, Bo Tran)" in flat(pilot.app)
        assert "The name or badge also stands in 1 record of others:" in flat(pilot.app)
        await pilot.press("enter")
        await until_text(pilot, ": why?")
        await pilot.press("enter")
        await until(pilot, lambda: "also stands in what others wrote" in flat(pilot.app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "to erase this person" in flat(pilot.app))
        await typed(pilot, BADGE)
        await until_text(pilot, "DONE")
        assert "What was private in 3 records is gone." in flat(pilot.app)
    assert found(station.home, (ZOE, BADGE)) == []
    assert openings(station, origin)


async def test_where_the_law_keeps_it_there_is_only_a_request(tmp_path: Path) -> None:
    """A file with numbers and no name, for head office; nothing here is erased."""
    station, stick = station_in(tmp_path), tmp_path / "STICK"
    stick.mkdir()
    origin = await stored(station, legal="OSHA-1910")
    before = openings(station, origin)
    async with home(station) as (_app, pilot, tools):
        tools.sticks = none  # type: ignore[method-assign]
        await at_person(pilot, ZOE, BADGE)
        assert "ONLY A REQUEST" in text_of(pilot.app) and "OSHA-1910" in flat(pilot.app)
        await pilot.press("enter")
        await until_text(pilot, ": why?")
        await pilot.press("down", "down", "enter")
        await until_text(pilot, "no stick is found")
        await pilot.press("enter")
        await pilot.pause(0.2)
        await typed(pilot, str(stick))
        await until_text(pilot, "✓ The request is written:")
    (file,) = stick.iterdir()
    text = file.read_text("utf-8")
    assert re.search(rf"fieldkit central erase {re.escape(origin)}( --record \d+)+ --why order\n", text)
    assert found(stick, (ZOE, BADGE)) == [] and openings(station, origin) == before


async def test_an_erasure_that_is_not_through_is_pending_and_goes_on(tmp_path: Path) -> None:
    """Another program reads the file meanwhile: said as pending, kept, done when it is asked for again."""
    station = station_in(tmp_path)
    origin = await stored(station)
    reader = sqlite3.connect(station.find(origin).path)
    async with home(station) as (_app, pilot, _tools):
        await at_person(pilot, ZOE)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM openings").fetchone()
        await through(pilot, BADGE)
        await until_text(pilot, "ERASURE PENDING")
        assert f"Not through yet: {ZOE}" in flat(pilot.app)
        await pilot.press("enter")
        await until_text(pilot, "✕ What was private in 2 records is gone. The erasure is pending")
        await until_text(pilot, "An erasure in this session is pending")
        reader.rollback()
        reader.close()
        await pilot.press("r")
        await until_text(pilot, "✓ Nothing is pending any more.")
    assert found(station.home, (ZOE, BADGE)) == []


async def test_a_session_that_cannot_be_read_and_a_row_that_is_none(tmp_path: Path) -> None:
    station = station_in(tmp_path)
    origin = await stored(station)
    station.find(origin).path.write_bytes(b"\x1b[2Jnothing of ours" * 400)
    async with home(station) as (_app, pilot, _tools):
        await pilot.press("home", "X")
        await until_text(pilot, "✕ Choose the session first in which the person was.")
        await pilot.press("end", "X")
        await until_text(pilot, "✕ This session's file is damaged.")


# ---- the session that runs


async def test_in_the_session_that_runs_the_desk_takes_it_out(tmp_path: Path) -> None:
    """X in the list of people; the view has no name any more, and no file of the laptop has."""
    async with after(tmp_path, training(), expected=((BADGE, ZOE), ("C3", "Bo Tran"))) as x:
        await x.join(ZOE, BADGE)
        await x.join("Bo Tran", "C3")
        home_folder = x.room.station.home
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "JOIN")
            await pilot.press("w", "slash")
            await typed(pilot, "Zo")
            await until_text(pilot, "▸ Zo")
            await pilot.press("X")
            await until_text(pilot, "THIS STAYS")
            await pilot.press("ctrl+n")
            await until_text(pilot, "Names are away.")
            await pilot.press("X")
            await until_text(pilot, "THIS STAYS")
            assert ZOE not in text_of(pilot.app) and "person " in flat_live(pilot)
            await pilot.press("escape", "ctrl+n")
            await until_text(pilot, "Names are back.")
            await pilot.press("X")
            await until_text(pilot, "THIS STAYS")
            await pilot.press("enter")
            await until_text(pilot, ": why?")
            await pilot.press("enter")
            await until(pilot, lambda: "to erase this person" in flat_live(pilot))
            await typed(pilot, BADGE)
            await until_text(pilot, "DONE")
            await pilot.press("enter")
            await until_text(pilot, "✓ What was private in 2 records is gone.")
        assert ZOE not in {one.name for one in x.room.desk.room_view().people}
        assert found(home_folder, (ZOE, BADGE)) == [] and found(home_folder, ["Bo Tran"])


def flat_live(pilot: Pilot[object]) -> str:
    return " ".join(" ".join(re.findall(r"│(.*?)│", text_of(pilot.app))).split())


async def test_a_console_without_the_laptops_files_erases_nothing(tmp_path: Path) -> None:
    async with live(tmp_path) as (_room, _app, pilot):
        await pilot.press("w")
        await until_text(pilot, "Who is here")
        await pilot.press("X")
        await until_text(pilot, "✕ Only the trainer's laptop erases.")


def test_a_huge_list_of_what_was_handed_out_is_cut() -> None:
    """Thousands of files and records of others stay a few lines."""
    from fieldkit.tui.erasetools import AlsoLine, OutLine

    plan = ErasePlan(
        p="p",
        name="Ann [/] Lee",
        records=1,
        goes={"name": 1},
        also=tuple(AlsoLine(index=k, kind="say.put", who="\x1b[2J") for k in range(5000)),
        out=tuple(OutLine(kind="export", path=f"/x/{k}\x1b]0;evil\x07.csv") for k in range(5000)),
    )
    lines = [one.plain for one in plan_lines(plan, 56, lambda text: text)]
    assert len(lines) < 60 and "\x1b" not in "".join(lines) and any("and 4970 more" in x for x in lines)
    assert all(len(x) <= 57 for x in lines)
