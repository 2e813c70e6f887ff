"""Whether one may go home: the strip of the home screen, its details, and carrying from there."""

from __future__ import annotations

from pathlib import Path

from fieldkit.log.store import Store
from fieldkit.sync.purge import PURGED
from tests.kit.clock import ManualClock
from tests.tui.homekit import carried, enrolled, held_session, home, receipted, station_in
from tests.tui.room import text_of, until_text


async def test_safe_to_go_home_means_receipts_over_everything_and_nothing_less(tmp_path: Path) -> None:
    """Carried is not there yet; a receipt over all of it turns the light; the details say the next step."""
    station = station_in(tmp_path)
    enrolled(station)
    origin = await held_session(station, "Gloves")
    async with home(station) as (app, pilot, _tools):
        await until_text(pilot, "◷ NOT YET [i]  1 lacks a receipt")
        carried(station, origin)
        await pilot.press("i")
        screen = await until_text(pilot, "WHAT HEAD OFFICE HAS NOT SIGNED FOR")
        assert "Press y on the home screen" in screen and "Gloves" in screen
        await pilot.press("escape", "ctrl+r")
        await pilot.pause(0.3)
        assert "SAFE" not in text_of(app)
        receipted(station, origin)
        await pilot.press("ctrl+r")
        await until_text(pilot, "✓ SAFE TO GO HOME [i]  head office has the 1 session · last receipt 1 hour ago")


async def test_the_light_and_the_rows_say_the_same(tmp_path: Path) -> None:
    """Carried rows are not `here only`; all receipted and one not ended says just that, and what is newest."""
    station = station_in(tmp_path)
    done = await held_session(station, "Gloves")
    going = await held_session(station, "Ladders", end=False)
    carried(station, done)
    async with home(station) as (_app, pilot, _tools):
        await until_text(pilot, "◷ NO HEAD OFFICE YET [i]  1 session is here only · 1 is carried · 1 not ended")
        carried(station, going)
        await pilot.press("ctrl+r")
        await until_text(pilot, "◷ NO HEAD OFFICE YET [i]  2 sessions are carried, no receipt yet · 1 not ended")
        enrolled(station)
        receipted(station, done)
        receipted(station, going)
        await pilot.press("ctrl+r")
        await until_text(pilot, "◷ NOT YET [i]  1 session is not ended · last receipt 1 hour ago")


async def test_without_a_head_office_nothing_is_called_safe(tmp_path: Path) -> None:
    """No trust list: the column of certificates is gone, the key is not enrolled, the session is here only."""
    station = station_in(tmp_path)
    await held_session(station, "Gloves")
    async with home(station) as (_app, pilot, _tools):
        screen = await until_text(pilot, "◷ NO HEAD OFFICE YET [i]  1 session is here only")
        assert "○○○○ kept here" in next(row for row in screen.split("\n") if "Gloves" in row)
        assert "KEY ○ unknown to head office" in screen and "✓ signed" not in screen and "not signed" not in screen
        await pilot.press("i")
        await until_text(pilot, "Press k on the home screen: it asks head office")


async def test_a_laptop_that_the_list_does_not_name_and_a_clock_that_went_back(tmp_path: Path) -> None:
    """Both stand in the strip in words, with ✕."""
    clock = ManualClock()
    station = station_in(tmp_path, clock)
    enrolled(station, device=False)
    await held_session(station, "Gloves")
    clock.jump_wall(-40 * 86_400_000)
    async with home(station) as (_app, pilot, _tools):
        screen = await until_text(pilot, "CLOCK ✕ is wrong")
        assert "KEY ✕ unknown to head office" in screen
        await pilot.press("i")
        screen = await until_text(pilot, "40 days behind this laptop's last session")
        assert "which is not in the list of acme.example" in " ".join(screen.split())


async def test_what_is_not_ended_is_carried_with_a_word_about_it_and_a_mistake_stays(tmp_path: Path) -> None:
    """One session runs, one was opened by a stray key: the sentence says what went along and what did not."""
    station = station_in(tmp_path)
    enrolled(station)
    await held_session(station, "Ladders", end=False)
    await held_session(station, "Slip of the hand", end=False, came=False)
    stick = tmp_path / "s"
    stick.mkdir()
    async with home(station, size=(120, 36)) as (app, pilot, _tools):
        await pilot.press("y")
        await until_text(pilot, "no stick is found")
        await pilot.press("slash")
        await until_text(pilot, "Carry to which folder?")
        await pilot.press(*str(stick), "enter")
        await until_text(pilot, "sealed to these six words")
        await pilot.press("y")
        await until_text(pilot, "✓ 1 session is carried to")
        said = " ".join(text_of(app).split())
        assert "1 session is not ended yet: it goes along as it is." in said
        assert "1 session in which nobody took part stays here until it is ended." in said


async def test_home_carries_and_can_be_left(tmp_path: Path) -> None:
    """y, with the word about names; ^q without a question: there is nothing to lose here."""
    station = station_in(tmp_path)
    stick = tmp_path / "stick"
    stick.mkdir()
    async with home(station) as (app, pilot, _tools):
        await pilot.press("y")
        await until_text(pilot, "✕ There is no session yet.")
        await held_session(station, "Gloves")
        await pilot.press("ctrl+r")
        await until_text(pilot, "Gloves")
        await pilot.press("y")
        await until_text(pilot, "no stick is found")
        await pilot.press("slash")
        await until_text(pilot, "Carry to which folder?")
        await pilot.press(*str(stick), "enter")
        await until_text(pilot, "sealed to these six words")
        await pilot.press("y")
        await until_text(pilot, "✓ 1 session is carried to")
        await pilot.press("ctrl+q")
    assert app.return_value is None
    assert any(stick.rglob("*.fkb"))


async def test_names_that_are_gone_are_said_in_the_list_and_in_the_details(tmp_path: Path) -> None:
    """The mark that a purge leaves in the session's own file, written here as it writes it."""
    station = station_in(tmp_path)
    enrolled(station)
    origin = await held_session(station, "Gloves")
    receipted(station, origin)
    async with home(station) as (app, pilot, _tools):
        await until_text(pilot, "●●●● receipted")
        assert "names gone" not in text_of(app)
        store = await Store.open(station.find(origin).path, station.signer)
        await store.set_meta(PURGED, b"1795348800000")
        await store.close()
        await pilot.press("ctrl+r")
        await until_text(pilot, "names gone")
        await pilot.press("i")
        await until_text(pilot, "Names are gone from this laptop in 1 session; head office has them.")
