"""Real processes for stories: the command line as its users call it, and a host that can be killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

FIELDKIT = [sys.executable, "-m", "fieldkit"]


def environment(**more: str) -> dict[str, str]:
    """The environment without settings of whoever runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FIELDKIT_")}
    return {**kept, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", **more}


def run(*args: str, ok: tuple[int, ...] = (0,), text: str | None = None) -> subprocess.CompletedProcess[str]:
    """One command to its end; its exit code must be one of `ok`."""
    done = subprocess.run(
        [*FIELDKIT, *args], capture_output=True, text=True, encoding="utf-8", env=environment(), timeout=120, input=text
    )
    assert done.returncode in ok, f"fieldkit {' '.join(args)} → {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done


def json_of(*args: str, ok: tuple[int, ...] = (0,)) -> Any:
    """The JSON document that a command prints."""
    return json.loads(run(*args, "--json", ok=ok).stdout)


class Host:
    """`fieldkit host … --headless --json` as a process."""

    def __init__(self, home: Path, pack: str, *more: str) -> None:
        self.home = home
        args = ["host", pack, "--headless", "--json", "--data", str(home), "--bind", "127.0.0.1", "--no-announce"]
        self.errors = (home.parent / f"{home.name}.err").open("ab")
        self.process = subprocess.Popen(
            [*FIELDKIT, *args, "--port", "0", *more], stdout=subprocess.PIPE, stderr=self.errors, env=environment()
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        said = (home.parent / f"{home.name}.err").read_text("utf-8")
        assert line, f"the host did not get ready: {said}"
        self.ready: dict[str, Any] = json.loads(line)
        self.url: str = self.ready["url"]
        self.code: str = self.ready["code"]

    def ctl(self, *words: str, ok: tuple[int, ...] = (0,)) -> Any:
        return json_of("ctl", *words, "--data", str(self.home), ok=ok)

    def kill(self) -> None:
        """The power goes: nothing is said, nothing is closed."""
        self.process.send_signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """SIGTERM: pause, save, goodbye."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self, seconds: float = 30) -> int:
        code = self.process.wait(seconds)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.errors.close()
        return code

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.kill()
