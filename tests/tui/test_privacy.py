"""Names away: on every screen of the live app at once, until the key is pressed again; what is recorded keeps them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from fieldkit.cli.console_tools import ConsoleTools
from fieldkit.core import intents as w
from fieldkit.core.intents import Actor
from fieldkit.core.views import Nudge
from fieldkit.tui.app import LiveApp
from fieldkit.tui.privacy import blanked
from fieldkit.tui.screens.base import RoomScreen, Said
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.screens.warned import Warned
from fieldkit.tui.tools import AskingLine, ConsoleLine, ConsoleState, RemoteState
from tests.tui.kinds import every_plan
from tests.tui.room import ROSTER, Room, live, text_of, until, until_text
from tests.tui.tour import back

NAMES = [part for _badge, name in ROSTER for part in name.split() if part not in ("de", "la")]
BADGES = [badge for badge, _name in ROSTER]


def seen(text: str) -> list[str]:
    return [x for x in (*NAMES, *BADGES) if x in text]


async def busy(room: Room) -> list[str]:
    """People with phones and without, hands, messages, questions, an open question: something on every screen."""
    phones = [await room.join(name, badge) for badge, name in ROSTER[:3]]
    await room.do(w.CheckIn(new_p="", badge="E1004"))
    await room.do(w.RaiseHand(up=True), phones[0])
    await room.do(w.PutSay(activity=None, text="who holds the key?"), phones[1])
    await room.do(w.OpenActivity(activity="talk"))
    await room.do(w.PutSay(activity="talk", text="the valve"), phones[2])
    await room.do(w.OpenActivity(activity="hurt"))
    await room.answer(phones[0], "hurt", "a")
    return phones


async def test_no_name_and_no_badge_is_left_in_the_view_and_everything_else_stays(tmp_path: Path) -> None:
    """The whole view as bytes: that no screen can show what is not there."""
    async with live(tmp_path) as (room, _app, _pilot):
        await busy(room)
        whole = room.desk.room_view()
        away = blanked(whole)
        assert len(seen(msgspec.json.encode(whole).decode())) > 8
        assert seen(msgspec.json.encode(away).decode()) == []
        assert [p.p for p in away.people] == [p.p for p in whole.people], "keys still act on who is meant"
        assert [p.status for p in away.people] == [p.status for p in whole.people]
        assert [len(x.missing) for x in away.open] == [len(x.missing) for x in whole.open]
        assert (whole.trainer, away.trainer) == ("Sam Ortiz", "trainer")
        assert not any(p.ev or p.code or p.crew for p in away.people)


def keys() -> Iterator[str]:
    """Keys of the live screen that open a screen of their own, and the live screen itself."""
    yield from ("", "w", "d", "H", "Q", "s", "k", "K", "T", "L", "t", "p", "J", "exclamation_mark")


@pytest.mark.parametrize("press", list(keys()))
async def test_no_screen_shows_a_name(tmp_path: Path, press: str) -> None:
    """With them, then without: on the screen that was open when the key was pressed and on those below it."""
    async with live(tmp_path) as (room, app, pilot):
        await busy(room)
        await until_text(pilot, "answered 1 of 4 present")
        if press:
            await pilot.press(press)
            await until(pilot, lambda: len(app.screen_stack) == 2)
        await pilot.press("ctrl+n")
        await until_text(pilot, "person 1" if press in ("", "w", "H", "L", "p", "exclamation_mark") else " ")
        await until(pilot, lambda: app.bridge.private and seen(text_of(app)) == [], f"{press!r} shows a name")
        if press:
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)
            assert seen(text_of(app)) == []
        await pilot.press("ctrl+n")
        await until_text(pilot, "Bo Tran")


async def test_namesakes_are_two_numbers(tmp_path: Path) -> None:
    """Hand, question, log and nudge: each is its own author's, though both bear one name."""
    async with live(tmp_path) as (room, _app, _pilot):
        phones = [await room.join("Ana Ruiz"), await room.join("Ana Ruiz", "E1001")]
        for phone in phones:
            await room.do(w.RaiseHand(up=True), phone)
            await room.do(w.PutSay(activity=None, text=f"of {phone}"), phone)
        view = room.desk.room_view()
        away = blanked(replace(view, nudges=[Nudge("silent", 2, ["Ana Ruiz"] * 2, [x.p for x in view.hand_lines])]))
        who = {one.p: one.name for one in away.people}
        assert len(set(who.values())) == len(who)
        assert [x.name for x in away.hand_lines] == away.hands == away.nudges[0].names
        assert away.hands == [who[x.p] for x in view.hand_lines] and len(set(away.hands)) == 2
        assert {x.name for x in away.says} == {x.name for x in away.asks} == set(away.hands)
        assert all(x.name == who[x.p] for x in (*away.says, *away.asks))
        assert {x.who for x in away.log if x.kind == "say.put"} <= set(away.hands)
        assert {x.who for x in away.log if x.p and x.kind.startswith("hand")} == set(away.hands)


