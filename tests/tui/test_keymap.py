"""The trainer's own keys: what `keymap.toml` may say, and that help, foot and palette follow it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from fieldkit import config
from fieldkit.cli.app import run
from fieldkit.cli.looks import use_looks
from fieldkit.tui import prefs, say
from fieldkit.tui.keymap import read, sheet, tables
from fieldkit.tui.keys import KeyBar, action_slug, own_keys, section_of
from tests.tui.room import live, until, until_text
from tests.tui.test_keys import owners


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Keys are one set for the whole terminal: the next test begins with those of the tables."""
    yield
    prefs.use()


def test_the_sheet_has_every_action_of_every_screen_and_changes_nothing() -> None:
    """Each line taken in as it stands is no change."""
    assert set(tables().values()) == {c for c in owners() if own_keys(c)}
    lines = tomllib.loads("\n".join(x.removeprefix("# ") if " = " in x else x for x in sheet().split("\n")[1:]))
    for cls in tables().values():
        slugs = [action_slug(cls, b) for b in own_keys(cls)]
        assert len(set(slugs)) == len(slugs) and set(lines[section_of(cls)]) == set(slugs)
    assert tomllib.loads(sheet()) == {name: {} for name in tables()}
    assert read(sheet().encode()) == ({}, {}, [])


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ('[live]\nnxt = "m"', "there is no action live.nxt; the nearest one is live.next."),
        ('[lives]\nnext = "m"', "there is no screen lives; the nearest one is [live]."),
        ('live = "m"', "there is no screen live"),
        ('[live]\nnext = "r"', "live.next cannot be r: on that screen it is live.reveal; it stays n."),
        ('[live]\nnext = "?"', "live.next cannot be ?: on that screen it is program.help; it stays n."),
        ('[live]\nback = "x"', "must work while something is typed"),
        ('[program]\nquit = "Q"', "must work while something is typed"),
        ('[live]\nnext = "backspace"', "that is no key that every terminal knows"),
        ('[live]\nnext = "ctrl+a"', "needed for typing and moving"),
        ('[live]\nnext = "enter"', "needed for typing and moving"),
        ('[live]\nnext = "ctrl+c"', "needed for typing and moving"),
        ('[live]\nnext = "hyper+q"', "that is no key"),
        ('[live]\nnext = ""', "that is no key"),
        ("[live]\nnext = 7", "is a key in quotation marks"),
        ('[live]\nnext = ["m", "m"]', "has the same key twice"),
        ('[live]\nnext = "\\u001b[2J"', "that is no key"),
        ("[live\nnext", "line 1 is not TOML; no key is changed."),
    ],
)
def test_a_line_that_cannot_be_used_is_one_sentence_and_the_rest_holds(file: str, sentence: str) -> None:
    found = read(f"{file}\n[sheet]\nskip = 'd'\n".encode())
    assert len(found.problems) == 1 and sentence in found.problems[0] and "\x1b" not in found.problems[0]
    if "TOML" not in sentence:
        assert found.moved == {("sheet", "skip"): "d"}


def test_keys_may_change_places_but_not_meet() -> None:
    """Two actions that take each other's keys are fine; three on one key are put back until there is one."""
    assert read(b'[live]\nnext = "r"\nreveal = "n"').problems == []
    found = read(b'[live]\nnext = "f5"\nreveal = "f5"\nrevote = "f5"')
    assert len(found.problems) == 2 and len(found.moved) == 1
    assert read(b"\xff\xfe").moved == read(b"x" * 70_000).moved == {}


KEYMAP = b'[live]\nnext = "f5"\nclose = "."\nreveal = "n"\n[program]\nhelp = "f1"\n[confirm]\nyes = "j"\n'


