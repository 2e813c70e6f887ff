"""Keys are one table: what the bottom, the help and the palette show, and what docs/console.md tells."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest
from textual.binding import Binding

import fieldkit.tui.screens
from fieldkit.tui.keys import KeyCommands, flow, key_name, keys_of, own_keys
from fieldkit.tui.program import FieldkitApp
from fieldkit.tui.safe import plain, width_of
from fieldkit.tui.screens.help import help_columns
from fieldkit.words import catalogues, words_for
from tests.tui.room import live

CONSOLE = Path(__file__).parents[2] / "docs" / "console.md"


def owners() -> list[type]:
    """Every class of ours that gives keys a meaning."""
    found: list[type] = [FieldkitApp]
    for module in pkgutil.iter_modules(fieldkit.tui.screens.__path__, "fieldkit.tui.screens."):
        for _name, cls in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if cls.__module__ == module.name and "BINDINGS" in cls.__dict__:
                found.append(cls)
    return found


def own(cls: type) -> list[Binding]:
    return [b for b in cls.__dict__["BINDINGS"] if isinstance(b, Binding)]


@pytest.mark.parametrize("cls", owners(), ids=lambda c: c.__name__)
def test_every_key_is_in_the_console_page(cls: type) -> None:
    """With the words the screen uses."""
    text = CONSOLE.read_text("utf-8")
    for binding in own(cls):
        if binding.key.startswith("escape"):
            continue
        assert f"| `{key_name(binding)}` | {binding.description} |" in text, f"{cls.__name__}: {binding.key}"


@pytest.mark.parametrize("cls", owners(), ids=lambda c: c.__name__)
def test_every_key_has_an_action_a_heading_and_words(cls: type) -> None:
    """A key whose action does not exist would be dead; one without words would be missing in help and palette."""
    base = cls if cls is not FieldkitApp else FieldkitApp
    keys = [k for b in own(cls) for k in b.key.split(",")]
    assert len(keys) == len(set(keys)), "a key with two meanings"
    for binding in own(cls):
        name = binding.action.partition("(")[0]
        assert hasattr(base, f"action_{name}"), binding
        assert binding.description and binding.group is not None


def test_the_bottom_keeps_the_way_to_all_keys() -> None:
    """Whatever fits, the last item is there and no line is too wide."""
    items = [plain(f"[{c}] something") for c in "abcdefghijkl"]
    for width in (20, 40, 80, 200):
        lines = flow(items, plain("[?] all keys"), width, 2)
        assert 1 <= len(lines) <= 2
        assert all(line.cell_length <= width for line in lines)
        assert "[?] all keys" in lines[-1].plain


@pytest.mark.parametrize("lang", catalogues())
def test_the_words_of_every_key_fit_the_help_on_80_columns(lang: str) -> None:
    """Cut words are no help, in any language."""
    words = words_for(lang)
    for binding in (b for cls in owners() for b in own(cls)):
        assert width_of(words.say(binding.description)) <= 29, words.say(binding.description)


async def test_every_key_of_a_screen_is_in_its_palette_and_does_what_the_key_does(tmp_path: Path) -> None:
    """With the words of the help; what is run is an action that exists."""
    async with live(tmp_path) as (_room, app, pilot):
        for press in ("", "w", "s", "d", "t", "k", "q", "J", "H", "Q", "C", "l", "G"):
            if press:
                await pilot.press(press)
                await pilot.pause(0.1)
            found = {hit.text async for hit in KeyCommands(app.screen).discover()}
            tables = [b for cls in (*type(app.screen).__mro__, FieldkitApp) for b in own_keys(cls)]
            assert {b.description for b in keys_of(app.screen)} <= found
            hidden = {b.key for b in tables} - {b.key for b in keys_of(app.screen)}
            assert not hidden, press
            if press:
                await pilot.press("escape")
                await pilot.pause(0.1)


def test_help_shows_all_keys_in_columns_that_fit() -> None:
    """Nothing is left out, whatever the width."""
    bindings = [b for cls in owners() for b in own(cls)]
    for width in (40, 78, 140):
        lines = help_columns(bindings, width)
        text = "\n".join(line.plain for line in lines)
        assert all(line.cell_length <= width for line in lines)
        assert all(b.description[:20] in text for b in bindings)
