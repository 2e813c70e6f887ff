"""The trainer's terminal, as a process of its own on a real pty, with phones from `bench.roomload`.

Key to screen: what a key brings while 300 phones answer, against the console of an empty room beside it. A burst: what
a thousand answers at once make it draw. First screen: the home screen and a live session, against `python -c pass`.
Eight hours: `bench.hours`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bench import hours
from bench.processes import ROOT, Load, get, intent_id, joined, post
from bench.report import Row, cpu_of, median, ratio, talk
from bench.start import environment, timed
from bench.terminal import Terminal

PACK = """\
fieldkit: 1
id: console-pack
version: 1.0.0
title: A full room
language: en
duration: 10
audience: {size: [1, 2000]}
segments:
  - {id: only, phase: content, minutes: 10, title: The only one, notes: Ask the back row first., steps:
      [{at: 0, do: open, activity: q1}]}
activities:
  q1: {type: poll, text: "Which one?", options: {a: This, b: That, c: Neither}}
"""
KEYS: tuple[tuple[str, bytes], ...] = (("?", b"All keys here"), ("k", b"Notes"), ("t", b"Results"), ("s", b"Run sheet"))
"""Keys of the live screen, and the title of what they bring; a title stands nowhere else."""
MOST_PICTURES = 10
"""Of a burst: a few. A picture for every answer would be hundreds."""
ESCAPE_S = 0.35
"""So long the screen has to go back: longer than an escape is waited for, and than changes are gathered."""
LOOK = (
    "import atexit, json, sys; from fieldkit.cli.app import run; "
    "atexit.register(lambda: open({out!r}, 'w').write(json.dumps(sorted(sys.modules)))); run({args!r})"
)


class Console(Terminal):
    """`fieldkit host PACK` on a data folder of its own, its question open."""

    def __init__(self, folder: Path) -> None:
        self.home, pack = laptop(folder), folder / "console-pack"
        pack.mkdir()
        (pack / "pack.yaml").write_text(PACK, "utf-8")
        super().__init__("-m", "fieldkit", "host", str(pack), "--new", "--no-announce", env=with_home(self.home))
        self.until(b"SAVED")
        status = json.loads(self.order("status", "--json"))
        self.code, port = status["code"], status["url"].rpartition(":")[2]
        self.addr = ["127.0.0.1", int(port)]
        self.order("open", "q1")
        self.until(b"Which one?")

    def order(self, *words: str) -> bytes:
        args = [sys.executable, "-m", "fieldkit", "ctl", *words]
        done = subprocess.run(args, cwd=ROOT, env=with_home(self.home), capture_output=True, check=True)
        return done.stdout


def laptop(folder: Path) -> Path:
    """A data folder whose owner has seen the welcome; it listens on this machine only."""
    home = folder / "laptop"
    home.mkdir(0o700, parents=True)
    (home / "config.toml").write_text('bind = "127.0.0.1"\nport = 0\n', "utf-8")
    (home / "console.json").write_text('{"welcomed": true}', "utf-8")
    return home


def with_home(home: Path) -> dict[str, str]:
    return {**environment(), "FIELDKIT_HOME": str(home)}


# ---- the first screen --------------------------------------------------------------------------------------------

HOME, LIVE = b"START NEW FROM A PACK", b"SAVED"
FIRST = ("fieldkit, its packs listed", "fieldkit host PACK, the room open and announced")


def first(home: Path, marker: bytes, *args: str) -> tuple[float, float]:
    """Seconds from the start of the process until the screen stands, and of CPU until then."""
    with Terminal("-m", "fieldkit", *args, env=with_home(home)) as terminal:
        came = terminal.until(marker)
        return came - terminal.begun, cpu_of(terminal.pid)


def bare() -> tuple[float, float]:
    """The same of `python -c pass`."""
    before, took = resource.getrusage(resource.RUSAGE_CHILDREN), timed(sys.executable, "-c", "pass")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def loaded(home: Path, marker: bytes, *args: str) -> set[str]:
    """The modules that are there once the screen stands."""
    out = home / "modules.json"
    with Terminal("-c", LOOK.format(out=str(out), args=list(args)), env=with_home(home)) as terminal:
        terminal.until(marker)
    return set(json.loads(out.read_text("utf-8")))


def screens(folder: Path, turns: int) -> list[Row]:
    home = laptop(folder)
    host = ("host", "toolbox-blank", "--new")
    first(home, LIVE, *host)  # makes the key and compiles the pack
    took: dict[str, list[tuple[float, float]]] = {"pass": [], FIRST[0]: [], FIRST[1]: []}
    for _ in range(turns):
        took["pass"].append(bare())
        took[FIRST[0]].append(first(home, HOME))
        took[FIRST[1]].append(first(home, LIVE, *host))
    wall, cpu = ([one[k] for one in took["pass"]] for k in (0, 1))
    rows = []
    for what in FIRST:
        ours, used = ([one[k] for one in took[what]] for k in (0, 1))
        floor = f"python -c pass: {median(wall) * 1e3:.0f} ms"
        rows.append(
            Row(f"first screen: {what}", f"{median(ours) * 1e3:.0f} ms", floor, ratio(ours, wall), "×", None, 60)
        )
        floor = f"python -c pass: {median(cpu) * 1e3:.0f} ms"
        rows.append(Row("CPU until then", f"{median(used) * 1e3:.0f} ms", floor, median(used) / median(cpu), "×"))
    return rows


# ---- key to screen, and a burst ----------------------------------------------------------------------------------


class Answering:
    """Phones that answer and listen for as long as it is entered; each changes its mind every three seconds, which is
    as often as a host takes it."""

    def __init__(self, load: Load, room: Console, seats: Sequence[str], groups: int) -> None:
        self.load, self.seats, self.groups = load, seats, groups
        self.host = f"127.0.0.1:{room.addr[1]}"
        self.turn = 0
        self.answered = 0
        self._stop = threading.Event()
        for k in range(groups):
            load.do("connect", group=f"answers{k}", n=len(self.part(k)), addr=room.addr, sources=8)

    def part(self, k: int) -> Sequence[str]:
        return self.seats[k :: self.groups]

    def once(self, k: int) -> None:
        self.turn += 1
        body = {"kind": "answer", "activity": "q1", "round": 1, "v": ["abc"[self.turn % 3]], "n": self.turn}
        asked = [post("/v1/intents", {"id": intent_id(self.turn, s), **body}, self.host, s) for s in self.part(k)]
        told = self.load.do("send", group=f"answers{k}", file=self.load.file(asked))
        if told["errors"]:
            raise RuntimeError(f"{told['errors']} of {len(asked)} answers were not taken")
        self.answered += len(asked)

    def _go(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            self.once(self.turn % self.groups)
            self.load.do("drain", group="phones")
            time.sleep(max(0.0, begun + 3.0 / self.groups - time.monotonic()))

    def __enter__(self) -> Self:
        self._stop.clear()
        self._thread = threading.Thread(target=self._go)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, where: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()


def pressed(console: Console, rounds: int) -> list[float]:
    took = []
    for _ in range(rounds):
        for key, marker in KEYS:
            took.append(console.press(key, marker))
            time.sleep(ESCAPE_S)
            console.type("\x1b")
            time.sleep(ESCAPE_S)
    return took


def full_room(folder: Path, turns: int, phones: int, burst: int) -> list[Row]:
    """Two consoles side by side: nobody in the one, `phones` in the other, which answer while its keys are pressed."""
    with Console(folder / "empty") as empty, Console(folder / "full") as full, Load() as load:
        talk(f"{phones} phones come in…")
        seats = joined(load, full.addr, phones, "phones", code=full.code)
        host = f"127.0.0.1:{full.addr[1]}"
        listen = load.file(get("/v1/events", host, seat, "text/event-stream") for seat in seats)
        if load.do("send", group="phones", file=listen, at_once=100, marker="\r\n\r\n")["errors"]:
            raise RuntimeError("streams could not be opened")
        crowd = Answering(load, full, seats, 30)
        idle: list[float] = []
        busy: list[float] = []
        began = time.monotonic()
        answering = 0.0
        for turn in range(turns + 1):
            quiet = pressed(empty, 1)
            since = time.monotonic()
            with crowd:
                loud = pressed(full, 1)
            answering += time.monotonic() - since
            if turn:
                idle += quiet
                busy += loud
        talk(f"{len(idle)} keys each in {time.monotonic() - began:.0f} s; now {burst} answers at once…")
        rate = crowd.answered / answering
        drawn = bursts(load, full, crowd, burst, 3)
    frames = max(one[0] for one in drawn)
    return [
        Row(
            f"key to screen while {phones} phones answer",
            f"{median(busy) * 1e3:.0f} ms, the slowest {max(busy) * 1e3:.0f} ms, at {rate:.0f} answers a second",
            f"an empty room: {median(idle) * 1e3:.0f} ms, the slowest {max(idle) * 1e3:.0f} ms",
            ratio(busy, idle),
            "×",
            None,
            3,
        ),
        Row(
            f"pictures drawn for a burst of {burst:,} answers, and in the second after it",
            ", ".join(f"{n} in {s:.1f} s ({kb:.0f} kB)" for n, s, kb in drawn),
            "",
            frames,
            "",
            None,
            MOST_PICTURES,
        ),
    ]


def bursts(load: Load, room: Console, crowd: Answering, burst: int, times: int) -> list[tuple[int, float, float]]:
    """(pictures, seconds, kB on the terminal) of each burst: new phones, everybody at once."""
    seats = joined(load, room.addr, burst, "burst", first=10_000, code=room.code)
    told = []
    for turn in range(times):
        time.sleep(2)
        body = {"kind": "answer", "activity": "q1", "round": 1, "v": ["abc"[turn % 3]], "n": turn + 1}
        file = load.file(post("/v1/intents", {"id": intent_id("burst", turn, s), **body}, crowd.host, s) for s in seats)
        since, begun = len(room.out), time.monotonic()
        answered = load.do("send", group="burst", file=file)
        took = time.monotonic() - begun
        if answered["errors"] or answered["n"] != burst:
            raise RuntimeError(f"{answered['errors']} errors, {answered['n']} of {burst} answered")
        time.sleep(1.0)
        told.append((room.frames(since), took + 1.0, (len(room.out) - since) / 1000))
    return told


def run(short: bool = False) -> list[Row]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        rows = full_room(folder, 3 if short else 10, 300, 250 if short else 1000)
        rows += screens(folder / "first", 5 if short else 11)
        return rows + hours.rows(folder / "hours", 0.5 if short else 8.0)
