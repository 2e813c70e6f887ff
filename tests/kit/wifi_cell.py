"""The two kinds of process behind `tests.kit.wifi`: a station's first process, and the access point.

Runs as a program of its own (`wifi_cell.py station …`, `wifi_cell.py ap …`) in namespaces where nothing of the project
may be importable, so it uses the standard library alone.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import heapq
import json
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time
from typing import Any

NET = "10.77.0"
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
QUEUE_S = 2.0
"""A link's queue holds this many seconds of traffic, then the newest frames are dropped."""
MDNS = b"\x33\x33\x00\x00\x00\xfb"
ARP = b"\x08\x06"

Frame = bytes


def mac(n: int) -> bytes:
    """The hardware address of station n: locally administered."""
    return bytes((0x02, 0x77, 0, 0, 0, n))


def receive_fds(sock: socket.socket, most: int) -> tuple[bytes, list[int]]:
    message, ancillary, _, _ = sock.recvmsg(65536, socket.CMSG_LEN(most * 4))
    found = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % 4])
    return message, list(found)


def send_fds(sock: socket.socket, message: bytes, fds: list[int]) -> None:
    sock.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])


# ---- a station -------------------------------------------------------------------------------------------------------


def station(fd: int, name: str, n: int) -> None:
    """PID 1 of its own world: one TAP card called wlan0, handed to the access point; then it only reaps."""
    pipe = socket.socket(fileno=fd)
    socket.sethostname(name)
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        do("mount", "-t", "tmpfs", "tmpfs", "/run")  # its own D-Bus and avahi sockets
        os.makedirs("/run/dbus", exist_ok=True)
        os.makedirs("/run/avahi-daemon", exist_ok=True)
    card = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(card, TUNSETIFF, struct.pack("16sH22x", b"wlan0", IFF_TAP | IFF_NO_PI))
    do("ip", "link", "set", "lo", "up")
    do("ip", "link", "set", "wlan0", "address", ":".join(f"{b:02x}" for b in mac(n)), "up")
    do("ip", "addr", "add", f"{NET}.{n}/24", "brd", f"{NET}.255", "dev", "wlan0")
    with contextlib.suppress(subprocess.CalledProcessError):
        do("ip", "route", "add", "224.0.0.0/4", "dev", "wlan0")
    # A router that is never there: this Wi-Fi has no internet.
    do("ip", "route", "add", "default", "via", f"{NET}.254", "dev", "wlan0")
    send_fds(pipe, b"ready", [card])
    os.close(card)
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    while not poll.poll(500):
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    os._exit(0)  # the test has gone, and everything of this station goes with its PID 1


