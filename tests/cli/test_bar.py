"""The line that says how far a command is: nothing for what is quick, and no trace of it afterwards."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from fieldkit.cli.bar import Bar
from fieldkit.sync.copying import Progress
from tests.kit.clock import ManualClock


def test_nothing_in_the_first_moments_then_a_line_that_goes() -> None:
    """A bar of thirty cells with what is done; the same line is not written twice; numbers that nobody knows are 0."""
    clock, written = ManualClock(), list[str]()
    bar = Bar(clock, written.append)
    bar.told(Progress("write", 1, 2))
    bar.over()
    assert written == []
    clock.advance(500)
    bar.told(Progress("write", 1, 2))
    bar.told(Progress("write", 1, 2))
    bar.each("records")(0, 0)
    bar.over()
    assert written == [
        f"\rwriting      [{'#' * 15}{'.' * 15}]",
        f"\rreading      [{'.' * 30}]",
        "\r\x1b[K",
    ]


def test_the_network_has_words_where_nobody_knows_how_long() -> None:
    """Asking, sending with a bar, checking, and a wait with its seconds first: what is cut is the reason."""
    clock, written = ManualClock(), list[str]()
    bar = Bar(clock, written.append)
    clock.advance(500)
    steps = (("ask", 0, 1, ""), ("send", 1, 2, ""), ("send", 2, 2, ""), ("wait", 2, 8, "No. " * 90))
    for step in steps:
        bar.told(Progress(*step))
    asked, sent, checked, waits = (one.removesuffix("\x1b[K") for one in written)
    assert asked == "\rAsking head office…" and checked == "\rSent; head office checks it…"
    assert sent == f"\rsending      [{'#' * 15}{'.' * 15}]" and written[2].endswith("\x1b[K")
    assert waits.startswith("\rTrying again in 6 s, Ctrl-C stops: No. No. ") and len(waits) < 200


def test_a_terminal_sees_the_line_and_a_file_does_not(tmp_path: Path) -> None:
    """Standard error of a real process, once a terminal and once a pipe."""
    code = (
        "import time\nfrom fieldkit.cli.bar import bar, soon\n"
        "with soon('Opening…'):\n  time.sleep(0.6)\n"
        "with bar() as b:\n  time.sleep(0.5); b.at('write', 1, 2)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert done.stderr == b""
    ours, theirs = pty.openpty()
    try:
        subprocess.run(command, stderr=theirs, timeout=60, check=True)
        said = os.read(ours, 4096).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert said == f"\rOpening…\r\x1b[K\rwriting      [{'#' * 15}{'.' * 15}]\r\x1b[K"
