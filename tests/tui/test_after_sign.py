"""Signing a session at the console: a key made on the spot, hidden passphrases, both signatures in one checkpoint."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from textual.pilot import Pilot

from fieldkit.core import intents as w
from fieldkit.errors import FieldkitError
from fieldkit.log.bundle import verify_bundle
from fieldkit.log.fsck import walk
from fieldkit.log.keys import VKey
from fieldkit.log.note import open_checkpoint
from fieldkit.log.read import SessionFile
from fieldkit.log.seal import Keys
from fieldkit.tui.safe import Secret
from tests.tui.afterkit import After, after, training
from tests.tui.room import text_of, until, until_text

SECRET = "korrekt-pferd-batterie"


def keys_of(x: After) -> list[VKey]:
    home = x.room.station.home
    found = [VKey.parse(path.read_text("ascii").strip()) for path in (home / "keys").glob("fac-*.vkey")]
    return [x.room.station.signer.vkey, *found]


def everywhere(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def make_key(pilot: Pilot[object]) -> None:
    """g, and through making the key `9k3m`, until the meanings are there."""
    await pilot.press("g")
    await until_text(pilot, "Sign the session: whose key?")
    await pilot.press("enter")
    await until_text(pilot, "A short name for your key")
    await until_text(pilot, "counts your signature once")
    await pilot.press("end", *["backspace"] * 12, *"9k3m", "enter")
    await until_text(pilot, "A passphrase for 9k3m")
    await pilot.press(*"short", "enter")
    await until_text(pilot, "too short")
    await pilot.press(*SECRET, "enter")
    await until_text(pilot, "once more")
    await pilot.press(*"something else", "enter")
    await until_text(pilot, "two different ones")
    await pilot.press(*SECRET, "enter")
    await until_text(pilot, "once more")
    await pilot.press(*SECRET)
    assert SECRET not in text_of(pilot.app) and "•" * len(SECRET) in text_of(pilot.app)
    await pilot.press("enter")


async def slow(pilot: Pilot[object], words: str) -> str:
    """Opening and sealing a key takes seconds, in a process of its own."""
    for _ in range(20):
        try:
            return await until_text(pilot, words)
        except AssertionError:
            await asyncio.sleep(0.5)
    return await until_text(pilot, words)


async def test_a_key_is_made_on_the_spot_and_signs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """From no key to a signed session without leaving the screen, and without typing its passphrase a third time; the
    next signature asks for it. The passphrase is in no file, log or screen."""
    caplog.set_level(logging.DEBUG)
    async with after(tmp_path, training()) as x:
        await x.do(w.End())
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await make_key(pilot)
            await slow(pilot, "What does your signature say?")
            await pilot.press("enter")
            await until_text(pilot, "Your name, as it is printed")
            await pilot.press("enter")
            screen = await slow(pilot, "✓ Signed by Sam Ortiz, with the key 9k3m.")
            assert "✓ Sam Ortiz  “I led this session, and what is" in screen
            assert "Nobody has signed" not in screen
            await pilot.press("g")
            await until_text(pilot, "Sign the session: whose key?")
            await until_text(pilot, "no list of head office")
            await pilot.press("enter")
            await until_text(pilot, "What does your signature say?")
            await pilot.press("enter")
            await until_text(pilot, "Your name, as it is printed")
            await pilot.press("enter")
            await until_text(pilot, "Passphrase of 9k3m")
            before = x.room.desk.session.saved
            await pilot.press(*"wrong", "enter")
            await slow(pilot, "does not open the key")
            assert x.room.desk.session.saved == before and x.app.screen.query_one(Secret).value == ""
            await pilot.press(*SECRET)
            assert SECRET not in text_of(x.app)
            await pilot.press("enter")
            await until(pilot, lambda: x.room.desk.session.saved == before + 1 and not x.app.screen.query(Secret))
        origin = x.room.desk.store.origin
        with SessionFile.open(x.room.station.find(origin).path) as file:
            at, opened = open_checkpoint(file.checkpoint(), keys_of(x))
            assert [key.role for key, _ in opened.signers] == ["dev", "fac"] and at.size == before + 2
            told, again = file.attested(keys_of(x))
            assert again.known and again.name == "Sam Ortiz"
            assert (told.meaning, told.role, told.name, told.known) == ("held", "trainer", "Sam Ortiz", True)
            assert walk(file, keys_of(x), []) == []
        assert SECRET.encode() not in everywhere(tmp_path) and SECRET not in caplog.text


async def test_a_correction_after_signing_asks_for_another_one_and_both_travel(tmp_path: Path) -> None:
    """The loose end comes back as `after the signature`; the earlier signed checkpoint goes along in the bundle."""
    stick = tmp_path / "stick"
    stick.mkdir()
    async with after(tmp_path, training()) as x:
        p = await x.join("Ana Ruiz", "E1")
        await x.do(w.End())
        await x.tools.make_key("9k3m", SECRET)
        await x.tools.attest("9k3m", SECRET, "held", "Sam Ortiz")
        await x.do(w.Correct(do="correct", by="fac", why="mistake", who=p, status="late"))
        async with x.app.run_test(size=(80, 24)) as pilot:
            screen = await until_text(pilot, "1 record came after the signature")
            assert "1 record after it" in screen
            await pilot.press("g")
            screen = await until_text(pilot, "9k3m")
            assert "no list of head office" in screen
            await pilot.press("enter")
            await until_text(pilot, "▸ I have gone through the corrections")
            await pilot.press("enter", "enter")
            await until_text(pilot, "Passphrase of 9k3m")
            await pilot.press(*SECRET, "enter")
            await slow(pilot, "✓ Signed by")
            assert "came after the signature" not in text_of(x.app)
        words = (await x.tools.carry(stick)).words
        (bundle,) = stick.glob("*.fkb")
        assert verify_bundle(bundle, keys_of(x)).verdict == "sealed"
        (session,) = verify_bundle(bundle, keys_of(x), Keys(words=words)).sessions
        assert [(a.meaning, a.known) for a in session.attested] == [("held", True), ("corrected", True)]
        assert session.attested[0].size < session.attested[1].size == session.size


async def test_escape_at_every_step_signs_nothing(tmp_path: Path) -> None:
    """Whatever was typed, nothing is recorded, and no key is left behind."""
    async with after(tmp_path, training()) as x:
        await x.do(w.End())
        saved = x.room.desk.session.saved
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            for keys in (["g"], ["g", "enter"], ["g", "enter", "enter"], ["g", "enter", "enter", *SECRET]):
                await pilot.press(*keys)
                await pilot.pause()
                await pilot.press("escape")
                await until(pilot, lambda: type(x.app.screen).__name__ == "SummaryScreen")
        assert x.room.desk.session.saved == saved and keys_of(x) == [x.room.station.signer.vkey]
        assert SECRET.encode() not in everywhere(tmp_path)


async def test_what_stands_behind_the_dots_cannot_be_copied(tmp_path: Path) -> None:
    """Select all, copy, cut: the clipboard stays empty, and the line as it is."""
    async with after(tmp_path, training()) as x:
        await x.do(w.End())
        await x.tools.make_key("9k3m", SECRET)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await pilot.press("g")
            await until_text(pilot, "9k3m")
            await pilot.press("enter", "enter", "enter")
            await until_text(pilot, "Passphrase of 9k3m")
            secret = x.app.screen.query_one(Secret)
            await pilot.press(*SECRET)
            secret.select_all()
            secret.action_copy()
            secret.action_cut()
            assert x.app.clipboard == "" and secret.value == SECRET


async def test_an_unknown_key_and_a_disk_that_fails_are_sentences(tmp_path: Path) -> None:
    """What the tools raise stands under the line."""
    async with after(tmp_path, training()) as x:
        await x.do(w.End())
        with pytest.raises(FieldkitError, match="no key"):
            await x.tools.attest("nobody", SECRET, "held", "Sam")
        await x.tools.make_key("9k3m", SECRET)
        key = x.room.station.home / "keys" / "fac-9k3m.key"
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "STILL TO DO")
            await pilot.press("g")
            await until_text(pilot, "9k3m")
            key.write_bytes(key.read_bytes()[:60])
            await pilot.press("enter", "enter", "enter")
            await until_text(pilot, "Passphrase of 9k3m")
            await pilot.press(*SECRET, "enter")
            await slow(pilot, "key")
            await until(pilot, lambda: "Restore it from" in text_of(x.app) or "does not open" in text_of(x.app))
