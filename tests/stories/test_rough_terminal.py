"""Rough life of the trainer's terminal, with a real one: it freezes, goes away, is stopped and turned. The room stays."""

from __future__ import annotations

import contextlib
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
        end, k = time.monotonic() + 4, 0
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
        for _turn in range(30):
            console.press("?", "\x1b")
        console.signal(signal.SIGTERM)
        console.wait(20)
        console.thaw()
    left_in_order(home)


@pytest.mark.slow
def test_a_closed_window_leaves_the_room_open_and_home_takes_it_up(tmp_path: Path) -> None:
    """SIGHUP: phones are served without a terminal. `fieldkit`, Enter: the same session, the same port, the same code."""
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
