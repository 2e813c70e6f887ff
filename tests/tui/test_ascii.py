"""Terminals that cannot draw a code: the address and the room code large, a sentence, and no picture out of wrong
signs."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.cli.console_tools import ConsoleTools
from fieldkit.core import intents as w
from fieldkit.tui.marks import spelled
from fieldkit.tui.panels.big import big_number
from fieldkit.tui.panels.figures import bar
from fieldkit.tui.screens.qr import code_lines, spread_out
from fieldkit.tui.tools import ConsoleState, RemoteState
from tests.tui.room import live, text_of, until_text

KEYED = "http://10.42.0.1:8076/#AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
POOR = [("LC_ALL", "C"), ("TERM", "vt100"), ("TERM", "linux")]


class Offered(ConsoleTools):
    """A remote whose address waits for a phone."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]

    def state(self) -> ConsoleState:
        return ConsoleState(on=True, address="10.42.0.1", words="acid acorn actor adult again agent")

    def remote(self) -> RemoteState:
        return RemoteState(state="offered", url=KEYED)


@pytest.mark.parametrize(("name", "value"), POOR)
async def test_where_no_code_can_be_drawn_the_address_stands_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """How to join, the kiosk, the remote: each says why there is no code and shows what to type, whole."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv(name, value)
    async with live(tmp_path) as (_room, app, pilot):
        app.tools.consoles = Offered()  # type: ignore[misc]
        await app.tools.kiosk()
        for keys, address in (("q", "http://10.42.0.1"), ("k", "kiosk?t=once-and-never-again")):
            await pilot.press(keys)
            screen = await until_text(pilot, "This terminal cannot draw the code. Type the address.")
            assert address in screen.replace(" ", "").replace("\n", "")
            assert not set("█▀▄") & set(screen)
            assert "can the code" not in screen and "can the QR" not in screen
        await pilot.press("escape")
        assert "K    7    M    4" in await until_text(pilot, "h t t p : / / 1 0")
        await pilot.press("escape", "C", "r")
        screen = await until_text(pilot, "This terminal cannot draw the code.")
        assert KEYED in "".join(line.strip() for line in screen.splitlines())
        assert not set("█▀▄") & set(text_of(app))


async def test_in_ascii_every_screen_is_ascii_and_as_wide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With bars on it: each sign of ours has one of ASCII, none becomes a question mark."""
    monkeypatch.setenv("LC_ALL", "C")
    async with live(tmp_path) as (room, app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="hurt"))
        await room.answer(p, "hurt", "c")
        screen = await until_text(pilot, "answered 1 of 1 present")
        shown = spelled(screen, "ascii")
        assert shown.isascii() and [len(x) for x in shown.splitlines()] == [len(x) for x in screen.splitlines()]
        assert shown.count("?") == screen.count("?")
        assert "####" in shown
        await pilot.press("exclamation_mark")
        assert spelled(await until_text(pilot, "NOT ACCOUNTED FOR"), "ascii").isascii()
        assert text_of(app)


@pytest.mark.parametrize("count", range(0, 41))
def test_a_bar_grows_in_ascii_too(count: int) -> None:
    """A sliver for anybody at all; never shorter than a smaller one."""
    drawn = spelled(bar(count, 40, 10, "").plain, "ascii")
    before = spelled(bar(max(0, count - 1), 40, 10, "").plain, "ascii")
    assert len(drawn) == 10 and len(drawn.rstrip()) >= len(before.rstrip())
    assert bool(drawn.strip()) is (count > 0) and set(drawn) <= set("#|: ")


def test_large_numbers_are_whole_cells() -> None:
    assert {len(x.plain) for x in big_number(407, "")} == {22}
    assert set("".join(spelled(x.plain, "ascii") for x in big_number(407, ""))) == {"#", " "}


def test_a_code_gives_way_to_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little room is another sentence than the wrong terminal; nothing to show is none."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm")
    code, why = code_lines("HTTP://10.42.0.1/K7M4", 30)
    assert len(code) > 10 and not why
    assert code_lines("HTTP://10.42.0.1/K7M4", 5) == ([], "Make the window larger: the code does not fit.")
    assert code_lines("", 30) == ([], "")
    assert [x.plain for x in spread_out("http://10.42.0.1", 40)] == ["h t t p : / / 1 0 . 4 2 . 0 . 1"]
    assert len(spread_out("http://10.42.0.1", 20)) == 2
