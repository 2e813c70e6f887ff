"""The screens before a session in Spanish: everything fits 80×24, nothing stays English that is ours to say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fieldkit.tui import say
from fieldkit.tui.hometools import Status
from fieldkit.tui.keymap import read
from fieldkit.tui.panels.home import gauges
from fieldkit.words import TRAINER, words_for
from tests.tui.homekit import enrolled, held_session, home, station_in
from tests.tui.room import text_of, until_text
from tests.tui.test_home_roster import crew
from tests.tui.tour import settled


async def test_the_screens_before_a_session_in_spanish(tmp_path: Path) -> None:
    """Home, form, roster, preview, plan, planned, room check, standing, first steps, help."""
    station = station_in(tmp_path)
    enrolled(station)
    await held_session(station, "Guantes")
    folder = crew(tmp_path / "Documents").parent
    async with home(station, folders=[folder], lang="es", wait="EMPEZAR") as (app, pilot, _tools):
        seen = await until_text(pilot, "sin recibo")
        for key, words in (("t", "Empezar ahora"), ("ctrl+r", "crew.csv"), ("enter", "PRIMERAS FILAS")):
            await pilot.press(key)
            seen += await until_text(pilot, words)
        await pilot.press("escape", "escape", "escape")
        await until_text(pilot, "EMPEZAR")
        for key, words in (
            ("s", "NOTAS"),
            ("p", "No hay nada previsto"),
            ("c", "Central"),
            ("i", "LO QUE LA CENTRAL NO HA FIRMADO"),
            ("question_mark", "otra vez los primeros pasos"),
        ):
            await pilot.press(key)
            seen += await until_text(pilot, words)
            assert max(len(line) for line in text_of(app).split("\n")) <= 80, key
            await pilot.press("escape")
            await until_text(pilot, "EMPEZAR")
        await pilot.press("W")
        seen += await until_text(pilot, "Tres pasos cortos")
    for words in (
        "AÚN NO", "CLAVE ✓ conocida en la central", "sin firma", "charla breve", "ensayo", "quien venga",
        "Windows-1252", "la credencial E1002 no tiene nombre", "se guarda como nota", "Reloj", "El reloj es verosímil",
        "Este portátil firma como", "aún sin recibo",
    ):  # fmt: skip
        assert words in seen, words


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("es", "«25:99» no es fecha y hora. Escriba 22:00, o 2026-11-22 22:00."),
        ("de", "„25:99“ ist kein Datum mit Zeit. Schreiben Sie 22:00 oder 2026-11-22 22:00."),
    ],
)
async def test_what_went_wrong_is_said_in_the_trainers_language(tmp_path: Path, lang: str, words: str) -> None:
    """What was noticed before the first screen, and an error from far below: with their values."""
    station = station_in(tmp_path)
    await held_session(station, "Guantes")
    problems = read(b'[live]\nfoo = "m"\nnext = "xx"\n').problems
    async with home(station, lang=lang, wait="fieldkit", warnings=problems) as (_app, pilot, _tools):
        inside = re.findall("│(.*)│", await until_text(pilot, "keymap.toml"))
        said = " ".join(" ".join(inside).split())
        for problem in problems:
            assert problem not in said and words_for(lang).told(problem) in said
        for keys in (["enter"], ["t"], ["ctrl+l"], [*"25", "colon", *"99", "enter"]):
            await pilot.press(*keys)
            await settled(pilot)
        seen = await until_text(pilot, words.partition(" ")[0])
        said = " ".join(" ".join(re.findall("│(.*)│", seen) or [seen]).split())
        assert words in said


@pytest.mark.parametrize("lang", TRAINER)
def test_disk_clock_and_key_fit_80_columns_whatever_they_say(lang: str) -> None:
    """The key is the last of them: it would lose its last word first."""
    say.use(lang)
    try:
        for clock in (True, False, None):
            for key, enrolled in (("", False), ("k", True), ("k", False)):
                status = Status(free=123_400_000_000, clock=clock, key=key, enrolled=enrolled, office="Acme")
                line = gauges(status, 80)
                assert line.cell_length <= 80, line.plain
    finally:
        say.use("en")
