"""One Wi-Fi cell in a box (Linux): each station is a namespace of its own with a card `wlan0`, an access point between.

    with Wifi(["laptop", "p1"], seed=7) as cell:
        cell.popen("laptop", [sys.executable, "-m", "http.server", "--bind", cell.ip("laptop")])
        cell.link("p1", loss=0.3, delay_ms=300)     # worse, now
        cell.ap(multicast="drop")                   # mDNS dies, typed addresses live
        cell.ap(isolation="unicast")                # stations hear each other look, and nothing more
        cell.down("p1"); cell.up("p1")              # out of range and back
        cell.sleep("p1"); cell.wake("p1")           # screen off: link gone, every process stopped

Nothing is left behind, whatever dies first: cards die with the access point, a station's processes with its PID 1, and
that one with our end of its pipe. Needs `ip`, `unshare`, `nsenter` and /dev/net/tun; `why_not` says what is missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from tests.kit.wifi_cell import NET, receive_fds, send_fds

CLEAN: dict[str, float] = {"loss": 0, "mcast_loss": 0, "delay_ms": 0, "jitter_ms": 0, "kbit": 0, "reorder": 0}
SHOPFLOOR = {**CLEAN, "loss": 0.05, "mcast_loss": 0.3, "delay_ms": 30, "jitter_ms": 60, "kbit": 2000}
AWFUL = {**CLEAN, "loss": 0.2, "mcast_loss": 0.5, "delay_ms": 80, "jitter_ms": 80, "kbit": 200, "reorder": 0.2}
"""`loss`: of unicast frames, after the radio's own retries; `mcast_loss`: of multicast ones, which have none."""
CELL = Path(__file__).with_name("wifi_cell.py")
WAIT_S = 20.0


