"""One real terminal: every screen full of hostile text, and the raw bytes that come out of it."""

from __future__ import annotations

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
from pathlib import Path

import pytest

from tests.tui.hostile import MARK

ROOT = Path(__file__).parents[2]
KEYS = ("G", "t", "\x1b", "\x1b", "l", " ", "n", "\x1b", "\x1b", "H", "\x1b", "Q", "x", "\r", "\x1b",
        "t", "\r", "\x1b", "\x1b",
        "J", "\x1b", "q", "k", "n", "\x1b", "\x1b", "w", "S", "\x1b", "n", "\x1b", "m", "\x1b", "\x1b",
        "n", "n", "w", "G", "\x1b", "d", "h", "p", "\x1b", "p", "\r", "\x1b", "\x1b", "n", "s", "\x1b", "t", "\x1b",
        "k", "\x1b", "q", "\x1b", "x", "\r", "\x1b", "w", "l", "x", "\x1b", "D", "n", "\x1b",
        "b", "Z9\r", "\x1b", "\x1b", "?", "\x1b", "\x10", "\x1b", "E", "y", "y", "x", "\x1b", "\r")  # fmt: skip
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


class Terminal:
    """A child in a pty of 80×24."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLORTERM")}
        self.child = subprocess.Popen(
            [sys.executable, "-m", "tests.tui.hostile", str(folder)],
            stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env={**clean, "TERM": "xterm-256color", **env},
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.out = b""

    def read(self, seconds: float) -> None:
        """Everything that comes until it has been quiet for a moment, `seconds` at most."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select([self.master], [], [], 0.25)
            if not ready:
                return
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.out += data

    def wait_for(self, words: bytes, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while words not in self.out:
            assert time.monotonic() < end and self.child.poll() is None, self.out[-3000:]
            self.read(0.5)

    def press(self, key: str) -> None:
        for character in key:
            os.write(self.master, character.encode())
            # A terminal that reads escape and the next key together takes them for one: alt and that key.
            time.sleep(0.4 if character == "\x1b" else 0.04)
        self.read(1.0)

    def close(self) -> None:
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        os.close(self.master)


@pytest.mark.slow
@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}], ids=["256 colours", "no colours"])
def test_a_real_terminal_gets_no_byte_it_should_not_obey(tmp_path: Path, env: dict[str, str]) -> None:
    """After every screen with about thirty payloads: only the driver's own sequences, no C1, no bidi, no title."""
    terminal = Terminal(tmp_path, **env)
    try:
        terminal.wait_for(b"SAVED")
        for key in KEYS:
            terminal.press(key)
        terminal.read(5.0)
        code = terminal.child.wait(timeout=20)
    finally:
        terminal.close()
    assert code == 0, terminal.out[-3000:].decode("utf-8", "replace")
    shown = OURS.sub(b"", terminal.out)
    strange = re.findall(rb".{0,20}\x1b.{0,20}", shown)
    assert not strange, strange[:5]
    text = shown.decode("utf-8")
    bad = {c for c in text if ord(c) < 32 and c not in "\r\n"} | {c for c in text if "\x7f" <= c <= "\x9f"}
    bad |= {c for c in text if c in "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"}
    assert not bad, {hex(ord(c)) for c in bad}
    assert text.count(MARK) > 100, "the hostile names were not on the screen at all"
    for words in ("Muster", "Traceback"):
        assert words not in text
    for words in ("Raised hands", "Questions", "Who runs this session", "Joining", "Kiosk", "have passed",
                  "Who is here", "Discussion", "Run sheet", "Results", "Notes", "How to join", "Export a table",
                  "All keys here", "The session has ended", "[@click=app.boom]"):  # fmt: skip
        assert words in text, words
