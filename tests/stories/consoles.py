"""The trainer's terminal for stories: `fieldkit …` in a real pty on a data folder of its own, and phones for it."""

from __future__ import annotations

import http.client
import json
import os
import time
from pathlib import Path
from typing import Any

from fieldkit.cli.wire import call
from tests.house.tree import ROOT
from tests.kit.tty import Tty
from tests.stories.processes import environment
from tests.stories.test_spine import new_id


def laptop(folder: Path, **memory: Any) -> Path:
    """A data folder whose owner has seen the welcome; it listens on this machine only, on any port."""
    home = folder / "laptop"
    home.mkdir(0o700, parents=True)
    (home / "config.toml").write_text('bind = "127.0.0.1"\nport = 0\n', "utf-8")
    (home / "console.json").write_text(json.dumps({"welcomed": True, **memory}), "utf-8")
    return home


class Console(Tty):
    """`fieldkit ARGS` on this data folder."""

    def __init__(self, home: Path, *args: str, size: tuple[int, int] = (80, 24), **env: str) -> None:
        self.home = home
        made = {**environment(TERM="xterm-256color"), **env}
        if "NO_COLOR" not in env:
            made.pop("NO_COLOR", None)
        super().__init__("-m", "fieldkit", *args, "--data", str(home), env=made, cwd=ROOT, size=size)

    def status(self) -> dict[str, Any]:
        """As `fieldkit ctl status --json`, without a process of its own."""
        return call(self.home, "GET", "/v1/status", dict[str, Any])[0]


class Phone:
    """A worker's phone: an id for each wish, the same one again until it is answered."""

    def __init__(self, port: int, name: str, badge: str = "") -> None:
        self.port, self.name, self.badge = port, name, badge
        self.seat = self.p = ""
        self.slowest = 0.0
        """Seconds that the longest answer took."""

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        head = {"Host": f"127.0.0.1:{self.port}", "Content-Type": "application/json"}
        if self.seat:
            head["Authorization"] = f"Bearer {self.seat}"
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        began = time.monotonic()
        try:
            wire.request(method, path, None if body is None else json.dumps(body).encode(), head)
            reply = wire.getresponse()
            raw = reply.read()
        finally:
            wire.close()
        self.slowest = max(self.slowest, time.monotonic() - began)
        return reply.status, json.loads(raw)

    def wish(self, **body: Any) -> dict[str, Any]:
        whole = {"id": new_id(), **body}
        for _ in range(100):
            try:
                code, found = self.call("POST", "/v1/intents", whole)
            except OSError:
                time.sleep(0.1)
                continue
            assert code == 200, found
            return dict(found)
        raise AssertionError("the laptop does not answer")

    def join(self, code: str) -> dict[str, Any]:
        found = self.wish(kind="join", code=code, name=self.name, **({"badge": self.badge} if self.badge else {}))
        self.seat, self.p = found.get("seat", ""), found.get("p", "")
        return found

    def view(self) -> dict[str, Any]:
        for _ in range(100):
            try:
                return dict(self.call("GET", "/v1/view")[1])
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the laptop does not answer")

    def answer(self, activity: str, *v: str, round: int = 1, **more: Any) -> dict[str, Any]:
        return self.wish(kind="answer", activity=activity, round=round, v=list(v), **more)


def port_of(status: dict[str, Any]) -> int:
    return int(status["url"].rpartition(":")[2])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