class Done:
    """What a command in a station came to. 124: it took too long."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


class Wifi:
    """Stations by name; station n (from 1) has the address 10.77.0.n."""

    def __init__(self, stations: Sequence[str] = ("laptop", "p1"), *, seed: int = 0) -> None:
        assert 2 <= len(stations) <= 200 and len(set(stations)) == len(stations)
        self.names, self.seed = list(stations), seed
        self._holders: dict[str, tuple[subprocess.Popen[bytes], socket.socket, int]] = {}
        self._started: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._ap: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._replies: Any = None

    @staticmethod
    def why_not() -> str:
        """Empty when this machine can run a cell, else a sentence for `pytest.skip`."""
        for tool in ("ip", "unshare", "nsenter"):
            if not shutil.which(tool):
                return f"a simulated Wi-Fi needs the {tool} command"
        if not Path("/dev/net/tun").exists():
            return "a simulated Wi-Fi needs /dev/net/tun"
        tried = subprocess.run([*_unshare(), "ip", "tuntap", "add", "wlan0", "mode", "tap"], capture_output=True)
        return "" if tried.returncode == 0 else "this machine lets nobody make network namespaces"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        with tempfile.TemporaryFile() as errors:
            waiting = []
            for n, name in enumerate(self.names, 1):  # all of them at once, then collect
                ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
                command = [*_unshare(), sys.executable, str(CELL), "station", str(theirs.fileno()), name, str(n)]
                process = subprocess.Popen(
                    command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stderr=errors, start_new_session=True
                )
                theirs.close()
                ours.settimeout(WAIT_S)
                waiting.append((name, process, ours))
                self._holders[name] = (process, ours, 0)
            cards: list[int] = []
            for name, process, ours in waiting:
                said, fds = receive_fds(ours, 1)
                if said != b"ready":
                    errors.seek(0)
                    raise RuntimeError(f"station {name} did not come up: {errors.read().decode()[-400:]}")
                cards += fds
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                self._holders[name] = (process, ours, int(children[0]))
        ours, theirs = socket.socketpair()
        self._ap = subprocess.Popen(
            [sys.executable, str(CELL), "ap", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        ours.settimeout(WAIT_S)
        self._control, self._replies = ours, ours.makefile("rb")
        settings = [dict(CLEAN) for _ in self.names]
        send_fds(ours, json.dumps({"seed": self.seed, "stations": self.names, "settings": settings}).encode(), cards)
        for card in cards:
            os.close(card)
        self._replies.readline()

    def close(self) -> None:
        """End everything that was started here. Safe at any time, also twice."""
        for process in self._started:
            if process.poll() is None:
                with contextlib.suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
        for _, pipe, first in self._holders.values():
            pipe.close()
            if first:
                with contextlib.suppress(OSError):
                    os.kill(first, signal.SIGKILL)  # PID 1: all of the station with it
        if self._control is not None:
            self._replies.close()
            self._control.close()
        for process in [*(p for p, _, _ in self._holders.values()), *([self._ap] if self._ap else []), *self._started]:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
        self._holders, self._started, self._ap, self._control = {}, [], None, None

    # ---- the network

    def ip(self, name: str) -> str:
        return f"{NET}.{self.names.index(name) + 1}"

    def _say(self, **told: object) -> Any:
        assert self._control is not None
        with self._lock:
            self._control.sendall(json.dumps(told).encode() + b"\n")
            return json.loads(self._replies.readline())

    def link(self, name: str, **settings: float | bool) -> None:
        """Change a link: keys of CLEAN, and `is_up`."""
        self._say(op="link", station=name, **settings)

    def ap(self, *, multicast: str = "", isolation: str | None = None) -> None:
        """`multicast`: flood or drop. `isolation`: "" none, "unicast" only group frames pass, "all" nothing does."""
        told: dict[str, str] = {"multicast": multicast} if multicast else {}
        self._say(op="ap", **told, **({} if isolation is None else {"isolation": isolation}))

    def down(self, name: str) -> None:
        self.link(name, is_up=False)

    def up(self, name: str) -> None:
        self.link(name, is_up=True)

    def counts(self) -> dict[str, dict[str, int]]:
        """Frames a link: sent, lost, full, delivered."""
        found: dict[str, dict[str, int]] = self._say(op="counts")
        return found

    def readdress(self, name: str, last: int) -> None:
        """The router gave the station another address."""
        script = (
            f"ip addr flush dev wlan0 scope global && ip addr add {NET}.{last}/24 brd {NET}.255 dev wlan0"
            f" && ip route add 224.0.0.0/4 dev wlan0; ip route add default via {NET}.254 dev wlan0"
        )
        done = self.run(name, ["sh", "-c", script])
        assert done.code == 0, done.err

    # ---- processes

    def _inside(self, name: str, argv: Sequence[str]) -> list[str]:
        into = ["nsenter", "-t", str(self._holders[name][2]), "-n", "-m", "-u", "-p"]
        if os.geteuid() != 0:
            into += ["-U", "--preserve-credentials"]
        return [*into, "env", "-C", str(Path.cwd()), *argv]

    def popen(self, name: str, argv: Sequence[str], **more: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(self._inside(name, argv), start_new_session=True, **more)
        self._started.append(process)
        return process

    def run(self, name: str, argv: Sequence[str], seconds: float = 30, **more: Any) -> Done:
        """One command to its end."""
        pipe = subprocess.PIPE
        process = self.popen(name, argv, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, **more)
        try:
            out, err = process.communicate(timeout=seconds)
            code = process.returncode
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            code = 124
        self._started.remove(process)
        return Done(code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    def _signal(self, name: str, number: int) -> None:
        first = self._holders[name][2]
        world = os.readlink(f"/proc/{first}/ns/pid")
        for found in os.listdir("/proc"):
            if found.isdigit() and int(found) != first:
                with contextlib.suppress(OSError):
                    if os.readlink(f"/proc/{found}/ns/pid") == world:
                        os.kill(int(found), number)

    def sleep(self, name: str) -> None:
        self.down(name)
        self._signal(name, signal.SIGSTOP)

    def wake(self, name: str) -> None:
        self._signal(name, signal.SIGCONT)
        self.up(name)

    def avahi(self, name: str) -> None:
        """A D-Bus and an avahi-daemon of the station's own."""
        script = (
            "dbus-uuidgen --ensure 2>/dev/null; dbus-daemon --system --fork --nopidfile"
            " && avahi-daemon --daemonize --no-drop-root --no-chroot --no-rlimits"
        )
        done = self.run(name, ["sh", "-c", script])
        assert done.code == 0, done.out + done.err


def _unshare() -> list[str]:
    apart = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
    return apart if os.geteuid() == 0 else [*apart, "--user", "--map-root-user"]
