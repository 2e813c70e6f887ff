"""For the tests of keys and trust: a laptop whose key is always the same, lists of head office, eyes for dialogs."""

from __future__ import annotations

import re
from pathlib import Path

from textual.pilot import Pilot

from fieldkit.log.keys import Signer, six_words
from fieldkit.log.trust import TrustKey, TrustList, trust_note
from fieldkit.station import Station
from fieldkit.tui.app import HomeApp
from fieldkit.tui.tools import StickLine
from tests.tui.homekit import DAY_S, ORG, station_in
from tests.tui.room import text_of, until_text

ROOT, HEIR = Signer(f"{ORG}/root", b"r" * 32), Signer(f"{ORG}/root", b"h" * 32)
FAC = Signer(f"{ORG}/fac/9k3m", b"f" * 32)
WORDS = six_words(ROOT.vkey)
PASS = "copper tent nine gravel"


def today(station: Station) -> int:
    now = station.clock.wall_ms() // 1000
    return now - now % DAY_S


def made(
    station: Station,
    version: int,
    *lines: TrustKey,
    org: str = ORG,
    root: Signer = ROOT,
    expires: int = 900,
    by: tuple[Signer, ...] = (),
) -> bytes:
    """A list that names its root and these lines; `expires` in days."""
    day = today(station)
    own = TrustKey("root", root.vkey, day - DAY_S, day + 900 * DAY_S)
    return trust_note(TrustList(org, version, day - DAY_S, day + expires * DAY_S, (own, *lines)), *(by or (root,)))


def line(station: Station, signer: Signer, kind: str = "device", *, days: int = 900, start: int = -1) -> TrustKey:
    day = today(station)
    return TrustKey(kind, signer.vkey, day + start * DAY_S, day + days * DAY_S)


def held(station: Station) -> TrustList | None:
    return station.trust


async def at_keys(pilot: Pilot[object]) -> str:
    await pilot.press("k")
    return await until_text(pilot, "HEAD OFFICE'S LIST")


async def type_path(pilot: Pilot[object], path: Path | str) -> None:
    """Name a file in the dialog for head office's list."""
    await pilot.press("o")
    await until_text(pilot, "Take in head office's list")
    await pilot.press("end", "enter")
    await until_text(pilot, "Where is head office's list?")
    await typed(pilot, str(path))


async def typed(pilot: Pilot[object], text: str) -> None:
    pilot.app.focused.insert_text_at_cursor(text)  # type: ignore[union-attr]
    await pilot.press("enter")


async def away(pilot: Pilot[object]) -> None:
    """Every dialog closed."""
    for _ in range(6):
        if len(pilot.app.screen_stack) <= 2:
            return
        await pilot.press("escape")
        await pilot.pause()
    raise AssertionError(text_of(pilot.app))


def laptop(folder: Path) -> Station:
    """With a key whose words are always the same."""
    (folder / "data" / "keys").mkdir(parents=True)
    Signer(f"{ORG}/dev/l4p7q2", bytes(range(32))).save(folder / "data" / "keys" / "device.key")
    return station_in(folder)


async def none() -> list[StickLine]:
    return []


def flat(app: object) -> str:
    """What the dialog on top says, else the whole screen, on one line."""
    assert isinstance(app, HomeApp)
    text = text_of(app)
    inside = re.findall(r"│(.*?)│", text) if "┌──" in text else text.split("\n")
    return " ".join(" ".join(inside).split())
