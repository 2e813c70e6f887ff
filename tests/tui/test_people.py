"""People: the check-in field and its scanner, the list with manual marks, leaving, walk-ins."""

from __future__ import annotations

from pathlib import Path

from textual import events

from fieldkit.core import intents as w
from fieldkit.tui.app import LiveApp
from fieldkit.tui.screens.base import Said
from tests.tui.room import live, text_of, until, until_text


async def test_a_scanner_checks_in_one_badge_after_the_other(tmp_path: Path) -> None:
    """b once, then scan after scan; a second scan of the same badge changes nothing."""
    async with live(tmp_path) as (room, app, pilot):
        await pilot.press("b")
        await until_text(pilot, "BADGE IN ▸")
        await pilot.press(*"e1001", "enter")
        await until_text(pilot, "✓ Ana Ruiz is in.  (E1001)")
        await pilot.press(*"E1002", "enter")
        await until_text(pilot, "✓ Bo Tran is in.  (E1002)")
        before = room.desk.session.saved
        await pilot.press(*"E1001", "enter")
        await until_text(pilot, "This person is already in.")
        assert room.desk.session.saved == before
        assert room.desk.session.present == 2
        await pilot.press("escape")
        await until(pilot, lambda: "BADGE IN" not in text_of(app))


async def test_an_unknown_badge_asks_for_the_name_and_scans_go_on_meanwhile(tmp_path: Path) -> None:
    """The unknown one is kept; known badges still come in; the name makes a walk-in; Escape gives it up."""
    async with live(tmp_path) as (room, _app, pilot):
        await pilot.press("b")
        await pilot.press(*"Z901", "enter")
        screen = await until_text(pilot, "NAME for badge Z901 ▸")
        assert "Nobody here has this badge." in screen
        await pilot.press(*"E1003", "enter")
        await until_text(pilot, "✓ Li Wei is in.")
        await until_text(pilot, "ROOM 1 unknown badge")
        await pilot.press(*"Zed Zee", "enter")
        await until_text(pilot, "✓ Zed Zee is in, as a walk-in.  (Z901)")
        assert room.desk.session.person("Z901").walkin
        await pilot.press(*"Z902", "enter")
        await until_text(pilot, "NAME for badge Z902 ▸")
        await pilot.press("escape")
        await until_text(pilot, "Not checked in: nobody knows this badge.")
        await until_text(pilot, "BADGE IN ▸")
        assert room.desk.session.person("Z902") is None


async def test_leaving_has_a_key_and_a_prefix(tmp_path: Path) -> None:
    """B scans people out; a minus before the badge does it once."""
    async with live(tmp_path) as (room, _app, pilot):
        for badge in ("E1001", "E1002"):
            await room.do(w.CheckIn(new_p=room.desk.new_p(), badge=badge))
        await pilot.press("B")
        await until_text(pilot, "BADGE OUT ▸")
        await pilot.press(*"E1001", "enter")
        await until_text(pilot, "✓ Ana Ruiz has left.")
        await pilot.press("escape", "b")
        await until_text(pilot, "BADGE IN ▸")
        await pilot.press("minus", *"E1002", "enter")
        await until_text(pilot, "✓ Bo Tran has left.")
        assert room.desk.session.present == 0


async def test_words_that_are_no_badge_search_the_people(tmp_path: Path) -> None:
    """A typed name is looked for, never matched by itself: the trainer chooses."""
    async with live(tmp_path) as (room, _app, pilot):
        await pilot.press("b", *"lopez", "enter")
        screen = await until_text(pilot, "SEARCH ▸")
        assert "Maria Lopez" in screen and "Ana Ruiz" not in screen
        await pilot.press("enter")
        await until_text(pilot, "● in")
        assert room.desk.session.person("E1004").present


def burst(app: LiveApp, text: str) -> None:
    """Keys as a scanner sends them: all at once."""
    for character in text:
        key = "enter" if character == "\r" else character
        event = events.Key(key, character)
        event.set_sender(app)
        assert app._driver is not None
        app._driver.send_message(event)


async def test_a_scan_without_the_field_is_a_badge_and_no_command(tmp_path: Path) -> None:
    """`E1001` begins with the key that ends the session, and Enter follows; it checks Ana in."""
    async with live(tmp_path) as (room, app, pilot):
        burst(app, "E1001\r")
        await until_text(pilot, "✓ Ana Ruiz is in.")
        assert room.desk.session.state != "ended"
        assert "End the session" not in text_of(app)


