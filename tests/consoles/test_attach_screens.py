"""The two terminals by their keys: the trainer lets a laptop in, the helper works there, both read what is so."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from textual.pilot import Pilot

from fieldkit.cli.console_tools import ConsoleTools, FarTools
from fieldkit.cli.consoles import Consoles
from fieldkit.consoles.attach_far import FarDesk
from fieldkit.core import intents as w
from fieldkit.core.records import fields_of
from fieldkit.lan.server import LanServer
from fieldkit.log.keys import Signer, six_words
from fieldkit.tui import label, say
from fieldkit.tui.app import LiveApp
from tests.consoles.attach_kit import HELPER
from tests.tui.room import FakeTools, Room, open_room, text_of, until, until_text


@contextlib.asynccontextmanager
async def trainer(folder: Path) -> AsyncIterator[tuple[Room, Consoles, Pilot[str]]]:
    """The trainer's terminal on the screen of second consoles, which are off."""
    async with open_room(folder) as room:
        consoles = Consoles(room.desk, LanServer(room.desk), "127.0.0.1")
        tools = FakeTools(folder)
        tools.consoles = ConsoleTools(consoles)
        app = LiveApp(room.desk, tools, "")
        try:
            async with app.run_test(size=(80, 24)) as pilot:
                await until_text(pilot, "10.42.0.1")
                await pilot.press("C")
                await until_text(pilot, "Only this laptop steers the session.")
                yield room, consoles, pilot
        finally:
            await consoles.close()


def far_of(consoles: Consoles, signer: Signer, name: str = "Kim Lee") -> FarDesk:
    port = int(consoles.address.rpartition(":")[2])
    return FarDesk("127.0.0.1", port, signer, name, "en")


async def test_the_trainer_switches_it_on_compares_words_and_gives_a_role(tmp_path: Path) -> None:
    """n, then h and y on whoever asks; the words in large print are those that the other laptop needs."""
    async with trainer(tmp_path) as (room, consoles, pilot):
        await pilot.press("n")
        screen = await until_text(pilot, "Nobody asks.")
        for word in consoles.words.split():
            assert " ".join(word.upper()) in screen
        assert f"fieldkit attach {consoles.address}" in screen
        signer = Signer.generate(HELPER)
        far = far_of(consoles, signer)
        opening = asyncio.create_task(far.open(consoles.words, lambda words: None))
        screen = await until_text(pilot, "Kim Lee asks.")
        assert "[h] let in as helper" in await until_text(pilot, "[X] turn away")
        assert six_words(signer.vkey) in screen
        await pilot.press("h")
        screen = await until_text(pilot, "Kim Lee as helper?")
        await pilot.press("n")
        await until(pilot, lambda: "as helper?" not in text_of(pilot.app))
        assert not room.desk.session.staff
        await pilot.press("h")
        await until_text(pilot, "Kim Lee as helper?")
        await pilot.press("y")
        await until_text(pilot, "✓ Kim Lee is in.")
        await opening
        staying = asyncio.create_task(far.stay())
        await until_text(pilot, "Kim Lee  helper, connected")
        await pilot.press("X")
        await until_text(pilot, "Throw Kim Lee out?")
        await pilot.press("y")
        await until_text(pilot, "✓ Kim Lee is out.")
        assert "ended your console" in (await asyncio.wait_for(staying, 10)).sentence
        await far.close()
        assert not room.desk.session.staff
        await pilot.press("D")
        await until_text(pilot, "Switch it off?")
        await pilot.press("y")
        await until_text(pilot, "Only this laptop steers the session.")
        assert consoles.address == ""


async def test_who_asks_is_said_wherever_the_trainer_is(tmp_path: Path) -> None:
    """Once, and only by name: the words are compared on the screen that has them."""
    async with trainer(tmp_path) as (_room, consoles, pilot):
        await consoles.attach_on(0)
        await pilot.press("escape", "s")
        far = far_of(consoles, Signer.generate(HELPER))
        opening = asyncio.create_task(far.open(consoles.words, lambda words: None))
        await until_text(pilot, "Kim Lee asks to attach a laptop: press C on the live screen.")
        await pilot.press("escape")
        await until(pilot, lambda: "asks to attach" not in text_of(pilot.app))
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)