def do(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# ---- the access point ------------------------------------------------------------------------------------------------


class Link:
    """One station's link: what it does to frames in each direction (`up` to the access point, `down` from it)."""

    def __init__(self, name: str, card: int, settings: dict[str, float]) -> None:
        self.name, self.card, self.is_up = name, card, True
        self.settings = settings
        self.free = {"up": 0.0, "down": 0.0}
        self.last = {"up": 0.0, "down": 0.0}
        self.counts = {"sent": 0, "lost": 0, "full": 0, "delivered": 0}

    def due(self, way: str, frame: Frame, now: float, rng: random.Random) -> float | None:
        """When this frame is through, None when it is lost."""
        told, many = self.settings, bool(frame[0] & 1)
        self.counts["sent"] += 1
        # A multicast frame upwards is acknowledged by the access point like any other; downwards nobody answers for it.
        loss = told["mcast_loss"] if many and way == "down" else told["loss"]
        if not self.is_up or (loss and rng.random() < loss):
            self.counts["lost"] += 1
            return None
        at = now
        if told["kbit"]:
            start = max(now, self.free[way])
            if start - now > QUEUE_S:
                self.counts["full"] += 1
                return None
            at = self.free[way] = start + len(frame) * 8 / (told["kbit"] * 1000)
        at += max(0.0, told["delay_ms"] + rng.uniform(-told["jitter_ms"], told["jitter_ms"])) / 1000
        if not (told["reorder"] and rng.random() < told["reorder"]):
            at = self.last[way] = max(at, self.last[way])
        return at


class Cell:
    """The access point: moves frames between the cards, a queue for what is on its way."""

    def __init__(self, control: socket.socket, boot: dict[str, Any], cards: list[int]) -> None:
        self.control = control
        self.rng = random.Random(boot["seed"])
        self.links = [Link(n, c, s) for n, c, s in zip(boot["stations"], cards, boot["settings"], strict=True)]
        self.by_mac = {mac(k): link for k, link in enumerate(self.links, 1)}
        self.multicast, self.isolation = "flood", ""
        self.queue: list[tuple[float, int, str, Link, Frame]] = []
        self.seq = 0

    def enqueue(self, link: Link, way: str, frame: Frame, now: float) -> None:
        at = link.due(way, frame, now, self.rng)
        if at is not None:
            self.seq += 1
            heapq.heappush(self.queue, (at, self.seq, way, link, frame))

    def through(self, link: Link, frame: Frame, now: float) -> None:
        """A frame has reached the access point from `link`: on to whom it is for, as the cell's rules allow."""
        to = frame[:6]
        if to[0] & 1:
            filtered = self.multicast == "drop" and frame[12:14] != ARP and (to[:2] != b"\x33\x33" or to == MDNS)
            if self.isolation == "all" or filtered:
                return
            for other in self.links:
                if other is not link:
                    self.enqueue(other, "down", frame, now)
        elif not self.isolation and to in self.by_mac and self.by_mac[to] is not link:
            self.enqueue(self.by_mac[to], "down", frame, now)

    def deliver(self, now: float) -> None:
        while self.queue and self.queue[0][0] <= now:
            _, _, way, link, frame = heapq.heappop(self.queue)
            if way == "up":
                self.through(link, frame, now)
            elif link.is_up:
                with contextlib.suppress(OSError):
                    os.write(link.card, frame)
                    link.counts["delivered"] += 1

    def order(self, line: bytes) -> None:
        told = json.loads(line)
        answer: object = {"ok": True}
        op = told.pop("op")
        if op == "link":
            name = told.pop("station")
            link = next(x for x in self.links if x.name == name)
            link.is_up = told.pop("is_up", link.is_up)
            link.settings.update(told)
        elif op == "ap":
            self.multicast = told.get("multicast", self.multicast)
            self.isolation = told.get("isolation", self.isolation)
        elif op == "counts":
            answer = {link.name: link.counts for link in self.links}
        self.control.sendall(json.dumps(answer).encode() + b"\n")

    def run(self) -> None:
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        cards = {link.card: link for link in self.links}
        for card in cards:
            poll.register(card, select.POLLIN)
        self.control.sendall(b'{"ok": true}\n')
        while True:
            self.deliver(time.monotonic())
            wait = 1000.0 if not self.queue else (self.queue[0][0] - time.monotonic()) * 1000
            for fd, _ in poll.poll(max(0, min(1000, int(wait + 0.5)))):
                if fd in cards:
                    self.read(cards[fd])
                    continue
                data = self.control.recv(65536)
                if not data:
                    os._exit(0)  # the test has gone
                for line in data.splitlines():
                    self.order(line)

    def read(self, link: Link) -> None:
        for _ in range(64):
            try:
                frame = os.read(link.card, 65536)
            except OSError:
                return
            self.enqueue(link, "up", frame, time.monotonic())


def access_point(fd: int) -> None:
    control = socket.socket(fileno=fd)
    message, cards = receive_fds(control, 250)
    Cell(control, json.loads(message), cards).run()


if __name__ == "__main__":
    if sys.argv[1] == "station":
        station(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        access_point(int(sys.argv[2]))