async def test_a_scan_over_a_dialog_or_a_list_is_a_badge_too(tmp_path: Path) -> None:
    """`y1…` over a question is no yes; on the list of people it marks nobody."""
    async with live(tmp_path, roster=[("Y1001", "Ana Ruiz"), ("E1002", "Bo Tran")]) as (room, app, pilot):
        await pilot.press("E")
        await until_text(pilot, "End the session for everybody?")
        burst(app, "y1001\r")
        await until(pilot, lambda: room.desk.session.present == 1)
        assert room.desk.session.state != "ended"
        await pilot.press("n", "w")
        await until_text(pilot, "Who is here")
        burst(app, "e1002\r")
        await until_text(pilot, "✓ Bo Tran is in.")
        assert not room.desk.session.person("Y1001").marks


async def test_marks_by_hand(tmp_path: Path) -> None:
    """p, l, e, a, j with the reason; o lets leave; each is on the desk and in the list."""
    async with live(tmp_path) as (room, _app, pilot):
        await pilot.press("w")
        await until_text(pilot, "Who is here")
        await pilot.press("enter")
        await until_text(pilot, "✓ Ana Ruiz is in.")
        for key, words, status in (("l", "late", "late"), ("e", "left early", "left_early"), ("a", "absent", "absent")):
            await pilot.press(key)
            await until_text(pilot, f"✓ Ana Ruiz: marked {words}.")
            assert room.desk.session.person("E1001").marks[-1].status == status
        await pilot.press("j")
        await until_text(pilot, "Why is Ana Ruiz excused?")
        await pilot.press("enter")
        await until_text(pilot, "Type the reason, or press Esc.")
        await pilot.press(*"doctor", "enter")
        await until_text(pilot, "✓ Ana Ruiz: marked excused.")
        mark = room.desk.session.person("E1001").marks[-1]
        assert (mark.status, mark.reason) == ("excused", "doctor")
        await pilot.press("p")
        await until_text(pilot, "✓ Ana Ruiz: marked present.")
        await pilot.press("o")
        await until_text(pilot, "✓ Ana Ruiz has left.")
        await until_text(pilot, "◌ left")


async def test_release_remove_add_and_search(tmp_path: Path) -> None:
    """r frees the badge of a phone, D takes out after a question, + adds by name, / narrows the list."""
    async with live(tmp_path) as (room, app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await pilot.press("w")
        await until_text(pilot, "phone")
        await pilot.press("r")
        await until_text(pilot, "The badge is free for another phone.")
        await pilot.press("plus")
        await until_text(pilot, "Who came without a badge?")
        await pilot.press(*"New Hand", "enter")
        await until_text(pilot, "✓ New Hand is in, as a walk-in.")
        await pilot.press("slash", *"new", "enter")
        await until(pilot, lambda: "Bo Tran" not in text_of(app))
        await pilot.press("D")
        await until_text(pilot, "Take New Hand out of the session?")
        await pilot.press("y")
        await until_text(pilot, "✕ removed")
        await pilot.press("escape")
        await until_text(pilot, "Bo Tran")


async def test_after_the_end_marks_are_corrections(tmp_path: Path) -> None:
    """From the summary the same keys amend the closed record."""
    async with live(tmp_path) as (room, _app, pilot):
        await room.join("Ana Ruiz", "E1001")
        await room.do(w.End())
        await until_text(pilot, "The session has ended")
        await pilot.press("w")
        await until_text(pilot, "Who is here")
        await pilot.press("l")
        await until_text(pilot, "✓ Ana Ruiz: marked late.")
        assert len(room.desk.session.amendments) == 1


async def test_somebody_expected_and_a_walk_in_of_one_name_are_marked(tmp_path: Path) -> None:
    """Case aside; the key that makes them one is at the bottom, and nothing is merged by itself."""
    async with live(tmp_path) as (room, app, pilot):
        await pilot.press("w")
        await until_text(pilot, "Ana Ruiz")
        assert "same name" not in text_of(app)
        await room.join("ANA  ruiz")
        await until(pilot, lambda: text_of(app).count("same name") == 2)
        assert "[m] is the same person as…" in text_of(app)
        assert room.desk.session.present == 1


async def test_a_refusal_does_not_stay_for_ever(tmp_path: Path) -> None:
    async with live(tmp_path) as (_room, app, pilot):
        app.screen.query_one(Said).STAYS_S = 0.3
        await pilot.press("r")
        await until_text(pilot, " ✕ ")
        await until(pilot, lambda: " ✕ " not in text_of(app))
