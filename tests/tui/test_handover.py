"""A session changes hands while it runs: who led signs what is recorded so far, and that signature travels."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core.after_view import loose_ends
from fieldkit.core.intents import FACILITATOR
from fieldkit.core.records import SessionHandedOver, SignedBy, StaffSet
from fieldkit.desk import Refused
from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.log.bundle import verify_bundle
from fieldkit.log.fsck import walk
from fieldkit.log.read import SessionFile
from fieldkit.log.seal import Keys
from fieldkit.sync.central.certify import trainers
from tests.tui.afterkit import SECRET, After, after, training
from tests.tui.room import text_of, until, until_text
from tests.tui.test_after_sign import keys_of, slow


async def to_lee(x: After, name: str = "Ann [/] Lee", to: str = "7p2w") -> int:
    return await x.tools.hand_over("9k3m", SECRET, "Sam Ortiz", name, to)


async def test_both_trainers_are_in_the_record_and_the_first_ones_signature_travels(tmp_path: Path) -> None:
    async with after(tmp_path, training()) as x:
        await x.join("Ana Ruiz", "B-1")
        await x.tools.make_key("9k3m", SECRET)
        await x.tools.make_key("7p2w", SECRET)
        before = x.room.desk.session.saved
        assert await to_lee(x) == before + 3
        session = x.room.desk.session
        assert (session.trainer, session.leader) == ("Sam Ortiz", "Ann [/] Lee")
        assert x.room.desk.room_view().trainer == "Ann [/] Lee"
        signed, named, handed = (one.fact for one in (await x.room.desk.store.records())[before + 1 :])
        assert isinstance(signed, SignedBy) and signed.meaning == "handover"
        assert isinstance(named, StaffSet) and named.key == "laptop.fieldkit/fac/7p2w"
        assert isinstance(handed, SessionHandedOver) and handed.to == "laptop.fieldkit/fac/7p2w"
        await x.join("Bo Tran", "B-2")
        await x.do(w.End())
        await x.tools.attest("7p2w", SECRET, "held", "Ann [/] Lee")
        path = x.room.station.find(x.room.desk.store.origin).path
        keys = keys_of(x)
        with SessionFile.open(path) as file:
            told = file.attested(keys)
            assert [(one.meaning, one.known, one.size) for one in told] == [
                ("handover", True, before + 4),
                ("held", True, session.saved + 1),
            ]
            assert walk(file, keys, []) == []
        home = "laptop.fieldkit/fac/"
        assert trainers(await x.room.desk.store.records())[0] == [home + "9k3m", home + "7p2w"]
        stick = tmp_path / "stick"
        stick.mkdir()
        carried = await x.tools.carry(stick)
        (bundle,) = stick.glob("*.fkb")
        (went,) = verify_bundle(bundle, keys, Keys(words=carried.words)).sessions
        assert [(one.meaning, one.known) for one in went.attested] == [("handover", True), ("held", True)]


async def test_a_handover_without_its_signature_is_refused(tmp_path: Path) -> None:
    """Nor does one get through with another's, to nobody, to oneself, with free words as a key, or after the end."""
    async with after(tmp_path, training()) as x:
        made = await x.tools.make_key("9k3m", SECRET)
        wish = w.HandOver(key=made.name, to_name="Lee")
        assert isinstance(await x.room.desk.submit(wish, FACILITATOR), Refused)
        saved = x.room.desk.session.saved
        for name, to in (("", ""), ("Sam Ortiz", ""), ("Lee", "9k3m")):
            with pytest.raises(NotPossible):
                await to_lee(x, name, to)
        signer = await asyncio.to_thread(x.tools._after.unlock, "9k3m", SECRET)
        odd = msgspec.structs.replace(wish, to_key="Ann Lee, born 1980")
        assert isinstance(await x.room.desk.submit(odd, FACILITATOR, signer=signer), Refused)
        with pytest.raises(FieldkitError):
            await x.tools.hand_over("9k3m", "wrong words", "Sam", "Lee", "")
        assert x.room.desk.session.saved == saved
        await x.do(w.End())
        with pytest.raises(NotPossible, match="ended"):
            await to_lee(x, "Lee", "")


async def test_twice_there_and_back(tmp_path: Path) -> None:
    async with after(tmp_path, training()) as x:
        await x.tools.make_key("9k3m", SECRET)
        await x.tools.make_key("7p2w", SECRET)
        await to_lee(x)
        await x.tools.hand_over("7p2w", SECRET, "Ann [/] Lee", "Sam Ortiz", "9k3m")
        assert x.room.desk.session.leader == "Sam Ortiz"
        await x.tools.hand_over("9k3m", SECRET, "", "Kim", "")
        assert x.room.desk.session.leader == "Kim"
        with SessionFile.open(x.room.station.find(x.room.desk.store.origin).path) as file:
            assert [one.name for one in file.attested(keys_of(x))] == ["Sam Ortiz", "Ann [/] Lee", "Sam Ortiz"]


async def test_the_trainer_hands_over_by_keys_alone(tmp_path: Path) -> None:
    async with after(tmp_path, training()) as x:
        await x.tools.make_key("9k3m", SECRET)
        await x.tools.make_key("7p2w", SECRET)
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "Lockout")
            await pilot.press("escape", "w")
            await until_text(pilot, "Who is here")
            await pilot.press("S")
            await until_text(pilot, "Who runs this session")
            await pilot.press("H")
            await until_text(pilot, "Who leads from here on?")
            await pilot.press("enter")
            await until_text(pilot, "Type the name first")
            await pilot.press(*"Lee", "enter")
            await until_text(pilot, "Hand over to Lee: your key?")
            await until_text(pilot, "9k3m")
            await pilot.press("down", "enter") if "● 7p2w" in text_of(x.app) else await pilot.press("enter")
            await until_text(pilot, "Which key is Lee's?")
            await pilot.press("up", "enter")
            await until_text(pilot, "Your name, as it is printed")
            await pilot.press("enter")
            await until_text(pilot, "Passphrase of")
            await pilot.press(*SECRET, "enter")
            await slow(pilot, "leads from here on")
            await until(pilot, lambda: x.room.desk.session.leader == "Lee")
            screen = await until_text(pilot, "its six words: k on the first screen")
            rows = [row for row in screen.split("\n") if "trainer" in row and ("Lee" in row or "Sam Ortiz" in row)]
            assert [("leads" in row, "Lee" in row) for row in rows] == [(False, False), (True, True)], screen
            await pilot.press("escape", "escape", "L")
            await until_text(pilot, "handed the session over")


async def test_after_a_handover_the_session_itself_is_still_to_be_signed(tmp_path: Path) -> None:
    """Its signature is about what was recorded up to it: neither a correction's nor one that records came after."""
    async with after(tmp_path, training()) as x:
        await x.tools.make_key("9k3m", SECRET)
        await to_lee(x, "Lee", "")
        await x.join("Ana Ruiz", "B-1")
        await x.do(w.End())
        kinds = [one.kind for one in loose_ends(x.room.desk.session)]
        assert "not-signed" in kinds and "signed-before" not in kinds
        async with x.app.run_test(size=(80, 24)) as pilot:
            screen = await until_text(pilot, "Nobody has signed this session yet")
            assert "by nobody yet" in screen
            await pilot.press("g")
            await until_text(pilot, "9k3m")
            await pilot.press("enter")
            await until_text(pilot, "▸ I led this session, and what is recorded here")
        await x.tools.attest("9k3m", SECRET, "held", "Sam Ortiz")
        assert "not-signed" not in [one.kind for one in loose_ends(x.room.desk.session)]
