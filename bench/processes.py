"""Servers and the load generator as processes that are spoken to in JSON lines; and requests as bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]


class Talker:
    """A child process: one line in, one JSON line out."""

    def __init__(self, *args: str) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FIELDKIT_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *args], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended with {self.process.wait(10)}")
        found: dict[str, Any] = json.loads(line)
        return found

    def write(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, where: TracebackType | None
    ) -> None:
        if kind is not None:
            self.process.kill()
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


class Server(Talker):
    """`bench.serve raw` or `room`."""

    def __init__(self, kind: str, **options: object) -> None:
        super().__init__("bench.serve", kind, *(f"--{k}={v}" for k, v in options.items()))
        self.ready = self.read()
        self.pid = int(self.ready["pid"])
        self.addr = ["127.0.0.1", int(self.ready["port"])]

    def tell(self, words: str) -> dict[str, Any]:
        self.write(words)
        return self.read()


class Load(Talker):
    """`bench.roomload`; requests travel in a file."""

    def __init__(self) -> None:
        super().__init__("bench.roomload")
        self._folder = tempfile.TemporaryDirectory()
        self._files = 0

    def file(self, requests: Iterable[bytes]) -> str:
        self._files += 1
        path = Path(self._folder.name) / str(self._files % 8)
        path.write_bytes(b"".join(base64.b64encode(one) + b"\n" for one in requests))
        return str(path)

    def do(self, what: str, **more: object) -> dict[str, Any]:
        self.write(json.dumps({"do": what, **more}))
        return self.read()

    def __exit__(self, *what: Any) -> None:
        super().__exit__(*what)
        self._folder.cleanup()


# ---- requests ----------------------------------------------------------------------------------------------------

AGENT = "User-Agent: Mozilla/5.0 (Linux; Android 9; SM-J330F) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36\r\n"


def intent_id(*of: object) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(repr(of).encode()).digest()[:16]).decode().rstrip("=")


def post(path: str, body: dict[str, Any], host: str, seat: str = "", cookie: str = "") -> bytes:
    """A POST as the page's script sends it."""
    raw = json.dumps(body, separators=(",", ":")).encode()
    who = f"Authorization: Bearer {seat}\r\n" if seat else f"Cookie: {cookie}\r\n" if cookie else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{AGENT}Accept: */*\r\nContent-Type: application/json\r\n"
        f"{who}Content-Length: {len(raw)}\r\n\r\n"
    )
    return head.encode() + raw


def get(path: str, host: str, seat: str = "", accept: str = "*/*") -> bytes:
    who = f"Authorization: Bearer {seat}\r\n" if seat else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{AGENT}Accept: {accept}\r\nAccept-Encoding: gzip, deflate\r\n{who}\r\n"
    ).encode()


LANGS = ("en", "es", "fr", "de", "pt", "pl", "tr", "ar", "hi", "vi", "zh")
"""A simulated room speaks all of them: a change is told in each."""


def join(k: int, host: str, code: str = "K7M4", badge: str = "") -> bytes:
    lang = LANGS[k % len(LANGS)]
    body = {"kind": "join", "id": intent_id("join", k), "code": code, "name": f"Worker {k}", "lang": lang}
    return post("/v1/intents", body | ({"badge": badge} if badge else {}), host)


def joined(
    load: Load, addr: list[Any], n: int, group: str, *, first: int = 0, roster: bool = False, code: str = "K7M4"
) -> list[str]:
    """Join n phones (numbers from `first` on) over connections of `group`, which stay open; their seat tokens."""
    host = f"127.0.0.1:{addr[1]}"
    load.do("connect", group=group, n=n, addr=addr, sources=max(8, n // 300))
    file = load.file(join(k, host, code, badge=f"E{k:06d}" if roster else "") for k in range(first, first + n))
    told = load.do("send", group=group, file=file, at_once=400, keep=True)
    if told["errors"] or told["n"] != n:
        raise RuntimeError(f"joining failed: {told['errors']} errors, {told['n']} of {n}")
    return [json.loads(body)["seat"] for body in told["kept"]]
