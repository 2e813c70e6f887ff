"""Two threads read packs at once: the form reads the pack for what it shows, and Enter reads it for the session."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.tree import ROOT

PACK = ROOT / "content_packs" / "toolbox-heat-stress"
TIMES = 12
PROGRAM = """
import sys, threading, time
from pathlib import Path
from fieldkit.packs.compile import compile_pack

def read(after):
    ready.wait()
    time.sleep(after)
    got.append(compile_pack(Path(sys.argv[1])).plan_hash)

ready, got = threading.Barrier(2), []
threads = [threading.Thread(target=read, args=(after,)) for after in (0, float(sys.argv[2]))]
for x in threads: x.start()
for x in threads: x.join()
assert len(got) == 2 and len(set(got)) == 1, got
"""


@pytest.mark.slow
def test_a_pack_that_two_threads_read_first_is_read_by_both() -> None:
    """Each time in a new process, since only the first reading of a process works out what a pack looks like. The
    second reader begins a little later each time.
    """
    for k in range(TIMES):
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", PROGRAM, str(PACK), str(k * 0.004)],
            cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"turn {k}: {done.returncode}\n{done.stderr[-3000:]}"
