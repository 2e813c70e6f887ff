"""Every set of colours can be read, and colours carry nothing alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from textual.color import Color

from fieldkit import config
from fieldkit.cli import memory
from fieldkit.cli.looks import use_looks
from fieldkit.core import intents as w
from fieldkit.core.views import LETTERS, SHAPES
from fieldkit.errors import WrongUsage
from fieldkit.tui import prefs
from fieldkit.tui.app import LiveApp
from fieldkit.tui.hometools import Memory
from fieldkit.tui.marks import TABLE, spelled, unicode_level
from fieldkit.tui.theme import THEMES
from tests.tui.room import FakeTools, Room, live, open_room, text_of, until_text

TEXTS = ("saved", "waiting", "refused", "muted", *(f"option-{x}" for x in "abcdef"))
STATES = ("saved", "waiting", "refused")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Colours are one for the whole terminal: the next test begins with the first ones."""
    yield
    prefs.use()


def light(colour: Color) -> float:
    """Relative luminance (WCAG 2.1)."""
    parts = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in colour.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_settings_name_every_set_of_colours() -> None:
    assert tuple(THEMES) == config.THEMES


@pytest.mark.parametrize("name", THEMES)
def test_every_text_can_be_read_on_every_ground(name: str) -> None:
    """4.5:1, and 7:1 where high contrast is promised; lines 3:1."""
    theme, least = THEMES[name], 7.0 if name.startswith("high") else 4.5
    colours = {**theme.variables, "ink": str(theme.foreground), "accent": str(theme.accent)}
    for ground in (theme.variables["paper"], theme.variables["row"], str(theme.panel)):
        for text in ("ink", "accent", *TEXTS):
            assert contrast(Color.parse(colours[text]), Color.parse(ground)) >= least, (text, ground)
    assert contrast(Color.parse(colours["line"]), Color.parse(colours["paper"])) >= 3


async def the_poll(room: Room) -> None:
    ana = await room.join("Ana Ruiz", "E1001")
    await room.join("Bo Tran", "E1002", live=False)
    await room.do(w.NextStep())
    await room.do(w.OpenActivity(activity="hurt"))
    await room.answer(ana, "hurt", "c")
    await room.do(w.RaiseHand(up=True), ana)


@pytest.mark.parametrize("name", THEMES)
async def test_every_cell_that_is_drawn_can_be_read(tmp_path: Path, name: str) -> None:
    """As Textual mixes it in the end: each screen, help, palette and a question."""
    prefs.use(name)
    least = 7.0 if name.startswith("high") else 4.5
    async with live(tmp_path) as (room, app, pilot):
        await the_poll(room)
        await until_text(pilot, "OPEN")
        for key in ("", "w", "s", "t", "d", "k", "J", "question_mark", "ctrl+p", "E"):
            if key:
                await pilot.press(key)
                await pilot.pause(0.1)
            if key == "ctrl+p":
                await until_text(pilot, "reveal  [r]")
            seen = 0
            # What lies below a dialog is faded on purpose: only the dialog is to be read.
            boxes = [x.region for x in app.screen.query(".box, CommandList, CommandInput")]
            for y, strip in enumerate(app.screen._compositor.render_strips()):
                x = 0
                for segment in strip:
                    at, x = x, x + segment.cell_length
                    if boxes and not any(box.contains(at, y) for box in boxes):
                        continue
                    style = segment.style
                    words = re.sub("[\u2500-\u259f\\s]", "", segment.text)
                    if not words or style is None or style.color is None or style.bgcolor is None:
                        continue
                    ink, ground = (Color.from_rich_color(x) for x in (style.color, style.bgcolor))
                    if "▁" not in segment.text and not style.dim:
                        seen += 1
                        assert contrast(ink, ground) >= least - 0.05, (key, segment.text, ink.hex, ground.hex)
            assert seen > 3, key
            if key:
                await pilot.press("escape")
                await pilot.pause(0.1)


