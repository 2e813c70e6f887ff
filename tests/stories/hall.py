"""A training room on a simulated Wi-Fi: the laptop's host, phones with an outbox, and orders from the console."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from fieldkit.verbs import CONTROL_FILE
from tests.kit.wifi import Wifi
from tests.stories.processes import FIELDKIT, environment

PIPE = subprocess.PIPE


class Pocket:
    """One phone, in its own station (`tests.kit.wifi_phone`)."""

    def __init__(self, cell: Wifi, name: str, url: str, code: str) -> None:
        command = [sys.executable, "-m", "tests.kit.wifi_phone", url, code, f"Worker {name}"]
        self.process = cell.popen(name, command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment())

    def tell(self, *order: object) -> None:
        """Give an order without waiting for what it comes to (`hear`)."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read().decode() if self.process.stderr else ""
        found: dict[str, Any] = json.loads(line)
        return found

    def do(self, *order: object) -> dict[str, Any]:
        self.tell(*order)
        return self.hear()

    def marks(self, seconds: float = 0) -> list[str]:
        found: list[str] = self.do("settle", seconds)["marks"]
        return found


class Hall:
    """`fieldkit host` in the station `laptop`; the session is in `home`."""

    def __init__(self, cell: Wifi, home: Path, *more: str) -> None:
        self.cell, self.home = cell, home
        host = ["host", "toolbox-blank", "--headless", "--json", "--data", str(home), *more]
        self._errors = home.parent / f"{home.name}.err"
        with self._errors.open("wb") as errors:
            self.host = cell.popen("laptop", [*FIELDKIT, *host], stdout=PIPE, stderr=errors, env=environment())
        assert self.host.stdout is not None
        line = self.host.stdout.readline()
        assert line, self.errors()
        self.ready: dict[str, Any] = json.loads(line)
        self.url: str = self.ready["url"]
        self.code: str = self.ready["code"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The cell ends every process."""

    def stop(self, seconds: float = 30) -> None:
        """SIGTERM: pause, save, goodbye. The host sits behind `nsenter`, so its end is seen by what it takes away."""
        os.killpg(self.host.pid, signal.SIGTERM)
        end = time.monotonic() + seconds
        while (self.home / CONTROL_FILE).exists():
            assert time.monotonic() < end, "it does not stop"
            time.sleep(0.05)

    def errors(self) -> str:
        """What the host has said on standard error."""
        return self._errors.read_text("utf-8")

    def fieldkit(self, *args: str, station: str = "laptop", seconds: float = 60) -> tuple[int, Any]:
        """(exit code, the lines of JSON) of one command in a station."""
        done = self.cell.run(station, [*FIELDKIT, *args, "--json"], seconds, env=environment())
        assert "Traceback" not in done.err, done.err
        return done.code, [json.loads(line) for line in done.out.splitlines()]

    def find(self, station: str, *urls: str, seconds: float = 40) -> list[dict[str, Any]]:
        """What a station discovers, as soon as it is what is announced: announcing takes a moment, more on a busy
        machine."""
        end, listen = time.monotonic() + seconds, 0.8
        while True:
            _, found = self.fieldkit("discover", "--seconds", str(listen), station=station)
            listen *= 1.5
            if {one["url"] for one in found} == set(urls):
                return list(found)
            assert time.monotonic() < end, found

    def ctl(self, *words: str) -> Any:
        code, said = self.fieldkit("ctl", *words, "--data", str(self.home))
        assert code == 0, said
        return said[0]

    def ask(self) -> str:
        """A question on the spot; its activity id."""
        self.ctl("ask", "Which one is locked?", "this", "that")
        found: str = self.ctl("status")["open"][-1]["activity"]
        return found

    def phone(self, name: str) -> Pocket:
        return Pocket(self.cell, name, self.url, self.code)

    def until(self, look: Any, seconds: float = 30) -> Any:
        """The first true thing that `look` finds in the status."""
        end = time.monotonic() + seconds
        while True:
            status = self.ctl("status")
            found = look(status)
            if found:
                return found
            assert time.monotonic() < end, status
            time.sleep(0.1)

    def counts(self, activity: str) -> int:
        """How many answers the signed log holds for this question, read back from the file."""
        export = ["export", "last", "--what", "answers", "--as", "json", "-o", "-", "--data", str(self.home)]
        done = self.cell.run("laptop", [*FIELDKIT, *export], env=environment())
        return sum(1 for row in json.loads(done.out) if row["activity"] == activity)
