"""Keys and trust: the note for head office, and a trainer's new key behind a passphrase."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.log import facilitators
from fieldkit.log.keys import six_words
from fieldkit.log.trust import parse_enrol
from fieldkit.tui.safe import Secret
from fieldkit.tui.screens.newkey import weak
from fieldkit.tui.tools import StickLine
from tests.tui.homekit import home
from tests.tui.hostile import PAYLOADS
from tests.tui.room import text_of, until, until_text
from tests.tui.trustkit import PASS, at_keys, away, flat, laptop, none, typed

# ---- the note


async def test_the_note_goes_to_a_stick_and_its_words_are_read_out(tmp_path: Path) -> None:
    station, stick = laptop(tmp_path), tmp_path / "STICK"
    stick.mkdir()

    async def sticks() -> list[StickLine]:
        return [StickLine(path="/mnt/LOCKED", name="LOCKED", read_only=True), StickLine(path=str(stick), name="STICK")]

    async with home(station) as (_app, pilot, tools):
        tools.sticks = sticks  # type: ignore[method-assign]
        await at_keys(pilot)
        await pilot.press("w")
        await until_text(pilot, "▸ LOCKED")
        await pilot.press("enter")
        await until_text(pilot, "Nothing may be written to this one.")
        await pilot.press("down", "enter")
        words = six_words(station.signer.vkey)
        await until_text(pilot, " ".join(words.split()[0].upper()))
        assert "Bring or send enrol-l4p7q2.note to head office" in flat(pilot.app)
        await pilot.press("enter")
        await until_text(pilot, "✓ Written:")
        note = stick / "enrol-l4p7q2.note"
        assert parse_enrol(note.read_bytes()).words == words
        # Again is the same file; beside another one of that name nothing is lost.
        note.write_bytes(b"somebody else's")
        await pilot.press("w")
        await until_text(pilot, "STICK")
        await pilot.press("down", "enter")
        await until_text(pilot, "Bring or send enrol-l4p7q2 (2).note")
    assert note.read_bytes() == b"somebody else's" and len(list(stick.iterdir())) == 2


@pytest.mark.parametrize(
    "folder", ["/no/such/folder", "{file}", "~nobody-here/x", PAYLOADS[0], "Ann [/] Lee", "x" * 400]
)
async def test_a_folder_that_isnone_is_said_and_asked_for_again(tmp_path: Path, folder: str) -> None:
    station = laptop(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    async with home(station) as (_app, pilot, tools):
        tools.sticks = none  # type: ignore[method-assign]
        await at_keys(pilot)
        await pilot.press("w")
        await until_text(pilot, "no stick is found")
        await pilot.press("enter")
        await pilot.pause(0.1)
        await typed(pilot, folder.format(file=tmp_path / "file") if folder == "{file}" else folder)
        await until(pilot, lambda: "is the stick plugged in?" in flat(pilot.app))
        assert "There is no folder" in flat(pilot.app) and "\x1b" not in text_of(pilot.app)
        await away(pilot)


async def test_a_folder_that_takes_nothing_is_a_sentence(tmp_path: Path) -> None:
    station = laptop(tmp_path)
    async with home(station) as (_app, pilot, tools):
        tools.sticks = none  # type: ignore[method-assign]
        await at_keys(pilot)
        await pilot.press("w")
        await until_text(pilot, "no stick is found")
        await pilot.press("enter")
        await pilot.pause(0.1)
        await typed(pilot, "/proc")  # refuses whoever writes, the owner of the machine too
        screen = " ".join((await until_text(pilot, "✕")).split())
        assert "/proc" in screen and "nothing on this laptop is lost" in screen


# ---- a new key


async def test_a_trainers_key_is_made_and_its_note_is_signed_with_it(tmp_path: Path) -> None:
    """Nothing of the passphrase is ever on the screen; a wrong one says so and writes nothing."""
    station, folder = laptop(tmp_path), tmp_path / "papers"
    folder.mkdir()
    seen: list[str] = []
    async with home(station) as (_app, pilot, tools):
        tools.sticks = none  # type: ignore[method-assign]
        await at_keys(pilot)
        await pilot.press("plus")
        await until_text(pilot, "A short name for your key")
        for wrong in ("ab", "a" * 40, "Ann [/]"):
            pilot.app.focused.value = ""  # type: ignore[union-attr]
            await typed(pilot, wrong)
            await until_text(pilot, "4 to 12 of a-z and 0-9, please.")
        pilot.app.focused.value = ""  # type: ignore[union-attr]
        await typed(pilot, "sam7")
        await until_text(pilot, "A passphrase for sam7")
        for wrong in ("short", "aaaaaaaaaa", "sam72026"):
            await typed(pilot, wrong)
            await until(pilot, lambda: "too short" in flat(pilot.app) or "guessed at once" in flat(pilot.app))
            seen.append(text_of(pilot.app))
        await typed(pilot, PASS)
        await until_text(pilot, "The same passphrase once more")
        await typed(pilot, PASS + "!")
        await until_text(pilot, "These were two different ones.")
        await typed(pilot, PASS)
        await until_text(pilot, "The same passphrase once more")
        pilot.app.screen.query_one(Secret).value = PASS
        await pilot.pause()
        seen.append(text_of(pilot.app))
        await pilot.press("enter")
        await until_text(pilot, "Write its note next (w)")
        (mine,) = facilitators.listed(station.home)
        assert mine.sealed and mine.id == "sam7"
        await pilot.press("enter")
        screen = await until_text(pilot, "✓ The key sam7 is made.")
        await pilot.press("plus")
        await until_text(pilot, "A short name for your key")
        await typed(pilot, "sam7")
        await until_text(pilot, "There is a key of that name already.")
        await pilot.press("escape", "home", "down", "w")
        await until_text(pilot, "no stick is found")
        await pilot.press("enter")
        await pilot.pause(0.1)
        await typed(pilot, str(folder))
        await until_text(pilot, "Passphrase of sam7")
        await typed(pilot, "not this one")
        await until_text(pilot, "The passphrase does not open the key.")
        assert not list(folder.iterdir())
        await typed(pilot, PASS)
        screen = await until_text(pilot, "Bring or send enrol-sam7.note")
        seen.append(screen)
    asked = parse_enrol((folder / "enrol-sam7.note").read_bytes())
    assert asked.vkey == mine.vkey and asked.words == six_words(mine.vkey)
    assert not any(PASS in x or "copper" in x or "aaaa" in x for x in seen)


async def test_escape_at_any_step_makes_no_key(tmp_path: Path) -> None:
    station = laptop(tmp_path)
    async with home(station) as (_app, pilot, _tools):
        await at_keys(pilot)
        for steps in ([], ["sam7"], ["sam7", PASS]):
            await pilot.press("plus")
            await until_text(pilot, "A short name for your key")
            for one in steps:
                await typed(pilot, one)
                await pilot.pause(0.1)
            await pilot.press("escape")
            await pilot.pause(0.1)
            assert len(pilot.app.screen_stack) == 2
    assert not list((station.home / "keys").glob("fac-*"))


def test_what_is_no_passphrase() -> None:
    assert not weak(PASS, "sam7") and not weak("Kupfer-Zelt-9", "sam7")
    assert all(weak(x, "sam7") for x in ("", "short", "a" * 50, "12121212", "SAM72026", "sam7 sam7", PASS * 60))