MACHADO = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB."""


def seen_by(kind: str, colour: str) -> Color:
    parts = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in Color.parse(colour).normalized]
    mixed = [max(0.0, min(1.0, sum(a * b for a, b in zip(row, parts, strict=True)))) for row in MACHADO[kind]]
    back = [12.92 * x if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055 for x in mixed]
    r, g, b = (round(x * 255) for x in back)
    return Color(r, g, b)


def apart(one: Color, other: Color) -> float:
    """Distance in CIE Lab (1976)."""
    (l1, a1, b1), (l2, a2, b2) = (lab(x) for x in (one, other))
    return float(((l1 - l2) ** 2 + (a1 - a2) ** 2 + (b1 - b2) ** 2) ** 0.5)


def lab(colour: Color) -> tuple[float, float, float]:
    r, g, b = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in colour.normalized]
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("kind", MACHADO)
def test_the_colour_blind_tell_states_apart(kind: str) -> None:
    """Saved, waiting, refused and the accent keep 20 steps of Lab between them for each kind of colour-blindness."""
    theme = THEMES["colour-blind"]
    colours = {**{s: theme.variables[s] for s in STATES}, "accent": str(theme.accent)}
    for one, other in combinations(colours, 2):
        assert apart(seen_by(kind, colours[one]), seen_by(kind, colours[other])) >= 20, (one, other)


async def test_no_state_is_told_by_colour_alone(tmp_path: Path) -> None:
    """The bare text of the screen, which is all that NO_COLOR leaves, has a word or mark for every state."""
    async with live(tmp_path) as (room, _app, pilot):
        await the_poll(room)
        screen = await until_text(pilot, "OPEN")
        assert "SAVED" in screen and "✓ right" in screen and "(no phone)" not in screen.split("missing")[0]
        await pilot.press("r")
        assert " ✕ " in await until_text(pilot, "Close it first")
        await pilot.press("space")
        assert " ✓ " in await until_text(pilot, "Closed.")
        await pilot.press("z")
        assert "‖ paused" in await until_text(pilot, "paused")
        await pilot.press("w")
        people = await until_text(pilot, "Who is here")
        assert "● in" in people and "● away" in people and "○ expected" in people and "▸" in people
        await pilot.press("escape", "s")
        sheet = await until_text(pilot, "Run sheet")
        assert all(mark in sheet for mark in ("▸", "›", "·"))


async def test_a_key_and_the_palette_choose_colours_that_are_kept(tmp_path: Path) -> None:
    """^t goes through all of them; the palette names them; the next start has the last one, unless a setting says."""
    use_looks(tmp_path, config.load(tmp_path, {}))
    async with open_room(tmp_path) as room:
        app = LiveApp(room.desk, FakeTools(tmp_path), "")
        async with app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "10.42.0.1")
            seen = []
            for _ in THEMES:
                seen.append(app.theme)
                await pilot.press("ctrl+t")
            assert seen == [t.name for t in THEMES.values()] and app.theme == seen[0]
            await pilot.press("ctrl+p", *"blind")
            await until_text(pilot, "dark, safe for the colour-blind")
            await pilot.press("down", "enter")
            await until_text(pilot, "colours: dark, safe for the colour-blind")
    assert memory.recall(tmp_path).theme == "colour-blind"
    use_looks(tmp_path, config.load(tmp_path, {}))
    assert prefs.theme() == "colour-blind"
    use_looks(tmp_path, config.load(tmp_path, {"FIELDKIT_THEME": "high-light"}))
    assert prefs.theme() == "high-light"


def test_colours_that_do_not_exist_are_refused_as_a_setting_and_forgotten_as_a_memory(tmp_path: Path) -> None:
    memory.keep(tmp_path, Memory(theme="neon"))
    use_looks(tmp_path, config.load(tmp_path, {}))
    assert prefs.theme() == "dark"
    with pytest.raises(WrongUsage, match="high-dark"):
        config.load(tmp_path, {"FIELDKIT_THEME": "neon"})


# ---- terminals that cannot draw our marks ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "level"),
    [
        ({"LANG": "C"}, "ascii"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, "ascii"),
        ({"LANG": "de_DE.ISO-8859-1"}, "ascii"),
        ({"LANG": "C.UTF-8", "TERM": "xterm-256color"}, "all"),
        ({"LANG": "es_ES.utf8", "TERM": "linux"}, "letters"),
        ({"TERM": "vt100"}, "letters"),
        ({"TERM": "dumb"}, "letters"),
        ({}, "all"),
    ],
)
def test_what_a_terminal_can_draw_is_read_from_its_locale_and_name(env: dict[str, str], level: str) -> None:
    assert unicode_level(env) == level


def test_ascii_keeps_the_width_and_tells_options_apart() -> None:
    """One sign for one cell; six shapes stay six; what steers the terminal is not touched."""
    assert all(len(sign) == 1 and sign.isascii() for sign in TABLE.values())
    assert len({spelled(x, "ascii") for x in SHAPES}) == len(SHAPES)
    for options in ("✓✕", "●○", "▸·"):
        assert len({spelled(x, "ascii") for x in options}) == 2
    assert (
        spelled("\x1b[1;38;2;240;162;2mA ● José ▸ ██▌ 安全…", "ascii") == "\x1b[1;38;2;240;162;2mA @ Jose > ##| ????~"
    )
    assert spelled("A ● José ✓", "letters") == "A @ José +"
    assert spelled("A ● José ✓", "all") == "A ● José ✓"


async def test_the_whole_screen_has_an_ascii_form(tmp_path: Path) -> None:
    """Nothing but a person's letters turns into a question mark."""
    async with live(tmp_path) as (room, app, pilot):
        await the_poll(room)
        for key in ("", "w", "s", "t", "q", "question_mark"):
            if key:
                await pilot.press(key)
                await pilot.pause(0.1)
            screen = text_of(app)
            ascii_form = spelled(screen, "ascii")
            assert ascii_form.isascii() and len(ascii_form) == len(screen)
            assert ascii_form.count("?") == screen.count("?"), key
            for k, shape in enumerate(SHAPES):
                assert f"{LETTERS[k]} {shape}" not in ascii_form
            if key:
                await pilot.press("escape")
                await pilot.pause(0.1)