async def test_it_stays_while_the_room_goes_on_and_for_screens_opened_later(tmp_path: Path) -> None:
    """Whoever comes in next is a number, too."""
    async with live(tmp_path) as (room, app, pilot):
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.bridge.private)
        await busy(room)
        await until_text(pilot, "answered 1 of 4 present")
        for press in ("w", "L"):
            await pilot.press(press)
            await until_text(pilot, "person 2")
            assert seen(text_of(app)) == []
            await pilot.press("escape")


async def test_a_dialog_that_bears_a_name_is_given_up(tmp_path: Path) -> None:
    """Nothing it asked for is done."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("w")
        await until_text(pilot, "Who is here")
        await pilot.press("D")
        await until_text(pilot, "Take Ana Ruiz out of the session?")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.bridge.private and seen(text_of(app)) == [])
        assert room.desk.session.person("E1001").present


async def test_what_is_recorded_keeps_the_names(tmp_path: Path) -> None:
    """The note of an alarm names who was not ticked off, whatever the screen shows; a name is not made a number."""
    async with live(tmp_path) as (room, _app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("n")
        await until_text(pilot, "STEP 1/5")
        await pilot.press("ctrl+n", "exclamation_mark")
        screen = await until_text(pilot, "NOT ACCOUNTED FOR")
        assert seen(screen) == [] and "person 1" in screen
        await until_text(pilot, "0 of 2 ticked off")
        await until(pilot, lambda: room.desk.session.state == "paused")
        await pilot.press("g")
        assert seen(await until_text(pilot, "[y] yes")) == []
        await pilot.press("y")
        wanted = "Muster: 0 of 2 ticked off. Not ticked off: Sam Ortiz, Ana Ruiz"
        await until(pilot, lambda: room.noticed == wanted)
        await pilot.press("w")
        await until_text(pilot, "Who is here")
        await pilot.press("n")
        screen = await until_text(pilot, "really called?")
        await pilot.press("enter")
        await pilot.pause(0.1)
        assert room.desk.session.person("E1001").name == "Ana Ruiz"


async def test_the_search_finds_by_name_all_the_same(tmp_path: Path) -> None:
    """What is typed is the trainer's own; who is found stays a number."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("ctrl+n", "w")
        await until_text(pilot, "person 1")
        await pilot.press("slash", *"Bo Tr")
        await until(pilot, lambda: "person 2" in text_of(app) and "person 1" not in text_of(app))


async def test_a_badge_at_the_door_is_not_shown(tmp_path: Path) -> None:
    """Neither the badge nor the name of who is in now."""
    async with live(tmp_path) as (_room, app, pilot):
        await pilot.press("ctrl+n", "b", *"E1003", "enter")
        await until_text(pilot, "✓ person 3 is in.")
        assert seen(text_of(app)) == []


async def test_groups_and_checklists_name_nobody(tmp_path: Path) -> None:
    """The panels of types that list people themselves."""
    async with live(tmp_path, made=every_plan()) as (room, app, pilot):
        for badge, name in ROSTER:
            await room.join(name, badge)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.bridge.private)
        for a in every_plan().activities:
            await room.do(w.OpenActivity(activity=a.id, small=True))
            await until(pilot, lambda a=a: any(x.activity == a.id for x in app.view.open))  # type: ignore[misc]
            assert seen(text_of(app)) == [], a.id


MARK = "Zuzana Marker"
"""A name that no sentence of ours holds."""
EVERYWHERE = (
    *("", "w", "d", "H", "Q", "s", "k", "K", "T", "L", "t", "t enter", "t w", "p", "P", "l", "G", "J", "q", "C", "x"),
    *("question_mark", "exclamation_mark", "ctrl+p", "w S", "C r", "q k", "q j", "w m", "w D", "w n", "w e", "w S D"),
    *("w S down enter", "V", "E", "H enter", "a", "c", "y", "b", "S", "B"),
)
"""Keys from the live screen to every screen and dialog of a session."""
PARTS = 4
"""So many sessions are gone through, each with its share of them."""


