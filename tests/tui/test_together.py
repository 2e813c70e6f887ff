"""Groups and checklists from the keyboard: every key is a wish, every wish is in the record."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core import intents as w
from tests.tui.kinds import every_plan
from tests.tui.room import ROSTER, Room, live, text_of, until, until_text


def groups(room: Room) -> list[list[str]]:
    names = {p.p: p.name for p in room.desk.room_view().people}
    return [sorted(names[p] for p in g.members) for g in room.desk.session.round("teams").groups]


async def test_groups_are_made_by_number_size_and_list(tmp_path: Path) -> None:
    """n, z, l, a: what is typed is what there is; nonsense is said and changes nothing."""
    async with live(tmp_path, made=every_plan()) as (room, _app, pilot):
        await pilot.press("G")
        await until_text(pilot, "✕ No groups have been opened yet.")
        for badge, name in ROSTER:
            await room.join(name, badge)
        await room.do(w.OpenActivity(activity="teams"))
        await until_text(pilot, "[G] groups")
        await pilot.press("G")
        await until_text(pilot, "group 1")
        await pilot.press("n")
        await until_text(pilot, "How many groups?")
        await pilot.press("2", "enter")
        await until_text(pilot, "✓ The groups are made.")
        await until(pilot, lambda: sorted(map(len, groups(room))) == [2, 3])
        await pilot.press("z")
        await until_text(pilot, "How many people in a group?")
        await pilot.press("5", "enter")
        await until(pilot, lambda: list(map(len, groups(room))) == [5])
        for wrong in ("0", "many", "99999999", "-3"):
            await pilot.press("n")
            await until_text(pilot, "How many groups?")
            await pilot.press(*wrong, "enter")
            assert "How many groups?" in await until_text(pilot, "Type a number.")
            await pilot.press("escape")
            await until(pilot, lambda: "How many groups?" not in text_of(pilot.app))
        assert list(map(len, groups(room))) == [5]
        await pilot.press("l")
        await until_text(pilot, "Who is in which group?")
        await pilot.press(*"e1001 e1002, e1003 / e1004;e1005", "enter")
        await until(pilot, lambda: len(groups(room)) == 2)
        assert groups(room) == [["Ana Ruiz", "Bo Tran", "Li Wei"], ["Maria Lopez Hernandez de la Torre", "Olu Adeyemi"]]
        await pilot.press("l", *"E1001 nobody", "enter")
        assert "E1001 nobody" in await until_text(pilot, "Nobody in this session is called that.")
        assert len(groups(room)) == 2
        await pilot.press("escape")
        await until(pilot, lambda: "Who is in which group?" not in text_of(pilot.app))
        await pilot.press("a")
        await until(pilot, lambda: len(groups(room)) in (2, 3) and max(map(len, groups(room))) <= 3)


async def test_people_move_and_places_are_typed_and_rotated(tmp_path: Path) -> None:
    """A digit moves who is under the cursor; places and names stay when the groups are not made anew."""
    async with live(tmp_path, made=every_plan()) as (room, app, pilot):
        for badge, name in ROSTER[:4]:
            await room.join(name, badge)
        await room.do(w.OpenActivity(activity="teams"))
        await room.do(w.MakeGroups(activity="teams", lists=(("E1001", "E1002"), ("E1003", "E1004"))))
        await until_text(pilot, "[G] groups")
        await pilot.press("G")
        await until_text(pilot, "▸  group 1")
        await pilot.press("2")
        await until_text(pilot, "✕ Choose a person first.")
        await pilot.press("p")
        await until_text(pilot, "Where does group 1 sit?")
        await pilot.press(*"Bay 2", "enter")
        await until_text(pilot, "·  Bay 2")
        await pilot.press("t")
        await until_text(pilot, "What is group 1 called?")
        await pilot.press(*"Red", "enter")
        await until_text(pilot, "1  Red  ·  Bay 2")
        assert groups(room)[0] == ["Ana Ruiz", "Bo Tran"], "a place does not move anybody"
        await pilot.press("down", "2")
        await until_text(pilot, "✓ Ana Ruiz is in group 2 now.")
        await until(pilot, lambda: groups(room)[1] == ["Ana Ruiz", "Li Wei", "Maria Lopez Hernandez de la Torre"])
        await pilot.press("m")
        await until_text(pilot, "Into which group with")
        await pilot.press("7", "enter")
        assert "Into which group with" in await until_text(pilot, "There is no group with this number. (7)")
        await pilot.press("escape")
        await until(pilot, lambda: "Into which group with" not in text_of(app))
        await pilot.press("r")
        await until_text(pilot, "✓ Every group goes on to the next place.")
        await until(pilot, lambda: room.desk.session.round("teams").groups[1].place == "Bay 2")
        assert "Red" in text_of(app)


async def test_a_checklist_is_signed_off_with_the_arrows(tmp_path: Path) -> None:
    """l: space ok, x not ok, n a note; critical items are marked; who passes is said."""
    async with live(tmp_path, made=every_plan()) as (room, _app, pilot):
        await pilot.press("l")
        await until_text(pilot, "✕ No checklist has been opened yet.")
        for badge, name in ROSTER[:3]:
            await room.join(name, badge)
        await room.do(w.OpenActivity(activity="skills"))
        await until_text(pilot, "0 of 3 have passed   [l] signs off")
        await pilot.press("l")
        await until_text(pilot, "1. Tells the operators")
        await pilot.press("space")
        await until_text(pilot, "✓ Ana Ruiz: ok.")
        await pilot.press("right")
        await until_text(pilot, "2. Tries the start button  critical")
        await pilot.press("x")
        await until_text(pilot, "✕ not passed")
        checks = room.desk.session.round("skills").checks[room.person("Ana Ruiz")]
        assert (checks["tell"].ok, checks["try"].ok) == (True, False)
        await pilot.press("n")
        await until_text(pilot, "A note on Ana Ruiz")
        await pilot.press(*"hand slipped", "enter")
        await until_text(pilot, "✓ Ana Ruiz: the note is saved.")
        assert room.desk.session.round("skills").checks[room.person("Ana Ruiz")]["try"].note == "hand slipped"
        await pilot.press("enter", "right", "enter")
        await until_text(pilot, "1 of 3 have passed")
        await until_text(pilot, "✓ passed")
        before = room.desk.session.saved
        await pilot.press("space")
        await until_text(pilot, "✓ Ana Ruiz: ok.")
        assert room.desk.session.saved == before, "what is ok is not recorded again"
        await pilot.press("x")
        await until_text(pilot, "✓ Ana Ruiz: not ok.")
        await pilot.press("down", "n")
        await until_text(pilot, "✕ Judge it first: [space] ok, [x] not ok.")
        await pilot.press("pagedown", "home", "left", "left", "left")
        await until_text(pilot, "1. Tells the operators")


async def test_a_checklist_that_was_closed_says_so(tmp_path: Path) -> None:
    """The grid stays to be looked at; the rules say what may still be judged."""
    async with live(tmp_path, made=every_plan()) as (room, _app, pilot):
        await room.join(*reversed(ROSTER[0]))
        await room.do(w.OpenActivity(activity="skills"))
        await room.do(w.CloseActivity(activity="skills"))
        await until_text(pilot, "[l] signs off")
        await pilot.press("l")
        await until_text(pilot, "1. Tells the operators")
        await pilot.press("space")
        await until_text(pilot, "✕ ")
        assert not room.desk.session.round("skills").checks
