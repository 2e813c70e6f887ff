"""Rough life of the trainer's terminal, a real one: it freezes, goes away, is stopped and turned. The room stays."""

from __future__ import annotations

import contextlib
import random
import signal
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from fieldkit.verbs import CONTROL_FILE, Where
from tests.stories.consoles import Console, Phone, alive, laptop, port_of
from tests.stories.processes import run
from tests.stories.test_leaving import left_in_order, only, soon

PACK = ("host", "toolbox-blank", "--new", "--no-announce")


@contextlib.contextmanager
def in_session(home: Path) -> Iterator[tuple[Console, Phone]]:
    """A live session with one phone in it."""
    with Console(home, *PACK) as console:
        console.until("SAVED")
        status = console.status()
        phone = Phone(port_of(status), "Ana Ruiz")
        assert phone.join(status["code"])["result"] == "accepted"
        console.until("1 is here")
        yield console, phone


@pytest.mark.slow
def test_a_frozen_terminal_holds_nobody_up(tmp_path: Path) -> None:
    """Nobody reads what is drawn: phones are served as before; when it thaws, the newest picture stands there."""
    with in_session(laptop(tmp_path)) as (console, phone):
        console.rests()
        console.freeze()
        phone.slowest = 0.0
        end, k = time.monotonic() + 3, 0
        while time.monotonic() < end:
            console.press("?" if k % 2 else "\x1b", "s", "\x1b")  # each draws the whole screen
            assert phone.wish(kind="hand", up=not k % 2)["result"] in ("accepted", "already", "refused")
            k += 1
            assert phone.view()["title"]
        assert phone.slowest < 2, "it waited for the terminal"
        assert console.status()["state"] == "running"
        console.press("\x1b", "\x1b", "k")
        size = len(console.out)
        console.thaw()
        console.until("Notes")
        console.press("\x1b")
        console.until("SAVED", "JOIN")
        assert len(console.out) - size < 200_000, "what was drawn meanwhile is let go"
        assert "Traceback" not in console.text()


@pytest.mark.slow
def test_a_frozen_terminal_does_not_keep_the_program(tmp_path: Path) -> None:
    """Asked to go while nobody reads: the session is paused and saved, the process ends."""
    home = laptop(tmp_path)
    with in_session(home) as (console, _):
        console.freeze()
        for _turn in range(10):
            console.press("?", "\x1b")
        console.signal(signal.SIGTERM)
        console.wait(20)
        console.thaw()
    left_in_order(home)


@pytest.mark.slow
def test_a_closed_window_leaves_the_room_open_and_home_takes_it_up(tmp_path: Path) -> None:
    """SIGHUP: phones are served without a terminal. `fieldkit`, Enter: same session, same port, same code."""
    home = laptop(tmp_path)
    with in_session(home) as (console, phone):
        before = console.status()
        console.hang_up()
        path = home / CONTROL_FILE
        soon(lambda: msgspec.json.decode(path.read_bytes(), type=Where).alone)
        assert phone.wish(kind="hand", up=True)["result"] == "accepted"
        status = console.status()
        assert (status["state"], status["session"]) == ("running", before["session"])
        with Console(home) as again:
            again.until("GO ON WITH", "[enter]")
            assert console.wait(5) == 0, "it let go"
            again.press("\r")
            again.until("SAVED", "JOIN")
            after = again.status()
            for name in ("session", "code", "url"):
                assert after[name] == before[name]
            assert after["hands"] == 1 and after["people"]["joined"] == 1
            assert phone.wish(kind="hand", up=False)["result"] == "accepted"
            again.signal(signal.SIGTERM)
            assert again.wait() == 0
    left_in_order(home)


@pytest.mark.slow
def test_what_went_on_alone_ends_by_itself_and_by_kill(tmp_path: Path) -> None:
    """Ended over `ctl`, it leaves; a host that has its terminal is never taken over."""
    home = laptop(tmp_path)
    with in_session(home) as (console, _):
        with Console(home) as other:
            assert other.wait() == 3
            other.until("Another host is running")
        assert alive(console.pid)
        console.hang_up()
        soon(lambda: b'"alone":true' in (home / CONTROL_FILE).read_bytes())
        console.signal(signal.SIGHUP)  # a shell sends one more, and then this
        console.signal(signal.SIGCONT)
        time.sleep(0.3)
        assert alive(console.pid) and not console.ended()
        run("ctl", "end", "--data", str(home))
        assert console.wait(20) == 0
    assert only(home).state == "ended"


@pytest.mark.slow
def test_stopped_and_continued_the_terminal_is_as_it_was(tmp_path: Path) -> None:
    """By ^Z's signal, which gives the terminal back, and by one that nobody can catch (a laptop that sleeps)."""
    home = laptop(tmp_path)
    with in_session(home) as (console, phone):
        for number in (signal.SIGTSTP, signal.SIGSTOP):
            console.rests()
            console.until("SAVED")
            size = len(console.out)
            console.signal(number)
            time.sleep(1.0)
            away = bytes(console.out[size:])
            assert (b"\x1b[?1049l" in away) == (number == signal.SIGTSTP), "the shell has its screen"
            if number == signal.SIGSTOP:
                console.resize(80, 24)  # whatever stood there is lost
            console.signal(signal.SIGCONT)
            console.wait_for(lambda size=size: b"\x1b[?1049h" in console.out[size:])  # type: ignore[misc]
            console.until("SAVED", "JOIN", "all keys")
            console.press("?")
            console.until("All keys here")
            console.press("\x1b")
            console.until("JOIN")
            assert phone.view()["title"]
        threads = [p for p in Path(f"/proc/{console.pid}/task").glob("*/comm") if "textual" in p.read_text("utf-8")]
        assert len(threads) <= 2, "one reads the keys, one writes"
        console.press("\x11", "y")
        assert console.wait() == 0
        assert termios.tcgetattr(console.master)[:4] == console.before[:4]
    left_in_order(home)


