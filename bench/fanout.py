"""P1: one change of state to 5,000 listening phones, last receipt, against raw asyncio writes of as many bytes.

Both servers stand beside each other and take turns. The clock starts when telling begins: in the room when the commit
has returned (before the view is rendered), in the floor right before its first write.
"""

from __future__ import annotations

import json
import tempfile
from typing import Any

from bench.processes import Load, Server, get, joined
from bench.report import Row, cpu_of, median, ratio, talk


def run(short: bool = False) -> list[Row]:
    n, turns = (1000, 5) if short else (5000, 9)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server("room", folder=folder, expected=n) as room,
        Server("raw") as raw,
        Load() as load,
    ):
        listen(load, room, n)
        load.do("connect", group="raw", n=n, addr=raw.addr, sources=max(8, n // 300))
        load.do("send", group="raw", file=load.file([get("/", "127.0.0.1")] * n), at_once=400)
        talk(f"{n} phones listen on each server…")
        size = 0
        ours, floor, our_cpu, floor_cpu = [], [], [], []
        for turn in range(turns + 1):
            for server, group, times, used in ((room, "room", ours, our_cpu), (raw, "raw", floor, floor_cpu)):
                before = cpu_of(server.pid)
                told = fire(load, server, group, n, f"fire {size}" if group == "raw" else "fire")
                size = told["bytes"]
                if turn:
                    times.append(told["ms"])
                    used.append((cpu_of(server.pid) - before) * 1e3)
    raw_says = f"raw asyncio, the same number of bytes each: {median(floor):.0f} ms"
    return [
        Row(
            f"one change to {n:,} phones, last receipt",
            f"{median(ours):.0f} ms",
            raw_says,
            ratio(ours, floor),
            "×",
            None,
            1.15,
        ),
        Row(
            "CPU of the server for it",
            f"{median(our_cpu):.0f} ms",
            f"raw {median(floor_cpu):.0f} ms",
            ratio(our_cpu, floor_cpu),
            "×",
        ),
    ]


def listen(load: Load, room: Server, n: int, group: str = "room", first: int = 0) -> None:
    """n joined phones of the roster, from `first` on, with an open stream each."""
    seats = joined(load, room.addr, n, group, first=first, roster=True)
    host = f"127.0.0.1:{room.addr[1]}"
    file = load.file(get("/v1/events", host, seat, "text/event-stream") for seat in seats)
    told = load.do("send", group=group, file=file, at_once=400, marker="\r\n\r\n")
    if told["errors"]:
        raise RuntimeError(f"{told['errors']} streams could not be opened")
    load.do("drain", group=group)


def fire(load: Load, server: Server, group: str, n: int, words: str) -> dict[str, Any]:
    """Pull the trigger and wait until everybody heard it."""
    load.do("drain", group=group)
    load.write(json.dumps({"do": "watch", "group": group, "n": n}))
    load.read()
    t0 = server.tell(words)["t0"]
    told = load.read()
    if told["n"] != n:
        raise RuntimeError(f"{group}: {told['n']} of {n} heard it")
    return {"ms": (told["last_ns"] - t0) / 1e6, **told}
