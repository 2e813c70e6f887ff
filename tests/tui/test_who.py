"""Who is who: two entries of one person, names, walk-ins' codes, staff, one scanner for in and out, paper."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core import intents as w
from fieldkit.core.walkin import walkin_code
from fieldkit.tui.panels.door import Door
from tests.tui.room import live, text_of, until, until_text


async def test_two_entries_become_one_after_a_question_that_names_both(tmp_path: Path) -> None:
    """m on the one that goes, m on the one that stays; no answers nothing, y merges."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        room.clock.advance(65_000)
        p = await room.join("Anna R.")
        await pilot.press("w", "slash", *"anna", "enter")
        await until_text(pilot, walkin_code(p))
        await pilot.press("m")
        await until_text(pilot, "Anna R. is the same person as whom?")
        await pilot.press("m")
        await until_text(pilot, "✕ Choose another entry.")
        await pilot.press("slash", *["backspace"] * 4, *"ruiz", "enter", "m")
        screen = " ".join((await until_text(pilot, "Is this one person?")).replace("│", " ").split())
        assert f"Anna R. · {walkin_code(p)} · came at 1:05" in screen and "Ana Ruiz · E1001" in screen
        await pilot.press("n")
        await until(pilot, lambda: "one person?" not in text_of(app))
        assert room.desk.session.people[p].merged_to is None
        await pilot.press("slash", *["backspace"] * 4, *"anna", "enter", "m")
        await until_text(pilot, "same person as whom?")
        await pilot.press("slash", *["backspace"] * 4, *"ruiz", "enter", "enter")
        await until_text(pilot, "Is this one person?")
        await pilot.press("y")
        await until_text(pilot, "✓ Ana Ruiz is one entry now.")
        assert room.desk.session.people[p].merged_to == room.person("Ana Ruiz")
        assert room.desk.session.present == 1


async def test_merging_is_given_up_with_escape(tmp_path: Path) -> None:
    """The first escape gives it up; enter checks in again."""
    async with live(tmp_path) as (room, _app, pilot):
        await pilot.press("w")
        await until_text(pilot, "Who is here")
        await pilot.press("m")
        await until_text(pilot, "same person as whom?")
        await pilot.press("escape", "down", "enter")
        await until_text(pilot, "✓ Bo Tran is in.")
        assert all(x.merged_to is None for x in room.desk.session.people.values())


async def test_a_name_is_corrected(tmp_path: Path) -> None:
    """n: the old name stands in the field; an empty one is not taken; markup is a name like any other."""
    async with live(tmp_path) as (room, _app, pilot):
        p = await room.join("Anna", "E1001")
        await pilot.press("w")
        await until_text(pilot, "Anna")
        await pilot.press("n")
        await until_text(pilot, "How is Anna really called?")
        await pilot.press(*["backspace"] * 4, "enter")
        await until_text(pilot, "Type the name first.")
        await pilot.press(*"Ann [/] Lee", "enter")
        await until_text(pilot, "✓ The name is Ann [/] Lee now.")
        assert room.desk.session.people[p].name == "Ann [/] Lee"


async def test_walk_ins_of_one_name_are_apart_by_their_codes(tmp_path: Path) -> None:
    """The code on the phone is the code in the list, and what is searched for."""
    async with live(tmp_path, roster=[]) as (room, app, pilot):
        first, second = [(await room.do(w.CheckIn(new_p=room.desk.new_p(), name="Ana"))).p or "" for _ in range(2)]
        await pilot.press("w")
        await until_text(pilot, walkin_code(first))
        assert walkin_code(second) in text_of(app)
        await pilot.press("slash", *walkin_code(second).lower(), "enter")
        await until(pilot, lambda: walkin_code(first) not in text_of(app))
        assert walkin_code(second) in text_of(app)


