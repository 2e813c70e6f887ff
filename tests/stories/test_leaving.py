"""Being asked to go, with a disk that is full, a file that is gone, a terminal that is gone: always in order."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import resource
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.core.records import SessionPaused
from fieldkit.log import heads
from fieldkit.log.read import SessionFile
from fieldkit.station import SessionRef, Station
from fieldkit.verbs import CONTROL_FILE
from tests.stories.processes import FIELDKIT, Host, environment, json_of, run

PACK = "toolbox-blank"


def only(home: Path) -> SessionRef:
    (ref,) = Station.open(home).sessions()
    return ref


def left_in_order(home: Path) -> None:
    """Paused, remembered, nothing left behind."""
    ref = only(home)
    with SessionFile.open(ref.path) as file:
        last = file.record(ref.size - 1)
    assert isinstance(last.fact, SessionPaused) and last.fact.why == "other"  # that is: the program said goodbye
    assert [(x.origin, x.n) for x in heads.read(home / "keys" / "heads")] == [(ref.origin, ref.size)]
    assert not (home / CONTROL_FILE).exists()
    run("fsck", "--data", str(home))


def soon(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_sigterm_pauses_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with Host(tmp_path / "laptop", PACK) as host:
        assert (tmp_path / "laptop" / CONTROL_FILE).exists()
        assert host.stop() == 0
    left_in_order(tmp_path / "laptop")


def test_a_host_on_a_full_disk_can_be_stopped(tmp_path: Path) -> None:
    """The mark of the pause cannot be written: one sentence, then everything else happens."""
    home = tmp_path / "laptop"
    with Host(home, PACK) as host:
        host.ctl("note", "before")
        size = only(home).size
        # No file of this process may grow any more: what a full disk is to a write.
        resource.prlimit(host.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        assert host.ctl("note", "lost", ok=(3,))["result"] == "error"
        resource.prlimit(host.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))  # heads are small
        assert host.stop() == 0
        said = host.errors.name and Path(host.errors.name).read_text("utf-8")
    assert "could not be marked as paused; nothing acknowledged is lost" in said
    assert "Traceback" not in said and "Exception" not in said
    assert not (home / CONTROL_FILE).exists()
    assert only(home).size == size
    with Host(home, PACK) as host:
        host.ctl("note", "after")
        assert host.stop() == 0
    left_in_order(home)


def test_a_second_sigterm_ends_a_host_that_hangs(tmp_path: Path) -> None:
    """Something on the disk never answers: the way out waits for it, and the second signal does not."""
    home = tmp_path / "laptop"
    with Host(home, PACK) as host:
        pid = host.process.pid
        known = home / "keys" / "heads"
        known.unlink(missing_ok=True)
        os.mkfifo(known)  # reading it waits for ever
        os.kill(pid, signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            host.process.wait(2)
        os.kill(pid, signal.SIGTERM)
        assert host.wait(5) == -signal.SIGTERM
        known.unlink()
    run("fsck", "--data", str(home))


def test_a_session_file_that_is_moved_under_a_host_is_said_at_once(tmp_path: Path) -> None:
    home = tmp_path / "laptop"
    with Host(home, PACK) as host:
        path = only(home).path
        away = tmp_path / "away.db"
        path.rename(away)
        assert host.ctl("note", "lost", ok=(4,))["result"] == "error"
        soon(lambda: "moved or deleted" in Path(host.errors.name).read_text("utf-8"))
        away.rename(path)
        soon(lambda: "saved again" in Path(host.errors.name).read_text("utf-8"))
        host.ctl("note", "kept")
        assert host.stop() == 0
    left_in_order(home)


def test_a_reader_that_goes_before_ready_leaves_no_session_open(tmp_path: Path) -> None:
    home = tmp_path / "laptop"
    args = ["host", PACK, "--headless", "--json", "--data", str(home), "--bind", "127.0.0.1", "--no-announce"]
    reading, writing = os.pipe()
    os.close(reading)
    host = subprocess.Popen(
        [*FIELDKIT, *args, "--port", "0"], stdout=writing, stderr=subprocess.PIPE, env=environment()
    )
    os.close(writing)
    _, said = host.communicate(timeout=30)
    assert host.returncode == 141 and b"Traceback" not in said
    left_in_order(home)


class Terminal:
    """`fieldkit …` in a terminal of its own, which can be closed."""

    def __init__(self, *args: str) -> None:
        self.pid, self.master = pty.fork()
        if not self.pid:
            os.execvpe(FIELDKIT[0], [*FIELDKIT, *args], environment(TERM="xterm-256color"))
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self.master)
        self.out = b""
        self.code: int | None = None

    def read(self, seconds: float = 0.2) -> None:
        """Until nothing came for so long, five times that at most: a clock on the screen never rests."""
        end = time.monotonic() + 5 * seconds
        while time.monotonic() < end and select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.out += data

    def shows(self, words: bytes, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while words not in self.out:
            assert time.monotonic() < end, self.out[-2000:]
            self.read()

    def wait(self, seconds: float = 40) -> int:
        end = time.monotonic() + seconds
        while self.code is None:
            assert time.monotonic() < end, "it did not leave"
            with contextlib.suppress(OSError):
                self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        return self.code

    def end(self) -> None:
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        with contextlib.suppress(OSError):
            os.close(self.master)


def live(home: Path) -> Terminal:
    where = ("--data", str(home), "--bind", "127.0.0.1", "--no-announce", "--port", "0")
    terminal = Terminal("host", PACK, *where)
    terminal.shows(b"\x1b[?1049h")
    soon((home / CONTROL_FILE).exists)
    terminal.read(1.0)
    return terminal


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_terminal_app_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """As with ctrl-q: paused, remembered, the terminal as it was."""
    home = tmp_path / "laptop"
    terminal = live(home)
    try:
        os.kill(terminal.pid, number)
        assert terminal.wait() == 0, terminal.out[-2000:]
        assert b"\x1b[?1049l" in terminal.out and b"Traceback" not in terminal.out
        assert "The session is paused" in terminal.out.decode()
    finally:
        terminal.end()
    left_in_order(home)


@pytest.mark.slow
def test_a_host_whose_terminal_is_closed_leaves_when_it_is_asked(tmp_path: Path) -> None:
    """It goes on without (`test_rough_terminal`); asked to go, it leaves as any other."""
    home = tmp_path / "laptop"
    terminal = live(home)
    try:
        os.close(terminal.master)
        soon(lambda: b'"alone":true' in (home / CONTROL_FILE).read_bytes())
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait() == 0
    finally:
        terminal.end()
    left_in_order(home)


@pytest.mark.slow
def test_the_home_screen_leaves_on_a_signal_too(tmp_path: Path) -> None:
    home = tmp_path / "laptop"
    terminal = Terminal("--data", str(home))
    try:
        terminal.shows(b"\x1b[?1049h")
        terminal.read(1.0)
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait() == 0
        assert b"\x1b[?1049l" in terminal.out
    finally:
        terminal.end()
    assert json_of("sessions", "--data", str(home))["sessions"] == []
