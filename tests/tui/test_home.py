"""The home screen on a real data folder: what is next, what may be started, whether one may go home."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from fieldkit.log.keys import Signer
from fieldkit.planned import Planned, PlannedFolder
from fieldkit.station import Station
from fieldkit.tui.hometools import Cursor, NewSession, Practice, ResumeSession
from fieldkit.tui.keys import keys_of
from tests.kit.clock import ManualClock
from tests.tui.homekit import (
    carried,
    enrolled,
    held_session,
    home,
    receipted,
    signed_pack,
    station_in,
)
from tests.tui.room import text_of, until, until_text

STRANGER = Signer.generate("acme.example/pub/other")
HOSTILE = "\x1b]52;c;QUJD\x07 [/] [@click=app.boom] \u202eevil"


class Counted:
    """Presses the keys of a pilot and counts them."""

    def __init__(self, pilot: Pilot[object]) -> None:
        self.pilot = pilot
        self.n = 0

    async def press(self, *keys: str) -> None:
        self.n += len(keys)
        await self.pilot.press(*keys)


HOME = """\
 fieldkit  Training sessions  3 sessions on this laptop
────────────────────────────────────────────────────────────────────────────────
  GO ON WITH
▸    3  Ladders                  2026-11-20 08:00  paused     ○○○○ kept here
  TODAY
  10:00  Night shift · Hall 2                              changed  2 expected
  START NEW FROM A PACK
  Forklift pre-use check  forklift-preuse      en es   45 min  not signed
  Clean hands in food production               en es   40 min  not signed
  Lockout/Tagout basics  loto-basics           en es   45 min  ✓ pack, not you
  Lockout/Tagout refresher  loto-refresher     en es   45 min  not signed
  Toolbox talk  toolbox-blank                  en es   15 min  ✓ signed
  Toolbox talk: working in the heat            en es   15 min  not signed
  not signed: not by head office. You may use it all the same.
  1 session is planned for later: press p
  EARLIER
     2  Heat stress              2026-11-18 08:00  ended      ●●○○ carried
     1  Gloves                   2026-11-17 08:00  ended      ●●●● receipted
