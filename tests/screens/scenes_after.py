"""After the end, on a whole room with real files: the summary, signing, tables, a stick, the way to head office."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from fieldkit.cli.room import Room
from fieldkit.cli.tools import RoomTools
from fieldkit.core import intents as w
from fieldkit.log.keys import Signer
from fieldkit.station import Setup
from fieldkit.tui.app import LiveApp
from fieldkit.tui.tools import (
    At,
    Carried,
    Invite,
    KeyLine,
    Preview,
    SaidLine,
    Sent,
    StickLine,
    Stop,
    Told,
    WayLine,
    Words,
)
from tests.kit.clock import ManualClock
from tests.screens.book import SIZE, Camera, Chapter, page
from tests.screens.evening import CREW, MIN, BookTools, Evening, p_of, pack_of
from tests.screens.laptop import EVENING, OFFICE, PAPERS, SITE, STICK, TITLE, TRAINER, station_at
from tests.tui.afterkit import NET
from tests.tui.homekit import enrolled, receipted
from tests.tui.room import until_text

SIX = "civil summer anvil amigo cavern image"
"""For the words that the file is sealed to, which are others each time."""


class AfterTools(RoomTools):
    """The real files of the room; the stick and the folder of papers lie where Sam's lie."""

    def __init__(self, room: Room, folder: Path) -> None:
        super().__init__(room, documents=False)
        self._real = folder / "stick"
        self._real.mkdir()
        self._door = BookTools(folder)
        self._key: KeyLine | None = None

    def invite(self) -> Invite:
        return self._door.invite()

    async def preview(self, what: str, as_: str, told: Told | None = None, stop: Stop | None = None) -> Preview:
        found = await super().preview(what, as_, told, stop)
        return replace(found, path=PAPERS / "fieldkit" / found.path.name)

    async def sticks(self) -> list[StickLine]:
        return [StickLine(path=str(STICK), name=STICK.name, free=3_200_000_000)]

    async def carry(self, folder: Path, told: Told | None = None, stop: Stop | None = None) -> Carried:
        done = await super().carry(self._real if folder == STICK else folder, told, stop)
        return replace(done, folder=folder, words=SIX if done.words else "")

    async def office(self) -> str:
        return OFFICE

    def check_office(self, address: str) -> None:
        """The one that stands there."""

    async def send(
        self,
        address: str,
        told: Told | None = None,
        stop: Stop | None = None,
        now: Stop | None = None,
        words: Words | None = None,
    ) -> Sent:
        """The line is down at first: until somebody wants the next try."""
        why = "Head office cannot be reached at fieldkit.acme.example."
        while told is not None and now is not None and not now():
            told(At(step="wait", done=3, of=15, why=why))
            await asyncio.sleep(0.05)
        said = SaidLine(seq=1, title=TITLE, result="stored")
        return Sent(to="fieldkit.acme.example", said=(said,), receipted=1, trust=8, policy=2, sealed=True)

    async def way(self) -> list[WayLine]:
        return [replace(x, carried=tuple(str(STICK) for _ in x.carried)) for x in await super().way()]

    async def keys(self) -> list[KeyLine]:
        return [self._key] if self._key else []

    async def make_key(self, id: str, passphrase: str, stop: Stop | None = None) -> KeyLine:
        """Sealing a key takes seconds, and a new one has other words each time: this one has been made before."""
        self._key = KeyLine(id=id, name=f"acme.example/fac/{id}", words="able about above absent acid act", listed=True)
        return self._key

    async def attest(self, key: str, passphrase: str, meaning: str, name: str, stop: Stop | None = None) -> int:
        from fieldkit.cli.attest import sign_desk

        return await sign_desk(self._room.desk, Signer(f"acme.example/fac/{key}", bytes([5] * 32)), meaning, name)


async def lived(x: Evening) -> None:
    """Three quarters of an hour with loose ends."""
    people = await x.crew(10, cards=2)
    strange = await x.join("Ines Duarte", "X77")
    await x.do(w.NextStep())
    await x.do(w.OpenActivity(activity="hotspot-press"))
    await x.do(w.CloseActivity(activity="hotspot-press"))
    for no, right in ((1, 4), (2, 8)):
        await x.do(w.OpenActivity(activity="tf-tagout") if no == 1 else w.Revote(activity="tf-tagout"))
        for k, p in enumerate(people):
            await x.do(w.ProxyAnswer(who=p, activity="tf-tagout", v=("false" if k < right else "true",)))
        await x.do(w.CloseActivity(activity="tf-tagout"))
    for k, segment in enumerate(("energy", "steps", "practice")):
        x.pass_((8, 13, 6)[k])
        await x.do(w.EnterSegment(segment=segment))
    await x.do(w.OpenActivity(activity="skill-lockout", small=True))
    for p in people[:7]:
        for item in ("card", "lock", "bleed", "try"):
            await x.do(w.MarkItem(activity="skill-lockout", item=item, who=p))
    said = await x.do(w.PutSay(text="Who keeps the key of a removed lock?"), people[2])
    await x.do(w.ParkSay(ref=said.saved))
    x.pass_(13)
    await x.do(w.EnterSegment(segment="close"))
    await x.do(w.CheckIn(new_p="", badge=strange, out=True))
    x.pass_(6)
    await x.do(w.End())