@pytest.mark.slow
def test_a_window_that_is_dragged_about_shows_the_screen_at_the_end(tmp_path: Path) -> None:
    """A hundred sizes from 10×3 to 400×120, keys in between; phones do not notice."""
    home = laptop(tmp_path)
    with in_session(home) as (console, phone):
        for k in range(100):
            console.resize(*((10, 3), (400, 120), (80, 24), (41, 12), (1, 1))[k % 5])
            if k % 10 == 0:
                console.press("sk?\x1b"[k // 10 % 4])
                assert phone.view()["title"]
            time.sleep(0.01)
        console.resize(10, 3)
        console.rests(0.3)
        console.resize(80, 24)
        console.press("\x1b", "\x1b", "\x1b")
        console.until("SAVED", "JOIN")
        assert phone.slowest < 5
        assert console.status()["state"] == "running"


LIVE = ("SAVED", "JOIN", "all keys")

BOOK = "Call me Ishmael. \x1b[2J\x1b]0;evil\x07 y E y \r\n\x1b[31m\u202e " * 20_000
"""A megabyte."""


def unharmed(console: Console, phone: Phone) -> None:
    """The screen was never started again, nothing was told of a mistake, the session is open and phones are served."""
    console.rests(0.4)  # less than the second in which the clock of an alarm is drawn again
    for _turn in range(80):  # screens and boxes lie upon each other
        console.press("\x1b")
        if all(words in console.text() for words in LIVE):
            console.rests(0.4)  # a busy laptop is still taking up earlier keys
            if all(words in console.text() for words in LIVE):
                break
    console.until("SAVED", "JOIN", "all keys")
    assert console.out.count(b"\x1b[?1049h") == 1, "the screen had to be started again"
    for bad in (b"Traceback", b"mistake in fieldkit"):
        assert bad not in console.out
    assert console.status()["state"] in ("running", "paused")
    assert phone.view()["title"] and phone.slowest < 10


@pytest.mark.slow
def test_books_and_held_keys_do_nothing_by_themselves(tmp_path: Path) -> None:
    """A novel pasted where no field is, and into a field; space, n, E, y and V held down as keyboards repeat them."""
    home = laptop(tmp_path)
    with in_session(home) as (console, phone):
        saved = console.status()["saved"]
        console.send(f"\x1b[200~{BOOK}\x1b[201~")
        console.press("?")
        console.until("All keys here")
        console.press("\x1b")
        assert console.status()["saved"] == saved, "a paste is no key"
        console.press("y")
        console.until("Tell the room")
        console.send(f"\x1b[200~{BOOK}\x1b[201~")
        console.until("Call me Ishmael.")
        console.press("\x1b")
        console.until("JOIN")
        assert console.status()["saved"] == saved
        for key in (" ", "n", "E", "V", "y"):
            for _repeat in range(25):
                console.press(key, rest=0.033)
            console.press("\x1b", "\x1b")
        status = console.status()
        assert status["state"] == "running" and status["step"] <= 12, "fifty presses of next and space are few"
        unharmed(console, phone)


KEYS = (
    *(chr(k) for k in range(33, 127) if chr(k) != "y"), " ", " ", "n", "n", "\r", "\r", "\t", "\x7f", "\x1b", "\x1b",
    *("\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x1b[15~", "\x1bOP"),
    *(chr(k) for k in (1, 2, 5, 7, 11, 14, 16, 18, 19, 20, 21, 24)), "é", "م", "👩", "\x1b[<0;40;10M\x1b[<0;40;10m",
    "\x1b[<64;40;10M", "\x1b[200~E1001\r y\x1b[201~", "\x1b[I", "\x1b[O", "\x1b[?2026;2$y", "\x1b[999;999R",
)  # fmt: skip
"""All but `y`, which says yes: without it nothing ends."""


@pytest.mark.slow
def test_three_thousand_keys_by_a_monkey(tmp_path: Path) -> None:
    """Whatever is pressed: no mistake, no end without its question; the log is whole."""
    home = laptop(tmp_path)
    monkey = random.Random(4)
    with in_session(home) as (console, phone):
        console.press("a")
        for k in range(30):
            console.send("".join(monkey.choice(KEYS) for _ in range(100)))
            if k % 6 == 0:
                assert phone.view()["title"]
                console.press("\x1b", "\x1b", "\x1b")
        unharmed(console, phone)
        console.press("!")  # whatever it paused, or an alarm of its own: all are safe
        console.until("Muster list")
        console.press("g")
        console.until("[y]")
        console.press("y")
        console.wait_for(lambda: console.status()["state"] == "running")
        console.press("\x1b", "E")
        console.until("End the session for everybody?")
        console.press("y")
        console.wait_for(lambda: only(home).state == "ended")
    run("fsck", "--data", str(home))