async def test_a_laptop_is_turned_away_and_keys_without_anybody_say_so(tmp_path: Path) -> None:
    async with trainer(tmp_path) as (_room, consoles, pilot):
        await pilot.press("D")
        await until_text(pilot, "✕ It is off.")
        await pilot.press("l")
        await until_text(pilot, "✕ Nobody who asks is chosen.")
        await pilot.press("n")
        await until_text(pilot, "Nobody asks.")
        far = far_of(consoles, signer := Signer.generate(HELPER), "[b]Mallory[/b] " + "y" * 60)
        opening = asyncio.create_task(far.open(consoles.words, lambda words: None))
        screen = await until_text(pilot, "[b]Mallory[/b] yyy")
        assert six_words(signer.vkey) in screen
        await pilot.press("X")
        await until_text(pilot, "✓ Turned away.")
        await asyncio.wait([opening], timeout=10)
        assert "did not let" in str(opening.exception())


async def test_the_helper_works_in_the_same_screens(tmp_path: Path) -> None:
    """What the role includes is done and recorded as theirs; what it does not is refused in words; leaving pauses
    nothing."""
    async with trainer(tmp_path) as (room, consoles, pilot):
        await consoles.attach_on(0)
        far = far_of(consoles, Signer.generate(HELPER))
        opening = asyncio.create_task(far.open(consoles.words, lambda words: None))
        await until_text(pilot, "Kim Lee asks.")
        await pilot.press("h", "y")
        await asyncio.wait_for(opening, 20)
        staying = asyncio.create_task(far.stay())
        say.use("en")
        label.use("HELPER")
        try:
            app = LiveApp(far, FarTools(far), "", label="HELPER", far="helper")
            async with app.run_test(size=(80, 24)) as there:
                screen = await until_text(there, "HELPER")
                assert "[Q] questions to you" in screen
                assert "[n] next" not in screen
                await room.do(w.OpenActivity(activity="hurt"))
                await until_text(there, "What can still hurt you?")
                await there.press("space")
                await until_text(there, "Nothing to do next here.")
                await there.press("f")
                await until_text(there, "✕ This console's role does not include that. Ask the trainer.")
                await there.press("b", *"E1001", "enter")
                await until(there, lambda: room.desk.session.present == 1)
                came = (await room.desk.store.records())[-1]
                assert fields_of(came.fact)["co"] == far.co
                await there.press("escape", "escape", "C")
                await there.press("n")
                await until_text(there, "✕ This is done at the trainer's laptop.")
                await there.press("escape", "ctrl+q")
                await until_text(there, "Leave this console?")
                await there.press("y")
                await until(there, lambda: not app.is_running)
            assert room.desk.session.state == "running"
        finally:
            label.use("")
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)
            await far.close()


async def test_a_lost_line_is_said_on_the_helpers_screen(tmp_path: Path) -> None:
    async with trainer(tmp_path) as (_room, consoles, pilot):
        await consoles.attach_on(0)
        far = far_of(consoles, Signer.generate(HELPER))
        opening = asyncio.create_task(far.open(consoles.words, lambda words: None))
        await until_text(pilot, "Kim Lee asks.")
        await pilot.press("l", "y")
        await asyncio.wait_for(opening, 20)
        staying = asyncio.create_task(far.stay())
        app = LiveApp(far, FarTools(far), "", far="lead")
        async with app.run_test(size=(80, 24)) as there:
            await until_text(there, "NEXT")
            await consoles.close()
            await until_text(there, "The trainer has switched second consoles off.")
            await there.press("n")
            await until_text(there, "✕ The trainer has switched second consoles off.")
        await asyncio.wait_for(staying, 10)
        await far.close()
