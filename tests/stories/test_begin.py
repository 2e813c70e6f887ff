"""From home into a session, again and again: nothing is left over from the pack that the form was still reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.consoles import Console, laptop

TIMES = 5


@pytest.mark.slow
def test_home_leads_into_a_session_every_time(tmp_path: Path) -> None:
    """Each time on a data folder of its own, whose packs nobody has read yet: the form begins to read the pack, and
    Enter on its first row reads it once more at the same time."""
    for k in range(TIMES):
        with Console(laptop(tmp_path / str(k), trainer="Sam", place="Hall"), PYTHONFAULTHANDLER="1") as console:
            console.until("START NEW FROM A PACK", "working in the heat")
            console.press("\x1b[F")
            console.press("\r", rest=0.01 * k)
            console.until("Start now")
            console.press("\r")
            console.until("SAVED", "JOIN")
            for bad in (b"Fatal Python error", b"Traceback", b"mistake in fieldkit"):
                assert bad not in console.out
            console.press("\x11", "y")
            console.until("GO ON WITH")
            console.press("\x11")
            assert console.wait() == 0