async def test_staff_have_roles_names_and_qualifications(tmp_path: Path) -> None:
    """S in the list of people: a role, a name, and what the office asks for."""
    async with live(tmp_path) as (room, _app, pilot):
        await pilot.press("w")
        await until_text(pilot, "Who is here")
        await pilot.press("S")
        await until_text(pilot, "Who runs this session")
        for role, name, qualification in (("interpreter", "Ines", ""), ("evaluator", "Eva", "Cert 12")):
            await pilot.press("home")
            rows = text_of(pilot.app).split("\n")
            at = next(k for k, row in enumerate(rows) if f"+ {role}" in row)
            top = next(k for k, row in enumerate(rows) if row.startswith("▸"))
            await pilot.press(*["down"] * (at - top), "enter")
            await until_text(pilot, f"Who is {role}?")
            await pilot.press("enter")
            await until_text(pilot, "Type the name first.")
            await pilot.press(*name, "enter")
            await until_text(pilot, f"Qualification of {name}")
            await pilot.press(*qualification, "enter")
            await until_text(pilot, f"✓ {name} is {role}.")
        found = {(s.role, s.name, s.qualification) for s in room.desk.room_view().staff}
        assert {("interpreter", "Ines", ""), ("evaluator", "Eva", "Cert 12")} <= found
        rows = text_of(pilot.app).split("\n")
        at = next(k for k, row in enumerate(rows) if "Ines" in row)
        await pilot.press("home", *["down"] * (at - 2), "D")
        await until_text(pilot, "Ines is not interpreter any more?")
        await pilot.press("y")
        await until_text(pilot, "✓ Taken off.")
        assert not any(s.name == "Ines" for s in room.desk.room_view().staff)


async def test_one_scanner_lets_people_in_and_out(tmp_path: Path) -> None:
    """S: whoever is not in comes in, whoever is in leaves; a scanner that repeats itself changes nothing."""
    async with live(tmp_path) as (room, app, pilot):
        await room.do(w.CheckIn(new_p=room.desk.new_p(), badge="E1002"))
        await pilot.press("S")
        await until_text(pilot, "BADGE IN, AGAIN: OUT ▸")
        await pilot.press(*"E1001", "enter")
        await until_text(pilot, "✓ Ana Ruiz is in.")
        await pilot.press(*"E1001", "enter")
        await until_text(pilot, "✕ Scanned twice in half a minute: nothing has changed.")
        assert room.desk.session.person("E1001").present
        await pilot.press(*"E1002", "enter")
        await until_text(pilot, "✓ Bo Tran has left.")
        app.screen.query_one(Door).again_s = 0.0
        await pilot.press(*"E1001", "enter")
        await until_text(pilot, "✓ Ana Ruiz has left.")
        await pilot.press(*"E1001", "enter")
        await until_text(pilot, "✓ Ana Ruiz is in.")
        await pilot.press("escape", "b")
        await until_text(pilot, "BADGE IN ▸")
        await pilot.press(*"E1001", "enter")
        await until_text(pilot, "✕ This person is already in.")
        assert room.desk.session.present == 1


async def test_a_sign_in_sheet_is_typed_in_as_paper(tmp_path: Path) -> None:
    """P: from the list and by name; P again: by hand as before."""
    async with live(tmp_path) as (room, _app, pilot):
        await pilot.press("w")
        await until_text(pilot, "Who is here")
        await pilot.press("P")
        await until_text(pilot, "FROM PAPER")
        await pilot.press("enter")
        await until_text(pilot, "✓ Ana Ruiz is in.")
        await pilot.press("plus", *"New Hand", "enter")
        await until_text(pilot, "✓ New Hand is in, as a walk-in.")
        screen = await until_text(pilot, "paper, walk-in")
        assert "paper" in next(line for line in screen.split("\n") if "Ana Ruiz" in line and "E1001" in line)
        assert room.desk.session.person("E1001").vias == ["paper"]
        await pilot.press("P", "end", "enter")
        await until_text(pilot, "✓ ")
        assert [x.vias for x in room.desk.session.people.values() if x.present].count(["paper"]) == 2
