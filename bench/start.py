"""P13: how long until it runs: `fieldkit host --headless` serving, `fieldkit --help`, against `python -c pass`.

A host counts as serving when its ready line is out and GET /health has been answered. Warm: the data folder has its
key and the compiled plan, as on every day but the first.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.processes import ROOT
from bench.report import Row, alternate, median, ratio

FIELDKIT = [sys.executable, "-m", "fieldkit"]
MODULES = (
    "import json, sys; from fieldkit.cli.app import run; run({args!r}); json.dump(sorted(sys.modules), sys.stderr)"
)
HEAVY = ("textual", "rich", "aiohttp", "zeroconf")
TRUSTED = """
import fieldkit.cli.room
from aiohttp import connector
print(len(connector._SSL_CONTEXT_VERIFIED.get_ca_certs()))
"""


PYTHON = {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"}
"""Settings of whoever runs this that would make Python compile every file at every start."""


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("FIELDKIT_") and k not in PYTHON}


def timed(*args: str) -> float:
    begun = time.perf_counter()
    subprocess.run(args, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def host(home: Path) -> float:
    """Seconds from the start of the process to the first answer of its listener."""
    args = ["host", "toolbox-blank", "--headless", "--json", "--new", "--data", str(home), "--bind", "127.0.0.1"]
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*FIELDKIT, *args, "--port", "0", "--no-announce"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        with urllib.request.urlopen(ready["url"] + "/health", timeout=10) as answer:
            assert answer.read() == b"ok"
        return time.perf_counter() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def heavy(*args: str) -> list[str]:
    """The heavy libraries that this command line has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", MODULES.format(args=list(args))],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = json.loads(done.stderr[done.stderr.index('["') :])
    return [name for name in HEAVY if name in loaded]


def authorities() -> int:
    """How many certificate authorities the host's aiohttp has read while it was imported."""
    done = subprocess.run(
        [sys.executable, "-c", TRUSTED], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def run(short: bool = False) -> list[Row]:
    turns = 5 if short else 11
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        bare, helped, served = alternate(
            turns,
            lambda: timed(sys.executable, "-c", "pass"),
            lambda: timed(*FIELDKIT, "--help"),
            lambda: host(home),
        )
        fresh = host(home / "new")
        extra = heavy("export", "last", "--what", "attendance", "--as", "csv", "-o", "-", "--data", made)
    floor = f"python -c pass: {median(bare) * 1e3:.0f} ms"
    return [
        Row(
            "fieldkit host --headless, until it serves",
            f"{median(served) * 1e3:.0f} ms",
            floor,
            ratio(served, bare),
            "×",
            None,
            35,
        ),
        Row("fieldkit --help", f"{median(helped) * 1e3:.0f} ms", floor, ratio(helped, bare), "×", None, 15),
        Row(
            "the host on a new data folder (makes a key, compiles the pack)",
            f"{fresh * 1e3:.0f} ms",
            floor,
            fresh / median(bare),
            "×",
        ),
        Row("heavy libraries that `fieldkit export` loads", ", ".join(extra) or "none", "", len(extra), "", None, 0),
    ]
