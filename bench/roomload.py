"""A load generator in a process of its own: raw sockets and epoll, no asyncio, no HTTP library, no parsing beyond
status line and Content-Length. Some 5 µs a message; above 40,000 requests a second it measures itself.

It reads one JSON command a line from standard input and answers each with one JSON line:

`connect` group, n, addr → opens n sockets, from `sources` loopback addresses in turn; `rcvbuf` bytes each.
`send`    group, file [, k] → connection i sends line i of the file (base64), all at once; waits for each one's answer.
`storm`   n, addr, file → connect, send and receive all in one, everything from nothing, n at once.
`watch`   group, n → waits until n connections received something; says when the first and the last did.
`drain`   group → reads away what has come.
`close`   group.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import json
import select
import socket
import struct
import sys
import time
from typing import Any

now = time.monotonic_ns
IP_BIND_ADDRESS_NO_PORT = 24
HEAD_END = b"\r\n\r\n"


class Group:
    """Sockets by number, in the order they were opened."""

    def __init__(self) -> None:
        self.poll = select.epoll()
        self.socks: dict[int, socket.socket] = {}

    def close(self) -> None:
        for sock in self.socks.values():
            sock.close()
        self.poll.close()


def dial(addr: tuple[str, int], k: int, sources: int, rcvbuf: int = 0) -> socket.socket:
    """`rcvbuf` bytes: a phone that will not read should not hide behind a large buffer of its own."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    if rcvbuf:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sources:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        sock.bind((f"127.0.{1 + k % sources // 200}.{1 + k % sources % 200}", 0))
    with contextlib.suppress(BlockingIOError):
        sock.connect(addr)
    return sock


def retransmitted(sock: socket.socket) -> int:
    """Segments that this socket had to send again; a dropped SYN is one (struct tcp_info, Linux)."""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return int(struct.unpack_from("=I", info, 100)[0])


def whole(data: bytes) -> bool:
    """Whether this is a whole answer: the head, and as much body as it promises."""
    at = data.find(HEAD_END)
    if at < 0:
        return False
    head = data[:at].lower()
    found = head.find(b"content-length:")
    if found < 0:
        return True
    return len(data) - at - 4 >= int(head[found + 15 :].split(b"\r\n", 1)[0])


def lines_of(path: str) -> list[bytes]:
    with open(path, "rb") as file:
        return [base64.b64decode(line) for line in file]


def told(latencies: list[float], started: int, **more: Any) -> dict[str, Any]:
    latencies.sort()
    n = len(latencies)
    wall = (now() - started) / 1e9
    if not n:
        return {"n": 0, "wall": wall, **more}
    return {
        "n": n,
        "wall": wall,
        "per_s": n / wall,
        "p50_ms": latencies[n // 2],
        "p99_ms": latencies[min(n - 1, n * 99 // 100)],
        "max_ms": latencies[-1],
        **more,
    }


class Load:
    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}

    def connect(
        self, group: str, n: int, addr: list[Any], sources: int = 0, at_once: int = 200, rcvbuf: int = 0
    ) -> dict[str, Any]:
        made = self.groups[group] = Group()
        where = (str(addr[0]), int(addr[1]))
        started, pending, k = now(), 0, 0
        while k < n or pending:
            while k < n and pending < at_once:
                sock = dial(where, k, sources, rcvbuf)
                made.socks[sock.fileno()] = sock
                made.poll.register(sock.fileno(), select.EPOLLOUT)
                k, pending = k + 1, pending + 1
            for fd, _ in made.poll.poll(5):
                made.poll.modify(fd, select.EPOLLIN)
                pending -= 1
        return {"n": len(made.socks), "wall": (now() - started) / 1e9}

    def send(self, group: str, file: str, at_once: int = 0, marker: str = "", keep: bool = False) -> dict[str, Any]:
        """Every connection sends its line; `at_once` 0 means all of them before anything is read."""
        mine = self.groups[group]
        todo = list(zip(mine.socks, lines_of(file), strict=False))
        todo.reverse()
        sent: dict[int, int] = {}
        got: dict[int, bytes] = {}
        kept: dict[int, str] = {}
        order = {fd: k for k, fd in enumerate(mine.socks)}
        latencies: list[float] = []
        errors = 0
        mark = marker.encode()
        limit = at_once or len(todo)
        started = now()
        while todo or sent:
            while todo and len(sent) < limit:
                fd, data = todo.pop()
                sent[fd] = now()
                mine.socks[fd].send(data)
            events = mine.poll.poll(20)
            if not events:
                return told(latencies, started, errors=errors + len(sent), silent=len(sent))
            for fd, _ in events:
                if fd not in sent:
                    with contextlib.suppress(OSError):
                        mine.socks[fd].recv(65536)
                    continue
                try:
                    data = got.pop(fd, b"") + mine.socks[fd].recv(65536)
                except OSError:
                    data = b""
                if not data:
                    errors += 1
                    mine.poll.unregister(fd)
                    sent.pop(fd)
                elif (mark in data) if mark else whole(data):
                    latencies.append((now() - sent.pop(fd)) / 1e6)
                    errors += not data.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3"))
                    if keep:
                        kept[order[fd]] = data.partition(HEAD_END)[2].decode("utf-8", "replace")
                else:
                    got[fd] = data
        return told(
            latencies, started, errors=errors, kept=[kept.get(k, "") for k in range(len(order))] if keep else []
        )

    def storm(self, addr: list[Any], n: int, file: str, sources: int = 8) -> dict[str, Any]:
        """Everybody at once, from nothing: connect, send, wait for the answer. Sockets are closed at the end."""
        where = (str(addr[0]), int(addr[1]))
        data = lines_of(file)
        poll, socks, begun = select.epoll(), {}, {}
        got: dict[int, bytes] = {}
        bodies: dict[int, str] = {}
        latencies: list[float] = []
        errors = again = 0
        started = now()
        for k in range(n):
            sock = dial(where, k, sources)
            socks[sock.fileno()] = (sock, k)
            begun[sock.fileno()] = now()
            poll.register(sock.fileno(), select.EPOLLOUT)
        while begun:
            events = poll.poll(20)
            if not events:
                errors += len(begun)
                break
            for fd, event in events:
                sock, k = socks[fd]
                if event & select.EPOLLOUT and fd not in got:
                    got[fd] = b""
                    try:
                        sock.send(data[k])
                    except OSError:
                        errors += 1
                        begun.pop(fd)
                        poll.unregister(fd)
                        continue
                    poll.modify(fd, select.EPOLLIN)
                    continue
                try:
                    got[fd] += (more := sock.recv(65536))
                except OSError:
                    more = b""
                if not more or whole(got[fd]):
                    latencies.append((now() - begun.pop(fd)) / 1e6)
                    errors += not got[fd].startswith(b"HTTP/1.1 2")
                    bodies[k] = got[fd].partition(HEAD_END)[2].decode("utf-8", "replace")
                    again += retransmitted(sock)
                    poll.unregister(fd)
        out = told(latencies, started, errors=errors, retransmitted=again, kept=[bodies.get(k, "") for k in range(n)])
        for sock, _ in socks.values():
            sock.close()
        poll.close()
        return out

    def watch(self, group: str, n: int, seconds: float = 10) -> dict[str, Any]:
        mine = self.groups[group]
        seen: set[int] = set()
        first = last = size = 0
        # The list is asked for once `ready` is on standard output: whoever waits for it may pull the trigger then.
        sys.stdout.write('{"ready": true}\n')
        sys.stdout.flush()
        end = now() + int(seconds * 1e9)
        while len(seen) < n and now() < end:
            for fd, _ in mine.poll.poll(0.05):
                with contextlib.suppress(OSError):
                    data = mine.socks[fd].recv(65536)
                    size = size or len(data)
                if fd not in seen:
                    seen.add(fd)
                    last = now()
                    first = first or last
        return {"n": len(seen), "first_ns": first, "last_ns": last, "bytes": size}

    def drain(self, group: str) -> dict[str, Any]:
        mine, dropped = self.groups[group], 0
        while events := mine.poll.poll(0.05):
            for fd, _ in events:
                with contextlib.suppress(OSError):
                    if not mine.socks[fd].recv(65536):
                        mine.poll.unregister(fd)
                        dropped += 1
        return {"dropped": dropped}

    def close(self, group: str) -> dict[str, Any]:
        self.groups.pop(group).close()
        return {}


def main() -> None:
    load = Load()
    gc.disable()  # a collection in the middle of a burst would be measured as the server's
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for line in sys.stdin:
        asked = json.loads(line)
        answer = getattr(load, asked.pop("do"))(**asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        gc.collect()


if __name__ == "__main__":
    main()
