"""Before and beside the evening: head office gets to know the laptop; a person is erased from a stored session."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from fieldkit.log.keys import Signer, six_words
from fieldkit.log.trust import TrustKey, TrustList, trust_note
from fieldkit.station import Station
from fieldkit.tui.tools import StickLine
from tests.kit.clock import ManualClock
from tests.screens.book import Camera, Chapter, page
from tests.screens.laptop import EVENING, STICK, at_home, station_at
from tests.tui.homekit import DAY_S, ORG
from tests.tui.room import until_text
from tests.tui.test_erase import BADGE, ZOE, stored

ROOT = Signer(f"{ORG}/root", b"r" * 32)
TRAINER = Signer(f"{ORG}/fac/sam7", b"s" * 32)


def head_office(station: Station, version: int, *, days: int = 400, trainer: bool = False) -> bytes:
    """Its list, on which the laptop ends in `days`."""
    day = EVENING // 1000 // DAY_S * DAY_S
    lines = [
        TrustKey("root", ROOT.vkey, day - DAY_S, day + 900 * DAY_S),
        TrustKey("device", station.signer.vkey, day - DAY_S, day + days * DAY_S),
    ]
    if trainer:
        packs = ("loto-basics", "loto-refresher")
        lines.append(TrustKey("facilitator", TRAINER.vkey, day - DAY_S, day + 400 * DAY_S, packs=packs))
    return trust_note(TrustList(ORG, version, day - DAY_S, day + 300 * DAY_S, tuple(lines)), ROOT)


async def typed(pilot: Pilot[object], text: str) -> None:
    pilot.app.focused.insert_text_at_cursor(text)  # type: ignore[union-attr]
    await pilot.press("enter")


async def keys(shot: Camera, folder: Path) -> None:
    station, stick = station_at(folder, ManualClock(EVENING)), folder / STICK.name
    stick.mkdir()

    async def sticks() -> list[StickLine]:
        return [StickLine(path=str(STICK), name=STICK.name, free=3_200_000_000)]

    async def real() -> list[StickLine]:
        return [StickLine(path=str(stick), name=STICK.name)]

    async with at_home(station) as (pilot, tools):
        tools.sticks = sticks  # type: ignore[method-assign]
        await pilot.press("k")
        await shot.take(pilot, "keys", "No head office knows this key yet")
        await pilot.press("b")
        await shot.take(pilot, "keys-words", "[enter] done")
        await pilot.press("escape", "w")
        await shot.take(pilot, "keys-note", "FIELDKIT  /media")
        await pilot.press("escape", "plus")
        await until_text(pilot, "A short name for your key")
        await typed(pilot, "sam7")
        await shot.take(pilot, "keys-passphrase", "A passphrase for sam7")
        await pilot.press("escape", "escape")
        (stick / "trust.note").write_bytes(head_office(station, 7))
        tools.sticks = real  # type: ignore[method-assign]
        await pilot.press("k")
        await until_text(pilot, "No head office knows this key yet")
        await pilot.press("o")
        await shot.take(pilot, "keys-list-found", "version 7")
        await pilot.press("enter")
        await shot.take(pilot, "keys-root", "The first list")
        await typed(pilot, "six words that somebody else said")
        await shot.take(pilot, "keys-root-wrong", "No root with these words")
        pilot.app.focused.value = ""  # type: ignore[union-attr]
        await typed(pilot, six_words(ROOT.vkey))
        await until_text(pilot, "✓ Accepted: version 7")
        await shot.take(pilot, "keys-known", "✓ until 2027")
        TRAINER.save(station.home / "keys" / "fac-sam7.key")
        (station.home / "keys" / "fac-sam7.vkey").write_text(f"{TRAINER.vkey}\n")
        (stick / "trust.note").write_bytes(head_office(station, 8, days=12, trainer=True))
        await pilot.press("o")
        await until_text(pilot, "version 8")
        await pilot.press("enter")
        await shot.take(pilot, "keys-changed", "What version 8 changed")
        await pilot.press("enter")
        await shot.take(pilot, "keys-soon", "ends in 12 days")
        await pilot.press("down")
        await shot.take(pilot, "keys-trainer", "Certified for:")
        await pilot.press("end")
        await shot.take(pilot, "keys-list", "WHAT IT CHANGED")


KEYS = Chapter(
    "Keys and trust",
    (
        page("keys", "Keys and trust (`k` at home): the laptop's key, which no head office knows yet.", "dark"),
        page("keys-words", "Its six words, large, to be read out on the telephone (`b`)."),
        page("keys-note", "Its note for head office goes to a stick (`w`)."),
        page("keys-passphrase", "A key of Sam's own, behind a passphrase (`+`)."),
        page("keys-list-found", "Head office's list has come back on the stick (`o`)."),
        page("keys-root", "The first list asks for the root's six words, as head office says them on the telephone."),
        page("keys-root-wrong", "Other words: nothing changes."),
        page("keys-known", "Head office knows the laptop."),
        page("keys-changed", "A later list comes by itself; what it changed is told."),
        page("keys-soon", "The laptop's key ends soon: what to do."),
        page("keys-trainer", "Sam's own key, and for which packs head office has certified it."),
        page("keys-list", "The list itself: version, dates, what it changed."),
    ),
    keys,
)


async def erasing(shot: Camera, folder: Path) -> None:
    station = station_at(folder, ManualClock(EVENING))
    await stored(station)
    async with at_home(station) as (pilot, _tools):
        await pilot.press("end", "X")
        await shot.take(pilot, "erase", ZOE)
        for _ in range(2):
            await pilot.press("down")
        await pilot.press("enter")
        await shot.take(pilot, "erase-what", "THIS STAYS")
        await pilot.press("enter")
        await shot.take(pilot, "erase-why", ": why?")
        await pilot.press("enter")
        await shot.take(pilot, "erase-sure", "cannot be undone")
        await typed(pilot, BADGE)
        await shot.take(pilot, "erase-done", "DONE")


ERASING = Chapter(
    "Erasing a person",
    (
        page("erase", "Everybody of a stored session (`X` at home); in a session that runs, `X` among the people."),
        page("erase-what", "What goes and what stays, before anything is done."),
        page("erase-why", "Why: the record keeps a code."),
        page("erase-sure", "The badge is typed; until here Escape changes nothing."),
        page("erase-done", "Done: what is gone, and what was handed out before."),
    ),
    erasing,
)