class Desks(ConsoleTools):
    """Second consoles where a laptop asks and another is in, both of people who are called like somebody."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]

    def state(self) -> ConsoleState:
        words = "acid acorn actor adult again agent"
        asking = (AskingLine(no=1, name=MARK, words=words),)
        attached = (ConsoleLine(no=7, role="helper", name=f"{MARK} junior", live=True),)
        return ConsoleState(on=True, address="10.42.0.1", words=words, asking=asking, attached=attached)

    def remote(self) -> RemoteState:
        return RemoteState()


async def marked(room: Room) -> None:
    """Somebody called MARK wherever somebody can be: on the list, on the staff, as a helper, in hands and messages, in
    groups, a checklist, a result, the newest records and a note of ours."""
    mark = await room.join(MARK, "M7777")
    twin = await room.join(MARK)
    for role, name in (("observer", f"Dr. {MARK}"), ("trainer", f"{MARK} senior")):
        await room.do(w.SetStaff(role=role, name=name, qualification=f"{MARK} knows"))
    await room.do(w.PairConsole(role="helper", name=f"{MARK} junior", key="k" * 20))
    helper = next(x.i for x in room.desk.session.staff if x.role == "helper")
    by = Actor(by="co", via="terminal", co=helper, role="helper")
    await room.desk.submit(w.Mark(who=mark, status="late"), by)
    await room.do(w.RaiseHand(up=True), mark)
    await room.do(w.PutSay(activity=None, text="who holds the key?"), mark)
    await room.do(w.AddNote(text=f"Muster: 1 of 2 ticked off. Not ticked off: {MARK}"))
    for a in every_plan().activities:
        await room.do(w.OpenActivity(activity=a.id, small=True))
        if a.type == "choice":
            await room.answer(mark, a.id, a.options[0].id)
        if a.type == "prompt":
            await room.do(w.PutSay(activity=a.id, text="the valve"), twin)
        await room.do(w.CloseActivity(activity=a.id))
    await room.do(w.Revote(activity=next(a.id for a in every_plan().activities if a.type == "choice")))


@pytest.mark.parametrize("part", range(PARTS))
async def test_a_marker_stands_nowhere(tmp_path: Path, part: int) -> None:
    """Names away, then every way to every screen; and every sentence that was said on the way."""
    async with live(tmp_path, made=every_plan(), size=(100, 40)) as (room, app, pilot):
        app.tools.consoles = Desks()  # type: ignore[misc]
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.bridge.private)
        await marked(room)
        await until(pilot, lambda: app.view.saved == room.desk.room_view().saved)
        for press in EVERYWHERE[part::PARTS]:
            for k in press.split():
                await pilot.press(k)
                await pilot.pause(0.1)
                assert "Marker" not in text_of(app), f"{press!r} at {k!r}:\n{text_of(app)}"
            await until_text(pilot, " ")
            assert "Marker" not in text_of(app), text_of(app)
            await back(app, pilot, 1)
            assert app.bridge.private, press
        assert MARK in room.desk.session.person("M7777").name


async def test_sentences_of_ours_bear_no_name(tmp_path: Path) -> None:
    """What is told, asked and warned of, also when the name came from elsewhere than the view; half a word stays."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.bridge.private)
        line = app.screen.query_one(Said)
        line.tell("Ana Ruiz and Bo Tran asked Sam Ortiz.", "E1001", ok=True)
        screen = await until_text(pilot, "✓ person 1 and person 2 asked trainer.")
        assert "(person 1)" in screen
        line.hint("Li Weiner is not Li Wei; 1 of 2.")
        await until_text(pilot, "Li Weiner is not person 3; 1 of 2.")
        app.push_screen(Confirm("Ana Ruiz?"))
        await until_text(pilot, "person 1?")
        app.push_screen(LineBox("Who is Ana Ruiz?"))
        await until_text(pilot, "Who is person 1?")
        app.push_screen(Warned(["Ana Ruiz is on the list twice."]))
        await until_text(pilot, "person 1 is on the list twice.")


async def test_a_wish_about_staff_keeps_the_name(tmp_path: Path) -> None:
    """The screen says the role; the record says who."""
    async with live(tmp_path) as (room, app, pilot):
        await room.do(w.SetStaff(role="observer", name="Kim Lee"))
        await pilot.press("ctrl+n", "w", "S")
        await until_text(pilot, "observer")
        assert "Kim Lee" not in text_of(app)
        await pilot.press("D", "y")
        await until(pilot, lambda: all(x.name != "Kim Lee" for x in room.desk.session.staff))


async def test_no_table_is_shown_and_none_is_changed(tmp_path: Path) -> None:
    """The preview of an export is full of names."""
    async with live(tmp_path) as (_room, _app, pilot):
        await pilot.press("x")
        await until_text(pilot, "1,Ana Ruiz")
        await pilot.press("ctrl+n")
        screen = await until_text(pilot, "It names 1 person: …")
        assert "Ana" not in screen and "Names are away." in screen


def test_every_screen_takes_the_view_that_may_be_blanked() -> None:
    """A screen that asked the desk itself would show names; only what writes a record asks for the whole view."""
    asks: list[str] = []
    for cls in every_screen(RoomScreen):
        source = inspect.getsource(cls)
        asks += [cls.__name__ for bad in ("desk.room_view", "desk.person_name") if bad in source]
    assert asks == []
    assert "desk.room_view" not in inspect.getsource(LiveApp)


def every_screen(cls: type[Any]) -> Iterator[type[Any]]:
    for sub in cls.__subclasses__():
        yield sub
        yield from every_screen(sub)
