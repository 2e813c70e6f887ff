"""P12, first half: what 1,000 phones that only listen cost the laptop, beats and its own clocks included."""

from __future__ import annotations

import tempfile
import time

from bench.fanout import listen
from bench.processes import Load, Server
from bench.report import Row, cpu_of, talk


def run(short: bool = False) -> list[Row]:
    n, seconds = 1000, 8 if short else 60
    with tempfile.TemporaryDirectory() as folder, Server("room", folder=folder, expected=n) as room, Load() as load:
        time.sleep(2)
        before = cpu_of(room.pid)
        time.sleep(seconds / 4)
        empty = (cpu_of(room.pid) - before) / (seconds / 4)
        listen(load, room, n)
        time.sleep(2)
        talk(f"{n} phones listen for {seconds} s…")
        before = cpu_of(room.pid)
        time.sleep(seconds)
        used = (cpu_of(room.pid) - before) / seconds
        listening = room.tell("saved")["streams"]
    return [
        Row(
            f"{listening:,} idle phones: share of a core",
            f"{used:.2%}",
            f"an empty room: {empty:.2%}",
            used * 100,
            " %",
            None,
            1.0,
        )
    ]
