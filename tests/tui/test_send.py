"""To head office over the internet from the terminal: a real room, and a head office behind real TLS on loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.cli.memory import recall
from fieldkit.config import Settings
from fieldkit.core import intents as w
from fieldkit.sync.reach import Rest
from fieldkit.tui.panels.sent import answer_words, came_down, sent_lines, sent_words, warned
from fieldkit.tui.screens.progress import SendBox
from fieldkit.tui.tools import SaidLine, Sent
from tests.kit.central import Office
from tests.sync.served import Served, serving
from tests.sync.test_online_line import impostor, said
from tests.sync.trips import enrol
from tests.tui.afterkit import After, after, training
from tests.tui.homekit import held_session, home, station_in
from tests.tui.hostile import PAYLOADS
from tests.tui.room import ROSTER, text_of, until, until_text


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(await Office.make(tmp_path)) as one:
        yield one


def sends_to(x: After, url: str, ca: Path, **rest: float | int) -> None:
    """The settings of this laptop name head office; how patient it is."""
    x.tools._given = Settings(home=x.room.station.home, sync_url=url, sync_ca=str(ca))
    x.tools.rest = Rest(**{"tries": 3, "first_s": 0.05, "chance": lambda: 1.0, **rest})  # type: ignore[arg-type]


def words_on(x: After) -> str:
    return " ".join(text_of(x.app).split())


# ---- there and back ------------------------------------------------------------------------------------------


async def test_a_session_goes_home_and_every_stage_is_named(served: Served, tmp_path: Path) -> None:
    """The address stands there already; before enrolment six words and a reason; then the receipt, and all four."""
    async with after(tmp_path, training(), title="Lockout", expected=ROSTER) as x:
        sends_to(x, served.url, served.cert)
        await x.do(w.End())
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "on its way  ○ sealed → ○ carried → ○ ingested → ○ receipted")
            await pilot.press("y")
            await until_text(pilot, f"head office, over the internet  {served.url}")
            await pilot.press("n")
            await until_text(pilot, "Head office's address?")
            await pilot.press("enter")
            await until_text(pilot, "sealed to these six words")
            await pilot.press("escape", "y")
            await until(pilot, lambda: "Tell them the words, and ask to be enrolled." in words_on(x))
            assert "Lockout (1): head office keeps it and waits for the six words" in words_on(x)
            await until_text(pilot, "✕ Head office has not taken 1 session")
            await pilot.press("escape", "v")
            await until_text(pilot, "●●○○  ✕ held")
            assert "● sealed → ● carried → ○ ingested → ○ receipted" in text_of(x.app)
            assert "waits for the six words it is sealed to" in words_on(x)
            enrol(served.office, x.room.station)
            await pilot.press("enter")
            await until_text(pilot, "over the internet  https")
            await pilot.press("down", "enter")
            await until_text(pilot, "Head office's address?")
            await pilot.press("enter")
            await until_text(pilot, "✓ Head office has 1 session more.")
            assert "✓ Lockout (1): head office has stored it." in text_of(x.app)
            assert "↓ 1 receipt is taken in." in text_of(x.app)
            assert "clock is 2 days behind head office's" in words_on(x)
            await pilot.press("n")
            await until_text(pilot, "Head office's address?")
            await pilot.press("enter")
            await until_text(pilot, "✓ There is nothing to send.")
            await pilot.press("escape")
            await until_text(pilot, "●●●●  receipted")
            await pilot.press("escape")
            await until_text(pilot, "on its way  ● sealed → ● carried → ● ingested → ● receipted")
    assert [size for size, *_more in (await served.office.stored()).values()] != []


async def test_it_waits_in_words_is_hurried_and_stopped_and_the_room_goes_on(served: Served, tmp_path: Path) -> None:
    """Nobody answers: why, a countdown, space tries at once; people join meanwhile; Escape leaves what is true."""
    async with after(tmp_path, training(), title="Lockout") as x:
        enrol(served.office, x.room.station)
        sends_to(x, "https://127.0.0.1:1", served.cert, tries=9, first_s=40.0)
        await x.join("Ana Ruiz", "E1")
        async with x.app.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "JOIN")
            await x.do(w.End())
            await until_text(pilot, "STILL TO DO")
            await pilot.press("y")
            await until_text(pilot, "over the internet  https")
            await pilot.press("n")
            await until_text(pilot, "Head office's address?")
            await pilot.press("enter")
            screen = await until_text(pilot, "Trying again in ")
            assert "Head office cannot be reached at 127.0.0.1." in screen and "[space] try now   [esc] stop" in screen
            box = x.app.screen
            assert isinstance(box, SendBox) and box.work.at is not None and box.work.at.of == 40
            await pilot.press("space")
            await until(pilot, lambda: box.work.at is not None and box.work.at.of == 60, "a second, longer wait")
            p = next(iter(x.room.desk.session.people))
            begun = time.monotonic()
            await x.do(w.Correct(do="correct", by="fac", why="mistake", who=p, status="late"))
            assert time.monotonic() - begun < 2
            await pilot.press("escape")
            await until_text(pilot, "✕ Stopped. What head office has by now it keeps")
            assert "nothing is sent twice" in words_on(x)
            assert (await x.tools.way())[0].stage in ("kept", "sealed") and await served.office.stored() == {}
            await pilot.press("n")
            await until_text(pilot, "Head office's address?")
            await pilot.press(*served.url, "enter")
            await until_text(pilot, "✓ Head office has 1 session more.")
            assert await x.tools.office() == served.url, "what was typed stays"


HTML = said(200, b"<html>Welcome to the hotel")
ANSWERS = {
    "sign-in": (said(302, b"", "Location: http://10.0.0.1/"), "if this network wants a sign-in first"),
    "page": (HTML, "What answers there is not head office."),
    "full": (said(507, b'{"reason":"held-full"}'), "no room for more files at the moment. Try again later"),
    "busy": (said(503, b'{"reason":"busy"}', "Retry-After: 0"), "cannot take anything at the moment (503)"),
    "door": (said(403, b'{"reason":"other-file"}'), "Head office did not open (other-file)."),
}  # fmt: skip


async def test_whatever_answers_there_is_one_sentence_with_the_next_step(served: Served, tmp_path: Path) -> None:
    """A sign-in page, something else, a full or busy head office, a foreign certificate, a name nobody has, plain http:
    each leaves the session sealed here, and what is typed wrong stays in its dialog."""
    async with after(tmp_path, training(), title="Lockout") as x:
        enrol(served.office, x.room.station)
        await x.do(w.End())
        (tmp_path / "else").mkdir()
        answers = [reply for reply, _words in ANSWERS.values()]
        async with impostor(tmp_path / "else", lambda head: answers[0]) as url:
            sends_to(x, url, tmp_path / "else" / "head.pem", tries=2)
            async with x.app.run_test(size=(80, 24)) as pilot:
                await until_text(pilot, "STILL TO DO")
                await pilot.press("y")
                await until_text(pilot, "over the internet  https")

                async def send(typed: str = "") -> None:
                    await pilot.press("n")
                    await until_text(pilot, "Head office's address?")
                    await pilot.press(*typed, "enter")

                for _reply, words in ANSWERS.values():
                    await send()
                    await until(pilot, lambda words=words: words in words_on(x), words)
                    answers.pop(0)
                await send(served.url)
                await until(pilot, lambda: "is not one that this laptop trusts" in words_on(x))
                assert "sync_ca" in words_on(x)
                x.tools.rest = Rest(tries=1)
                await send("https://nobody.invalid")
                await until(pilot, lambda: "✕ The name nobody.invalid is not found from here." in words_on(x))
                await send("http://head.example")
                await until(pilot, lambda: "Over plain http others can see who syncs" in words_on(x))
                await pilot.press("escape")
                await send("?? [/] \u202e")
                await until_text(pilot, "That is not an address of head office.")
                await pilot.press("escape")
        assert (await x.tools.way())[0].stage == "sealed" and served.lines == []


# ---- from home -----------------------------------------------------------------------------------------------


async def test_home_sends_too_and_remembers_the_address_until_the_setting_changes(
    served: Served, tmp_path: Path
) -> None:
    """Typed without https; the rows say in shapes and words how far each session is."""
    station = station_in(tmp_path)
    await held_session(station, "Gloves")
    async with home(station, size=(80, 24)) as (app, pilot, tools):
        tools._given = Settings(home=station.home, sync_ca=str(served.cert))
        tools.rest = Rest(tries=2, first_s=0.05)
        await pilot.press("y")
        await until_text(pilot, "head office, over the internet")
        await pilot.press("n")
        await until_text(pilot, "Head office's address?")
        await pilot.press("enter")
        await until_text(pilot, "Type the address that head office gave you")
        await pilot.press(*served.url.removeprefix("https://"), "enter")
        await until_text(pilot, "sealed to these six words")
        await pilot.press("y")
        await until_text(pilot, "✕ Head office has not taken 1 session")
        await pilot.press("escape")
        await until_text(pilot, "●●○○ carried")
        assert recall(station.home).office == served.url == await tools.office()
        enrol(served.office, station)
        await pilot.press("y")
        await until_text(pilot, f"over the internet  {served.url}")
        await pilot.press("n")
        await until_text(pilot, "Head office's address?")
        await pilot.press("enter")
        await until_text(pilot, "✓ Head office has 1 session more.")
        await pilot.press("escape")
        await until_text(pilot, "●●●● receipted")
        await until_text(pilot, "✓ SAFE TO GO HOME")
        await pilot.press("i")
        await until_text(pilot, "●○○○ sealed  ●●○○ carried  ●●●○ ingested  ●●●● receipted")
        tools._given = Settings(home=station.home, sync_url="https://moved.example")
        assert await tools.office() == "https://moved.example"
        assert app.screen is not None


# ---- words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 80, 120])
def test_every_answer_has_a_sentence_and_what_is_not_taken_a_step(width: int) -> None:
    """Also reasons of a later release, and titles that attack the terminal."""
    reasons = "unknown-device needs-words revoked expired not-yet-valid other-key no-plan held-full fork known-fork x-1"
    for result in ("held", "fork", "refused"):
        for reason in ["", *reasons.split()]:
            words, todo = answer_words(result, reason)
            assert words and todo
    lines = [SaidLine(seq=k, title=x, result="held", reason=f"r{k}") for k, x in enumerate(PAYLOADS)]
    down = {"trust": 3, "policy": 2, "erased": True, "receipted": 2, "not_taken": (("\x1b[2J[/]", "not-newer"),)}
    done = Sent(to="head", said=(*lines, SaidLine(seq=9, title="Ladders", result="already")), **down)  # type: ignore[arg-type]
    shown = sent_lines(done, width, 400)
    assert all(line.cell_length <= width for line in shown)
    assert not any(c in line.plain for line in shown for c in "\x1b\x07\u202e")
    text = "\n".join(line.plain for line in shown)
    assert "Ladders (9)" in text and text.count("✕") == len(PAYLOADS)
    assert len(sent_lines(done, width, 6)) == 6
    assert len(came_down(done)) == 4 and len(warned(done)) == 1
    words, ok = sent_words(done)
    assert not ok and str(len(PAYLOADS)) in words


def test_what_was_taken_without_a_receipt_is_said() -> None:
    stored = (SaidLine(seq=1, title="A", result="stored"), SaidLine(seq=2, title="B", result="stored"))
    words, ok = sent_words(Sent(to="head", said=stored))
    assert ok and words == "Head office has 2 sessions more. No receipt of it is here yet."
    had = (*stored[:1], SaidLine(seq=3, title="C", result="already"), SaidLine(seq=4, title="D", result="older"))
    assert sent_words(Sent(to="head", said=had, receipted=3)) == ("Head office has 1 session more.", True)
    assert sent_words(Sent(to="head", said=had[1:], receipted=2)) == ("Head office had everything already.", True)
    (line,) = sent_lines(Sent(to="head", said=stored), 80, 9)
    assert line.plain == " ✓ 2 sessions: head office has stored it."


async def test_lines_send_too(served: Served, tmp_path: Path) -> None:
    """The session of lines: where the settings say, a wait that is stopped, how far it is."""
    from fieldkit.tui.linear import Linear

    async with after(tmp_path, training(), title="Lockout") as x:
        enrol(served.office, x.room.station)
        sends_to(x, served.url, served.cert, first_s=40.0)
        await x.do(w.End())
        lines: list[str] = []
        linear = Linear(x.room.desk, x.tools, "en", lines.append)

        async def told(words: str) -> None:
            async with asyncio.timeout(20):
                while not any(words in one for one in lines):
                    await asyncio.sleep(0.02)

        await linear.take("stop")
        assert "Nothing is on its way now." in lines[-1]
        await linear.take("sync https://127.0.0.1:1")
        await told("Type now to try at once.")
        await linear.take("sync")
        assert "A trip is under way." in lines[-1]
        await linear.take("stop")
        await told("Stopped")
        await linear.take("way")
        assert lines[-1] == "1 Lockout: kept here", "it asks for the newest list before it packs"
        await linear.take(f"sync {served.url}")
        await told("✓ Head office has 1 session more.")
        await linear.take("way")
        assert lines[-1] == "1 Lockout: receipted" and "✓ Lockout (1): head office has stored it." in lines
        await linear.take("sync /nowhere/at/all")
        assert "There is no folder /nowhere/at/all." in lines[-1]
