"""One real terminal: every screen full of hostile text, and the raw bytes that come out of it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.hostile import MARK

ROOT = Path(__file__).parents[2]
KEYS = ("G", "t", "\x1b", "\x1b", "l", " ", "n", "\x1b", "\x1b", "H", "\x1b", "Q", "x", "\r", "\x1b",
        "t", "\r", "\x1b", "\x1b",
        "J", "\x1b", "q", "k", "n", "\x1b", "\x1b", "w", "S", "\x1b", "n", "\x1b", "m", "\x1b", "\x1b",
        "n", "n", "w", "G", "\x1b", "d", "h", "p", "\x1b", "p", "\r", "\x1b", "\x1b", "n", "s", "\x1b", "t", "\x1b",
        "k", "\x1b", "q", "\x1b", "x", "\r", "\x1b", "w", "l", "x", "\x1b", "D", "n", "\x1b",
        "b", "Z9\r", "\x1b", "\x1b", "?", "\x1b", "\x10", "\x1b", "E", "y", "y", "n", "\r", "\x1b",
    "v", "\x1b", "g", "\r", "\x1b", "x", "\x1b",
        "\x1b")  # fmt: skip
"""Through every screen and dialog to the end and out."""
OURS = re.compile(
    rb"\x1b\[[0-9;:]*m"  # colours
    rb"|\x1b\[[0-9;]*H"  # the cursor goes
    rb"|\x1b\[[?><=]?[0-9;]*[hlu]"  # modes, set and put back
    rb"|\x1b\[\?[0-9]+\$p"  # which modes there are
    rb"|\x1b\]22;[a-z]*(\x07|\x1b\\)?"  # the shape of the pointer
    rb"|\x1b\[[0-9]*[ABCDGJK]"
    rb"|\x1b\[c|\x1b\[>q|\x1b\[16t|\x1b\[[0-9;]*t"
)
"""Escape sequences that Textual's own driver sends."""


LOOK_S = 0.01
QUIET = 12 if Path("/proc/self/task").exists() else 40
"""Looks in a row that find the app at rest before the next key: longer than it gathers changes before it draws, and
three times as long as it waits for the rest of an escape sequence. Longer where nobody says whether it works. Looks,
not seconds: on a busy machine seconds go by in which this process does not see that the app works.
"""
PATIENCE_S = 60.0
"""Of a test on a busy machine; nothing waits as long where all is well."""


class Terminal:
    """A child in a pty of 80×24."""

    def __init__(self, folder: Path, module: str = "tests.tui.hostile", **env: str) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLORTERM")}
        self.child = subprocess.Popen(
            [sys.executable, "-m", module, str(folder)],
            stdin=self.slave, stdout=self.slave, stderr=self.slave, cwd=ROOT, start_new_session=True,
            env={**clean, "TERM": "xterm-256color", "ESCDELAY": "40", **env},
        )  # fmt: skip
        self.out = b""

    def read(self, seconds: float) -> bool:
        """What has come, waiting for it a moment; whether there was anything."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        self.out += os.read(self.master, 65536)
        return True

    def works(self) -> bool:
        """Whether keys wait to be taken, or a thread runs, wants to run, or waits for the disk."""
        (waiting,) = struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, bytes(4)))
        states = set()
        for stat in Path(f"/proc/{self.child.pid}/task").glob("*/stat"):
            with contextlib.suppress(OSError):  # a thread that ended meanwhile
                states.add(stat.read_bytes().rpartition(b") ")[2][:1])
        return bool(waiting or states & {b"R", b"D"})

    def until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < end, self.out[-3000:]
            self.read(0.1)

    def rest(self) -> None:
        """Until every key is taken, everything is drawn, and the app waits."""
        quiet, end = 0, time.monotonic() + PATIENCE_S
        while quiet < QUIET:
            quiet += 1
            if self.read(LOOK_S) or self.works():
                quiet = 0
                assert time.monotonic() < end, self.out[-3000:]

    def press(self, key: str) -> None:
        """A terminal that reads escape and the next key together takes them for one: alt and that key."""
        for character in key:
            os.write(self.master, character.encode())
            self.rest()

    def close(self) -> None:
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        os.close(self.master)
        os.close(self.slave)


def only_ours(out: bytes) -> str:
    """What is left when the driver's own sequences are taken away: text, and nothing that a terminal obeys."""
    shown = OURS.sub(b"", out)
    strange = re.findall(rb".{0,20}\x1b.{0,20}", shown)
    assert not strange, strange[:5]
    text = shown.decode("utf-8")
    bad = {c for c in text if ord(c) < 32 and c not in "\r\n"} | {c for c in text if "\x7f" <= c <= "\x9f"}
    bad |= {c for c in text if c in "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"}
    assert not bad, {hex(ord(c)) for c in bad}
    return text