async def test_help_foot_palette_and_the_keys_themselves_follow_the_file(tmp_path: Path) -> None:
    (tmp_path / "keymap.toml").write_bytes(KEYMAP)
    assert use_looks(tmp_path, config.load(tmp_path, {})) == []
    async with live(tmp_path) as (room, _app, pilot):
        await until_text(pilot, "[f1] all keys")
        await pilot.press("n")
        await pilot.pause(0.2)
        assert room.desk.session.segment is None, "n is no longer next"
        for _step in range(2):
            await pilot.press("f5")
            await pilot.pause(0.2)
        screen = await until_text(pilot, "OPEN")
        assert "[f5] next" in screen
        await pilot.press("full_stop")
        assert "[n] reveals it" in await until_text(pilot, "Closed."), "sentences name the key as it is"
        await pilot.press("n")
        await until_text(pilot, "Shown to the room.")
        await pilot.press("f1")
        screen = await until_text(pilot, "All keys here")
        assert "f5  next" in screen and ".  close" in screen
        await pilot.press("escape", "ctrl+p", *"next")
        await until_text(pilot, "next  [f5]")
        await pilot.press("escape", "E")
        await until_text(pilot, "[j] yes")
        await pilot.press("y")
        await pilot.pause(0.2)
        assert room.desk.session.state == "running"
        await pilot.press("j")
        await until(pilot, lambda: room.desk.session.state == "ended")


async def test_a_click_on_a_key_in_the_foot_does_what_the_key_does(tmp_path: Path) -> None:
    """Every key that stands there has its place; beside it nothing happens."""
    async with live(tmp_path) as (_room, _app, pilot):
        await until_text(pilot, "[w] people")
        bar = pilot.app.screen.query_one(KeyBar)
        lines = _lines(pilot, bar)
        for y, line in enumerate(lines):
            for x in range(len(line)):
                found = bar.key_at(x, y)
                inside = any(a <= x < b for a, b in _items(line))
                assert (found is not None) == inside, (x, y, line)
        y = next(k for k, line in enumerate(lines) if "[w] people" in line)
        await pilot.click(KeyBar, offset=(lines[y].index("[w]") + 5, y))
        await until_text(pilot, "Who is here")
        await pilot.press("escape")
        await until_text(pilot, "JOIN")
        lines = _lines(pilot, bar)
        y = next(k for k, line in enumerate(lines) if "all keys" in line)
        await pilot.click(KeyBar, offset=(lines[y].index("[?]"), y))
        await until_text(pilot, "All keys here")


def _lines(pilot: Pilot[object], bar: KeyBar) -> list[str]:
    strips = pilot.app.screen._compositor.render_strips()[bar.region.y : bar.region.bottom]
    return ["".join(s.text for s in strip).rstrip() for strip in strips]


def _items(line: str) -> list[tuple[int, int]]:
    out, at = [], 1
    for item in line[1:].split("   "):
        out.append((at, at + len(item)))
        at += len(item) + 3
    return out


async def test_the_help_is_searched(tmp_path: Path) -> None:
    """/ and part of a word leave the keys that have it; a word that none has leaves them all."""
    async with live(tmp_path) as (_room, _app, pilot):
        await pilot.press("question_mark")
        await until_text(pilot, "All keys here")
        await pilot.press("slash", *"badge")
        screen = await until_text(pilot, "badge in, again: out")
        assert "run sheet" not in screen.lower() and "reveal" not in screen
        await pilot.press(*"xxx")
        await until_text(pilot, "reveal")


def test_the_command_writes_the_sheet_and_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "keymap.toml").write_text('[live]\nnext = "f5"\nfoo = "x"\n')
    assert run(["keymap", "--data", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert 'next = "f5"  # next' in out.split("\n") and "there is no action live.foo" in err
    (tmp_path / "keymap.toml").write_text(out)
    assert run(["keymap", "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out == out


def test_a_sentence_names_a_key_of_another_language_as_it_is() -> None:
    found = read(KEYMAP)
    prefs.use(moved=found.moved, named=found.named)
    say.use("es")
    try:
        assert "[n]" in say._("Closed. [r] reveals it.")
    finally:
        say.use("en")