────────────────────────────────────────────────────────────────────────────────
 ◷ NOT YET [i]  2 lack a receipt, 1 is carried · 1 not ended · oldest 2 days
 DISK ✓ GB    CLOCK ✓ can be right    KEY ✓ known to head office

 [enter] go on, or start   [t] toolbox talk   [n] new session   [s] its plan
 [d] dry run   [c] room check   [y] carry to head office   [?] all keys"""


async def full(folder: Path) -> Station:
    """Three sessions, a trust list and two signed packs."""
    clock = ManualClock()
    clock.jump_wall(-3 * 86_400_000)
    station = station_in(folder, clock)
    oldest = await held_session(station, "Gloves")
    clock.jump_wall(86_400_000)
    middle = await held_session(station, "Heat stress")
    clock.jump_wall(2 * 86_400_000)
    enrolled(station)
    signed_pack(station, "toolbox-blank")
    signed_pack(station, "loto-basics")
    await held_session(station, "Ladders", end=False)
    receipted(station, oldest)
    carried(station, middle)
    return station


def plan(at: str, **more: object) -> Planned:
    return msgspec.convert({"v": 1, "pack": "toolbox-blank", "at": at, **more}, Planned)


ROWS = [{"line": 2, "fields": {"badge": "E1", "name": "Ana"}}, {"line": 3, "fields": {"badge": "E2", "name": "Bo"}}]


async def test_the_whole_home_screen(tmp_path: Path) -> None:
    """Interrupted first, then what is planned for today, packs with what is signed, then earlier ones; the strip."""
    station = await full(tmp_path)
    folder = PlannedFolder(station.home)
    changes = {"minutes": [["talk", 9]], "skip": []}
    folder.add(plan("2026-11-20 10:00", title="Night shift", place="Hall 2", expected=ROWS, changes=changes))
    folder.add(plan("2026-11-21 22:00", title="Tomorrow"))
    async with home(station) as (app, pilot, _tools):
        await until_text(pilot, "NOT YET")
        screen = re.sub(r"DISK (.) [0-9.]+ GB free", r"DISK \1 GB", text_of(app))
        assert screen == HOME
        await pilot.press("enter")
    assert app.return_value == ResumeSession(ref=station.find("3").origin)


async def test_a_session_to_which_nobody_came_is_ended_with_a_key_and_folded_away(tmp_path: Path) -> None:
    """E ends it and says why it still goes to head office; one with people is only gone on with."""
    station = station_in(tmp_path)
    real = await held_session(station, "Ladders", end=False)
    empty = await held_session(station, "Slip of the hand", end=False, came=False)
    async with home(station) as (_app, pilot, _tools):
        screen = await until_text(pilot, "nobody came: [E] ends it")
        assert screen.index("Slip of the hand") < screen.index("Ladders")
        await pilot.press("down", "E")
        await until_text(pilot, "✕ Choose a session in which nobody took part.")
        assert station.find(real).state == "paused"
        await pilot.press("up", "E")
        await until_text(pilot, "✓ Ended. It goes to head office as well, so that no number is missing there.")
        screen = await until_text(pilot, "1 empty session")
        assert "Slip of the hand" not in screen and "nobody came" not in screen and "Ladders" in screen
        assert "2 sessions on this laptop" in screen and "2 sessions are here only" in screen
    assert (station.find(empty).state, station.find(real).state) == ("ended", "paused")


async def test_the_cursor_comes_back_after_a_dry_run_and_n_keeps_the_pack(tmp_path: Path) -> None:
    """The row the dry run was begun on; after a session the list begins at the top, and n still means that pack."""
    station, cursor = station_in(tmp_path), Cursor()
    async with home(station, cursor=cursor) as (app, pilot, _tools):
        await pilot.press("down", "down", "d")
        await until_text(pilot, "How many simulated workers?")
        await pilot.press("enter")
        await until(pilot, lambda: app.return_value is not None)
    async with home(station, cursor=cursor) as (_app, pilot, _tools):
        await until_text(pilot, "▸ Lockout/Tagout basics")
    await held_session(station, "Ladders", end=False)
    async with home(station, cursor=cursor) as (_app, pilot, _tools):
        await until_text(pilot, "▸    1  Ladders")
        await pilot.press("n")
        await until_text(pilot, "New session  Lockout/Tagout basics")


async def test_a_pack_is_signed_by_a_publisher_of_the_list_and_by_nobody_else(tmp_path: Path) -> None:
    """A changed file, or another signer: not signed. Nothing said about trainers: the pack alone counts."""
    station = station_in(tmp_path)
    enrolled(station, packs=None)
    signed_pack(station, "loto-basics")
    changed = signed_pack(station, "toolbox-blank")
    async with home(station) as (app, pilot, _tools):
        screen = await until_text(pilot, "✓ signed")
        assert screen.count("✓ signed") == 2 and "not you" not in screen
        with (changed / "pack.yaml").open("a") as file:
            file.write("# one more line\n")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: text_of(app).count("✓ signed") == 1)
        signed_pack(station, "loto-basics", by=STRANGER)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "✓ signed" not in text_of(app))


async def test_a_new_session_takes_four_keys_and_a_blank_toolbox_talk_two(tmp_path: Path) -> None:
    """The form is filled in with the trainer and the place of last time."""
    station = station_in(tmp_path)
    async with home(station) as (app, pilot, _tools):
        keys = Counted(pilot)
        await keys.press("down", "enter")
        await until_text(pilot, "Start now")
        await keys.press("enter")
        await until(pilot, lambda: app.return_value is not None)
        assert keys.n <= 4
    assert app.return_value == NewSession(pack="hygiene-handwash", site="Hall 2", facilitator="Sam Ortiz")
    async with home(station) as (app, pilot, _tools):
        keys = Counted(pilot)
        await keys.press("t")
        await until_text(pilot, "Start now")
        await keys.press("enter")
        await until(pilot, lambda: app.return_value is not None)
        assert keys.n == 2
    assert app.return_value == NewSession(pack="toolbox-blank", site="Hall 2", facilitator="Sam Ortiz")


async def test_a_click_does_what_enter_does(tmp_path: Path) -> None:
    """The mouse works in the list and in the form."""
    station = station_in(tmp_path)
    async with home(station) as (app, pilot, _tools):
        row = next(k for k, line in enumerate(text_of(app).split("\n")) if "Toolbox talk  toolbox" in line)
        await pilot.click(offset=(10, row))
        await until_text(pilot, "Start now")
        await until_text(pilot, "15 min")
        row = next(k for k, line in enumerate(text_of(app).split("\n")) if "Start now" in line)
        await pilot.click(offset=(8, row))
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value == NewSession(pack="toolbox-blank", site="Hall 2", facilitator="Sam Ortiz")


async def test_a_dry_run_is_wished_for_with_a_number(tmp_path: Path) -> None:
    """d, Enter: twelve. What is typed takes its place; no number, and more than the machine can bear, stay there."""
    station = station_in(tmp_path)
    for typed, workers in ((["enter"], 12), ([*"9999", "enter", "ctrl+u", "?", "enter", "ctrl+u", *"25", "enter"], 25)):
        async with home(station) as (app, pilot, _tools):
            await pilot.press("end", "d")
            await until_text(pilot, "How many simulated workers?")
            assert "[enter] dry run   [esc] back" in text_of(app)
            for key in typed:
                await pilot.press(key)
                if key == "enter" and app.screen.query("#missing"):
                    await pilot.pause(0.3)
            await until(pilot, lambda app=app: app.return_value is not None)
        assert app.return_value == Practice(new=NewSession(pack="toolbox-heat-stress"), workers=workers)


async def test_the_room_check_says_each_line_and_looks_again(tmp_path: Path) -> None:
    """The lines of `fieldkit doctor`."""
    station = station_in(tmp_path)
    async with home(station) as (_app, pilot, _tools):
        await pilot.press("c")
        screen = await until_text(pilot, "Head office")
        for words in ("Network", "Port", "Firewall", "Clock", "Disk", "Key"):
            assert words in screen
        (station.home / "trust.note").write_bytes(b"nonsense")
        await pilot.press("r")
        screen = await until_text(pilot, "✕ Head office")
        assert "The trust list of this laptop cannot be read" in screen and "→" in screen


async def test_hostile_names_are_shown_and_obeyed_by_nobody(tmp_path: Path) -> None:
    """Titles, places and names of plans and sessions: no control sign reaches the screen, no line breaks."""
    station = station_in(tmp_path)
    await held_session(station, HOSTILE)
    folder = PlannedFolder(station.home)
    folder.folder.mkdir()
    (folder.folder / f"{HOSTILE.replace('/', '')}.json").write_bytes(b"{}")
    async with home(station) as (app, pilot, _tools):
        screen = await until_text(pilot, "evil")
        assert "[@click=app.boom]" in screen
        for k in ("i", "p", "s"):
            await pilot.press(k)
            await pilot.pause(0.2)
            screen += text_of(app)
            await pilot.press("escape")
        assert all(c == "\n" or c.isprintable() for c in screen) and "\u202e" not in screen
        assert max(len(line) for line in text_of(app).split("\n")) <= 80


@pytest.mark.parametrize("size", [(40, 12), (59, 24), (80, 17)])
async def test_a_window_too_small_is_refused_politely_and_works_again_when_it_grows(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """A sentence with the size that is needed, on home and on what it opens; keys still leave."""
    station = station_in(tmp_path)
    async with home(station, size=size, wait="Make the window larger") as (app, pilot, _tools):
        assert "60×18 at least" in " ".join(text_of(app).split())
        assert all(len(line) <= size[0] for line in text_of(app).split("\n"))
        await pilot.press("t")
        await until(pilot, lambda: "New session" in text_of(app))
        assert "Start now" not in text_of(app) and "Make the window" in text_of(app)
        await pilot.press("escape")
        await pilot.resize_terminal(80, 24)
        await until_text(pilot, "START NEW FROM A PACK")


async def test_a_damaged_session_is_said_in_words_and_not_gone_on_with(tmp_path: Path) -> None:
    """No state in our own words, no date that nobody knows, and no way into the session."""
    station = station_in(tmp_path)
    for title in ("Gloves", "Ladders"):
        await held_session(station, title)
    station.find("1").path.unlink()
    station.find("2").path.write_bytes(b"not a database at all" * 400)
    async with home(station) as (app, pilot, _tools):
        screen = await until_text(pilot, "file gone")
        assert "damaged" in screen and "unknown title" in screen and "1970" not in screen
        await pilot.press("end", "enter")
        await until_text(pilot, "This session's file is gone")
        await pilot.press("up", "enter")
        await until_text(pilot, "This session's file is damaged")
    assert app.return_value is None


async def test_every_key_of_every_screen_has_words_a_palette_entry_and_a_line_of_help(tmp_path: Path) -> None:
    """What a key does stands in the help of its own screen, made from the same table."""
    station = station_in(tmp_path)
    await held_session(station, "Gloves")
    async with home(station) as (app, pilot, _tools):
        for opens in ("", "t", "p", "c", "i", "s", "W"):
            if opens:
                await pilot.press(opens)
                await pilot.pause(0.4)
            wanted = [b for b in keys_of(app.screen) if b.action not in ("help", "quit")]
            assert wanted and all(b.description for b in wanted)
            app.action_help()
            await until_text(pilot, "All keys here")
            block = app.screen.query_one("#keys")
            shown = " ".join(str(block.visual).split())  # type: ignore[attr-defined]
            assert all(" ".join(b.description.split())[:12] in shown for b in wanted), opens
            await pilot.press("escape", *(["escape"] * (3 if opens == "W" else 1 if opens else 0)))
            await until_text(pilot, "START NEW FROM A PACK")


async def test_warnings_come_up_on_the_screen_when_they_come(tmp_path: Path) -> None:
    """Before the app they stand first; while it runs they come on top, each once."""
    warnings = ["The trust list could not be read."]
    async with home(station_in(tmp_path), warnings=warnings) as (app, pilot, _tools):
        await until_text(pilot, "! The trust list could not be read.")
        await pilot.press("enter")
        await until(pilot, lambda: "trust list" not in text_of(app))
        warnings.append("Session 3 here is an older copy.")
        screen = await until_text(pilot, "! Session 3 here is an older copy.")
        assert "trust list" not in screen