@pytest.mark.slow
@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}], ids=["256 colours", "no colours"])
def test_a_real_terminal_gets_no_byte_it_should_not_obey(tmp_path: Path, env: dict[str, str]) -> None:
    """After every screen with about thirty payloads: only the driver's own sequences, no C1, no bidi, no title."""
    terminal = Terminal(tmp_path, **env)
    try:
        terminal.until(lambda: b"SAVED" in terminal.out or terminal.child.poll() is not None)
        terminal.rest()
        for key in KEYS:
            terminal.press(key)
        terminal.until(lambda: terminal.child.poll() is not None)
        while terminal.read(0.1):
            pass
        code = terminal.child.returncode
    finally:
        terminal.close()
    assert code == 0, terminal.out[-3000:].decode("utf-8", "replace")
    text = only_ours(terminal.out)
    assert text.count(MARK) > 100, "the hostile names were not on the screen at all"
    for words in ("Muster", "Traceback"):
        assert words not in text
    for words in ("Raised hands", "Questions", "Who runs this session", "Joining", "Kiosk", "have passed",
                  "Who is here", "Discussion", "Run sheet", "Results", "Notes", "How to join", "Export a table",
                  "All keys here", "The session has ended", "[@click=app.boom]"):  # fmt: skip
        assert words in text, words


HOME_KEYS = (
    "\r", "i", "\x1b", "p", "\r", "\x1b", "\x1b", "D", "\x1b", "\x1b", "s", "\x1b", "c", "r", "\x1b",
    "y", "/", "x", "\r", "\x1b", "n", "x", "\r", "\x1b", "\x1b",
    "k", "b", "\x1b", "w", "\x1b", "o", "\r", "x", "\r", "\x1b", "\x1b", "\x1b",
    "X", "\r", "\r", "\r", "x", "\r", "\x1b", "\x1b",
    "t", "\r", "\x1b", "\x1b", "n", "\x13", "\x05", "\x1b", "\x12", "\r",
    "x", "m", "\x1b", "\x1b", "\x1b", "\x1b", "?", "\x1b", "\x10", "\x1b", "W", "\r",
    "\x1b", "\x1b", "\x1b", "\x1b", "\x1b", "\x11", "\x11",
)  # fmt: skip
HOME_WORDS = (
    "Planned",
    "Room check",
    "New session",
    "Who is expected",
    "All keys here",
    "Keys and trust",
    "Erase a person",
)
"""Warnings, safe to go home, planned sessions, plans, room check, carrying, keys, erasing, toolbox talk, form,
roster, welcome."""


@pytest.mark.slow
def test_the_home_screens_let_nothing_through_either(tmp_path: Path) -> None:
    """Sessions, plans, packs, rosters, checks and warnings, all hostile."""
    terminal = Terminal(tmp_path, "tests.tui.hostile_home")
    try:
        terminal.until(lambda: MARK.encode() in terminal.out or terminal.child.poll() is not None)
        terminal.rest()
        for key in HOME_KEYS:
            if terminal.child.poll() is None:
                terminal.press(key)
        terminal.until(lambda: terminal.child.poll() is not None)
        while terminal.read(0.1):
            pass
    finally:
        terminal.close()
    assert terminal.child.returncode == 0, terminal.out[-3000:].decode("utf-8", "replace")
    text = only_ours(terminal.out)
    assert text.count(MARK) > 100 and "Traceback" not in text
    missing = [x for x in HOME_WORDS if x not in text]
    assert not missing
