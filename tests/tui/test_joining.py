"""The joining panel and the Wi-Fi code: one code at a time, findings in words, addresses to choose from."""

from __future__ import annotations

from pathlib import Path

from fieldkit.errors import WrongUsage
from fieldkit.tui import say
from fieldkit.tui.screens.joining import finding_words
from fieldkit.tui.tools import AddressLine, FindingLine, JoiningState, RoutedWay
from fieldkit.words import words_for
from fieldkit.words.joining import SENTENCES
from tests.tui.hostile import PAYLOADS
from tests.tui.room import FakeTools, live, until_text

ADDRESSES = (
    AddressLine(ip="192.168.43.17", interface="wlan0", kind="lan", shown=True),
    AddressLine(ip="10.8.0.5", interface="tun0", kind="vpn"),
)


def tools_of(app: object) -> FakeTools:
    found = app.tools  # type: ignore[attr-defined]
    assert isinstance(found, FakeTools)
    return found


def test_the_terminal_has_words_for_every_finding() -> None:
    """In its own language, filled in; what is unknown is shown as it came."""
    params = {k: "{" + k + "}" for k in ("n", "url", "code", "port", "typed", "name", "where", "problem", "address")}
    spanish = words_for("es")
    say.use("es")
    try:
        for code, (sentence, hint) in SENTENCES.items():
            shown = finding_words(FindingLine(code=code, sentence="?", hint="?", params=params))
            assert shown == (spanish.say(sentence), spanish.say(hint)) != (sentence, hint), code
    finally:
        say.use("en")
    assert finding_words(FindingLine(code="newer", sentence="A {b}", hint="C")) == ("A {b}", "C")


async def test_w_turns_from_the_page_to_the_wifi_and_to_the_other_hall(tmp_path: Path) -> None:
    async with live(tmp_path) as (_room, app, pilot):
        tools = tools_of(app)
        tools.wifi_name = "Training [/] room"
        tools.routed = (RoutedWay(url="http://10.8.0.5:8080", place="Hall B", qr_text="HTTP://10.8.0.5:8080/K7M4"),)
        await pilot.press("q")
        screen = await until_text(pilot, "How to join")
        assert "Training" not in screen and "lock and tag" not in screen and "Hall B" in screen
        await pilot.press("w")
        screen = await until_text(pilot, "join the Wi-Fi")
        assert "Training [/] room" in screen and "lock and tag" not in screen
        await pilot.press("w")
        assert "Place" in await until_text(pilot, "http://10.8.0.5:8080")
        await pilot.press("w")
        assert "Training" not in await until_text(pilot, "Scan the code, or type this address")


async def test_showing_the_code_ends_the_warning_of_a_changed_address(tmp_path: Path) -> None:
    async with live(tmp_path) as (_room, app, pilot):
        tools = tools_of(app)
        tools.moved = True
        await pilot.pause(1.2)
        assert tools.moved, "nobody has looked yet"
        await pilot.press("q")
        await until_text(pilot, "How to join")
        assert not tools.moved and "seen" in tools.asked


async def test_the_panel_shows_funnel_findings_and_lets_another_address_be_chosen(tmp_path: Path) -> None:
    async with live(tmp_path) as (_room, app, pilot):
        tools = tools_of(app)
        evil = "".join(PAYLOADS[:5])
        tools.state = JoiningState(
            near=4,
            seen=3,
            page=2,
            addresses=ADDRESSES,
            findings=(
                FindingLine(code="https", sentence="", hint="", params={"url": "http://192.168.43.17"}),
                FindingLine(code="typed", sentence="", hint="", params={"typed": evil, "url": "http://192.168.43.17"}),
            ),
        )
        await pilot.press("q", "j")
        screen = await until_text(pilot, "Somebody typed https.")
        assert "near 4" in screen and "page 2" in screen and "192.168.43.17" in screen and "VPN" in screen
        assert "\x1b" not in screen
        await pilot.press("down", "enter")
        await until_text(pilot, "Phones are shown this address now.")
        assert "address 10.8.0.5" in tools.asked
        tools.trouble = WrongUsage("This session listens on 192.168.43.17 only.", "Start it without --bind to choose.")
        await pilot.press("enter")
        await until_text(pilot, "listens on 192.168.43.17 only")


async def test_a_code_that_does_not_fit_is_said_and_never_cut(tmp_path: Path) -> None:
    """Half a QR code is read as nothing, or as something else."""
    async with live(tmp_path) as (_room, app, pilot):
        tools_of(app).wifi_name = "x" * 32 + ";" * 200
        await pilot.press("q", "w")
        screen = await until_text(pilot, "the code does not fit")
        assert "▀" not in screen and "▄" not in screen
