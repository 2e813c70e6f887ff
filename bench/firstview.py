"""P6: bytes on the wire: the first view of a phone (every request it needs), a change of state, an answer. Exact.

Bytes are those of HTTP (heads and bodies, both directions where it says so), without TCP and IP.
"""

from __future__ import annotations

import re
import socket
import tempfile
import zlib

from bench.processes import AGENT, Server, intent_id, join, post
from bench.report import Row

LOADED = re.compile(
    rb"(?:src|href|srcset|data|poster)\s*=\s*[\"']?(?!data:|#|/?[\"'> ])([^\"'> ]+)|url\((?!data:)|@import", re.I
)
"""What makes a browser ask for something more; links (`<a href>`) are taken out before."""


def run(short: bool = False) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, Server("room", folder=folder) as room:
        with Wire(room) as wire:
            door, html = wire.page("/K7M4")
            came = wire.send(join(1, wire.host))
            seat = re.search(rb'"seat":"([^"]+)"', came)
            assert seat is not None
            page, live = wire.page("/", seat[1].decode())
            room.tell("open q1")
            asked, _ = wire.page("/", seat[1].decode())
            body = {"id": intent_id("a"), "kind": "answer", "activity": "q1", "round": 1, "v": ["b"], "n": 1}
            up = post("/v1/intents", body, wire.host, cookie=f"fk_000001-k3m9w2p4={seat[1].decode()}")
            down = wire.send(up)
            assert b'"accepted"' in down, down
        with Wire(room) as wire:
            opened, changes = stream(room, wire, seat[1].decode())
    return [
        Row(
            "first view: the door, everything it loads",
            f"{door:,} B in {1 + loads(html)} request(s)",
            "",
            door / 1024,
            " KiB",
            None,
            8,
        ),
        Row("requests of the first view", str(1 + loads(html)), "", 1 + loads(html), "", None, 2),
        Row(
            "the page after joining (with its script)",
            f"{page:,} B, {1 + loads(live)} request(s)",
            "",
            page / 1024,
            " KiB",
            None,
            8,
        ),
        Row("the page with a question open", f"{asked:,} B", "", asked / 1024, " KiB", None, 8),
        Row("opening the live stream", f"{opened:,} B"),
        Row(
            "a change of state on the stream, the largest of four",
            f"{max(changes):,} B",
            "",
            max(changes),
            " B",
            None,
            1000,
        ),
        Row(
            "an answer, up",
            f"{len(up):,} B with a browser's head; body {len(up.partition(bytes([13, 10] * 2))[2])} B",
            "",
            len(up),
            " B",
            None,
            500,
        ),
        Row("its acknowledgement, down", f"{len(down):,} B"),
    ]


def loads(html: bytes) -> int:
    """How many further requests a browser makes for this page (the stream and the answers of the script aside)."""
    return len(
        LOADED.findall(
            re.sub(rb"<(?:a|form)\b[^>]*>|<script>.*?</script>|<noscript>.*?</noscript>", b"", html, flags=re.S)
        )
    )


class Wire:
    """One keep-alive connection that counts."""

    def __init__(self, room: Server) -> None:
        self.host = f"127.0.0.1:{room.addr[1]}"
        self.sock = socket.create_connection(("127.0.0.1", room.addr[1]), 10)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, data: bytes) -> bytes:
        self.sock.sendall(data)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self.sock.recv(65536)
        head, _, body = got.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length is not None and len(body) < int(length[1]):
            body += self.sock.recv(65536)
        return head + b"\r\n\r\n" + body

    def page(self, path: str, seat: str = "") -> tuple[int, bytes]:
        """(bytes of the whole answer, the page unpacked)."""
        who = f"Cookie: fk_000001-k3m9w2p4={seat}\r\n" if seat else ""
        ask = (
            f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n{AGENT}Accept: text/html\r\n"
            f"Accept-Encoding: gzip, deflate\r\n{who}\r\n"
        )
        got = self.send(ask.encode())
        assert got.startswith(b"HTTP/1.1 200"), got[:200]
        return len(got), zlib.decompress(got.partition(b"\r\n\r\n")[2], 31)


def stream(room: Server, wire: Wire, seat: str) -> tuple[int, list[int]]:
    """Bytes until the stream has said its first words, and of each of four changes (open, close, open, close)."""
    ask = (
        f"GET /v1/events HTTP/1.1\r\nHost: {wire.host}\r\n{AGENT}Accept: text/event-stream\r\n"
        f"Accept-Encoding: gzip, deflate\r\nCookie: fk_000001-k3m9w2p4={seat}\r\n\r\n"
    )
    wire.sock.sendall(ask.encode())
    opened = heard(wire.sock)
    changes = []
    for words in ("close q1", "open q2", "close q2", "open t1"):
        room.tell(words)
        changes.append(heard(wire.sock))
    return opened, changes


def heard(sock: socket.socket, quiet: float = 0.7) -> int:
    """Bytes until nothing has come for a moment."""
    total: int = 0
    sock.settimeout(3)
    try:
        while data := sock.recv(65536):
            total += len(data)
            sock.settimeout(quiet)
    except TimeoutError:
        pass
    return total