async def after(shot: Camera, folder: Path) -> None:
    clock = ManualClock(EVENING + 30 * MIN)
    station = station_at(folder, clock)
    enrolled(station, packs=None)
    roster = [w.Expect(new_p=p_of(b), fields={"badge": b, "name": n}) for b, n in CREW]
    setup = Setup(pack=pack_of(station), title=TITLE, site=SITE, facilitator=TRAINER, roster=roster)
    room = await Room.open(station, setup, NET)
    try:
        x = Evening(room.desk, clock)
        await lived(x)
        app = LiveApp(room.desk, AfterTools(room, folder), "")
        async with app.run_test(size=SIZE) as pilot:
            await shot.take(pilot, "summary", "STILL TO DO")
            await pilot.press("x")
            await shot.take(pilot, "export", "It names")
            await pilot.press("right", "right", "f")
            await shot.take(pilot, "export-other", "JSON")
            await pilot.press("escape")
            await until_text(pilot, "STILL TO DO")
            await pilot.press("w")
            await shot.take(pilot, "corrections", "Who is here")
            await pilot.press("escape")
            await until_text(pilot, "STILL TO DO")
            await pilot.press("g", "enter")
            await until_text(pilot, "A short name for your key")
            await shot.take(pilot, "sign-key")
            await pilot.press("end", *["backspace"] * 12, *"sam1", "enter")
            await until_text(pilot, "A passphrase for sam1")
            await pilot.press(*"blue hammer nine")
            await shot.take(pilot, "sign-passphrase", "•••")
            await pilot.press("enter")
            await until_text(pilot, "once more")
            await pilot.press(*"blue hammer nine", "enter")
            await shot.take(pilot, "sign-meaning", "What does your signature say?")
            await pilot.press("enter")
            await until_text(pilot, "Your name, as it is printed")
            await pilot.press("enter")
            await shot.take(pilot, "signed", "✓ Signed by Sam Ortiz")
            await pilot.press("y")
            await shot.take(pilot, "stick", "3.2 GB free")
            await pilot.press("enter")
            await shot.take(pilot, "stick-words", "sealed to these six words")
            await pilot.press("y")
            await until_text(pilot, "Written and read back")
            await shot.take(pilot, "stick-done", "✓ 1 session is carried")
            await pilot.press("n")
            await shot.take(pilot, "send-ask", "Head office's address?")
            await pilot.press("enter")
            await shot.take(pilot, "send-waits", "Trying again in 12 s.")
            await pilot.press("space")
            await shot.take(pilot, "sent", "✓ Head office has 1 session more.")
            await pilot.press("escape")
            await until_text(pilot, "STILL TO DO")
            await pilot.press("v")
            await shot.take(pilot, "way", "carried")
            clock.advance(40 * MIN)
            receipted(station, room.desk.store.origin)
            await pilot.press("ctrl+r")
            await shot.take(pilot, "way-receipted", "receipted")
            await pilot.press("escape")
            await shot.take(pilot, "summary-done", "STILL TO DO")
            app.bridge.stop()
    finally:
        await room.close(None)


AFTER = Chapter(
    "After the end",
    (
        page("summary", "Who came, minutes, right answers, and what is still to do.", "dark", "light"),
        page("export", "A table as it would be written, and whom it names (`x`)."),
        page("export-other", "The same table in another format (`f`)."),
        page("corrections", "Corrections of the closed record (`w`)."),
        page("sign-key", "Signing (`g`) without a key: it is made right here."),
        page("sign-passphrase", "The passphrase is never shown."),
        page("sign-meaning", "What the signature says."),
        page("signed", "Signed."),
        page("stick", "Carrying (`y`): the stick that is plugged in, a folder, the internet."),
        page("stick-words", "Without head office's key the file is sealed to six words, which are shown once."),
        page("stick-done", "Carried and read back."),
        page("send-ask", "Over the internet (`n`): the address that the settings or the last trip have."),
        page("send-waits", "While the line is down: why, how long, and a key that tries at once."),
        page("sent", "What head office says of each session, and what came down."),
        page("way", "Every session on its way to head office (`v`)."),
        page("way-receipted", "Head office has signed for it."),
        page("summary-done", "What is left then."),
    ),
    after,
)
